//! The candidates of a search, in one snapshot and as the audience that asks.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::model::{Found, Kind, Meaning};
use super::rules::{self, likeness, tokens};
use crate::problem::Result;

/// Most results of one search.
pub const MOST: usize = 20;
/// Below this a name is not meant.
const LEAST: f64 = 0.55;

/// What `text` can mean, best first; all candidates where it is ambiguous.
///
/// # Errors
/// When the database does not answer.
pub async fn search(snapshot: &mut PgConnection, text: &str, day: NaiveDate) -> Result<Vec<Found>> {
    let mut found: Vec<Found> = Vec::new();
    for meaning in rules::read(text) {
        found.extend(match &meaning {
            Meaning::Grid { easting, northing } => at(snapshot, *easting, *northing, 32718, day).await?,
            Meaning::Degrees { lon, lat } => at(snapshot, *lon, *lat, 4326, day).await?,
            Meaning::Code(code) => by_code(snapshot, code, day).await?,
            Meaning::Lot { block, lot, place } => lots(snapshot, block, lot.as_deref(), place, day).await?,
            Meaning::Name { words, number } => named(snapshot, words, number.as_deref(), day).await?,
        });
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut seen = std::collections::HashSet::new();
    found.retain(|one| seen.insert((one.kind as u8, one.code.clone(), one.subtitle.clone())));
    found.truncate(MOST);
    Ok(found)
}

/// Parcels with their score, by code.
async fn parcels(
    snapshot: &mut PgConnection,
    scored: &[(String, f64)],
    day: NaiveDate,
) -> Result<Vec<Found>> {
    if scored.is_empty() {
        return Ok(Vec::new());
    }
    let codes: Vec<String> = scored.iter().map(|(code, _)| code.clone()).collect();
    let rows = sqlx::query!(
        r#"select p.code as "code!", p.settlement, p.address, p.lot, b.label,
            st_x(m.middle) as lon, st_y(m.middle) as lat, st_xmin(p.geom_crs84) as west, st_ymin(p.geom_crs84) as south,
            st_xmax(p.geom_crs84) as east, st_ymax(p.geom_crs84) as north
        from layer.parcels p
        cross join lateral (select st_pointonsurface(p.geom_crs84) as middle) m
        left join layer.blocks b on b.ubigeo = p.ubigeo and b.sector = p.sector and b.code = p.block
        where p.code = any ($1)
          and p.valid @> $2::date
        order by p.code, p.ubigeo"#,
        &codes,
        day
    )
    .fetch_all(snapshot)
    .await?;
    let shown = |row: &Option<String>| row.clone().unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|row| {
            let lot = row.lot.as_deref().map(|lot| lot.trim_start_matches('0'));
            let title = match (&row.label, lot) {
                (Some(label), Some(lot)) => format!("Mz. {label} Lt. {lot}, {}", shown(&row.settlement)),
                _ => row
                    .settlement
                    .as_ref()
                    .map_or_else(|| row.code.clone(), |place| format!("{}, {place}", row.code)),
            };
            Found {
                kind: Kind::Parcel,
                href: format!("/predio/{}", row.code),
                title,
                subtitle: shown(&row.address),
                lon: row.lon,
                lat: row.lat,
                bbox: rectangle(row.west, row.south, row.east, row.north),
                score: scored.iter().find(|(code, _)| *code == row.code).map_or(0.0, |(_, score)| *score),
                code: row.code,
            }
        })
        .collect())
}

// Codes ------------------------------------------------------------------------------------------------

