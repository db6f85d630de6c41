//! Vector tiles: their place, their content, and the quick way against the exact one.

use sqlx::Executor;

use super::{World, world};
use crate::layers::request::Request;
use crate::layers::sql::Plan;
use crate::layers::tile::{Place, Way};

/// A reader of as much of a vector tile as the tests need: layers with the positions of their features.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn varint(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.0[0];
            self.0 = &self.0[1..];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    }

    /// The next field: its number, its value when it is a number, its bytes when it has a length.
    fn field(&mut self) -> Option<(u64, u64, &'a [u8])> {
        if self.0.is_empty() {
            return None;
        }
        let key = self.varint();
        match key & 7 {
            0 => Some((key >> 3, self.varint(), &[])),
            2 => {
                let length = usize::try_from(self.varint()).unwrap();
                let (bytes, rest) = self.0.split_at(length);
                self.0 = rest;
                Some((key >> 3, 0, bytes))
            }
            1 => {
                self.0 = &self.0[8..];
                Some((key >> 3, 0, &[]))
            }
            kind => panic!("wire type {kind}"),
        }
    }
}

#[derive(Debug, PartialEq)]
struct Layer {
    name: String,
    features: Vec<(u64, Vec<(i64, i64)>)>,
    /// Names of the properties.
    keys: Vec<String>,
}

fn layers(tile: &[u8]) -> Vec<Layer> {
    let mut reader = Reader(tile);
    let mut found = Vec::new();
    while let Some((3, _, bytes)) = reader.field() {
        let mut layer = Layer { name: String::new(), features: Vec::new(), keys: Vec::new() };
        let mut inside = Reader(bytes);
        while let Some((number, _, bytes)) = inside.field() {
            match number {
                1 => layer.name = String::from_utf8(bytes.to_vec()).unwrap(),
                2 => layer.features.push(feature(bytes)),
                3 => layer.keys.push(String::from_utf8(bytes.to_vec()).unwrap()),
                _ => {}
            }
        }
        found.push(layer);
    }
    found
}

fn feature(bytes: &[u8]) -> (u64, Vec<(i64, i64)>) {
    let mut reader = Reader(bytes);
    let (mut id, mut points) = (0, Vec::new());
    while let Some((number, value, bytes)) = reader.field() {
        match number {
            1 => id = value,
            4 => points = geometry(bytes),
            _ => {}
        }
    }
    (id, points)
}

fn geometry(bytes: &[u8]) -> Vec<(i64, i64)> {
    let mut reader = Reader(bytes);
    let (mut x, mut y, mut points) = (0, 0, Vec::new());
    let signed = |value: u64| (value >> 1).cast_signed() ^ -((value & 1).cast_signed());
    while !reader.0.is_empty() {
        let command = reader.varint();
        if command & 7 == 7 {
            continue;
        }
        for _ in 0..command >> 3 {
            x += signed(reader.varint());
            y += signed(reader.varint());
            points.push((x, y));
        }
    }
    points
}

