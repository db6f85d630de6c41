//! The findings of a delivery: set-wise statements over tables of this transaction, class by class.

use sqlx::{AssertSqlSafe, PgConnection};

use super::super::classes::CLASSES;
use super::super::model::{Delivery, Origin};
use crate::problem::Result;

/// Separates the statements of a file.
pub const NEXT: &str = "\n-- next\n";

/// One group of classes.
pub struct Group {
    /// What it looks at.
    pub name: &'static str,
    sql: &'static str,
    /// Targets that it is for; empty: all.
    targets: &'static [&'static str],
}

const COVERS: &[&str] = &["parcels", "blocks", "sectors", "buildings", "zone_drafts"];

/// Every group, in the order in which they build on each other.
pub const GROUPS: [Group; 7] = [
    Group { name: "shapes", sql: include_str!("findings/shapes.sql"), targets: &[] },
    Group { name: "vertices", sql: include_str!("findings/vertices.sql"), targets: &[] },
    Group { name: "sizes", sql: include_str!("findings/shape_sizes.sql"), targets: &[] },
    Group { name: "overlaps", sql: include_str!("findings/overlaps.sql"), targets: COVERS },
    Group { name: "places", sql: include_str!("findings/places.sql"), targets: &[] },
    Group { name: "words", sql: include_str!("findings/words.sql"), targets: &[] },
    Group { name: "things", sql: include_str!("findings/things.sql"), targets: &[] },
];

impl Group {
    /// Whether it is for the delivery. What of a return is in the cadastre already need not fit into it anew.
    pub fn is_for(&self, delivery: &Delivery) -> bool {
        if delivery.returns.is_some() {
            return self.name == "shapes";
        }
        self.targets.is_empty() || self.targets.contains(&delivery.target.as_str())
    }
}

/// Works out the properties of every feature from its attributes.
pub async fn map_all(connection: &mut PgConnection, delivery: &Delivery, mapping: &[Origin]) -> Result<()> {
    let mapping = serde_json::to_value(mapping).map_err(anyhow::Error::from)?;
    sqlx::query(
        "update delivery.feature f
         set mapped = coalesce((
             select jsonb_object_agg(m.property, v.value)
             from jsonb_to_recordset($2) as m(property text, field text, kind text, digits integer, factor double precision)
             cross join lateral (select delivery.value_of(f.attributes ->> m.field, m.kind, m.digits, m.factor) as value) v
             where v.value is not null), '{}')
           || d.fixed || jsonb_build_object('ubigeo', d.ubigeo)
         from delivery.delivery d
         where f.delivery_id = $1 and d.id = f.delivery_id",
    )
    .bind(delivery.id)
    .bind(mapping)
    .execute(connection)
    .await?;
    Ok(())
}

/// Forgets the findings of before, and makes the tables of this transaction.
pub async fn begin(connection: &mut PgConnection, delivery: &Delivery) -> Result<()> {
    sqlx::query("delete from delivery.finding where delivery_id = $1")
        .bind(delivery.id)
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql(
        "set local client_min_messages = warning; set local work_mem = '64MB';
         create temporary table found (
           number bigint, class text not null, part integer, ring integer, vertex integer, field text, other text,
           measure double precision, detail text, repair text, geom geometry
         ) on commit drop;
         create temporary table setting (
           id bigint, ubigeo text, target text, network text, dimension integer, is_single boolean, tolerance_m double precision
         ) on commit drop",
    )
    .execute(&mut *connection)
    .await?;
    let geometry = &delivery.geometry;
    let dimension = match () {
        () if geometry.ends_with("Polygon") => Some(2),
        () if geometry.ends_with("LineString") => Some(1),
        () if geometry.ends_with("Point") => Some(0),
        () => None,
    };
    let network = delivery.target.split_once('_').map(|(network, _)| network);
    let network = network.filter(|network| ["water", "sewer", "power"].contains(network));
    // Corners that are nearer than this are meant to be one: the accuracy of the survey, and at most a hand's width.
    let tolerance_m = delivery.accuracy_m.unwrap_or(0.02).clamp(0.005, 0.05);
    sqlx::query("insert into setting values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(delivery.id)
        .bind(&delivery.ubigeo)
        .bind(&delivery.target)
        .bind(network)
        .bind(dimension)
        .bind(!geometry.starts_with("Multi") && geometry != "Geometry")
        .bind(tolerance_m)
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql(concat!("analyze setting;", include_str!("findings/good.sql"))).execute(connection).await?;
    Ok(())
}

/// Looks for the classes of a group.
pub async fn look(connection: &mut PgConnection, delivery: &Delivery, group: &Group) -> sqlx::Result<()> {
    for statement in group.sql.split(NEXT) {
        // Safe SQL: files of this folder, each with the delivery's number as its one parameter.
        sqlx::query(AssertSqlSafe(statement)).bind(delivery.id).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Keeps what was found, in the order of the file, with the severity of its class.
pub async fn keep(connection: &mut PgConnection, delivery: &Delivery) -> sqlx::Result<u64> {
    let (names, severities): (Vec<&str>, Vec<&str>) =
        CLASSES.iter().map(|class| (class.name, class.severity.name())).unzip();
    let kept = sqlx::query(
        "insert into delivery.finding (delivery_id, number, class, severity, part, ring, vertex, field, other, measure, detail,
           repair, geom)
         select $1, f.number, f.class, c.severity, f.part, f.ring, f.vertex, f.field, f.other, f.measure, f.detail, f.repair,
           st_setsrid(f.geom, 32718)
         from found f left join unnest($2::text[], $3::text[]) c(class, severity) on c.class = f.class
         order by f.number nulls first, f.class, f.vertex",
    )
    .bind(delivery.id)
    .bind(&names)
    .bind(&severities)
    .execute(connection)
    .await?;
    Ok(kept.rows_affected())
}
