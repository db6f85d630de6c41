//! Roles, extensions and the numbered migrations.
//!
//! Roles are cluster-wide and live outside the migrations; whoever may not create them gets the SQL for the
//! administrator. A database that is newer than this program, or somebody else's, is left alone.

use std::str::FromStr;

use anyhow::Context;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

/// The numbered migrations of this program.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
/// Creates the cluster-wide roles, idempotently.
pub const ROLES: &str = include_str!("roles.sql");
/// Extensions that the schema stands on.
pub const EXTENSIONS: [&str; 5] = ["postgis", "pg_trgm", "btree_gist", "unaccent", "pgcrypto"];

/// Why a database cannot be brought to this program's schema.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A later Predio has migrated it.
    #[error("the database has migration {found}, this program knows up to {known}: use a newer Predio")]
    Newer {
        /// Newest migration in the database.
        found: i64,
        /// Newest migration of this program.
        known: i64,
    },
    /// Schemas of our names that we did not make.
    #[error(
        "the database already has a schema `{schema}` that Predio did not make: give it an empty database"
    )]
    Foreign {
        /// The schema in the way.
        schema: String,
    },
    /// The login lacks a right; the SQL is for the administrator.
    #[error("{what}. Ask the administrator of the server to run this SQL, then try again:\n{sql}")]
    NeedsAdministrator {
        /// What could not be done.
        what: String,
        /// The SQL to run.
        sql: String,
    },
    /// Anything else.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl From<sqlx::Error> for SchemaError {
    fn from(error: sqlx::Error) -> Self {
        Self::Other(error.into())
    }
}

/// What a migration run did.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Migrated {
    /// Migrations applied now.
    pub applied: usize,
    /// Newest migration of the database.
    pub newest: i64,
}

/// Makes roles, database and extensions as a superuser of the server, then migrates.
///
/// # Errors
/// [`SchemaError`], each with what to do.
pub async fn create(superuser_url: &str, database: &str) -> Result<Migrated, SchemaError> {
    let mut connection = create_bare(superuser_url, database).await?;
    migrate_on(&mut connection).await
}

/// Makes roles, database and extensions as a superuser of the server, where they are missing.
///
/// # Errors
/// [`SchemaError`], each with what to do.
pub async fn create_bare(superuser_url: &str, database: &str) -> Result<PgConnection, SchemaError> {
    let server = PgConnectOptions::from_str(superuser_url)?;
    let mut connection = PgConnection::connect_with(&server.clone().database("postgres")).await?;
    sqlx::raw_sql(ROLES).execute(&mut connection).await?;
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(database)
        .fetch_one(&mut connection)
        .await?;
    if !exists {
        // Safe SQL: the name is quoted; names cannot be bound.
        let sql = format!(
            "create database {} owner predio_owner encoding 'UTF8' template template0",
            quoted(database)
        );
        connection.execute(AssertSqlSafe(sql)).await?;
    }
    connection.close().await?;
    let mut connection = PgConnection::connect_with(&server.database(database)).await?;
    for extension in EXTENSIONS {
        // Safe SQL: the names are constants.
        connection.execute(AssertSqlSafe(format!("create extension if not exists {extension}"))).await?;
    }
    Ok(connection)
}

/// Prepares the empty database at `url` for a restore: roles, extensions, the owner's rights.
///
/// # Errors
/// [`SchemaError`], each with what to do; [`SchemaError::Foreign`] when it is not empty.
pub async fn prepare_bare(url: &str) -> Result<(), SchemaError> {
    let mut connection = PgConnection::connect(url).await?;
    ensure_roles(&mut connection).await?;
    ensure_extensions(&mut connection).await?;
    if !applied(&mut connection).await?.is_empty() {
        return Err(SchemaError::Foreign { schema: "land".to_owned() });
    }
    become_owner(&mut connection).await
}

/// Brings the database at `url` to this program's schema. Its login is a member of `predio_owner`, or may
/// create roles and extensions.
///
/// # Errors
/// [`SchemaError`], each with what to do.
pub async fn migrate(url: &str) -> Result<Migrated, SchemaError> {
    let options = PgConnectOptions::from_str(url)?.application_name("predio migrate");
    let mut connection = PgConnection::connect_with(&options).await?;
    ensure_roles(&mut connection).await?;
    ensure_extensions(&mut connection).await?;
    migrate_on(&mut connection).await
}

/// Migrations of this program that the database at the other end lacks, without changing anything.
///
/// # Errors
/// [`SchemaError::Newer`] and [`SchemaError::Foreign`] as for [`migrate`].
pub async fn pending(connection: &mut PgConnection) -> Result<usize, SchemaError> {
    let applied = applied(connection).await?;
    Ok(MIGRATIONS.iter().filter(|m| !applied.contains(&m.version)).count())
}