async fn by_code(snapshot: &mut PgConnection, said: &str, day: NaiveDate) -> Result<Vec<Found>> {
    let mut scored: Vec<(String, f64)> = Vec::new();
    // A property unit's CRC has 23 digits, a national CUC 12.
    if said.len() > 14 || said.len() == 12 {
        let rows = sqlx::query!(r#"select code as "code!" from service.parcels_of_unit($1)"#, said)
            .fetch_all(&mut *snapshot)
            .await?;
        scored.extend(rows.into_iter().map(|row| (row.code, 1.0)));
    }
    if said.len() > 14 {
        // A CRC begins with the code of its lot.
        if scored.is_empty() && said.bytes().all(|byte| byte.is_ascii_digit()) {
            scored.push((said[..14].to_owned(), 0.7));
        }
        return parcels(snapshot, &scored, day).await;
    }
    let rural = said.strip_prefix("UC").map(|rest| format!("UC-{rest}"));
    let begins = rural.clone().unwrap_or_else(|| said.to_owned());
    let inside = said.strip_prefix("UC").unwrap_or(said);
    // Ranges of bytes and not `like`, so that a prepared plan uses the index too; "~" comes after every sign of a code.
    let rows = sqlx::query!(
        r#"(select p.code as "code!" from layer.parcels p
            where p.code = any (array[$1, $2]) and p.valid @> $3::date limit 20)
        union
        (select p.code from layer.parcels p
            where p.code operator(pg_catalog.~>=~) $2 and p.code operator(pg_catalog.~<~) ($2 || '~') and p.valid @> $3::date
            order by p.code using operator(pg_catalog.~<~) limit 20)
        union
        (select p.code from layer.district d
            join layer.parcels p on p.code operator(pg_catalog.~>=~) (d.ubigeo || $1)
              and p.code operator(pg_catalog.~<~) (d.ubigeo || $1 || '~') and p.valid @> $3::date
            limit 20)"#,
        said,
        begins,
        day
    )
    .fetch_all(&mut *snapshot)
    .await?;
    let mut codes: Vec<String> = rows.into_iter().map(|row| row.code).collect();
    // A piece from the middle is looked for only when no code begins so: it reads much more of the index.
    if codes.is_empty() {
        codes = sqlx::query_scalar!(
            r#"select p.code as "code!" from layer.parcels p where p.code like '%' || $1 || '%' and p.valid @> $2::date limit 40"#,
            inside,
            day
        )
        .fetch_all(&mut *snapshot)
        .await?;
    }
    codes.retain(|code| scored.iter().all(|(known, _)| known != code));
    scored.extend(codes.into_iter().map(|code| {
        let score = code_score(&code, said, &begins, inside);
        (code, score)
    }));
    scored.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    scored.truncate(MOST);
    parcels(snapshot, &scored, day).await
}

fn code_score(code: &str, said: &str, begins: &str, inside: &str) -> f64 {
    match () {
        () if code == said || code == begins => 1.0,
        () if code.len() == said.len() + 6 && code.ends_with(said) => 0.95,
        () if code.ends_with(inside) => 0.85,
        () if code.starts_with(begins) => 0.8,
        () => 0.6,
    }
}

// Positions --------------------------------------------------------------------------------------------

async fn at(snapshot: &mut PgConnection, x: f64, y: f64, srid: i32, day: NaiveDate) -> Result<Vec<Found>> {
    let row = sqlx::query!(
        r#"select st_x(g.plane) as "easting!", st_y(g.plane) as "northing!", st_x(g.round) as "lon!", st_y(g.round) as "lat!",
            (select d.name from layer.district d where st_intersects(d.geom, g.plane) limit 1) as district,
            array(select p.code from layer.parcels p where p.valid @> $4::date and st_intersects(p.geom, g.plane)
                order by p.code limit 20) as "codes!"
        from (select st_transform(st_setsrid(st_point($1, $2), $3), 32718) as plane,
            st_transform(st_setsrid(st_point($1, $2), $3), 4326) as round) g"#,
        x,
        y,
        srid,
        day
    )
    .fetch_one(&mut *snapshot)
    .await?;
    let scored: Vec<_> = row.codes.into_iter().map(|code| (code, 1.0)).collect();
    let mut found = parcels(snapshot, &scored, day).await?;
    let utm = format!("{:.2} E {:.2} N", row.easting, row.northing);
    let (lon, lat) = ((row.lon * 1e7).round() / 1e7, (row.lat * 1e7).round() / 1e7);
    found.push(Found {
        kind: Kind::Coordinate,
        title: format!("UTM 18S {utm}"),
        subtitle: [Some(format!("{lat:.6}, {lon:.6}")), row.district]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · "),
        code: utm,
        href: on_the_map(Some(lon), Some(lat), 17),
        lon: Some(lon),
        lat: Some(lat),
        bbox: None,
        score: 0.9,
    });
    Ok(found)
}

/// The web map, opened there.
pub fn on_the_map(lon: Option<f64>, lat: Option<f64>, zoom: u8) -> String {
    match (lon, lat) {
        (Some(lon), Some(lat)) => format!("/?at={lat:.6},{lon:.6},{zoom}"),
        _ => "/".to_owned(),
    }
}

fn rectangle(
    west: Option<f64>,
    south: Option<f64>,
    east: Option<f64>,
    north: Option<f64>,
) -> Option<[f64; 4]> {
    Some([west?, south?, east?, north?])
}

