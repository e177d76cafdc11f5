//! `Idempotency-Key` (design api.md): a POST repeated with its key is answered with the first
//! answer, and done once. The key is kept in the transaction of the change itself, so there is no
//! moment in which one is kept without the other.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value as Json;

use crate::access::Caller;
use crate::body::MOST;
use crate::call::{Answer, Idempotency, Origin};
use crate::conn::JsonOf;
use crate::error::{Error, Result};
use crate::state::State;
use crate::{secret, sql};

/// Runs inside the authentication: a key belongs to its user.
pub async fn replay(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    match prepare(&state, request).await {
        Ok(Prepared::Run(request)) => next.run(request).await,
        Ok(Prepared::Answered(response)) => response,
        Err(error) => error.into_response(),
    }
}

enum Prepared {
    Run(Request),
    Answered(Response),
}

async fn prepare(state: &State, mut request: Request) -> Result<Prepared> {
    let caller = request.extensions().get::<Arc<Caller>>().cloned();
    let key = request.headers().get("idempotency-key").cloned();
    let (Some(caller), Some(key), &Method::POST) = (caller, key, request.method()) else {
        return Ok(Prepared::Run(request));
    };
    let key = key
        .to_str()
        .ok()
        .filter(|it| !it.is_empty() && it.len() <= 200);
    let key = key
        .ok_or_else(|| {
            Error::bad_request(
                "invalid_idempotency_key",
                "An Idempotency-Key has 1 to 200 printable characters.",
            )
        })?
        .to_owned();
    let uploads = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|it| !it.as_bytes().starts_with(b"application/json"));
    let address = request
        .uri()
        .path_and_query()
        .map(|it| it.as_str().to_owned())
        .unwrap_or_default();
    let fingerprint = if uploads {
        // A file is not held in memory for this; its length stands for it.
        let length = request
            .headers()
            .get(header::CONTENT_LENGTH)
            .map(|it| it.as_bytes().to_vec())
            .unwrap_or_default();
        secret::digest(&[address.as_bytes(), &length])
    } else {
        let (parts, body) = request.into_parts();
        let bytes = axum::body::to_bytes(body, MOST)
            .await
            .map_err(|_| Error::TooLarge {
                detail: "The body is too large.".into(),
            })?;
        let fingerprint = fingerprint(&address, &bytes);
        request = Request::from_parts(parts, Body::from(bytes));
        fingerprint
    };
    let used = state
        .db
        .read()
        .query_optional::<(String, JsonOf<Answer>)>(sql!(
            "select fingerprint, answer from idempotency_keys where user_id = $1 and key = $2",
            caller.user_id,
            key.clone()
        ))
        .await?;
    if let Some((earlier, JsonOf(answer))) = used {
        if earlier != fingerprint {
            return Err(Error::field(
                "",
                "idempotency_key_reused",
                "This Idempotency-Key was used for another request; take a new one.",
            ));
        }
        return Ok(Prepared::Answered(repeat(answer)));
    }
    if let Some(origin) = request.extensions_mut().get_mut::<Origin>() {
        origin.idempotency = Some(Idempotency { key, fingerprint });
    }
    Ok(Prepared::Run(request))
}

/// Of what is asked, but without passwords: it is kept, and would be a fast hash of them.
fn fingerprint(address: &str, body: &[u8]) -> String {
    const WORD: &[u8] = b"password";
    let holds_one = body.windows(WORD.len()).any(|it| it == WORD);
    let quiet = match holds_one {
        false => None,
        true => serde_json::from_slice(body).ok().map(|mut body: Json| {
            forget_passwords(&mut body);
            body.to_string()
        }),
    };
    let body = quiet.as_ref().map_or(body, |it| it.as_bytes());
    secret::digest(&[address.as_bytes(), body])
}

fn forget_passwords(body: &mut Json) {
    match body {
        Json::Object(fields) => {
            for (name, value) in fields {
                if name.contains("password") && value.is_string() {
                    *value = Json::Null;
                } else {
                    forget_passwords(value);
                }
            }
        }
        Json::Array(all) => all.iter_mut().for_each(forget_passwords),
        _ => {}
    }
}

fn repeat(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = if answer.body.is_null() {
        status.into_response()
    } else {
        (status, axum::Json(answer.body)).into_response()
    };
    let headers = response.headers_mut();
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    for (name, value) in [
        (header::LOCATION, answer.location),
        (header::ETAG, answer.etag),
    ] {
        if let Some(value) = value.and_then(|it| HeaderValue::from_str(&it).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn a_fingerprint_tells_nothing_of_passwords() {
        let body = |name: &str, password: &str| {
            format!(r#"{{"name":"{name}","local_admin":{{"password":"{password}"}}}}"#)
        };
        let of = |name, password| fingerprint("/customers", body(name, password).as_bytes());
        assert_eq!(of("a", "one"), of("a", "two"));
        assert_ne!(of("a", "one"), of("b", "one"));
        assert_ne!(fingerprint("/x", b"{}"), fingerprint("/x", b"[]"));
    }
}
