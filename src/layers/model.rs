//! What a layer is: names, columns, geometry, time.

use super::crs::Crs;
use super::door::Door;

/// A text in both languages of the service.
#[derive(Clone, Debug, PartialEq, Eq, Default, serde::Deserialize)]
pub struct Text {
    /// Spanish.
    pub es: String,
    /// English.
    pub en: String,
}

impl Text {
    /// Reads a comment `es: … | en: …`; one without these marks counts for both languages.
    pub fn parse(comment: &str) -> Self {
        let comment = comment.trim();
        let Some(rest) = comment.strip_prefix("es:") else {
            return Self { es: comment.to_owned(), en: comment.to_owned() };
        };
        let (es, en) = match rest.split_once("| en:") {
            Some((es, en)) => (es.trim(), en.trim()),
            None => (rest.trim(), rest.trim()),
        };
        Self { es: es.to_owned(), en: en.to_owned() }
    }

    fn map(&self, change: impl Fn(&str) -> String) -> Self {
        Self { es: change(&self.es), en: change(&self.en) }
    }

    /// Title and description: the title ends at the first ". "; without one the whole is the title.
    pub fn split_title(&self) -> (Self, Self) {
        let title = |text: &str| {
            text.split_once(". ").map_or(text, |(title, _)| title).trim_end_matches('.').to_owned()
        };
        let rest = |text: &str| text.split_once(". ").map_or("", |(_, rest)| rest).to_owned();
        (self.map(title), self.map(rest))
    }

    /// Takes a unit in square brackets off the end, for example `Área gráfica [m²]`.
    pub fn split_unit(&self) -> (Self, Option<String>) {
        let unit = |text: &str| {
            let (head, unit) = text.strip_suffix(']')?.rsplit_once('[')?;
            Some((head.trim_end().to_owned(), unit.to_owned()))
        };
        let found = unit(&self.es).or_else(|| unit(&self.en)).map(|(_, unit)| unit);
        (self.map(|text| unit(text).map_or_else(|| text.to_owned(), |(head, _)| head)), found)
    }
}

/// How a column's values are read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `bool`
    Bool,
    /// `int2`
    Int2,
    /// `int4`
    Int4,
    /// `int8`
    Int8,
    /// `float4`
    Float4,
    /// `float8`
    Float8,
    /// `numeric`: read as text, written as a number.
    Numeric,
    /// `text`, `varchar`, `bpchar`, `name`
    Text,
    /// `uuid`
    Uuid,
    /// `date`
    Date,
    /// `timestamp`: written without a zone.
    Timestamp,
    /// `timestamptz`: written in UTC.
    TimestampTz,
    /// `json`, `jsonb`, arrays: written as JSON.
    Json,
    /// Anything else: the database's text form.
    Other,
}

impl Kind {
    /// The kind of the base type `name` with catalogue category `category`.
    pub fn of(name: &str, category: &str) -> Self {
        match name {
            "bool" => Self::Bool,
            "int2" => Self::Int2,
            "int4" => Self::Int4,
            "int8" => Self::Int8,
            "float4" => Self::Float4,
            "float8" => Self::Float8,
            "numeric" => Self::Numeric,
            "text" | "varchar" | "bpchar" | "name" => Self::Text,
            "uuid" => Self::Uuid,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            "timestamptz" => Self::TimestampTz,
            "json" | "jsonb" => Self::Json,
            _ if category == "A" => Self::Json,
            _ => Self::Other,
        }
    }

    /// Whether values can be asked for by equality, as a parameter.
    pub const fn is_queryable(self) -> bool {
        !matches!(self, Self::Json)
    }

    /// Whether values have an order worth sorting by.
    pub const fn is_sortable(self) -> bool {
        !matches!(self, Self::Json | Self::Other)
    }

    /// JSON Schema type and format.
    pub const fn schema(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Bool => ("boolean", None),
            Self::Int2 | Self::Int4 | Self::Int8 => ("integer", None),
            Self::Float4 | Self::Float8 | Self::Numeric => ("number", None),
            Self::Uuid => ("string", Some("uuid")),
            Self::Date => ("string", Some("date")),
            Self::TimestampTz => ("string", Some("date-time")),
            Self::Text | Self::Timestamp | Self::Json | Self::Other => ("string", None),
        }
    }
}

