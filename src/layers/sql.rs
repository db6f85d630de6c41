//! The statements that read a layer.
//!
//! Why text built at run time is safe here: every identifier comes from the database's catalogue
//! ([`super::catalogue`]) and is quoted, every SQL type from `pg_catalog.format_type`, every SRID and index is a
//! number, and every value of a request is a bound parameter. A layer and a shape of query have one text, so
//! the number of statements a server ever sees is small.

use std::fmt::Write;

use sqlx::Arguments;
use sqlx::postgres::PgArguments;

use super::bbox::{Bbox, Rectangle};
use super::crs::{Crs, UTM_18S};
use super::cursor::Position;
use super::model::{Column, Geometry, Kind, Layer, Valid, quoted};
use super::request::{Request, Value};
use super::when::When;
use crate::database::reader::Statement;
use crate::problem::Result;

/// What a statement may do besides what is asked.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Find candidates by a box transformed to the stored system before the exact test. Off after a box that
    /// cannot be transformed, for example one that spans the world.
    pub prefilter: bool,
}

/// Peru96 / UTM 18S is computed as WGS 84 / UTM 18S.
pub(super) const fn computed(srid: i32) -> i32 {
    if srid == 5387 { UTM_18S } else { srid }
}

/// A statement being written.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) text: String,
    values: PgArguments,
    count: usize,
}

impl Writer {
    pub(super) fn push<T>(&mut self, value: T) -> Result<String>
    where
        T: sqlx::Encode<'static, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + 'static,
    {
        self.values.add(value).map_err(|error| anyhow::anyhow!(error))?;
        self.count += 1;
        Ok(format!("${}", self.count))
    }

    /// Binds a value; `column` says what text has to be cast to.
    pub(super) fn bind(&mut self, column: &Column, value: &Value) -> Result<String> {
        match value {
            Value::Bool(value) => self.push(*value),
            Value::Int(value) => self.push(*value),
            Value::Float(value) => self.push(*value),
            Value::Uuid(value) => self.push(*value),
            Value::Date(value) => self.push(*value),
            Value::Timestamp(value) => self.push(*value),
            Value::Instant(value) => self.push(*value),
            Value::Text(value) => self.bind_text(column, value),
        }
    }

    fn bind_text(&mut self, column: &Column, value: &str) -> Result<String> {
        let place = self.push(value.to_owned())?;
        Ok(match column.kind {
            Kind::Text | Kind::Other => place,
            _ => format!("{place}::text::{}", column.sql_type),
        })
    }

    pub(super) fn limit(&mut self, count: u64) -> Result<()> {
        let place = self.push(i64::try_from(count).unwrap_or(i64::MAX))?;
        let _ = write!(self.text, " limit {place}");
        Ok(())
    }

    fn offset(&mut self, count: u64) -> Result<()> {
        if count > 0 {
            let place = self.push(i64::try_from(count).unwrap_or(i64::MAX))?;
            let _ = write!(self.text, " offset {place}");
        }
        Ok(())
    }

    pub(super) fn envelope(&mut self, rectangle: &Rectangle, srid: i32) -> Result<String> {
        let [west, south, east, north] = *rectangle;
        let (a, b, c, d) = (self.push(west)?, self.push(south)?, self.push(east)?, self.push(north)?);
        Ok(format!("ST_MakeEnvelope({a}, {b}, {c}, {d}, {srid})"))
    }

    pub(super) fn number(&mut self, value: f64) -> Result<String> {
        self.push(value)
    }

    pub(super) fn finish(self) -> Statement {
        Statement { text: self.text, values: self.values }
    }

    /// `where …`: what is in force, in the box, and equal.
    pub(super) fn filter(&mut self, layer: &Layer, request: &Request, plan: Plan) -> Result<()> {
        self.text.push_str(" where true");
        self.in_force(layer, request)?;
        if let Some(bbox) = &request.bbox {
            let test = self.bbox(layer, bbox, plan)?;
            let _ = write!(self.text, " and {test}");
        }
        for (column, value) in &request.equals {
            let place = self.bind(column, value)?;
            let cast = if column.kind == Kind::Other { "::text" } else { "" };
            let _ = write!(self.text, " and {}{cast} = {place}", column.source);
        }
        self.passes(layer, request, plan)
    }

