//! Which layers there are: the views in `layer` and `staff_layer` that an audience may read.
//!
//! Read from the database's own catalogue, at most once a second: a view added by a database user with a
//! comment and a grant is served without a restart, and one dropped is gone.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, FromRow};

use super::crs::Crs;
use super::door::{Actions, Door};
use super::extent::{self, Extent, Extents};
use super::model::{Column, Geometry, Kind, Layer, Text, Valid, quoted};
use crate::database::Audience;
use crate::database::Database;
use crate::database::reader;
use crate::problem::{Error, Result};

/// Longest time that a change of a view stays unseen.
const FRESH: Duration = Duration::from_secs(1);

/// A view that breaks the layer contract, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Schema and name.
    pub name: String,
    /// What is missing or wrong.
    pub reason: Text,
}

/// What kind of database this is; a demonstration says so in every representation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// Invented data.
    Demonstration,
    /// A municipality's own.
    Real,
}

/// The layers at one moment.
#[derive(Debug)]
pub struct Snapshot {
    layers: BTreeMap<String, Arc<Layer>>,
    refused: Vec<Refusal>,
    kind: DatabaseKind,
    taken: Instant,
}

impl Snapshot {
    /// The served layers by name.
    pub fn served(&self) -> impl Iterator<Item = &Arc<Layer>> {
        self.layers.values()
    }

    /// The views that are not served, with the reason.
    pub fn refused(&self) -> &[Refusal] {
        &self.refused
    }

    /// The layer of that name.
    pub fn layer(&self, name: &str) -> Option<&Arc<Layer>> {
        self.layers.get(name)
    }

    /// What must be said with every representation.
    pub fn notice(&self) -> Option<Text> {
        (self.kind == DatabaseKind::Demonstration).then(|| Text {
            es: "DATOS FICTICIOS: distrito de demostración, sin valor legal".to_owned(),
            en: "FICTITIOUS DATA: demonstration district, no legal value".to_owned(),
        })
    }
}

/// The layers of one audience, kept fresh.
#[derive(Debug)]
pub struct Catalogue {
    database: Database,
    audience: Audience,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    reading: tokio::sync::Mutex<()>,
    extents: Extents,
}

impl Catalogue {
    /// A catalogue that is read when first asked.
    pub fn new(database: Database, audience: Audience) -> Arc<Self> {
        Arc::new(Self {
            database,
            audience,
            snapshot: RwLock::new(None),
            reading: tokio::sync::Mutex::new(()),
            extents: Extents::default(),
        })
    }

    /// Whose layers these are.
    pub fn audience(&self) -> Audience {
        self.audience
    }

    /// What must be said with every representation, as far as it was ever read: for failures, which ask nothing.
    pub fn last_notice(&self) -> Option<Text> {
        self.last().and_then(|last| last.notice())
    }

