//! What a file is, told from its bytes.

use std::fmt;

use crate::problem::{Error, Violation};

/// Largest file that is taken: 50 MB.
pub const MOST_BYTES: usize = 50 << 20;

/// How far from its end a PDF says that it ends.
const PDF_TAIL: usize = 1024;

/// A type of file that the store takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Pdf,
    Png,
    Jpeg,
}

impl Type {
    const ALL: [Self; 3] = [Self::Pdf, Self::Png, Self::Jpeg];

    /// The type of these bytes. Beginning and end must both fit, so that nothing hides behind a short image.
    ///
    /// # Errors
    /// The rule, for bytes of any other type.
    pub fn of(bytes: &[u8]) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|one| one.fits(bytes)).ok_or_else(|| {
            Error::Rules(vec![Violation {
                rule: "file_is_of_a_known_type".into(),
                detail: "es: el archivo debe ser PDF, PNG o JPEG completo | en: the file must be a whole PDF, PNG or JPEG"
                    .to_owned(),
                pointer: None,
            }])
        })
    }

    fn fits(self, bytes: &[u8]) -> bool {
        match self {
            Self::Pdf => {
                let tail = &bytes[bytes.len().saturating_sub(PDF_TAIL)..];
                bytes.starts_with(b"%PDF-") && tail.windows(5).any(|five| five == b"%%EOF")
            }
            Self::Png => {
                bytes.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
                    && bytes.ends_with(b"IEND\xae\x42\x60\x82")
            }
            Self::Jpeg => bytes.starts_with(b"\xff\xd8\xff") && bytes.ends_with(b"\xff\xd9"),
        }
    }

    /// As it stands in the database and in `Content-Type`.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// Ending of a downloaded file's name.
pub fn ending(media: &str) -> &'static str {
    match media {
        "application/pdf" => "pdf",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        _ => "bin",
    }
}

/// SHA-256 of a file: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hash(Vec<u8>);

impl Hash {
    /// Reads the digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hash = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
        is_hash.then(|| (0..64).step_by(2).filter_map(byte).collect()).map(Self)
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Hash {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_say_the_type() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR....IEND\xae\x42\x60\x82";
        assert_eq!(Type::of(b"%PDF-1.7\n...\n%%EOF\n").unwrap(), Type::Pdf);
        assert_eq!(Type::of(png).unwrap(), Type::Png);
        assert_eq!(Type::of(b"\xff\xd8\xff\xe0....\xff\xd9").unwrap(), Type::Jpeg);
        let behind = [png.as_slice(), b"<script>alert(1)</script>"].concat();
        for other in [b"".as_slice(), b"%PDF-1.7 cut", b"<html>", b"PK\x03\x04", b"\xff\xd8", &behind] {
            assert!(matches!(Type::of(other), Err(Error::Rules(_))), "{other:?}");
        }
    }

    #[test]
    fn a_hash_is_read_and_written() {
        let text = "00ff".repeat(16);
        assert_eq!(Hash::parse(&text).unwrap().to_string(), text);
        for wrong in ["", "00", &"zz".repeat(32), &"é".repeat(32), &format!("{text}0")] {
            assert!(Hash::parse(wrong).is_none(), "{wrong}");
        }
    }
}