// Blocks and lots --------------------------------------------------------------------------------------

async fn lots(
    snapshot: &mut PgConnection,
    block: &str,
    lot: Option<&str>,
    place: &[String],
    day: NaiveDate,
) -> Result<Vec<Found>> {
    let number = format!("{block:0>3}");
    let rows = sqlx::query!(
        r#"select b.ubigeo as "ubigeo!", b.sector as "sector!", b.code as "code!", b.label as "label!", b.settlement,
            st_x(m.middle) as lon, st_y(m.middle) as lat, st_xmin(b.geom_crs84) as west, st_ymin(b.geom_crs84) as south,
            st_xmax(b.geom_crs84) as east, st_ymax(b.geom_crs84) as north
        from layer.blocks b
        cross join lateral (select st_pointonsurface(b.geom_crs84) as middle) m
        where upper(b.label) = $1
          or b.code = $2
        order by b.ubigeo, b.sector, b.code
        limit 500"#,
        block,
        number
    )
    .fetch_all(&mut *snapshot)
    .await?;
    let mut blocks: Vec<Found> = rows
        .into_iter()
        .filter_map(|row| {
            let settlement = row.settlement.unwrap_or_default();
            let fits = if place.is_empty() { 0.9 } else { likeness(place, &tokens(&settlement), &[]) };
            // The letter is what people say; the number is on record beside it.
            let spoken = if row.label.eq_ignore_ascii_case(block) { 1.0 } else { 0.9 };
            (fits >= LEAST).then(|| Found {
                kind: Kind::Block,
                code: format!("{}{}{}", row.ubigeo, row.sector, row.code),
                title: format!("Mz. {}, {settlement}", row.label),
                subtitle: format!("{} {} {}", row.ubigeo, row.sector, row.code),
                href: on_the_map(row.lon, row.lat, 18),
                lon: row.lon,
                lat: row.lat,
                bbox: rectangle(row.west, row.south, row.east, row.north),
                score: fits * spoken * 0.95,
            })
        })
        .collect();
    blocks.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.code.cmp(&b.code)));
    blocks.truncate(60);
    let Some(lot) = lot else { return Ok(blocks) };
    let scored: Vec<_> =
        blocks.iter().map(|block| (format!("{}{lot:0>3}", block.code), block.score / 0.95)).collect();
    let mut found = parcels(snapshot, &scored, day).await?;
    blocks.truncate(5);
    for block in &mut blocks {
        block.score *= 0.9;
    }
    found.extend(blocks);
    Ok(found)
}

// Names ------------------------------------------------------------------------------------------------

async fn named(
    snapshot: &mut PgConnection,
    words: &[String],
    number: Option<&str>,
    day: NaiveDate,
) -> Result<Vec<Found>> {
    // A fifth of the trigrams right makes a candidate (two letters swapped break most); the edits decide.
    sqlx::query!("select set_config('pg_trgm.word_similarity_threshold', '0.2', true)")
        .fetch_one(&mut *snapshot)
        .await?;
    let mut all = words.to_vec();
    all.extend(number.map(str::to_owned));
    let settlements = settlements(snapshot, &all).await?;
    let places: Vec<String> = settlements
        .iter()
        .filter(|place| contains_name(&all, &place.title))
        .map(|place| place.title.clone())
        .collect();
    let streets = streets(snapshot, words, &places).await?;
    let mut found = Vec::new();
    if let Some(number) = number {
        found = addresses(snapshot, &streets, number, day).await?;
    }
    found.extend(settlements.into_iter().filter(|place| place.score >= LEAST));
    found.extend(streets.into_iter().map(|street| street.0));
    Ok(found)
}

/// Whether the words name the place, perhaps among others.
fn contains_name(words: &[String], name: &str) -> bool {
    // What stands in parentheses is seldom said.
    let own = tokens(name.split('(').next().unwrap_or(name));
    likeness(&own, words, &[]) / (0.75 + 0.25 * (own.len() as f64 / words.len().max(1) as f64).min(1.0))
        >= 0.7
}