    /// The request's filter.
    pub(super) fn passes(&mut self, layer: &Layer, request: &Request, plan: Plan) -> Result<()> {
        if let Some(filter) = &request.filter {
            let test = filter.write(layer, self, plan)?;
            let _ = write!(self.text, " and {test}");
        }
        Ok(())
    }

    /// A layer without validity has no time: its features always match, as features without temporal
    /// information do by the standard.
    pub(super) fn in_force(&mut self, layer: &Layer, request: &Request) -> Result<()> {
        let Some(valid) = layer.valid else { return Ok(()) };
        let test = match (request.when, valid) {
            (Some(When::Interval(from, to)), Valid::Days) => {
                let from = self.push(from.map(|moment| moment.day))?;
                let to = self.push(to.map(|moment| moment.day))?;
                last_inside(layer, request, &format!("daterange({from}, {to}, '[]')"))
            }
            (Some(When::Interval(from, to)), Valid::Instants) => {
                let from = self.push(from.map(|moment| moment.instant))?;
                let to = self.push(to.map(|moment| moment.instant))?;
                last_inside(layer, request, &format!("tstzrange({from}, {to}, '[]')"))
            }
            (when, valid) => {
                let moment = if let Some(When::Instant(moment)) = when { moment } else { request.now };
                let place = match valid {
                    Valid::Days => self.push(moment.day)?,
                    Valid::Instants => self.push(moment.instant)?,
                };
                format!("v.valid @> {place}")
            }
        };
        let _ = write!(self.text, " and {test}");
        Ok(())
    }

    /// The exact meaning of `bbox`: the feature, in the box's own system, meets the box. A feature without a
    /// geometry meets none (Features Part 1, /req/core/fc-bbox-response).
    fn bbox(&mut self, layer: &Layer, bbox: &Bbox, plan: Plan) -> Result<String> {
        let Some(geometry) = &layer.geometry else { return Ok("false".to_owned()) };
        let mut tests = Vec::new();
        for rectangle in &bbox.boxes {
            tests.push(match stored_in(geometry, bbox.crs.srid) {
                Some((column, srid)) => {
                    let envelope = self.envelope(rectangle, srid)?;
                    format!("ST_Intersects({column}, {envelope})")
                }
                None => self.transformed_bbox(geometry, rectangle, bbox.crs.srid, plan)?,
            });
        }
        Ok(format!("({})", tests.join(" or ")))
    }

    fn transformed_bbox(
        &mut self,
        geometry: &Geometry,
        rectangle: &Rectangle,
        srid: i32,
        plan: Plan,
    ) -> Result<String> {
        let envelope = self.envelope(rectangle, srid)?;
        let column = quoted(&geometry.column);
        let exact = format!("ST_Intersects(ST_Transform(v.{column}, {srid}), {envelope})");
        if !plan.prefilter {
            return Ok(exact);
        }
        let near = self.near(geometry, rectangle, srid)?;
        Ok(format!("({near} and {exact})"))
    }

    /// What an index knows of lying near a box in `srid`, for a layer that is stored in another system.
    pub(super) fn near(&mut self, geometry: &Geometry, rectangle: &Rectangle, srid: i32) -> Result<String> {
        // The box's edges are curves in the stored system: cut into 256 pieces, and grown by a hundredth, their
        // box holds everything that the box holds.
        let envelope = self.envelope(rectangle, srid)?;
        let (indexed, stored) = if geometry.has_crs84 {
            ("v.geom_crs84".to_owned(), 4326)
        } else {
            (format!("v.{}", quoted(&geometry.column)), geometry.srid)
        };
        let longest = (rectangle[2] - rectangle[0]).max(rectangle[3] - rectangle[1]);
        let piece = self.number(longest / 64.0 + f64::MIN_POSITIVE)?;
        let moved = format!("ST_Transform(ST_Segmentize({envelope}, {piece}), {stored})");
        Ok(format!(
            "{indexed} && (select ST_Expand(box, 0.01 * greatest(ST_XMax(box) - ST_XMin(box), ST_YMax(box) - ST_YMin(box)) + 1e-6) \
             from (select {moved} as box) as moved)"
        ))
    }

