//! From the code that the browser brings to who somebody is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kit::State;
use kit::outbound::{Answer, Question, Refusal};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use url::Url;
use url::form_urlencoded::Serializer;

use super::denied::{Denied, Stop, denied, unreachable};
use super::id_token::{self, Expected, Told};
use super::metadata::{Metadata, discover};
use super::service::{Service, redirect_address};

/// What ties the answer to this browser's question.
pub struct Proof {
    pub verifier: String,
    pub nonce: String,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: Option<String>,
}

#[derive(Deserialize, Default)]
struct TokenError {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Who somebody is at the identity provider.
pub struct Identity {
    pub subject: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub name: Option<String>,
}

pub async fn identity(
    state: &State,
    service: &Service,
    code: &str,
    issuer: Option<&str>,
    proof: &Proof,
) -> Result<Identity, Stop> {
    let outbound = &state.settings.outbound;
    let discovered = discover(outbound, &service.issuer).await;
    let metadata = discovered.map_err(|it| unreachable("the issuer", &it))?;
    let silent = metadata.authorization_response_iss_parameter_supported && issuer.is_none();
    if silent || issuer.is_some_and(|it| it != service.issuer) {
        return Err(denied("sso_failed", "the answer is of another issuer").into());
    }
    let tokens = tokens(state, service, &metadata, code, proof).await?;
    let keys = metadata.keys(outbound).await;
    let keys = keys.map_err(|it| unreachable("the issuer's list of keys", &it))?;
    let expected = Expected {
        issuer: &service.issuer,
        client_id: &service.client_id,
        nonce: &proof.nonce,
        algorithms: &metadata.algorithms(),
        now: state.clock.now(),
    };
    let told = id_token::verify(&tokens.id_token, &keys, &expected);
    let mut told = told.map_err(|it| denied("sso_failed", it))?;
    if !told.claims.contains_key(&service.email_claim) {
        more(state, &metadata, &tokens, &mut told).await?;
    }
    Ok(read(service, told))
}

async fn tokens(
    state: &State,
    service: &Service,
    metadata: &Metadata,
    code: &str,
    proof: &Proof,
) -> Result<Tokens, Stop> {
    let outbound = &state.settings.outbound;
    let called = |it: &Refusal| unreachable("the token endpoint", it);
    let url = outbound
        .parse(&metadata.token_endpoint)
        .map_err(|it| called(&it))?;
    let question = question(state, service, metadata, &url, code, proof)?;
    let answer = outbound.ask(question).await.map_err(|it| called(&it))?;
    if answer.status.is_client_error() {
        return Err(refused(&answer).into());
    }
    answer.json().map_err(|it| called(&it).into())
}

fn question<'a>(
    state: &State,
    service: &Service,
    metadata: &Metadata,
    url: &'a Url,
    code: &str,
    proof: &Proof,
) -> Result<Question<'a>, Stop> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", &redirect_address(state))
        .append_pair("code_verifier", &proof.verifier);
    let mut authorization = None;
    match service.secret(state)? {
        Some(secret) if !metadata.takes_secret_in_form() => {
            let encoded = |it: &str| utf8_percent_encode(it, NON_ALPHANUMERIC).to_string();
            let pair = format!(
                "{}:{}",
                encoded(&service.client_id),
                encoded(secret.expose())
            );
            authorization = Some(format!("Basic {}", STANDARD.encode(pair)));
        }
        secret => {
            form.append_pair("client_id", &service.client_id);
            if let Some(secret) = secret {
                form.append_pair("client_secret", secret.expose());
            }
        }
    }
    Ok(Question {
        url,
        form: Some(form.finish()),
        authorization,
    })
}

/// The identity provider's own words, for the log.
fn refused(answer: &Answer) -> Denied {
    let said: TokenError = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = format!(
        "{} {} {}",
        answer.status, said.error, said.error_description
    );
    let said = kit::text::clean(&said).into_owned();
    let cause = format!("the token endpoint answers {}", kit::text::clip(&said, 300));
    denied("sso_failed", cause)
}

/// Many issuers tell the email only when asked with the access token; it must be the same person's.
async fn more(
    state: &State,
    metadata: &Metadata,
    tokens: &Tokens,
    told: &mut Told,
) -> Result<(), Stop> {
    let (Some(address), Some(token)) = (&metadata.userinfo_endpoint, &tokens.access_token) else {
        return Ok(());
    };
    let outbound = &state.settings.outbound;
    let asked = async {
        let url = outbound.parse(address)?;
        let question = Question {
            authorization: Some(format!("Bearer {token}")),
            ..Question::get(&url)
        };
        outbound.ask(question).await?.json::<Map<String, Json>>()
    };
    let claims = asked.await;
    let mut claims = claims.map_err(|it| unreachable("the userinfo endpoint", &it))?;
    if claims.remove("sub").as_ref().and_then(Json::as_str) != Some(&told.subject) {
        return Err(denied("sso_failed", "the userinfo endpoint tells of somebody else").into());
    }
    told.claims.extend(claims);
    Ok(())
}

fn read(service: &Service, told: Told) -> Identity {
    let text = |name: &str| {
        told.claims
            .get(name)
            .and_then(Json::as_str)
            .map(str::to_owned)
    };
    // Some write the word, not the value.
    let verified = told.claims.get(&service.email_verified_claim);
    Identity {
        email: text(&service.email_claim),
        email_verified: verified.is_some_and(|it| it == true || it == "true"),
        name: text(&service.name_claim),
        subject: told.subject,
    }
}
