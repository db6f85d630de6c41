//! Every SQL statement of backup and restore.

use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::manifest::{Login, Table};

/// Tables whose rows stay out of a dump: change notices, and files that can be made again.
pub const WITHOUT_ROWS: [&str; 6] = [
    "service.change",
    "service.kept_file",
    "service.kept_piece",
    "service.export",
    "service.export_progress",
    "service.district_download",
];

/// Begins a reading that sees one moment and in which every value has one text; returns the snapshot's name, under
/// which pg_dump sees the same. Where row-level security would hide a row, it fails instead.
pub async fn begin_snapshot(connection: &mut PgConnection) -> sqlx::Result<String> {
    connection
        .execute(
            "begin isolation level repeatable read read only;
             set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
             set local bytea_output = 'hex'; set local extra_float_digits = 1; set local row_security = off; set local search_path = ''",
        )
        .await?;
    sqlx::query_scalar("select pg_catalog.pg_export_snapshot()").fetch_one(connection).await
}

/// Ends it.
pub async fn end_snapshot(connection: &mut PgConnection) -> sqlx::Result<()> {
    connection.execute("rollback").await.map(drop)
}

/// Rows and hash of every table of ours.
pub async fn tables(connection: &mut PgConnection) -> sqlx::Result<Vec<Table>> {
    let named: Vec<(String, String)> = sqlx::query_as(
        "select format('%I.%I', n.nspname, c.relname), string_agg(format('r.%I', a.attname), ', ' order by a.attnum)
           from pg_class c
           join pg_namespace n on n.oid = c.relnamespace
           join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
          where c.relkind = 'r'
            and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
            and format('%I.%I', n.nspname, c.relname) <> all ($1)
            and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
          group by c.oid, n.nspname, c.relname
          order by 1",
    )
    .bind(WITHOUT_ROWS.map(str::to_owned).to_vec())
    .fetch_all(&mut *connection)
    .await?;
    let mut tables = Vec::with_capacity(named.len());
    for (name, columns) in named {
        // Safe SQL: names come from the catalogue, quoted by the server.
        let sql = format!(
            "select count(*), coalesce(sum(('x' || encode(substring(sha256(convert_to(row({columns})::text, 'UTF8')) for 8), 'hex'))
                    ::bit(64)::bigint::numeric), 0)::text
               from only {name} r"
        );
        let (rows, hash) = sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
        tables.push(Table { name, rows, hash });
    }
    Ok(tables)
}

/// Server version, newest migration, kind of the database, now.
pub async fn facts(connection: &mut PgConnection) -> sqlx::Result<(String, i64, Option<String>, String)> {
    sqlx::query_as(
        r#"select current_setting('server_version'),
                  (select max(version) from public._sqlx_migrations where success),
                  (select value #>> '{}' from service.setting where name = 'kind'),
                  to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"#,
    )
    .fetch_one(connection)
    .await
}

/// Hash of the journal's newest seal.
pub async fn newest_seal(connection: &mut PgConnection) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("select encode(hash, 'hex') from audit.seal order by number desc limit 1")
        .fetch_optional(connection)
        .await
}

/// Logins, other than the service's own, that are members of our roles.
pub async fn logins(connection: &mut PgConnection) -> sqlx::Result<Vec<Login>> {
    sqlx::query_as(
        "select l.rolname::text as name, array_agg(r.rolname::text order by r.rolname) as roles
           from pg_auth_members m
           join pg_roles l on l.oid = m.member and l.rolcanlogin and not l.rolname like 'predio\\_%'
           join pg_roles r on r.oid = m.roleid and r.rolname like 'predio\\_%'
          group by l.rolname
          order by 1",
    )
    .fetch_all(connection)
    .await
}

/// Gives the planner of a restored database its figures.
pub async fn settle(connection: &mut PgConnection) -> sqlx::Result<()> {
    connection.execute("analyze").await.map(drop)
}
