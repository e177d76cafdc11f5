//! Single sign-on by OpenID Connect for a provider's own staff (ACC-14, IDP-01): authorization code
//! with PKCE, state and nonce. [`begin`] sends the browser to the identity provider, [`complete`]
//! takes it back, [`person`] decides whose account it is. An identity provider is believed about its
//! own email domains and at its own provider only: whoever runs it becomes nobody elsewhere.

mod begin;
mod client_secret;
mod complete;
mod denied;
mod exchange;
mod id_token;
mod keys;
mod metadata;
mod person;
mod service;
mod sso_domain;
mod sso_provider;
mod trial;

pub use client_secret::{keys_in_use, reseal};
pub use person::{check_password, user_unlink_sso};
pub use sso_domain::SsoDomain;
pub use sso_provider::{SsoProvider, count_with_role};

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use kit::State;

use crate::crud::{listed, op, viewed};
use crate::written::written;

#[rustfmt::skip]
pub fn routes() -> ApiRouter<State> {
    ApiRouter::new()
        .api_route("/session/methods", post_with(begin::session_methods, op("session_methods", "How people of an email domain log in")))
        .api_route("/session/sso", post_with(begin::session_sso, op("session_sso", "Begin a log-in by single sign-on")))
        .api_route("/session/sso/complete", post_with(complete::session_sso_complete, op("session_sso_complete", "Complete a log-in by single sign-on")))
        .merge(listed::<SsoProvider>())
        .merge(viewed::<SsoProvider>())
        .merge(written::<SsoProvider>())
        .api_route("/sso_providers/{id}/test", post_with(trial::sso_provider_test, op("sso_provider_test", "Try whether an identity provider can be reached and understood")))
        .merge(listed::<SsoDomain>())
        .merge(viewed::<SsoDomain>())
        .api_route("/sso_domains/{id}/approve", post_with(sso_domain::sso_domain_approve, op("sso_domain_approve", "Let people log in by an email domain")))
        .api_route("/sso_domains/{id}/refuse", post_with(sso_domain::sso_domain_refuse, op("sso_domain_refuse", "Let nobody log in by an email domain")))
        .api_route("/users/{id}/unlink_sso", post_with(user_unlink_sso, op("user_unlink_sso", "Forget who a user is at identity providers")))
}
