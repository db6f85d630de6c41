//! What an operation writes, set-wise: a handful of statements for any number of parcels.

use chrono::NaiveDate;
use sqlx::PgConnection;

use crate::parcels::model::{Request, Terms};
use crate::parcels::shape::Shape;
use crate::spatial::mm::Mm;

/// A version that an operation leaves.
#[derive(Clone, Debug)]
pub struct Next {
    /// The parcel.
    pub parcel_id: i64,
    /// The version whose attributes it takes over.
    pub template: i64,
    /// Its polygon.
    pub shape: Shape,
    /// Its state in the fabric.
    pub state: String,
    /// What is registered of it; the template's where the operation says nothing.
    pub registered: Registered,
    /// Whether the operation is about it (else it only makes room for a corner).
    pub is_named: bool,
}

/// The registered area of a version.
#[derive(Clone, Copy, Debug)]
pub enum Registered {
    /// As before: the register's number stands.
    Kept,
    /// What the source says of a new polygon, if it says anything.
    Said(Option<f64>),
}

/// Writes the operation; from here on the transaction may change the fabric.
pub async fn begin(
    connection: &mut PgConnection,
    request: &Request,
    terms: &Terms,
    ubigeo: &str,
    day: NaiveDate,
) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "insert into land.operation (ubigeo, kind, effective_on, source_id, case_reference, lawful, declares_gap)
         values ($1, $2, $3, $4, $5, $6, $7) returning id",
    )
    .bind(ubigeo)
    .bind(request.kind())
    .bind(day)
    .bind(terms.source_id)
    .bind(&terms.case_reference)
    .bind(request.lawful())
    .bind(request.declares_gap())
    .fetch_one(connection)
    .await
}

/// The reason that the journal gets from here on.
pub async fn say_why(connection: &mut PgConnection, reason: &str) -> sqlx::Result<()> {
    sqlx::query("select set_config('predio.reason', $1, true)").bind(reason).execute(connection).await?;
    Ok(())
}

/// Corners that are not yet known.
pub async fn corners(
    connection: &mut PgConnection,
    ubigeo: &str,
    places: &[Mm],
    method: &str,
    survey: Option<i64>,
) -> sqlx::Result<()> {
    let (x, y): (Vec<i64>, Vec<i64>) = places.iter().map(|p| (p.x, p.y)).unzip();
    // Sorted, so that two writers of the same corners meet in one order.
    sqlx::query(
        "insert into land.corner (ubigeo, x_mm, y_mm, method, sigma_m, measured_on, survey_id)
         select $1, c.x, c.y, $4, s.sigma_m, s.performed_on, s.id
         from unnest($2::bigint[], $3::bigint[]) c(x, y)
         left join land.survey s on s.id = $5
         where not exists (select from land.corner k where k.ubigeo = $1 and k.x_mm = c.x and k.y_mm = c.y)
         order by c.x, c.y
         on conflict do nothing",
    )
    .bind(ubigeo)
    .bind(x)
    .bind(y)
    .bind(method)
    .bind(survey)
    .execute(connection)
    .await?;
    Ok(())
}

/// A new identity with its code, beside the parcel whose version is `template`.
pub async fn new_parcel(connection: &mut PgConnection, template: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "select land.new_parcel(v.ubigeo, v.sector_code, v.block_code) from land.parcel_version v where v.id = $1",
    )
    .bind(template)
    .fetch_one(connection)
    .await
}

