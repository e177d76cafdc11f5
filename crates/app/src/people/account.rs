//! What is done to an account: disable, enable, unlock, a new password (ACC-02).

use kit::access::Scope;
use kit::body::Body;
use kit::call::Call;
use kit::conn::{Bind, Value};
use kit::event::Event;
use kit::time::Instant;
use kit::web::{At, Versioned};
use kit::{Error, Result, State, store};
use schemars::JsonSchema;
use serde::Deserialize;

use super::user::{User, UserStatus, administered};
use super::{grant, password, session};
use crate::mail::{MailKind, outbox};
use crate::tree::policies::Limits;

/// A password for somebody else, typed twice.
#[derive(Deserialize, JsonSchema)]
pub struct NewPassword {
    /// 12 to 128 characters.
    pub password: String,
    pub password_repeat: String,
}

/// Ends all the user's sessions at once; its tokens work no more, and it cannot log in.
pub async fn user_disable(mut call: Call, At(id): At<User>) -> Result<Versioned<User>> {
    let (scope, before) = administered(&mut call, id).await?;
    if before.id.uuid() == call.caller.user_id {
        return Err(Error::conflict(
            "own_account",
            "You cannot disable your own account.",
        ));
    }
    let is_platform_admin = grant::is_platform_admin(&mut call, before.id).await?;
    let after = set_status(&mut call, &scope, &before, UserStatus::Disabled).await?;
    if is_platform_admin {
        grant::keep_platform_admin(&mut call).await?;
    }
    session::end_all(&mut call, before.id.uuid()).await?;
    call.updated("disable", &before, after).await
}

/// Lets a disabled user log in again.
pub async fn user_enable(mut call: Call, At(id): At<User>) -> Result<Versioned<User>> {
    let (scope, before) = administered(&mut call, id).await?;
    if before.status != UserStatus::Disabled {
        return Ok(Versioned(before));
    }
    let after = set_status(&mut call, &scope, &before, UserStatus::Active).await?;
    call.updated("enable", &before, after).await
}

/// Keeps a user out until somebody takes the lock back: its sessions end, and its tokens rest. Who
/// tries is answered like with a wrong password (ACC-02).
pub async fn user_lock(mut call: Call, At(id): At<User>) -> Result<Versioned<User>> {
    let (scope, before) = administered(&mut call, id).await?;
    if before.id.uuid() == call.caller.user_id {
        return Err(Error::conflict(
            "own_account",
            "You cannot lock your own account.",
        ));
    }
    if matches!(before.status, UserStatus::Disabled | UserStatus::Invited) {
        return Ok(Versioned(before));
    }
    let is_platform_admin = grant::is_platform_admin(&mut call, before.id).await?;
    let after = store::save(&mut call, &scope, &before, status(UserStatus::Locked)).await?;
    if is_platform_admin {
        grant::keep_platform_admin(&mut call).await?;
    }
    session::end_all(&mut call, before.id.uuid()).await?;
    call.updated("lock", &before, after).await
}

/// Takes back the lock that somebody or wrong passwords put on the account (ACC-02).
pub async fn user_unlock(mut call: Call, At(id): At<User>) -> Result<Versioned<User>> {
    let (scope, before) = administered(&mut call, id).await?;
    if before.status != UserStatus::Locked {
        return Ok(Versioned(before));
    }
    let after = set_status(&mut call, &scope, &before, UserStatus::Active).await?;
    call.updated("unlock", &before, after).await
}

/// Sets a password for somebody else, who must change it at the next log-in; their sessions end and
/// a lock is taken back (ACC-02).
pub async fn user_set_password(
    mut call: Call,
    At(id): At<User>,
    Body(new): Body<NewPassword>,
) -> Result<Versioned<User>> {
    call.allow::<User>("update")?;
    if id.uuid() == call.caller.user_id {
        return Err(Error::conflict(
            "own_account",
            "Change your own password in your profile, with the current one.",
        ));
    }
    // Hashed before the transaction begins: it takes longer than all of it.
    let hash = set_for_other(&call.state, "", new.password.clone(), &new.password_repeat).await?;
    let (scope, before) = administered(&mut call, id).await?;
    let limits: Limits = call.query_one(Limits::of(before.id)).await?;
    let email = before.input.email.as_str();
    password::checked(&limits, &new.password, email, "/password")?;
    // The request's fingerprint is not kept: it would be a fast hash of the password.
    call.origin.idempotency = None;
    let after = replace_password(&mut call, &scope, &before, hash).await?;
    call.changed(
        after.clone(),
        Event::changed("set_password", &before, &after),
    )
    .await
}

/// Writes a password that somebody else chose, and ends the user's sessions.
pub async fn replace_password(
    call: &mut Call,
    scope: &Scope,
    before: &User,
    hash: String,
) -> Result<User> {
    let status = match before.status {
        UserStatus::Disabled => before.status,
        _ => UserStatus::Active,
    };
    let mut set = self::status(status);
    set.extend([
        ("password_hash", hash.to_value()),
        ("must_change_password", true.to_value()),
    ]);
    let after = store::save(call, scope, before, set).await?;
    session::end_all(call, before.id.uuid()).await?;
    outbox::tell(call, before.id, MailKind::PasswordChanged).await?;
    Ok(after)
}

async fn set_status(
    call: &mut Call,
    scope: &Scope,
    before: &User,
    status: UserStatus,
) -> Result<User> {
    if before.status == status {
        return Ok(before.clone());
    }
    call.changes_rights();
    store::save(call, scope, before, self::status(status)).await
}

/// No wrong password is counted any more; a lock that people set has no end.
fn status(status: UserStatus) -> Vec<(&'static str, Value)> {
    vec![
        ("status", status.to_value()),
        ("wrong_passwords", 0_i64.to_value()),
        ("locked_until", None::<Instant>.to_value()),
    ]
}

/// Checks and hashes a password that an admin sets. Before any statement: nobody waits for it. What the
/// policies ask for more is checked when it is known whose they are.
pub async fn set_for_other(
    state: &State,
    email: &str,
    password: String,
    repeat: &str,
) -> Result<String> {
    password::checked(&Limits::default(), &password, email, "/password")?;
    password::typed_twice(&password, repeat)?;
    password::hash(state, password).await
}
