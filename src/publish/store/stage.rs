//! The staging table: one row for each feature of the file, loaded by `COPY`.

use sqlx::PgConnection;
use sqlx::postgres::PgCopyIn;

use super::{each, name, run};
use crate::intake::copy_text::push_text;
use crate::publish::columns::Column;
use crate::publish::load::{Aside, push_value};
use crate::spatial::ewkb::{Flat, push_hex};
use crate::spatial::wire::Value;

/// Bytes that are sent to the server at once.
const BATCH: usize = 1 << 18;

/// Makes the staging tables of this transaction.
///
/// `aside` is why a row is not to be loaded, `fix` what was repaired while reading.
pub async fn create(connection: &mut PgConnection, columns: &[Column]) -> anyhow::Result<()> {
    let fields = each(columns, |column| format!(", {} {}", name(&column.name), column.sql_type()));
    run(
        connection,
        format!(
            "create temporary table staging (
               \"staging n\" bigint, \"staging aside\" text, \"staging detail\" text, \"staging x\" double precision,
               \"staging y\" double precision, \"staging fix\" text, \"staging geom\" geometry{fields}
             ) on commit drop"
        ),
    )
    .await?;
    run(
        connection,
        "create temporary table judged (
           n bigint primary key, verdict text not null, reason text not null, detail text, x double precision,
           y double precision, area_before double precision, area_after double precision, geom geometry
         ) on commit drop"
            .to_owned(),
    )
    .await?;
    Ok(())
}

/// A running `COPY` into the staging table.
pub struct Copy<'a> {
    copy: PgCopyIn<&'a mut PgConnection>,
    rows: Vec<u8>,
}

impl<'a> Copy<'a> {
    /// Begins the `COPY`.
    pub async fn begin(connection: &'a mut PgConnection, columns: &[Column]) -> anyhow::Result<Self> {
        let fields = each(columns, |column| format!(", {}", name(&column.name)));
        let statement = format!(
            "copy staging (\"staging n\", \"staging aside\", \"staging detail\", \"staging x\", \"staging y\", \
             \"staging fix\", \"staging geom\"{fields}) from stdin"
        );
        let copy = connection.copy_in_raw(&statement).await?;
        Ok(Self { copy, rows: Vec::with_capacity(BATCH * 2) })
    }

    /// Adds a feature; `fix` is what reading repaired, with its detail.
    pub fn row(
        &mut self,
        number: u64,
        columns: &[Column],
        flat: &Flat,
        fix: Option<(&str, &str)>,
        values: &[Value],
    ) {
        self.number(number);
        self.rows.extend_from_slice(b"\\N\t");
        match fix {
            Some((fix, detail)) => {
                push_text(&mut self.rows, detail);
                self.rows.extend_from_slice(b"\t\\N\t\\N\t");
                push_text(&mut self.rows, fix);
                self.rows.push(b'\t');
            }
            None => self.rows.extend_from_slice(b"\\N\t\\N\t\\N\t\\N\t"),
        }
        if flat.positions == 0 {
            self.rows.extend_from_slice(b"\\N");
        } else {
            push_hex(&mut self.rows, &flat.wkb);
        }
        for (column, value) in columns.iter().zip(values) {
            self.rows.push(b'\t');
            push_value(&mut self.rows, column, value);
        }
        self.rows.push(b'\n');
    }

    /// Adds a feature that cannot be loaded.
    pub fn aside(&mut self, number: u64, columns: &[Column], aside: &Aside) {
        self.number(number);
        push_text(&mut self.rows, aside.reason);
        self.rows.push(b'\t');
        push_text(&mut self.rows, &aside.detail);
        match aside.place {
            Some((x, y)) => self.rows.extend_from_slice(format!("\t{x:?}\t{y:?}\t\\N\t\\N").as_bytes()),
            None => self.rows.extend_from_slice(b"\t\\N\t\\N\t\\N\t\\N"),
        }
        for _ in columns {
            self.rows.extend_from_slice(b"\t\\N");
        }
        self.rows.push(b'\n');
    }

    /// Sends what has gathered, so that memory stays the same for any file.
    pub async fn flush_if_full(&mut self) -> anyhow::Result<()> {
        if self.rows.len() >= BATCH {
            self.copy.send(self.rows.as_slice()).await?;
            self.rows.clear();
        }
        Ok(())
    }

    /// Sends the rest and ends the `COPY`.
    pub async fn finish(mut self) -> anyhow::Result<u64> {
        self.copy.send(self.rows.as_slice()).await?;
        Ok(self.copy.finish().await?)
    }

    /// Gives the `COPY` up.
    pub async fn abort(self) {
        // The refusal that follows says why; that the server heard of it adds nothing.
        let _ = self.copy.abort("refused").await;
    }

    fn number(&mut self, number: u64) {
        self.rows.extend_from_slice(number.to_string().as_bytes());
        self.rows.push(b'\t');
    }
}
