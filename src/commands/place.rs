//! Which database a command works on: the server of `DATABASE_URL`, or the private cluster, running or not.

use std::future::Future;

use anyhow::bail;
use predio::cluster::Cluster;
use predio::config::Settings;

use super::stop;

/// A database to work on.
#[derive(Clone, Debug)]
pub struct Place {
    /// What owns the schema.
    pub owner: String,
    /// What the service connects as.
    pub app: String,
    /// The superuser, in the private cluster only.
    pub superuser: Option<String>,
}

impl Place {
    /// The server that the settings name.
    pub fn named(settings: &Settings) -> Option<Self> {
        let app = settings.database_url.clone()?;
        let owner = settings.owner_url.clone().unwrap_or_else(|| app.clone());
        Some(Self { owner, app, superuser: None })
    }

    /// The private cluster.
    pub fn private(cluster: &Cluster) -> Self {
        Self { owner: cluster.owner_url(), app: cluster.app_url(), superuser: Some(cluster.superuser_url()) }
    }
}

/// Runs `work` on the database; a private cluster that does not run is started for that time. Ctrl-C gives up the
/// work and still stops the cluster.
pub fn work_on<T, F>(settings: &Settings, command: &str, work: impl FnOnce(Place) -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<T>>,
{
    if let Some(place) = Place::named(settings) {
        return super::block_on(work(place));
    }
    super::block_on(async {
        let stop = stop::on_signal()?;
        let cluster = tokio::task::block_in_place(|| Cluster::borrow(&settings.data_folder(), command))?;
        let result = tokio::select! {
            result = work(Place::private(&cluster)) => result,
            () = stop.cancelled() => Err(anyhow::anyhow!("interrupted")),
        };
        match (result, tokio::task::block_in_place(|| cluster.stop())) {
            (Ok(_), Err(error)) => bail!(error),
            (result, _) => result,
        }
    })
}
