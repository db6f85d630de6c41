//! Who may bring and decide, on which version, and that nothing is done twice.

use super::*;

fn clean() -> String {
    geojson(Some(32718), &lots())
}

#[tokio::test]
async fn a_delivery_is_its_offices_own() {
    let mut office = Office::open().await;
    let (at, _) = office.checked("target=parcels&file_name=lotes.geojson", clean()).await;
    let ways = ["", "/findings", "/features", "/events"];
    for other in [Audience::Planner, Audience::Titling, Audience::Citizen, Audience::Admin] {
        office.actor = Actor::inside("otra", other, "pedido-2");
        for way in ways {
            let (status, _, told) = office.call(Method::GET, &format!("{at}{way}"), &[], Body::empty()).await;
            let expected =
                if other == Audience::Planner { StatusCode::NOT_FOUND } else { StatusCode::FORBIDDEN };
            assert_eq!(status, expected, "{other:?} {way}: {told}");
        }
    }
    office.actor = Actor::inside("otra", Audience::Planner, "pedido-2");
    assert_eq!(office.get("/api/v1/deliveries").await["deliveries"], json!([]));
    // Nor by SQL: an office has no right on the tables, and the views hold it to its own.
    let mut planner = office.test.database.write(Audience::Planner).await.unwrap();
    let seen: i64 = sqlx::query_scalar("select count(*) from delivery.own_feature")
        .fetch_one(&mut *planner)
        .await
        .unwrap();
    assert_eq!(seen, 0);
    let refused = planner.execute("select from delivery.feature").await.unwrap_err();
    assert_eq!(
        refused.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(),
        Some("42501")
    );
}

#[tokio::test]
async fn what_cannot_be_a_target_is_refused_with_the_reason() {
    let office = Office::open().await;
    for (target, word) in
        [("zones", "taken"), ("nada", "no layer"), ("water_mains", "another office"), ("corners", "taken")]
    {
        let path =
            format!("/api/v1/deliveries?ubigeo=150203&sender=Ensayo&file_name=x.geojson&target={target}");
        let (status, _, told) = office.call(Method::POST, &path, &[], clean()).await;
        let detail = told["detail"].as_str().unwrap();
        let said = if word == "taken" { detail.contains("takes no features") } else { detail.contains(word) };
        assert!(status.is_client_error() && said, "{target}: {status} {told}");
    }
    for (query, parameter) in [
        ("ubigeo=150299&sender=Ensayo&file_name=x.geojson&target=parcels", "ubigeo"),
        ("ubigeo=150203&sender=E&file_name=x.geojson&target=parcels", "sender"),
        ("ubigeo=150203&sender=Ensayo&target=parcels", "file_name"),
        ("ubigeo=150203&sender=Ensayo&file_name=x.geojson&target=parcels&source_id=99", "source_id"),
        ("ubigeo=150203&sender=Ensayo&file_name=x.geojson&target=parcels&accuracy_m=-1", "accuracy_m"),
    ] {
        let (status, _, told) =
            office.call(Method::POST, &format!("/api/v1/deliveries?{query}"), &[], clean()).await;
        assert_eq!(
            (status, told["parameter"].as_str()),
            (StatusCode::BAD_REQUEST, Some(parameter)),
            "{told}"
        );
    }
}

#[tokio::test]
async fn nothing_is_done_twice_or_on_another_version() {
    let office = Office::open().await;
    let path = "/api/v1/deliveries?ubigeo=150203&sender=Ensayo&file_name=x.geojson&target=parcels";
    let key = [("idempotency-key", "una-sola-vez")];
    let (status, first, _) = office.call(Method::POST, path, &key, clean()).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let (status, again, _) = office.call(Method::POST, path, &key, clean()).await;
    assert_eq!((status, &again["location"]), (StatusCode::ACCEPTED, &first["location"]));
    assert_eq!(again["idempotency-replayed"], "true");
    let (status, _, _) = office.call(Method::POST, path, &key, geojson(Some(32718), &lots()[..2])).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "another file under the same key");
    let at = first["location"].to_str().unwrap().to_owned();
    let told = office.rest(&at).await;
    let accept = format!("{at}/accept");
    let body = || json!({ "reason": "prueba" }).to_string();
    let (status, ..) = office.call(Method::POST, &accept, &[], body()).await;
    assert_eq!(status, StatusCode::PRECONDITION_REQUIRED);
    let (status, ..) = office.call(Method::POST, &accept, &[("if-match", "\"1\"")], body()).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    let tag = format!("\"{}\"", told["version"]);
    let (status, _, trial) =
        office.call(Method::POST, &format!("{accept}?dry_run=true"), &[("if-match", &tag)], body()).await;
    assert_eq!((status, &trial["entered"]), (StatusCode::OK, &json!(6)), "{trial}");
    assert_eq!(office.count("select count(*) from land.parcel_version").await, 0, "a trial changes nothing");
    let headers = [("if-match", tag.as_str()), ("idempotency-key", "aceptar-una-vez")];
    for _ in 0..2 {
        let (status, _, told) = office.call(Method::POST, &accept, &headers, body()).await;
        assert_eq!((status, &told["entered"]), (StatusCode::OK, &json!(6)), "{told}");
    }
    assert_eq!(office.count("select count(*) from land.parcel_version").await, 6);
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{told}");
    let (status, told) = office.decide(Method::POST, &at, "reject", json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{told}");
}