    /// `order by …`: the keys, then the id, so that the order is total.
    fn order(&mut self, layer: &Layer, request: &Request) {
        self.text.push_str(" order by ");
        for key in &request.sort {
            // PostgreSQL's own defaults, said aloud because `after` relies on them.
            let direction = if key.descending { "desc nulls first" } else { "asc nulls last" };
            let _ = write!(self.text, "{} {direction}, ", key.column.source);
        }
        let _ = write!(self.text, "{}", layer.id.source);
    }

    /// Only what comes after `position` in the order.
    fn after(&mut self, layer: &Layer, request: &Request, position: &Position) -> Result<()> {
        let mut equal = String::new();
        let mut cases = Vec::new();
        for (key, value) in request.sort.iter().zip(&position.keys) {
            let source = &key.column.source;
            let later = match (value, key.descending) {
                (None, false) => None,
                (None, true) => Some(format!("{source} is not null")),
                (Some(value), descending) => {
                    let place = self.bind_text(&key.column, value)?;
                    Some(if descending {
                        format!("{source} < {place}")
                    } else {
                        format!("({source} > {place} or {source} is null)")
                    })
                }
            };
            cases.extend(later.map(|later| format!("{equal}{later}")));
            match value {
                None => {
                    let _ = write!(equal, "{source} is null and ");
                }
                Some(value) => {
                    let place = self.bind_text(&key.column, value)?;
                    let _ = write!(equal, "{source} = {place} and ");
                }
            }
        }
        let id = self.bind(&layer.id, &position.id)?;
        cases.push(format!("{equal}{} > {id}", layer.id.source));
        let _ = write!(self.text, " and (({}))", cases.join(") or ("));
        Ok(())
    }
}

/// The version that began last among those that meet `range`. Versions of one object do not overlap, so
/// comparing the ranges compares their beginnings.
fn last_inside(layer: &Layer, request: &Request, range: &str) -> String {
    let (relation, id) = (request.relation(layer), quoted(&layer.id.name));
    format!(
        "v.valid && {range} and not exists (select from {relation} as w \
         where w.{id} = v.{id} and w.valid && {range} and w.valid > v.valid)"
    )
}

/// The stored column whose numbers are those of `srid`, with the SRID it carries.
pub(super) fn stored_in(geometry: &Geometry, srid: i32) -> Option<(String, i32)> {
    if computed(geometry.srid) == computed(srid) {
        return Some((format!("v.{}", quoted(&geometry.column)), geometry.srid));
    }
    (srid == 4326 && geometry.has_crs84).then(|| ("v.geom_crs84".to_owned(), 4326))
}

/// SQL for the geometry in `crs` as EWKB.
fn geometry(geometry: &Geometry, crs: &Crs) -> String {
    let shape = match stored_in(geometry, crs.srid) {
        Some((column, _)) => column,
        None => format!("ST_Transform(v.{}, {})", quoted(&geometry.column), computed(crs.srid)),
    };
    if geometry.may_curve() { format!("ST_CurveToLine({shape})::bytea") } else { format!("{shape}::bytea") }
}

/// SQL for a column's value in the form that [`super::json`] reads.
fn value(column: &Column) -> String {
    match column.kind {
        Kind::Json if !matches!(column.sql_type.as_str(), "json" | "jsonb") => {
            format!("to_jsonb({})::text", column.source)
        }
        Kind::Json | Kind::Numeric | Kind::Other => format!("{}::text", column.source),
        _ => column.source.clone(),
    }
}

