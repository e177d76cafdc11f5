//! Secrets at rest (security.md 23): encrypted with a key that lies outside the database, bound to
//! the place where they are stored, and marked with the key's id, so that keys can be changed.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key as Cipher, KeyInit, XChaCha20Poly1305, XNonce};

use crate::error::{Error, Result};
use crate::secret;

/// How many characters of a key's digest are its id.
const ID: usize = 8;
const NONCE: usize = 24;

/// What must not be seen: in no log, no answer, no audit event.
pub struct Secret(String);

impl Secret {
    pub fn new(it: impl Into<String>) -> Self {
        Self(it.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The keys of this installation: the first one encrypts, all of them decrypt. Cheap to clone.
#[derive(Clone, Default)]
pub struct Keys {
    ring: Arc<RwLock<Vec<Key>>>,
    file: Option<Arc<PathBuf>>,
}

#[derive(Clone)]
struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.ids().join(", "))
    }
}

impl Key {
    fn parse(line: &str) -> Option<Self> {
        let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(line).ok()?.try_into().ok()?;
        let mut id = secret::digest(&[b"key", &bytes]);
        id.truncate(ID);
        Some(Self {
            id,
            cipher: XChaCha20Poly1305::new(&Cipher::from(bytes)),
        })
    }
}

impl Keys {
    /// Keys that nobody else has and that are gone with the process.
    pub fn random() -> Self {
        let ring: Vec<Key> = Key::parse(&secret::token()).into_iter().collect();
        Self {
            ring: Arc::new(RwLock::new(ring)),
            file: None,
        }
    }

    /// Reads a key file, one key a line; makes it with a new key where there is none.
    pub fn load_or_make(file: &Path) -> Result<Self, String> {
        match write_new(file, &format!("{}\n", secret::token())) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(format!("cannot make {}: {error}", file.display()))
            }
            Ok(()) | Err(_) => Self::load(file),
        }
    }

    /// Reads a key file.
    pub fn load(file: &Path) -> Result<Self, String> {
        Ok(Self {
            ring: Arc::new(RwLock::new(read(file)?)),
            file: Some(Arc::new(file.to_owned())),
        })
    }

    /// Puts a new key before those of a file: it encrypts from now on, the others still decrypt.
    pub fn add_to(file: &Path) -> Result<Self, String> {
        let told = |error: std::io::Error| format!("cannot write {}: {error}", file.display());
        let known = std::fs::read_to_string(file)
            .map_err(|it| format!("cannot read {}: {it}", file.display()))?;
        let fresh = file.with_extension("new");
        write_new(&fresh, &format!("{}\n{known}", secret::token())).map_err(told)?;
        crate::backup::rename(&fresh, file).map_err(told)?;
        Self::load(file)
    }

    /// The keys' ids, the one that encrypts first.
    pub fn ids(&self) -> Vec<String> {
        let ring = self.ring.read();
        ring.map(|it| it.iter().map(|key| key.id.clone()).collect())
            .unwrap_or_default()
    }

    /// Encrypts a secret for one place, such as `one_shots/0192…`: copied elsewhere it does not open.
    pub fn seal(&self, place: &str, secret: &Secret) -> Result<String> {
        let first = self.ring.read().ok().and_then(|it| it.first().cloned());
        let key = first.ok_or_else(|| Error::internal("there is no key for secrets"))?;
        let mut nonce = [0; NONCE];
        secret::fill(&mut nonce);
        let payload = Payload {
            msg: secret.0.as_bytes(),
            aad: place.as_bytes(),
        };
        let sealed = key
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(Error::internal)?;
        let text = URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat());
        Ok(format!("{}.{text}", key.id))
    }

    pub fn open(&self, place: &str, sealed: &str) -> Result<Secret> {
        let broken = || Error::internal(format!("the secret of {place} does not open"));
        let (id, text) = sealed.split_once('.').ok_or_else(broken)?;
        let key = self.key(id).ok_or_else(|| {
            Error::internal(format!(
                "the secret of {place} needs key {id}, which is not in the key file"
            ))
        })?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| broken())?;
        let (nonce, msg) = bytes.split_at_checked(NONCE).ok_or_else(broken)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| broken())?;
        let payload = Payload {
            msg,
            aad: place.as_bytes(),
        };
        let opened = key
            .cipher
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| broken())?;
        String::from_utf8(opened).map(Secret).map_err(|_| broken())
    }

    /// A key may have been added since the file was read.
    fn key(&self, id: &str) -> Option<Key> {
        let find = || {
            let ring = self.ring.read().ok()?;
            ring.iter().find(|it| it.id == id).cloned()
        };
        find().or_else(|| {
            let fresh = read(self.file.as_deref()?).ok()?;
            *self.ring.write().ok()? = fresh;
            find()
        })
    }
}

/// The id of the key that a secret was encrypted with.
pub fn key_of(sealed: &str) -> &str {
    sealed.split('.').next().unwrap_or_default()
}

fn read(file: &Path) -> Result<Vec<Key>, String> {
    let text = std::fs::read_to_string(file)
        .map_err(|it| format!("cannot read the key file {}: {it}", file.display()))?;
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
    let keys: Option<Vec<Key>> = lines.map(Key::parse).collect();
    keys.filter(|it| !it.is_empty()).ok_or_else(|| {
        format!(
            "{} is no key file: each line is a key, 32 bytes as URL-safe base64",
            file.display()
        )
    })
}

/// Writes a file of keys: for its owner alone, and never over a file that is there.
pub fn write_new(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut made = options.open(file)?;
    made.write_all(text.as_bytes())?;
    made.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_open_in_their_place_only() {
        let keys = Keys::random();
        let sealed = keys.seal("users/1", &Secret::new("red boats")).unwrap();
        assert!(!sealed.contains("red"));
        assert_eq!(keys.open("users/1", &sealed).unwrap().expose(), "red boats");
        assert!(keys.open("users/2", &sealed).is_err());
        assert!(Keys::random().open("users/1", &sealed).is_err());
        let (id, text) = sealed.split_once('.').unwrap();
        for at in [0, 30, text.len() - 2] {
            let mut other = text.as_bytes().to_vec();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = format!("{id}.{}", String::from_utf8(other).unwrap());
            assert!(keys.open("users/1", &other).is_err(), "{at}");
        }
        for bad in ["", ".", id, &format!("{id}."), &format!("{id}.AAAA")] {
            assert!(keys.open("users/1", bad).is_err(), "{bad}");
        }
        assert_eq!(key_of(&sealed), keys.ids()[0]);
        let told = format!("{keys:?} {:?}", Secret::new("red boats"));
        assert!(!told.contains("red boats"));
    }

    #[test]
    fn a_new_key_encrypts_and_the_old_one_still_decrypts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tenantry.key");
        let served = Keys::load_or_make(&file).unwrap();
        let old = served.seal("a", &Secret::new("x")).unwrap();
        let added = Keys::add_to(&file).unwrap();
        assert_eq!(added.ids().len(), 2);
        assert_eq!(added.ids()[1], served.ids()[0]);
        assert_eq!(added.open("a", &old).unwrap().expose(), "x");
        let fresh = added.seal("a", &Secret::new("y")).unwrap();
        assert_ne!(key_of(&fresh), key_of(&old));
        // Whoever read the file before looks again.
        assert_eq!(served.open("a", &fresh).unwrap().expose(), "y");
        assert_eq!(Keys::load_or_make(&file).unwrap().ids(), added.ids());
        std::fs::write(&file, "no key\n").unwrap();
        assert!(Keys::load(&file).is_err());
    }
}
