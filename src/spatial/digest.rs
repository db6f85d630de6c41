//! What a file is told by: its length and its SHA-256.

use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Bytes of the file, and their SHA-256.
///
/// # Errors
/// When it cannot be read to its end.
pub fn of_file(path: &Path) -> io::Result<(u64, [u8; 32])> {
    let mut hash = Sha256::new();
    let length = io::copy(&mut File::open(path)?, &mut hash)?;
    Ok((length, hash.finalize().into()))
}
