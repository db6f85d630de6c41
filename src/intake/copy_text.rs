//! Rows as `COPY` reads them.

/// Appends text with `COPY`'s escapes. PostgreSQL's text has no NUL.
pub fn push_text(row: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'\\' => row.extend_from_slice(b"\\\\"),
            b'\n' => row.extend_from_slice(b"\\n"),
            b'\r' => row.extend_from_slice(b"\\r"),
            b'\t' => row.extend_from_slice(b"\\t"),
            0 => {}
            byte => row.push(byte),
        }
    }
}