/// The tile at zoom `zoom` that holds the fixture's lots.
pub(super) fn place(zoom: u8) -> (u32, u32) {
    let (longitude, latitude) = (-77.786_f64, -10.7325_f64);
    let side = f64::from(1_u32 << zoom);
    let row = (1.0 - latitude.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * side;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the pyramid")]
    (row as u32, ((longitude + 180.0) / 360.0 * side) as u32)
}

async fn tile(world: &World, layer: &str, zoom: u8) -> super::Answer {
    let (row, column) = place(zoom);
    world.get(&format!("/ogc/collections/{layer}/tiles/WebMercatorQuad/{zoom}/{row}/{column}")).await
}

#[tokio::test]
async fn a_tile_holds_the_layer_by_its_name_with_ids() {
    let world = world().await;
    let answer = tile(&world, "t_lots", 15).await;
    assert_eq!(answer.header("content-type"), "application/vnd.mapbox-vector-tile");
    let found = layers(&answer.body);
    assert_eq!((found.len(), found[0].name.as_str()), (1, "t_lots"));
    assert!(
        found[0].features.len() > 100
            && found[0].features.iter().all(|(id, points)| *id > 0 && points.len() >= 4)
    );
    let (row, column) = place(15);
    let both =
        world.get(&format!("/ogc/tiles/WebMercatorQuad/15/{row}/{column}?collections=t_lots,t_plain")).await;
    let names: Vec<String> = layers(&both.body).into_iter().map(|layer| layer.name).collect();
    assert_eq!(names, ["t_lots", "t_plain"]);
    assert_eq!(
        world
            .get(&format!("/ogc/tiles/WebMercatorQuad/15/{row}/{column}?collections=nothing"))
            .await
            .parameter(),
        "collections"
    );
}

#[tokio::test]
async fn a_tile_carries_only_the_properties_asked_for() {
    let world = world().await;
    let (row, column) = place(15);
    let at = |query: &str| {
        format!("/ogc/tiles/WebMercatorQuad/15/{row}/{column}?collections=t_lots,t_plain{query}")
    };
    let all = layers(&world.get(&at("")).await.body);
    assert!(all[0].keys.len() > 1, "{:?}", all[0].keys);
    let kept = all[0].keys[0].clone();
    let some = layers(&world.get(&at(&format!("&properties={kept}"))).await.body);
    assert_eq!(some[0].keys, [kept]);
    assert_eq!(some[0].features, all[0].features);
    assert_eq!(world.get(&at("&properties=nothing")).await.parameter(), "properties");
}

#[tokio::test]
async fn the_quick_way_differs_by_less_than_a_unit() {
    let world = world().await;
    let layer = world.app.source.catalogue.layer("t_lots").await.unwrap();
    let request = Request::all(chrono::Utc::now().into());
    for zoom in [12, 14, 16, 17] {
        let (row, column) = place(zoom);
        let place = Place::new(zoom, row, column).unwrap();
        assert_eq!(Way::of(&layer, place), Way::Quick);
        let mut ways = Vec::new();
        for way in [Way::Quick, Way::Exact] {
            ways.push(layers(
                &world
                    .app
                    .source
                    .tile_by(std::slice::from_ref(&layer), place, &request, &[way], Plan { prefilter: true })
                    .await
                    .unwrap(),
            ));
        }
        let (mut quick, mut exact) = (ways.remove(0).remove(0), ways.remove(0).remove(0));
        quick.features.sort_by_key(|(id, _)| *id);
        exact.features.sort_by_key(|(id, _)| *id);
        let mut compared = 0;
        for ((id, one), (other_id, other)) in quick.features.iter().zip(&exact.features) {
            assert_eq!(id, other_id);
            let nearest = |point: &(i64, i64)| {
                other.iter().map(|near| (near.0 - point.0).abs().max((near.1 - point.1).abs())).min().unwrap()
            };
            // Rounding may fall to the other side: one unit, where the bound is a fifth of it.
            assert!(one.iter().all(|point| nearest(point) <= 1), "zoom {zoom} lot {id}: {one:?} {other:?}");
            compared += 1;
        }
        assert!(compared > 20, "zoom {zoom}");
    }
    assert_eq!(Way::of(&layer, Place::new(8, 135, 72).unwrap()), Way::Exact);
}

#[tokio::test]
async fn low_zooms_leave_out_what_cannot_be_seen() {
    let world = world().await;
    assert_eq!(tile(&world, "t_lots", 8).await.status, 204);
    let (few, all) = (tile(&world, "t_lots", 12).await, tile(&world, "t_lots", 14).await);
    assert_eq!(layers(&few.body)[0].features.len(), layers(&all.body)[0].features.len());
    assert!(!layers(&tile(&world, "t_versions", 0).await.body).is_empty(), "points stay");
}

#[tokio::test]
async fn tiles_follow_the_time_and_each_edit() {
    let world = world().await;
    let (row, column) = place(14);
    let at = |when: &str| {
        format!("/ogc/collections/t_versions/tiles/WebMercatorQuad/14/{row}/{column}?datetime={when}")
    };
    let count = |answer: super::Answer| layers(&answer.body)[0].features.len();
    assert_eq!(count(world.get(&at("2021-01-01")).await), 3);
    assert_eq!(count(world.get(&at("2023-01-01")).await), 2);
    assert_eq!(world.get(&at("never")).await.parameter(), "datetime");
    let before = tile(&world, "t_lots", 15).await;
    world
        .database
        .owner()
        .await
        .execute("update fixture.lot set name = 'changed' where id = 1")
        .await
        .unwrap();
    let after = tile(&world, "t_lots", 15).await;
    assert_ne!(before.header("etag"), after.header("etag"));
    assert_eq!(after.header("etag"), tile(&world, "t_lots", 15).await.header("etag"));
}

#[tokio::test]
async fn outside_the_pyramid_is_nothing_and_inside_may_be_empty() {
    let world = world().await;
    for place in [
        "23/0/0",
        "1/2/0",
        "1/0/2",
        "0/0/-1",
        "x/0/0",
        "1/0/%D9%A1",
        "01/0/0",
        "14/2147483647/2147483647",
        "99999999999/0/0",
    ] {
        let answer = world.get(&format!("/ogc/collections/t_lots/tiles/WebMercatorQuad/{place}")).await;
        assert_eq!(answer.status, 404, "{place}");
    }
    let empty = world.get("/ogc/collections/t_lots/tiles/WebMercatorQuad/14/0/0").await;
    assert_eq!((empty.status.as_u16(), empty.body.len()), (204, 0));
    assert_eq!(world.get("/ogc/collections/t_list/tiles/WebMercatorQuad/0/0/0").await.status, 404);
    assert_eq!(world.get("/ogc/collections/t_lots/tiles/Other/0/0/0").await.status, 404);
}

#[tokio::test]
async fn tilesets_are_described() {
    let world = world().await;
    let tilejson = world.items("t_lots/tiles/WebMercatorQuad?f=tilejson").await.json();
    assert_eq!(tilejson["tilejson"], "3.0.0");
    assert_eq!(
        tilejson["tiles"][0],
        "http://predio.test/ogc/collections/t_lots/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt"
    );
    assert_eq!(tilejson["vector_layers"][0]["fields"]["size"], "Tamaño");
    let tileset = world.items("t_lots/tiles/WebMercatorQuad").await.json();
    let limits = tileset["tileMatrixSetLimits"].as_array().unwrap();
    let (row, column) = place(14);
    assert_eq!(limits.len(), 23);
    assert!(
        (limits[14]["minTileRow"].as_u64()..=limits[14]["maxTileRow"].as_u64()).contains(&Some(row.into()))
    );
    assert!(
        (limits[14]["minTileCol"].as_u64()..=limits[14]["maxTileCol"].as_u64())
            .contains(&Some(column.into()))
    );
    let set = world.get("/ogc/tileMatrixSets/WebMercatorQuad").await.json();
    assert_eq!(set["tileMatrices"].as_array().unwrap().len(), 23);
}
