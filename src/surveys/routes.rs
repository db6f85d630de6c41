//! `/api/v1/parcels/{code}/perimeter` and `/api/v1/convert`; `/api/v1/surveys` stands in [`super::record`].

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::perimeter::{Row, Section, Table, in_degrees};
use super::record;
use super::store::{self, Heading};
use crate::access::{Audience, Permission};
use crate::app::App;
use crate::http::ask::Ask;
use crate::http::attachment;
use crate::http::negotiate::{CSV, JSON};
use crate::http::parameters::Parameters;
use crate::http::routes::Routes;
use crate::layers::Text;
use crate::ogc::reply::Head;
use crate::parcels::CadastralCode;
use crate::problem::{Error, Result};
use crate::spatial::convert::table::{self as csv_file, Columns};
use crate::spatial::convert::{self, Operation, System};

/// Perimeter tables and conversion of coordinates.
pub fn routes() -> Routes<App> {
    Routes::default()
        .get("/api/v1/parcels/{code}/perimeter", Permission::Public, show_perimeter)
        .get("/api/v1/convert", Permission::Public, convert_point)
        .post("/api/v1/convert", Permission::Public, convert_file)
        .post("/api/v1/surveys", Permission::Roles(&[Audience::Surveyor]), record::record)
}

// The perimeter ----------------------------------------------------------------------------------------

async fn show_perimeter(Path(code): Path<String>, mut ask: Ask) -> Result<Response> {
    let code = CadastralCode::parse(&code)
        .ok_or_else(|| Error::NotFound("no parcel can have such a code".to_owned()))?;
    let media = ask.media(&[JSON, CSV])?;
    let day = ask.as_of(None)?;
    let district = ask.parameters.take("ubigeo");
    ask.parameters.finish()?;
    let notice = ask.source.catalogue.current().await?.notice();
    let mut snapshot = ask.source.database.read(ask.source.catalogue.audience()).await?;
    let mut found = store::headings(&mut snapshot, &code, day).await?;
    if let Some(district) = &district {
        found.retain(|heading| heading.ubigeo == *district);
    }
    let heading = match &found[..] {
        [] => return Err(Error::NotFound(format!("there is no parcel `{}` on {day}", code.as_str()))),
        [one] => one,
        _ => return Err(Error::bad("ubigeo", "the code exists in several districts; name one")),
    };
    let table = store::table(&mut snapshot, &heading.ubigeo, &heading.code, day, false).await?;
    drop(snapshot);
    if media == CSV {
        let mut response = Head::new(media, notice).whole(&ask, csv(&table)?);
        let name = attachment::named(&format!("perimetro-{}.csv", heading.code));
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        return Ok(response);
    }
    let document = document(&ask, notice.as_ref(), heading, &table, day)?;
    Ok(Head::new(media, notice).document(&ask, document))
}

fn document(
    ask: &Ask,
    notice: Option<&Text>,
    heading: &Heading,
    table: &Table,
    day: chrono::NaiveDate,
) -> Result<Value> {
    let rounded = |number: f64| (number * 100.0).round() / 100.0;
    let scale =
        heading.grid_area_m2.zip(heading.ellipsoidal_area_m2).filter(|(_, ellipsoidal)| *ellipsoidal > 0.0);
    let excess = scale.map(|(grid, ellipsoidal)| ((grid / ellipsoidal - 1.0) * 1e5).round() / 1e3);
    Ok(json!({
        "notice": notice.map(|notice| ask.language.of(notice)),
        "as_of": day,
        "code": heading.code,
        "ubigeo": heading.ubigeo,
        "kind": heading.kind,
        "crs": { "epsg": 32718, "name": "WGS 84 / UTM 18S", "also": "EPSG:5387 Peru96 / UTM 18S" },
        "sections": serde_json::to_value(&table.sections).map_err(anyhow::Error::from)?,
        "perimeter_m": rounded(table.perimeter_m),
        "printed_sides_m": rounded(table.printed_sides_m),
        "areas": {
            "registered_m2": heading.registered_area_m2,
            "declared_m2": heading.declared_area_m2,
            "grid_m2": heading.grid_area_m2.map(rounded),
            "ellipsoidal_m2": heading.ellipsoidal_area_m2.map(rounded),
            "grid_excess_pct": excess,
        },
    }))
}

