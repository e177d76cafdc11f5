//! The outermost layer: request id, retries, problem bodies, security headers, log, metrics.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State as Shared};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::body::MOST;
use crate::call::Origin;
use crate::error::{Error, Problem};
use crate::state::State;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How often a request is run when the database asks for it once more.
const TRIES: u32 = 6;

/// Runs a request, again where the database asks for it (a deadlock, a lost batch), and gives its
/// answer what every answer has.
pub async fn front(Shared(state): Shared<State>, request: Request, next: Next) -> Response {
    let started = std::time::Instant::now();
    let id = request_id(request.headers());
    let address = address(&state, &request);
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "-".to_owned(), |it| it.as_str().to_owned());
    let origin = Origin {
        request_id: id.clone(),
        address,
        ..Origin::default()
    };

    let mut response = attempt(origin, request, next).await;
    let problem = response.extensions_mut().remove::<Problem>();
    if let Some(mut problem) = problem {
        problem.request_id.clone_from(&id);
        if let Some(Error::Internal(_) | Error::Constraint { .. }) = &problem.cause {
            let cause = problem
                .cause
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            tracing::error!(request_id = id, %method, path, cause, "internal error");
        }
        response = render(&problem, response);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    secure(headers, path.starts_with("/api/"));

    let status = response.status();
    let took = started.elapsed();
    metrics::counter!("tenantry_requests_total", "method" => method.to_string(), "route" => route.clone(), "status" => status.as_str().to_owned()).increment(1);
    metrics::histogram!("tenantry_request_seconds", "route" => route).record(took.as_secs_f64());
    if status.is_server_error() || took > Duration::from_secs(1) {
        tracing::warn!(request_id = id, %method, path, status = status.as_u16(), ms = took.as_millis() as u64, "request");
    } else {
        tracing::debug!(request_id = id, %method, path, status = status.as_u16(), ms = took.as_millis() as u64, "request");
    }
    response
}

async fn attempt(origin: Origin, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(origin);
    // Uploads stream; everything else is small and kept, so that it can be run again.
    let json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|it| {
            it.as_bytes().starts_with(b"application/json")
                || it.as_bytes().starts_with(b"application/merge-patch+json")
        });
    if !json {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, MOST).await else {
        let detail = format!(
            "A request may have at most {} KiB; import larger amounts as a file.",
            MOST / 1024
        );
        return Error::TooLarge { detail }.into_response();
    };
    let mut wait = Duration::from_millis(4);
    for _ in 1..TRIES {
        let request = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
        let response = next.clone().run(request).await;
        let again = response
            .extensions()
            .get::<Problem>()
            .is_some_and(|it| matches!(it.cause, Some(Error::Retry)));
        if !again {
            return response;
        }
        metrics::counter!("tenantry_request_retries_total").increment(1);
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
    next.run(Request::from_parts(parts, Body::from(bytes)))
        .await
}

fn render(problem: &Problem, response: Response) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut rendered = (status, axum::Json(problem)).into_response();
    for (name, value) in response.headers() {
        if name != header::CONTENT_LENGTH && name != header::CONTENT_TYPE {
            rendered.headers_mut().append(name.clone(), value.clone());
        }
    }
    let headers = rendered.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    rendered
}

/// A caller's own id is kept when it can stand in a log, so that it can follow its request.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers
        .get(REQUEST_ID)
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    let fits = !given.is_empty()
        && given.len() <= 64
        && given
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it));
    if fits {
        given.to_owned()
    } else {
        crate::secret::code(16).to_lowercase()
    }
}

/// The caller's address; a listed proxy's word for it is taken (security.md 19).
fn address(state: &State, request: &Request) -> Option<IpAddr> {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|it| it.0.ip())?;
    if !state.settings.proxies.contains(&peer) {
        return Some(peer);
    }
    Some(client(peer, &state.settings.proxies, request.headers()))
}

/// The first hop from the right that is no listed proxy. One that cannot be read ends the search:
/// what stands left of it was written by whoever sent the request.
fn client(peer: IpAddr, proxies: &[IpAddr], headers: &HeaderMap) -> IpAddr {
    let lines = headers.get_all("x-forwarded-for").into_iter();
    let lines: Vec<_> = lines.map(|it| it.to_str().unwrap_or_default()).collect();
    let whole = lines.join(",");
    let mut nearest = peer;
    for hop in whole.rsplit(',').map(str::trim) {
        let Ok(hop) = hop.parse() else { break };
        nearest = hop;
        if !proxies.contains(&hop) {
            break;
        }
    }
    nearest
}

/// Headers that every answer has; the console's pages bring their own content security policy.
fn secure(headers: &mut HeaderMap, api: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    if api {
        set(header::CACHE_CONTROL, "no-store");
        set(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        );
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn from(lines: &[&str]) -> String {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let second: IpAddr = "10.0.0.2".parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
        }
        client(proxy, &[proxy, second], &headers).to_string()
    }

    #[test]
    fn a_caller_does_not_choose_its_address() {
        assert_eq!(from(&["203.0.113.9"]), "203.0.113.9");
        assert_eq!(from(&["1.2.3.4, 203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        // What the caller sent stands before the line that the proxy added.
        assert_eq!(from(&["1.2.3.4", "203.0.113.9"]), "203.0.113.9");
        assert_eq!(from(&["1.2.3.4, 203.0.113.9:4711"]), "10.0.0.1");
        assert_eq!(from(&["nonsense"]), "10.0.0.1");
        assert_eq!(from(&[]), "10.0.0.1");
    }
}
