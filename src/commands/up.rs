//! `predio up`: everything from nothing, and the same again in seconds.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use indicatif::ProgressDrawTarget;
use predio::cluster::lock::Holder;
use predio::cluster::{self, Cluster, DATABASE, privilege};
use predio::config::Settings;
use predio::database::schema;
use predio::demo::Options;
use tokio::net::TcpSocket;
use tokio_util::sync::CancellationToken;

use super::place::Place;
use super::serving::{self, Welcome};
use super::steps::Step;
use super::{End, block_on, demo, migrate, port, stop};

/// Bring everything up: cluster, schema, demonstration district, service.
///
/// Without DATABASE_URL it runs a private PostGIS in the data folder, and puts an invented, plainly marked
/// demonstration district into it when it is new. With DATABASE_URL it migrates and serves that server, and never
/// puts invented data there. Ctrl-C or SIGTERM answers what was asked, then stops the service and its cluster.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  predio up                                     in .predio (root: /var/lib/predio), on http://127.0.0.1:8080
  predio up --listen 127.0.0.1:9000             on another port
  predio up --data /srv/predio --empty          for a real district: no invented data
  DATABASE_URL=postgres://… predio up           your own server: migrate and serve

After a crash of the service, of PostgreSQL or of both, the next `up` recovers by itself.
Exit codes: 0 stopped as told, 1 failed, 2 wrong command line, 4 refused (busy port, second up, foreign folder, …).")]
pub struct Up {
    /// Make a new private database without the demonstration district.
    #[arg(long)]
    empty: bool,
}

pub fn run(arguments: &Up, settings: &Settings, json: bool) -> anyhow::Result<End> {
    if let Some(place) = Place::named(settings) {
        port::refuse_if_busy(settings.listen)?;
        return block_on(on_named(place, settings, json));
    }
    let folder = settings.data_folder();
    refuse_early(&folder, settings.listen)?;
    privilege::drop_root(&folder)?;
    block_on(on_private(arguments, &folder, settings, json))
}

/// Everything that would end the start anyway is said before anything slow begins, and as root, who sees whose
/// process holds a port.
pub fn refuse_early(folder: &Path, listen: SocketAddr) -> anyhow::Result<()> {
    cluster::refuse_if_held(folder)?;
    port::refuse_if_busy(listen)?;
    cluster::binaries(folder)?;
    Ok(())
}

async fn on_named(place: Place, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let stop = stop::on_signal()?;
    let socket = port::reserve(settings.listen)?;
    let step = Step::begin("schema");
    tokio::select! {
        migrated = migrate::on(&place) => migrated?,
        () = stop.cancelled() => return Ok(End::Done),
    };
    step.done();
    serving::serve(socket, &place, settings, stop, &Welcome::new(None, json)).await?;
    Ok(End::Done)
}

async fn on_private(arguments: &Up, folder: &Path, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let stop = stop::on_signal()?;
    let socket = port::reserve(settings.listen)?;
    let mut cluster = start(folder, "up", socket.local_addr()?)?;
    let served = tokio::select! {
        prepared = prepare_twice(&mut cluster, arguments) => prepared.map(|()| true),
        () = stop.cancelled() => Ok(false),
    };
    match served {
        Ok(true) => serve_private(cluster, socket, settings, stop, json).await,
        ended => {
            tokio::task::block_in_place(|| cluster.stop())?;
            ended.map(|_| End::Done)
        }
    }
}

/// Starts the cluster as a service that says where it serves.
pub fn start(folder: &Path, command: &str, address: SocketAddr) -> anyhow::Result<Cluster> {
    let step = Step::begin("PostgreSQL");
    let holder = Holder::this(command, Some(serving::url(address)));
    let cluster = tokio::task::block_in_place(|| Cluster::start(folder, &holder))?;
    if cluster.was_adopted() {
        tracing::info!("took over the PostgreSQL that an earlier Predio left running");
    }
    if let Some(socket) = cluster.distant_socket() {
        tracing::warn!(folder = %socket.display(), "the data folder's path is too long for a socket; it lies elsewhere");
    }
    step.done();
    Ok(cluster)
}

/// A server that was killed in the moment in which it was taken over looks alive until it is spoken to; then it is
/// started anew.
async fn prepare_twice(cluster: &mut Cluster, arguments: &Up) -> anyhow::Result<()> {
    match prepare(cluster, arguments).await {
        Err(error) if cluster.was_adopted() => {
            // Its end may take a moment to show.
            tokio::time::sleep(Duration::from_millis(200)).await;
            if cluster.is_alive() {
                return Err(error);
            }
            tracing::warn!("the PostgreSQL that was taken over has ended; starting it anew");
            tokio::task::block_in_place(|| cluster.restart())?;
            prepare(cluster, arguments).await
        }
        prepared => prepared,
    }
}

/// Database, schema, passwords and, the first time, the demonstration district.
async fn prepare(cluster: &mut Cluster, arguments: &Up) -> anyhow::Result<()> {
    if !cluster.is_complete() {
        cluster::database::clear_unfinished(cluster).await?;
    }
    let step = Step::begin("schema");
    schema::create(&cluster.superuser_url(), DATABASE).await?;
    step.done();
    if cluster.is_complete() {
        return Ok(());
    }
    cluster::database::set_passwords(cluster).await?;
    if !arguments.empty {
        fill(cluster).await?;
    }
    cluster.complete()
}

/// The demonstration district, only ever in our own new cluster.
async fn fill(cluster: &Cluster) -> anyhow::Result<()> {
    let step = Step::begin("demonstration district");
    demo::generate(&cluster.owner_url(), &Options::default(), ProgressDrawTarget::hidden()).await?;
    step.done();
    Ok(())
}

/// Serves, looks after the server meanwhile, and stops it in the end.
pub async fn serve_private(
    mut cluster: Cluster,
    socket: TcpSocket,
    settings: &Settings,
    stop: CancellationToken,
    json: bool,
) -> anyhow::Result<End> {
    let place = Place::private(&cluster);
    let welcome = Welcome::new(Some(&cluster), json);
    let end = stop.clone();
    let serving = serving::serve(socket, &place, settings, stop, &welcome);
    let served = tokio::select! {
        served = serving => served,
        error = look_after(&mut cluster) => Err(error),
    };
    end.cancel();
    let stopped = tokio::task::block_in_place(|| cluster.stop());
    served.and(stopped)?;
    tracing::info!("stopped");
    Ok(End::Done)
}

/// Starts the server again when it was killed; returns when that fails five times in a row.
async fn look_after(cluster: &mut Cluster) -> anyhow::Error {
    let mut failures = 0;
    let mut beat = tokio::time::interval(Duration::from_millis(500));
    loop {
        beat.tick().await;
        if cluster.is_alive() {
            continue;
        }
        tracing::error!("PostgreSQL was ended from outside; starting it again");
        match tokio::task::block_in_place(|| cluster.restart()) {
            Ok(()) => failures = 0,
            Err(error) if failures == 4 => return error.context("PostgreSQL does not stay up"),
            Err(error) => {
                failures += 1;
                tracing::error!(error = format!("{error:#}"), failures, "PostgreSQL did not start");
            }
        }
    }
}
