//! A layer's metadata: one set of facts, as JSON, as ISO 19139 and as DCAT.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::store::{self, Facts};
use super::xml::{Element, element, text};
use crate::access::Audience;
use crate::database::reader::Snapshot;
use crate::http::negotiate::Language;
use crate::layers::extent::Extent;
use crate::layers::features::Source;
use crate::layers::{Layer, Text};
use crate::problem::Result;

/// What is said of a layer.
pub struct Metadata<'a> {
    /// The layer.
    pub layer: &'a Layer,
    /// What is on record of it.
    pub facts: Facts,
    /// Where and when its features are.
    pub extent: Extent,
    /// What must be said with the data.
    pub notice: Option<Text>,
    /// Start of the addresses.
    pub base: String,
    /// Language.
    pub language: Language,
}

impl<'a> Metadata<'a> {
    /// What `audience` is told of `layer`; addresses begin with `base`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        source: &Source,
        audience: Audience,
        layer: &'a Arc<Layer>,
        language: Language,
        base: &str,
    ) -> Result<Self> {
        let mut snapshot = source.database.read(audience).await?;
        let facts = store::facts(&mut snapshot, &layer.name).await?;
        drop(snapshot);
        Ok(Self {
            layer,
            facts,
            extent: source.catalogue.extent(layer).await,
            notice: source.catalogue.current().await?.notice(),
            base: base.to_owned(),
            language,
        })
    }

    /// The same of a state that somebody holds: where its features are is measured in it, and `day` is when the data
    /// changed last, so that the same state is described by the same words.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub async fn in_state(
        self,
        source: &Source,
        layer: &Layer,
        snapshot: &Snapshot,
        day: DateTime<Utc>,
    ) -> Result<Self> {
        let extent = source.catalogue.extent_in(layer, snapshot).await?;
        Ok(Self { facts: Facts { changed_at: Some(day), ..self.facts }, extent, ..self })
    }

    /// "No se sabe", where something is not on record.
    fn not_known(&self) -> &'static str {
        match self.language {
            Language::Es => "no se sabe",
            Language::En => "not known",
        }
    }

    fn collection(&self) -> String {
        format!("{}/ogc/collections/{}", self.base, crate::http::ask::encode(&self.layer.name))
    }

    fn page(&self) -> String {
        format!("{}/capas/{}", self.base, crate::http::ask::encode(&self.layer.name))
    }

    fn title(&self) -> &str {
        self.language.of(&self.layer.title)
    }

    /// The description, after the notice.
    fn description(&self) -> String {
        let said = [
            self.notice.as_ref().map(|notice| self.language.of(notice)),
            Some(self.language.of(&self.layer.description)),
        ];
        let said: Vec<&str> = said.into_iter().flatten().filter(|text| !text.is_empty()).collect();
        if said.is_empty() { self.title().to_owned() } else { said.join(". ") }
    }

    fn lineage(&self) -> String {
        let lineage = self.facts.lineage.as_deref().map(Text::parse);
        lineage.map_or_else(|| self.not_known().to_owned(), |text| self.language.of(&text).to_owned())
    }

    fn licence(&self) -> &str {
        self.facts.licence.as_deref().unwrap_or_else(|| self.not_known())
    }

    fn contact(&self, member: &str) -> Option<&str> {
        self.facts.contact.as_ref()?.get(member)?.as_str()
    }

    fn organisation(&self) -> &str {
        self.contact("organisation").unwrap_or_else(|| self.not_known())
    }

    fn period(&self) -> (Option<String>, Option<String>) {
        let (from, to) = self.extent.period.unwrap_or_default();
        (from.map(|day| day.to_string()), to.map(|day| day.to_string()))
    }

    /// As JSON; what is not known is null.
    pub fn json(&self) -> Value {
        let (from, to) = self.period();
        let columns = std::iter::once(&self.layer.id).chain(&self.layer.columns);
        let fields: Vec<Value> = columns
            .map(|column| {
                json!({ "name": column.name, "title": self.language.of(&column.title), "unit": column.unit,
                    "type": column.kind.schema().0 })
            })
            .collect();
        json!({
            "id": self.layer.name,
            "title": self.title(),
            "description": self.description(),
            "language": self.language.tag(),
            "contact": self.facts.contact,
            "lineage": self.facts.lineage.as_deref().map(|_| self.lineage()),
            "licence": self.facts.licence,
            "crs": { "storage": self.layer.geometry.as_ref().map(|_| &self.layer.crs[self.layer.storage_crs].uri),
                "offered": self.layer.crs.iter().map(|crs| &crs.uri).collect::<Vec<_>>() },
            "geometry": self.layer.geometry.as_ref().map(|geometry| &geometry.kind),
            "accuracy_m": self.facts.accuracy_m,
            "update_frequency": self.facts.update_frequency,
            "changed_at": self.facts.changed_at,
            "valid_from": from,
            "valid_until": to,
            "bbox": self.extent.rectangle,
            "count": self.extent.count,
            "fields": fields,
            "notice": self.notice.as_ref().map(|notice| self.language.of(notice)),
            "links": [
                { "rel": "collection", "href": self.collection(), "type": "application/json" },
                { "rel": "describedby", "href": self.page(), "type": "text/html" },
            ],
        })
    }

    /// As a dataset of DCAT, in JSON-LD.
    pub fn dcat(&self) -> Value {
        let (from, to) = self.period();
        let items = format!("{}/items?f=geojson", self.collection());
        let spatial = self.extent.rectangle.map(|[west, south, east, north]| {
            let ring = format!(
                "POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"
            );
            json!({ "@type": "dct:Location", "dcat:bbox": { "@type": "geo:wktLiteral", "@value": ring } })
        });
        let email = self.contact("email").map(|email| format!("mailto:{email}"));
        json!({
            "@context": { "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/",
                "vcard": "http://www.w3.org/2006/vcard/ns#", "geo": "http://www.opengis.net/ont/geosparql#",
                "xsd": "http://www.w3.org/2001/XMLSchema#" },
            "@id": self.page(),
            "@type": "dcat:Dataset",
            "dct:identifier": self.layer.name,
            "dct:title": { "@language": self.language.tag(), "@value": self.title() },
            "dct:description": { "@language": self.language.tag(), "@value": self.description() },
            "dct:provenance": { "@type": "dct:ProvenanceStatement", "dct:description": self.lineage() },
            "dct:license": self.licence(),
            "dct:accrualPeriodicity": self.facts.update_frequency.as_deref().unwrap_or("unknown"),
            "dct:modified": self.facts.changed_at,
            "dct:temporal": { "@type": "dct:PeriodOfTime", "dcat:startDate": from, "dcat:endDate": to },
            "dct:spatial": spatial,
            "dcat:contactPoint": { "@type": "vcard:Organization", "vcard:fn": self.organisation(), "vcard:hasEmail": email },
            "dcat:landingPage": self.page(),
            "dcat:distribution": [{ "@type": "dcat:Distribution", "dct:title": "GeoJSON", "dcat:accessURL": self.collection(),
                "dcat:downloadURL": items, "dcat:mediaType": "application/geo+json" }],
        })
    }

    /// As ISO 19139.
    pub fn iso(&self) -> String {
        let root = element("gmd:MD_Metadata")
            .with("xmlns:gmd", "http://www.isotc211.org/2005/gmd")
            .with("xmlns:gco", "http://www.isotc211.org/2005/gco")
            .with("xmlns:gml", "http://www.opengis.net/gml/3.2")
            .with("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
            .with(
                "xsi:schemaLocation",
                "http://www.isotc211.org/2005/gmd http://schemas.opengis.net/iso/19139/20070417/gmd/gmd.xsd",
            )
            .child(string("gmd:fileIdentifier", &self.layer.name))
            .child(string("gmd:language", if self.language == Language::Es { "spa" } else { "eng" }))
            .child(code("gmd:hierarchyLevel", "gmd:MD_ScopeCode", "dataset"))
            .child(element("gmd:contact").child(self.party("pointOfContact")))
            .child(element("gmd:dateStamp").child(self.stamp()));
        root.children(self.reference_system())
            .child(element("gmd:identificationInfo").child(self.identification()))
            .child(element("gmd:distributionInfo").child(self.distribution()))
            .child(element("gmd:dataQualityInfo").child(self.quality()))
            .document("")
    }

    fn stamp(&self) -> Element {
        let changed = self.facts.changed_at.unwrap_or_else(Utc::now);
        text("gco:DateTime", changed.format("%Y-%m-%dT%H:%M:%SZ"))
    }

    fn party(&self, role: &'static str) -> Element {
        let address = self.contact("email").map(|email| {
            let address = element("gmd:CI_Address").child(string("gmd:electronicMailAddress", email));
            element("gmd:contactInfo")
                .child(element("gmd:CI_Contact").child(element("gmd:address").child(address)))
        });
        element("gmd:CI_ResponsibleParty")
            .child(string("gmd:organisationName", self.organisation()))
            .children(address)
            .child(code("gmd:role", "gmd:CI_RoleCode", role))
    }

    fn reference_system(&self) -> Option<Element> {
        self.layer.geometry.as_ref()?;
        let uri = &self.layer.crs[self.layer.storage_crs].uri;
        let identifier = element("gmd:RS_Identifier").child(string("gmd:code", uri));
        let system = element("gmd:MD_ReferenceSystem")
            .child(element("gmd:referenceSystemIdentifier").child(identifier));
        Some(element("gmd:referenceSystemInfo").child(system))
    }

    fn identification(&self) -> Element {
        let date = element("gmd:CI_Date").child(element("gmd:date").child(self.stamp())).child(code(
            "gmd:dateType",
            "gmd:CI_DateTypeCode",
            "revision",
        ));
        let citation = element("gmd:CI_Citation")
            .child(string("gmd:title", self.title()))
            .child(element("gmd:date").child(date));
        let frequency = self.facts.update_frequency.as_deref().unwrap_or("unknown");
        let maintenance = element("gmd:MD_MaintenanceInformation").child(code(
            "gmd:maintenanceAndUpdateFrequency",
            "gmd:MD_MaintenanceFrequencyCode",
            frequency,
        ));
        let constraints = element("gmd:MD_LegalConstraints")
            .child(code("gmd:useConstraints", "gmd:MD_RestrictionCode", "otherRestrictions"))
            .child(string("gmd:otherConstraints", self.licence()));
        element("gmd:MD_DataIdentification")
            .child(element("gmd:citation").child(citation))
            .child(string("gmd:abstract", &self.description()))
            .child(element("gmd:resourceMaintenance").child(maintenance))
            .child(element("gmd:resourceConstraints").child(constraints))
            .child(string("gmd:language", if self.language == Language::Es { "spa" } else { "eng" }))
            .child(element("gmd:extent").child(self.extent_element()))
    }

    fn extent_element(&self) -> Element {
        let mut extent = element("gmd:EX_Extent");
        if let Some([west, south, east, north]) = self.extent.rectangle {
            let side = |name, value| element(name).child(text("gco:Decimal", value));
            let rectangle = element("gmd:EX_GeographicBoundingBox")
                .child(side("gmd:westBoundLongitude", west))
                .child(side("gmd:eastBoundLongitude", east))
                .child(side("gmd:southBoundLatitude", south))
                .child(side("gmd:northBoundLatitude", north));
            extent = extent.child(element("gmd:geographicElement").child(rectangle));
        }
        if self.extent.period.is_some() {
            let (from, to) = self.period();
            let period = element("gml:TimePeriod")
                .with("gml:id", "validity")
                .child(moment("gml:beginPosition", from))
                .child(moment("gml:endPosition", to));
            let temporal = element("gmd:EX_TemporalExtent").child(element("gmd:extent").child(period));
            extent = extent.child(element("gmd:temporalElement").child(temporal));
        }
        extent
    }

    fn distribution(&self) -> Element {
        let resource = |href: &str, protocol: &str| {
            let link = element("gmd:CI_OnlineResource")
                .child(element("gmd:linkage").child(text("gmd:URL", href)))
                .child(string("gmd:protocol", protocol));
            element("gmd:onLine").child(link)
        };
        let options = element("gmd:MD_DigitalTransferOptions")
            .child(resource(&self.collection(), "OGC API - Features"))
            .child(resource(&self.page(), "WWW:LINK-1.0-http--link"));
        element("gmd:MD_Distribution").child(element("gmd:transferOptions").child(options))
    }

    fn quality(&self) -> Element {
        let scope = element("gmd:DQ_Scope").child(code("gmd:level", "gmd:MD_ScopeCode", "dataset"));
        let mut quality = element("gmd:DQ_DataQuality").child(element("gmd:scope").child(scope));
        if let Some(accuracy) = self.facts.accuracy_m {
            let value = element("gmd:value").child(text("gco:Record", accuracy));
            let unit = element("gmd:valueUnit")
                .with("xlink:href", "urn:ogc:def:uom:EPSG::9001")
                .with("xmlns:xlink", "http://www.w3.org/1999/xlink");
            let result = element("gmd:DQ_QuantitativeResult").child(unit).child(value);
            let report = element("gmd:DQ_AbsoluteExternalPositionalAccuracy")
                .child(element("gmd:result").child(result));
            quality = quality.child(element("gmd:report").child(report));
        }
        let lineage = element("gmd:LI_Lineage").child(string("gmd:statement", &self.lineage()));
        quality.child(element("gmd:lineage").child(lineage))
    }
}

fn string(name: &'static str, value: &str) -> Element {
    element(name).child(text("gco:CharacterString", value))
}

fn moment(name: &'static str, day: Option<String>) -> Element {
    match day {
        Some(day) => text(name, day),
        None => element(name).with("indeterminatePosition", "unknown"),
    }
}

fn code(name: &'static str, list: &'static str, value: &str) -> Element {
    let lists = "http://standards.iso.org/iso/19139/resources/gmxCodelists.xml";
    let plain = list.trim_start_matches("gmd:");
    let coded = text(list, value).with("codeList", format!("{lists}#{plain}")).with("codeListValue", value);
    element(name).child(coded)
}
