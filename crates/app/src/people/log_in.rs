//! Logging in and changing one's own password (ACC-01, ACC-02, ACC-15).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State as Shared;
use axum::http::{HeaderMap, header};
use axum::{Extension, Json};
use kit::access::{Caller, Holding, Place, Source};
use kit::body::Body;
use kit::call::{Call, Origin};
use kit::conn::Sql;
use kit::event::{Change, Event};
use kit::resource::{Owner, Resource};
use kit::time::Instant;
use kit::web::Done;
use kit::{Error, Id, Record, Result, State, sql, text};
use schemars::JsonSchema;
use serde::Deserialize;
use tracing::info;
use uuid::Uuid;

use super::buckets::{Buckets, Rate};
use super::cookie::{self, WithCookies};
use super::held::{Held, held_in, place_of};
use super::second_step::{self, Entered};
use super::session::{self, Session};
use super::user::{User, UserStatus};
use super::{password, second_factor};
use crate::mail::{self, MailKind, Recipient, outbox};
use crate::sso;
use crate::tree::policies::Limits;

/// For how many seconds wrong passwords lock an account (ACC-02).
const LOCKED: i64 = 15 * 60;

/// A refusal takes at least this long, so that its time does not tell whether the account exists.
const REFUSAL: Duration = Duration::from_millis(250);

#[derive(Deserialize, JsonSchema)]
pub struct LogIn {
    /// In any case (ACC-01).
    pub email: String,
    pub password: String,
}

/// How often somebody may try, by account and by address.
#[derive(Default)]
struct Doors {
    accounts: Buckets<String>,
    addresses: Buckets<IpAddr>,
}

/// What log-in needs of an account.
#[derive(Record, Clone)]
pub struct Account {
    pub id: Id<User>,
    pub display_name: String,
    pub email: String,
    provider_id: Option<Uuid>,
    reseller_id: Option<Uuid>,
    customer_id: Option<Uuid>,
    pub status: UserStatus,
    pub password_hash: String,
    must_change_password: bool,
    locked_until: Option<Instant>,
}

pub const ACCOUNT: &str = "select * from users where ";

impl Account {
    /// Its home node.
    pub fn home(&self) -> Place {
        place_of(self.provider_id, self.reseller_id, self.customer_id)
    }

    /// What its tries are counted by.
    pub fn key(&self) -> String {
        text::key(&self.email)
    }

    /// Whether its owner may choose a new password by email: not if an admin disabled it, or locked it
    /// without an end.
    pub fn may_reset(&self) -> bool {
        match self.status {
            UserStatus::Active => true,
            UserStatus::Locked => self.locked_until.is_some(),
            UserStatus::Invited | UserStatus::Disabled => false,
        }
    }

    pub fn is_locked(&self, now: Instant) -> bool {
        self.status == UserStatus::Locked && self.locked_until.is_none_or(|it| it > now)
    }

    /// By an admin. A lock that wrong passwords set is for passwords: it must not keep those out who
    /// come with their identity provider.
    pub fn is_locked_by_hand(&self) -> bool {
        self.status == UserStatus::Locked && self.locked_until.is_none()
    }

    pub fn event(&self, action: &'static str) -> Event {
        let owner = Owner::of(self.provider_id, self.reseller_id, self.customer_id);
        Event {
            object_type: User::NAME,
            object_id: self.id.uuid(),
            object_name: self.display_name.clone(),
            action,
            owner,
            changes: vec![],
        }
    }
}

/// Logs in with email and password; the answer sets the session's cookie. Unknown accounts, wrong
/// passwords and locked accounts are answered alike; why somebody with the right password cannot log
/// in is told (ACC-11, ACC-15). Who has a second factor gets the problem `second_factor_required` and goes on
/// with `POST /session/second_factor` (ACC-03).
pub async fn session_create(
    Shared(state): Shared<State>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Body(input): Body<LogIn>,
) -> Result<Entered> {
    cookie::refuse_foreign(&state.settings, &headers)?;
    let key = text::clip(&text::key(&input.email), 254).into_owned();
    knock(&state, &key, origin.address)?;
    let started = tokio::time::Instant::now();
    let mut sql = Sql::new(ACCOUNT);
    sql.part("email_key = ?", key);
    let found: Option<Account> = state.db.read().query_optional(sql).await?;
    let right = password::verify(
        &state,
        input.password,
        found.as_ref().map(|it| it.password_hash.clone()),
    )
    .await?;
    let now = state.clock.now();
    let admitted = match found {
        Some(account) if right && !account.is_locked(now) => account,
        found => {
            if let Some(account) = found.filter(|it| !right && !it.is_locked(now)) {
                count_wrong(&state, &account, &origin).await?;
            }
            info!(request_id = origin.request_id, "log-in refused");
            tokio::time::sleep_until(started + REFUSAL).await;
            return Err(wrong());
        }
    };
    let caller = admit(&state, &admitted).await?;
    sso::check_password(&state, &admitted, &caller).await?;
    // A repeat must not be answered without the cookie.
    let origin = Origin {
        idempotency: None,
        ..origin
    };
    let call = Call::new(&state, Arc::new(caller), origin);
    if second_factor::since(&state.db, admitted.id)
        .await?
        .is_some()
    {
        return second_step::ask_for_code(call, &admitted).await;
    }
    let event = admitted.event("log_in");
    let entered = finish(call, &admitted, &headers, event).await?;
    Ok(Entered::In(Box::new(entered)))
}

