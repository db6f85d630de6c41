//! `datetime`: the version in force, or the last one within an interval.

use super::world;

async fn names(world: &super::World, query: &str) -> Vec<String> {
    let answer = world.items(query).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let features = answer.json()["features"].as_array().unwrap().clone();
    features.iter().map(|feature| feature["properties"]["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn instants_and_intervals_choose_the_version() {
    let world = world().await;
    for layer in ["t_versions", "t_moments"] {
        for (datetime, expected) in [
            ("", &["third", "always"][..]),
            ("?datetime=2021-01-01", &["first", "ended", "always"]),
            ("?datetime=2021-12-31", &["first", "always"]),
            ("?datetime=2022-01-01", &["second", "always"]),
            ("?datetime=2022-01-01T04:59:59Z", &["first", "always"]),
            ("?datetime=2022-01-01T05:00:00Z", &["second", "always"]),
            ("?datetime=2021-01-01/2022-06-01", &["second", "ended", "always"]),
            ("?datetime=2021-01-01T00:00:00Z/2021-02-01T00:00:00Z", &["first", "ended", "always"]),
            ("?datetime=0000-01-01T00:00:00Z/..", &["third", "ended", "always", "later"]),
            ("?datetime=../9999-12-31T23:59:59Z", &["third", "ended", "always", "later"]),
            ("?datetime=../2020-01-01", &["first", "ended", "always"]),
            ("?datetime=../2019-12-31", &["always"]),
            ("?datetime=../..", &["third", "ended", "always", "later"]),
            ("?datetime=2021-06-30/2021-06-30", &["first", "ended", "always"]),
            ("?datetime=2021-01-01/2022-06-01&name=first", &[]),
        ] {
            assert_eq!(
                names(&world, &format!("{layer}/items{datetime}")).await,
                expected,
                "{layer} {datetime}"
            );
        }
    }
}

#[tokio::test]
async fn one_feature_follows_its_time_too() {
    let world = world().await;
    assert_eq!(world.items("t_versions/items/1").await.json()["properties"]["name"], "third");
    let then = world.items("t_versions/items/1?datetime=2023-05-05").await.json();
    assert_eq!(then["properties"]["name"], "second");
    assert_eq!(then["properties"]["valid_from"], "2022-01-01");
    assert_eq!(then["properties"]["valid_until"], "2023-12-31");
    assert_eq!(world.items("t_versions/items/2").await.status, 404);
    assert_eq!(world.items("t_versions/items/2?datetime=2020-06-01").await.status, 200);
}

#[tokio::test]
async fn layers_without_time_accept_it_and_always_match() {
    let world = world().await;
    assert_eq!(world.items("t_far/items?datetime=1500-01-01").await.ids().len(), 4);
    for text in [
        "yesterday",
        "2024-13-01",
        "2024-01-01/2023-01-01",
        "2024-01-01T25:00:00Z",
        "",
        "%D9%A2%D9%A0%D9%A2%D9%A4-01-01",
    ] {
        assert_eq!(
            world.items(&format!("t_far/items?datetime={text}")).await.parameter(),
            "datetime",
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_collection_tells_its_period() {
    let world = world().await;
    let interval = world.items("t_versions").await.json()["extent"]["temporal"]["interval"].clone();
    assert_eq!(interval, serde_json::json!([[null, null]]));
}