/// A column that is served as a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name of the property.
    pub name: String,
    /// The database's type, for casts of bound text (`pg_catalog.format_type`).
    pub sql_type: String,
    /// How its values are read and written.
    pub kind: Kind,
    /// SQL that yields the value from the row: a quoted name, or a bound of the validity.
    pub source: String,
    /// What it is called.
    pub title: Text,
    /// Unit of measure.
    pub unit: Option<String>,
    /// Part 5's role of the property.
    pub role: Option<&'static str>,
}

impl Column {
    /// Whether it holds lists of PostgreSQL's own; of JSON only a row says what it is.
    pub fn is_array(&self) -> bool {
        self.kind == Kind::Json && !matches!(self.sql_type.as_str(), "json" | "jsonb")
    }
}

/// The geometry column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Name of the column.
    pub column: String,
    /// PostGIS's type name, for example `MultiPolygon`.
    pub kind: String,
    /// SRID it is stored in.
    pub srid: i32,
    /// Whether `geom_crs84` stands beside it.
    pub has_crs84: bool,
}

impl Geometry {
    /// Whether the type may hold arcs, which no output format of ours knows.
    pub fn may_curve(&self) -> bool {
        let kind = self.kind.to_ascii_lowercase();
        kind.contains("curve")
            || kind.contains("circular")
            || kind.contains("surface")
            || kind.starts_with("geometry")
    }

    /// Dimension of its shapes, where the type says so.
    pub fn dimension(&self) -> Option<u8> {
        let kind = self.kind.to_ascii_lowercase();
        match () {
            () if kind.contains("point") => Some(0),
            () if kind.contains("line") || kind.ends_with("curve") || kind.contains("circular") => Some(1),
            () if kind.contains("polygon") || kind.contains("surface") => Some(2),
            () => None,
        }
    }
}

/// How a layer keeps the validity of its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Valid {
    /// `daterange`
    Days,
    /// `tstzrange`
    Instants,
}

/// A published layer.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Collection id: the view's name.
    pub name: String,
    /// The view, schema-qualified and quoted.
    pub relation: String,
    /// Its object id, for noticing that it was made anew.
    pub oid: u32,
    /// What it is called.
    pub title: Text,
    /// What it holds.
    pub description: Text,
    /// The key.
    pub id: Column,
    /// Everything else that is served.
    pub columns: Vec<Column>,
    /// The geometry.
    pub geometry: Option<Geometry>,
    /// Whether and how it keeps history.
    pub valid: Option<Valid>,
    /// Reference systems it is served in; the first is CRS84.
    pub crs: Vec<Crs>,
    /// Index in `crs` of the one it is stored in.
    pub storage_crs: usize,
    /// How it is written, where it can be.
    pub door: Option<Door>,
}

impl Layer {
    /// The property of that name; the key counts as one.
    pub fn property(&self, name: &str) -> Option<&Column> {
        if self.id.name == name {
            return Some(&self.id);
        }
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether everybody may read it, or the offices only.
    pub fn is_public(&self) -> bool {
        self.relation.starts_with("\"layer\".")
    }

    /// Whether ids are integers.
    pub fn has_integer_id(&self) -> bool {
        matches!(self.id.kind, Kind::Int2 | Kind::Int4 | Kind::Int8)
    }

    /// The door, where this audience may pass it for anything.
    pub fn open_door(&self) -> Option<&Door> {
        self.door.as_ref().filter(|door| door.may != super::door::Actions::default())
    }

    /// The offered reference system of that URI.
    pub fn crs_by_uri(&self, uri: &str) -> Option<&Crs> {
        self.crs.iter().find(|crs| crs.uri == uri)
    }
}

/// `name` as an SQL identifier.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_read_in_both_languages() {
        let text = Text::parse("es: Lotes. Con áreas. | en: Parcels. With areas.");
        let (title, description) = text.split_title();
        assert_eq!((title.es.as_str(), title.en.as_str()), ("Lotes", "Parcels"));
        assert_eq!((description.es.as_str(), description.en.as_str()), ("Con áreas.", "With areas."));
        let (title, unit) = Text::parse("es: Área gráfica [m²] | en: Grid area [m²]").split_unit();
        assert_eq!(
            (title.es.as_str(), title.en.as_str(), unit.as_deref()),
            ("Área gráfica", "Grid area", Some("m²"))
        );
        assert_eq!(Text::parse("plain").en, "plain");
    }

    #[test]
    fn identifiers_are_quoted() {
        assert_eq!(quoted("a\"; drop table x; --"), "\"a\"\"; drop table x; --\"");
    }
}
