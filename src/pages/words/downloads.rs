//! The words of the downloads of districts.

use crate::http::negotiate::Language;

/// Every word of these pages besides the data.
#[expect(missing_docs, reason = "each says itself")]
pub struct DownloadWords {
    pub title: &'static str,
    pub of: &'static str,
    pub text: &'static str,
    pub none: &'static str,
    pub none_hint: &'static str,
    pub date: &'static str,
    pub file: &'static str,
    pub size: &'static str,
    pub features: &'static str,
    pub sha256: &'static str,
    pub check: &'static str,
    pub check_text: &'static str,
    pub check_windows: &'static str,
    pub same: &'static str,
    pub layers: &'static str,
    pub left_out: &'static str,
    pub districts: &'static str,
}

const ES: DownloadWords = DownloadWords {
    title: "Descargas por distrito",
    of: "Descargas de",
    text: "Todas las capas públicas del distrito en un GeoPackage por día, con sus estilos para QGIS, su diccionario de datos y sus metadatos. Se hace cada día y se guarda por unos días. No contiene datos personales.",
    none: "Todavía no hay ninguna descarga.",
    none_hint: "El servicio hace una al día; la primera, unos minutos después de comenzar. También se hace a pedido:",
    date: "Fecha",
    file: "Archivo",
    size: "Tamaño [bytes]",
    features: "Objetos",
    sha256: "SHA-256",
    check: "Cómo comprobarla",
    check_text: "Descargue el archivo y su suma, y compárelos: si dice «La suma coincide» u «OK», el archivo llegó entero y es el que se publicó.",
    check_windows: "En Windows (PowerShell), compare a la vista con la suma de esta página:",
    same: "La misma base de datos en la misma fecha, con la misma versión del programa, da los mismos bytes: cualquiera que tenga ambas puede repetir el archivo y su suma.",
    layers: "Capas que contiene",
    left_out: "Capas públicas que no contiene, porque sus objetos no dicen a qué distrito pertenecen",
    districts: "Distritos",
};

const EN: DownloadWords = DownloadWords {
    title: "Downloads by district",
    of: "Downloads of",
    text: "All public layers of the district in one GeoPackage a day, with their styles for QGIS, data dictionary and metadata. It is made every day and kept for some days. It holds no personal data.",
    none: "There is no download yet.",
    none_hint: "The service makes one a day; the first a few minutes after it began. It can be made by hand, too:",
    date: "Date",
    file: "File",
    size: "Size [bytes]",
    features: "Features",
    sha256: "SHA-256",
    check: "How to check it",
    check_text: "Download the file and its sum, and compare them: when it says «OK», the file arrived whole and is the one that was published.",
    check_windows: "On Windows (PowerShell), compare by eye with the sum on this page:",
    same: "The same database on the same date, with the same version of the program, makes the same bytes: whoever has both can repeat the file and its sum.",
    layers: "Layers in it",
    left_out: "Public layers that are not in it, because their features do not say their district",
    districts: "Districts",
};

/// The words of `language`.
pub const fn of(language: Language) -> &'static DownloadWords {
    match language {
        Language::Es => &ES,
        Language::En => &EN,
    }
}