async fn migrate_on(connection: &mut PgConnection) -> Result<Migrated, SchemaError> {
    let pending = pending(connection).await?;
    become_owner(connection).await?;
    MIGRATIONS.run(&mut *connection).await.context("a migration failed; nothing of it was kept")?;
    if pending > 0 {
        // A migration that came later may have added or changed a layer.
        sqlx::query("select history.build_twins()").execute(&mut *connection).await?;
    }
    Ok(Migrated { applied: pending, newest: newest_known() })
}

/// Newest migration of this program.
pub fn newest_known() -> i64 {
    MIGRATIONS.iter().map(|m| m.version).max().unwrap_or_default()
}

async fn applied(connection: &mut PgConnection) -> Result<Vec<i64>, SchemaError> {
    let ours: bool = sqlx::query_scalar("select to_regclass('public._sqlx_migrations') is not null")
        .fetch_one(&mut *connection)
        .await?;
    if !ours {
        let foreign: Option<String> = sqlx::query_scalar(
            "select nspname::text from pg_namespace where nspname in ('land', 'person', 'layer', 'audit', 'zoning') limit 1",
        )
        .fetch_optional(&mut *connection)
        .await?;
        return foreign.map_or(Ok(Vec::new()), |schema| Err(SchemaError::Foreign { schema }));
    }
    let versions: Vec<i64> =
        sqlx::query_scalar("select version from public._sqlx_migrations where success order by 1")
            .fetch_all(&mut *connection)
            .await?;
    match versions.last() {
        Some(&found) if found > newest_known() => Err(SchemaError::Newer { found, known: newest_known() }),
        _ => Ok(versions),
    }
}

async fn ensure_roles(connection: &mut PgConnection) -> Result<(), SchemaError> {
    let missing: i64 = sqlx::query_scalar(
        "select count(*) from unnest($1::text[]) wanted where not exists (select from pg_roles where rolname = wanted)",
    )
    .bind(
        ["predio_owner", "predio_app", "predio_public", "predio_auditor", "predio_service", "predio_gate"]
            .map(str::to_owned)
            .to_vec(),
    )
    .fetch_one(&mut *connection)
    .await?;
    if missing == 0 {
        return Ok(());
    }
    match sqlx::raw_sql(ROLES).execute(&mut *connection).await {
        Ok(_) => Ok(()),
        Err(error) if lacks_privilege(&error) => Err(SchemaError::NeedsAdministrator {
            what: "the login may not create Predio's roles".to_owned(),
            sql: ROLES.to_owned(),
        }),
        Err(error) => Err(error.into()),
    }
}

async fn ensure_extensions(connection: &mut PgConnection) -> Result<(), SchemaError> {
    for extension in EXTENSIONS {
        // Safe SQL: the names are constants.
        let sql = format!("create extension if not exists {extension};");
        match connection.execute(AssertSqlSafe(sql.clone())).await {
            Ok(_) => {}
            Err(error) if lacks_privilege(&error) => {
                return Err(SchemaError::NeedsAdministrator {
                    what: format!("the login may not install the extension {extension}"),
                    sql: EXTENSIONS.map(|name| format!("create extension if not exists {name};")).join("\n"),
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Everything is owned by `predio_owner`, whoever migrates.
async fn become_owner(connection: &mut PgConnection) -> Result<(), SchemaError> {
    let database: String =
        sqlx::query_scalar("select current_database()::text").fetch_one(&mut *connection).await?;
    let grant = format!(
        "grant create on database {} to predio_owner;\ngrant usage, create on schema public to predio_owner;",
        quoted(&database)
    );
    let allowed: bool = sqlx::query_scalar(
        "select has_database_privilege('predio_owner', current_database(), 'create')
            and has_schema_privilege('predio_owner', 'public', 'create')",
    )
    .fetch_one(&mut *connection)
    .await?;
    if !allowed {
        // Safe SQL: the database's name is quoted.
        let granted = sqlx::raw_sql(AssertSqlSafe(grant.clone())).execute(&mut *connection).await;
        granted.map_err(|_| SchemaError::NeedsAdministrator {
            what: "predio_owner may not create schemas in this database".to_owned(),
            sql: grant,
        })?;
    }
    connection.execute("set role predio_owner").await.map_err(|_| SchemaError::NeedsAdministrator {
        what: "the login is not a member of predio_owner".to_owned(),
        sql: "grant predio_owner to <login>;".to_owned(),
    })?;
    Ok(())
}

fn lacks_privilege(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("42501")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
