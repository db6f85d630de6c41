//! The work on a delivery: reading the file into the staging table, and examining what was staged.
//!
//! Each is one transaction of the service's own role that holds the delivery's row from its first statement to its last.
//! A worker that dies lets go of it, and whoever looks next tells that the delivery broke; nothing of it was kept.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use sqlx::PgConnection;
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use super::crs::{self, Decision};
use super::model::Delivery;
use super::store::place::By;
use super::store::{self, changes, check, place, stage};
use super::{mapping, pump, returns};
use crate::database::Database;
use crate::intake::crs::{KnownAs, known_as, label};
use crate::problem::Error;
use crate::refusal::Refusal;
use crate::spatial::private_folder::PrivateFolder;
use crate::spatial::reader::{self, Reader};
use crate::spatial::wire::{Frame, Header};

/// Deliveries that are worked on at once in this process; the others wait their turn.
static ROOM: Semaphore = Semaphore::const_new(2);
/// How often a worker that waits says so; well below the time after which it counts as dead.
const STILL_WAITING: Duration = Duration::from_secs(8);
/// How often somebody looks for the dead.
const ROUND: Duration = Duration::from_secs(20);

/// What a worker needs.
#[derive(Clone)]
pub struct Worker {
    pub database: Database,
    /// The program whose `read-vector` opens files.
    pub program: Arc<Path>,
}

/// The file of a delivery, gone when it was read.
pub struct File {
    pub path: PathBuf,
    /// Where it came in over HTTP, shared by the deliveries of a bundle; none for a file that is somebody's own.
    pub folder: Option<Arc<PrivateFolder>>,
}

impl Worker {
    /// Reads the file of a new delivery and examines it, and tells in the database how that went.
    pub async fn stage(&self, id: i64, file: File) {
        let _room = self.turn(id).await;
        let staged = self.read(id, &file.path).await;
        drop(file.folder);
        let told = match staged {
            Ok(true) => self.examine(id, true).await,
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        self.tell_end(id, told).await;
    }

    /// Examines a delivery anew; `moves`: its system is another one now.
    pub async fn check(&self, id: i64, moves: bool) {
        let _room = self.turn(id).await;
        let told = self.examine(id, moves).await;
        self.tell_end(id, told).await;
    }

    /// Waits for its turn, and tells that it does: nobody holds its row yet.
    async fn turn(&self, id: i64) -> Result<SemaphorePermit<'static>, AcquireError> {
        let turn = ROOM.acquire();
        let mut turn = std::pin::pin!(turn);
        loop {
            match tokio::time::timeout(STILL_WAITING, &mut turn).await {
                Ok(turn) => return turn,
                Err(_) => self.progress(id, "waiting", 0, None).await,
            }
        }
    }

    async fn tell_end(&self, id: i64, ended: anyhow::Result<()>) {
        let Err(error) = ended else { return };
        let trouble = in_words(&error);
        tracing::warn!(delivery = id, error = format!("{error:#}"), "the work on a delivery broke");
        if let Err(error) = self.tell_broken(id, &trouble).await {
            // Then the next round of `mark_broken` tells it.
            tracing::warn!(delivery = id, error = format!("{error:#}"), "and could not be told");
        }
    }

