//! What every handler shares. Cheap to clone.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::Semaphore;

use crate::changes::Wake;
use crate::config::Settings;
use crate::database::Audience;
use crate::database::Database;
use crate::layers::Catalogue;
use crate::layers::features::Source;

/// The running service.
#[derive(Clone)]
pub struct App {
    /// What anybody sees: where the features of public layers come from.
    pub source: Source,
    /// The same for each audience, in the order of [`Audience::ALL`].
    sources: Arc<[Source; Audience::ALL.len()]>,
    /// How it was set up.
    pub settings: Arc<Settings>,
    /// What `/metrics` tells.
    pub metrics: PrometheusHandle,
    /// Wakes who follows the change feed.
    pub wake: Wake,
    /// The program whose `read-vector` opens files that come in, and whose `write-vector` writes those that go out.
    pub reader: Arc<Path>,
    /// Files that are written or wait to be fetched, at once.
    pub files: Arc<Semaphore>,
}

/// Each takes a process, and room in the folder for temporary files.
const FILES_AT_ONCE: usize = 4;

impl App {
    /// A service on `database`. Starts also while the database is away.
    ///
    /// # Errors
    /// When the recorder of metrics cannot be set up.
    pub async fn new(settings: Settings, database: Database) -> anyhow::Result<Self> {
        let streams = Arc::new(Semaphore::new((settings.pool as usize / 2).max(1)));
        let sources = Audience::ALL.map(|audience| Source {
            database: database.clone(),
            catalogue: Catalogue::new(database.clone(), audience),
            streams: streams.clone(),
        });
        let source = sources[Audience::Public as usize].clone();
        if let Err(error) = source.catalogue.current().await {
            tracing::warn!(?error, "the layers cannot be read yet");
        }
        Ok(Self {
            source,
            sources: Arc::new(sources),
            settings: Arc::new(settings),
            metrics: recorder()?,
            wake: Wake::default(),
            reader: crate::spatial::reader::own_program().into(),
            files: Arc::new(Semaphore::new(FILES_AT_ONCE)),
        })
    }

    /// The same with another program that opens files: a test's own program has no `read-vector`.
    #[must_use]
    pub fn with_reader(mut self, program: &Path) -> Self {
        self.reader = program.into();
        self
    }

    /// What `audience` sees. Each has a source of its own, so nothing that one may see is kept for another.
    pub fn source_of(&self, audience: Audience) -> &Source {
        &self.sources[audience as usize]
    }
}

/// The recorder is the process's; several services in one process share it.
fn recorder() -> anyhow::Result<PrometheusHandle> {
    static RECORDER: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    let made = RECORDER.get_or_init(|| {
        let buckets = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0];
        PrometheusBuilder::new()
            .set_buckets(&buckets)
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(|error| error.to_string())
    });
    made.clone().map_err(anyhow::Error::msg)
}
