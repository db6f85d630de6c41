//! What a file says about itself.

use gdal::spatial_ref::SpatialRef;
use gdal::vector::{Layer, LayerAccess};

use super::plan::Plan;
use crate::spatial::wire::{Crs, Field, Header};

pub fn header(driver: &str, layer: &Layer<'_>, plan: &Plan) -> Header {
    Header {
        driver: driver.to_owned(),
        layer: layer.name(),
        fields: plan
            .fields
            .iter()
            .map(|field| Field { name: field.name.clone(), kind: field.kind })
            .collect(),
        crs: layer.spatial_ref().map(|system| describe(driver, &system)),
        encoding: plan.text.report.clone(),
        geometry: gdal::vector::geometry_type_to_name(layer.defn().geometry_type()),
        announced: layer.try_feature_count(),
        notes: Vec::new(),
        mark: None,
    }
}

/// A reference system, described far enough to find it in PostGIS.
pub fn describe(driver: &str, system: &SpatialRef) -> Crs {
    let mut system = system.clone();
    let node = if system.is_projected() { "PROJCS" } else { "GEOGCS" };
    let part = |system: &SpatialRef, path: &str, child| system.get_attr_value(path, child).ok().flatten();
    let authority = |system: &SpatialRef| {
        let name = part(system, &format!("{node}|AUTHORITY"), 0)?;
        Some((name, part(system, &format!("{node}|AUTHORITY"), 1)?.parse().unwrap_or(0)))
    };
    let mut found = authority(&system);
    if found.is_none() && system.auto_identify_epsg().is_ok() {
        found = authority(&system);
    }
    // Heights are left out, so longitude, latitude and height is longitude and latitude.
    if found == Some(("EPSG".to_owned(), 4979)) {
        found = Some(("EPSG".to_owned(), 4326));
    }
    let code = found.as_ref().map(|(_, code)| *code);
    Crs {
        name: part(&system, node, 0).or_else(|| system.name()).unwrap_or_default(),
        authority: found,
        datum: part(&system, "DATUM|AUTHORITY", 1).and_then(|code| code.parse().ok()),
        proj4: system.to_proj4().unwrap_or_default(),
        geographic: system.is_geographic(),
        by_format: code == Some(4326) && matches!(driver, "GeoJSON" | "GeoJSONSeq" | "TopoJSON" | "CSV"),
    }
}
