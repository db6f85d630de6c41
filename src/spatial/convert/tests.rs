use super::*;

fn moved(from: System, to: System, position: [f64; 2]) -> [f64; 2] {
    Operation::between(from, to).apply(position).unwrap()
}

fn near(found: [f64; 2], expected: [f64; 2], tolerance: f64) {
    let off = (found[0] - expected[0]).hypot(found[1] - expected[1]);
    assert!(off <= tolerance, "{found:?} is {off} away from {expected:?}");
}

#[test]
fn the_published_point_of_psad56_comes_out() {
    let found = moved(System::Psad56Utm18, System::Utm18, [196_000.0, 8_816_000.0]);
    near(found, [195_779.764, 8_815_629.205], 0.001);
    let operation = Operation::between(System::Psad56Utm18, System::Utm18);
    assert!(operation.name.contains("EPSG:1208") && (operation.accuracy_m - 16.0).abs() < 1e-9);
    // The mean of South America (EPSG:1201) lies 9.2 m from it.
    assert!((found[0] - 195_770.938).hypot(found[1] - 8_815_631.722) > 9.0);
}

#[test]
fn the_town_is_where_the_gazetteer_has_it() {
    near(moved(System::Wgs84, System::Utm18, [-77.7803, -10.6962]), [195_855.0, 8_816_242.0], 5.0);
    near(moved(System::Wgs84, System::Utm17, [-77.7803, -10.6962]), [852_266.0, 8_815_774.0], 5.0);
}

#[test]
fn peru96_is_a_label() {
    let operation = Operation::between(System::Peru96Utm18, System::Utm18);
    let position = [195_855.123_4, 8_816_242.567_8];
    assert_eq!(operation.apply(position), Some(position));
    assert!((operation.accuracy_m - 1.0).abs() < 1e-9 && operation.name.contains("EPSG:5378"));
    let back = Operation::between(System::Psad56Utm18, System::Peru96Utm18);
    assert!((back.accuracy_m - 17.0).abs() < 1e-9, "{}", back.name);
}

#[test]
fn every_way_there_has_its_way_back() {
    for from in System::ALL {
        let start = moved(System::Wgs84, from, [-77.70, -10.65]);
        for to in System::ALL {
            let there = moved(from, to, start);
            // Heights are not carried, so the way back over another datum may miss by some millimetres.
            let same_datum = from.datum() == to.datum();
            let tolerance = if same_datum { 0.001 } else { 0.01 };
            let tolerance = if from == System::Wgs84 { tolerance / 1e5 } else { tolerance };
            near(moved(to, from, there), start, tolerance);
            let operation = Operation::between(from, to);
            assert!(!operation.name.is_empty());
            assert_eq!(operation.accuracy_m > 0.0, from.datum() != to.datum(), "{}", operation.name);
        }
    }
}

#[test]
fn the_wrong_zone_is_flagged() {
    let remarks = |from, to, position| Operation::between(from, to).remarks(position);
    assert!(remarks(System::Utm18, System::Utm18, [195_855.0, 8_816_242.0]).is_empty());
    assert_eq!(remarks(System::Utm17, System::Utm18, [852_266.0, 8_815_774.0]), [Remark::WrongZone]);
    assert_eq!(remarks(System::Utm18, System::Wgs84, [852_266.0, 8_815_774.0]), [Remark::LooksLikeZone17]);
    assert_eq!(remarks(System::Utm18, System::Wgs84, [-300_000.0, 8_815_774.0]), [Remark::OutsideZone]);
    assert_eq!(remarks(System::Wgs84, System::Utm18, [-10.69, -77.78]), [Remark::LooksSwapped]);
    assert_eq!(remarks(System::Wgs84, System::Utm18, [2.35, 48.85]), [Remark::OutsidePeru]);
    assert!(Operation::between(System::Utm18, System::Wgs84).apply([f64::NAN, 0.0]).is_none());
}

/// `PostGIS` is the judge: it knows EPSG:1208 for this pair too.
#[tokio::test]
async fn postgis_agrees_to_a_millimetre() {
    let test = crate::testing::database().await;
    let c = &mut test.owner().await;
    for from in System::ALL {
        for to in System::ALL {
            for place in [[-77.81, -10.73], [-77.58, -10.53], [-77.7803, -10.6962]] {
                let start = moved(System::Wgs84, from, place);
                let expected: (f64, f64) = sqlx::query_as(
                    "select st_x(p), st_y(p) from st_transform(st_setsrid(st_makepoint($1, $2), $3), $4) p",
                )
                .bind(start[0])
                .bind(start[1])
                .bind(from.epsg())
                .bind(to.epsg())
                .fetch_one(&mut *c)
                .await
                .unwrap();
                let tolerance = if to == System::Wgs84 { 1e-8 } else { 0.001 };
                near(moved(from, to, start), [expected.0, expected.1], tolerance);
            }
        }
    }
}

#[test]
fn codes_are_read_with_and_without_authority() {
    assert_eq!(System::parse("EPSG:24878"), Some(System::Psad56Utm18));
    assert_eq!(System::parse("32718"), Some(System::Utm18));
    assert_eq!(System::parse("epsg:2154"), None);
    assert_eq!(System::parse("ñandú"), None);
}
