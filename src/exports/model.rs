//! The formats as requests name them, and what each cannot hold.

use crate::http::ask::encode;
use crate::http::negotiate::{DXF, FGB, GPKG, KML, Media, SHP};
use crate::layers::Layer;
use crate::layers::request::Request;
use crate::problem::Error;
use crate::spatial::writer::Format;

/// The representations that are files.
pub const OFFERED: &[Media] = &[
    GPKG,
    FGB,
    SHP,
    KML,
    DXF,
    #[cfg(feature = "geoparquet")]
    crate::http::negotiate::PARQUET,
];

/// The format by the name that requests give it.
pub fn named(f: &str) -> Option<Format> {
    OFFERED.iter().find(|media| media.f == f).and_then(|media| media_of(*media))
}

/// The names of all formats.
pub fn names() -> Vec<&'static str> {
    OFFERED.iter().map(|media| media.f).collect()
}

/// The representation in a format.
pub fn media_of_format(format: Format) -> Media {
    OFFERED[Format::ALL.iter().position(|other| *other == format).unwrap_or_default()]
}

/// The format of a representation; none for one that is text as it comes.
pub fn media_of(media: Media) -> Option<Format> {
    OFFERED.iter().position(|other| *other == media).map(|index| Format::ALL[index])
}

/// Where the whole layer is fetched in each format that holds it: in the system that it is stored in, KML in degrees.
pub fn downloads(layer: &Layer) -> Vec<(Media, String)> {
    let mut all = Vec::new();
    for (media, format) in OFFERED.iter().copied().zip(Format::ALL.iter().copied()) {
        let mut request = Request::all(chrono::Utc::now().into());
        if format != Format::Kml {
            request.crs = layer.crs[layer.storage_crs].clone();
        }
        if refusal(format, layer, &request).is_none() {
            let crs = match layer.geometry {
                Some(_) if request.crs != layer.crs[0] => format!("&crs={}", encode(&request.crs.uri)),
                _ => String::new(),
            };
            all.push((media, format!("/ogc/collections/{}/items?f={}{crs}", encode(&layer.name), media.f)));
        }
    }
    all
}

/// Why the format cannot hold this request, with what would help.
pub fn refusal(format: Format, layer: &Layer, request: &Request) -> Option<Error> {
    let has_shape = layer.geometry.is_some() && request.with_geometry;
    let is_mixed = layer.geometry.as_ref().is_some_and(|geometry| geometry.dimension().is_none());
    match format {
        Format::Kml | Format::Dxf if !has_shape => {
            Some(Error::bad("f", "this format holds features with a shape; f=gpkg holds rows without"))
        }
        Format::Kml if !request.crs.degrees => Some(Error::bad(
            "crs",
            "KML holds longitude and latitude only; leave `crs` out, or ask for another format",
        )),
        Format::Dxf if request.crs.degrees => Some(Error::bad(
            "crs",
            "a drawing is in metres; add crs=http://www.opengis.net/def/crs/EPSG/0/32718",
        )),
        Format::Shapefile if has_shape && is_mixed => Some(Error::bad(
            "f",
            "a shapefile holds one type of shape, and this collection may have several; f=gpkg holds them",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_representation_has_its_format() {
        assert_eq!(media_of(GPKG), Some(Format::GeoPackage));
        assert_eq!(media_of(SHP), Some(Format::Shapefile));
        assert_eq!(media_of(DXF), Some(Format::Dxf));
        assert_eq!(media_of(crate::http::negotiate::CSV), None);
    }
}