    async fn tell_broken(&self, id: i64, trouble: &Value) -> anyhow::Result<()> {
        let mut transaction =
            store::begin(&self.database, "la preparación de la entrega se interrumpió").await?;
        store::tell_broken(&mut transaction, id, trouble).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// True when it is placed and can be examined; false when somebody must say where it is.
    async fn read(&self, id: i64, file: &Path) -> anyhow::Result<bool> {
        let mut transaction = store::begin(&self.database, "preparación de la entrega").await?;
        let delivery = store::hold(&mut transaction, id).await?;
        if delivery.state != "staging" {
            bail!("the delivery is not waiting for its file");
        }
        let mut reader = reader::start(&self.program, file, wanted(&mut transaction, id).await?.as_deref())?;
        let mut header = header(&mut reader).await?;
        returns::greet(&mut transaction, &delivery, &mut header).await?;
        self.tell_header(&mut transaction, id, &header).await?;
        stage::create(&mut transaction).await?;
        let announced = header.announced.and_then(|n| i64::try_from(n).ok());
        let told = |read: u64| self.progress(id, "reading", i64::try_from(read).unwrap_or(0), announced);
        let mut seen = pump::pump(&mut reader, &header, &mut transaction, told).await?;
        if seen.read == 0 {
            return Err(refused("el archivo no tiene ningún elemento", "the file has no feature"));
        }
        let dropped = match delivery.returns {
            Some(copy) => returns::drop_others(&mut transaction, copy, &mut seen).await?,
            None => seen.drop_people(),
        };
        stage::keep(&mut transaction, id, &dropped).await?;
        self.tell_columns(&mut transaction, &delivery, &seen).await?;
        let is_placed = self.find_place(&mut transaction, id).await?;
        store::tell_state(&mut transaction, id, if is_placed { "checking" } else { "needs_crs" }).await?;
        transaction.commit().await?;
        Ok(is_placed)
    }

    async fn tell_header(
        &self,
        connection: &mut PgConnection,
        id: i64,
        header: &Header,
    ) -> anyhow::Result<()> {
        let declared = match &header.crs {
            Some(crs) => match known_as(connection, crs).await? {
                KnownAs::One(srid, _) => (Some(label(crs)), Some(srid)),
                KnownAs::Nothing | KnownAs::Several(_) => (Some(label(crs)), None),
            },
            None => (None, None),
        };
        Ok(store::tell_header(connection, id, header, (declared.0.as_deref(), declared.1)).await?)
    }

    async fn tell_columns(
        &self,
        connection: &mut PgConnection,
        delivery: &Delivery,
        seen: &pump::Seen,
    ) -> anyhow::Result<()> {
        if delivery.returns.is_some() {
            // Its columns are those of the layer.
            return Ok(store::tell_fields(
                connection,
                delivery.id,
                seen.read,
                &seen.fields,
                (&[], "suggested"),
            )
            .await?);
        }
        let properties = delivery.properties()?;
        let kept = store::profile(connection, delivery).await?;
        let usable =
            kept.filter(|kept| mapping::check(&delivery.target, &properties, &seen.fields, kept).is_ok());
        let (mapping, how) = match usable {
            Some(kept) => (kept, "profile"),
            None => (mapping::suggest(&delivery.target, &properties, &seen.fields), "suggested"),
        };
        Ok(store::tell_fields(connection, delivery.id, seen.read, &seen.fields, (&mapping, how)).await?)
    }

    /// Weighs every candidate; true when one is certain.
    async fn find_place(&self, connection: &mut PgConnection, id: i64) -> anyhow::Result<bool> {
        let delivery = store::hold(connection, id).await?;
        if !place::has_shapes(connection, id).await? {
            place::choose_none(connection, id).await?;
            return Ok(true);
        }
        let said: Vec<i32> = [delivery.told_srid, delivery.declared_srid].into_iter().flatten().collect();
        let candidates = crs::candidates(&said);
        let mut proposals = Vec::with_capacity(candidates.len());
        for (done, candidate) in candidates.iter().enumerate() {
            self.progress(id, "placing", done as i64, Some(candidates.len() as i64)).await;
            proposals.push(place::evidence(connection, &delivery, candidate).await?);
        }
        crs::rank(&mut proposals);
        store::tell_proposals(connection, id, &proposals).await?;
        match crs::decide(delivery.told_srid, delivery.declared_srid, &proposals) {
            Decision::Certain(proposal, how) => {
                place::choose(connection, (By::Service, id), &proposal, how).await?;
                Ok(true)
            }
            Decision::Ask => Ok(false),
        }
    }

    async fn examine(&self, id: i64, moves: bool) -> anyhow::Result<()> {
        let mut transaction = store::begin(&self.database, "examen de la entrega").await?;
        let delivery = store::hold(&mut transaction, id).await?;
        if moves {
            self.progress(id, "placing", 0, None).await;
            place::place_all(&mut transaction, &delivery).await?;
        }
        self.examine_in(&mut transaction, &delivery).await?;
        store::tell_state(&mut transaction, id, "checked").await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Examines what was staged and placed, in a transaction that acts as the service.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn examine_in(
        &self,
        transaction: &mut PgConnection,
        delivery: &Delivery,
    ) -> anyhow::Result<()> {
        let id = delivery.id;
        self.progress(id, "mapping", 0, None).await;
        check::map_all(transaction, delivery, &delivery.mapping()?).await?;
        check::begin(transaction, delivery).await?;
        let groups: Vec<_> = check::GROUPS.iter().filter(|group| group.is_for(delivery)).collect();
        for (done, group) in groups.iter().enumerate() {
            self.progress(id, "checking", done as i64, Some(groups.len() as i64)).await;
            let begun = std::time::Instant::now();
            check::look(transaction, delivery, group)
                .await
                .with_context(|| format!("looking at {}", group.name))?;
            tracing::debug!(delivery = id, group = group.name, ms = begun.elapsed().as_millis(), "looked");
        }
        if let Some(copy) = delivery.returns {
            self.progress(id, "comparing", 0, None).await;
            returns::compare(&self.program, transaction, delivery, copy).await?;
        }
        tracing::debug!(delivery = id, "keeps what was found");
        check::keep(transaction, delivery).await?;
        changes::block(transaction, id).await?;
        Ok(())
    }

    /// Tells how far the work is. That it could not be told stops nothing.
    async fn progress(&self, id: i64, phase: &str, done: i64, total: Option<i64>) {
        let told = async {
            let mut transaction = self.database.begin_service().await?;
            store::tell_progress(&mut transaction, id, (phase, done, total)).await?;
            transaction.commit().await?;
            Ok::<(), Error>(())
        };
        if let Err(error) = told.await {
            tracing::debug!(?error, delivery = id, "progress could not be told");
        }
    }
}

async fn wanted(connection: &mut PgConnection, id: i64) -> anyhow::Result<Option<String>> {
    Ok(store::wanted_layer(connection, id).await?)
}

pub async fn header(reader: &mut Reader) -> anyhow::Result<Header> {
    match reader.next().await? {
        Some(Frame::Header(header)) => Ok(*header),
        Some(Frame::Failure(failure)) => Err(refused(&failure.es, &failure.en)),
        _ => bail!("the reader of the file did not begin with a header"),
    }
}

fn refused(es: &str, en: &str) -> anyhow::Error {
    Refusal::because(format!("es: {es} | en: {en}"))
}

/// What is told of an end that was not meant: the file's own fault in words, ours without its cause.
fn in_words(error: &anyhow::Error) -> Value {
    let text = match error.downcast_ref::<Refusal>() {
        Some(refusal) => crate::layers::Text::parse(&refusal.0),
        None => crate::layers::Text {
            es: "el servicio falló al trabajar en la entrega; el registro del servicio dice por qué"
                .to_owned(),
            en: "the service failed while working on the delivery; its log says why".to_owned(),
        },
    };
    json!({ "es": text.es, "en": text.en })
}

/// Tells of deliveries whose worker is gone, now and then until `stop`.
pub async fn mark_broken(database: Database, stop: CancellationToken) {
    let mut beat = tokio::time::interval(ROUND);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = beat.tick() => {}
        }
        match mark_once(&database).await {
            Ok(0) => {}
            Ok(broken) => tracing::warn!(broken, "deliveries whose worker is gone"),
            Err(error) => {
                tracing::warn!(?error, "broken deliveries could not be looked for; it is tried again");
            }
        }
    }
}

/// Tells once.
///
/// # Errors
/// When the database fails.
pub async fn mark_once(database: &Database) -> crate::problem::Result<u64> {
    let mut transaction = store::begin(database, "el servicio terminó durante la preparación").await?;
    let trouble = json!({
        "es": "el servicio terminó mientras preparaba la entrega; nada quedó a medias: vuelva a subir el archivo, o a examinarla",
        "en": "the service ended while it prepared the delivery; nothing was left half done: upload the file again, or examine it again",
    });
    let broken = store::tell_dead(&mut transaction, &trouble).await?;
    transaction.commit().await?;
    Ok(broken)
}
