//! The classes of findings: stable names, severity, and what each means in Spanish and English.
//!
//! A feature with an error is not accepted; it stays in the staging table and is listed. What only weighs less is
//! told, and the feature enters. Names are contract.

use super::model::Finding;
use crate::layers::Text;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The feature cannot enter as it is.
    Error,
    /// It enters, and somebody should look.
    Warning,
    /// Told for the record.
    Notice,
}

impl Severity {
    /// As it stands in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// A class of findings. Texts have places for `{measure}`, `{other}`, `{field}`, `{detail}`,
/// `{vertex}` and `{feature}`.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    pub name: &'static str,
    pub severity: Severity,
    pub es: &'static str,
    pub en: &'static str,
}

const fn class(name: &'static str, severity: Severity, es: &'static str, en: &'static str) -> Class {
    Class { name, severity, es, en }
}

use Severity::{Error, Notice, Warning};

/// Every class.
pub const CLASSES: &[Class] = &[
    class(
        "unreadable",
        Error,
        "el formato no se pudo leer: {detail}",
        "the driver could not read it: {detail}",
    ),
    class(
        "geometry_type_unsupported",
        Error,
        "tipo de geometría que no se admite (superficies, TIN)",
        "a type of geometry that is not taken (surfaces, TIN)",
    ),
    class(
        "coordinate_not_finite",
        Error,
        "una coordenada no es un número ({detail})",
        "a coordinate is not a number ({detail})",
    ),
    class(
        "ring_not_closed",
        Error,
        "anillo sin cerrar ({detail}); se ofrece cerrarlo con un lado recto",
        "a ring is not closed ({detail}); closing it by a straight side is offered",
    ),
    class(
        "too_few_vertices",
        Error,
        "muy pocos vértices para ser una figura",
        "too few vertices to be a shape",
    ),
    class("geometry_missing", Error, "no tiene geometría", "it has no geometry"),
    class(
        "position_impossible",
        Error,
        "sus números no pueden ser un lugar en el sistema de la entrega",
        "its numbers can be no place in the delivery's system",
    ),
    class(
        "mixed_dimensions",
        Error,
        "mezcla puntos, líneas y superficies; se ofrece quedarse con las de la capa",
        "points, lines and surfaces together; keeping those of the layer is offered",
    ),
    class(
        "geometry_type_wrong",
        Error,
        "es {detail}, y la capa recibe otro tipo",
        "it is {detail}, and the layer takes another type",
    ),
    class(
        "parts_not_taken",
        Error,
        "tiene {measure} partes y la capa recibe una sola",
        "it has {measure} parts and the layer takes a single one",
    ),
    class("several_parts", Warning, "tiene {measure} partes separadas", "it has {measure} separate parts"),
    class("self_intersection", Error, "el contorno se cruza a sí mismo", "the outline crosses itself"),
    class(
        "ring_self_intersection",
        Error,
        "un anillo se toca o se cruza a sí mismo en un vértice",
        "a ring touches or crosses itself at a vertex",
    ),
    class("hole_outside_shell", Error, "un hueco está fuera de su contorno", "a hole lies outside its shell"),
    class("holes_nested", Error, "un hueco está dentro de otro", "a hole lies in another one"),
    class("interior_disconnected", Error, "el interior queda partido", "the interior is disconnected"),
    class("shells_nested", Error, "una parte está dentro de otra", "a part lies in another one"),
    class("rings_duplicate", Error, "dos anillos son iguales", "two rings are the same"),
    class("geometry_invalid", Error, "geometría no válida: {detail}", "invalid geometry: {detail}"),
    class("has_height", Notice, "trae altura, que no se guarda", "it has heights, which are not kept"),
    class(
        "has_arcs",
        Notice,
        "trae arcos, que se vuelven cuerdas a menos de 1 mm",
        "it has arcs, which become chords within 1 mm",
    ),
    class("duplicate_vertex", Warning, "vértices repetidos: {measure}", "repeated vertices: {measure}"),
    class(
        "spike",
        Warning,
        "punta de {measure}°: el contorno va y vuelve por el mismo camino",
        "a spike of {measure}°: the outline goes and comes back the same way",
    ),
    class(
        "duplicate_feature",
        Error,
        "es igual al elemento {other}, que ya está en la entrega",
        "the same as feature {other}, which is in the delivery already",
    ),
    class(
        "sliver",
        Warning,
        "astilla: su ancho medio es {measure} m",
        "a sliver: its mean width is {measure} m",
    ),
    class(
        "area_outlier",
        Warning,
        "mide {measure} m², mucho más que los demás: ¿es un lote?",
        "it measures {measure} m², far more than the others: is it a lot?",
    ),
    class(
        "overlap_in_delivery",
        Warning,
        "se superpone {measure} m² con el elemento {other} de la entrega",
        "it overlaps feature {other} of the delivery by {measure} m²",
    ),
    class(
        "overlap_with_agreed",
        Error,
        "se superpone {measure} m² con el lote {other}, que está conforme: divida o independice ese lote",
        "it overlaps parcel {other}, which is agreed, by {measure} m²: split or detach that parcel",
    ),
    class(
        "overlap_with_provisional",
        Warning,
        "se superpone {measure} m² con el lote provisional {other}",
        "it overlaps the provisional parcel {other} by {measure} m²",
    ),
    class(
        "already_in_fabric",
        Error,
        "es el lote {other}, que ya está en el catastro",
        "it is parcel {other}, which is in the cadastre already",
    ),
    class(
        "gap",
        Warning,
        "vacío de {measure} m² entre lotes, que no es de nadie",
        "a gap of {measure} m² between lots that belongs to none",
    ),
    class(
        "corner_not_matched",
        Warning,
        "vértice {vertex} a {measure} m del vértice que debería compartir con el elemento {other}",
        "vertex {vertex} is {measure} m from the one that it should share with feature {other}",
    ),
    class(
        "corner_near_fabric",
        Warning,
        "vértice {vertex} a {measure} m de un vértice del lote {other} del catastro",
        "vertex {vertex} is {measure} m from a corner of parcel {other} of the cadastre",
    ),
    class(
        "edge_not_matched",
        Warning,
        "su lindero y el del elemento {other} se montan {measure} m de ancho medio, menos que la exactitud de la entrega: es uno solo",
        "its boundary and that of feature {other} overlap by a mean width of {measure} m, less than the delivery's accuracy: it is one",
    ),
    class(
        "edge_near_fabric",
        Warning,
        "su lindero y el del lote provisional {other} se montan {measure} m de ancho medio, menos que la exactitud de la entrega: es uno solo",
        "its boundary and that of the provisional parcel {other} overlap by a mean width of {measure} m, less than the delivery's accuracy: it is one",
    ),
    class(
        "outside_district",
        Error,
        "está fuera del distrito, a {measure} m",
        "it lies outside the district, {measure} m away",
    ),
    class("crosses_district", Warning, "sale del distrito", "it reaches beyond the district"),
    class(
        "block_by_place",
        Notice,
        "sin manzana en el archivo: por su lugar es {other} (dentro en {measure})",
        "no block in the file: by its place it is {other} (share inside {measure})",
    ),
    class(
        "block_not_of_place",
        Warning,
        "el archivo dice manzana {detail}; por su lugar es {other} (dentro en {measure}), y así entra",
        "the file says block {detail}; by its place it is {other} (share inside {measure}), and so it enters",
    ),
    class(
        "lot_crosses_block",
        Warning,
        "ninguna manzana lo contiene en 90 %; la mayor es {other} (dentro en {measure}): entra sin manzana",
        "no block holds 90 % of it; the largest is {other} (share inside {measure}): it enters without a block",
    ),
    class(
        "block_not_found",
        Warning,
        "no está en ninguna manzana: entra con número local",
        "it is in no block: it enters with a local number",
    ),
    class(
        "area_differs",
        Warning,
        "área declarada y dibujada difieren {measure} %, más que la tolerancia ({detail})",
        "declared and drawn area differ by {measure} %, more than the tolerance ({detail})",
    ),
    class(
        "code_syntax",
        Warning,
        "«{detail}» no tiene la forma de un código de lote del distrito",
        "'{detail}' is not of the form of a lot code of the district",
    ),
    class(
        "code_duplicate",
        Warning,
        "«{detail}» ({field}) se repite; lo tiene primero el elemento {other}",
        "'{detail}' ({field}) is repeated; feature {other} has it first",
    ),
    class(
        "code_not_of_place",
        Warning,
        "el código {detail} no es de su lugar, donde comienzan con {other}",
        "code {detail} is not of its place, where they begin with {other}",
    ),
    class(
        "code_taken",
        Warning,
        "el código {detail} ya es de un lote del catastro; la base asignará otro",
        "code {detail} is a parcel's of the cadastre already; the database will allocate another",
    ),
    class(
        "zeros_restored",
        Notice,
        "a «{detail}» ({field}) se le repusieron ceros perdidos",
        "lost zeros were put back to '{detail}' ({field})",
    ),
    class(
        "attribute_missing",
        Error,
        "falta {field}, que la capa exige",
        "{field} is missing, and the layer asks for it",
    ),
    class("attribute_impossible", Error, "«{detail}» no puede ser {field}", "'{detail}' cannot be {field}"),
    class(
        "date_impossible",
        Warning,
        "{field}: «{detail}» no es una fecha; queda vacía",
        "{field}: '{detail}' is no date; it is left empty",
    ),
    class(
        "number_impossible",
        Warning,
        "{field}: «{detail}» no es un número; queda vacío",
        "{field}: '{detail}' is no number; it is left empty",
    ),
    class(
        "id_twice",
        Error,
        "el identificador {other} está en más de un elemento (¿una copia?); al nuevo se le quita",
        "identifier {other} is in more than one feature (a copy?); take it out of the new one",
    ),
    class(
        "id_not_of_copy",
        Error,
        "el identificador {other} no estaba en lo que salió; un elemento nuevo no lleva ninguno",
        "identifier {other} was not in what went out; a new feature has none",
    ),
    class(
        "polygon_by_operation",
        Warning,
        "el polígono del lote {other} cambió: no se aplica, cambia por una operación (adjust; replace con este polígono, POST …/features/{feature}/replace/{other}); los demás datos sí",
        "the polygon of parcel {other} changed: it is not applied, it changes by an operation (adjust; replace with this polygon, POST …/features/{feature}/replace/{other}); other values are",
    ),
    class(
        "property_not_taken",
        Notice,
        "{field}: «{detail}» no se escribe; lo calcula la base de datos o queda con el objeto",
        "{field}: '{detail}' is not written; the database works it out or it stays with the object",
    ),
    class(
        "column_not_of_copy",
        Notice,
        "la columna {field} no salió con la capa y no se guarda",
        "column {field} did not go out with the layer and is not kept",
    ),
    class(
        "absence_uncertain",
        Error,
        "hay elementos que no se pueden leer, así que los {measure} que faltan no cuentan como borrados",
        "there are features that cannot be read, so the {measure} that are absent do not count as deleted",
    ),
    class(
        "many_absent",
        Warning,
        "faltan {measure} elementos de los que salieron: se borrarían; ¿se guardó solo una parte?",
        "{measure} of the features that went out are absent: they would be deleted; was only a part saved?",
    ),
    class("file_note", Warning, "al leer el archivo: {detail}", "reading the file: {detail}"),
    class(
        "text_cut",
        Notice,
        "{field}: el texto está cortado en medio de una letra",
        "{field}: the text is cut in the middle of a letter",
    ),
    class(
        "text_in_other_encoding",
        Notice,
        "{field}: «{detail}» está en otra codificación que el archivo",
        "{field}: '{detail}' is in another encoding than the file",
    ),
    class(
        "text_with_no_character",
        Warning,
        "{field}: «{detail}» tiene bytes que no son letras",
        "{field}: '{detail}' has bytes that are no letters",
    ),
    class(
        "personal_column",
        Notice,
        "la columna {field} parece de personas ({detail}) y no se guardó",
        "column {field} looks like people ({detail}) and was not kept",
    ),
    class(
        "encoding_not_as_declared",
        Notice,
        "la codificación que el archivo declara no es la de su texto: {detail}",
        "the encoding that the file declares is not that of its text: {detail}",
    ),
    class(
        "datum_changed",
        Notice,
        "coordenadas PSAD56 llevadas a WGS 84 por la operación fijada: {detail}",
        "PSAD56 coordinates brought to WGS 84 by the pinned operation: {detail}",
    ),
    class(
        "zone_changed",
        Notice,
        "coordenadas de la zona 17 llevadas a la 18: {detail}",
        "coordinates of zone 17 brought to 18: {detail}",
    ),
    class("building_outside_parcels", Warning, "no está en ningún lote", "it stands in no parcel"),
    class(
        "building_crosses_parcel",
        Warning,
        "el lote que más la contiene es {other} (dentro en {measure})",
        "the parcel that holds most of it is {other} (share inside {measure})",
    ),
    class("line_end_free", Notice, "el extremo {vertex} no toca nada", "end {vertex} touches nothing"),
    class(
        "line_end_near",
        Warning,
        "el extremo {vertex} queda a {measure} m de otra línea sin tocarla",
        "end {vertex} is {measure} m from another line without touching it",
    ),
    class("line_too_short", Warning, "línea de {measure} m", "a line of {measure} m"),
    class(
        "lines_cross",
        Warning,
        "cruza la línea {other} sin nudo",
        "it crosses line {other} without a node",
    ),
    class(
        "diameter_unlikely",
        Warning,
        "diámetro de {measure} mm: ¿está en otra unidad?",
        "a diameter of {measure} mm: is it in another unit?",
    ),
    class(
        "asset_off_network",
        Warning,
        "no está sobre ninguna línea de su red",
        "it stands on no line of its network",
    ),
    class(
        "zone_class_unknown",
        Error,
        "el plan no tiene la clase «{detail}»",
        "the plan has no class '{detail}'",
    ),
    class(
        "refused_by_rule",
        Error,
        "una regla de la base de datos lo rechaza: {detail}",
        "a rule of the database refuses it: {detail}",
    ),
];

