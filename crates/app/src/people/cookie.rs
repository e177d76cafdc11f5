//! The session's cookie, and the check that a write by cookie comes from the console itself
//! (security.md 16).

use aide::OperationOutput;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kit::state::Settings;
use kit::vault::Secret;
use kit::{Error, Result};

/// `__Host-` binds the cookie to this very host and to TLS; on loopback there is none.
fn name(settings: &Settings) -> &'static str {
    if is_secure(settings) {
        "__Host-tenantry"
    } else {
        "tenantry"
    }
}

fn is_secure(settings: &Settings) -> bool {
    settings.base_url.starts_with("https://")
}

/// The session's secret, as the request carries it.
pub fn secret<'h>(settings: &Settings, headers: &'h HeaderMap) -> Option<&'h str> {
    value(headers, name(settings))
}

/// What marks the cookie of a log-in that waits for its second factor, or for its identity provider.
const PENDING: &str = "pending";
const SSO: &str = "sso";

/// The secret of a log-in that waits for its second factor.
pub fn pending_secret<'h>(settings: &Settings, headers: &'h HeaderMap) -> Option<&'h str> {
    value(headers, &waiting_name(settings, PENDING))
}

/// The secret of a log-in that waits for its identity provider.
pub fn sso_secret<'h>(settings: &Settings, headers: &'h HeaderMap) -> Option<&'h str> {
    value(headers, &waiting_name(settings, SSO))
}

fn waiting_name(settings: &Settings, what: &str) -> String {
    format!("{}_{what}", name(settings))
}

fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|it| it.to_str().ok());
    let pairs = all
        .flat_map(|it| it.split(';'))
        .filter_map(|it| it.trim().split_once('='));
    pairs
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .find(|it| !it.is_empty())
}

/// The session's cookie and its mark: that there is a session, for the console's script, which then
/// asks nothing on behalf of somebody who has not logged in.
pub type Cookies = Vec<String>;

const MARK: &str = "tenantry_session";

/// They end with the browser; the server ends the session sooner (ACC-04).
pub fn set(settings: &Settings, secret: &str) -> Cookies {
    cookies(settings, secret, "yes", "")
}

pub fn clear(settings: &Settings) -> Cookies {
    cookies(settings, "", "", "; Max-Age=0")
}

fn cookies(settings: &Settings, secret: &str, mark: &str, more: &str) -> Cookies {
    let secure = if is_secure(settings) { "; Secure" } else { "" };
    let name = name(settings);
    vec![
        format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax{secure}{more}"),
        format!("{MARK}={mark}; Path=/; SameSite=Lax{secure}{more}"),
    ]
}

/// The cookie of a log-in that waits for its second factor; without a secret it goes.
pub fn pending(settings: &Settings, secret: Option<&Secret>, seconds: i64) -> String {
    waiting(settings, PENDING, secret, seconds)
}

/// The cookie of a log-in that waits for its identity provider, which sends people back by a link: so
/// `Lax`. Without a secret it goes.
pub fn sso(settings: &Settings, secret: Option<&Secret>, seconds: i64) -> String {
    waiting(settings, SSO, secret, seconds)
}

fn waiting(settings: &Settings, what: &str, secret: Option<&Secret>, seconds: i64) -> String {
    let secure = if is_secure(settings) { "; Secure" } else { "" };
    let (name, secret) = (
        waiting_name(settings, what),
        secret.map_or("", Secret::expose),
    );
    format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age={seconds}")
}

/// Refuses a request that another site's page sent. Browsers tell by `Sec-Fetch-Site`, those without
/// TLS by `Origin` alone.
pub fn refuse_foreign(settings: &Settings, headers: &HeaderMap) -> Result<()> {
    match is_own(settings, headers) {
        Some(false) => Err(cross_origin()),
        Some(true) | None => Ok(()),
    }
}

/// For a write that the cookie alone vouches for: who tells nothing is refused too.
pub fn demand_own(settings: &Settings, headers: &HeaderMap) -> Result<()> {
    match is_own(settings, headers) {
        Some(true) => Ok(()),
        Some(false) | None => Err(cross_origin()),
    }
}

