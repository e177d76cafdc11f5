//! The *Test* button: can the identity provider be reached, and is it what was entered?

use axum::Json;
use kit::call::Call;
use kit::outbound::Refusal;
use kit::web::At;
use kit::{Error, Result, State};
use schemars::JsonSchema;
use serde::Serialize;

use super::id_token::named;
use super::metadata::discover;
use super::service::{Service, redirect_address};
use super::{SsoProvider, keys::Keys};

/// How a trial went.
#[derive(Serialize, JsonSchema)]
pub struct SsoTrial {
    pub works: bool,
    pub checks: Vec<SsoCheck>,
    /// What to enter at the identity provider.
    pub redirect_address: String,
}

/// One thing that was looked at. What comes after one that does not work is not looked at.
#[derive(Serialize, JsonSchema)]
pub struct SsoCheck {
    /// `issuer` or `keys`.
    pub what: &'static str,
    pub works: bool,
    pub detail: String,
}

/// Reads the identity provider's description of itself and its keys, and says what is wrong. Nobody
/// is logged in, and the client's secret is not tried: only a log-in shows that.
pub async fn sso_provider_test(mut call: Call, At(id): At<SsoProvider>) -> Result<Json<SsoTrial>> {
    let scope = call.allow::<SsoProvider>("update")?;
    let found = call.find(&scope, id).await?;
    let state = call.state.clone();
    // Nobody waits for a transaction that waits for somebody else's server.
    drop(call);
    let service = Service::in_trial(&state.db, found.id).await?;
    let service = service.ok_or(Error::NotFound)?;
    let checks = run(&state, &service).await;
    Ok(Json(SsoTrial {
        works: checks.iter().all(|it| it.works),
        checks,
        redirect_address: redirect_address(&state),
    }))
}

async fn run(state: &State, service: &Service) -> Vec<SsoCheck> {
    let outbound = &state.settings.outbound;
    let metadata = match discover(outbound, &service.issuer).await {
        Ok(it) => it,
        Err(refusal) => return vec![wrong("issuer", &service.issuer, &refusal)],
    };
    let algorithms = metadata.algorithms();
    let issuer = right(
        "issuer",
        format!(
            "{} answers, and signs with {}.",
            service.issuer,
            algorithms.join(", ")
        ),
    );
    let fitting = |it: &Keys| it.count(&named(&algorithms));
    let keys = match metadata.keys(outbound).await {
        Ok(keys) if fitting(&keys) > 0 => {
            right("keys", format!("{} keys can be used.", fitting(&keys)))
        }
        Ok(_) => {
            let refusal = Refusal("holds no key that can be used".into());
            wrong("keys", &metadata.jwks_uri, &refusal)
        }
        Err(refusal) => wrong("keys", &metadata.jwks_uri, &refusal),
    };
    vec![issuer, keys]
}

fn right(what: &'static str, detail: String) -> SsoCheck {
    SsoCheck {
        what,
        works: true,
        detail,
    }
}

fn wrong(what: &'static str, address: &str, refusal: &Refusal) -> SsoCheck {
    SsoCheck {
        what,
        works: false,
        detail: format!("{} {refusal}.", kit::text::clip(address, 300)),
    }
}
