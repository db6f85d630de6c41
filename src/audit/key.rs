//! The key that signs seals: Ed25519, a file outside the database, in the standard forms that `openssl` reads.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

/// What stands before the 32 bytes of a private key in PKCS#8 (RFC 8410).
const PRIVATE: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
/// What stands before the 32 bytes of a public key.
const PUBLIC: [u8; 12] = *b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

/// A public key; base64 of its 32 bytes where it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// From its bytes.
    ///
    /// # Errors
    /// When they are not 32.
    pub fn of_bytes(bytes: &[u8]) -> anyhow::Result<Self> {
        Ok(Self(bytes.try_into().context("a public key has 32 bytes")?))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a PEM file.
    ///
    /// # Errors
    /// When it holds no Ed25519 public key.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let bytes = unwrap_pem(&text, "PUBLIC KEY", &PUBLIC)
            .with_context(|| format!("{} holds no Ed25519 public key", path.display()))?;
        Ok(Self(bytes))
    }

    /// As a PEM file.
    pub fn pem(&self) -> String {
        wrap_pem("PUBLIC KEY", &PUBLIC, &self.0)
    }

    /// Whether this key's owner signed `message`.
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        STANDARD.encode(key.0)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = anyhow::Error;

    fn try_from(text: String) -> anyhow::Result<Self> {
        Self::of_bytes(&STANDARD.decode(text)?)
    }
}

/// The signing key, and the file beside it that keeps every seal made with it.
pub struct SealKey {
    pair: Ed25519KeyPair,
    log: PathBuf,
}

impl SealKey {
    /// Reads the key.
    ///
    /// # Errors
    /// When there is none, or others may read it.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the seal key {}", path.display()))?;
        let mode = fs::metadata(path)?.mode();
        ensure!(matches!(mode & 0o077, 0), "others may read the seal key {}: chmod 600 it", path.display());
        let seed = unwrap_pem(&text, "PRIVATE KEY", &PRIVATE)
            .with_context(|| format!("{} holds no Ed25519 private key", path.display()))?;
        Self::of_seed(&seed, path)
    }

    /// Reads the key, or makes it where there is none.
    ///
    /// # Errors
    /// As [`SealKey::load`].
    pub fn load_or_create(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            create(path).with_context(|| format!("cannot write the seal key {}", path.display()))?;
        }
        Self::load(path)
    }

    /// What verifies its signatures.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(bytes)
    }

    /// Signs `message`.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// The file that keeps every seal, outside the database: `seals.ndjson` beside the key.
    pub fn log(&self) -> &Path {
        &self.log
    }

    fn of_seed(seed: &[u8; 32], path: &Path) -> anyhow::Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|_| anyhow::anyhow!("the seal key is damaged"))?;
        Ok(Self { pair, log: path.with_file_name("seals.ndjson") })
    }
}

/// Written aside and linked to its place: a crash leaves no half key, and of two processes that start at once the
/// second finds the key of the first.
fn create(path: &Path) -> anyhow::Result<()> {
    let mut seed = [0; 32];
    if SystemRandom::new().fill(&mut seed).is_err() {
        bail!("the operating system gives no random numbers");
    }
    let aside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&aside)?;
    file.write_all(wrap_pem("PRIVATE KEY", &PRIVATE, &seed).as_bytes())?;
    file.sync_all()?;
    give_to_owner_of_folder(&aside)?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

/// Root makes files for the service, which runs as the owner of the folder.
pub fn give_to_owner_of_folder(path: &Path) -> anyhow::Result<()> {
    if nix::unistd::geteuid().is_root() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let metadata = fs::metadata(folder)?;
        std::os::unix::fs::chown(path, Some(metadata.uid()), Some(metadata.gid()))?;
    }
    Ok(())
}

fn wrap_pem(label: &str, prefix: &[u8], bytes: &[u8; 32]) -> String {
    let body = STANDARD.encode([prefix, bytes].concat());
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

fn unwrap_pem(text: &str, label: &str, prefix: &[u8]) -> anyhow::Result<[u8; 32]> {
    let body = text
        .trim()
        .strip_prefix(&format!("-----BEGIN {label}-----"))
        .and_then(|rest| rest.strip_suffix(&format!("-----END {label}-----")))
        .with_context(|| format!("no {label} in PEM form"))?;
    let bytes = STANDARD.decode(body.split_whitespace().collect::<String>())?;
    let key = bytes.strip_prefix(prefix).context("another kind of key")?;
    key.try_into().context("a key has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("predio-key-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_key_is_made_once_and_signs() {
        let folder = folder("made");
        let path = folder.join("seal.key");
        let key = SealKey::load_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let again = SealKey::load_or_create(&path).unwrap();
        assert_eq!(key.public(), again.public());
        let signature = key.sign(b"said");
        assert!(again.public().signed(b"said", &signature));
        assert!(!again.public().signed(b"Said", &signature));
        let public = folder.join("seal.pub");
        fs::write(&public, key.public().pem()).unwrap();
        assert_eq!(PublicKey::load(&public).unwrap(), key.public());
        assert!(PublicKey::load(&path).is_err() && SealKey::load(&public).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let folder = folder("open");
        let path = folder.join("seal.key");
        SealKey::load_or_create(&path).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        assert!(SealKey::load(&path).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    /// RFC 8032, section 7.1, test 2, in the PEM form that `openssl` writes.
    #[test]
    fn keys_and_signatures_are_the_standard_ones() {
        let folder = folder("rfc");
        let path = folder.join("seal.key");
        let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        let seed: Vec<u8> =
            (0..32).map(|at| u8::from_str_radix(&seed[2 * at..2 * at + 2], 16).unwrap()).collect();
        fs::write(&path, wrap_pem("PRIVATE KEY", &PRIVATE, &seed.try_into().unwrap())).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let key = SealKey::load(&path).unwrap();
        assert_eq!(
            hex::encode(key.public().bytes()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        assert!(
            hex::encode(key.sign(&[0x72]))
                .starts_with("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da")
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
