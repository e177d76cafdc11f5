//! The keys of the seals: in a file outside the database, so that whoever can write the one cannot
//! forge the other (AUD-03, security.md 23).

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use kit::vault::write_new;
use sha2::{Digest, Sha256};

use super::seal::{CONTEXT, hex};

/// The keys of a file: the first seals, all of them verify. A new one goes on top.
pub struct Keys {
    seals: SigningKey,
    verify: Verifying,
}

/// The public keys: what proves seals without being able to make them.
pub struct Verifying(Vec<VerifyingKey>);

const PRIVATE: &str = "private ";
const PUBLIC: &str = "public ";

impl Keys {
    /// Reads the file; makes it, with a new key, if it is not there.
    pub fn open(file: &Path) -> Result<Self, String> {
        if !file.exists() {
            make(file)?;
        }
        let keys = read(file)?;
        let private = keys.iter().find_map(|it| it.0.clone());
        let seals = private.ok_or_else(|| {
            format!(
                "{} has no private key: events cannot be sealed with it",
                file.display()
            )
        })?;
        let verify = Verifying(keys.into_iter().map(|it| it.1).collect());
        Ok(Self { seals, verify })
    }

    /// A key that nobody keeps.
    pub fn random() -> Self {
        let seals = random();
        let verify = Verifying(vec![seals.verifying_key()]);
        Self { seals, verify }
    }

    pub fn id(&self) -> String {
        id(&self.seals.verifying_key())
    }

    pub fn sign(&self, hash: &str) -> String {
        BASE64.encode(self.seals.sign(signed(hash).as_bytes()).to_bytes())
    }

    pub fn verifying(&self) -> &Verifying {
        &self.verify
    }
}

impl Verifying {
    /// Those of a file, which may have only the public ones.
    pub fn open(file: &Path) -> Result<Self, String> {
        Ok(Self(read(file)?.into_iter().map(|it| it.1).collect()))
    }

    /// Whether one of the keys signed this hash under its own id.
    pub fn is_signed(&self, key_id: &str, hash: &str, signature: &str) -> bool {
        let Some(key) = self.0.iter().find(|it| id(it) == key_id) else {
            return false;
        };
        let bytes = BASE64.decode(signature).unwrap_or_default();
        let signature = Signature::from_slice(&bytes);
        signature.is_ok_and(|it| key.verify_strict(signed(hash).as_bytes(), &it).is_ok())
    }
}

fn signed(hash: &str) -> String {
    format!("{CONTEXT}{hash}")
}

fn id(key: &VerifyingKey) -> String {
    hex(&Sha256::digest(key.as_bytes()).as_slice()[..8])
}

fn random() -> SigningKey {
    let mut seed = [0; 32];
    kit::secret::fill(&mut seed);
    SigningKey::from_bytes(&seed)
}

fn make(file: &Path) -> Result<(), String> {
    let key = random();
    let text = format!(
        "# Seals Tenantry's audit log. Keep it outside the database's backups; the lines with “public” are\n# all that `tenantry audit verify` needs. The first private key seals; put a new one above it.\n{PRIVATE}{}\n{PUBLIC}{}\n",
        BASE64.encode(key.to_bytes()),
        BASE64.encode(key.verifying_key().as_bytes())
    );
    match write_new(file, &text) {
        // Another node was quicker.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        it => it.map_err(|error| {
            format!("the key of the audit's seals cannot be written to {}: {error}. Name another place with --audit-key.", file.display())
        }),
    }
}

fn read(file: &Path) -> Result<Vec<(Option<SigningKey>, VerifyingKey)>, String> {
    let text = fs::read_to_string(file)
        .map_err(|error| format!("the audit key {} cannot be read: {error}", file.display()))?;
    let mut keys = vec![];
    for (n, line) in text.lines().enumerate() {
        let key =
            |text: &str| -> Option<[u8; 32]> { BASE64.decode(text.trim()).ok()?.try_into().ok() };
        let read = match line.split_at_checked(line.find(' ').map_or(0, |it| it + 1)) {
            _ if line.trim().is_empty() || line.starts_with('#') => continue,
            Some((PRIVATE, it)) => key(it)
                .map(|it| SigningKey::from_bytes(&it))
                .map(|it| (Some(it.clone()), it.verifying_key())),
            Some((PUBLIC, it)) => {
                key(it).and_then(|it| Some((None, VerifyingKey::from_bytes(&it).ok()?)))
            }
            _ => None,
        };
        keys.push(read.ok_or_else(|| format!("line {} of {} is no key", n + 1, file.display()))?);
    }
    match keys.is_empty() {
        true => Err(format!("{} has no keys", file.display())),
        false => Ok(keys),
    }
}
