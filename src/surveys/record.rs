//! `POST /api/v1/surveys`: a survey with its corners comes in, from whatever datum by the pinned operation.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::error::DatabaseError;

use super::store::{self, Placed};
use crate::access::Actor;
use crate::app::App;
use crate::http::ask::Ask;
use crate::http::idempotency::{Answer, Key, RequestHash, once};
use crate::http::negotiate::JSON;
use crate::layers::when::Moment;
use crate::problem::{Error, Result, Violation};
use crate::sources::{self, NewSource};

/// Methods that a survey may have been done by.
const METHODS: [&str; 5] = ["gnss", "total_station", "photogrammetry", "digitised", "unknown"];
/// Most corners of one survey.
const MOST_CORNERS: usize = 10_000;

/// A survey that is to be recorded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSurvey {
    /// District.
    pub ubigeo: String,
    /// Why, for the journal.
    pub reason: String,
    /// How it was measured.
    pub method: String,
    /// When.
    pub performed_on: NaiveDate,
    /// Geodetic control points that it rests on.
    #[serde(default)]
    pub control_points: Option<i32>,
    /// Standard deviation of its corners, metres.
    #[serde(default)]
    pub sigma_m: Option<f64>,
    /// EPSG code of the coordinates.
    #[serde(default = "utm_18s")]
    pub srid: i32,
    /// The document, when it is on record.
    #[serde(default)]
    pub source_id: Option<i64>,
    /// The document, to be recorded with the survey.
    #[serde(default)]
    pub source: Option<NewSource>,
    /// Anything else that is to be known.
    #[serde(default)]
    pub note: Option<String>,
    /// Its corners.
    pub corners: Vec<NewCorner>,
}

fn utm_18s() -> i32 {
    32718
}

/// A measured corner; what it does not say, the survey says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCorner {
    /// Easting and northing in metres, or longitude and latitude in degrees.
    pub at: [f64; 2],
    /// How it was measured.
    #[serde(default)]
    pub method: Option<String>,
    /// Its standard deviation, metres.
    #[serde(default)]
    pub sigma_m: Option<f64>,
    /// When.
    #[serde(default)]
    pub measured_on: Option<NaiveDate>,
    /// What marks it on the ground.
    #[serde(default)]
    pub monument: Option<String>,
}

/// What was recorded, or would be.
#[derive(Clone, Debug, Serialize)]
struct Report {
    dry_run: bool,
    /// Number of the survey; none for a trial.
    survey: Option<i64>,
    /// Number of its source; none for a trial.
    source_id: Option<i64>,
    srid: i32,
    /// The operation by which the coordinates came in.
    operation: String,
    corners: Vec<Placed>,
}

pub async fn record(
    State(app): State<App>,
    actor: Actor,
    mut ask: Ask,
    (method, uri): (Method, Uri),
    body: Bytes,
) -> Result<Response> {
    let dry_run = ask.dry_run()?;
    ask.only_media(&[JSON])?;
    let survey: NewSurvey =
        serde_json::from_slice(&body).map_err(|error| Error::bad("body", error.to_string()))?;
    survey.check(Moment::from(Utc::now()).day)?;
    let mut transaction = app.source.database.write_as(&actor, &survey.reason).await?;
    if dry_run {
        let report = write(&mut transaction, &survey).await?;
        transaction.rollback().await?;
        let report = Report { dry_run, survey: None, source_id: None, ..report };
        return Ok(Json(report).into_response());
    }
    let (key, hash) = (Key::of(&ask.headers)?, RequestHash::of(&method, &uri, &body));
    let account = actor.account.as_deref().unwrap_or_default();
    let answer = once(&mut transaction, account, &key, &hash, async |connection| {
        Answer::json(StatusCode::CREATED, &write(connection, &survey).await?)
    })
    .await?;
    transaction.commit().await?;
    Ok(answer.into_response())
}

