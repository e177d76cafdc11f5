//! Back from the identity provider.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use kit::access::{Caller, Source};
use kit::body::Body;
use kit::call::{Call, Origin};
use kit::event::{Change, Event};
use kit::resource::{Owner, Resource};
use kit::{Error, Result, State};
use schemars::JsonSchema;
use serde::Deserialize;

use super::SsoProvider;
use super::begin::{bound, proof};
use super::denied::{Denied, Stop, denied};
use super::exchange;
use super::person;
use super::service::Service;
use crate::people::cookie::{self, WithCookies};
use crate::people::log_in::{self, knock_address};
use crate::people::one_shot::{self, Purpose};
use crate::people::session::Session;

/// What the identity provider gave the browser to bring: the parameters of the address.
#[derive(Deserialize, JsonSchema)]
pub struct SsoReturn {
    pub state: String,
    #[serde(default)]
    pub code: Option<String>,
    /// Who answers (RFC 9207).
    #[serde(default)]
    pub iss: Option<String>,
    /// Why there is no code.
    #[serde(default)]
    pub error: Option<String>,
    #[serde(default)]
    pub error_description: Option<String>,
}

/// Completes a log-in by single sign-on; the answer sets the session's cookie. It counts as both
/// steps: a second factor is the identity provider's matter. The session may what its user holds at
/// the provider and below, and nothing elsewhere.
pub async fn session_sso_complete(
    Shared(state): Shared<State>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Body(input): Body<SsoReturn>,
) -> Result<WithCookies<Json<Session>>> {
    cookie::refuse_foreign(&state.settings, &headers)?;
    knock_address(&state, origin.address)?;
    let origin = Origin {
        idempotency: None,
        ..origin
    };
    let browser = cookie::sso_secret(&state.settings, &headers).unwrap_or_default();
    let service = take(&state, &input.state, browser, &origin).await?;
    let proof = proof(&input.state, browser);
    match enter(&state, &service, &input, &proof, &origin, &headers).await {
        Ok(mut entered) => {
            let spent = cookie::sso(&state.settings, None, 0);
            entered.cookies.push(spent);
            Ok(entered)
        }
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::Denied(it)) => {
            tell(&state, &service, &it, &origin).await?;
            Err(it.error(&service.name))
        }
    }
}

/// Uses the state up, before anybody is asked: it works once, in the browser that it was given to.
async fn take(state: &State, given: &str, browser: &str, origin: &Origin) -> Result<Service> {
    let caller = Caller::operator("Single sign-on", Source::Web);
    let mut call = Call::new(state, caller, origin.clone());
    let id = one_shot::use_up(&mut call, Purpose::Sso, &bound(given, browser)).await?;
    call.commit(vec![]).await?;
    let service = match id {
        Some(id) => Service::by_id(&state.db, id).await?,
        None => None,
    };
    service.ok_or_else(|| {
        tracing::warn!(
            request_id = origin.request_id,
            "single sign-on refused: the state is unknown, used, too old or of another browser"
        );
        Error::Unauthenticated {
            code: "sso_state",
            detail: "This log-in was not begun in this browser, took too long or was completed already. Begin again.",
        }
    })
}

async fn enter(
    state: &State,
    service: &Service,
    input: &SsoReturn,
    proof: &exchange::Proof,
    origin: &Origin,
    headers: &HeaderMap,
) -> Result<WithCookies<Json<Session>>, Stop> {
    let code = code(input)?;
    let issuer = input.iss.as_deref();
    let identity = exchange::identity(state, service, code, issuer, proof).await?;
    let email = person::email(state, service, &identity).await?;
    let about = |it: Stop| match it {
        Stop::Denied(it) => Stop::Denied(Denied {
            email: Some(email.as_str().to_owned()),
            ..it
        }),
        it => it,
    };
    let account = person::account(state, service, &identity, &email, origin).await;
    let account = account.map_err(about)?;
    let caller = person::admit(state, service, &account).await;
    let caller = caller.map_err(about)?;
    let call = Call::new(state, Arc::new(caller), origin.clone());
    let event = account.event("log_in");
    let event = event.with(Change::new(
        "sso_provider",
        None::<String>,
        service.name.as_str(),
    ));
    Ok(log_in::finish(call, &account, headers, event).await?)
}

fn code(input: &SsoReturn) -> Result<&str, Denied> {
    if let Some(error) = &input.error {
        let said = format!(
            "{error} {}",
            input.error_description.as_deref().unwrap_or_default()
        );
        let said = kit::text::clean(&said).into_owned();
        let cause = format!("the issuer answers {}", kit::text::clip(&said, 300));
        return Err(denied("sso_cancelled", cause));
    }
    let code = input.code.as_deref().filter(|it| !it.is_empty());
    code.ok_or_else(|| denied("sso_failed", "the issuer sent no code"))
}

/// Who was not let in, and why: in the log, and in the provider's audit.
async fn tell(state: &State, service: &Service, it: &Denied, origin: &Origin) -> Result<()> {
    tracing::warn!(
        request_id = origin.request_id,
        sso = service.name,
        code = it.code,
        cause = it.cause,
        "single sign-on refused"
    );
    let who = it.email.as_deref().unwrap_or("Single sign-on");
    let event = Event {
        object_type: SsoProvider::NAME,
        object_id: service.id.uuid(),
        object_name: service.name.clone(),
        action: "refuse_log_in",
        owner: Owner::provider(service.provider_id),
        changes: vec![
            Change::new("code", None::<String>, it.code),
            Change::new("cause", None::<String>, it.cause.as_str()),
            Change::new("email", None::<String>, it.email.clone()),
        ],
    };
    let call = Call::new(state, Caller::operator(who, Source::Web), origin.clone());
    call.commit(event).await
}