    fn last(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The layers, at most a second old; older ones when the database is away.
    ///
    /// # Errors
    /// When they were never read and the database does not answer.
    pub async fn current(&self) -> Result<Arc<Snapshot>> {
        match self.last() {
            Some(last) if last.taken.elapsed() < FRESH => Ok(last),
            last => self.reload(last).await,
        }
    }

    /// The layer `name`. What is known is answered at once and refreshed behind the request; what is not known
    /// is looked for in the database first.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such layer.
    pub async fn layer(self: &Arc<Self>, name: &str) -> Result<Arc<Layer>> {
        if let Some(last) = self.last()
            && let Some(layer) = last.layer(name)
        {
            let age = last.taken.elapsed();
            if age < FRESH {
                return Ok(layer.clone());
            }
            if age < 10 * FRESH {
                self.refresh_behind();
                return Ok(layer.clone());
            }
        }
        let missing = || Error::NotFound(format!("there is no collection `{name}`"));
        self.current().await?.layer(name).cloned().ok_or_else(missing)
    }

    fn refresh_behind(self: &Arc<Self>) {
        let catalogue = self.clone();
        tokio::spawn(async move { catalogue.current().await.map(drop) });
    }

    async fn reload(&self, stale: Option<Arc<Snapshot>>) -> Result<Arc<Snapshot>> {
        let _one_at_a_time = self.reading.lock().await;
        if let Some(last) = self.last().filter(|last| last.taken.elapsed() < FRESH) {
            return Ok(last);
        }
        match read(&self.database, self.audience).await {
            Ok(snapshot) => {
                let snapshot = Arc::new(snapshot);
                *self.snapshot.write().unwrap_or_else(std::sync::PoisonError::into_inner) =
                    Some(snapshot.clone());
                Ok(snapshot)
            }
            Err(error) => {
                tracing::warn!(?error, "the catalogue of layers could not be read");
                stale.ok_or(error)
            }
        }
    }

    /// Forgets what is known, after the database said that a view has changed.
    pub fn forget(&self) {
        *self.snapshot.write().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    }

    /// The box and period of a layer, as far as they are known by now.
    pub async fn extent(self: &Arc<Self>, layer: &Arc<Layer>) -> Extent {
        self.extents.of(&self.database, self.audience, layer).await
    }

    /// The same as it is in a snapshot that somebody holds, however long that takes to measure.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn extent_in(&self, layer: &Layer, snapshot: &reader::Snapshot) -> Result<Extent> {
        extent::read(&self.database, self.audience, layer, Some(snapshot)).await
    }
}

#[derive(FromRow)]
struct Row {
    schema: String,
    name: String,
    oid: sqlx::postgres::types::Oid,
    granted: bool,
    comment: Option<String>,
    column_name: String,
    column_comment: Option<String>,
    sql_type: String,
    base_type: String,
    category: String,
    geometry_type: Option<String>,
    srid: Option<i32>,
    wkt: Option<String>,
    door_events: Option<i32>,
    door: Option<String>,
    granted_events: i32,
}

/// Reads the layers of `audience`.
///
/// # Errors
/// When the database does not answer.
pub async fn read(database: &Database, audience: Audience) -> Result<Snapshot> {
    let taken = Instant::now();
    let mut transaction = database.read(audience).await?;
    let rows: Vec<Row> = sqlx::query_as(include_str!("catalogue.sql"))
        .bind(audience.role())
        .fetch_all(&mut *transaction)
        .await?;
    let kind = kind(&mut transaction).await?;
    transaction.rollback().await?;
    let mut relations: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        match relations.last_mut() {
            Some(same) if same[0].oid == row.oid => same.push(row),
            _ => relations.push(vec![row]),
        }
    }
    let mut snapshot = Snapshot { layers: BTreeMap::new(), refused: Vec::new(), kind, taken };
    for relation in &relations {
        sort_in(&mut snapshot, relation, audience);
    }
    Ok(snapshot)
}

fn sort_in(snapshot: &mut Snapshot, relation: &[Row], audience: Audience) {
    let first = &relation[0];
    // A staff view that the audience may not read is not a mistake.
    if first.schema == "staff_layer" && !first.granted {
        return;
    }
    let built = granted(first, audience).and_then(|()| build(relation)).and_then(|layer| {
        if snapshot.layers.contains_key(&layer.name) {
            return Err(refuse(
                "una capa de ese nombre ya existe en otro esquema",
                "another schema has a layer of this name",
            ));
        }
        Ok(layer)
    });
    match built {
        Ok(layer) => {
            snapshot.layers.insert(layer.name.clone(), Arc::new(layer));
        }
        Err(reason) => {
            snapshot.refused.push(Refusal { name: format!("{}.{}", first.schema, first.name), reason });
        }
    }
}

