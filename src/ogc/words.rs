//! The words of the pages, in both languages; a word that is missing in one does not compile.

use crate::http::negotiate::Language;

/// Every word that a page shows besides the data.
pub struct Words {
    pub skip: &'static str,
    pub breadcrumb: &'static str,
    pub other_tag: &'static str,
    pub other_name: &'static str,
    pub home: &'static str,
    pub collections: &'static str,
    pub items: &'static str,
    pub conformance: &'static str,
    pub conformance_text: &'static str,
    pub resources: &'static str,
    pub fields: &'static str,
    pub field: &'static str,
    pub meaning: &'static str,
    pub kind: &'static str,
    pub nothing: &'static str,
    pub next: &'static str,
    pub api: &'static str,
    pub api_text: &'static str,
    pub parameters: &'static str,
    pub identifier: &'static str,
    pub storage_crs: &'static str,
    pub extent: &'static str,
    pub geometry: &'static str,
    pub of: &'static str,
    pub features: &'static str,
    pub unknown: &'static str,
}

const ES: Words = Words {
    skip: "Ir al contenido",
    breadcrumb: "Dónde estoy",
    other_tag: "en",
    other_name: "English",
    home: "Inicio",
    collections: "Capas",
    items: "Objetos",
    conformance: "Normas que cumple",
    conformance_text: "Clases de conformidad de las normas OGC API.",
    resources: "Recursos",
    fields: "Campos",
    field: "Campo",
    meaning: "Significado",
    kind: "Tipo",
    nothing: "Ningún objeto cumple lo pedido.",
    next: "Página siguiente",
    api: "Definición de la API",
    api_text: "Direcciones del servicio y sus parámetros. La definición OpenAPI está en JSON.",
    parameters: "Parámetros",
    identifier: "Identificador",
    storage_crs: "Sistema de referencia",
    extent: "Extensión (oeste, sur, este, norte)",
    geometry: "Geometría",
    of: "de",
    features: "objetos",
    unknown: "sin dato",
};

const EN: Words = Words {
    skip: "Skip to content",
    breadcrumb: "Where am I",
    other_tag: "es",
    other_name: "Español",
    home: "Home",
    collections: "Layers",
    items: "Features",
    conformance: "Standards it conforms to",
    conformance_text: "Conformance classes of the OGC API standards.",
    resources: "Resources",
    fields: "Fields",
    field: "Field",
    meaning: "Meaning",
    kind: "Type",
    nothing: "No feature matches what was asked.",
    next: "Next page",
    api: "Definition of the API",
    api_text: "Addresses of the service and their parameters. The OpenAPI definition is in JSON.",
    parameters: "Parameters",
    identifier: "Identifier",
    storage_crs: "Reference system",
    extent: "Extent (west, south, east, north)",
    geometry: "Geometry",
    of: "of",
    features: "features",
    unknown: "no data",
};

/// The words of `language`.
pub const fn of(language: Language) -> &'static Words {
    match language {
        Language::Es => &ES,
        Language::En => &EN,
    }
}
