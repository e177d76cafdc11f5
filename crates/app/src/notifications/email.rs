//! Notifications by email, to those who chose it: what is new in one message, once a minute at most.

use std::collections::BTreeMap;

use kit::call::Call;
use kit::conn::Bind;
use kit::{Id, Result, sql};
use uuid::Uuid;

use super::{NotificationKind, Stored, words};
use crate::mail::{self, MailKind, Recipient};
use crate::people::{User, everything_of};

/// How many notifications one transaction looks at.
const AT_ONCE: i64 = 200;
/// The most that one message lists; the others are counted.
const LISTED: usize = 50;
/// How long notifications are kept.
const KEPT_DAYS: i64 = 90;

/// Writes to everybody who wants to be written to of what is new, as far as they may read it now; and
/// removes what is old.
pub async fn send(mut new_call: impl FnMut() -> Call) -> Result<()> {
    while some(new_call()).await? {}
    let mut call = new_call();
    let old = call.now.plus_seconds(-KEPT_DAYS * 86_400);
    call.execute(sql!("delete from notifications where at < $1", old))
        .await?;
    call.commit(vec![]).await
}

/// The oldest that were not looked at; whether there may be more.
async fn some(mut call: Call) -> Result<bool> {
    let new: Vec<Stored> = call
        .query(sql!(
            "select * from notifications where not is_mailed order by at, id limit $1",
            AT_ONCE
        ))
        .await?;
    if new.is_empty() {
        return Ok(false);
    }
    let mut sql = sql!("update notifications set is_mailed = ");
    sql.bind(true).push(" where not is_mailed");
    sql.and_in("id", new.iter().map(|it| it.id.to_value()).collect());
    call.execute(sql).await?;
    let mut wanting: BTreeMap<Uuid, Vec<NotificationKind>> = BTreeMap::new();
    let wanted: Vec<(Uuid, NotificationKind)> = call
        .query(sql!(
            "select user_id, kind from notification_preferences where email"
        ))
        .await?;
    for (user, kind) in wanted {
        wanting.entry(user).or_default().push(kind);
    }
    for (user, kinds) in wanting {
        let told: Vec<&Stored> = new.iter().filter(|it| kinds.contains(&it.kind)).collect();
        write(&mut call, user.into(), told).await?;
    }
    call.commit(vec![]).await?;
    Ok(true)
}

/// One message to one person.
async fn write(call: &mut Call, user: Id<User>, new: Vec<&Stored>) -> Result<()> {
    let state = call.state.clone();
    let Some(reader) = everything_of(&state, user).await? else {
        return Ok(());
    };
    let told = |it: &&Stored| match (it.user_id, it.kind.permission()) {
        (Some(one), _) => one == user.uuid(),
        (None, None) => false,
        (None, Some(resource)) => {
            let mut places = reader.places(resource, "read").into_iter();
            places.any(|place| place.covers(it.place()))
        }
    };
    let new: Vec<&Stored> = new.into_iter().filter(told).collect();
    if new.is_empty() {
        return Ok(());
    }
    let to = Recipient::user(call, user).await?;
    let (inside, base) = (reader.is_customer_level(), &state.settings.base_url);
    let line = |it: &&Stored| {
        let text = words::sentence(it.kind, &it.details.0, to.language, inside);
        format!("{text}: {base}/{}/{}", it.kind.page(), it.object_id)
    };
    let mut lines: Vec<String> = new.iter().take(LISTED).map(line).collect();
    if new.len() > LISTED {
        lines.push(format!("+ {}", new.len() - LISTED));
    }
    let first = new
        .first()
        .map(|it| words::sentence(it.kind, &it.details.0, to.language, inside));
    let values = vec![
        ("first", first.unwrap_or_default()),
        ("list", lines.join("\n")),
        ("url", format!("{base}/notifications")),
    ];
    mail::post(call, &to, MailKind::Notifications, values, None)
        .await
        .map(drop)
}
