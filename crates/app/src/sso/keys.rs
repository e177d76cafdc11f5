//! The keys that an identity provider signs with (RFC 7517), and the one that a token names.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;

use super::id_token::{Algorithm, Family};

/// The most keys that are looked at.
const MOST: usize = 100;

#[derive(Deserialize)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

impl Keys {
    /// How many of them could sign with one of these algorithms.
    pub fn count(&self, algorithms: &[&'static Algorithm]) -> usize {
        let fits = |key: &&Key| algorithms.iter().any(|it| key.is_for(it));
        self.keys.iter().filter(fits).count()
    }

    /// Whether the key that the token names signed this; without a name there must be one that fits.
    pub fn verify(
        &self,
        algorithm: &Algorithm,
        kid: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), &'static str> {
        let named = |key: &&Key| kid.is_none() || key.kid.as_deref() == kid;
        let named: Vec<&Key> = self.keys.iter().take(MOST).filter(named).collect();
        if named.is_empty() {
            return Err("the token names a key that the issuer does not publish");
        }
        let fitting: Vec<&&Key> = named.iter().filter(|it| it.is_for(algorithm)).collect();
        let [key] = fitting.as_slice() else {
            return Err(match fitting.len() {
                0 => "the token's key is for another algorithm",
                _ => "the token does not say which of several keys signed it",
            });
        };
        match key.verifies(algorithm, message, signature) {
            Some(true) => Ok(()),
            _ => Err("the token's signature is wrong"),
        }
    }
}

impl Key {
    fn is_for(&self, algorithm: &Algorithm) -> bool {
        let (kty, crv) = match algorithm.family {
            Family::Rsa(_) => ("RSA", ""),
            Family::Other(crv, _) if crv == "Ed25519" => ("OKP", crv),
            Family::Other(crv, _) => ("EC", crv),
        };
        self.kty == kty
            && (crv.is_empty() || self.crv == crv)
            && self.purpose.as_deref().is_none_or(|it| it == "sig")
            && self.alg.as_deref().is_none_or(|it| it == algorithm.name)
    }

    /// None for a key that is none.
    fn verifies(&self, algorithm: &Algorithm, message: &[u8], signature: &[u8]) -> Option<bool> {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let verified = match algorithm.family {
            Family::Rsa(parameters) => {
                let number = |text: &str| {
                    let all = bytes(text)?;
                    let start = all.iter().position(|it| *it != 0)?;
                    Some(all[start..].to_vec())
                };
                let (n, e) = (number(&self.n)?, number(&self.e)?);
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
            Family::Other(crv, parameters) => {
                let (x, y) = (bytes(&self.x)?, bytes(&self.y)?);
                let point = match crv {
                    "Ed25519" => x,
                    _ => [&[4][..], &x, &y].concat(),
                };
                let parameters: &'static dyn signature::VerificationAlgorithm = parameters;
                UnparsedPublicKey::new(parameters, point).verify(message, signature)
            }
        };
        Some(verified.is_ok())
    }
}
