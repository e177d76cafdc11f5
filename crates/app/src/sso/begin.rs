//! How somebody logs in, by the domain of their address; and the way to the identity provider.

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kit::access::{Caller, Source};
use kit::body::Body;
use kit::call::{Call, Origin};
use kit::vault::Secret;
use kit::{Error, Id, Result, State, secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::SsoProvider;
use super::denied::unreachable;
use super::exchange::Proof;
use super::metadata::discover;
use super::service::{Service, domain_of, redirect_address};
use crate::people::cookie::{self, WithCookies};
use crate::people::log_in::knock_address;
use crate::people::one_shot::{self, Purpose};

/// How long somebody may take at the identity provider, in seconds.
const PATIENCE: i64 = 10 * 60;

#[derive(Deserialize, JsonSchema)]
pub struct Address {
    pub email: String,
}

/// How people with such an address log in.
#[derive(Serialize, JsonSchema)]
pub struct Methods {
    pub sso: Option<Sso>,
    /// Whether a password may do too.
    pub password: bool,
}

#[derive(Serialize, JsonSchema)]
pub struct Sso {
    pub id: Id<SsoProvider>,
    pub name: String,
}

/// How people of this email domain log in. It is asked for the domain alone: nothing is told about
/// accounts.
pub async fn session_methods(
    Shared(state): Shared<State>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Body(input): Body<Address>,
) -> Result<Json<Methods>> {
    cookie::refuse_foreign(&state.settings, &headers)?;
    knock_address(&state, origin.address)?;
    let found = match domain_of(&input.email) {
        Some(domain) => Service::by_domain(&state.db, domain.as_str()).await?,
        None => None,
    };
    Ok(Json(Methods {
        password: found.as_ref().is_none_or(|it| it.password_log_in),
        sso: found.map(|it| Sso {
            id: it.id,
            name: it.name,
        }),
    }))
}

#[derive(Deserialize, JsonSchema)]
pub struct SsoBegin {
    pub sso_provider_id: Id<SsoProvider>,
    /// Told to the identity provider, so that nobody types it twice.
    #[serde(default)]
    pub email: String,
}

#[derive(Serialize, JsonSchema)]
pub struct SsoWay {
    /// Where to send the browser.
    pub address: String,
}

/// Begins a log-in: the browser keeps a cookie, and goes to the identity provider. What comes back is
/// taken from the same browser only, within ten minutes, and once.
pub async fn session_sso(
    Shared(state): Shared<State>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Body(input): Body<SsoBegin>,
) -> Result<WithCookies<Json<SsoWay>>> {
    cookie::refuse_foreign(&state.settings, &headers)?;
    knock_address(&state, origin.address)?;
    let service = Service::by_id(&state.db, input.sso_provider_id.uuid()).await?;
    let service = service.ok_or(Error::NotFound)?;
    let outbound = &state.settings.outbound;
    let found = discover(outbound, &service.issuer).await;
    let way = found.and_then(|it| it.authorization(outbound));
    let mut way = way.map_err(|it| {
        let denied = unreachable("the issuer", &it);
        tracing::warn!(
            request_id = origin.request_id,
            sso = service.name,
            cause = denied.cause,
            "single sign-on could not begin"
        );
        denied.error(&service.name)
    })?;

    let origin = Origin {
        idempotency: None,
        ..origin
    };
    let mut call = Call::new(
        &state,
        Caller::operator("Single sign-on", Source::Web),
        origin,
    );
    let browser = Secret::new(secret::token());
    let subject = service.id.uuid();
    let state_text = secret::token();
    let bound = bound(&state_text, browser.expose());
    one_shot::make_of(&mut call, Purpose::Sso, subject, PATIENCE, bound).await?;
    call.commit(vec![]).await?;

    let proof = proof(&state_text, browser.expose());
    way.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &service.client_id)
        .append_pair("redirect_uri", &redirect_address(&state))
        .append_pair("scope", &service.scopes)
        .append_pair("state", &state_text)
        .append_pair("nonce", &proof.nonce)
        .append_pair("code_challenge", &challenge(&proof.verifier))
        .append_pair("code_challenge_method", "S256");
    if domain_of(&input.email).is_some() {
        way.query_pairs_mut()
            .append_pair("login_hint", &input.email);
    }
    Ok(WithCookies {
        cookies: vec![cookie::sso(&state.settings, Some(&browser), PATIENCE)],
        answer: Json(SsoWay {
            address: way.into(),
        }),
    })
}

/// The one-shot is the state and the browser's cookie together: each alone is worth nothing.
pub fn bound(state: &str, browser: &str) -> String {
    format!("{state}.{browser}")
}

/// Made of what only this browser has, so that nothing secret need be kept.
pub fn proof(state: &str, browser: &str) -> Proof {
    let of = |use_: &str| secret::digest(&[use_.as_bytes(), state.as_bytes(), browser.as_bytes()]);
    Proof {
        verifier: of("sso verifier"),
        nonce: of("sso nonce"),
    }
}

/// S256 of RFC 7636.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
        let proof = proof("state", "browser");
        assert_eq!(proof.verifier.len(), 43);
        assert_ne!(proof.verifier, proof.nonce);
    }
}
