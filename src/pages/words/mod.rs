//! The words of the pages, in both languages; a word that is missing in one does not compile.

pub mod account;
mod en;
mod es;

use en::EN;
use es::ES;

use crate::http::negotiate::Language;

/// Every word that a page shows besides the data.
#[expect(missing_docs, reason = "each says itself")]
pub struct Words {
    pub other_tag: &'static str,
    pub other_name: &'static str,
    pub skip: &'static str,
    pub tagline: &'static str,
    pub main_menu: &'static str,
    pub menu_map: &'static str,
    pub menu_search: &'static str,
    pub menu_layers: &'static str,
    pub menu_about: &'static str,
    pub menu_sign_in: &'static str,
    pub menu_account: &'static str,
    pub footer: &'static str,
    pub this_as: &'static str,
    pub search_title: &'static str,
    pub search_label: &'static str,
    pub search_hint: &'static str,
    pub search_button: &'static str,
    pub search_none: &'static str,
    pub results: &'static str,
    pub result: &'static str,
    pub parcels_here: &'static str,
    pub kind_parcel: &'static str,
    pub kind_settlement: &'static str,
    pub kind_street: &'static str,
    pub kind_coordinate: &'static str,
    pub kind_block: &'static str,
    pub parcel: &'static str,
    pub choices: &'static str,
    pub choices_unit: &'static str,
    pub identity: &'static str,
    pub code: &'static str,
    pub cuc: &'static str,
    pub not_assigned: &'static str,
    pub crc: &'static str,
    pub kind: &'static str,
    pub urban: &'static str,
    pub rural: &'static str,
    pub district: &'static str,
    pub settlement: &'static str,
    pub sector: &'static str,
    pub block: &'static str,
    pub lot: &'static str,
    pub address: &'static str,
    pub land_use: &'static str,
    pub fabric: &'static str,
    pub agreed: &'static str,
    pub provisional: &'static str,
    pub valid_from: &'static str,
    pub as_of: &'static str,
    pub position: &'static str,
    pub areas: &'static str,
    pub area: &'static str,
    pub registered: &'static str,
    pub declared: &'static str,
    pub grid: &'static str,
    pub ellipsoidal: &'static str,
    pub perimeter: &'static str,
    pub perimeter_table: &'static str,
    pub perimeter_hint: &'static str,
    pub vertex: &'static str,
    pub side: &'static str,
    pub distance: &'static str,
    pub interior_angle: &'static str,
    pub easting: &'static str,
    pub northing: &'static str,
    pub part: &'static str,
    pub ring_outer: &'static str,
    pub ring_hole: &'static str,
    pub angle_sum: &'static str,
    pub table_closes: &'static str,
    pub table_does_not_close: &'static str,
    pub table_long: &'static str,
    pub as_csv: &'static str,
    pub not_recorded: &'static str,
    pub within: &'static str,
    pub outside: &'static str,
    pub tolerance_unknown: &'static str,
    pub services: &'static str,
    pub water: &'static str,
    pub sewer: &'static str,
    pub power: &'static str,
    pub connected: &'static str,
    pub reachable: &'static str,
    pub unserved: &'static str,
    pub unknown: &'static str,
    pub dated: &'static str,
    pub titling: &'static str,
    pub titled: &'static str,
    pub in_process: &'static str,
    pub none: &'static str,
    pub no_data_titling: &'static str,
    pub titling_dated: &'static str,
    pub case_number: &'static str,
    pub restrictions: &'static str,
    pub restrictions_text: &'static str,
    pub affected: &'static str,
    pub not_affected: &'static str,
    pub no_data: &'static str,
    pub blocking: &'static str,
    pub theme: &'static str,
    pub how_much: &'static str,
    pub what: &'static str,
    pub norm: &'static str,
    pub source: &'static str,
    pub missing: &'static str,
    pub nearest: &'static str,
    pub to_confirm: &'static str,
    pub not_within: &'static str,
    pub level: &'static str,
    pub level_low: &'static str,
    pub level_medium: &'static str,
    pub level_high: &'static str,
    pub level_very_high: &'static str,
    pub mitigable: &'static str,
    pub not_mitigable: &'static str,
    pub mitigable_unknown: &'static str,
    pub estimated: &'static str,
    pub approved: &'static str,
    pub touches: &'static str,
    pub of_parcel: &'static str,
    pub zoning: &'static str,
    pub parameter: &'static str,
    pub value: &'static str,
    pub not_applicable: &'static str,
    pub not_regulated: &'static str,
    pub plan: &'static str,
    pub fictitious: &'static str,
    pub parcel_limits: &'static str,
    pub sketch: &'static str,
    pub on_map: &'static str,
    pub layers_title: &'static str,
    pub layers_text: &'static str,
    pub layer: &'static str,
    pub description: &'static str,
    pub count: &'static str,
    pub dates: &'static str,
    pub extent: &'static str,
    pub today: &'static str,
    pub no_geometry: &'static str,
    pub about_layer: &'static str,
    pub name: &'static str,
    pub audience: &'static str,
    pub everybody: &'static str,
    pub offices: &'static str,
    pub geometry: &'static str,
    pub storage_crs: &'static str,
    pub history: &'static str,
    pub history_yes: &'static str,
    pub history_no: &'static str,
    pub downloads: &'static str,
    pub choose_download: &'static str,
    pub qgis_layer: &'static str,
    pub style_qml: &'static str,
    pub metadata_json: &'static str,
    pub metadata_iso: &'static str,
    pub metadata_dcat: &'static str,
    pub qgis_project: &'static str,
    pub items_page: &'static str,
    pub items_json: &'static str,
    pub schema: &'static str,
    pub collection: &'static str,
    pub how_to_use: &'static str,
    pub use_qgis: &'static str,
    pub use_arcgis: &'static str,
    pub use_ogr: &'static str,
    pub use_tiles: &'static str,
    pub fields: &'static str,
    pub field: &'static str,
    pub meaning: &'static str,
    pub unit: &'static str,
    pub about_title: &'static str,
    pub about_lead: &'static str,
    pub sources: &'static str,
    pub norms: &'static str,
    pub norms_text: &'static str,
    pub certainty: &'static str,
    pub certainty_v: &'static str,
    pub certainty_ks: &'static str,
    pub note: &'static str,
    pub indicative: &'static str,
    /// Title and text of each section about the data.
    pub about: [(&'static str, &'static str); 6],
    failures: [(u16, &'static str, &'static str); 9],
}

