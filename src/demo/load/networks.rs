//! Mains, assets, connections and the services of each parcel.

use anyhow::Result;
use sqlx::PgConnection;

use super::super::copy::copy;
use super::super::district::District;
use super::super::mm::{write_line, write_multi_polygon, write_point};
use super::super::networks::{NETWORKS, Service};
use super::{Bases, Counts};

/// Mains, assets, connections and the services of each parcel.
pub async fn networks(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let mains = d.mains.lines.iter().enumerate();
    let columns = "utility.line (id, ubigeo, network, kind, name, material, diameter_mm, voltage_kv, installed_year, state, provider, geom)";
    let n = copy(c, columns, mains, |(k, main), row| {
        row.put(bases.of("utility.line", k))
            .put(&d.ubigeo)
            .put(NETWORKS[main.network])
            .put(main.kind)
            .text(&main.name);
        row.put(main.material)
            .maybe(main.diameter_mm)
            .maybe(main.voltage_kv)
            .maybe(main.year)
            .put(main.state);
        row.text(main.provider).geom(|out| write_line(out, &main.line)).end();
    })
    .await?;
    counts.insert("utility.line", n);
    let assets = d.mains.assets.iter().enumerate();
    let columns =
        "utility.asset (ubigeo, network, kind, code, material, installed_year, state, line_id, geom)";
    let n = copy(c, columns, assets, |(k, asset), row| {
        row.put(&d.ubigeo)
            .put(NETWORKS[asset.network])
            .put(asset.kind)
            .put(format_args!("F-{:06}", k + 1))
            .put(asset.material);
        row.maybe(asset.year).put(asset.state).maybe(asset.main.map(|main| bases.of("utility.line", main)));
        row.geom(|out| write_point(out, asset.at)).end();
    })
    .await?;
    counts.insert("utility.asset", n);
    let connections = d.parcels.iter().enumerate().flat_map(|(k, parcel)| {
        (0..3).filter_map(move |network| match parcel.services[network] {
            Service::Connected(main) => Some((k, parcel, network, main)),
            _ => None,
        })
    });
    let columns = "utility.service_connection (ubigeo, network, parcel_id, line_id, state, since, geom)";
    let n = copy(c, columns, connections, |(k, parcel, network, main), row| {
        let state = ["active", "active", "active", "active", "active", "active", "inactive", "cut"]
            [(k * 7 + network) % 8];
        row.put(&d.ubigeo)
            .put(NETWORKS[network])
            .put(bases.of("land.parcel", k))
            .put(bases.of("utility.line", main))
            .put(state);
        row.put(format_args!("{}-0{}-01", 1995 + (k * 3 + network) % 27, 1 + k % 9))
            .geom(|out| write_point(out, parcel.front))
            .end();
    })
    .await?;
    counts.insert("utility.service_connection", n);
    let parcels = d.parcels.iter().enumerate();
    let n = copy(
        c,
        "utility.parcel_service (parcel_id, water, sewer, power, as_of)",
        parcels,
        |(k, parcel), row| {
            row.put(bases.of("land.parcel", k));
            parcel.services.iter().for_each(|service| {
                row.put(service.word());
            });
            row.put("2024-12-31").end();
        },
    )
    .await?;
    counts.insert("utility.parcel_service", n);
    let recorded =
        (0..3).flat_map(|network| d.mains.recorded_places(network).map(move |place| (network, place)));
    let recorded = recorded.filter(|(_, place)| d.fabric.extents[*place].len() > 2);
    let n = copy(
        c,
        "utility.recorded_area (ubigeo, network, as_of, office, geom)",
        recorded,
        |(network, place), row| {
            row.put(&d.ubigeo)
                .put(NETWORKS[network])
                .put("2024-12-31")
                .text("Gerencia de servicios (ficticia)");
            row.geom(|out| write_multi_polygon(out, &[vec![d.fabric.extents[place].clone()]])).end();
        },
    )
    .await?;
    counts.insert("utility.recorded_area", n);
    Ok(())
}
