//! What the caller is told: as far as they may read what it is about at this moment, and want it.

use axum::Json;
use kit::access::Permission;
use kit::call::Call;
use kit::conn::Sql;
use kit::list::Query;
use kit::time::Instant;
use kit::web::{At, Done};
use kit::{Error, Id, Record, Result, sql};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{NotificationKind, SCOPE, Stored, words};
use crate::values::Language;

/// Something that the caller should know.
#[derive(Serialize, JsonSchema)]
pub struct Notification {
    pub id: Id<Notification>,
    pub at: Instant,
    pub kind: NotificationKind,
    /// The sentence, in the caller's language.
    pub text: String,
    pub is_read: bool,
    /// What it is about.
    pub object_type: String,
    pub object_id: Uuid,
}

/// A page of notifications, the newest first.
#[derive(Serialize, JsonSchema)]
pub struct NotificationPage {
    pub items: Vec<Notification>,
    /// `before` of the next page; null on the last.
    pub next: Option<Id<Notification>>,
}

/// How much the caller has not read.
#[derive(Serialize, JsonSchema)]
pub struct Unread {
    /// Counted up to 100.
    pub count: i64,
}

#[derive(Record)]
struct Seen {
    #[record(flatten)]
    stored: Stored,
    is_read: bool,
}

const LIMIT: usize = 20;
const MOST: usize = 100;
/// Beyond this nobody counts what they have not read.
const COUNTED: i64 = 100;

/// What the caller is told (ONB-12), the newest first: `limit` is 1 to 100, else 20; `before` is `next` of the page
/// before; `unread=true` leaves out what was read. Kept for 90 days.
pub async fn notification_list(mut call: Call, query: Query) -> Result<Json<NotificationPage>> {
    query.only(&["limit", "before", "unread"])?;
    let limit = match query.get("limit") {
        None => LIMIT,
        Some(text) => {
            let limit = text.parse().ok().filter(|it| (1..=MOST).contains(it));
            limit.ok_or_else(|| wrong(format!("limit is a number from 1 to {MOST}.")))?
        }
    };
    let mut sql = sql!("select * from (select n.*, ");
    is_read(&call, &mut sql);
    sql.push(" as is_read");
    visible(&call, &mut sql);
    sql.push(") n where true");
    match query.get("unread") {
        None | Some("false") => {}
        Some("true") => _ = sql.push(" and not is_read"),
        Some(_) => return Err(wrong("unread is true or false.".into())),
    }
    if let Some(before) = query.get("before") {
        let id: Option<Id<Notification>> = before.parse().ok();
        let id = id.ok_or_else(|| wrong("before is `next` of an earlier answer.".into()))?;
        // Ids are in the order of time.
        sql.and("n.id < ?", id);
    }
    sql.push(" order by n.id desc limit ")
        .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
    let mut found: Vec<Seen> = call.query(sql).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let language = language(&mut call).await?;
    let inside = call.caller.is_customer_level();
    let items: Vec<_> = found
        .into_iter()
        .map(|Seen { stored, is_read }| Notification {
            id: stored.id.into(),
            at: stored.at,
            kind: stored.kind,
            text: words::sentence(stored.kind, &stored.details.0, language, inside),
            is_read,
            object_type: stored.object_type,
            object_id: stored.object_id,
        })
        .collect();
    Ok(Json(NotificationPage {
        next: items.last().filter(|_| more).map(|it| it.id),
        items,
    }))
}

fn wrong(detail: String) -> Error {
    Error::bad_request("invalid_parameter", detail)
}

async fn language(call: &mut Call) -> Result<Language> {
    let user = call.caller.user_id;
    let found: Option<(Option<Language>,)> = call
        .query_optional(sql!("select language from users where id = $1", user))
        .await?;
    Ok(found.and_then(|it| it.0).unwrap_or(Language::En))
}

/// How many notifications the caller has not read.
pub async fn notification_unread(mut call: Call) -> Result<Json<Unread>> {
    let mut sql = sql!("select count(*) from (select 1 as one");
    visible(&call, &mut sql);
    sql.push(" and not ");
    is_read(&call, &mut sql);
    sql.push(" limit ").bind(COUNTED).push(") unread");
    Ok(Json(Unread {
        count: call.count(sql).await?,
    }))
}

/// Marks a notification as read, for the caller alone.
pub async fn notification_read(mut call: Call, At(id): At<Notification>) -> Result<Done> {
    let mut sql = sql!("select count(*)");
    visible(&call, &mut sql);
    sql.and("n.id = ?", id);
    if call.count(sql).await? == 0 {
        return Err(Error::NotFound);
    }
    call.execute(sql!(
        "insert into notification_reads (user_id, notification_id) values ($1, $2) on conflict do nothing",
        call.caller.user_id,
        id
    ))
    .await?;
    call.commit(vec![]).await?;
    Ok(Done)
}

/// Marks all that the caller has been told until now as read.
pub async fn notification_read_all(mut call: Call) -> Result<Done> {
    let (user, now) = (call.caller.user_id, call.now);
    call.execute(sql!(
        "delete from notification_reads where user_id = $1",
        user
    ))
    .await?;
    call.execute(sql!(
        "insert into notifications_read (user_id, read_at) values ($1, $2) on conflict (user_id) do update set read_at = excluded.read_at",
        user,
        now
    ))
    .await?;
    call.commit(vec![]).await?;
    Ok(Done)
}

/// What was told before somebody came is no news to them.
fn is_read(call: &Call, sql: &mut Sql) {
    let user = call.caller.user_id;
    sql.push("(n.at <= coalesce(")
        .part("(select read_at from notifications_read where user_id = ?)", user)
        .part(", (select created_at from users where id = ?), 0)", user)
        .push(" or ")
        .part("exists (select 1 from notification_reads r where r.notification_id = n.id and r.user_id = ?))", user);
}

/// From where, and which: for the caller alone, or about what the caller may read now; not what
/// they do not want to see here.
fn visible(call: &Call, sql: &mut Sql) {
    let user = call.caller.user_id;
    sql.push(" from notifications n where (")
        .part("n.user_id = ?", user);
    for (kind, _) in NotificationKind::ALL {
        let Some(kind) = NotificationKind::parse(kind) else {
            continue;
        };
        let Some(resource) = kind.permission() else {
            continue;
        };
        let action = "read";
        if let Ok(scope) = call.allow_named(Permission { resource, action }) {
            sql.push(" or n.user_id is null").and("n.kind = ?", kind);
            scope.filter(sql, &SCOPE);
        }
    }
    sql.push(")").part(
        " and not exists (select 1 from notification_preferences p where p.user_id = ? and p.kind = n.kind and not p.in_app)",
        user,
    );
}
