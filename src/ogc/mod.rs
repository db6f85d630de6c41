//! The faces of a layer: OGC API Features (Parts 1 to 5) and Tiles.
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
pub mod query;
pub(crate) mod reply;
mod schemas;
mod tiles;
mod words;
mod write;

#[cfg(test)]
mod tests;

use crate::access::Permission;
use crate::app::App;
use crate::http::routes::Routes;

/// Everything under `/ogc`.
pub fn routes() -> Routes<App> {
    Routes::default()
        .get("/ogc", Permission::Public, landing::show)
        .get("/ogc/", Permission::Public, landing::show)
        .get("/ogc/api", Permission::Public, openapi::show)
        .get("/ogc/conformance", Permission::Public, conformance::show)
        .get("/ogc/collections", Permission::Public, collections::list)
        .get("/ogc/collections/{id}", Permission::Public, collections::show)
        .get("/ogc/collections/{id}/items", Permission::Public, items::list)
        .get("/ogc/collections/{id}/items/{fid}", Permission::Public, items::show)
        // Whoever is signed in: the grants on the layer's view decide.
        .post("/ogc/collections/{id}/items", Permission::SignedIn, write::create)
        .put("/ogc/collections/{id}/items/{fid}", Permission::SignedIn, write::replace)
        .delete("/ogc/collections/{id}/items/{fid}", Permission::SignedIn, write::delete)
        .options("/ogc/collections/{id}/items", Permission::Public, write::options_of_items)
        .options("/ogc/collections/{id}/items/{fid}", Permission::Public, write::options_of_item)
        .get("/ogc/collections/{id}/schema", Permission::Public, schemas::schema)
        .get("/ogc/collections/{id}/queryables", Permission::Public, schemas::queryables)
        .get("/ogc/collections/{id}/sortables", Permission::Public, schemas::sortables)
        .get("/ogc/tileMatrixSets", Permission::Public, tiles::matrix_sets)
        .get("/ogc/tileMatrixSets/WebMercatorQuad", Permission::Public, tiles::web_mercator_quad)
        .get("/ogc/collections/{id}/tiles", Permission::Public, tiles::collection_tilesets)
        .get("/ogc/collections/{id}/tiles/WebMercatorQuad", Permission::Public, tiles::collection_tileset)
        .get(
            "/ogc/collections/{id}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}",
            Permission::Public,
            tiles::collection_tile,
        )
        .get("/ogc/tiles", Permission::Public, tiles::tilesets)
        .get("/ogc/tiles/WebMercatorQuad", Permission::Public, tiles::tileset)
        .get("/ogc/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}", Permission::Public, tiles::tile)
}
