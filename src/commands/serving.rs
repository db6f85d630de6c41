//! The service on its port, from the first line of welcome to the drain.

use std::io::Write;

use anyhow::Context;
use predio::cluster::Cluster;
use predio::config::Settings;
use predio::database::Database;
use tokio::net::TcpSocket;
use tokio_util::sync::CancellationToken;

use super::place::Place;
use super::port;

/// What is printed once the service answers.
pub struct Welcome {
    json: bool,
    data: Option<String>,
    psql: Option<String>,
    server: Option<i32>,
}

impl Welcome {
    /// For a service on its own cluster, or on a named server.
    pub fn new(cluster: Option<&Cluster>, json: bool) -> Self {
        let psql = cluster.map(|cluster| {
            format!(
                "PGPASSFILE={} psql -h 127.0.0.1 -p {} -U predio_owner predio",
                cluster.password_file().display(),
                cluster.port()
            )
        });
        let data = cluster.map(|cluster| cluster.folder().display().to_string());
        Self { json, data, psql, server: cluster.and_then(Cluster::server_pid) }
    }

    fn print(&self, address: &str) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            let line = serde_json::json!({
                "address": address, "ogc": format!("{address}/ogc"), "pid": std::process::id(),
                "data": self.data, "psql": self.psql, "postgres_pid": self.server,
            });
            writeln!(out, "{line}")?;
            return out.flush();
        }
        writeln!(out, "\nPredio serves on {address}\n")?;
        writeln!(out, "  OGC API (QGIS, ogr2ogr)   {address}/ogc")?;
        if let Some(psql) = &self.psql {
            writeln!(out, "  database                  {psql}")?;
        }
        if let Some(data) = &self.data {
            writeln!(out, "  data folder               {data}")?;
        }
        writeln!(out, "  stop                      Ctrl-C, or kill {}\n", std::process::id())?;
        out.flush()
    }
}

/// Serves until `stop`, then drains.
pub async fn serve(
    socket: TcpSocket,
    place: &Place,
    settings: &Settings,
    stop: CancellationToken,
    welcome: &Welcome,
) -> anyhow::Result<()> {
    let database = Database::open(&place.app, settings)?;
    let listener = socket.listen(4_096).map_err(|error| port::refusal(settings.listen, &error))?;
    let address = format!("http://{}", listener.local_addr()?);
    welcome.print(&address).context("cannot print the welcome")?;
    let router = axum::Router::new().route("/health/live", axum::routing::get(|| async { "ok" }));
    axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await?;
    database.pool().close().await;
    Ok(())
}
