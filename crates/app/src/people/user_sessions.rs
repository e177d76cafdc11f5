//! The sessions of others, for those who administer them (ACC-04).

use axum::Json;
use kit::Result;
use kit::call::Call;
use kit::event::Event;
use kit::web::{And, At, Done};

use super::Whole;
use super::session::{self, OpenSession, Session};
use super::user::{User, administered};

/// Where a user is logged in, the latest session first.
pub async fn user_session_list(
    mut call: Call,
    At(id): At<User>,
) -> Result<Json<Whole<OpenSession>>> {
    let (_, user) = administered(&mut call, id).await?;
    let sessions = session::open(&mut call, user.id.uuid()).await?;
    Ok(Json(sessions.into()))
}

/// Ends one session of a user: its next request is refused.
pub async fn user_session_revoke(
    mut call: Call,
    At(id): At<User>,
    And(session): And<Session>,
) -> Result<Done> {
    let (_, user) = administered(&mut call, id).await?;
    session::end(&mut call, user.id.uuid(), session).await?;
    call.commit(Event::of("end_session", &user)).await?;
    Ok(Done)
}

/// Ends all sessions of a user.
pub async fn user_session_revoke_all(mut call: Call, At(id): At<User>) -> Result<Done> {
    let (_, user) = administered(&mut call, id).await?;
    session::end_all(&mut call, user.id.uuid()).await?;
    call.commit(Event::of("end_sessions", &user)).await?;
    Ok(Done)
}
