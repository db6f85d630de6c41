//! Property units, parties and the rights they hold.

use anyhow::Result;
use sqlx::PgConnection;

use super::super::copy::copy;
use super::super::district::{District, Parcel, Tenure};
use super::super::people;
use super::{Bases, Counts, IN_FORCE};

/// Property units, parties and the rights they hold.
pub async fn rights(c: &mut PgConnection, d: &District, bases: &Bases, counts: &mut Counts) -> Result<()> {
    let registered = |parcel: &Parcel| parcel.tenure == Tenure::Ownership;
    let units = d.parcels.iter().enumerate();
    let n = copy(c, "land.property_unit (id, ubigeo, crc, registry_entry)", units, |(k, parcel), row| {
        row.put(bases.of("land.property_unit", k)).put(&d.ubigeo);
        // The reference code of the first unit of a lot: building, entrance, floor 01 and unit 001.
        row.maybe((!parcel.rural).then(|| format!("{}010101001", parcel.code)));
        row.maybe(registered(parcel).then(|| format!("FICT-P{:07}", bases.of("land.property_unit", k))))
            .end();
    })
    .await?;
    counts.insert("land.property_unit", n);
    let units = 0..d.parcels.len();
    let n = copy(c, "land.property_unit_parcel (property_unit_id, parcel_id)", units, |k, row| {
        row.put(bases.of("land.property_unit", k)).put(bases.of("land.parcel", k)).end();
    })
    .await?;
    counts.insert("land.property_unit_parcel", n);

    let holdings = people::holdings(d);
    let n = copy(
        c,
        "person.party (id, kind, name, document_kind, document_number, fictitious)",
        0..holdings.parties,
        |k, row| {
            let id = bases.of("person.party", k);
            let party = people::party(k, id);
            row.put(id)
                .put(party.kind)
                .text(&party.name)
                .put(party.document_kind)
                .put(&party.document_number)
                .put(true)
                .end();
        },
    )
    .await?;
    counts.insert("person.party", n);
    let n = copy(
        c,
        "person.party_member (group_id, member_id, share_numerator, share_denominator)",
        people::members(),
        |(group, member, of), row| {
            row.put(bases.of("person.party", group))
                .put(bases.of("person.party", member))
                .put(1)
                .put(of)
                .end();
        },
    )
    .await?;
    counts.insert("person.party_member", n);
    let rights = holdings.rights.iter().enumerate();
    let n = copy(c, "land.tenure_right (id, property_unit_id, kind)", rights, |(k, right), row| {
        row.put(bases.of("land.tenure_right", k))
            .put(bases.of("land.property_unit", right.parcel))
            .put(right.kind)
            .end();
    })
    .await?;
    counts.insert("land.tenure_right", n);
    let rights = holdings.rights.iter().enumerate();
    let columns = "land.tenure_right_version (id, tenure_right_id, valid, party_id, share_numerator, share_denominator, registry_entry)";
    let n = copy(c, columns, rights, |(k, right), row| {
        row.put(bases.of("land.tenure_right_version", k)).put(bases.of("land.tenure_right", k)).put(IN_FORCE);
        row.put(bases.of("person.party", right.party)).put(1).put(right.of);
        let unit = bases.of("land.property_unit", right.parcel);
        row.maybe((right.kind == "ownership").then(|| format!("FICT-P{unit:07}"))).end();
    })
    .await?;
    counts.insert("land.tenure_right_version", n);
    Ok(())
}