async fn settlements(snapshot: &mut PgConnection, words: &[String]) -> Result<Vec<Found>> {
    let rows = sqlx::query!(
        r#"select s.ubigeo as "ubigeo!", s.code as "code!", s.name as "name!", s.kind as "kind!", s.population,
            st_x(s.geom_crs84) as lon, st_y(s.geom_crs84) as lat,
            st_xmin(e.box) as west, st_ymin(e.box) as south, st_xmax(e.box) as east, st_ymax(e.box) as north
        from (
            select distinct s.id
            from unnest($1::text[]) w (word)
            join layer.settlements s on w.word operator(public.<%) service.plain(s.name)
            limit 200
        ) c
        join layer.settlements s on s.id = c.id
        cross join lateral (
            select st_extent(b.geom_crs84) as box from layer.blocks b where b.ubigeo = s.ubigeo and b.settlement = s.name
        ) e"#,
        words
    )
    .fetch_all(snapshot)
    .await?;
    let mut found: Vec<Found> = rows
        .into_iter()
        .map(|row| Found {
            kind: Kind::Settlement,
            subtitle: format!("{} {}", row.ubigeo, row.code),
            href: on_the_map(row.lon, row.lat, 15),
            lon: row.lon,
            lat: row.lat,
            bbox: rectangle(row.west, row.south, row.east, row.north),
            score: likeness(words, &tokens(&row.name), &[]),
            title: row.name,
            code: row.code,
        })
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.title.len().cmp(&b.title.len())));
    Ok(found)
}

/// Streets with the code of their district.
async fn streets(
    snapshot: &mut PgConnection,
    words: &[String],
    places: &[String],
) -> Result<Vec<(Found, String)>> {
    let rows = sqlx::query!(
        r#"select t.ubigeo as "ubigeo!", t.code as "code!", t.name as "name!", t.settlement,
            st_x(m.middle) as lon, st_y(m.middle) as lat, st_xmin(t.geom_crs84) as west, st_ymin(t.geom_crs84) as south,
            st_xmax(t.geom_crs84) as east, st_ymax(t.geom_crs84) as north
        from layer.streets t
        cross join lateral (select st_lineinterpolatepoint(t.geom_crs84, 0.5) as middle) m
        where t.settlement = any ($2)
          or (cardinality($2) = 0 and t.id in (
            select n.id
            from unnest($1::text[]) w (word)
            join layer.streets n on w.word operator(public.<%) service.plain(n.name)))
        order by t.id
        limit 2000"#,
        words,
        places
    )
    .fetch_all(snapshot)
    .await?;
    let mut found: Vec<(Found, String)> = rows
        .into_iter()
        .filter_map(|row| {
            let place = row.settlement.unwrap_or_default();
            let score = likeness(words, &tokens(&row.name), &tokens(&place));
            let street = Found {
                kind: Kind::Street,
                title: format!("{}, {place}", row.name),
                subtitle: format!("{} {}", row.ubigeo, row.code),
                href: on_the_map(row.lon, row.lat, 17),
                lon: row.lon,
                lat: row.lat,
                bbox: rectangle(row.west, row.south, row.east, row.north),
                score: score * 0.98,
                code: row.code,
            };
            (score >= LEAST).then_some((street, row.ubigeo))
        })
        .collect();
    found.sort_by(|a, b| b.0.score.total_cmp(&a.0.score).then_with(|| a.0.title.cmp(&b.0.title)));
    found.truncate(MOST);
    Ok(found)
}

async fn addresses(
    snapshot: &mut PgConnection,
    streets: &[(Found, String)],
    number: &str,
    day: NaiveDate,
) -> Result<Vec<Found>> {
    let best = streets.first().map_or(0.0, |street| street.0.score);
    let near: Vec<_> = streets.iter().filter(|street| street.0.score >= 0.85 * best).collect();
    let (ubigeos, codes): (Vec<String>, Vec<String>) =
        near.iter().map(|(street, ubigeo)| (ubigeo.clone(), street.code.clone())).unzip();
    let rows = sqlx::query!(
        r#"select a.parcel_code as "parcel_code!", a.street_code as "street_code!"
        from unnest($1::text[], $2::text[]) w (ubigeo, code)
        join layer.addresses a on a.ubigeo = w.ubigeo and a.street_code = w.code
          and a.house_number = $3 and a.valid @> $4::date
        limit 60"#,
        &ubigeos,
        &codes,
        number,
        day
    )
    .fetch_all(&mut *snapshot)
    .await?;
    let score =
        |code: &str| near.iter().find(|street| street.0.code == code).map_or(0.0, |street| street.0.score);
    let scored: Vec<_> =
        rows.into_iter().map(|row| (row.parcel_code, (score(&row.street_code) * 1.03).min(1.0))).collect();
    parcels(snapshot, &scored, day).await
}