/// Everything asked for was right: the session begins.
pub async fn finish(
    mut call: Call,
    account: &Account,
    headers: &HeaderMap,
    event: Event,
) -> Result<WithCookies<Json<Session>>> {
    let settings = call.state.settings.clone();
    let replaced = cookie::secret(&settings, headers).map(session::digest);
    let session = enter(&mut call, account, replaced, headers).await?;
    let answer = session::describe(&mut call).await?;
    call.commit(event).await?;
    info!(user = %account.id, "logged in");
    let mut cookies = cookie::set(&settings, &session);
    cookies.push(cookie::pending(&settings, None, 0));
    Ok(WithCookies {
        cookies,
        answer: Json(answer),
    })
}

/// A password of one's own choice.
#[derive(Deserialize, JsonSchema)]
pub struct PasswordChange {
    pub current_password: String,
    /// 12 to 128 characters, or more than 12 by policy.
    pub new_password: String,
}

/// Changes one's own password. Every session ends, and this one goes on under a new cookie (ACC-04).
pub async fn session_password(
    mut call: Call,
    headers: HeaderMap,
    Body(input): Body<PasswordChange>,
) -> Result<WithCookies<Done>> {
    if call.caller.source != Source::Web {
        return Err(Error::Refused {
            code: "no_session",
            detail: "A password is changed by logging in, not with a token.".into(),
        });
    }
    let state = call.state.clone();
    let mut sql = Sql::new(ACCOUNT);
    sql.part("id = ?", call.caller.user_id);
    // Read aside: the call's transaction must not wait for the hashes.
    let account: Account = state
        .db
        .read()
        .query_optional(sql)
        .await?
        .ok_or_else(Error::unauthenticated)?;
    knock(&state, &text::key(&account.email), call.origin.address)?;
    if !password::verify(
        &state,
        input.current_password.clone(),
        Some(account.password_hash.clone()),
    )
    .await?
    {
        count_wrong(&state, &account, &call.origin).await?;
        return Err(Error::field(
            "/current_password",
            "wrong_password",
            "is not your password",
        ));
    }
    let limits: Limits = state.db.read().query_one(Limits::of(account.id)).await?;
    password::checked(
        &limits,
        &input.new_password,
        &account.email,
        "/new_password",
    )?;
    if input.new_password == input.current_password {
        return Err(Error::field(
            "/new_password",
            "same_password",
            "is the current one; choose another",
        ));
    }
    let hash = password::hash(&state, input.new_password).await?;
    let changed = call
        .execute(sql!(
            "update users set password_hash = $1, must_change_password = false, wrong_passwords = 0, version = version + 1, updated_at = $2 where id = $3 and password_hash = $4",
            hash,
            call.now,
            account.id,
            &account.password_hash
        ))
        .await?;
    if changed == 0 {
        return Err(Error::conflict(
            "password_changed",
            "The password was changed in the meantime. Log in with the new one.",
        ));
    }
    session::end_all(&mut call, account.id.uuid()).await?;
    outbox::tell(&mut call, account.id, MailKind::PasswordChanged).await?;
    let id = Id::new(call.now);
    let secret = session::begin(&mut call, id, user_agent(&headers)).await?;
    // A repeat would be answered without the cookie, and the fingerprint is a fast hash of passwords.
    call.origin.idempotency = None;
    let cookies = cookie::set(&state.settings, &secret);
    call.commit(account.event("change_password")).await?;
    Ok(WithCookies {
        cookies,
        answer: Done,
    })
}

fn wrong() -> Error {
    Error::Unauthenticated {
        code: "wrong_credentials",
        detail: "The email or the password is wrong. After too many wrong passwords an account is locked for 15 minutes.",
    }
}

/// Counts the try against its account and its address.
pub fn knock(state: &State, account: &str, address: Option<IpAddr>) -> Result<()> {
    let doors = state.part::<Doors>();
    let settings = &state.settings;
    let by_account = doors.accounts.take(
        account.to_owned(),
        Rate::per_minute(settings.log_ins_per_account),
    );
    let waits = [by_account.err(), by_address(state, address)];
    refuse_until(waits.into_iter().flatten().max())
}

/// Counts the try against its address alone: for who has not said who they are.
pub fn knock_address(state: &State, address: Option<IpAddr>) -> Result<()> {
    refuse_until(by_address(state, address))
}