#[tokio::test]
async fn what_was_built_on_it_stands_in_the_way_by_name() {
    let office = Office::open().await;
    let (at, _) = office.checked("target=parcels&file_name=lotes.geojson", clean()).await;
    assert_eq!(office.decide(Method::POST, &at, "accept", json!({})).await.0, StatusCode::OK);
    let agree = json!({ "reason": "levantamiento conforme", "block": "15020301001" });
    let (status, _, told) = office.call(Method::POST, "/api/v1/parcels/agree", &[], agree.to_string()).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    let (status, told) = office.decide(Method::POST, &at, "revoke", json!({})).await;
    let detail = told["detail"].as_str().unwrap();
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(detail.contains("15020301001001") && detail.contains("operation"), "{detail}");
    assert_eq!(office.count("select count(*) from land.parcel_version where upper_inf(valid)").await, 6);
}

#[tokio::test]
async fn lots_of_an_earlier_day_retire_when_they_are_taken_back() {
    let office = Office::open().await;
    let (at, _) = office.checked("target=parcels&file_name=lotes.geojson", clean()).await;
    assert_eq!(office.decide(Method::POST, &at, "accept", json!({})).await.0, StatusCode::OK);
    // As if it had been accepted a month ago.
    let back = "begin; set local predio.reason = 'test'; set local session_replication_role = replica;
        update land.parcel_version set valid = daterange(current_date - 30, null); commit;";
    let mut superuser =
        <sqlx::PgConnection as sqlx::Connection>::connect(&office.test.superuser_url()).await.unwrap();
    superuser.execute(back).await.unwrap();
    let (status, told) = office.decide(Method::POST, &at, "revoke", json!({})).await;
    assert_eq!((status, &told["taken_back"]), (StatusCode::OK, &json!(6)), "{told}");
    let ended = "select count(*) from land.parcel_version v join land.operation o on o.id = v.ended_by
        where o.kind = 'retire' and upper(v.valid) = (now() at time zone 'America/Lima')::date";
    assert_eq!(office.count(ended).await, 6, "they end, and stay on record");
}

#[tokio::test]
async fn a_right_ends_at_the_borders_of_its_districts() {
    let mut office = Office::open().await;
    let (at, _) = office.checked("target=parcels&file_name=lotes.geojson", clean()).await;
    let limited =
        "begin; set local predio.reason = 'test'; insert into access.account (name, offices, districts)
        values ('vecina', '{surveyor}', '{150201}'); commit;";
    office.test.owner().await.execute(limited).await.unwrap();
    office.actor = Actor::inside("vecina", Audience::Surveyor, "pedido-3");
    let (status, _, told) = office.call(Method::GET, &at, &[], Body::empty()).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{told}");
    let path = "/api/v1/deliveries?ubigeo=150203&sender=Ensayo&file_name=x.geojson&target=parcels";
    let (status, _, told) = office.call(Method::POST, path, &[], clean()).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{told}");
    let layers = "%5B%7B%22layer%22%3A%22x%22%2C%22target%22%3A%22parcels%22%7D%5D";
    let path = format!("/api/v1/deliveries?ubigeo=150203&sender=Ensayo&file_name=x.geojson&layers={layers}");
    let (status, _, told) = office.call(Method::POST, &path, &[], clean()).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{told}");
    assert_eq!(office.count("select count(*) from delivery.delivery").await, 1);
    assert_eq!(office.count("select count(*) from delivery.layer_profile").await, 0);
}

#[tokio::test]
async fn what_a_rule_refuses_meanwhile_is_told_and_stops_nothing() {
    let office = Office::open().await;
    let (at, _) = office.checked("target=parcels&file_name=lotes.geojson", clean()).await;
    // Somebody else's parcel is agreed upon where the first lot would lie.
    let meanwhile = "begin; set local predio.reason = 'test';
        insert into land.operation (ubigeo, kind, effective_on) values ('150203', 'load', '2020-01-01');
        insert into land.parcel (id, ubigeo, code, kind) overriding system value values (900, '150203', 'X-1', 'rural');
        insert into land.parcel_version (parcel_id, ubigeo, valid, fabric_state, geom)
        values (900, '150203', '[2020-01-01,)', 'agreed', st_multi(st_makeenvelope(196000, 8816000, 196005, 8816005, 32718)));
        insert into land.corner (ubigeo, x_mm, y_mm, method)
        select distinct '150203', round(st_x(d.geom) * 1000)::bigint, round(st_y(d.geom) * 1000)::bigint, 'test'
        from land.parcel_version v cross join st_dumppoints(v.geom) d;
        commit;";
    office.test.owner().await.execute(meanwhile).await.unwrap();
    let (status, told) = office.decide(Method::POST, &at, "accept", json!({})).await;
    assert_eq!(
        (status, &told["entered"], &told["rejected_count"]),
        (StatusCode::OK, &json!(5), &json!(1)),
        "{told:#}"
    );
    assert_eq!(told["refused"][0]["feature"], 1);
    assert_eq!(told["refused"][0]["rule"], "parcel_version_enters_on_free_land");
    assert!(office.findings(&at).await.contains(&(1, "refused_by_rule".to_owned())));
}
