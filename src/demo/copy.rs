//! Rows to a table by `COPY … FROM STDIN`, in chunks, so that memory stays bounded and each journal entry
//! covers at most [`CHUNK`] rows.

use std::fmt::Display;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use sqlx::PgConnection;

/// Rows of one `COPY`: each is one journal entry, whose hash needs its rows in memory.
const CHUNK: usize = 20_000;
const BUFFER: usize = 1 << 20;

/// Rows in PostgreSQL's text format.
#[derive(Default)]
pub struct Rows {
    text: String,
    in_row: bool,
    finished: usize,
}

impl Rows {
    fn next(&mut self) {
        if self.in_row {
            self.text.push('\t');
        }
        self.in_row = true;
    }

    pub fn put(&mut self, value: impl Display) -> &mut Self {
        self.next();
        let _ = write!(self.text, "{value}");
        self
    }

    /// Text that may hold a tab or a backslash.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.next();
        for c in value.chars() {
            match c {
                '\\' => self.text.push_str("\\\\"),
                '\t' => self.text.push_str("\\t"),
                '\n' => self.text.push_str("\\n"),
                c => self.text.push(c),
            }
        }
        self
    }

    pub fn maybe(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.put(value),
            None => self.null(),
        }
    }

    pub fn null(&mut self) -> &mut Self {
        self.put("\\N")
    }

    pub fn area(&mut self, m2: Option<f64>) -> &mut Self {
        self.maybe(m2.map(|m2| format!("{m2:.2}")))
    }

    /// A geometry, written by one of the writers of `mm`.
    pub fn geom(&mut self, write: impl FnOnce(&mut String)) -> &mut Self {
        self.next();
        write(&mut self.text);
        self
    }

    pub fn end(&mut self) {
        self.text.push('\n');
        self.in_row = false;
        self.finished += 1;
    }
}

/// Copies what `write` makes of each item into `target`, `schema.table (columns)`; answers the rows.
pub async fn copy<T>(
    connection: &mut PgConnection,
    target: &str,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(T, &mut Rows),
) -> Result<u64> {
    let mut items = items.into_iter().peekable();
    let mut total = 0;
    let statement = format!("copy {target} from stdin");
    while items.peek().is_some() {
        let mut rows = Rows::default();
        let mut sink = connection.copy_in_raw(&statement).await.with_context(|| statement.clone())?;
        while rows.finished < CHUNK
            && let Some(item) = items.next()
        {
            write(item, &mut rows);
            if rows.text.len() > BUFFER {
                sink.send(rows.text.as_bytes()).await?;
                rows.text.clear();
            }
        }
        sink.send(rows.text.as_bytes()).await?;
        total += sink.finish().await.with_context(|| statement.clone())?;
    }
    Ok(total)
}
