//! `predio serve`.

use anyhow::Context;
use predio::cluster::privilege;
use predio::config::Settings;
use predio::database::schema::{self, SchemaError};
use predio::refusal::Refusal;
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use super::place::Place;
use super::serving::{self, Welcome};
use super::{End, block_on, port, stop, up};

pub fn run(settings: &Settings, json: bool) -> anyhow::Result<End> {
    if let Some(place) = Place::named(settings) {
        port::refuse_if_busy(settings.listen)?;
        return block_on(on_named(place, settings, json));
    }
    let folder = settings.data_folder();
    if !folder.join("cluster.json").exists() {
        return Err(Refusal::because(format!(
            "there is no cluster in {}. Make it with `predio up`, or name your own server with DATABASE_URL.",
            folder.display()
        )));
    }
    up::refuse_early(&folder, settings.listen)?;
    privilege::drop_root(&folder)?;
    block_on(on_private(&folder, settings, json))
}

async fn on_named(place: Place, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let stop = stop::on_signal()?;
    let socket = port::reserve(settings.listen)?;
    refuse_outdated(&place).await?;
    serving::serve(socket, &place, settings, stop, &Welcome::new(None, json)).await?;
    Ok(End::Done)
}

async fn on_private(folder: &std::path::Path, settings: &Settings, json: bool) -> anyhow::Result<End> {
    let stop = stop::on_signal()?;
    let socket = port::reserve(settings.listen)?;
    let cluster = up::start(folder, "serve", socket.local_addr()?)?;
    let checked = if cluster.is_complete() {
        refuse_outdated(&Place::private(&cluster)).await
    } else {
        Err(Refusal::because("the first start has not finished. Let `predio up` finish it."))
    };
    match checked {
        Ok(()) => up::serve_private(cluster, socket, settings, stop, json).await,
        Err(error) => {
            tokio::task::block_in_place(|| cluster.stop())?;
            Err(error)
        }
    }
}

/// Refuses a database that lacks migrations of this version.
async fn refuse_outdated(place: &Place) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(&place.owner).await.context("cannot reach the database")?;
    match schema::pending(&mut connection).await {
        Ok(0) => Ok(()),
        Ok(missing) => Err(Refusal::because(format!(
            "the database lacks {missing} migration(s) of this version. Bring it up with `predio migrate`."
        ))),
        Err(SchemaError::Other(error)) if lacks_privilege(&error) => {
            tracing::warn!("this login may not see which migrations were applied; PREDIO_OWNER_URL can");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn lacks_privilege(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error);
    cause.and_then(sqlx::error::DatabaseError::code).as_deref() == Some("42501")
}
