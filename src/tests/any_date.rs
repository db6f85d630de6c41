//! Any date: random histories, and every answer about the past compared with what was seen at the time.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::testing::TestDatabase;

/// A little town. The rules of the fabric are another test's matter, so its guards sleep; history's triggers stay.
const TOWN: &str = "
    alter table land.parcel_version disable trigger user;
    alter table land.parcel_version enable trigger stamp_version;
    alter table land.parcel_version enable trigger keep_history;
    begin;
    set local predio.reason = 'test';
    insert into land.district (ubigeo, name, province, department, source, valid, geom)
      values ('999901', 'Ensayo', 'Ensayo', 'Ensayo', 'test', '[2000-01-01,)',
        st_multi(st_makeenvelope(190000, 8810000, 220000, 8840000, 32718)));
    insert into land.settlement (id, ubigeo, code, name, kind, source) overriding system value
      values (1, '999901', '0001', 'Pueblo', 'urban', 'test'), (2, '999901', '0002', 'Caserío', 'rural', 'test');
    insert into land.street (id, ubigeo, code, name, kind, geom) overriding system value
      values (1, '999901', '000001', 'Jirón Uno', 'jiron', st_makeline(st_makepoint(196000, 8816000), st_makepoint(196100, 8816000)));
    insert into land.parcel (id, ubigeo, code, kind) overriding system value
      select k, '999901', 'L-' || k, 'rural' from generate_series(1, 4) k;
    insert into land.restriction (id, ubigeo, kind) overriding system value values (1, '999901', 'servidumbre'), (2, '999901', 'carga');
    insert into zoning.plan (id, ubigeo, kind, name, state, valid) overriding system value
      values (1, '999901', 'PDU', 'Plan', 'adopted', '[2015-01-01,)');
    insert into zoning.zone_class (id, plan_id, code, name, category) overriding system value
      values (1, 1, 'RDM', 'Media', 'residential'), (2, 1, 'RDB', 'Baja', 'residential');
    insert into zoning.zone (id, ubigeo, plan_id) overriding system value values (1, '999901', 1);
    commit;";

/// One change, in a transaction of its own. `which`, `a` and `b` choose within it.
#[derive(Clone, Copy, Debug)]
struct Change {
    kind: u8,
    which: u8,
    a: u8,
    b: u8,
}

const KINDS: u8 = 14;
const CHANGES: usize = 48;

fn change() -> impl Strategy<Value = Change> {
    (0..KINDS, 1_u8..5, 0_u8..12, 1_u8..12).prop_map(|(kind, which, a, b)| Change { kind, which, a, b })
}

