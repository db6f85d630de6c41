//! Holders with plainly invented names and document numbers that no registry issues: they begin with `00`.

use super::district::{District, Tenure};

/// Parties that are not natural persons stand first.
const BODIES: [(&str, &str); 4] = [
    ("legal", "Entidad Pública Ficticia"),
    ("legal", "Asociación Ficticia de Vivienda 0001"),
    ("group", "Sucesión Ficticia 0001"),
    ("group", "Copropiedad Ficticia 0002"),
];

pub struct Party {
    pub kind: &'static str,
    pub name: String,
    pub document_kind: &'static str,
    pub document_number: String,
}

/// The `index`-th party of a district; `id` keeps names apart across districts.
pub fn party(index: usize, id: i64) -> Party {
    match BODIES.get(index) {
        Some(&(kind, name)) => Party {
            kind,
            name: format!("{name} - {id}"),
            document_kind: "RUC ficticio",
            document_number: format!("00{id:09}"),
        },
        None => Party {
            kind: "natural",
            name: format!("Persona Ficticia {id:06}"),
            document_kind: "DNI ficticio",
            document_number: format!("00{id:06}"),
        },
    }
}

/// Members of the groups: group, member, denominator of the equal shares.
pub fn members() -> Vec<(usize, usize, u8)> {
    vec![(2, 4, 3), (2, 5, 3), (2, 6, 3), (3, 7, 2), (3, 8, 2)]
}

pub struct Right {
    pub parcel: usize,
    pub kind: &'static str,
    pub party: usize,
    /// Each holder has one part of so many.
    pub of: u8,
}

pub struct Holdings {
    pub parties: usize,
    pub rights: Vec<Right>,
}

/// Who holds what: shares of each parcel and kind sum to one.
pub fn holdings(district: &District) -> Holdings {
    let mut rights = Vec::with_capacity(district.parcels.len() * 3 / 2);
    let mut next = BODIES.len() + 5;
    for (parcel, it) in district.parcels.iter().enumerate() {
        let kind = match it.tenure {
            Tenure::Nothing => continue,
            Tenure::Public => {
                rights.push(Right { parcel, kind: "ownership", party: 0, of: 1 });
                continue;
            }
            Tenure::Ownership => "ownership",
            Tenure::Possession => "possession",
        };
        if it.shares == 1 && parcel % 211 == 17 {
            // A body holds some parcels whole.
            rights.push(Right { parcel, kind, party: 1 + parcel % 3, of: 1 });
        } else {
            let first = next;
            next += usize::from(it.shares);
            rights.extend((first..next).map(|party| Right { parcel, kind, party, of: it.shares }));
        }
        if it.usufruct {
            rights.push(Right { parcel, kind: "usufruct", party: next, of: 1 });
            next += 1;
        }
    }
    Holdings { parties: next, rights }
}
