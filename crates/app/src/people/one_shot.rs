//! What works once, for one purpose and one subject, and not for long (security.md 17): the links of
//! emails, and log-ins that wait for their second factor.

use kit::call::Call;
use kit::conn::Bind;
use kit::time::Instant;
use kit::vault::Secret;
use kit::{Result, State, choice, secret, sql, store};
use uuid::Uuid;

choice! {
    /// What a one-shot is for; another purpose does not take it.
    pub enum Purpose {
        Invitation = "invitation" "Invitation",
        PasswordReset = "password_reset" "Password reset",
        LogIn = "log_in" "Log-in",
        Sso = "sso" "Single sign-on",
    }
}

/// The longest text that can be one.
const MOST: usize = 100;

/// What is stored of one.
fn digest(purpose: Purpose, token: &str) -> String {
    secret::digest(&[b"one-shot", purpose.as_str().as_bytes(), token.as_bytes()])
}

fn place(id: Uuid) -> String {
    format!("one_shots/{id}")
}

/// Makes one that goes out with this answer.
pub async fn make(
    call: &mut Call,
    purpose: Purpose,
    subject: Uuid,
    seconds: i64,
) -> Result<Secret> {
    let id = store::new_id(call);
    write(call, id, purpose, subject, seconds, secret::token(), "").await
}

/// Makes one whose text the caller has chosen, at random.
pub async fn make_of(
    call: &mut Call,
    purpose: Purpose,
    subject: Uuid,
    seconds: i64,
    token: String,
) -> Result<()> {
    let id = store::new_id(call);
    let written = write(call, id, purpose, subject, seconds, token, "").await;
    written.map(|_| ())
}

/// Makes one for a link in an email, in place of those that were sent before; gives its id. Until it
/// is sent it is kept, encrypted.
pub async fn make_link(
    call: &mut Call,
    purpose: Purpose,
    subject: Uuid,
    seconds: i64,
) -> Result<Uuid> {
    void(call, purpose, subject).await?;
    let id = store::new_id(call);
    let token = Secret::new(secret::token());
    let sealed = call.state.settings.keys.seal(&place(id), &token)?;
    let token = token.expose().to_owned();
    write(call, id, purpose, subject, seconds, token, &sealed).await?;
    Ok(id)
}

async fn write(
    call: &mut Call,
    id: Uuid,
    purpose: Purpose,
    subject: Uuid,
    seconds: i64,
    token: String,
    sealed: &str,
) -> Result<Secret> {
    let set = vec![
        ("id", id.to_value()),
        ("purpose", purpose.to_value()),
        ("subject_id", subject.to_value()),
        ("token_hash", digest(purpose, &token).to_value()),
        ("sealed", sealed.to_value()),
        ("expires_at", call.now.plus_seconds(seconds).to_value()),
        ("created_at", call.now.to_value()),
    ];
    store::insert(call, "one_shots", set).await?;
    Ok(Secret::new(token))
}

/// Whose it is, without using it; none for what was used, revoked, has expired or never was.
pub async fn look(state: &State, purpose: Purpose, token: &str) -> Result<Option<Uuid>> {
    if token.len() > MOST {
        return Ok(None);
    }
    let found: Option<(Uuid,)> = state
        .db
        .read()
        .query_optional(sql!(
            "select subject_id from one_shots where token_hash = $1 and expires_at > $2",
            digest(purpose, token),
            state.clock.now()
        ))
        .await?;
    Ok(found.map(|(subject,)| subject))
}

/// Uses it: of several who try at the same moment, one is told whose it is.
pub async fn use_up(call: &mut Call, purpose: Purpose, token: &str) -> Result<Option<Uuid>> {
    if token.len() > MOST {
        return Ok(None);
    }
    let used: Option<(Uuid,)> = call
        .query_optional(sql!(
            "delete from one_shots where token_hash = $1 and expires_at > $2 returning subject_id",
            digest(purpose, token),
            call.now
        ))
        .await?;
    Ok(used.map(|(subject,)| subject))
}

/// Those of this purpose and subject work no more.
pub async fn void(call: &mut Call, purpose: Purpose, subject: Uuid) -> Result<()> {
    let sql = sql!(
        "delete from one_shots where subject_id = $1 and purpose = $2",
        subject,
        purpose
    );
    call.execute(sql).await.map(|_| ())
}

/// Whatever of the subject's still works, works no more.
pub async fn void_all(call: &mut Call, subject: Uuid) -> Result<()> {
    let sql = sql!("delete from one_shots where subject_id = $1", subject);
    call.execute(sql).await.map(|_| ())
}

/// The secret of a link that is to be sent; none when it does not work any more.
pub async fn link(state: &State, id: Uuid, now: Instant) -> Result<Option<Secret>> {
    let found: Option<(String,)> = state
        .db
        .read()
        .query_optional(sql!(
            "select sealed from one_shots where id = $1 and expires_at > $2 and sealed <> ''",
            id,
            now
        ))
        .await?;
    let open = |(sealed,): (String,)| state.settings.keys.open(&place(id), &sealed);
    found.map(open).transpose()
}
