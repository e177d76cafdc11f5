//! One's own second factor: set up, remove, new recovery codes; and an admin's way to take it from
//! somebody who lost it (ACC-03).

use axum::Json;
use axum::http::HeaderMap;
use kit::access::Source;
use kit::body::Body;
use kit::call::Call;
use kit::conn::Sql;
use kit::event::{Change, Event};
use kit::time::Instant;
use kit::web::{At, Done, Versioned};
use kit::{Error, Id, Result};
use qrcode::QrCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cookie::{self, WithCookies};
use super::log_in::{ACCOUNT, Account, count_wrong, knock, user_agent};
use super::second_step::Code;
use super::user::{User, administered};
use super::{password, second_factor, session};
use crate::mail::{MailKind, outbox};

/// Whether one's own log-in takes a code.
#[derive(Serialize, JsonSchema)]
pub struct OwnSecondFactor {
    pub enabled_at: Option<Instant>,
    pub recovery_codes_left: i64,
    /// A policy asks for it: it cannot be removed.
    pub required: bool,
}

/// One's own second factor.
pub async fn second_factor_view(mut call: Call) -> Result<Json<OwnSecondFactor>> {
    let user = call.caller.user_id.into();
    Ok(Json(OwnSecondFactor {
        enabled_at: second_factor::since(&call.state.db, user).await?,
        recovery_codes_left: second_factor::codes_left(&mut call, user).await?,
        required: second_factor::is_required(&call.state.db, user).await?,
    }))
}

/// One's own password, once more.
#[derive(Deserialize, JsonSchema)]
pub struct OwnPassword {
    pub password: String,
}

/// What an authenticator app is told. Nothing is turned on yet.
#[derive(Serialize, JsonSchema)]
pub struct SecondFactorOffer {
    /// For typing: base 32.
    pub secret: String,
    /// For apps on the same device: `otpauth://…`.
    pub address: String,
    /// The same as a QR code: this many modules wide …
    pub qr_width: usize,
    /// … and the dark ones, as the path of an SVG.
    pub qr_path: String,
}

/// Begins to set up the second factor: the answer is for an authenticator app, whose first code turns
/// it on.
pub async fn second_factor_begin(
    mut call: Call,
    Body(input): Body<OwnPassword>,
) -> Result<Json<SecondFactorOffer>> {
    let account = prove(&mut call, input.password).await?;
    let offer = second_factor::offer(&mut call, account.id, &account.email).await?;
    let code = QrCode::new(&offer.address).map_err(Error::internal)?;
    let answer = SecondFactorOffer {
        secret: offer.secret,
        qr_width: code.width(),
        qr_path: path_of(&code),
        address: offer.address,
    };
    // No answer with a secret is kept.
    call.origin.idempotency = None;
    call.commit(vec![]).await?;
    Ok(Json(answer))
}

/// Codes for when the authenticator app is lost.
#[derive(Serialize, JsonSchema)]
pub struct RecoveryCodes {
    /// Each works once. They are told now and never again.
    pub recovery_codes: Vec<String>,
}

/// Turns the second factor on with a first code. Every other session ends, and this one goes on under
/// a new cookie.
pub async fn second_factor_confirm(
    mut call: Call,
    headers: HeaderMap,
    Body(input): Body<Code>,
) -> Result<WithCookies<Json<RecoveryCodes>>> {
    let account = own(&mut call).await?;
    knock(&call.state, &account.key(), call.origin.address)?;
    let codes = second_factor::confirm(&mut call, account.id, &input.code).await?;
    let codes = codes.ok_or_else(wrong_code)?;
    session::end_all(&mut call, account.id.uuid()).await?;
    let id = Id::new(call.now);
    let secret = session::begin(&mut call, id, user_agent(&headers)).await?;
    outbox::tell(&mut call, account.id, MailKind::SecondFactorOn).await?;
    call.origin.idempotency = None;
    let cookies = cookie::set(&call.state.settings, &secret);
    let event = account.event("enable_second_factor");
    call.commit(event.with(Change::new("second_factor", false, true).seen_inside()))
        .await?;
    Ok(WithCookies {
        cookies,
        answer: Json(RecoveryCodes {
            recovery_codes: codes,
        }),
    })
}