/// The statements; numbers only, and what does not apply changes nothing.
fn sql(Change { kind, which, a, b }: Change) -> String {
    let two = which % 2 + 1;
    let day = format!("2020-{:02}-{:02}", a + 1, b + 1);
    let square = format!(
        "st_multi(st_makeenvelope(196000 + {which} * 20, 8816000 + {a}, 196010 + {which} * 20, 8816010 + {b}, 32718))"
    );
    match kind {
        // Law: something begins, ends, is replaced from a day on.
        0 => format!(
            "insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, settlement_id, street_id, house_number,
               registered_area_m2, geom)
             select {which}, '999901', '[{day},)', 'provisional', {two}, 1, '{a}', 100 + {b}, {square}
             where not exists (select from land.parcel_version where parcel_id = {which} and valid && '[{day},)'::daterange)"
        ),
        1 => format!(
            "update land.parcel_version set valid = daterange(lower(valid), '{day}')
             where parcel_id = {which} and upper_inf(valid) and lower(valid) < '{day}'"
        ),
        2 => format!(
            "insert into land.restriction_version (restriction_id, valid, parcel_id, title, geom)
             select {two}, '[{day},)', {which}, 'Carga {a}', {square}
             where not exists (select from land.restriction_version where restriction_id = {two} and valid && '[{day},)'::daterange)"
        ),
        3 => format!(
            "insert into zoning.zone_version (zone_id, valid, zone_class_id, geom)
             select 1, '[{day},)', {two}, {square}
             where not exists (select from zoning.zone_version where zone_id = 1 and valid && '[{day},)'::daterange)"
        ),
        4 => format!(
            "update zoning.zone_version set valid = daterange(lower(valid), '{day}')
             where upper_inf(valid) and lower(valid) < '{day}'"
        ),
        // Knowledge: what was recorded was wrong.
        5 => format!("update land.parcel_version set registered_area_m2 = 200 + {a}, use = 'corregido' where parcel_id = {which}"),
        6 => format!("update land.parcel_version set geom = {square} where parcel_id = {which}"),
        7 => format!("update land.restriction_version set title = 'Corregida {a}' where restriction_id = {two}"),
        8 => format!("update land.settlement set name = 'Pueblo {a}' where id = {two}"),
        9 => format!("update land.parcel set kind = case kind when 'rural' then 'urban' else 'rural' end where id = {which}"),
        // Facts that other features keep.
        10 => format!(
            "insert into titling.parcel_state (parcel_id, state, as_of) values ({which}, 'in_process', '{day}')
             on conflict (parcel_id) do update set state = 'titled', as_of = excluded.as_of"
        ),
        11 => format!(
            "insert into zoning.parcel_zone (parcel_id, zone_id, zone_class, as_of) values ({which}, 1, 'R{b}', '{day}')
             on conflict (parcel_id) do update set zone_class = excluded.zone_class, as_of = excluded.as_of"
        ),
        12 => format!("delete from titling.parcel_state where parcel_id = {which}"),
        _ => format!(
            "update zoning.zone_class set name = 'Clase {a}' where id = {two};
             insert into zoning.building_parameter (zone_class_id, parameter, applies, value_text)
             values ({two}, 'floors_max', 'value', '{b}')
             on conflict (zone_class_id, parameter) do update set value_text = excluded.value_text"
        ),
    }
}

/// Every row of a layer as text, in a fixed order.
async fn rows(c: &mut PgConnection, layer: &str) -> Vec<String> {
    // Safe SQL: the names come from the catalogue.
    sqlx::query_scalar(AssertSqlSafe(format!("select to_jsonb(v)::text from {layer} v order by 1")))
        .fetch_all(c)
        .await
        .unwrap()
}

async fn layers(c: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select relname::text from pg_class where relnamespace = 'recorded_layer'::regnamespace and relkind = 'v' order by 1",
    )
    .fetch_all(c)
    .await
    .unwrap()
}

/// The whole extract of a parcel, by the statements of the pages.
async fn extracts(test: &TestDatabase, recorded: Option<DateTime<Utc>>) -> Vec<serde_json::Value> {
    use crate::database::Audience;
    let mut found = Vec::new();
    for (code, day) in [("L-1", "2020-06-15"), ("L-2", "2020-12-31"), ("L-3", "2026-01-01")] {
        let code = crate::parcels::CadastralCode::parse(code).unwrap();
        let day = day.parse().unwrap();
        let extracts = match recorded {
            None => {
                let mut snapshot = test.database.read(Audience::Public).await.unwrap();
                crate::extract::extract(&mut snapshot, &code, day).await.unwrap()
            }
            Some(instant) => {
                let mut snapshot = test.database.read(Audience::Auditor).await.unwrap();
                crate::extract::extract_recorded(&mut snapshot, &code, day, instant).await.unwrap()
            }
        };
        found.extend(extracts.into_iter().map(|extract| {
            serde_json::to_value(crate::extract::Extract { recorded_as_of: None, ..extract }).unwrap()
        }));
    }
    found
}

struct Seen {
    change: Change,
    at: DateTime<Utc>,
    layers: Vec<Vec<String>>,
    extracts: Vec<serde_json::Value>,
}

