//! The register in a real PostGIS.

mod acts;
mod burdens;
mod desk;
mod people;
mod random;
mod shares;

use sqlx::{AssertSqlSafe, Connection, PgConnection, Postgres, Transaction};

use crate::testing::TestDatabase;

/// A district with one property unit, 1, and the parties 1 to 9.
pub(super) async fn register() -> TestDatabase {
    let test = crate::testing::database().await;
    let mut owner = test.owner().await;
    sqlx::raw_sql(
        "begin; set local predio.reason = 'test';
         insert into land.district (ubigeo, name, province, department, source, fictitious, geom)
           values ('999901', 'Ensayo', 'Ensayo', 'Ensayo', 'ensayo', true,
                   st_multi(st_makeenvelope(190000, 8810000, 200000, 8820000, 32718)));
         insert into land.property_unit (ubigeo) values ('999901'), ('999901');
         insert into person.party (kind, name, fictitious) select 'natural', 'Persona Ficticia ' || n, true from generate_series(1, 9) n;
         insert into land.source (ubigeo, kind, title) values ('999901', 'deed', 'Escritura ficticia');
         commit;",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    test
}

/// Begins a write of the owner, who like anybody else has to say why.
pub(super) async fn begin(connection: &mut PgConnection) -> Transaction<'_, Postgres> {
    let mut tx = connection.begin().await.unwrap();
    sqlx::raw_sql("set local predio.reason = 'test'").execute(&mut *tx).await.unwrap();
    tx
}

/// Runs statements of a test; their text is the test's own.
pub(super) async fn run(connection: &mut PgConnection, sql: &str) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.map(|_| ())
}

/// The name of the constraint that refused, if one did.
pub(super) fn refused_by(result: sqlx::Result<()>) -> Option<String> {
    let error = result.err()?;
    Some(error.as_database_error()?.constraint()?.to_owned())
}
