//! Which property of which layer each audience sees, asked of the service itself.

use std::collections::BTreeMap;

use super::*;

#[tokio::test]
async fn every_property_is_seen_by_whom_it_is_meant_for() {
    let world = world().await;
    let mut seen: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for audience in Audience::ALL {
        let brings = match audience {
            Audience::Public => Brings::nothing(),
            office => {
                let name = world.account(office).await;
                Brings::token(&world.token(&name, &[Scope::Read]).await)
            }
        };
        let collections = world.get("/ogc/collections?f=json", &brings).await.json();
        for collection in collections["collections"].as_array().unwrap() {
            let id = collection["id"].as_str().unwrap();
            let schema = world.get(&format!("/ogc/collections/{id}/schema"), &brings).await.json();
            for property in schema["properties"].as_object().unwrap().keys() {
                seen.entry(format!("{id}\t{property}")).or_default().push(audience.name());
            }
        }
    }
    let everybody = Audience::ALL.map(Audience::name).join(" ");
    let lines: Vec<_> = seen
        .into_iter()
        .map(|(property, who)| (property, who.join(" ")))
        .map(|(property, who)| format!("{property}\t{}", if who == everybody { "everybody" } else { &who }))
        .collect();
    assert!(lines.len() > 200, "{}", lines.len());
    for word in ["party", "document_number", "dni", "holder", "owner"] {
        assert!(
            !lines.iter().any(|line| line.to_lowercase().contains(word)),
            "a layer has a property like `{word}`"
        );
    }
    compare("properties.tsv", &lines);
}
