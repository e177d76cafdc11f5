//! What a credential stands for: a session's or a token's caller, read from the database.

use std::sync::Arc;

use kit::access::{Caller, Holding, Source};
use kit::job::{Initiator, LoadCaller};
use kit::many::Many;
use kit::time::Instant;
use kit::{Id, Record, Result, State, sql};
use uuid::Uuid;

use super::held::{Held, believed, held_in, working_at};
use super::second_factor;
use super::session::Session;
use super::token::{self, Token};
use super::user::{User, UserStatus};
use crate::tree::node;
use crate::tree::policies::Limits;

/// A valid credential: whose it is, when it was used last, until when it holds by itself.
pub struct Found {
    pub caller: Arc<Caller>,
    pub used: Instant,
    pub until: Option<Instant>,
}

#[derive(Record)]
struct SessionRow {
    id: Id<Session>,
    user_id: Id<User>,
    node_id: Uuid,
    created_at: Instant,
    last_seen_at: Instant,
    expires_at: Instant,
    /// The single sign-on that it began with, and the provider whose staff that logs in.
    sso_provider_id: Option<Uuid>,
    sso_of: Option<Uuid>,
    display_name: String,
    must_change_password: bool,
    status: UserStatus,
    locked_until: Option<Instant>,
}

pub async fn load_session(state: &State, digest: &str, now: Instant) -> Result<Option<Found>> {
    let row: Option<SessionRow> = state
        .db
        .read()
        .query_optional(sql!(
            "select s.id, s.user_id, s.node_id, s.created_at, s.last_seen_at, s.expires_at, s.sso_provider_id, o.provider_id as sso_of, u.display_name, u.must_change_password, u.status, u.locked_until from sessions s join users u on u.id = s.user_id left join sso_providers o on o.id = s.sso_provider_id where s.token_hash = $1",
            digest
        ))
        .await?;
    let Some(row) = row.filter(|it| works(it.status, it.locked_until)) else {
        return Ok(None);
    };
    // A policy that was made stricter holds for sessions that are under way.
    let limits: Limits = state.db.read().query_one(Limits::of(row.user_id)).await?;
    let until = row
        .expires_at
        .min(row.created_at.plus_seconds(limits.session()))
        .min(row.last_seen_at.plus_seconds(limits.idle()));
    if now >= until {
        return Ok(None);
    }
    let holdings = believed(live(state, row.user_id).await?, row.sso_of);
    let by_password = row.sso_provider_id.is_none();
    let place = node::place_in(&state.db, row.node_id).await?;
    // The node is gone, or the role there: back to one that is left.
    let there = place.and_then(|it| Some((it, working_at(&holdings, it)?)));
    let first = holdings.first().map(|it| it.place);
    let Some((home, holdings)) = there.or(first.map(|it| (it, holdings))) else {
        return Ok(None);
    };
    let caller = Caller {
        user_id: row.user_id.uuid(),
        name: row.display_name,
        credential_id: Some(row.id.uuid()),
        source: Source::Web,
        holdings,
        home,
        must_change_password: by_password && row.must_change_password,
        must_enrol: by_password && second_factor::must_enrol(&state.db, row.user_id).await?,
        sso: row.sso_provider_id,
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
    locked_until: Option<Instant>,
}

pub async fn load_token(state: &State, digest: &str, now: Instant) -> Result<Option<Found>> {
    let row: Option<TokenRow> = state
        .db
        .read()
        .query_optional(sql!(
            "select t.id, t.user_id, t.name, t.node_id, t.permissions, t.expires_at, t.last_used_at, u.display_name, u.must_change_password, u.status, u.locked_until from tokens t join users u on u.id = t.user_id where t.token_hash = $1",
            digest
        ))
        .await?;
    let valid = |it: &TokenRow| {
        works(it.status, it.locked_until) && it.expires_at.is_none_or(|end| now < end)
    };
    let Some(row) = row.filter(valid) else {
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
        // For log-ins: programs go on working when the policy is turned on.
        must_enrol: false,
        sso: None,
    };
    Ok(Some(Found {
        caller: Arc::new(caller),
        used: row.last_used_at.unwrap_or_default(),
        until: row.expires_at,
    }))
}

/// A lock that wrong passwords set is for log-ins: it must not let anybody who guesses passwords end
/// other people's work. One that an admin set has no end.
fn works(status: UserStatus, locked_until: Option<Instant>) -> bool {
    match status {
        UserStatus::Active => true,
        UserStatus::Locked => locked_until.is_some(),
        UserStatus::Invited | UserStatus::Disabled => false,
    }
}

/// The roles that count at the moment.
async fn live(state: &State, user: Id<User>) -> Result<Vec<Holding>> {
    let held = held_in(&state.db, user.uuid()).await?;
    Ok(held
        .iter()
        .filter(|it| it.obstacle().is_none())
        .map(Held::holding)
        .collect())
}

/// All that somebody may do, wherever they work: for what they are told while they are away. None of
/// those who cannot log in.
pub async fn everything_of(state: &State, user: Id<User>) -> Result<Option<Arc<Caller>>> {
    let holdings = live(state, user).await?;
    match holdings.first().map(|it| it.place.id()) {
        None => Ok(None),
        Some(first) => {
            let node = first.unwrap_or_else(Uuid::nil);
            let found = caller_of(state, user.uuid(), node, None, Source::Job).await?;
            Ok(found.map(|it| {
                Arc::new(Caller {
                    holdings,
                    ..(*it).clone()
                })
            }))
        }
    }
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
    let row: Option<(String, UserStatus, Option<Instant>)> = state
        .db
        .read()
        .query_optional(sql!(
            "select display_name, status, locked_until from users where id = $1",
            user
        ))
        .await?;
    let Some((name, ..)) = row.filter(|row| works(row.1, row.2)) else {
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
    let place = node::place_in(&state.db, node).await?;
    let there = place.and_then(|it| Some((it, working_at(&holdings, it)?)));
    let caller = there.map(|(home, holdings)| Caller {
        user_id: user,
        name,
        credential_id: None,
        source,
        holdings,
        home,
        must_change_password: false,
        must_enrol: false,
        sso: None,
    });
    Ok(caller.map(Arc::new))
}