/// The words of `language`.
pub const fn of(language: Language) -> &'static Words {
    match language {
        Language::Es => &ES,
        Language::En => &EN,
    }
}

impl Words {
    /// Title and text for a status code; a general one for those that need no word of their own.
    pub fn failure(&self, status: u16) -> (&'static str, &'static str) {
        let own = self.failures.iter().find(|failure| failure.0 == status);
        let (_, title, text) = own.copied().unwrap_or(self.failures[self.failures.len() - 1]);
        (title, text)
    }

    /// A service's or a titling's state; a word that is not ours stays as it is.
    pub fn state<'a>(&self, state: &'a str) -> &'a str {
        match state {
            "connected" => self.connected,
            "reachable" => self.reachable,
            "unserved" => self.unserved,
            "unknown" => self.unknown,
            "titled" => self.titled,
            "in_process" => self.in_process,
            "none" => self.none,
            "no_data" => self.no_data_titling,
            "urban" => self.urban,
            "rural" => self.rural,
            "agreed" => self.agreed,
            "provisional" => self.provisional,
            "low" => self.level_low,
            "medium" => self.level_medium,
            "high" => self.level_high,
            "very_high" => self.level_very_high,
            "estimated" => self.estimated,
            "approved" => self.approved,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_words() {
        for words in [&ES, &EN] {
            assert_ne!(words.failure(404), words.failure(400));
            assert_eq!(words.failure(500), words.failure(507));
        }
    }
}
