//! The staging table of one reading: it lives as long as its transaction, so that columns about people are dropped
//! before anything is kept.

use sqlx::PgConnection;
use sqlx::postgres::PgCopyIn;

use crate::intake::copy_text::push_text;
use crate::spatial::ewkb::push_hex;

/// Bytes that are sent to the server at once.
const BATCH: usize = 1 << 18;

/// A feature as it is staged.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub number: u64,
    /// JSON object.
    pub attributes: String,
    /// Flat WKB; empty: no geometry.
    pub wkb: Vec<u8>,
    pub flaw: Option<String>,
    pub flaw_detail: String,
    pub flaw_place: Option<(f64, f64)>,
    /// JSON list.
    pub remarks: Option<String>,
    pub had_height: bool,
    pub had_arcs: bool,
}

impl Row {
    /// A feature of which nothing but its flaw is known.
    pub fn flawed(number: u64, flaw: &str, detail: String) -> Self {
        let flaw = Some(flaw.to_owned());
        Self { number, attributes: "{}".to_owned(), flaw, flaw_detail: detail, ..Self::default() }
    }
}

/// Makes the staging table of this transaction.
pub async fn create(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::raw_sql(
        "create temporary table staged (
           number bigint, attributes jsonb, shape geometry, flaw text, flaw_detail text, flaw_x double precision,
           flaw_y double precision, remarks jsonb, had_height boolean, had_arcs boolean
         ) on commit drop",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps what was staged as features of a delivery, without the columns that are dropped.
pub async fn keep(connection: &mut PgConnection, delivery: i64, dropped: &[String]) -> sqlx::Result<u64> {
    let kept = sqlx::query(
        "insert into delivery.feature (delivery_id, number, attributes, shape, flaw, flaw_detail, flaw_x, flaw_y, remarks,
           had_height, had_arcs)
         select $1, number, attributes - $2::text[], shape, flaw, nullif(flaw_detail, ''), flaw_x, flaw_y,
           (select jsonb_agg(r) from jsonb_array_elements(remarks) r where r ->> 'field' <> all ($2)), had_height, had_arcs
         from staged",
    )
    .bind(delivery)
    .bind(dropped)
    .execute(connection)
    .await?;
    Ok(kept.rows_affected())
}

/// A running `COPY` into the staging table.
pub struct Copy<'a> {
    copy: PgCopyIn<&'a mut PgConnection>,
    rows: Vec<u8>,
}

impl<'a> Copy<'a> {
    /// Begins the `COPY`.
    pub async fn begin(connection: &'a mut PgConnection) -> sqlx::Result<Self> {
        let copy = connection.copy_in_raw("copy staged from stdin").await?;
        Ok(Self { copy, rows: Vec::with_capacity(BATCH * 2) })
    }

    /// Adds a feature.
    pub fn row(&mut self, row: &Row) {
        self.rows.extend_from_slice(row.number.to_string().as_bytes());
        self.text(Some(&row.attributes));
        self.rows.push(b'\t');
        if row.wkb.is_empty() {
            self.rows.extend_from_slice(b"\\N");
        } else {
            push_hex(&mut self.rows, &row.wkb);
        }
        self.text(row.flaw.as_deref());
        self.text(Some(&row.flaw_detail));
        let (x, y) = row.flaw_place.filter(|(x, y)| x.is_finite() && y.is_finite()).unzip();
        self.text(x.map(|x| format!("{x:?}")).as_deref());
        self.text(y.map(|y| format!("{y:?}")).as_deref());
        self.text(row.remarks.as_deref());
        self.text(Some(if row.had_height { "t" } else { "f" }));
        self.text(Some(if row.had_arcs { "t" } else { "f" }));
        self.rows.push(b'\n');
    }

    fn text(&mut self, value: Option<&str>) {
        self.rows.push(b'\t');
        match value {
            Some(text) => push_text(&mut self.rows, text),
            None => self.rows.extend_from_slice(b"\\N"),
        }
    }

    /// Sends what has gathered, so that memory stays the same for any file.
    pub async fn flush_if_full(&mut self) -> sqlx::Result<()> {
        if self.rows.len() >= BATCH {
            self.copy.send(self.rows.as_slice()).await?;
            self.rows.clear();
        }
        Ok(())
    }

    /// Sends the rest and ends the `COPY`.
    pub async fn finish(mut self) -> sqlx::Result<u64> {
        self.copy.send(self.rows.as_slice()).await?;
        self.copy.finish().await
    }

    /// Gives the `COPY` up.
    pub async fn abort(self) {
        // The refusal that follows says why; that the server heard of it adds nothing.
        let _ = self.copy.abort("refused").await;
    }
}
