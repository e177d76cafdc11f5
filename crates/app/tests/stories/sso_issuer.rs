//! An identity provider on this machine, which signs whatever a test wants it to sign.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaKeyPair,
};
use ring::{digest, hmac};
use serde_json::{Value as Json, json};
use tokio::task::JoinHandle;

pub const CLIENT: &str = "tenantry & co";
pub const SECRET: &str = "s3cret: p@ss/word+";

/// How the next token is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Es256,
    Rs256,
    Ps256,
    EdDsa,
    /// `alg: none`, without a signature.
    None,
    /// With what everybody knows: the public key.
    Hs256,
    UnknownKey,
    /// The signature of another key, under the name of the right one.
    ForeignKey,
    /// Says ES256, and names the RSA key.
    OtherType,
    /// No name of a key, where several fit.
    NoName,
    Broken,
    Critical,
    OtherTyp,
}

/// What the issuer does; a test changes it as it likes.
pub struct Ways {
    pub discovery: Json,
    pub keys: Option<Json>,
    pub sign: Sign,
    /// Put over the claims of a good token; `null` takes one away.
    pub claims: Json,
    pub token: Option<(u16, String)>,
    pub userinfo: Option<Json>,
    /// Each code with its challenge, nonce, and the time.
    codes: HashMap<String, (String, String, i64)>,
    pub asked: Vec<String>,
}

#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    pub port: u16,
    ways: Arc<Mutex<Ways>>,
    running: Arc<JoinHandle<()>>,
}

struct Pairs {
    ec: EcdsaKeyPair,
    foreign: EcdsaKeyPair,
    ed: Ed25519KeyPair,
    rsa: RsaKeyPair,
}

fn ec() -> EcdsaKeyPair {
    let (way, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let document = EcdsaKeyPair::generate_pkcs8(way, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(way, document.as_ref(), &random).unwrap()
}

fn pairs() -> Pairs {
    let pem = include_str!("sso_issuer_key.pem");
    let lines: String = pem.lines().filter(|it| !it.starts_with('-')).collect();
    let ed = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    Pairs {
        ec: ec(),
        foreign: ec(),
        ed: Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap(),
        rsa: RsaKeyPair::from_pkcs8(&STANDARD.decode(lines).unwrap()).unwrap(),
    }
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Pairs {
    fn public(&self) -> Json {
        let point = self.ec.public_key().as_ref();
        let rsa: PublicKeyComponents<Vec<u8>> = self.rsa.public().into();
        let (n, e) = (rsa.n, rsa.e);
        json!({ "keys": [
            { "kty": "EC", "kid": "ec", "crv": "P-256", "use": "sig", "x": text(&point[1..33]), "y": text(&point[33..]) },
            { "kty": "RSA", "kid": "rsa", "use": "sig", "n": text(&n), "e": text(&e) },
            { "kty": "RSA", "kid": "encryption", "use": "enc", "n": text(&n), "e": text(&e) },
            { "kty": "OKP", "kid": "ed", "crv": "Ed25519", "alg": "EdDSA", "x": text(self.ed.public_key()) },
            { "kty": "EC", "kid": "second", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..]) },
            { "kty": "oct", "kid": "strange", "k": "c2VjcmV0" },
        ] })
    }

    fn token(&self, sign: Sign, claims: &Json) -> String {
        let mut header = match sign {
            Sign::Rs256 => json!({ "alg": "RS256", "kid": "rsa", "typ": "JWT" }),
            Sign::Ps256 => json!({ "alg": "PS256", "kid": "rsa" }),
            Sign::EdDsa => json!({ "alg": "EdDSA", "kid": "ed" }),
            Sign::None => json!({ "alg": "none" }),
            Sign::Hs256 => json!({ "alg": "HS256", "kid": "ec" }),
            Sign::UnknownKey => json!({ "alg": "ES256", "kid": "nobody's" }),
            Sign::OtherType => json!({ "alg": "ES256", "kid": "rsa" }),
            Sign::NoName => json!({ "alg": "ES256" }),
            _ => json!({ "alg": "ES256", "kid": "ec" }),
        };
        if sign == Sign::Critical {
            header["crit"] = json!(["exp"]);
        }
        if sign == Sign::OtherTyp {
            header["typ"] = json!("at+jwt");
        }
        let message = format!("{}.{}", text(header.to_string()), text(claims.to_string()));
        let (bytes, random) = (message.as_bytes(), SystemRandom::new());
        let rsa = |way| {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            self.rsa.sign(way, &random, bytes, &mut signature).unwrap();
            signature
        };
        let mut signature = match sign {
            Sign::None => vec![],
            Sign::Rs256 => rsa(&RSA_PKCS1_SHA256),
            Sign::Ps256 => rsa(&RSA_PSS_SHA256),
            Sign::EdDsa => self.ed.sign(bytes).as_ref().to_vec(),
            Sign::Hs256 => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.ec.public_key().as_ref());
                hmac::sign(&key, bytes).as_ref().to_vec()
            }
            Sign::ForeignKey => self.foreign.sign(&random, bytes).unwrap().as_ref().to_vec(),
            _ => self.ec.sign(&random, bytes).unwrap().as_ref().to_vec(),
        };
        if sign == Sign::Broken {
            signature[10] ^= 1;
        }
        format!("{message}.{}", text(signature))
    }
}

