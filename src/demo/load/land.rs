//! Settlements, sectors, blocks, streets, roads.

use std::collections::BTreeMap;

use anyhow::Result;
use sqlx::PgConnection;

use super::super::copy::copy;
use super::super::defects;
use super::super::district::District;
use super::super::mm::{self, Mm, Ring, grown, hull, write_line, write_multi_polygon, write_point};
use super::{Bases, Counts};

/// The land: settlements, sectors, blocks, streets, roads.
pub async fn land(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let source = "Demostración de Predio: lista del INEI, bosquejo propio";
    sqlx::query(
        "insert into land.district (ubigeo, name, province, department, official_area_km2, source, sharp, fictitious, valid, geom)
         values ($1, $2, $3, $4, $5::float8::numeric, $6, false, $7, '[2010-01-01,)', $8::geometry)",
    )
    .bind(&d.ubigeo)
    .bind(&d.name)
    .bind(&d.province)
    .bind(&d.department)
    .bind((!d.invented).then_some(278.64))
    .bind("Contorno simplificado de gis-data/district.geojson; no es un límite legal")
    .bind(d.invented)
    .bind(polygon_hex(&d.land.outline))
    .execute(&mut *c)
    .await?;
    let places = d.land.places.iter().enumerate();
    let n = copy(c, "land.settlement (id, ubigeo, code, name, kind, population, source, position_is_invented, geom, extent)", places, |(k, place), row| {
        row.put(bases.of("land.settlement", k)).put(&d.ubigeo).text(&place.code).text(&place.name).put(place.kind);
        row.maybe((k == 0 && !d.invented).then_some(11_467)).text(if place.invented { "Demostración: posición inventada" } else { source });
        row.put(place.invented).geom(|out| write_point(out, place.at));
        match d.fabric.extents[k].as_slice() {
            [] => row.null(),
            extent => row.geom(|out| write_multi_polygon(out, &[vec![extent.to_vec()]])),
        };
        row.end();
    })
    .await?;
    counts.insert("land.settlement", n);
    let n = copy(c, "land.sector (ubigeo, code, name, geom)", sectors(d), |(code, name, ring), row| {
        row.put(&d.ubigeo)
            .put(format_args!("{code:02}"))
            .text(&name)
            .geom(|out| write_multi_polygon(out, &[vec![ring]]));
        row.end();
    })
    .await?;
    counts.insert("land.sector", n);
    let blocks = d.fabric.blocks.iter().enumerate();
    let n = copy(
        c,
        "land.block (id, ubigeo, sector_code, code, label, settlement_id, geom)",
        blocks,
        |(k, block), row| {
            row.put(bases.of("land.block", k)).put(&d.ubigeo).put(format_args!("{:02}", block.sector));
            row.put(format_args!("{:03}", block.number))
                .put(block.label())
                .put(bases.of("land.settlement", block.place));
            row.geom(|out| write_multi_polygon(out, &[vec![block.ring.clone()]])).end();
        },
    )
    .await?;
    counts.insert("land.block", n);
    let streets = d.fabric.streets.iter().enumerate();
    let n = copy(
        c,
        "land.street (id, ubigeo, settlement_id, code, name, kind, surface, width_m, geom)",
        streets,
        |(k, street), row| {
            row.put(bases.of("land.street", k)).put(&d.ubigeo).put(bases.of("land.settlement", street.place));
            row.put(format_args!("{:06}", k + 1)).text(&street.name).put(street.kind);
            row.put(if street.paved { "asfalto" } else { "afirmado" }).put(street.width_m);
            row.geom(|out| write_line(out, &street.line)).end();
        },
    )
    .await?;
    counts.insert("land.street", n);
    let n = copy(
        c,
        "land.road (ubigeo, code, name, category, surface, right_of_way_m, geom)",
        &d.land.roads,
        |road, row| {
            row.put(&d.ubigeo).text(&road.code).text(&road.name).put(&road.category);
            row.put(if road.surface == "paved" { "asfalto" } else { "afirmado" }).put(road.right_of_way_m);
            row.geom(|out| write_line(out, &road.line)).end();
        },
    )
    .await?;
    counts.insert("land.road", n);
    Ok(())
}

fn polygon_hex(ring: &Ring) -> String {
    mm::hex_multi_polygon(&[vec![ring.clone()]])
}

/// A sector is the hull of its blocks, a little wider; sector 99 is the site of the deliberate defects.
fn sectors(d: &District) -> Vec<(u8, String, Ring)> {
    let mut corners: BTreeMap<u8, (String, Vec<Mm>)> = BTreeMap::new();
    for block in &d.fabric.blocks {
        let name = &d.land.places[block.place].name;
        let entry = corners.entry(block.sector).or_insert_with(|| (name.clone(), Vec::new()));
        entry.1.extend(&block.ring);
    }
    let mut sectors: Vec<_> =
        corners.into_iter().map(|(code, (name, points))| (code, name, grown(&hull(&points), 1.5))).collect();
    sectors.push((99, "Casos de ensayo".to_owned(), defects::site(&d.land)));
    sectors
}
