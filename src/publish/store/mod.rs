//! Every statement of publishing.
//!
//! Names of layers and columns are data here, so the SQL text is made at run time: names are checked by
//! [`super::check_name`] or made by [`super::columns`], and always quoted; values are bound, or travel by `COPY`.

pub mod judge;
pub mod layer;
pub mod stage;

use anyhow::Context;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use super::columns::Column;
use super::refuse;

/// A layer of the name that exists already.
pub struct Existing {
    /// It was made by publishing.
    pub published: bool,
    /// Schema of its view.
    pub schema: String,
}

/// Everything that publishing makes belongs to the owner of the schema.
pub async fn become_owner(connection: &mut PgConnection) -> anyhow::Result<()> {
    let migrated: bool = sqlx::query_scalar("select to_regclass('published.publication') is not null")
        .fetch_one(&mut *connection)
        .await?;
    if !migrated {
        return Err(refuse(
            "La base de datos aún no tiene el esquema de Predio: ejecute primero `predio migrate`.",
            "The database does not have Predio's schema yet: run `predio migrate` first.",
        ));
    }
    let denied = "publishing needs a login that is a member of predio_owner";
    connection.execute("set local role predio_owner").await.context(denied)?;
    // A published table has no request behind it; its own record is the row in published.publication.
    connection.execute("set local timezone to 'America/Lima'").await?;
    Ok(())
}

/// What is called `name` among layers and published tables.
pub async fn existing(connection: &mut PgConnection, name: &str) -> anyhow::Result<Option<Existing>> {
    let row = sqlx::query(
        "select n.nspname::text as schema, exists (select from published.publication p where p.name = $1) as published
           from pg_class c
           join pg_namespace n on n.oid = c.relnamespace
          where n.nspname in ('layer', 'staff_layer', 'published')
            and c.relname = $1
            and c.relkind in ('r', 'v', 'm', 'p', 'f')
          order by n.nspname = 'published'
          limit 1",
    )
    .bind(name)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Existing { published: row.get("published"), schema: row.get("schema") }))
}

/// Runs one statement whose names were quoted by [`name`] and whose texts by [`text`].
async fn run(connection: &mut PgConnection, sql: String) -> anyhow::Result<u64> {
    // Safe SQL: see the module's invariant.
    Ok(connection.execute(AssertSqlSafe(sql)).await?.rows_affected())
}

/// A piece of SQL for each column, one after the other.
fn each(columns: &[Column], piece: impl Fn(&Column) -> String) -> String {
    columns.iter().map(piece).collect::<Vec<_>>().concat()
}

/// An identifier, quoted.
fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text, quoted: comments cannot be bound.
fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Turns a database's refusal over dependent views into ours.
fn explain_dependents(error: anyhow::Error) -> anyhow::Error {
    let cause = error
        .downcast_ref::<sqlx::Error>()
        .and_then(sqlx::Error::as_database_error)
        .and_then(|cause| cause.try_downcast_ref::<sqlx::postgres::PgDatabaseError>());
    match cause {
        // 2BP01 dependent_objects_still_exist
        Some(cause) if cause.code() == "2BP01" => {
            let which = cause.detail().unwrap_or_default();
            refuse(
                &format!("Otras vistas usan la capa; quítelas primero: {which}"),
                &format!("Other views use the layer; remove them first: {which}"),
            )
        }
        _ => error,
    }
}
