//! The tar archive (ustar), written in one pass and read in order.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use anyhow::{Context, bail, ensure};

const BLOCK: u64 = 512;
const BLOCK_BYTES: usize = 512;
/// What eleven octal digits hold; a larger member's size is written in base 256, as GNU tar does.
const LARGEST_OCTAL: u64 = 1 << 33;

/// A member that is being written.
pub struct Member {
    name: &'static str,
    header_at: u64,
}

/// Begins a member whose size is not known yet; its bytes are then written to `file`.
pub fn begin(file: &mut File, name: &'static str) -> io::Result<Member> {
    let header_at = file.stream_position()?;
    file.write_all(&[0; BLOCK_BYTES])?;
    Ok(Member { name, header_at })
}

/// Ends a member: fills its last block and writes its header.
pub fn end(file: &mut File, member: &Member) -> io::Result<()> {
    let end = file.stream_position()?;
    let size = end - member.header_at - BLOCK;
    let padding = size.next_multiple_of(BLOCK) - size;
    file.write_all(&vec![0; usize::try_from(padding).unwrap_or_default()])?;
    file.seek(SeekFrom::Start(member.header_at))?;
    file.write_all(&header(member.name, size))?;
    file.seek(SeekFrom::End(0))?;
    Ok(())
}

/// A whole member at once.
pub fn put(file: &mut File, name: &'static str, bytes: &[u8]) -> io::Result<()> {
    let member = begin(file, name)?;
    file.write_all(bytes)?;
    end(file, &member)
}

/// Ends the archive.
pub fn finish(file: &mut File) -> io::Result<()> {
    file.write_all(&[0; 2 * BLOCK_BYTES])
}

/// Where a member's bytes lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name.
    pub name: String,
    /// First byte.
    pub at: u64,
    /// Bytes.
    pub size: u64,
}

/// The members of an archive, in their order.
pub fn members(file: &mut File) -> anyhow::Result<Vec<Found>> {
    let length = file.metadata()?.len();
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let mut block = [0; BLOCK_BYTES];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut block).context("the file is no backup, or was cut off")?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(found);
        }
        let (name, size) = read_header(&block)?;
        ensure!(at + BLOCK + size <= length, "the file was cut off inside {name}");
        found.push(Found { name, at: at + BLOCK, size });
        at += BLOCK + size.next_multiple_of(BLOCK);
    }
}

/// A member's bytes.
pub fn reader<'a>(file: &'a mut File, member: &Found) -> io::Result<impl Read + 'a> {
    file.seek(SeekFrom::Start(member.at))?;
    Ok(file.take(member.size))
}

fn header(name: &str, size: u64) -> [u8; BLOCK_BYTES] {
    let mut header = [0; BLOCK_BYTES];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    if size < LARGEST_OCTAL {
        put(124, format!("{size:011o}\0").as_bytes());
    } else {
        put(124, &[0x80, 0, 0, 0]);
        put(128, &size.to_be_bytes());
    }
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum = checksum(&header);
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}

/// The sum of the header's bytes, its own field counted as blanks.
fn checksum(header: &[u8; BLOCK_BYTES]) -> u32 {
    let own = 148..156;
    header.iter().enumerate().map(|(at, byte)| if own.contains(&at) { 32 } else { u32::from(*byte) }).sum()
}

fn read_header(block: &[u8; BLOCK_BYTES]) -> anyhow::Result<(String, u64)> {
    if &block[257..262] != b"ustar" || octal(&block[148..156]) != Some(u64::from(checksum(block))) {
        bail!("the file is no backup of Predio, or is damaged");
    }
    let name = block[..100].split(|byte| *byte == 0).next().unwrap_or_default();
    let size = if block[124] == 0x80 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&block[128..136]);
        u64::from_be_bytes(bytes)
    } else {
        octal(&block[124..136]).context("a size in the file is damaged")?
    };
    Ok((String::from_utf8_lossy(name).into_owned(), size))
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?;
    u64::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> (std::path::PathBuf, File) {
        let path = std::env::temp_dir().join(format!("predio-archive-{}-{name}", std::process::id()));
        let mut options = File::options();
        (path.clone(), options.read(true).write(true).create(true).truncate(true).open(path).unwrap())
    }

    #[test]
    fn what_is_put_in_is_found_and_tar_reads_it() {
        let (path, mut file) = file("whole.tar");
        put(&mut file, "empty", b"").unwrap();
        put(&mut file, "small", b"seven b").unwrap();
        put(&mut file, "block", &[7; 512]).unwrap();
        finish(&mut file).unwrap();
        let found = members(&mut file).unwrap();
        let told: Vec<_> = found.iter().map(|member| (member.name.as_str(), member.size)).collect();
        assert_eq!(told, [("empty", 0), ("small", 7), ("block", 512)]);
        let mut bytes = Vec::new();
        reader(&mut file, &found[1]).unwrap().read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"seven b");
        let listed = std::process::Command::new("tar").arg("tf").arg(&path).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&listed.stdout), "empty\nsmall\nblock\n");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn sizes_beyond_eight_gibibytes_are_kept() {
        for size in [0, 1, LARGEST_OCTAL - 1, LARGEST_OCTAL, 1 << 45] {
            assert_eq!(read_header(&header("predio.dump", size)).unwrap(), ("predio.dump".to_owned(), size));
        }
    }

    #[test]
    fn garbage_and_cut_files_are_refused() {
        let (path, mut file) = file("cut.tar");
        assert!(members(&mut file).is_err());
        put(&mut file, "block", &[7; 2_000]).unwrap();
        finish(&mut file).unwrap();
        file.set_len(1_500).unwrap();
        assert!(members(&mut file).is_err());
        file.set_len(0).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&[b'x'; 2_048]).unwrap();
        assert!(members(&mut file).is_err());
        std::fs::remove_file(path).unwrap();
    }
}
