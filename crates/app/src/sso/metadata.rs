//! What an identity provider says about itself (OpenID Connect Discovery 1.0).

use kit::outbound::{Outbound, Question, Refusal};
use serde::Deserialize;
use url::Url;

use super::id_token::ALGORITHMS;
use super::keys::Keys;

/// The part of its description that a log-in needs.
#[derive(Deserialize, Clone)]
pub struct Metadata {
    issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    #[serde(default)]
    pub userinfo_endpoint: Option<String>,
    #[serde(default)]
    id_token_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    code_challenge_methods_supported: Option<Vec<String>>,
    /// Whether each answer names who gives it (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// Asks an issuer what it is; it must call itself exactly as it was entered.
pub async fn discover(outbound: &Outbound, issuer: &str) -> Result<Metadata, Refusal> {
    let base = issuer.trim_end_matches('/');
    let url = outbound.parse(&format!("{base}/.well-known/openid-configuration"))?;
    let found: Metadata = outbound.ask(Question::get(&url)).await?.json()?;
    if found.issuer != issuer {
        let called = kit::text::clip(&found.issuer, 200);
        return Err(Refusal(format!(
            "calls itself “{called}”, not “{issuer}”; enter the issuer exactly so"
        )));
    }
    for (name, address) in [
        ("authorization_endpoint", &found.authorization_endpoint),
        ("token_endpoint", &found.token_endpoint),
        ("jwks_uri", &found.jwks_uri),
    ] {
        let parsed = outbound.parse(address);
        parsed.map_err(|it| Refusal(format!("names a {name} that {it}")))?;
    }
    let challenges = &found.code_challenge_methods_supported;
    if challenges
        .as_ref()
        .is_some_and(|it| !it.iter().any(|it| it == "S256"))
    {
        return Err(Refusal("does not know PKCE with S256".into()));
    }
    if found.algorithms().is_empty() {
        let known: Vec<_> = ALGORITHMS.iter().map(|it| it.name).collect();
        return Err(Refusal(format!(
            "signs with none of the algorithms that are trusted: {}",
            known.join(", ")
        )));
    }
    Ok(found)
}

impl Metadata {
    /// How it signs, as far as that is trusted: never without a signature, never with a shared secret.
    pub fn algorithms(&self) -> Vec<&'static str> {
        let said = &self.id_token_signing_alg_values_supported;
        let is_said = |name: &str| match said.as_slice() {
            [] => name == "RS256",
            said => said.iter().any(|it| it == name),
        };
        let names = ALGORITHMS.iter().map(|it| it.name);
        names.filter(|it| is_said(it)).collect()
    }

    /// Whether the client's secret goes into the form; else into a header, the usual way.
    pub fn takes_secret_in_form(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_ref();
        methods.is_some_and(|all| {
            let has = |name: &str| all.iter().any(|it| it == name);
            has("client_secret_post") && !has("client_secret_basic")
        })
    }

    pub async fn keys(&self, outbound: &Outbound) -> Result<Keys, Refusal> {
        let url = outbound.parse(&self.jwks_uri)?;
        outbound.ask(Question::get(&url)).await?.json()
    }

    pub fn authorization(&self, outbound: &Outbound) -> Result<Url, Refusal> {
        outbound.parse(&self.authorization_endpoint)
    }
}
