//! How layers look: `gis-data/styles`, read once.

pub mod drawing;
pub mod expression;
mod model;

use std::sync::LazyLock;

use rust_embed::RustEmbed;

pub use model::Style;

#[derive(RustEmbed)]
#[folder = "gis-data/styles"]
struct Files;

/// Names of the files that are styles.
fn names() -> impl Iterator<Item = std::borrow::Cow<'static, str>> {
    Files::iter().filter(|name| name.ends_with(".json"))
}

static STYLES: LazyLock<Vec<Style>> = LazyLock::new(read);

/// Every style, in the order in which layers are drawn, lowest first.
pub fn all() -> &'static [Style] {
    &STYLES
}

/// The styles in which a layer is shown; the one that has its name comes first.
pub fn of_layer(layer: &str) -> Vec<&'static Style> {
    let mut found: Vec<&Style> = all().iter().filter(|style| style.layer == layer).collect();
    found.sort_by_key(|style| style.id != layer);
    found
}

/// The files are compiled in, and a test reads each of them: one that is no style is left out here.
fn read() -> Vec<Style> {
    let mut styles: Vec<Style> = names().filter_map(|name| parse(&name).ok()).collect();
    styles.sort_by(|a, b| a.order.total_cmp(&b.order).then_with(|| a.id.cmp(&b.id)));
    styles
}

fn parse(name: &str) -> anyhow::Result<Style> {
    let file = Files::get(name).ok_or_else(|| anyhow::anyhow!("there is no style {name}"))?;
    let style: Style = serde_json::from_slice(&file.data)?;
    Ok(Style { id: name.trim_end_matches(".json").to_owned(), ..style })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_style_with_marks_for_each_of_its_classes() {
        assert!(names().count() > 30);
        for name in names() {
            let style = parse(&name).unwrap_or_else(|error| panic!("{name}: {error}"));
            for dimension in [Some(0), Some(1), Some(2), None] {
                let drawing = drawing::of(&style, dimension);
                assert_eq!(drawing.kinds.len(), style.classes.len(), "{name}");
            }
            assert!(
                [0, 1, 2].iter().any(|dimension| {
                    drawing::of(&style, Some(*dimension)).kinds.iter().all(|kind| !kind.marks.is_empty())
                }),
                "{name}: a class is not drawn"
            );
        }
        assert_eq!(all().len(), names().count());
        assert_eq!(of_layer("parcels")[0].id, "parcels");
    }
}