impl NewSurvey {
    fn check(&self, today: NaiveDate) -> Result<()> {
        let mut methods =
            self.corners.iter().filter_map(|corner| corner.method.as_ref()).chain([&self.method]);
        let mut sigmas = self.corners.iter().map(|corner| corner.sigma_m).chain([self.sigma_m]).flatten();
        let mut days = self.corners.iter().filter_map(|corner| corner.measured_on).chain([self.performed_on]);
        let numbers = |corner: &NewCorner| corner.at.iter().all(|number| number.abs() < 1e9);
        match () {
            () if self.reason.trim().len() < 3 => Err(Error::bad("reason", "says why, for the journal")),
            () if !methods.all(|method| METHODS.contains(&method.as_str())) => {
                Err(Error::bad("method", format!("is one of {}", METHODS.join(", "))))
            }
            () if sigmas.any(|sigma| !(0.0..1000.0).contains(&sigma)) => {
                Err(Error::bad("sigma_m", "is a standard deviation in metres"))
            }
            () if days.any(|day| day > today) => Err(Error::bad("performed_on", "lies in the future")),
            () if self.corners.is_empty() || self.corners.len() > MOST_CORNERS => {
                Err(Error::bad("corners", format!("are 1 to {MOST_CORNERS}")))
            }
            () if !self.corners.iter().all(numbers) => {
                Err(Error::bad("corners", "hold a number that is larger than any coordinate"))
            }
            () => self.check_source(today),
        }
    }

    fn check_source(&self, today: NaiveDate) -> Result<()> {
        match (&self.source_id, &self.source) {
            (Some(_), None) => Ok(()),
            (None, Some(source)) => source.check(today),
            _ => Err(Error::bad("source", "is the plan or report: either `source_id` or a new `source`")),
        }
    }
}

async fn write(connection: &mut PgConnection, survey: &NewSurvey) -> Result<Report> {
    if !sources::store::is_district(connection, &survey.ubigeo).await? {
        return Err(Error::bad("ubigeo", "is no district of this cadastre"));
    }
    let (operation, mut corners) = store::bring_in(connection, survey).await.map_err(unplaced)?;
    let strays = store::outside(connection, &survey.ubigeo, &corners).await?;
    if !strays.is_empty() {
        return Err(Error::Rules(strays.iter().map(|at| stray(*at)).collect()));
    }
    let source = match (&survey.source, survey.source_id) {
        (Some(source), _) => sources::store::record(connection, &survey.ubigeo, source).await?,
        (None, id) => id.unwrap_or_default(),
    };
    let id = store::survey(connection, survey, &operation, source).await.map_err(unproved)?;
    store::corners(connection, id, survey, &mut corners).await?;
    Ok(Report {
        dry_run: false,
        survey: Some(id),
        source_id: Some(source),
        srid: survey.srid,
        operation,
        corners,
    })
}

/// Zone, datum and axis mistakes are kilometres.
fn stray(at: usize) -> Violation {
    Violation {
        rule: "corner_is_in_its_district".into(),
        detail: "es: el vértice cae a más de 1 km del distrito: revise zona, datum y orden de los ejes [RJ 086-2011-IGN] | \
                 en: the corner is more than 1 km outside the district: look at zone, datum and order of the axes [RJ 086-2011-IGN]"
            .to_owned(),
        pointer: Some(format!("/corners/{at}/at")),
    }
}

/// XX000 internal_error is how PostGIS says that a place does not exist in a system.
fn unplaced(error: sqlx::Error) -> Error {
    let cause = error.as_database_error();
    let (constraint, code) = (cause.and_then(DatabaseError::constraint), cause.and_then(DatabaseError::code));
    if constraint == Some("coordinates_have_a_known_way_in") {
        return Error::bad(
            "srid",
            "is one of 32718, 5387, 24878, 4326, and 24877 and 32717 of the other zone",
        );
    }
    if code.as_deref() == Some("XX000") {
        return Error::bad("corners", "hold a place that does not exist in this system");
    }
    error.into()
}

fn unproved(error: sqlx::Error) -> Error {
    match error.as_database_error().and_then(DatabaseError::constraint) {
        Some("survey_source_id_fkey") => Error::bad("source_id", "is no source on record"),
        _ => error.into(),
    }
}