fn cross_origin() -> Error {
    Error::Refused { code: "cross_origin", detail: "With a session, changes are taken only from the console's own pages. Programs use an API token.".into() }
}

fn is_own(settings: &Settings, headers: &HeaderMap) -> Option<bool> {
    let text = |name: &str| headers.get(name).map(|it| it.to_str().unwrap_or("-"));
    if let Some(site) = text("sec-fetch-site") {
        return Some(matches!(site, "same-origin" | "none"));
    }
    let origin = text("origin")?;
    let host = text("host").unwrap_or_default();
    let of_host = origin
        .split_once("://")
        .is_some_and(|(_, it)| !it.is_empty() && it.eq_ignore_ascii_case(host));
    Some(of_host || origin.eq_ignore_ascii_case(base_origin(settings)))
}

/// The base address without its path.
fn base_origin(settings: &Settings) -> &str {
    let url = &settings.base_url;
    let start = url.find("://").map_or(0, |it| it + 3);
    let end = url[start..].find('/').map_or(url.len(), |it| start + it);
    &url[..end]
}

/// An answer that sets the session's cookies.
pub struct WithCookies<T> {
    pub cookies: Cookies,
    pub answer: T,
}

impl<T: IntoResponse> IntoResponse for WithCookies<T> {
    fn into_response(self) -> Response {
        let mut response = self.answer.into_response();
        for cookie in self.cookies {
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
        response
    }
}

impl<T: OperationOutput> OperationOutput for WithCookies<T> {
    type Inner = T::Inner;
    fn operation_response(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) -> Option<aide::openapi::Response> {
        T::operation_response(ctx, operation)
    }
    fn inferred_responses(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) -> Vec<(Option<aide::openapi::StatusCode>, aide::openapi::Response)> {
        T::inferred_responses(ctx, operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| {
                (
                    name.parse::<header::HeaderName>().unwrap(),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    fn at(base_url: &str) -> Settings {
        Settings {
            base_url: base_url.into(),
            ..Settings::default()
        }
    }

    #[test]
    fn the_cookie_is_bound_to_host_and_tls() {
        let tls = at("https://admin.example.org");
        assert_eq!(
            set(&tls, "abc"),
            [
                "__Host-tenantry=abc; Path=/; HttpOnly; SameSite=Lax; Secure",
                "tenantry_session=yes; Path=/; SameSite=Lax; Secure"
            ]
        );
        assert_eq!(
            secret(
                &tls,
                &headers(&[("cookie", "tenantry=no; __Host-tenantry=yes")])
            ),
            Some("yes")
        );
        let plain = at("http://127.0.0.1:8080");
        assert_eq!(
            set(&plain, "abc"),
            [
                "tenantry=abc; Path=/; HttpOnly; SameSite=Lax",
                "tenantry_session=yes; Path=/; SameSite=Lax"
            ]
        );
        assert_eq!(
            secret(&plain, &headers(&[("cookie", "a=b; tenantry=yes")])),
            Some("yes")
        );
        assert_eq!(secret(&plain, &headers(&[("cookie", "tenantry=")])), None);
    }

    #[test]
    fn foreign_pages_are_told_from_own_ones() {
        let settings = at("https://admin.example.org/console");
        let own = |all| is_own(&settings, &headers(all));
        assert_eq!(own(&[("sec-fetch-site", "same-origin")]), Some(true));
        assert_eq!(own(&[("sec-fetch-site", "none")]), Some(true));
        assert_eq!(
            own(&[
                ("sec-fetch-site", "same-site"),
                ("origin", "https://admin.example.org")
            ]),
            Some(false)
        );
        assert_eq!(own(&[("sec-fetch-site", "cross-site")]), Some(false));
        assert_eq!(own(&[("origin", "https://admin.example.org")]), Some(true));
        assert_eq!(
            own(&[
                ("origin", "http://localhost:8080"),
                ("host", "localhost:8080")
            ]),
            Some(true)
        );
        assert_eq!(
            own(&[
                ("origin", "https://evil.example"),
                ("host", "admin.example.org")
            ]),
            Some(false)
        );
        assert_eq!(
            own(&[("origin", "null"), ("host", "admin.example.org")]),
            Some(false)
        );
        assert_eq!(own(&[]), None);
    }
}
