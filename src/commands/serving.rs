//! The service on its port, from the first line of welcome to the drain.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use predio::app::App;
use predio::cluster::{Cluster, DATABASE};
use predio::config::Settings;
use predio::database::Database;
use predio::deliveries;
use predio::exports;
use predio::http::server;
use predio::jobs;
use predio::router::router;
use predio::spatial::{private_folder, sandbox};
use tokio::net::TcpSocket;
use tokio_util::sync::CancellationToken;

use super::place::Place;
use super::{audit, port};

/// Connections that wait in the kernel's queue.
const BACKLOG: u32 = 4_096;

/// What is printed once the service answers.
pub struct Welcome {
    json: bool,
    cluster: Option<Private>,
}

/// What the welcome tells of the private cluster; never a password.
struct Private {
    data: String,
    pgpass: String,
    port: u16,
    pid: Option<i32>,
}

impl Welcome {
    /// For a service on its own cluster, or on a named server.
    pub fn new(cluster: Option<&Cluster>, json: bool) -> Self {
        let cluster = cluster.map(|cluster| Private {
            data: cluster.folder().display().to_string(),
            pgpass: cluster.password_file().display().to_string(),
            port: cluster.port(),
            pid: cluster.server_pid(),
        });
        Self { json, cluster }
    }

    fn print(&self, address: &str) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        let pid = std::process::id();
        if self.json {
            let mut line =
                serde_json::json!({ "address": address, "ogc": format!("{address}/ogc"), "pid": pid });
            if let Some(Private { data, pgpass, port, pid }) = &self.cluster {
                line["data"] = data.as_str().into();
                line["postgres"] = serde_json::json!({ "port": port, "pid": pid, "pgpass": pgpass });
            }
            writeln!(out, "{line}")?;
            return out.flush();
        }
        writeln!(out, "\nPredio serves on {address}\n")?;
        writeln!(out, "  QGIS, ogr2ogr   {address}/ogc   (OGC API: add it as one connection)")?;
        if let Some(Private { data, pgpass, port, .. }) = &self.cluster {
            writeln!(
                out,
                "  database        PGPASSFILE={pgpass} psql -h 127.0.0.1 -p {port} -U predio_owner {DATABASE}"
            )?;
            writeln!(out, "  data folder     {data}")?;
        }
        writeln!(out, "  stop            Ctrl-C, or kill {pid}\n")?;
        out.flush()
    }
}

/// The address that a browser on this machine can open.
pub fn url(address: SocketAddr) -> String {
    match address.ip() {
        ip if ip.is_unspecified() => format!("http://localhost:{}", address.port()),
        _ => format!("http://{address}"),
    }
}

/// Streams of changes have no end of their own, and the drain would wait for them.
fn end_streams(app: App, stop: CancellationToken) {
    tokio::spawn(async move {
        stop.cancelled().await;
        app.wake.end();
    });
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
    let app = App::new(settings.clone(), database.clone()).await?;
    let listener = socket.listen(BACKLOG).map_err(|error| port::refusal(settings.listen, &error))?;
    let key = audit::service_key(settings)?;
    if key.is_none() {
        tracing::warn!("the journal is not sealed: name its key with PREDIO_SEAL_KEY");
    }
    if let Err(why) = sandbox::standing() {
        let accepted = sandbox::accepts_without();
        tracing::warn!(why, accepted, "there is no sandbox for files from outside: see docs/operations.md");
    }
    let background = tokio::spawn(jobs::run(
        database.clone(),
        key,
        Duration::from_secs(settings.seal_seconds),
        stop.clone(),
    ));
    tokio::task::spawn_blocking(private_folder::sweep_left);
    tokio::spawn(deliveries::mark_broken(database.clone(), stop.clone()));
    tokio::spawn(exports::upkeep(app.clone(), stop.clone()));
    end_streams(app.clone(), stop.clone());
    welcome.print(&url(listener.local_addr()?)).context("cannot print the welcome")?;
    server::serve(listener, router(app), settings, stop.cancelled_owned()).await?;
    // The last writes get their seal.
    if tokio::time::timeout(Duration::from_secs(5), background).await.is_err() {
        tracing::warn!("the last entries of the journal are sealed at the next start");
    }
    // A connection that an endless answer still holds must not keep the service from ending.
    if tokio::time::timeout(Duration::from_secs(2), database.pool().close()).await.is_err() {
        tracing::warn!("database connections were still in use and are cut off");
    }
    Ok(())
}