/// The seconds to wait, for an address that tried too often.
fn by_address(state: &State, address: Option<IpAddr>) -> Option<u32> {
    let rate = Rate::per_minute(state.settings.log_ins_per_address);
    let doors = state.part::<Doors>();
    doors.addresses.take(network(address?), rate).err()
}

fn refuse_until(wait: Option<u32>) -> Result<()> {
    match wait {
        None => Ok(()),
        Some(seconds) => Err(Error::TooMany {
            seconds,
            detail: format!("Too many tries. Wait {seconds} seconds and try again."),
        }),
    }
}

/// One IPv6 network has more addresses than any limit has patience.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(it) => IpAddr::V6((it.to_bits() >> 64 << 64).into()),
        it => it,
    }
}

/// The caller that an account with the right password becomes; else the reason why it cannot.
pub async fn admit(state: &State, account: &Account) -> Result<Caller> {
    let refused = |code, detail: &str| Error::Refused {
        code,
        detail: detail.into(),
    };
    if matches!(account.status, UserStatus::Disabled | UserStatus::Invited) {
        return Err(refused(
            "account_disabled",
            "Your account is disabled. Ask your administrator.",
        ));
    }
    let held = held_in(&state.db, account.id.uuid()).await?;
    let holdings: Vec<Holding> = held
        .iter()
        .filter(|it| it.obstacle().is_none())
        .map(Held::holding)
        .collect();
    let home = account.home();
    let home = if holdings.iter().any(|it| it.place.covers(home)) {
        Some(home)
    } else {
        holdings.first().map(|it| it.place)
    };
    let Some(home) = home else {
        let (code, detail) = held.iter().find_map(Held::obstacle).unwrap_or((
            "no_role",
            "You hold no role here any more. Ask your administrator.",
        ));
        return Err(refused(code, detail));
    };
    let name = account.display_name.clone();
    Ok(Caller {
        user_id: account.id.uuid(),
        name,
        credential_id: Some(Id::<Session>::new(state.clock.now()).uuid()),
        source: Source::Web,
        holdings,
        home,
        must_change_password: account.must_change_password,
        must_enrol: second_factor::must_enrol(&state.db, account.id).await?,
        sso: None,
    })
}

/// Writes the log-in: what the password was checked against must still hold.
async fn enter(
    call: &mut Call,
    account: &Account,
    replaced: Option<String>,
    headers: &HeaderMap,
) -> Result<String> {
    let entered = call
        .execute(sql!(
            "update users set status = 'active', wrong_passwords = 0, locked_until = null, last_login_at = $1 where id = $2 and password_hash = $3 and (status = 'active' or status = 'locked' and locked_until <= $1)",
            call.now,
            account.id,
            &account.password_hash
        ))
        .await?;
    if entered == 0 {
        return Err(wrong());
    }
    // Logging in again replaces the browser's session: its old cookie is worth nothing any more.
    if let Some(digest) = replaced {
        call.execute(sql!("delete from sessions where token_hash = $1", digest))
            .await?;
        call.changes_rights();
    }
    let id = call.caller.credential_id.unwrap_or_default().into();
    session::begin(call, id, user_agent(headers)).await
}

pub fn user_agent(headers: &HeaderMap) -> &str {
    headers
        .get(header::USER_AGENT)
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default()
}

/// Counts a wrong password or code; the tenth, or by policy an earlier one, locks the account, which is
/// told in the audit and to its owner (ACC-02).
pub async fn count_wrong(state: &State, account: &Account, origin: &Origin) -> Result<()> {
    let limits: Limits = state.db.read().query_one(Limits::of(account.id)).await?;
    let caller = Caller::operator(&account.email, Source::Web);
    let mut call = Call::new(
        state,
        caller,
        Origin {
            idempotency: None,
            dry_run: false,
            ..origin.clone()
        },
    );
    call.execute(sql!("update users set status = 'active', wrong_passwords = 0, locked_until = null where id = $1 and status = 'locked' and locked_until <= $2", account.id, call.now)).await?;
    let counted: Option<(i64,)> = call.query_optional(sql!("update users set wrong_passwords = wrong_passwords + 1 where id = $1 and status = 'active' returning wrong_passwords", account.id)).await?;
    let mut events = vec![];
    if counted.is_some_and(|(wrong,)| wrong >= limits.lock_out_tries()) {
        let until = call.now.plus_seconds(LOCKED);
        call.execute(sql!("update users set status = 'locked', wrong_passwords = 0, locked_until = $1, version = version + 1, updated_at = $2 where id = $3", until, call.now, account.id)).await?;
        let to = Recipient::user(&mut call, account.id).await?;
        let values = vec![("until", to.clock(until))];
        mail::post(&mut call, &to, MailKind::AccountLocked, values, None).await?;
        events.push(account.event("lock").with(Change::new(
            "status",
            UserStatus::Active.as_str(),
            UserStatus::Locked.as_str(),
        )));
    }
    call.commit(events).await
}