fn csv(table: &Table) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = [
        "PARTE",
        "ANILLO",
        "VÉRTICE",
        "LADO",
        "DISTANCIA",
        "ÁNGULO INTERNO",
        "ESTE",
        "NORTE",
        "MÉTODO",
        "SIGMA",
        "FECHA",
        "FUENTE",
    ];
    writer.write_record(header).map_err(anyhow::Error::from)?;
    for section in &table.sections {
        for row in &section.rows {
            writer.write_record(cells(section, row)).map_err(anyhow::Error::from)?;
        }
    }
    Ok(writer.into_inner().map_err(|error| anyhow::anyhow!(error.to_string()))?)
}

fn cells(section: &Section, row: &Row) -> [String; 12] {
    let measured = &row.measured;
    [
        section.part.to_string(),
        if section.is_hole { "interior" } else { "exterior" }.to_owned(),
        row.vertex.to_string(),
        row.side.clone(),
        format!("{:.2}", row.distance_cm as f64 / 100.0),
        in_degrees(row.interior_angle_s),
        format!("{:.3}", row.easting_m),
        format!("{:.3}", row.northing_m),
        measured.method.clone().unwrap_or_default(),
        measured.sigma_m.map(|sigma| sigma.to_string()).unwrap_or_default(),
        measured.measured_on.map(|day| day.to_string()).unwrap_or_default(),
        measured.source.clone().unwrap_or_default(),
    ]
}

// Conversion -------------------------------------------------------------------------------------------

fn operation(parameters: &mut Parameters) -> Result<Operation> {
    let known: Vec<_> = System::ALL.iter().map(|system| system.epsg().to_string()).collect();
    let mut system = |name: &str| {
        let said = parameters.take(name).unwrap_or_default();
        System::parse(&said)
            .ok_or_else(|| Error::bad(name, format!("`{said}` is not one of {}", known.join(", "))))
    };
    Ok(Operation::between(system("from")?, system("to")?))
}

async fn convert_point(mut ask: Ask) -> Result<Response> {
    let media = ask.media(&[JSON])?;
    if ask.query.split('&').all(|pair| pair.is_empty() || pair.starts_with("f=") || pair.starts_with("lang="))
    {
        return Ok(Head::new(media, None).document(&ask, systems()));
    }
    let operation = operation(&mut ask.parameters)?;
    let mut number = |name: &str| {
        let said = ask.parameters.take(name).unwrap_or_default();
        csv_file::number(said.as_bytes()).ok_or_else(|| Error::bad(name, format!("`{said}` is not a number")))
    };
    let position = [number("x")?, number("y")?];
    ask.parameters.finish()?;
    let answer = apart(move || convert::answer(&operation, position)).await?;
    let answer = answer.ok_or_else(|| Error::bad("x", "the position has no place in the other system"))?;
    Ok(Head::new(media, None).document(&ask, serde_json::to_value(answer).map_err(anyhow::Error::from)?))
}

/// Every system, and the operation into the stored one.
fn systems() -> Value {
    let one = |system: System| {
        let operation = Operation::between(system, System::Utm18);
        json!({
            "epsg": system.epsg(), "name": system.name(), "wrong_zone": system.is_wrong_zone(),
            "to_32718": { "operation": operation.name, "accuracy_m": operation.accuracy_m },
        })
    };
    json!({ "systems": System::ALL.map(one) })
}

async fn convert_file(mut ask: Ask, body: Bytes) -> Result<Response> {
    ask.media(&[CSV])?;
    let operation = operation(&mut ask.parameters)?;
    let columns = Columns { x: ask.parameters.take("x"), y: ask.parameters.take("y") };
    ask.parameters.finish()?;
    let (name, accuracy) = (operation.name.clone(), operation.accuracy_m);
    let (converted, summary) = apart(move || {
        let mut out = Vec::with_capacity(body.len() * 3);
        csv_file::convert(&operation, &columns, &body, &mut out).map(|summary| (out, summary))
    })
    .await?
    .map_err(|error| Error::bad("body", error.to_string()))?;
    let mut response = Head::new(CSV, None).whole(&ask, converted);
    let facts = [
        ("content-disposition", "attachment; filename=\"convertido.csv\"".to_owned()),
        ("predio-operation", name.replace('ú', "u")),
        ("predio-accuracy-m", format!("{accuracy:.1}")),
        (
            "predio-rows",
            format!("read={}, converted={}, rejected={}", summary.read, summary.converted, summary.rejected),
        ),
    ];
    for (name, value) in facts {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// PROJ blocks, and takes a while to begin with.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.into()))
}
