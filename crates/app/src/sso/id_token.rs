//! ID tokens: the signature first, then every claim that makes it ours (OpenID Connect Core 3.1.3.7).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::time::Instant;
use ring::signature::{self as ring_signature, RsaParameters, VerificationAlgorithm};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::keys::Keys;

/// Clocks differ by this many seconds at most, and a token is not older than that.
const LEEWAY: i64 = 60;
const OLDEST: i64 = 10 * 60;

/// A way to sign that is trusted.
pub struct Algorithm {
    pub name: &'static str,
    pub family: Family,
}

pub enum Family {
    Rsa(&'static RsaParameters),
    /// A curve, and what verifies on it.
    Other(&'static str, &'static dyn VerificationAlgorithm),
}

/// With the issuer's own key only: not `none`, and not `HS256` and its like, whose key the client
/// knows.
pub static ALGORITHMS: &[Algorithm] = &[
    rsa("RS256", &ring_signature::RSA_PKCS1_2048_8192_SHA256),
    rsa("RS384", &ring_signature::RSA_PKCS1_2048_8192_SHA384),
    rsa("RS512", &ring_signature::RSA_PKCS1_2048_8192_SHA512),
    rsa("PS256", &ring_signature::RSA_PSS_2048_8192_SHA256),
    rsa("PS384", &ring_signature::RSA_PSS_2048_8192_SHA384),
    rsa("PS512", &ring_signature::RSA_PSS_2048_8192_SHA512),
    other("ES256", "P-256", &ring_signature::ECDSA_P256_SHA256_FIXED),
    other("ES384", "P-384", &ring_signature::ECDSA_P384_SHA384_FIXED),
    other("EdDSA", "Ed25519", &ring_signature::ED25519),
];

const fn rsa(name: &'static str, parameters: &'static RsaParameters) -> Algorithm {
    Algorithm {
        name,
        family: Family::Rsa(parameters),
    }
}

const fn other(
    name: &'static str,
    curve: &'static str,
    parameters: &'static dyn VerificationAlgorithm,
) -> Algorithm {
    Algorithm {
        name,
        family: Family::Other(curve, parameters),
    }
}

/// The algorithms of these names.
pub fn named(names: &[&str]) -> Vec<&'static Algorithm> {
    let all = ALGORITHMS.iter();
    all.filter(|it| names.contains(&it.name)).collect()
}

/// What a token must say to be believed.
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub algorithms: &'a [&'static str],
    pub now: Instant,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    crit: Option<Json>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    #[serde(default)]
    azp: Option<String>,
    exp: f64,
    iat: f64,
    #[serde(default)]
    nbf: Option<f64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(flatten)]
    more: Map<String, Json>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Who logged in, and what else the token says of them.
#[derive(Debug)]
pub struct Told {
    pub subject: String,
    pub claims: Map<String, Json>,
}

/// Checks a token; the error is the cause for the log.
pub fn verify(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<Told, &'static str> {
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("the token has not three parts");
    };
    let bytes = |part: &str| {
        URL_SAFE_NO_PAD
            .decode(part)
            .map_err(|_| "the token is broken")
    };
    let read: Header =
        serde_json::from_slice(&bytes(header)?).map_err(|_| "the token's header is broken")?;
    let allowed = named(expected.algorithms);
    let algorithm = allowed.into_iter().find(|it| it.name == read.alg);
    let algorithm = algorithm.ok_or("the token is signed in a way that is not trusted")?;
    if read.crit.is_some() {
        return Err("the token demands what is not known here");
    }
    if read.typ.is_some_and(|it| !it.eq_ignore_ascii_case("jwt")) {
        return Err("the token is of another type");
    }
    let message = &token[..header.len() + 1 + payload.len()];
    let signature = bytes(signature)?;
    keys.verify(
        algorithm,
        read.kid.as_deref(),
        message.as_bytes(),
        &signature,
    )?;
    let claims: Claims = serde_json::from_slice(&bytes(payload)?)
        .map_err(|_| "the token lacks a claim that it must have")?;
    check(claims, expected)
}

fn check(it: Claims, expected: &Expected<'_>) -> Result<Told, &'static str> {
    let audience = match it.aud {
        Audience::One(it) => vec![it],
        Audience::Many(all) => all,
    };
    let now = expected.now.seconds_since(Instant::from_micros(0)) as f64;
    let (leeway, oldest) = (LEEWAY as f64, OLDEST as f64);
    if it.iss != expected.issuer {
        return Err("the token is of another issuer");
    }
    if !audience.iter().any(|it| it == expected.client_id) {
        return Err("the token is for another client");
    }
    if audience.len() > 1 && it.azp.is_none() {
        return Err("the token is for several clients and does not say whose it is");
    }
    if it.azp.is_some_and(|it| it != expected.client_id) {
        return Err("the token was given to another client");
    }
    if it.exp <= now - leeway {
        return Err("the token has expired");
    }
    if it.iat > now + leeway || it.nbf.is_some_and(|it| it > now + leeway) {
        return Err("the token is not valid yet");
    }
    if it.iat < now - leeway - oldest {
        return Err("the token is too old");
    }
    if it.nonce.as_deref() != Some(expected.nonce) {
        return Err("the token belongs to another log-in");
    }
    if it.sub.is_empty() || it.sub.len() > 255 {
        return Err("the token does not say who somebody is");
    }
    Ok(Told {
        subject: it.sub,
        claims: it.more,
    })
}
