//! The second step of logging in: a code, after the right password (ACC-03).

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use kit::body::Body;
use kit::call::{Call, Origin};
use kit::conn::Sql;
use kit::{Error, Result, State};
use schemars::JsonSchema;
use serde::Deserialize;

use super::cookie::{self, WithCookies};
use super::log_in::{ACCOUNT, Account, admit, count_wrong, finish, knock};
use super::one_shot::{self, Purpose};
use super::second_factor;
use super::session::Session;

/// How long somebody may look for their telephone, in seconds.
const PATIENCE: i64 = 5 * 60;

/// Logged in; or the password is right, and a code is still to come.
pub enum Entered {
    In(Box<WithCookies<Json<Session>>>),
    Halfway(Box<WithCookies<Error>>),
}

impl IntoResponse for Entered {
    fn into_response(self) -> Response {
        match self {
            Self::In(it) => it.into_response(),
            Self::Halfway(it) => it.into_response(),
        }
    }
}

impl aide::OperationOutput for Entered {
    type Inner = Session;
    fn inferred_responses(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) -> Vec<(Option<aide::openapi::StatusCode>, aide::openapi::Response)> {
        Json::<Session>::inferred_responses(ctx, operation)
    }
}

/// Remembers, in a cookie that counts for nothing else, that the password was right.
pub async fn ask_for_code(mut call: Call, account: &Account) -> Result<Entered> {
    let pending = one_shot::make(&mut call, Purpose::LogIn, account.id.uuid(), PATIENCE).await?;
    let cookies = vec![cookie::pending(
        &call.state.settings,
        Some(&pending),
        PATIENCE,
    )];
    call.commit(vec![]).await?;
    Ok(Entered::Halfway(Box::new(WithCookies {
        cookies,
        answer: Error::Unauthenticated {
            code: "second_factor_required",
            detail: "The password is right. Send a code of your authenticator app, or a recovery code, to /session/second_factor within 5 minutes.",
        },
    })))
}

/// A code that proves the second factor.
#[derive(Deserialize, JsonSchema)]
pub struct Code {
    /// Six digits of the authenticator app, or a recovery code.
    pub code: String,
}

/// Completes a log-in that asked for a second factor: the answer sets the session's cookie. Each
/// code works once; wrong ones count like wrong passwords.
pub async fn session_second_factor(
    Shared(state): Shared<State>,
    Extension(origin): Extension<Origin>,
    headers: HeaderMap,
    Body(input): Body<Code>,
) -> Result<WithCookies<Json<Session>>> {
    cookie::refuse_foreign(&state.settings, &headers)?;
    let pending = cookie::pending_secret(&state.settings, &headers).ok_or_else(late)?;
    let user = one_shot::look(&state, Purpose::LogIn, pending).await?;
    let mut sql = Sql::new(ACCOUNT);
    sql.part("id = ?", user.ok_or_else(late)?);
    let account: Account = state
        .db
        .read()
        .query_optional(sql)
        .await?
        .ok_or_else(late)?;
    knock(&state, &account.key(), origin.address)?;
    if account.is_locked(state.clock.now()) {
        return Err(wrong());
    }
    let caller = admit(&state, &account).await?;
    let counted = origin.clone();
    let origin = Origin {
        idempotency: None,
        ..origin
    };
    let mut call = Call::new(&state, Arc::new(caller), origin);
    if !second_factor::use_code(&mut call, account.id, &input.code).await? {
        drop(call);
        count_wrong(&state, &account, &counted).await?;
        return Err(wrong());
    }
    if one_shot::use_up(&mut call, Purpose::LogIn, pending).await? != Some(account.id.uuid()) {
        return Err(late());
    }
    let event = account.event("log_in");
    finish(call, &account, &headers, event).await
}

fn late() -> Error {
    Error::Unauthenticated {
        code: "log_in_again",
        detail: "This took too long. Begin with email and password again.",
    }
}

fn wrong() -> Error {
    Error::Unauthenticated {
        code: "wrong_code",
        detail: "This code is wrong, was used already or is too old. After too many wrong ones an account is locked for 15 minutes.",
    }
}