/// Versions in force from `day` on, with the attributes of their templates.
pub async fn insert(
    connection: &mut PgConnection,
    next: &[&Next],
    day: NaiveDate,
    terms: &Terms,
) -> sqlx::Result<()> {
    if next.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(next);
    sqlx::query(
        "insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, settlement_id, sector_code, block_id,
           block_code, lot_code, use, address, street_id, house_number, registered_area_m2, declared_area_m2, survey_id,
           source_id, geom)
         select n.parcel_id, v.ubigeo, daterange($8, null), n.state, v.settlement_id, v.sector_code, v.block_id, v.block_code,
           case when n.parcel_id = v.parcel_id or v.block_code is null then v.lot_code
             else right(p.code, land.digits_of('lot', 'lot')) end,
           v.use, v.address, v.street_id, v.house_number,
           case when n.kept then v.registered_area_m2 else n.registered::numeric(14, 4) end,
           case when n.kept then v.declared_area_m2 end,
           case when n.is_named then coalesce($9, v.survey_id) else v.survey_id end,
           case when n.is_named then coalesce($10, v.source_id) else v.source_id end,
           n.geom::geometry
         from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::boolean[])
           n(parcel_id, template, geom, state, kept, registered, is_named)
         join land.parcel_version v on v.id = n.template
         join land.parcel p on p.id = n.parcel_id
         order by n.parcel_id",
    )
    .bind(columns.parcels)
    .bind(columns.templates)
    .bind(columns.geoms)
    .bind(columns.states)
    .bind(columns.kept)
    .bind(columns.registered)
    .bind(columns.named)
    .bind(day)
    .bind(terms.survey_id)
    .bind(terms.source_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Versions changed where they stand: those that began on the very day, and corrections.
pub async fn update(connection: &mut PgConnection, next: &[&Next], terms: &Terms) -> sqlx::Result<()> {
    if next.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(next);
    sqlx::query(
        "update land.parcel_version v
         set geom = n.geom::geometry, fabric_state = n.state,
           registered_area_m2 = case when n.kept then v.registered_area_m2 else n.registered::numeric(14, 4) end,
           survey_id = case when n.is_named then coalesce($7, v.survey_id) else v.survey_id end,
           source_id = case when n.is_named then coalesce($8, v.source_id) else v.source_id end
         from unnest($1::bigint[], $2::text[], $3::text[], $4::boolean[], $5::text[], $6::boolean[])
           n(template, geom, state, kept, registered, is_named)
         where v.id = n.template",
    )
    .bind(columns.templates)
    .bind(columns.geoms)
    .bind(columns.states)
    .bind(columns.kept)
    .bind(columns.registered)
    .bind(columns.named)
    .bind(terms.survey_id)
    .bind(terms.source_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends versions on `day`. One that began on that day was never in force: the history alone keeps it.
pub async fn end(connection: &mut PgConnection, versions: &[i64], day: NaiveDate) -> sqlx::Result<()> {
    if versions.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update land.parcel_version set valid = daterange(lower(valid), $2) where id = any($1) and lower(valid) < $2",
    )
    .bind(versions)
    .bind(day)
    .execute(&mut *connection)
    .await?;
    sqlx::query("delete from land.parcel_version where id = any($1) and lower(valid) = $2")
        .bind(versions)
        .bind(day)
        .execute(connection)
        .await?;
    Ok(())
}

/// Links parents with children, and lets the register follow.
pub async fn link(
    connection: &mut PgConnection,
    operation: i64,
    parents: &[i64],
    children: &[i64],
) -> sqlx::Result<()> {
    sqlx::query(
        "insert into land.lineage (parent_parcel_id, child_parcel_id, operation, effective_on, source_id, operation_id)
         select parent, child, o.kind, o.effective_on, o.source_id, o.id
         from land.operation o, unnest($2::bigint[]) parent, unnest($3::bigint[]) child where o.id = $1",
    )
    .bind(operation)
    .bind(parents)
    .bind(children)
    .execute(&mut *connection)
    .await?;
    sqlx::query("select land.register_follows($1, $2, $3)")
        .bind(operation)
        .bind(parents)
        .bind(children)
        .execute(connection)
        .await?;
    Ok(())
}

/// The columns of [`Next`], as arrays to be bound.
struct Columns {
    parcels: Vec<i64>,
    templates: Vec<i64>,
    geoms: Vec<String>,
    states: Vec<String>,
    kept: Vec<bool>,
    registered: Vec<Option<String>>,
    named: Vec<bool>,
}

impl Columns {
    fn of(next: &[&Next]) -> Self {
        let registered = |one: &&Next| match one.registered {
            Registered::Kept | Registered::Said(None) => None,
            // As decimal text: what was said is what is registered.
            Registered::Said(Some(m2)) => Some(format!("{m2}")),
        };
        Self {
            parcels: next.iter().map(|one| one.parcel_id).collect(),
            templates: next.iter().map(|one| one.template).collect(),
            geoms: next.iter().map(|one| one.shape.ewkb()).collect(),
            states: next.iter().map(|one| one.state.clone()).collect(),
            kept: next.iter().map(|one| matches!(one.registered, Registered::Kept)).collect(),
            registered: next.iter().map(registered).collect(),
            named: next.iter().map(|one| one.is_named).collect(),
        }
    }
}
