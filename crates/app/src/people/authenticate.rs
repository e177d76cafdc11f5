//! Who is calling: a session's cookie or a token becomes the [`Caller`] of the request (ACC-04,
//! ACC-05). What was loaded is remembered for two seconds at most, and for no moment after a change
//! of anybody's rights on this node (security.md 5).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::{Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kit::access::Caller;
use kit::time::Instant;
use kit::{Error, Result, State, sql, web};
use uuid::Uuid;

use super::buckets::{Buckets, Rate};
pub use super::credential::load_caller;
use super::credential::{load_session, load_token};
use super::{cookie, session, token};

/// How long what was loaded is believed: another node may have changed it (security.md 5).
const BELIEVED: Duration = Duration::from_secs(2);

/// How many credentials are remembered at most.
const MOST: usize = 20_000;

/// How often a credential's last use is written, in seconds.
const TOUCH: i64 = 60;

/// Finds the caller of each request; what it remembers of credentials is found by their digest.
pub struct Authenticator {
    state: State,
    known: RwLock<HashMap<String, Known>>,
    tokens: Buckets<Uuid>,
    touching: Arc<Mutex<HashSet<Uuid>>>,
}

#[derive(Clone)]
struct Known {
    caller: Arc<Caller>,
    rights: u64,
    loaded: std::time::Instant,
    until: Option<Instant>,
}

/// Gives the request its caller. Without a credential it has none, and calls answer 401; so they do
/// to a session that has ended. A token that is not valid is refused here.
pub async fn authenticate(
    Shared(authenticator): Shared<Arc<Authenticator>>,
    mut request: Request,
    next: Next,
) -> Response {
    let admitted = authenticator.admit(request.headers(), request.method());
    let (caller, limits) = match admitted.await {
        Ok(Some(admitted)) => admitted,
        Ok(None) => return next.run(request).await,
        Err(error) => return error.into_response(),
    };
    request.extensions_mut().insert(caller.clone());
    let Some(limits) = limits else {
        return web::masked(next.run(request).await, &caller).await;
    };
    let mut response = match limits.left {
        Ok(_) => web::masked(next.run(request).await, &caller).await,
        Err(seconds) => limits.refuse(seconds),
    };
    limits.tell(response.headers_mut());
    response
}

/// What a token may still send.
struct Limits {
    per_second: u32,
    left: std::result::Result<u32, u32>,
}

impl Limits {
    fn refuse(&self, seconds: u32) -> Response {
        let detail = format!(
            "This token may send {} requests a second. Wait and send again.",
            self.per_second
        );
        Error::TooMany { seconds, detail }.into_response()
    }

    fn tell(&self, headers: &mut HeaderMap) {
        let (left, wait) = self.left.map_or_else(|wait| (0, wait), |left| (left, 1));
        let policy = format!("\"token\";q={};w=2", self.per_second * 2);
        for (name, value) in [
            ("ratelimit-policy", policy),
            ("ratelimit", format!("\"token\";r={left};t={wait}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

/// The token of the request; the error is a header of another kind, or no text.
fn bearer(headers: &HeaderMap) -> Option<Result<&str>> {
    let value = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .unwrap_or_default();
    let (kind, token) = value.split_once(' ').unwrap_or((value, ""));
    let token = token.trim();
    let fits = kind.eq_ignore_ascii_case("bearer")
        && token.starts_with(token::PREFIX)
        && token.len() <= 200;
    Some(if fits {
        Ok(token)
    } else {
        Err(Error::unauthenticated())
    })
}

#[derive(Clone, Copy)]
enum Kind {
    Session,
    Token,
}

impl Authenticator {
    pub fn new(state: State) -> Self {
        Self {
            state,
            known: RwLock::default(),
            tokens: Buckets::default(),
            touching: Arc::default(),
        }
    }

    async fn admit(
        &self,
        headers: &HeaderMap,
        method: &Method,
    ) -> Result<Option<(Arc<Caller>, Option<Limits>)>> {
        let settings = &self.state.settings;
        if let Some(token) = bearer(headers) {
            let caller = self
                .caller(token::digest(token?), Kind::Token)
                .await?
                .ok_or_else(Error::unauthenticated)?;
            let per_second = settings.requests_per_token;
            let left = self.tokens.take(
                caller.credential_id.unwrap_or_default(),
                Rate::per_second(per_second),
            );
            return Ok(Some((caller, Some(Limits { per_second, left }))));
        }
        let Some(secret) = cookie::secret(settings, headers) else {
            return Ok(None);
        };
        let Some(caller) = self.caller(session::digest(secret), Kind::Session).await? else {
            return Ok(None);
        };
        if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            cookie::demand_own(settings, headers)?;
        }
        Ok(Some((caller, None)))
    }

    async fn caller(&self, digest: String, kind: Kind) -> Result<Option<Arc<Caller>>> {
        let state = &self.state;
        let now = state.clock.now();
        // Read before the rights are: a change in between makes what is loaded old at once.
        let rights = state.rights_version();
        let believed = |it: &Known| {
            it.rights == rights
                && it.loaded.elapsed() < BELIEVED
                && it.until.is_none_or(|until| now < until)
        };
        let known = self.known.read().ok().and_then(|all| {
            all.get(&digest)
                .filter(|it| believed(it))
                .map(|it| it.caller.clone())
        });
        if known.is_some() {
            return Ok(known);
        }
        let loaded = std::time::Instant::now();
        let found = match kind {
            Kind::Session => load_session(state, &digest, now).await?,
            Kind::Token => load_token(state, &digest, now).await?,
        };
        let Some(found) = found else {
            self.forget(&digest);
            return Ok(None);
        };
        if now.seconds_since(found.used) >= TOUCH {
            self.touch(found.caller.credential_id.unwrap_or_default(), kind, now);
        }
        let known = Known {
            caller: found.caller.clone(),
            rights,
            loaded,
            until: found.until,
        };
        if let Ok(mut all) = self.known.write() {
            if all.len() >= MOST {
                all.retain(|_, it| it.rights == rights && it.loaded.elapsed() < BELIEVED);
            }
            if all.len() < MOST {
                all.insert(digest, known);
            }
        }
        Ok(Some(found.caller))
    }

    fn forget(&self, digest: &str) {
        if let Ok(mut all) = self.known.write() {
            all.remove(digest);
        }
    }

    /// Writes the last use aside: no request waits for it, and it may get lost.
    fn touch(&self, id: Uuid, kind: Kind, now: Instant) {
        if !self
            .touching
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id)
        {
            return;
        }
        let (db, touching) = (self.state.db.clone(), self.touching.clone());
        tokio::spawn(async move {
            let sql = match kind {
                Kind::Session => sql!(
                    "update sessions set last_seen_at = $1 where id = $2 and last_seen_at < $1",
                    now,
                    id
                ),
                Kind::Token => sql!(
                    "update tokens set last_used_at = $1 where id = $2 and coalesce(last_used_at, 0) < $1",
                    now,
                    id
                ),
            };
            let mut tx = db.write();
            let written = match tx.execute(sql).await {
                Ok(_) => tx.commit().await,
                Err(error) => Err(error),
            };
            if let Err(error) = written {
                tracing::debug!(%error, "a credential's last use was not written");
            }
            touching
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id);
        });
    }
}
