//! `predio publish` on real files, through the real reader process, on a real PostGIS.
#![expect(clippy::unwrap_used, reason = "a helper of a test may panic as the test may")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use predio::database::schema;
use predio::publish::{Args, Audience, Report, run_with};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

mod cql2;
mod formats;
mod hostile;
#[path = "../shared/mod.rs"]
mod real;
mod walls;

use real::shared;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A fresh migrated database of this test's own.
struct Town {
    url: String,
    connection: PgConnection,
}

impl Town {
    async fn new() -> Self {
        let server = std::env::var("PREDIO_TEST_URL").expect("PREDIO_TEST_URL is not set: run scripts/test");
        let template = TEMPLATE.get_or_init(|| async {
            let name = format!("publish_{}", std::process::id());
            schema::create(&server, &name).await.unwrap();
            name
        });
        let template = template.await;
        let name = format!("{template}_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut admin = PgConnection::connect(&server).await.unwrap();
        admin.execute(AssertSqlSafe(format!("create database {name} template {template}"))).await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        let url = format!("{base}/{name}");
        let connection = PgConnection::connect(&url).await.unwrap();
        Self { url, connection }
    }

    async fn publish(
        &self,
        name: &str,
        file: &Path,
        change: impl FnOnce(&mut Args),
    ) -> anyhow::Result<Report> {
        let mut args = Args {
            name: name.to_owned(),
            file: file.to_owned(),
            audience: Audience::Public,
            repair: false,
            force: false,
            replace: false,
            layer: None,
            drawing: predio::spatial::reader::Drawing::default(),
            srid: None,
            title: None,
            title_en: None,
            description: None,
        };
        change(&mut args);
        run_with(Path::new(env!("CARGO_BIN_EXE_predio")), &args, &self.url).await
    }

    async fn refusal(&self, name: &str, file: &Path, change: impl FnOnce(&mut Args)) -> String {
        let error = self.publish(name, file, change).await.expect_err("it should have been refused");
        assert!(error.is::<predio::refusal::Refusal>(), "not a refusal but a failure: {error:?}");
        let left: i64 =
            self.clone_one("select count(*) from published.publication where name = 'refused'").await;
        assert_eq!(left, 0);
        error.to_string()
    }

    async fn clone_one<T>(&self, sql: &'static str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }

    async fn one<T>(&mut self, sql: &'static str) -> T
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        sqlx::query_scalar(sql).fetch_one(&mut self.connection).await.unwrap()
    }

    async fn all(&mut self, sql: &'static str) -> Vec<String> {
        sqlx::query_scalar(sql).fetch_all(&mut self.connection).await.unwrap()
    }
}

const CARMEN: &str = "peru/carmen_de_la_legua";

fn counts(report: &Report) -> [u64; 4] {
    [report.read, report.loaded, report.repaired, report.rejected]
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!(
        "predio-publish-{}-{}",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    ));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Copies a shapefile's parts, without its `.cpg`.
fn copy_shape(from: &Path, to: &Path) -> PathBuf {
    for extension in ["shp", "shx", "dbf", "prj"] {
        std::fs::copy(from.with_extension(extension), to.join("copy").with_extension(extension)).unwrap();
    }
    to.join("copy.shp")
}

#[tokio::test]
async fn lots_keep_their_grid_and_gain_positions() {
    let Some(file) = shared(&format!("{CARMEN}/shp_clegua/lotizacion_CL.shp")) else { return };
    let mut town = Town::new().await;
    let report = town
        .publish("lots", &file, |args| args.title = Some("Lotes de Carmen de la Legua".into()))
        .await
        .unwrap();
    assert_eq!(counts(&report), [4595, 4595, 0, 0]);
    assert_eq!((report.crs.srid, report.crs.how), (Some(32718), "declared"));
    // What `ogrinfo` says of the file.
    let extent: String = town.one("select st_astext(st_extent(geom)::geometry, 3) from layer.lots").await;
    assert_eq!(
        extent,
        "POLYGON((271498.071 8667214.089,271498.071 8668488.969,273387.688 8668488.969,273387.688 8667214.089,\
         271498.071 8667214.089))"
    );
    let apart: f64 = town
        .one("select max(st_hausdorffdistance(geom_crs84, st_transform(geom, 4326))) from layer.lots")
        .await;
    assert!(apart == 0.0, "{apart}");
    let comment: String = town.one("select obj_description('layer.lots'::regclass)").await;
    assert_eq!(
        comment,
        "es: Lotes de Carmen de la Legua. Del archivo lotizacion_CL.shp. | en: Lotes de Carmen de la Legua. From the file lotizacion_CL.shp."
    );
    let columns = town.all("select attname || ' ' || format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'layer.lots'::regclass and attnum > 0 order by attnum").await;
    assert_eq!(
        columns,
        [
            "id bigint",
            "TxtMemo text",
            "lote text",
            "manzana text",
            "geom geometry(Polygon,32718)",
            "geom_crs84 geometry(Polygon,4326)"
        ]
    );
    let seen: i64 = town.one("select count(*) from layer.lots where lote ~ '^0'").await;
    let in_file: i64 = town.one("select count(*) from published.lots where lote ~ '^0'").await;
    assert_eq!(seen, in_file);
    town.connection.execute("set role predio_public").await.unwrap();
    let public: i64 = town.one("select count(*) from layer.lots where geom_crs84 && st_makeenvelope(-77.0990, -12.0490, -77.0800, -12.0370, 4326)").await;
    assert!(public > 4000, "{public}");
    assert!(
        town.connection.execute("select from published.lots").await.is_err(),
        "the table itself is not public"
    );
}

#[tokio::test]
async fn latin1_districts_are_read_right_and_their_four_knots_are_named() {
    let Some(file) = shared(&format!("{CARMEN}/ubigeo/geodir_ubigeo_inei.shp")) else { return };
    let mut town = Town::new().await;
    let report = town.publish("districts_of_peru", &file, |_| {}).await.unwrap();
    assert_eq!(counts(&report), [1874, 1870, 0, 4]);
    assert_eq!(report.encoding.name, "windows-1252");
    assert_eq!(
        report.findings.iter().map(|f| (f.feature, f.reason.as_str())).collect::<Vec<_>>(),
        [
            (498, "self_intersection"),
            (1086, "self_intersection"),
            (1168, "self_intersection"),
            (1826, "self_intersection")
        ]
    );
    assert!(report.findings.iter().all(|finding| finding.place.is_some()));
    let accents = town.all("select distrito from layer.districts_of_peru where ubigeo in ('150105', '060203', '021503') or distrito in ('Breña', 'Cañaris') order by 1").await;
    assert!(accents.contains(&"Breña".to_owned()) && accents.contains(&"Cañaris".to_owned()), "{accents:?}");
    let zero: String = town.one("select min(ubigeo) from layer.districts_of_peru").await;
    assert_eq!(zero, "010101");

    let repaired = town
        .publish("districts_of_peru", &file, |args| (args.replace, args.repair) = (true, true))
        .await
        .unwrap();
    assert_eq!(counts(&repaired), [1874, 1870, 4, 0]);
    assert!(repaired.findings.iter().all(|finding| finding.area_after.is_some()));
    let (valid, all): (i64, i64) = (
        town.one("select count(*) from layer.districts_of_peru where st_isvalid(geom)").await,
        town.one("select count(*) from layer.districts_of_peru").await,
    );
    assert_eq!((valid, all), (1874, 1874));
    let recorded: i64 =
        town.one("select repaired_count from published.publication where name = 'districts_of_peru'").await;
    assert_eq!(recorded, 4);
}

#[tokio::test]
async fn blocks_in_degrees_have_one_geometry() {
    let Some(file) = shared(&format!("{CARMEN}/shp_clegua/manzana.shp")) else { return };
    let mut town = Town::new().await;
    let report = town.publish("manzanas", &file, |_| {}).await.unwrap();
    assert_eq!(counts(&report), [248, 248, 0, 0]);
    assert_eq!(report.crs.srid, Some(4326));
    let extent: String = town.one("select st_extent(geom)::text from layer.manzanas").await;
    assert!(extent.starts_with("BOX(-77.098945"), "{extent}");
    let second: bool = town.one("select exists (select from pg_attribute where attrelid = 'layer.manzanas'::regclass and attname = 'geom_crs84')").await;
    assert!(!second);
}

#[tokio::test]
async fn three_french_plans_keep_their_accents() {
    let sets = [
        ("zoning/200011781_PLUi_20180101/ZONE_URBA.shp", [222, 222, 0, 0], "matched", None),
        (
            "zoning/241800432_PLUi_20200128/241800432_ZONE_URBA_20200128.shp",
            [221, 220, 0, 1],
            "matched",
            Some("UE : zone à vocation économique"),
        ),
        (
            "zoning/30014_PLU_20171013/30014_ZONE_URBA_20171013.shp",
            [90, 90, 0, 0],
            "declared",
            Some("Zone urbaine soumise à des prescriptions architecturales particulières"),
        ),
    ];
    let mut town = Town::new().await;
    for (path, wanted, how, text) in sets {
        let Some(file) = shared(path) else { continue };
        let report = town.publish("zones_fr", &file, |args| args.replace = true).await.unwrap();
        assert_eq!(counts(&report), wanted, "{path}");
        assert_eq!((report.crs.srid, report.crs.how), (Some(2154), how), "{path}");
        let texts =
            town.all("select distinct \"LIBELONG\" from layer.zones_fr where \"LIBELONG\" is not null").await;
        assert!(text.is_none_or(|text| texts.iter().any(|found| found == text)), "{path}: {texts:?}");
        assert!(!texts.iter().any(|text| text.contains(['Ã', '\u{fffd}'])), "{path}: {texts:?}");
        assert!(report.personal.is_empty(), "{:?}", report.personal);
    }
}

#[tokio::test]
async fn the_bytes_decide_where_the_cpg_lies_or_is_missing() {
    let Some(latin) = shared("zoning/30014_PLU_20171013/30014_ZONE_URBA_20171013.shp") else { return };
    let Some(utf8) = shared("zoning/241800432_PLUi_20200128/241800432_ZONE_URBA_20200128.shp") else {
        return;
    };
    let mut town = Town::new().await;
    let cases = [
        (
            &latin,
            None,
            "windows-1252",
            "Zone urbaine soumise à des prescriptions architecturales particulières",
        ),
        (
            &latin,
            Some("UTF-8"),
            "windows-1252",
            "Zone urbaine soumise à des prescriptions architecturales particulières",
        ),
        (&utf8, None, "UTF-8", "UE : zone à vocation économique"),
        (&utf8, Some("1252"), "UTF-8", "UE : zone à vocation économique"),
    ];
    for (source, cpg, encoding, text) in cases {
        let folder = folder();
        let file = copy_shape(source, &folder);
        if let Some(cpg) = cpg {
            std::fs::write(folder.join("copy.cpg"), cpg).unwrap();
        }
        let report = town.publish("zones_fr", &file, |args| args.replace = true).await.unwrap();
        assert_eq!(report.encoding.name, encoding, "{cpg:?}");
        let texts =
            town.all("select distinct \"LIBELONG\" from layer.zones_fr where \"LIBELONG\" is not null").await;
        assert!(texts.iter().any(|found| found == text), "{cpg:?}: {texts:?}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[tokio::test]
async fn inei_districts_and_settlements() {
    let mut town = Town::new().await;
    if let Some(file) = shared("peru/barranca_province_5_districts.geojson") {
        let report = town.publish("inei_districts", &file, |_| {}).await.unwrap();
        assert_eq!(counts(&report), [5, 5, 0, 0]);
        assert_eq!((report.crs.srid, report.crs.how), (Some(4326), "degrees"));
        assert_eq!(
            report.renamed.iter().map(|c| (c.source.as_str(), c.name.as_str())).collect::<Vec<_>>(),
            [("id", "id_2")]
        );
        let area: f64 = town
            .one("select st_area(geom::geography) / 1e6 from layer.inei_districts where ubigeo = '150203'")
            .await;
        assert!((area - 281.722).abs() < 0.001, "{area}");
    }
    if let Some(file) = shared("peru/barranca_province_settlements.csv") {
        let report = town.publish("centros_poblados", &file, |_| {}).await.unwrap();
        assert_eq!(counts(&report), [186, 186, 0, 0]);
        let here: i64 =
            town.one("select count(*) from layer.centros_poblados where inei_distrito = 150203").await;
        assert_eq!(here, 38);
        let place: bool = town
            .one(
                "select st_x(geom) = -77.74065581499997 and st_y(geom) = -10.71425988999994
                   from layer.centros_poblados
                  where ccpp = 'POTAO'",
            )
            .await;
        assert!(place);
    }
}

#[tokio::test]
async fn a_hundred_bad_lots_of_punta_canoas_are_named_by_class() {
    let Some(file) = shared("peru/punta_canoas/PuntaCanoas_GeoLotes_Canoas.json") else { return };
    let mut town = Town::new().await;
    let report = town.publish("canoas", &file, |_| {}).await.unwrap();
    assert_eq!(counts(&report), [1207, 1107, 0, 100]);
    let classes: Vec<_> = report.classes.iter().map(|class| (class.reason.as_str(), class.count)).collect();
    assert_eq!(classes, [("ring_self_intersection", 68), ("self_intersection", 32)]);
    assert_eq!(report.findings.len(), 100);
    let report =
        town.publish("canoas", &file, |args| (args.replace, args.repair) = (true, true)).await.unwrap();
    assert_eq!([report.read, report.loaded, report.repaired + report.rejected], [1207, 1107, 100]);
    let invalid: i64 = town.one("select count(*) from layer.canoas where not st_isvalid(geom)").await;
    assert_eq!(invalid, 0);
}
