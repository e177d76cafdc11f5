//! What somebody wants to be told, and how (ONB-12).

use axum::Json;
use axum::extract::Path;
use kit::body::Body;
use kit::call::Call;
use kit::{Error, Record, Result, sql};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NotificationKind;
use crate::people::Whole;

/// How the caller is told of one kind of event.
#[derive(Serialize, JsonSchema, Clone)]
pub struct NotificationPreference {
    pub kind: NotificationKind,
    #[serde(flatten)]
    pub channels: Channels,
}

/// The ways in which somebody is told.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy)]
pub struct Channels {
    /// In the notification centre of the console.
    pub in_app: bool,
    /// By email to the user's own address, whoever else is written to.
    pub email: bool,
}

/// What is so until somebody chooses.
const USUAL: Channels = Channels {
    in_app: true,
    email: false,
};

#[derive(Record)]
struct Chosen {
    kind: NotificationKind,
    in_app: bool,
    email: bool,
}

/// How the caller is told of each kind of event.
pub async fn notification_preference_list(
    mut call: Call,
) -> Result<Json<Whole<NotificationPreference>>> {
    let user = call.caller.user_id;
    let chosen: Vec<Chosen> = call
        .query(sql!(
            "select kind, in_app, email from notification_preferences where user_id = $1",
            user
        ))
        .await?;
    let kinds = NotificationKind::ALL.iter();
    let all: Vec<_> = kinds
        .filter_map(|it| NotificationKind::parse(it.0))
        .map(|kind| {
            let own = chosen.iter().find(|it| it.kind == kind);
            let channels = own.map_or(USUAL, |it| Channels {
                in_app: it.in_app,
                email: it.email,
            });
            NotificationPreference { kind, channels }
        })
        .collect();
    Ok(Json(all.into()))
}

/// Chooses how the caller is told of one kind of event.
pub async fn notification_preference_put(
    mut call: Call,
    Path(kind): Path<String>,
    Body(channels): Body<Channels>,
) -> Result<Json<NotificationPreference>> {
    let kind = NotificationKind::parse(&kind).ok_or(Error::NotFound)?;
    let user = call.caller.user_id;
    call.execute(sql!(
        "insert into notification_preferences (user_id, kind, in_app, email) values ($1, $2, $3, $4)
         on conflict (user_id, kind) do update set in_app = excluded.in_app, email = excluded.email",
        user,
        kind,
        channels.in_app,
        channels.email
    ))
    .await?;
    call.commit(vec![]).await?;
    Ok(Json(NotificationPreference { kind, channels }))
}