/// The class of that name.
pub fn named(name: &str) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.name == name)
}

impl Finding {
    /// What it means, in Spanish and in English.
    pub fn in_words(&self) -> (String, String) {
        let (es, en) = named(&self.class)
            .map_or((self.class.as_str(), self.class.as_str()), |class| (class.es, class.en));
        // What was told in both languages is told in each.
        let detail = Text::parse(self.detail.as_deref().unwrap_or_default());
        (self.fill(es, &detail.es), self.fill(en, &detail.en))
    }

    fn fill(&self, text: &str, detail: &str) -> String {
        let measure = self.measure.map(number).unwrap_or_default();
        let vertex = self.vertex.map(|vertex| vertex.to_string()).unwrap_or_default();
        let feature = self.number.map(|number| number.to_string()).unwrap_or_default();
        let word = |word: &Option<String>| word.clone().unwrap_or_default();
        text.replace("{measure}", &measure)
            .replace("{vertex}", &vertex)
            .replace("{feature}", &feature)
            .replace("{other}", &word(&self.other))
            .replace("{field}", &word(&self.field))
            .replace("{detail}", detail)
    }
}

/// A measure with as many decimals as it is worth.
fn number(measure: f64) -> String {
    let text = if measure.abs() < 1.0 { format!("{measure:.4}") } else { format!("{measure:.2}") };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_name_of_its_own_and_says_something_in_both_languages() {
        for (k, class) in CLASSES.iter().enumerate() {
            assert!(CLASSES[..k].iter().all(|other| other.name != class.name), "{}", class.name);
            assert!(class.es.len() > 8 && class.en.len() > 8 && class.es != class.en, "{}", class.name);
        }
        assert!(CLASSES.len() >= 30);
    }

    #[test]
    fn measures_are_short() {
        assert_eq!(number(0.0123), "0.0123");
        assert_eq!(number(218_486.0), "218486");
        assert_eq!(number(12.346), "12.35");
    }
}
