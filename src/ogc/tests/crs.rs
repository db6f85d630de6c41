//! Reference systems in answers and boxes (Features Part 2).

use serde_json::Value;

use super::world;

const EPSG: &str = "http://www.opengis.net/def/crs/EPSG/0/";
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

fn corner(feature: &Value) -> (f64, f64) {
    let corner = &feature["geometry"]["coordinates"][0][0][0];
    (corner[0].as_f64().unwrap(), corner[1].as_f64().unwrap())
}

#[tokio::test]
async fn answers_come_in_each_system_with_its_axis_order_and_decimals() {
    let world = world().await;
    for layer in ["t_lots", "t_plain"] {
        let (longitude, latitude) = corner(&world.items(&format!("{layer}/items/1")).await.json());
        assert!((-78.0..-77.0).contains(&longitude) && (-11.0..-10.0).contains(&latitude));
        let answer = world.items(&format!("{layer}/items/1?crs={EPSG}4326")).await;
        assert_eq!(answer.header("content-crs"), format!("<{EPSG}4326>"));
        assert_eq!(corner(&answer.json()), (latitude, longitude));
        let utm = world.items(&format!("{layer}/items/1?crs={EPSG}32718")).await;
        assert_eq!(corner(&utm.json()), (195_030.123, 8_812_000.0));
        let peru = world.items(&format!("{layer}/items/1?crs={EPSG}5387")).await;
        assert_eq!(peru.header("content-crs"), format!("<{EPSG}5387>"));
        assert_eq!(peru.json()["geometry"], utm.json()["geometry"]);
        let (x, y) = corner(&world.items(&format!("{layer}/items/1?crs={EPSG}3857")).await.json());
        assert!((x / 20_037_508.342_789 * 180.0 - longitude).abs() < 1e-6 && y < -1e6);
    }
    let default = world.items("t_lots/items?limit=1").await;
    assert_eq!(default.header("content-crs"), format!("<{CRS84}>"));
    assert_eq!(world.items(&format!("t_lots/items?crs={EPSG}9999")).await.parameter(), "crs");
    assert_eq!(world.items("t_lots/items?bbox-crs=x&bbox=1,2,3,4").await.parameter(), "bbox-crs");
}

#[tokio::test]
async fn a_box_means_the_same_features_in_every_system() {
    let world = world().await;
    let boxes = [
        (CRS84.to_owned(), "-77.7875,-10.7340,-77.7860,-10.7325"),
        (format!("{EPSG}4326"), "-10.7340,-77.7875,-10.7325,-77.7860"),
    ];
    let mut seen = Vec::new();
    for layer in ["t_lots", "t_plain"] {
        for (crs, numbers) in &boxes {
            let answer = world.items(&format!("{layer}/items?bbox={numbers}&bbox-crs={crs}")).await;
            seen.push(answer.ids());
        }
    }
    assert!(seen[0].len() > 10, "{seen:?}");
    assert!(seen.iter().all(|ids| *ids == seen[0]), "{seen:?}");
    let expected: Vec<i64> = sqlx::query_scalar(
        "select id from fixture.lot where ST_Intersects(ST_Transform(geom, 3857), ST_MakeEnvelope(-8659300, -1201950, -8659150, -1201850, 3857)) order by id",
    )
    .fetch_all(&mut world.database.owner().await)
    .await
    .unwrap();
    assert!(!expected.is_empty());
    for layer in ["t_lots", "t_plain"] {
        let answer = world
            .items(&format!("{layer}/items?bbox=-8659300,-1201950,-8659150,-1201850&bbox-crs={EPSG}3857"))
            .await;
        assert_eq!(answer.ids(), expected);
        for code in ["32718", "5387"] {
            let answer = world
                .items(&format!("{layer}/items?bbox=195000,8812000,195060,8812060&bbox-crs={EPSG}{code}"))
                .await;
            assert_eq!(answer.ids(), [1, 20, 21, 40, 41], "{code}");
        }
    }
    // A corner that only a transformed box would reach: the box itself ends a centimetre short of lot 1.
    let short = world
        .items(&format!("t_lots/items?bbox=195029,8812001,195030.11,8812002&bbox-crs={EPSG}32718"))
        .await;
    assert!(short.ids().is_empty());
}

#[tokio::test]
async fn boxes_of_the_whole_world_and_across_the_antimeridian() {
    let world = world().await;
    for (crs, numbers) in [
        (CRS84.to_owned(), "-180,-90,180,90"),
        (format!("{EPSG}4326"), "-90,-180,90,180"),
        (format!("{EPSG}3857"), "-20037508,-20037508,20037508,20037508"),
    ] {
        for layer in ["t_lots", "t_plain"] {
            let answer =
                world.items(&format!("{layer}/items?bbox={numbers}&bbox-crs={crs}&limit=1000")).await;
            assert_eq!(answer.json()["numberMatched"], 392, "{layer} {crs}");
        }
    }
    assert_eq!(world.items("t_far/items?bbox=177,65,-177,70").await.ids(), [1, 2]);
    assert_eq!(world.items("t_far/items?bbox=-179,65,179,70").await.ids(), [1, 2, 3]);
    assert_eq!(
        world.items(&format!("t_far/items?bbox=65,177,70,-177&bbox-crs={EPSG}4326")).await.ids(),
        [1, 2]
    );
    assert_eq!(world.items("t_far/items?bbox=177,65,0,-177,70,9").await.ids(), [1, 2]);
}

#[tokio::test]
async fn a_feature_without_geometry_is_served_as_null_and_meets_no_box() {
    let world = world().await;
    assert_eq!(world.items("t_far/items").await.json()["features"][3]["geometry"], Value::Null);
    assert_eq!(world.items("t_far/items?bbox=-180,-90,180,90").await.ids(), [1, 2, 3]);
    assert_eq!(world.items("t_list/items").await.ids().len(), 10);
    assert!(world.items("t_list/items?bbox=-180,-90,180,90").await.ids().is_empty());
}

#[tokio::test]
async fn a_position_that_a_system_cannot_express_is_the_clients_error() {
    let world = world().await;
    let answer = world.items(&format!("t_far/items?crs={EPSG}32718")).await;
    assert!(answer.status == 400 || answer.status == 200, "{}", answer.text());
    assert!(!answer.text().contains("inf"));
}