/// A page: id, geometry (when asked for), properties, then the sort keys as text.
pub(super) fn page(layer: &Layer, request: &Request, limit: u64, plan: Plan) -> Result<Statement> {
    let mut writer = Writer::default();
    let _ = write!(writer.text, "select {}", layer.id.source);
    if let (true, Some(shape)) = (request.with_geometry, &layer.geometry) {
        let _ = write!(writer.text, ", {}", geometry(shape, &request.crs));
    }
    for column in request.columns(layer) {
        let _ = write!(writer.text, ", {}", value(column));
    }
    keys(&mut writer, request);
    from_here(&mut writer, layer, request, plan)?;
    writer.limit(limit)?;
    writer.offset(request.offset)?;
    Ok(writer.finish())
}

/// The last feature of a page of `limit` and the one after it, by id and sort keys only.
pub(super) fn boundary(layer: &Layer, request: &Request, limit: u64, plan: Plan) -> Result<Statement> {
    let mut writer = Writer::default();
    let _ = write!(writer.text, "select {}", layer.id.source);
    keys(&mut writer, request);
    from_here(&mut writer, layer, request, plan)?;
    writer.limit(2)?;
    writer.offset(request.offset + limit - 1)?;
    Ok(writer.finish())
}

fn keys(writer: &mut Writer, request: &Request) {
    for key in &request.sort {
        let _ = write!(writer.text, ", {}::text", key.column.source);
    }
}

fn from_here(writer: &mut Writer, layer: &Layer, request: &Request, plan: Plan) -> Result<()> {
    let _ = write!(writer.text, " from {} as v", request.relation(layer));
    writer.filter(layer, request, plan)?;
    if let Some(position) = &request.after {
        writer.after(layer, request, position)?;
    }
    writer.order(layer, request);
    Ok(())
}

/// How many features match, counted no further than `cap`.
pub(crate) fn count(layer: &Layer, request: &Request, cap: Option<u64>, plan: Plan) -> Result<Statement> {
    let mut writer = Writer::default();
    let _ = write!(writer.text, "select count(*) from (select from {} as v", request.relation(layer));
    writer.filter(layer, request, plan)?;
    if let Some(cap) = cap {
        writer.limit(cap)?;
    }
    writer.text.push_str(") as matched");
    Ok(writer.finish())
}

/// The box of a layer in CRS84, the ends of its validity, and how many features are in force.
pub(super) fn extent(layer: &Layer) -> Statement {
    let shape = match &layer.geometry {
        Some(geometry) => match stored_in(geometry, 4326) {
            Some((column, _)) => format!("ST_Extent({column})"),
            // The box of the stored boxes, moved once: the extent may be a little generous.
            None => format!(
                "ST_Transform(ST_Segmentize(ST_SetSRID(ST_Extent(v.{}), {srid})::geometry, 10000), 4326)",
                quoted(&geometry.column),
                srid = geometry.srid
            ),
        },
        None => "null::geometry".to_owned(),
    };
    let (from, to) = match layer.valid {
        Some(Valid::Days) => ("min(lower(v.valid))", "max(upper(v.valid) - 1)"),
        Some(Valid::Instants) => ("min(lower(v.valid))::date", "max(upper(v.valid))::date"),
        None => ("null::date", "null::date"),
    };
    let open = if layer.valid.is_some() {
        "bool_or(upper_inf(v.valid)), bool_or(lower_inf(v.valid))"
    } else {
        "true, true"
    };
    let in_force = match layer.valid {
        Some(Valid::Days) => " filter (where v.valid @> (now() at time zone 'America/Lima')::date)",
        Some(Valid::Instants) => " filter (where v.valid @> now())",
        None => "",
    };
    let text = format!(
        "select ST_XMin(e.box), ST_YMin(e.box), ST_XMax(e.box), ST_YMax(e.box), e.first, e.last, e.is_open, e.is_old, \
         e.count from (select {shape}, {from}, {to}, {open}, count(*){in_force} from {} as v) \
         as e(box, first, last, is_open, is_old, count)",
        layer.relation
    );
    Statement { text, values: PgArguments::default() }
}
