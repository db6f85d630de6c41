//! Two hundred searches on the demonstration district: the right answer comes first in at least 95 of 100.

use chrono::Utc;
use sqlx::AssertSqlSafe;

use super::model::{Found, Kind};
use super::store::search;
use crate::database::{Audience, Database};
use crate::layers::when::Moment;
use crate::testing;

/// A search and its right answer: kind, and code or title.
struct Golden {
    said: String,
    kind: Kind,
    answer: String,
}

fn golden(said: impl Into<String>, kind: Kind, answer: impl Into<String>) -> Golden {
    Golden { said: said.into(), kind, answer: answer.into() }
}

/// Searches by name; the file says what they are.
fn by_name() -> Vec<Golden> {
    let lines = include_str!("golden.tsv").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let [said, kind, title] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            golden(said, if kind == "street" { Kind::Street } else { Kind::Settlement }, title)
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct Lot {
    code: String,
    label: Option<String>,
    #[sqlx(rename = "lot")]
    number: Option<String>,
    settlement: String,
    street: Option<String>,
    house_number: Option<String>,
    easting: f64,
    northing: f64,
    lon: f64,
    lat: f64,
}

/// Every way to ask for a lot, on lots spread over the district.
async fn by_lot(database: &Database) -> Vec<Golden> {
    let mut snapshot = database.read(Audience::Public).await.unwrap();
    let lots: Vec<Lot> = sqlx::query_as(
        "select p.code, b.label, p.lot, p.settlement, a.street, a.house_number, st_x(m.plane) as easting, st_y(m.plane) as northing,
           st_x(m.round) as lon, st_y(m.round) as lat
         from layer.parcels p
         join layer.blocks b on b.ubigeo = p.ubigeo and b.sector = p.sector and b.code = p.block
         left join layer.addresses a on a.id = p.id and a.valid @> current_date
         cross join lateral (select st_pointonsurface(p.geom) as plane, st_pointonsurface(p.geom_crs84) as round) m
         where p.valid @> current_date and p.fabric_state = 'agreed'
         order by md5(p.code)
         limit 12",
    )
    .fetch_all(&mut *snapshot)
    .await
    .unwrap();
    let mut all = Vec::new();
    for lot in &lots {
        let (label, number) = (lot.label.clone().unwrap(), lot.number.clone().unwrap());
        let (short, place) = (number.trim_start_matches('0').to_owned(), &lot.settlement);
        let (sector, block) = (&lot.code[6..8], &lot.code[8..11]);
        let mut say = |said: String| all.push(golden(said, Kind::Parcel, &lot.code));
        say(lot.code.clone());
        say(lot.code[6..].to_owned());
        say(format!("{sector}-{block}-{number}"));
        say(format!("{} {sector} {block} {number}", &lot.code[..6]));
        say(format!("Mz {label} Lt {short} {place}"));
        say(format!("manzana {} lote {short} de {}", label.to_lowercase(), place.to_uppercase()));
        say(format!("{place}, MZ.{label} LT.{number}"));
        say(format!("mz {label} lt {short} {}", without_a_letter(place)));
        say(format!("{:.2} {:.2}", lot.easting, lot.northing));
        say(format!("{:.7}, {:.7}", lot.lat, lot.lon));
        if let (Some(street), Some(house)) = (&lot.street, &lot.house_number) {
            say(format!("{street} {house} {place}"));
            say(format!(
                "{} N° {house}, {}",
                street.to_lowercase().replace("jr.", "jirón"),
                place.to_lowercase()
            ));
        }
    }
    all
}

/// A typing error: the third letter is left out.
fn without_a_letter(name: &str) -> String {
    name.chars().enumerate().filter(|(at, _)| *at != 2).map(|(_, letter)| letter).collect()
}

fn is_right(found: &[Found], golden: &Golden) -> bool {
    found.first().is_some_and(|first| {
        first.kind == golden.kind && (first.code == golden.answer || first.title == golden.answer)
    })
}

#[tokio::test]
async fn the_right_answer_comes_first() {
    let test = testing::demo_database().await;
    let mut all = by_name();
    all.extend(by_lot(&test.database).await);
    assert!(all.len() >= 200, "{}", all.len());
    let day = Moment::from(Utc::now()).day;
    let mut wrong = Vec::new();
    for golden in &all {
        let mut snapshot = test.database.read(Audience::Public).await.unwrap();
        let found = search(&mut snapshot, &golden.said, day).await.unwrap();
        if !is_right(&found, golden) {
            let first: Vec<_> =
                found.iter().take(3).map(|one| format!("{} ({:.3})", one.title, one.score)).collect();
            wrong.push(format!("{} -> {first:?}, wanted {}", golden.said, golden.answer));
        }
    }
    let right = all.len() - wrong.len();
    assert!(right * 100 >= all.len() * 95, "{right} of {}:\n{}", all.len(), wrong.join("\n"));
    println!("{right} of {} first; not: {wrong:#?}", all.len());
}

#[tokio::test]
async fn an_ambiguous_lot_answers_with_every_candidate_and_its_full_code() {
    let test = testing::demo_database().await;
    let mut snapshot = test.database.read(Audience::Public).await.unwrap();
    let found = search(&mut snapshot, "mz a lt 1", Moment::from(Utc::now()).day).await.unwrap();
    let parcels: Vec<_> = found.iter().filter(|one| one.kind == Kind::Parcel).collect();
    assert!(parcels.len() > 5);
    assert!(parcels.iter().all(|one| one.code.len() == 14 && one.title.starts_with("Mz. A Lt. 1, ")));
}

#[tokio::test]
async fn a_national_code_finds_its_parcel() {
    let test = testing::demo_database().await;
    let day = Moment::from(Utc::now()).day;
    let code: String = sqlx::query_scalar(
        "select p.code from layer.parcels p where p.kind = 'urban' and p.valid @> current_date order by md5(p.code) limit 1",
    )
    .fetch_one(&mut test.owner().await)
    .await
    .unwrap();
    // The demonstration invents no national codes.
    let assigned = format!(
        "begin; set local predio.reason = 'test'; update land.parcel set cuc = '024681357913' where code = '{code}'; commit"
    );
    sqlx::raw_sql(AssertSqlSafe(assigned)).execute(&mut test.owner().await).await.unwrap();
    for said in ["024681357913", "0246 8135 7913", "0246-8135-7913"] {
        let mut snapshot = test.database.read(Audience::Public).await.unwrap();
        let found = search(&mut snapshot, said, day).await.unwrap();
        assert_eq!(found.first().map(|one| one.code.as_str()), Some(code.as_str()), "{said}");
    }
}

#[tokio::test]
async fn hostile_texts_find_nothing_and_break_nothing() {
    let test = testing::demo_database().await;
    let day = Moment::from(Utc::now()).day;
    for said in [
        "'; drop table land.parcel; --",
        "%",
        "\\",
        "%%%%",
        "_",
        "mz ' lt '",
        "9e999 1",
        "NaN NaN",
        "𝕳uayto",
        &"a".repeat(5000),
        "1 2 3 4 5 6 7",
        "---",
        "\u{202e}",
    ] {
        let mut snapshot = test.database.read(Audience::Public).await.unwrap();
        let found = search(&mut snapshot, said, day).await.unwrap();
        assert!(found.len() <= super::store::MOST, "{said}");
    }
}
