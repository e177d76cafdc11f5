//! A new password for those who forgot theirs: a link by email, valid for an hour (ACC-02).

use std::time::Duration;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use kit::access::{Caller, Source};
use kit::body::Body;
use kit::call::{Call, Origin};
use kit::conn::Sql;
use kit::web::Done;
use kit::{Error, Id, Result, State, sql, text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing::info;

use super::cookie;
use super::log_in::{ACCOUNT, Account, knock};
use super::one_shot::{self, Purpose};
use super::user::User;
use super::{password, session};
use crate::mail::{self, MailKind, Recipient, outbox};
use crate::tree::policies::Limits;

/// How long a link works, in seconds.
const VALID: i64 = 60 * 60;

/// One message in this many seconds: nobody's mailbox is to be filled.
const PAUSE: i64 = 2 * 60;

/// An answer takes this long whether there is an account or not.
const ANSWER: Duration = Duration::from_millis(250);

#[derive(Deserialize, JsonSchema)]
pub struct Forgotten {
    /// In any case (ACC-01).
    pub email: String,
}

/// Sends a link to choose a new password to whoever has an account with this address. The answer is
/// the same if nobody has.
pub async fn password_reset_create(
    Shared(state): Shared<State>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Body(input): Body<Forgotten>,
) -> Result<Done> {
    cookie::refuse_foreign(&state.settings, &headers)?;
    let key = text::clip(&text::key(&input.email), 254).into_owned();
    // Apart from the tries to log in: whoever forgot their password has used those up.
    knock(&state, &format!("reset {key}"), origin.address)?;
    let started = tokio::time::Instant::now();
    let mut sql = Sql::new(ACCOUNT);
    sql.part("email_key = ?", key);
    let found: Option<Account> = state.db.read().query_optional(sql).await?;
    if let Some(account) = found.filter(Account::may_reset) {
        send_link(&state, &account, origin).await?;
    }
    tokio::time::sleep_until(started + ANSWER).await;
    Ok(Done)
}

async fn send_link(state: &State, account: &Account, origin: Origin) -> Result<()> {
    let mut call = anonymous(state, account, origin);
    let subject = account.id.uuid();
    let lately = call.now.plus_seconds(-PAUSE);
    let sent = call
        .count(sql!(
            "select count(*) from one_shots where subject_id = $1 and purpose = $2 and created_at > $3",
            subject,
            Purpose::PasswordReset,
            lately
        ))
        .await?;
    if sent > 0 {
        return Ok(());
    }
    let link = one_shot::make_link(&mut call, Purpose::PasswordReset, subject, VALID).await?;
    let to = Recipient::user(&mut call, account.id).await?;
    mail::post(&mut call, &to, MailKind::PasswordReset, vec![], Some(link)).await?;
    call.commit(account.event("ask_for_password")).await
}

/// A call of somebody who has not proved who they are; the audit names the account.
fn anonymous(state: &State, account: &Account, origin: Origin) -> Call {
    let origin = Origin {
        idempotency: None,
        ..origin
    };
    Call::new(state, Caller::operator(&account.email, Source::Web), origin)
}

/// The secret of a link: what stands behind its `#`.
#[derive(Deserialize, JsonSchema)]
pub struct LinkToken {
    pub token: String,
}

/// Whose password a link changes.
#[derive(Serialize, JsonSchema)]
pub struct PasswordReset {
    pub email: String,
}

/// Whose password this link changes, before it is used.
pub async fn password_reset_look(
    Shared(state): Shared<State>,
    Body(input): Body<LinkToken>,
) -> Result<Json<PasswordReset>> {
    let email = account_of(&state, &input.token).await?.email;
    Ok(Json(PasswordReset { email }))
}

async fn account_of(state: &State, token: &str) -> Result<Account> {
    let user = one_shot::look(state, Purpose::PasswordReset, token).await?;
    let mut sql = Sql::new(ACCOUNT);
    sql.part("id = ?", user.ok_or_else(link_void)?);
    let found = state.db.read().query_optional(sql).await?;
    found.ok_or_else(link_void)
}

#[derive(Deserialize, JsonSchema)]
pub struct PasswordChoice {
    pub token: String,
    /// 12 to 128 characters.
    pub password: String,
}

/// Chooses a new password with a link's secret, which is used up. All sessions end, and a lock is
/// taken back; a second factor is still asked for.
pub async fn password_reset_complete(
    Shared(state): Shared<State>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Body(input): Body<PasswordChoice>,
) -> Result<Done> {
    cookie::refuse_foreign(&state.settings, &headers)?;
    let account = account_of(&state, &input.token).await?;
    let limits: Limits = state.db.read().query_one(Limits::of(account.id)).await?;
    password::checked(&limits, &input.password, &account.email, "/password")?;
    let hash = password::hash(&state, input.password).await?;
    let mut call = anonymous(&state, &account, origin);
    let used = one_shot::use_up(&mut call, Purpose::PasswordReset, &input.token).await?;
    let user: Id<User> = used.ok_or_else(link_void)?.into();
    let changed = call
        .execute(sql!(
            "update users set password_hash = $1, must_change_password = false, status = 'active', wrong_passwords = 0, locked_until = null, version = version + 1, updated_at = $2 where id = $3 and (status = 'active' or status = 'locked' and locked_until is not null)",
            hash,
            call.now,
            user
        ))
        .await?;
    if changed == 0 {
        return Err(link_void());
    }
    session::end_all(&mut call, user.uuid()).await?;
    outbox::tell(&mut call, user, MailKind::PasswordChanged).await?;
    call.commit(account.event("reset_password")).await?;
    info!(user = %user, "password reset");
    Ok(Done)
}

/// One sentence for links that were used, replaced, revoked, ran out, or never were.
pub fn link_void() -> Error {
    Error::Refused {
        code: "link_void",
        detail: "This link does not work any more: it was used, replaced or revoked, or has run out. Ask for a new one.".into(),
    }
}