/// What proves more than a session does: password and code.
#[derive(Deserialize, JsonSchema)]
pub struct Proof {
    pub password: String,
    /// Six digits of the authenticator app, or a recovery code.
    pub code: String,
}

/// Removes one's own second factor, unless a policy asks for it.
pub async fn second_factor_remove(call: Call, Body(input): Body<Proof>) -> Result<Done> {
    let (mut call, account) = prove_both(call, input).await?;
    if second_factor::is_required(&call.state.db, account.id).await? {
        return Err(Error::conflict(
            "second_factor_required",
            "Your organisation asks for a second factor. To use another device, make new recovery codes and let an admin reset it.",
        ));
    }
    second_factor::remove(&mut call, account.id).await?;
    outbox::tell(&mut call, account.id, MailKind::SecondFactorOff).await?;
    call.origin.idempotency = None;
    let event = account.event("disable_second_factor");
    call.commit(event.with(Change::new("second_factor", true, false).seen_inside()))
        .await?;
    Ok(Done)
}

/// New recovery codes; the old ones work no more.
pub async fn second_factor_renew_codes(
    call: Call,
    Body(input): Body<Proof>,
) -> Result<Json<RecoveryCodes>> {
    let (mut call, account) = prove_both(call, input).await?;
    let recovery_codes = second_factor::renew_codes(&mut call, account.id).await?;
    call.origin.idempotency = None;
    call.commit(account.event("renew_recovery_codes")).await?;
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Takes the second factor from somebody who lost it: they log in with their password alone, and are
/// asked to set it up again where a policy wants it. Their sessions end.
pub async fn user_reset_second_factor(mut call: Call, At(id): At<User>) -> Result<Versioned<User>> {
    let (scope, before) = administered(&mut call, id).await?;
    if before.id.uuid() == call.caller.user_id {
        return Err(Error::conflict(
            "own_account",
            "Remove your own second factor in your profile, with a code.",
        ));
    }
    if !second_factor::remove(&mut call, before.id).await? {
        return Ok(Versioned(before));
    }
    session::end_all(&mut call, before.id.uuid()).await?;
    outbox::tell(&mut call, before.id, MailKind::SecondFactorOff).await?;
    let after = call.find(&scope, before.id).await?;
    let event = Event::changed("reset_second_factor", &before, &after);
    call.changed(after, event).await
}

async fn own(call: &mut Call) -> Result<Account> {
    if call.caller.source != Source::Web {
        return Err(Error::Refused {
            code: "no_session",
            detail: "A second factor is set up by logging in, not with a token.".into(),
        });
    }
    let mut sql = Sql::new(ACCOUNT);
    sql.part("id = ?", call.caller.user_id);
    // Read aside: the call's transaction must not wait for the hashes.
    let found = call.state.db.read().query_optional(sql).await?;
    found.ok_or_else(Error::unauthenticated)
}

/// The caller's account, whose password this is.
async fn prove(call: &mut Call, password: String) -> Result<Account> {
    let account = own(call).await?;
    knock(&call.state, &account.key(), call.origin.address)?;
    let hash = Some(account.password_hash.clone());
    if password::verify(&call.state, password, hash).await? {
        return Ok(account);
    }
    count_wrong(&call.state, &account, &call.origin).await?;
    Err(Error::field(
        "/password",
        "wrong_password",
        "is not your password",
    ))
}

/// The same with a code, which is used up if the call is committed.
async fn prove_both(mut call: Call, input: Proof) -> Result<(Call, Account)> {
    let account = prove(&mut call, input.password).await?;
    if second_factor::use_code(&mut call, account.id, &input.code).await? {
        return Ok((call, account));
    }
    let (state, origin) = (call.state.clone(), call.origin.clone());
    drop(call);
    count_wrong(&state, &account, &origin).await?;
    Err(wrong_code())
}

fn wrong_code() -> Error {
    Error::field(
        "/code",
        "wrong_code",
        "is wrong, was used already or is too old",
    )
}

/// `M3 0h1v1h-1z…`: a square for each dark module.
fn path_of(code: &QrCode) -> String {
    let width = code.width();
    let colours = code.to_colors();
    let dark = colours
        .iter()
        .enumerate()
        .filter(|(_, it)| **it == qrcode::Color::Dark);
    dark.map(|(n, _)| format!("M{} {}h1v1h-1z", n % width, n / width))
        .collect()
}
