//! Archives: everything is checked before the first byte is unpacked, and what was announced is held to while unpacking.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, Write};
use std::path::Path;

use tempfile::TempDir;
use zip::ZipArchive;

use super::format::shown;
use crate::spatial::sandbox::SCRATCH_BYTES;
use crate::spatial::wire::Failure;

/// A delivery is a dozen layers of five files; a KMZ brings its pictures.
const MOST_ENTRIES: usize = 2_000;
/// All together, leaving room for the re-encoding of one of them.
const MOST_BYTES: u64 = SCRATCH_BYTES / 2;
/// Text of a dBASE table shrinks to a hundredth at most.
const MOST_RATIO: u64 = 250;
/// Below this a ratio says nothing.
const SMALL: u64 = 1 << 20;
const LONGEST_NAME: usize = 200;
const DEEPEST: usize = 8;
const ARCHIVES: [&str; 12] =
    ["zip", "kmz", "xlsx", "ods", "gz", "tgz", "tar", "bz2", "xz", "zst", "7z", "rar"];
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "COM", "LPT"];
/// PKWARE's extra field for Unix, which may name the target of a link.
const UNIX_LINK: u16 = 0x000d;

/// Checks an archive and unpacks it into a folder that goes away when dropped; behind the walls, with the process too.
///
/// # Errors
/// `archive`: why it is not unpacked, with the entry.
pub fn unpack(path: &Path) -> Result<TempDir, Failure> {
    let mut archive = examine(path)?;
    let folder = tempfile::tempdir().map_err(|error| refuse(path, broken(&error)))?;
    extract(&mut archive, folder.path()).map_err(|why| refuse(path, why))?;
    Ok(folder)
}

/// An open archive.
pub type Archive = ZipArchive<BufReader<File>>;

/// Checks an archive without unpacking it.
///
/// # Errors
/// As [`unpack`].
pub fn examine(path: &Path) -> Result<Archive, Failure> {
    let file = File::open(path).map_err(|error| refuse(path, broken(&error)))?;
    let length = file.metadata().map_err(|error| refuse(path, broken(&error)))?.len();
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| refuse(path, broken(&error)))?;
    check(&mut archive, length).map_err(|why| refuse(path, why))?;
    Ok(archive)
}

/// Whether it is an office program's workbook.
pub fn is_workbook(path: &Path) -> bool {
    let archive = File::open(path).ok().and_then(|file| ZipArchive::new(BufReader::new(file)).ok());
    archive.is_some_and(|archive| archive.index_for_name("xl/workbook.xml").is_some())
}

fn refuse(path: &Path, (es, en): Why) -> Failure {
    let name = shown(path);
    Failure::new(
        "archive",
        format!("{name} no se descomprime: {es}"),
        format!("{name} is not unpacked: {en}"),
    )
}

/// Spanish and English.
type Why = (String, String);

fn broken(error: &dyn std::fmt::Display) -> Why {
    (format!("está dañado ({error})"), format!("it is damaged ({error})"))
}

fn why(entry: &str, es: &str, en: &str) -> Why {
    let entry: String = entry.chars().take(LONGEST_NAME).collect();
    (format!("«{entry}» {es}"), format!("'{entry}' {en}"))
}

/// All that can be known without unpacking.
fn check<R: Read + Seek>(archive: &mut ZipArchive<R>, length: u64) -> Result<(), Why> {
    if archive.len() > MOST_ENTRIES {
        let count = archive.len();
        return Err((
            format!("tiene {count} entradas, y se admiten {MOST_ENTRIES}"),
            format!("it has {count} entries, and {MOST_ENTRIES} are allowed"),
        ));
    }
    if archive.has_duplicate_names() {
        return Err(("dos entradas tienen el mismo nombre".into(), "two entries have the same name".into()));
    }
    let mut total = 0u64;
    let mut names = HashSet::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|error| broken(&error))?;
        let name = std::str::from_utf8(entry.name_raw()).map_err(|_| {
            let shown = String::from_utf8_lossy(entry.name_raw());
            why(
                &shown,
                "no está escrito en UTF-8; ponga nombres sin tildes y comprima de nuevo",
                "is not written in UTF-8; give names without accents and pack again",
            )
        })?;
        check_name(name)?;
        if !names.insert(name.trim_end_matches('/').to_lowercase()) {
            return Err(why(
                name,
                "solo se distingue de otro nombre por mayúsculas",
                "differs from another name by case only",
            ));
        }
        check_kind(name, &entry)?;
        check_size(name, entry.size(), entry.compressed_size())?;
        total = total.saturating_add(entry.size());
    }
    check_size("*", total, length)?;
    archive.validate_header_consistency().map_err(|error| broken(&error))
}

