//! How much a drawing comes to when its blocks are drawn, before anybody draws them: thirty blocks that each insert the
//! next one twice are a thousand million entities.

use std::collections::HashMap;
use std::path::Path;

use super::groups::Groups;
use crate::spatial::wire::Failure;

/// A drawing office nests a handful; GDAL leaves out without a word what lies much deeper.
const DEEPEST: u32 = 32;
/// A survey of a district has a hundred thousand.
const MOST: u64 = 5_000_000;

/// What stands in a block, or in the drawing itself.
#[derive(Default)]
struct Body {
    entities: u64,
    inserts: Vec<(String, u64)>,
}

/// What a block comes to.
#[derive(Clone, Copy, Default)]
struct Weight {
    entities: u64,
    height: u32,
}

/// Refuses a drawing that is too much to draw.
///
/// # Errors
/// `broken`, with the block.
pub fn check(path: &Path) -> Result<(), Failure> {
    // What cannot be opened is told by who draws it.
    let Ok(groups) = Groups::of(path) else { return Ok(()) };
    let (drawing, blocks) = read(groups);
    let mut known = HashMap::new();
    let whole = weigh(&drawing, &blocks, &mut known, 0)?;
    if whole.entities > MOST {
        return Err(refusal(
            &format!("con sus bloques dibujados tiene más de {MOST} entidades"),
            &format!("with its blocks drawn it has more than {MOST} entities"),
        ));
    }
    Ok(())
}

fn refusal(es: &str, en: &str) -> Failure {
    Failure::new("broken", format!("el plano no se dibuja: {es}"), format!("the drawing is not drawn: {en}"))
}

fn read(groups: Groups) -> (Body, HashMap<String, Body>) {
    let (mut drawing, mut blocks) = (Body::default(), HashMap::new());
    let mut block: Option<(String, Body)> = None;
    let (mut section, mut entity) = (String::new(), String::new());
    for (code, value) in groups {
        let body = block.as_mut().map_or(&mut drawing, |(_, body)| body);
        match (code, entity.as_str()) {
            (0, _) => {
                value.trim().clone_into(&mut entity);
                match entity.as_str() {
                    "BLOCK" => block = Some((String::new(), Body::default())),
                    "ENDBLK" => blocks.extend(block.take()),
                    "SECTION" | "ENDSEC" => section.clear(),
                    _ if section == "BLOCKS" || section == "ENTITIES" => body.entities += 1,
                    _ => {}
                }
            }
            (2, "SECTION") => value.trim().clone_into(&mut section),
            (2, "BLOCK") => {
                if let Some((name, _)) = block.as_mut().filter(|(name, _)| name.is_empty()) {
                    value.trim().clone_into(name);
                }
            }
            (2, "INSERT") => body.inserts.push((value.trim().to_owned(), 1)),
            // Columns and rows of an insert that stands for many.
            (70 | 71, "INSERT") => {
                let times = value.trim().parse().unwrap_or(1).max(1);
                if let Some((_, count)) = body.inserts.last_mut() {
                    *count = count.saturating_mul(times);
                }
            }
            _ => {}
        }
    }
    (drawing, blocks)
}

fn weigh(
    body: &Body,
    blocks: &HashMap<String, Body>,
    known: &mut HashMap<String, Weight>,
    depth: u32,
) -> Result<Weight, Failure> {
    let mut weight = Weight { entities: body.entities, height: 0 };
    for (name, times) in &body.inserts {
        let Some(inner) = blocks.get(name) else { continue };
        let inner = match known.get(name) {
            Some(inner) => *inner,
            None if depth >= DEEPEST => return Err(too_deep(name)),
            None => weigh(inner, blocks, known, depth + 1)?,
        };
        known.insert(name.clone(), inner);
        weight.entities = weight.entities.saturating_add(inner.entities.saturating_mul(*times));
        weight.height = weight.height.max(inner.height + 1);
        if depth + weight.height > DEEPEST {
            return Err(too_deep(name));
        }
    }
    Ok(weight)
}

fn too_deep(name: &str) -> Failure {
    let name: String = name.chars().take(80).collect();
    refusal(
        &format!("el bloque «{name}» está a más de {DEEPEST} niveles, o dentro de sí mismo"),
        &format!("block '{name}' is nested more than {DEEPEST} deep, or in itself"),
    )
}