/// A random history, the same in every run; `PREDIO_SEED` makes another one.
fn history() -> Vec<Change> {
    let seed: u8 = std::env::var("PREDIO_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    prop::collection::vec(change(), CHANGES).new_tree(&mut runner).unwrap().current()
}

#[tokio::test]
async fn what_was_shown_then_is_shown_now() {
    let test = crate::testing::database().await;
    let c = &mut test.owner().await;
    sqlx::raw_sql(TOWN).execute(&mut *c).await.unwrap();
    let layers = layers(c).await;
    assert!(layers.len() > 30, "{layers:?}");
    let mut seen: Vec<Seen> = Vec::new();
    for change in history() {
        let mut tx = c.begin().await.unwrap();
        let text = format!("set local predio.reason = 'test'; {}", sql(change));
        sqlx::raw_sql(AssertSqlSafe(text))
            .execute(&mut *tx)
            .await
            .unwrap_or_else(|error| panic!("{change:?}: {error}"));
        tx.commit().await.unwrap();
        let at = sqlx::query("select clock_timestamp()").fetch_one(&mut *c).await.unwrap().get(0);
        let mut shown = Vec::new();
        for layer in &layers {
            shown.push(rows(c, &format!("layer.{layer}")).await);
        }
        seen.push(Seen { change, at, layers: shown, extracts: extracts(&test, None).await });
    }
    for then in &seen {
        let mut tx = c.begin().await.unwrap();
        sqlx::query("select set_config('predio.recorded_as_of', $1, true)")
            .bind(then.at.to_rfc3339())
            .execute(&mut *tx)
            .await
            .unwrap();
        for (layer, shown) in layers.iter().zip(&then.layers) {
            let now = rows(&mut tx, &format!("recorded_layer.{layer}")).await;
            assert_eq!(&now, shown, "{layer} after {:?} at {}", then.change, then.at);
        }
        tx.rollback().await.unwrap();
        assert_eq!(extracts(&test, Some(then.at)).await, then.extracts, "after {:?}", then.change);
    }
    // The history was one worth asking about.
    let parcels = layers.iter().position(|layer| layer == "parcels").unwrap();
    let mut pictures: Vec<_> = seen.iter().map(|then| &then.layers[parcels]).collect();
    pictures.dedup();
    assert!(
        pictures.len() >= CHANGES / 5 && seen.iter().any(|then| !then.extracts.is_empty()),
        "{}",
        pictures.len()
    );
}

/// Each audience but the auditor's is kept out of recorded time.
#[tokio::test]
async fn only_the_auditor_reads_recorded_time() {
    use crate::database::Audience;
    let test = crate::testing::database().await;
    for audience in Audience::ALL {
        let mut tx = test.database.read(audience).await.unwrap();
        sqlx::query("select set_config('predio.recorded_as_of', now()::text, true)")
            .execute(&mut *tx)
            .await
            .unwrap();
        let read = sqlx::query("select count(*) from recorded_layer.parcels").execute(&mut *tx).await;
        assert_eq!(read.is_ok(), audience == Audience::Auditor, "{audience:?}");
    }
}

/// The way through the past uses the same spatial index as the present.
#[tokio::test]
async fn the_past_is_found_by_its_place() {
    let test = crate::testing::demo_database().await;
    let c = &mut test.owner().await;
    let mut tx = c.begin().await.unwrap();
    sqlx::raw_sql("set local enable_seqscan = off; set local predio.recorded_as_of = '2100-01-01'")
        .execute(&mut *tx)
        .await
        .unwrap();
    let plan: Vec<String> = sqlx::query_scalar(
        "explain select * from recorded_layer.parcels v
         where v.geom_crs84 && st_makeenvelope(-77.79, -10.70, -77.785, -10.695, 4326) and v.valid @> '2026-01-01'::date",
    )
    .fetch_all(&mut *tx)
    .await
    .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("parcel_version_geom_crs84"), "{plan}");
}
