//! Randomness and digests: the one place that asks the machine for random bytes.

use base64::Engine;
use sha2::{Digest, Sha256};

/// Fills with random bytes from the operating system.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that asks the machine"
)]
pub fn fill(bytes: &mut [u8]) {
    // Without randomness nothing that follows is safe: identifiers and tokens could be guessed.
    if let Err(error) = getrandom::fill(bytes) {
        panic!("the operating system gives no random bytes: {error}");
    }
}

/// 256 random bits as URL-safe text: session and API tokens.
pub fn token() -> String {
    let mut bytes = [0; 32];
    fill(&mut bytes);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// `count` random characters of Crockford's base 32, without those that look alike.
pub fn code(count: usize) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut bytes = vec![0; count];
    fill(&mut bytes);
    bytes
        .iter()
        .map(|it| char::from(LETTERS[usize::from(it % 32)]))
        .collect()
}

/// SHA-256 as URL-safe text: how tokens are stored (they are random, so no slow hash is needed).
pub fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// SHA-256 of something that comes in pieces, such as a file.
#[derive(Default)]
pub struct Digesting(Sha256);

impl Digesting {
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn text(self) -> String {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.0.finalize())
    }
}
