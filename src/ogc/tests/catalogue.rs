//! Which views become layers.

use sqlx::Executor;

use super::world;
use crate::database::Audience;
use crate::layers::catalogue;

#[tokio::test]
async fn a_view_that_breaks_the_contract_is_refused_with_its_reason() {
    let world = world().await;
    let snapshot = catalogue::read(&world.database.database, Audience::Public).await.unwrap();
    let refused: Vec<(&str, &str)> = snapshot
        .refused()
        .iter()
        .map(|refusal| (refusal.name.as_str(), refusal.reason.en.as_str()))
        .collect();
    for (name, reason) in [
        ("layer.bad_without_id", "it lacks the column `id`"),
        ("layer.bad_untyped", "does not declare its SRID"),
        ("layer.bad_two_shapes", "more than one geometry"),
        ("layer.bad_id", "`id` must be"),
        ("layer.bad_valid", "`valid` must be"),
        ("layer.bad_not_granted", "grant select on layer.bad_not_granted to predio_public"),
    ] {
        assert!(
            refused.iter().any(|(other, why)| *other == name && why.contains(reason)),
            "{name}: {refused:?}"
        );
    }
    assert_eq!(refused.len(), 6, "{refused:?}");
    assert!(snapshot.layer("t_lots").is_some());
    assert!(snapshot.layer("t_staff").is_none());
    let staff = catalogue::read(&world.database.database, Audience::Planner).await.unwrap();
    assert!(staff.layer("t_lots").is_some());
}

#[tokio::test]
async fn a_view_that_is_added_is_served_and_one_that_is_dropped_is_gone() {
    let world = world().await;
    assert_eq!(world.items("t_new/items").await.status, 404);
    let mut owner = world.database.owner().await;
    owner.execute("create view layer.t_new as select id, name from fixture.lot; grant select on layer.t_new to predio_public").await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_050)).await;
    assert_eq!(world.items("t_new/items?limit=3").await.ids(), [1, 2, 3]);
    // Made anew under prepared statements.
    owner.execute("drop view layer.t_new; create view layer.t_new as select id, flag as name from fixture.lot; grant select on layer.t_new to predio_public").await.unwrap();
    let answer = world.items("t_new/items?limit=3").await;
    assert!(answer.status.is_success() || answer.status == 404, "{}", answer.text());
    tokio::time::sleep(std::time::Duration::from_millis(1_050)).await;
    world.items("t_new").await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let answer = world.items("t_new/items?limit=1").await;
    assert_eq!(answer.json()["features"][0]["properties"]["name"], false);
    owner.execute("drop view layer.t_new").await.unwrap();
    assert_eq!(world.items("t_new/items").await.status, 404);
    assert_eq!(world.items("t_new").await.status, 404);
}

#[tokio::test]
async fn titles_descriptions_and_units_come_from_the_comments() {
    let world = world().await;
    let spanish = world.items("t_lots").await.json();
    assert_eq!(
        (&spanish["title"], &spanish["description"]),
        (&"Lotes de prueba".into(), &"Con todo.".into())
    );
    let english = world.items("t_lots?lang=en").await.json();
    assert_eq!(english["title"], "Test lots");
    let schema = world.items("t_lots/schema?lang=en").await.json();
    assert_eq!(schema["properties"]["size"]["title"], "Size");
    assert_eq!(schema["properties"]["size"]["x-ogc-unit"], "m²");
    assert_eq!(schema["properties"]["id"]["x-ogc-role"], "id");
    assert_eq!(schema["properties"]["geom"]["format"], "geometry-multipolygon");
    assert_eq!(schema["properties"]["day"]["format"], "date");
    assert!(schema["properties"].get("geom_crs84").is_none());
    let sortables = world.items("t_lots/sortables").await.json();
    assert!(
        sortables["properties"].get("document").is_none() && sortables["properties"].get("name").is_some()
    );
}

#[tokio::test]
async fn a_demonstration_says_so_in_every_representation() {
    let world = world().await;
    assert!(world.get("/ogc").await.headers.get("predio-notice").is_none());
    let mut owner = world.database.owner().await;
    owner
        .execute("insert into service.setting (name, value) values ('kind', '\"demonstration\"')")
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_050)).await;
    for path in [
        "/ogc",
        "/ogc?f=html",
        "/ogc/collections",
        "/ogc/collections/t_lots",
        "/ogc/collections/t_lots/items?limit=1",
        "/ogc/collections/t_lots/items?limit=1&f=html",
        "/ogc/collections/t_lots/items/1",
        "/ogc/collections/t_lots/items?limit=2000",
        "/ogc/collections/t_lots/tiles/WebMercatorQuad?f=tilejson",
    ] {
        let answer = world.get(path).await;
        assert!(answer.header("predio-notice").contains("DATOS FICTICIOS"), "{path}");
        assert!(answer.text().contains("DATOS FICTICIOS"), "{path}");
    }
}
