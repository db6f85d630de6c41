//! `predio migrate`.

use predio::cluster::DATABASE;
use predio::config::Settings;
use predio::database::schema::{self, Migrated};

use super::End;
use super::place::{self, Place};

pub fn run(settings: &Settings, json: bool) -> anyhow::Result<End> {
    let migrated = place::work_on(settings, "migrate", |place| async move { on(&place).await })?;
    if json {
        println!("{}", serde_json::to_string(&migrated)?);
    } else if migrated.applied == 0 {
        println!("The database is at migration {}, as this version wants it.", migrated.newest);
    } else {
        println!(
            "{} migration(s) applied; the database is at migration {}.",
            migrated.applied, migrated.newest
        );
    }
    Ok(End::Done)
}

/// Migrates a database; in the private cluster as its superuser, who may add the extensions of later versions.
pub async fn on(place: &Place) -> anyhow::Result<Migrated> {
    let migrated = match &place.superuser {
        Some(url) => schema::create(url, DATABASE).await?,
        None => schema::migrate(&place.owner).await?,
    };
    Ok(migrated)
}