async fn kind(transaction: &mut sqlx::PgConnection) -> Result<DatabaseKind> {
    let readable: bool = sqlx::query_scalar(
        "select coalesce(has_table_privilege(to_regclass('service.setting'), 'select'), false) \
         and has_schema_privilege('service', 'usage') from pg_namespace where nspname = 'service'",
    )
    .fetch_optional(&mut *transaction)
    .await?
    .unwrap_or(false);
    if !readable {
        return Ok(DatabaseKind::Real);
    }
    let kind: Option<String> =
        sqlx::query_scalar(AssertSqlSafe("select value #>> '{}' from service.setting where name = 'kind'"))
            .fetch_optional(&mut *transaction)
            .await?
            .flatten();
    Ok(if kind.as_deref() == Some("demonstration") {
        DatabaseKind::Demonstration
    } else {
        DatabaseKind::Real
    })
}

fn refuse(es: &str, en: &str) -> Text {
    Text { es: es.to_owned(), en: en.to_owned() }
}

fn granted(first: &Row, audience: Audience) -> Result<(), Text> {
    if first.granted {
        return Ok(());
    }
    let role = audience.role();
    Err(refuse(
        &format!("el rol {role} no puede leerla: grant select on {}.{} to {role}", first.schema, first.name),
        &format!("role {role} may not read it: grant select on {}.{} to {role}", first.schema, first.name),
    ))
}

/// A layer from the rows of its columns, or what breaks the contract.
fn build(relation: &[Row]) -> Result<Layer, Text> {
    let first = &relation[0];
    let by_name: HashMap<&str, &Row> = relation.iter().map(|row| (row.column_name.as_str(), row)).collect();
    let id =
        by_name.get("id").ok_or_else(|| refuse("le falta la columna `id`", "it lacks the column `id`"))?;
    let mut id = column(id);
    if !matches!(id.kind, Kind::Int2 | Kind::Int4 | Kind::Int8 | Kind::Text | Kind::Uuid) {
        return Err(refuse("`id` debe ser entero, texto o uuid", "`id` must be an integer, text or uuid"));
    }
    id.role = Some("id");
    let geometry = geometry(relation, &by_name)?;
    let valid = valid(&by_name)?;
    let wkt = |name: &str| by_name.get(name).and_then(|row| row.wkt.clone()).unwrap_or_default();
    let (crs, storage_crs) = match &geometry {
        Some(geometry) => Crs::offered(Crs::stored(geometry.srid, &wkt(&geometry.column))),
        None => (vec![Crs::crs84()], 0),
    };
    let (title, description) = Text::parse(first.comment.as_deref().unwrap_or(&first.name)).split_title();
    let door = door(relation, &by_name);
    Ok(Layer {
        name: first.name.clone(),
        relation: format!("{}.{}", quoted(&first.schema), quoted(&first.name)),
        oid: first.oid.0,
        title,
        description,
        id,
        columns: properties(relation, valid),
        geometry,
        valid,
        crs,
        storage_crs,
        door,
    })
}

/// Without a version nobody could tell a change from a lost update: such a layer is written over SQL only.
fn door(relation: &[Row], by_name: &HashMap<&str, &Row>) -> Option<Door> {
    let first = &relation[0];
    let takes = Actions::of_events(first.door_events?);
    by_name.get("version")?;
    let columns = relation.iter().map(|row| row.column_name.clone());
    let own = columns.filter(|name| !["id", "version", "valid", "geom_crs84"].contains(&name.as_str()));
    let granted = Actions::of_events(first.granted_events);
    Some(Door::read(first.door.as_deref(), own, takes, granted))
}

fn properties(relation: &[Row], valid: Option<Valid>) -> Vec<Column> {
    let plain =
        |row: &&Row| row.column_name != "id" && row.base_type != "geometry" && row.base_type != "geography";
    let mut columns: Vec<Column> = Vec::new();
    for row in relation.iter().filter(plain) {
        match (row.column_name.as_str(), valid) {
            ("valid", Some(valid)) => columns.extend(period(relation, valid)),
            _ => columns.push(column(row)),
        }
    }
    columns
}

