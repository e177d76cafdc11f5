//! For the command line on the machine itself, and for the scheduler.

use kit::access::{Caller, Place, Scope, Source};
use kit::call::{Call, Origin};
use kit::event::Event;
use kit::text::Name;
use kit::{Error, Id, Result, State, sql};

use super::built_in::PLATFORM_ADMIN;
use super::held::place_of;
use super::user::{self, User, UserInput};
use super::{grant, password, token};
use crate::tree::policies::Limits;
use crate::values::Email;

/// How long idempotency keys are kept, in seconds (design api.md).
const KEYS: i64 = 24 * 60 * 60;

/// How long the mail log is kept, in seconds.
const MAIL: i64 = 90 * 24 * 60 * 60;

/// How many rows go at once: the database is others' too.
const BATCH: i64 = 1_000;

fn operator(state: &State) -> Call {
    Call::new(
        state,
        Caller::operator("Command line", Source::Cli),
        Origin {
            request_id: "cli".into(),
            ..Origin::default()
        },
    )
}

/// Makes a platform admin with a password of its own choice.
pub async fn create_admin(
    state: &State,
    email: &str,
    password: &str,
    display_name: &str,
) -> Result<Id<User>> {
    let email =
        Email::parse(email).map_err(|message| Error::field("/email", "invalid", message))?;
    let display_name = Name::parse(display_name)
        .map_err(|message| Error::field("/display_name", "invalid", message))?;
    let limits: Limits = state
        .db
        .read()
        .query_one(Limits::at(Place::Platform))
        .await?;
    password::checked(&limits, password, email.as_str(), "/password")?;
    let hash = password::hash(state, password.to_owned()).await?;
    let mut call = operator(state);
    let scope = call.allow::<User>("create")?;
    let input = UserInput {
        email,
        display_name,
        contact_id: None,
        language: None,
        time_zone: None,
    };
    let id = user::create(&mut call, &input, Place::Platform, hash, false).await?;
    grant::give(&mut call, id, PLATFORM_ADMIN, Place::Platform).await?;
    let made = call.find(&scope, id).await?;
    call.commit(Event::created(&made)).await?;
    Ok(id)
}

/// Sets a user's password, which it must change at the next log-in; its sessions end, and a lock is
/// taken back.
pub async fn set_password(state: &State, email: &str, password: &str) -> Result<()> {
    password::checked(&Limits::default(), password, email, "/password")?;
    let hash = password::hash(state, password.to_owned()).await?;
    let mut call = operator(state);
    let scope = call.allow::<User>("update")?;
    let before = of(&mut call, &scope, email).await?;
    let limits: Limits = call.query_one(Limits::of(before.id)).await?;
    password::checked(&limits, password, email, "/password")?;
    let after = user::replace_password(&mut call, &scope, &before, hash).await?;
    call.commit(Event::changed("set_password", &before, &after))
        .await
}

/// Makes a token with all that its owner may at its home node, and gives its secret.
pub async fn create_token(state: &State, email: &str, name: &str) -> Result<String> {
    let name = Name::parse(name).map_err(|message| Error::field("/name", "invalid", message))?;
    let mut call = operator(state);
    let scope = call.allow::<token::Token>("create")?;
    let owner = of(&mut call, &scope, email).await?;
    let home = place_of(owner.provider_id, owner.reseller_id, owner.customer_id);
    let (id, secret) = token::create(&mut call, owner.id, &name, home, vec![], None).await?;
    let made = call.find(&scope, id).await?;
    call.commit(Event::of("create", &made)).await?;
    Ok(secret)
}

async fn of(call: &mut Call, scope: &Scope, email: &str) -> Result<User> {
    user::by_email(call, scope, email)
        .await?
        .ok_or_else(|| Error::field("/email", "unknown_reference", "is nobody's here"))
}

/// Removes what has run out: sessions, idempotency keys, links, old messages, locks. For the scheduler, every few minutes.
pub async fn purge_expired(state: &State) -> Result<()> {
    let now = state.clock.now();
    let (idle, old) = (
        now.plus_seconds(-Limits::default().idle()),
        now.plus_seconds(-KEYS),
    );
    let statements = [
        sql!(
            "delete from sessions where id in (select id from sessions where expires_at <= $1 or last_seen_at <= $2 limit $3)",
            now,
            idle,
            BATCH
        ),
        sql!(
            "delete from idempotency_keys where (user_id, key) in (select user_id, key from idempotency_keys where created_at < $1 limit $2)",
            old,
            BATCH
        ),
        sql!(
            "delete from one_shots where id in (select id from one_shots where expires_at <= $1 limit $2)",
            now,
            BATCH
        ),
        sql!(
            "delete from mail_messages where id in (select id from mail_messages where created_at < $1 limit $2)",
            now.plus_seconds(-MAIL),
            BATCH
        ),
        sql!(
            "update users set status = 'active', wrong_passwords = 0, locked_until = null, version = version + 1, updated_at = $1 where id in (select id from users where status = 'locked' and locked_until <= $1 limit $2)",
            now,
            BATCH
        ),
    ];
    for sql in statements {
        loop {
            let mut tx = state.db.write();
            let done = tx.execute(sql.clone()).await?;
            tx.commit().await?;
            if done < BATCH.unsigned_abs() {
                break;
            }
        }
    }
    Ok(())
}