impl Issuer {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}/realm");
        let ways = Arc::new(Mutex::new(Ways {
            discovery: json!({}),
            keys: None,
            sign: Sign::Es256,
            claims: json!({}),
            token: None,
            userinfo: None,
            codes: HashMap::new(),
            asked: vec![],
        }));
        let shared = (url.clone(), ways.clone(), Arc::new(pairs()));
        let router = Router::new()
            .route("/realm/.well-known/openid-configuration", get(discovery))
            .route("/realm/keys", get(published))
            .route("/realm/token", post(token))
            .route("/realm/userinfo", get(userinfo))
            .with_state(shared);
        let running = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            port,
            ways,
            running: Arc::new(running),
        }
    }

    /// Changes what it does.
    pub fn set(&self, change: impl FnOnce(&mut Ways)) {
        change(&mut self.ways.lock().unwrap());
    }

    /// As at the beginning.
    pub fn reset(&self) {
        self.set(|it| {
            it.discovery = json!({});
            (it.keys, it.token, it.userinfo) = (None, None, None);
            (it.sign, it.claims) = (Sign::Es256, json!({}));
        });
    }

    /// What a person does there: logs in, and comes back with a code.
    pub fn code(&self, parameters: &HashMap<String, String>, now: i64) -> String {
        let code = format!("code-{}", kit::secret::token());
        let it = (
            parameters["code_challenge"].clone(),
            parameters["nonce"].clone(),
            now,
        );
        self.set(|ways| {
            ways.codes.insert(code.clone(), it);
        });
        code
    }

    pub fn asked(&self) -> Vec<String> {
        self.ways.lock().unwrap().asked.clone()
    }

    pub async fn stop(&self) {
        self.running.abort();
        while !self.running.is_finished() {
            tokio::task::yield_now().await;
        }
    }
}

type Inside = Shared<(String, Arc<Mutex<Ways>>, Arc<Pairs>)>;

async fn discovery(Shared((url, ways, _)): Inside) -> Response {
    let mut it = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
        "userinfo_endpoint": format!("{url}/userinfo"),
        "id_token_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA", "HS256", "none"],
        "code_challenge_methods_supported": ["S256"],
    });
    let mut ways = ways.lock().unwrap();
    ways.asked.push("discovery".into());
    over(&mut it, &ways.discovery);
    axum::Json(it).into_response()
}

async fn published(Shared((_, ways, pairs)): Inside) -> Response {
    let keys = ways.lock().unwrap().keys.clone();
    axum::Json(keys.unwrap_or_else(|| pairs.public())).into_response()
}

async fn userinfo(Shared((_, ways, _)): Inside, headers: HeaderMap) -> Response {
    assert_eq!(headers[header::AUTHORIZATION], "Bearer access");
    axum::Json(ways.lock().unwrap().userinfo.clone()).into_response()
}

async fn token(Shared((url, ways, pairs)): Inside, headers: HeaderMap, body: Bytes) -> Response {
    let mut ways = ways.lock().unwrap();
    ways.asked.push("token".into());
    if let Some((status, body)) = ways.token.clone() {
        return (StatusCode::from_u16(status).unwrap(), body).into_response();
    }
    let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let refused = |error: &str| {
        let body = json!({ "error": error, "error_description": "no such thing" });
        (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
    };
    let basic = headers[header::AUTHORIZATION].to_str().unwrap();
    let pair = STANDARD
        .decode(basic.strip_prefix("Basic ").unwrap())
        .unwrap();
    let pair = String::from_utf8(pair).unwrap();
    let (id, secret) = pair.split_once(':').unwrap();
    let read = |it: &str| {
        percent_encoding::percent_decode_str(it)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    if (read(id).as_str(), read(secret).as_str()) != (CLIENT, SECRET) {
        return refused("invalid_client");
    }
    // Each code works once, with its verifier.
    let Some((challenge, nonce, now)) = ways.codes.remove(&form["code"]) else {
        return refused("invalid_grant");
    };
    let verifier = digest::digest(&digest::SHA256, form["code_verifier"].as_bytes());
    let right = text(verifier) == challenge
        && form["grant_type"] == "authorization_code"
        && form["redirect_uri"] == "http://127.0.0.1:8080/login/sso";
    if !right {
        return refused("invalid_grant");
    }
    let mut claims = json!({
        "iss": url, "sub": "subject-1", "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce,
        "email": "mia@staff.example", "email_verified": true, "name": "Mia Schäfer",
    });
    over(&mut claims, &ways.claims);
    let id_token = pairs.token(ways.sign, &claims);
    axum::Json(json!({ "id_token": id_token, "access_token": "access", "token_type": "Bearer" }))
        .into_response()
}

fn over(it: &mut Json, changes: &Json) {
    let map = it.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Json::Null => map.remove(name),
            value => map.insert(name.clone(), value.clone()),
        };
    }
}
