//! The comparison of a return, as a part of its examination.

use std::path::Path;

use sqlx::PgConnection;

use super::super::model::Delivery;
use super::super::pump::{self, Seen};
use super::super::store::{changes, copies, stage};
use super::super::work::header;
use crate::refusal::Refusal;
use crate::spatial::private_folder::PrivateFolder;
use crate::spatial::reader;
use crate::spatial::wire::{Header, Note};

/// Looks at the mark that the file carries: that of another copy is refused, and whoever forgot to say that it is a return
/// is told.
///
/// # Errors
/// [`Refusal`] for the file of another copy.
pub async fn greet(
    connection: &mut PgConnection,
    delivery: &Delivery,
    header: &mut Header,
) -> anyhow::Result<()> {
    let Some(mark) = &header.mark else { return Ok(()) };
    let Some((copy, office)) = copies::marked(connection, mark).await? else { return Ok(()) };
    let is_own = office == delivery.office;
    match delivery.returns {
        Some(wanted) if wanted != copy => {
            // What another office took is nobody else's to know.
            let name = if is_own { copy.to_string() } else { "—".to_owned() };
            Err(Refusal::because(format!(
                "es: el archivo es otra salida de campo ({name}), y se entregó como devolución de la {wanted} | \
                 en: the file is another field copy ({name}), and was brought as the return of {wanted}"
            )))
        }
        None if is_own => {
            header.notes.push(Note::new(
                "field_copy",
                format!(
                    "es la salida de campo {copy}: entréguela con returns={copy} para comparar sus cambios"
                ),
                format!("it is field copy {copy}: bring it with returns={copy} to compare its changes"),
            ));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Of a return only the columns that went out are kept, whatever others are about; their names.
///
/// # Errors
/// When the database fails.
pub async fn drop_others(
    connection: &mut PgConnection,
    copy: i64,
    seen: &mut Seen,
) -> anyhow::Result<Vec<String>> {
    let columns = copies::of(connection, copy).await?.columns;
    Ok(seen.drop_others(&columns))
}

/// Compares what went out, what came back and what is on record, in the name of the delivery's office, and notes what
/// was found.
///
/// # Errors
/// When the copy cannot be read, or the database fails.
pub async fn compare(
    program: &Path,
    connection: &mut PgConnection,
    delivery: &Delivery,
    copy: i64,
) -> anyhow::Result<()> {
    read_base(program, connection, copy).await?;
    changes::compare(connection, delivery).await?;
    changes::look(connection, delivery.id).await?;
    Ok(())
}

/// Reads what went out into a table of this transaction, by the same reader as what came back.
async fn read_base(program: &Path, connection: &mut PgConnection, copy: i64) -> anyhow::Result<()> {
    let folder = PrivateFolder::create()?;
    let file = folder.path().join("salida.gpkg");
    tokio::fs::write(&file, copies::bytes(connection, copy).await?).await?;
    let mut reader = reader::start(program, &file, None)?;
    let header = header(&mut reader).await?;
    stage::create(connection).await?;
    pump::pump(&mut reader, &header, connection, |_| std::future::ready(())).await?;
    Ok(changes::keep_base(connection).await?)
}