fn check_size(name: &str, size: u64, packed: u64) -> Result<(), Why> {
    let mib = |bytes: u64| bytes >> 20;
    if size > MOST_BYTES {
        let (size, most) = (mib(size), mib(MOST_BYTES));
        return Err(why(
            name,
            &format!("ocupa {size} MiB descomprimido, y se admiten {most}"),
            &format!("takes {size} MiB unpacked, and {most} are allowed"),
        ));
    }
    if size > SMALL && size / MOST_RATIO > packed {
        return Err(why(
            name,
            &format!("crece más de {MOST_RATIO} veces al descomprimirse: una bomba"),
            &format!("grows more than {MOST_RATIO} times when unpacked: a bomb"),
        ));
    }
    Ok(())
}

/// A name that means one file in one place on every system.
fn check_name(name: &str) -> Result<(), Why> {
    let steps: Vec<&str> = name.trim_end_matches('/').split('/').collect();
    if name.len() > LONGEST_NAME || steps.len() > DEEPEST {
        return Err(why(name, "es un nombre demasiado largo o profundo", "is too long or too deep a name"));
    }
    let leads_out = |step: &&str| ["", ".", ".."].contains(step);
    if name.contains(['\\', ':']) || name.chars().any(char::is_control) || steps.iter().any(leads_out) {
        return Err(why(name, "lleva fuera de la carpeta", "leads out of the folder"));
    }
    if steps.iter().any(|step| is_device(step)) {
        return Err(why(name, "es el nombre de un dispositivo", "is the name of a device"));
    }
    Ok(())
}

fn is_device(step: &str) -> bool {
    let stem = step.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    DEVICES.contains(&stem.trim_end_matches(|last: char| last.is_ascii_digit()))
}

fn check_kind<R: Read>(name: &str, entry: &zip::read::ZipFile<'_, R>) -> Result<(), Why> {
    const TYPE: u32 = 0o170_000;
    let kind = entry.unix_mode().unwrap_or(0) & TYPE;
    let plain = [0, 0o100_000, 0o040_000].contains(&kind);
    if !plain || entry.is_symlink() || names_a_link(&entry.extra_data().unwrap_or_default()) {
        return Err(why(
            name,
            "es un enlace o algo que no es archivo",
            "is a link or something that is no file",
        ));
    }
    if entry.encrypted() {
        return Err(why(name, "tiene contraseña", "has a password"));
    }
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if ARCHIVES.contains(&ending.as_str()) {
        return Err(within(name));
    }
    Ok(())
}

fn within(name: &str) -> Why {
    why(
        name,
        "es un archivo comprimido dentro de otro; comprima una sola vez",
        "is an archive within an archive; pack once",
    )
}

/// Whether a record of the extra fields is PKWARE's with the name of a link's target.
fn names_a_link(mut extra: &[u8]) -> bool {
    while let [a, b, c, d, rest @ ..] = extra {
        let length = usize::from(u16::from_le_bytes([*c, *d]));
        if u16::from_le_bytes([*a, *b]) == UNIX_LINK && length > 12 {
            return true;
        }
        extra = rest.get(length..).unwrap_or_default();
    }
    false
}

fn extract<R: Read + Seek>(archive: &mut ZipArchive<R>, folder: &Path) -> Result<(), Why> {
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| broken(&error))?;
        let name = entry.name().map_err(|error| broken(&error))?.into_owned();
        let target = folder.join(&name);
        let unwritable = |error: std::io::Error| broken(&format!("{name}: {error}"));
        if entry.is_dir() {
            std::fs::create_dir_all(&target).map_err(unwritable)?;
            continue;
        }
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent).map_err(unwritable)?;
        }
        write_entry(&mut entry, &target, &name)?;
    }
    Ok(())
}

fn write_entry<R: Read>(entry: &mut zip::read::ZipFile<'_, R>, target: &Path, name: &str) -> Result<(), Why> {
    let unreadable = |error: std::io::Error| broken(&format!("{name}: {error}"));
    let announced = entry.size();
    let mut head = Vec::new();
    entry.take(4).read_to_end(&mut head).map_err(unreadable)?;
    if matches!(
        head.as_slice(),
        [b'P', b'K', 3, 4] | [b'7', b'z', 0xbc, 0xaf] | [b'R', b'a', b'r', b'!'] | [0x1f, 0x8b, ..]
    ) {
        return Err(within(name));
    }
    let mut file = File::create_new(target).map_err(unreadable)?;
    file.write_all(&head).map_err(unreadable)?;
    let rest = announced.saturating_sub(head.len() as u64);
    // One byte more than announced would be a lie.
    let copied = std::io::copy(&mut entry.take(rest + 1), &mut file).map_err(unreadable)?;
    if copied != rest {
        return Err(why(name, "no tiene el tamaño que anuncia", "is not as large as it says"));
    }
    Ok(())
}