/// The validity as two properties that every client understands: its first and last day (or instant).
fn period(relation: &[Row], valid: Valid) -> Vec<Column> {
    let (kind, sql_type, last) = match valid {
        // A daterange ends before its upper bound; people name the last day.
        Valid::Days => (Kind::Date, "date", "(upper(v.valid) - 1)"),
        Valid::Instants => (Kind::TimestampTz, "timestamptz", "upper(v.valid)"),
    };
    let make = |name: &str, source: &str, es: &str, en: &str, role| Column {
        name: name.to_owned(),
        sql_type: sql_type.to_owned(),
        kind,
        source: source.to_owned(),
        title: Text { es: es.to_owned(), en: en.to_owned() },
        unit: None,
        role: Some(role),
    };
    let taken = |column: &Column| relation.iter().any(|row| row.column_name == column.name);
    let mut bounds = vec![
        make("valid_from", "lower(v.valid)", "Vigente desde", "Valid from", "primary-interval-start"),
        make("valid_until", last, "Vigente hasta", "Valid until", "primary-interval-end"),
    ];
    bounds.retain(|column| !taken(column));
    bounds
}

fn column(row: &Row) -> Column {
    let text = row
        .column_comment
        .as_deref()
        .map_or_else(|| Text { es: row.column_name.clone(), en: row.column_name.clone() }, Text::parse);
    let (title, unit) = text.split_unit();
    Column {
        name: row.column_name.clone(),
        sql_type: row.sql_type.clone(),
        kind: Kind::of(&row.base_type, &row.category),
        source: format!("v.{}", quoted(&row.column_name)),
        title,
        unit,
        role: None,
    }
}

fn geometry(relation: &[Row], by_name: &HashMap<&str, &Row>) -> Result<Option<Geometry>, Text> {
    let own = |row: &&Row| row.base_type == "geometry" && row.column_name != "geom_crs84";
    let mut columns = relation.iter().filter(own);
    let Some(row) = columns.next() else {
        return match by_name.get("geom_crs84") {
            Some(_) => Err(refuse(
                "tiene `geom_crs84` sin la geometría de origen",
                "it has `geom_crs84` without the geometry that it comes from",
            )),
            None => Ok(None),
        };
    };
    if columns.next().is_some() {
        return Err(refuse("tiene más de una geometría", "it has more than one geometry"));
    }
    let (kind, srid) = (row.geometry_type.clone().unwrap_or_default(), row.srid.unwrap_or(0));
    if srid == 0 {
        return Err(refuse(
            &format!("la geometría `{}` no declara su SRID: geometry(MultiPolygon, 32718)", row.column_name),
            &format!(
                "geometry `{}` does not declare its SRID: geometry(MultiPolygon, 32718)",
                row.column_name
            ),
        ));
    }
    if kind.starts_with("PolyhedralSurface") || kind.starts_with("Tin") || kind.starts_with("Triangle") {
        return Err(refuse("su tipo de geometría no se publica", "its type of geometry is not served"));
    }
    let crs84 = by_name.get("geom_crs84").filter(|row| row.base_type == "geometry");
    if crs84.is_some_and(|row| row.srid != Some(4326)) {
        return Err(refuse("`geom_crs84` no declara SRID 4326", "`geom_crs84` does not declare SRID 4326"));
    }
    Ok(Some(Geometry { column: row.column_name.clone(), kind, srid, has_crs84: crs84.is_some() }))
}

fn valid(by_name: &HashMap<&str, &Row>) -> Result<Option<Valid>, Text> {
    match by_name.get("valid").map(|row| row.base_type.as_str()) {
        // A column of that name that says whether something is valid is a property like any other.
        None | Some("bool") => Ok(None),
        Some("daterange") => Ok(Some(Valid::Days)),
        Some("tstzrange") => Ok(Some(Valid::Instants)),
        Some(_) => {
            Err(refuse("`valid` debe ser daterange o tstzrange", "`valid` must be a daterange or tstzrange"))
        }
    }
}
