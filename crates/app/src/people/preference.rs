//! What a user chose and finds again: columns of a grid, the appearance. No part of anybody's data,
//! so it has neither versions nor audit.

use axum::Json;
use axum::extract::Path;
use kit::body::Body;
use kit::call::Call;
use kit::conn::JsonOf;
use kit::{Error, Result, sql};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How large a value may be, and how many there are of one user.
const LARGEST: usize = 64 * 1024;
const MOST: i64 = 500;

/// A preference.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
pub struct Preference {
    /// Any JSON, at most 64 KiB.
    #[serde(default)]
    pub value: Value,
}

/// One of the caller's own preferences, such as `grid.customers`; its value
/// is null when it was never set.
pub async fn preference_view(mut call: Call, Path(name): Path<String>) -> Result<Json<Preference>> {
    let user = call.caller.user_id;
    let found: Option<(JsonOf<Preference>,)> = call
        .query_optional(sql!(
            "select value from preferences where user_id = $1 and name = $2",
            user,
            name
        ))
        .await?;
    Ok(Json(found.map(|(JsonOf(it),)| it).unwrap_or_default()))
}

/// Sets one of the caller's own preferences. Names have 1 to 60 of `a-z0-9._-`.
pub async fn preference_put(
    mut call: Call,
    Path(name): Path<String>,
    Body(preference): Body<Preference>,
) -> Result<Json<Preference>> {
    let fits = (1..=60).contains(&name.len())
        && name
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"._-".contains(&it));
    if !fits {
        return Err(Error::bad_request(
            "invalid_name",
            "A preference's name has 1 to 60 small letters, digits, dots, dashes or underscores.",
        ));
    }
    if preference.value.to_string().len() > LARGEST {
        return Err(Error::TooLarge {
            detail: format!("A preference has at most {} KiB.", LARGEST / 1024),
        });
    }
    let user = call.caller.user_id;
    let others = call
        .count(sql!(
            "select count(*) from preferences where user_id = $1 and name <> $2",
            user,
            &name
        ))
        .await?;
    if others >= MOST {
        return Err(Error::conflict(
            "too_many",
            format!("A user has at most {MOST} preferences."),
        ));
    }
    let sql = sql!(
        "insert into preferences (user_id, name, value) values ($1, $2, $3) on conflict (user_id, name) do update set value = excluded.value",
        user,
        &name,
        JsonOf(preference.clone())
    );
    call.execute(sql).await?;
    call.commit(vec![]).await?;
    Ok(Json(preference))
}
