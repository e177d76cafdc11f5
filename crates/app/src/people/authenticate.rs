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
use kit::access::{Caller, Holding, Source};
use kit::job::{Initiator, LoadCaller};
use kit::many::Many;
use kit::time::Instant;
use kit::{Error, Id, Record, Result, State, sql};
use uuid::Uuid;

use super::buckets::{Buckets, Rate};
use super::session::{self, IDLE, Session};
use super::token::{self, Token};
use super::user::{User, UserStatus};
use super::{cookie, grant};
use crate::tree::node;

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
    let limits = match authenticator
        .admit(request.headers(), request.method())
        .await
    {
        Ok(None) => None,
        Ok(Some((caller, limits))) => {
            request.extensions_mut().insert(caller);
            limits
        }
        Err(error) => return error.into_response(),
    };
    let Some(limits) = limits else {
        return next.run(request).await;
    };
    let mut response = match limits.left {
        Ok(_) => next.run(request).await,
        Err(seconds) => Error::TooMany {
            seconds,
            detail: format!(
                "This token may send {} requests a second. Wait and send again.",
                limits.per_second
            ),
        }
        .into_response(),
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

/// A valid credential: whose it is, when it was used last, until when it holds by itself.
struct Found {
    caller: Arc<Caller>,
    used: Instant,
    until: Option<Instant>,
}

#[derive(Record)]
struct SessionRow {
    id: Id<Session>,
    user_id: Id<User>,
    node_id: Uuid,
    last_seen_at: Instant,
    expires_at: Instant,
    display_name: String,
    must_change_password: bool,
    status: UserStatus,
}

async fn load_session(state: &State, digest: &str, now: Instant) -> Result<Option<Found>> {
    let row: Option<SessionRow> = state
        .db
        .read()
        .query_optional(sql!(
            "select s.id, s.user_id, s.node_id, s.last_seen_at, s.expires_at, u.display_name, u.must_change_password, u.status from sessions s join users u on u.id = s.user_id where s.token_hash = $1",
            digest
        ))
        .await?;
    let Some(row) = row.filter(|it| works(it.status)) else {
        return Ok(None);
    };
    let until = row.expires_at.min(row.last_seen_at.plus_seconds(IDLE));
    if now >= until {
        return Ok(None);
    }
    let holdings = live(state, row.user_id).await?;
    let place = node::place_in(&state.db, row.node_id).await?;
    // The node is gone, or the role there: back to one that is left.
    let place = place
        .filter(|it| holdings.iter().any(|held| held.place.covers(*it)))
        .or(holdings.first().map(|it| it.place));
    let Some(home) = place else { return Ok(None) };
    let caller = Caller {
        user_id: row.user_id.uuid(),
        name: row.display_name,
        credential_id: Some(row.id.uuid()),
        source: Source::Web,
        holdings,
        home,
        must_change_password: row.must_change_password,
    };
    Ok(Some(Found {
        caller: Arc::new(caller),
        used: row.last_seen_at,
        until: Some(until),
    }))
}

#[derive(Record)]
struct TokenRow {
    id: Id<Token>,
    user_id: Id<User>,
    name: String,
    node_id: Uuid,
    permissions: Many<String>,
    expires_at: Option<Instant>,
    last_used_at: Option<Instant>,
    display_name: String,
    must_change_password: bool,
    status: UserStatus,
}

async fn load_token(state: &State, digest: &str, now: Instant) -> Result<Option<Found>> {
    let row: Option<TokenRow> = state
        .db
        .read()
        .query_optional(sql!(
            "select t.id, t.user_id, t.name, t.node_id, t.permissions, t.expires_at, t.last_used_at, u.display_name, u.must_change_password, u.status from tokens t join users u on u.id = t.user_id where t.token_hash = $1",
            digest
        ))
        .await?;
    let Some(row) = row.filter(|it| works(it.status) && it.expires_at.is_none_or(|end| now < end))
    else {
        return Ok(None);
    };
    let Some(home) = node::place_in(&state.db, row.node_id).await? else {
        return Ok(None);
    };
    let holdings = token::limit(live(state, row.user_id).await?, home, &row.permissions);
    if holdings.is_empty() {
        return Ok(None);
    }
    let caller = Caller {
        user_id: row.user_id.uuid(),
        // Which of its owner's tokens did it is told in the audit.
        name: format!("{} ({})", row.display_name, row.name),
        credential_id: Some(row.id.uuid()),
        source: Source::Api,
        holdings,
        home,
        must_change_password: row.must_change_password,
    };
    Ok(Some(Found {
        caller: Arc::new(caller),
        used: row.last_used_at.unwrap_or_default(),
        until: row.expires_at,
    }))
}

/// A lock is for log-ins: it must not let anybody who guesses passwords end other people's work.
fn works(status: UserStatus) -> bool {
    matches!(status, UserStatus::Active | UserStatus::Locked)
}

/// The roles that count at the moment.
async fn live(state: &State, user: Id<User>) -> Result<Vec<Holding>> {
    let held = grant::held_in(&state.db, user.uuid()).await?;
    Ok(held
        .iter()
        .filter(|it| it.obstacle().is_none())
        .filter_map(grant::Held::holding)
        .collect())
}

/// The rights of whoever started a job, as they are now; none when nothing is left of them
/// (security.md 8). Started with a token, it may no more than the token, and nothing once that is
/// revoked.
pub fn load_caller() -> LoadCaller {
    Arc::new(|state, it: Initiator| {
        Box::pin(async move {
            caller_of(
                &state,
                it.user_id,
                it.node_id,
                it.credential_id,
                Source::Job,
            )
            .await
        })
    })
}

async fn caller_of(
    state: &State,
    user: Uuid,
    node: Uuid,
    token: Option<Uuid>,
    source: Source,
) -> Result<Option<Arc<Caller>>> {
    let row: Option<(String, UserStatus)> = state
        .db
        .read()
        .query_optional(sql!(
            "select display_name, status from users where id = $1",
            user
        ))
        .await?;
    let Some((name, _)) = row.filter(|row| works(row.1)) else {
        return Ok(None);
    };
    let mut holdings = live(state, user.into()).await?;
    if let Some(id) = token {
        let row: Option<(Uuid, Many<String>, Option<Instant>)> =
            state.db.read().query_optional(sql!("select node_id, permissions, expires_at from tokens where id = $1 and user_id = $2", id, user)).await?;
        let Some((limit, permissions, _)) =
            row.filter(|row| row.2.is_none_or(|end| state.clock.now() < end))
        else {
            return Ok(None);
        };
        let Some(limit) = node::place_in(&state.db, limit).await? else {
            return Ok(None);
        };
        holdings = token::limit(holdings, limit, &permissions);
    }
    let place = node::place_in(&state.db, node)
        .await?
        .filter(|place| holdings.iter().any(|held| held.place.covers(*place)));
    let caller = place.map(|home| Caller {
        user_id: user,
        name,
        credential_id: None,
        source,
        holdings,
        home,
        must_change_password: false,
    });
    Ok(caller.map(Arc::new))
}
