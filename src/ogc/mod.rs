//! The faces of a layer: OGC API Features (Parts 1, 2, 5) and Tiles.
//!
//! Invariants: everything is derived from the layer, nothing is said of one layer by name; every representation
//! of a collection comes from the same request to it; a demonstration says so in each; what `/ogc/conformance`
//! declares is true.

mod collections;
mod conformance;
mod items;
mod landing;
mod openapi;
mod pages;
mod query;
pub(crate) mod reply;
mod schemas;
mod tiles;
mod words;

#[cfg(test)]
mod tests;

use axum::routing::get;

use crate::access::Permission;
use crate::app::App;
use crate::http::routes::Routes;

/// Everything under `/ogc`.
pub fn routes() -> Routes<App> {
    Routes::default()
        .add("/ogc", Permission::Public, get(landing::show))
        .add("/ogc/", Permission::Public, get(landing::show))
        .add("/ogc/api", Permission::Public, get(openapi::show))
        .add("/ogc/conformance", Permission::Public, get(conformance::show))
        .add("/ogc/collections", Permission::Public, get(collections::list))
        .add("/ogc/collections/{id}", Permission::Public, get(collections::show))
        .add("/ogc/collections/{id}/items", Permission::Public, get(items::list))
        .add("/ogc/collections/{id}/items/{fid}", Permission::Public, get(items::show))
        .add("/ogc/collections/{id}/schema", Permission::Public, get(schemas::schema))
        .add("/ogc/collections/{id}/queryables", Permission::Public, get(schemas::queryables))
        .add("/ogc/collections/{id}/sortables", Permission::Public, get(schemas::sortables))
        .add("/ogc/tileMatrixSets", Permission::Public, get(tiles::matrix_sets))
        .add("/ogc/tileMatrixSets/WebMercatorQuad", Permission::Public, get(tiles::web_mercator_quad))
        .add("/ogc/collections/{id}/tiles", Permission::Public, get(tiles::collection_tilesets))
        .add(
            "/ogc/collections/{id}/tiles/WebMercatorQuad",
            Permission::Public,
            get(tiles::collection_tileset),
        )
        .add(
            "/ogc/collections/{id}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}",
            Permission::Public,
            get(tiles::collection_tile),
        )
        .add("/ogc/tiles", Permission::Public, get(tiles::tilesets))
        .add("/ogc/tiles/WebMercatorQuad", Permission::Public, get(tiles::tileset))
        .add(
            "/ogc/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}",
            Permission::Public,
            get(tiles::tile),
        )
}
