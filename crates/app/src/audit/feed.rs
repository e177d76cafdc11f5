//! The event feed (DEV-06): every audited change that the caller may see, in one order that never
//! changes, for programs that poll.

use axum::Json;
use kit::call::Call;
use kit::list::Query;
use kit::resource::Resource;
use kit::vault::Secret;
use kit::web::Fields;
use kit::{Error, Record, Result, State, sql};
use schemars::JsonSchema;
use serde::Serialize;

use super::{AuditEvent, seal};

/// How many events one request looks at, so that it takes as long whoever asks: of others' events
/// in between nothing is told but that there is more.
const SPAN: i64 = 20_000;
const LIMIT: usize = 100;
const MOST: usize = 1_000;

/// Events after a place in the feed.
#[derive(Serialize, JsonSchema)]
pub struct EventPage {
    #[schemars(with = "Vec<AuditEvent>")]
    pub items: Vec<Fields<AuditEvent>>,
    /// The place after these events: `after` of the next request, also when there are none.
    pub next: String,
    /// Whether to ask again at once; else there is nothing newer at the moment.
    pub more: bool,
}

/// An event, and its place among all.
#[derive(Record)]
struct Placed {
    #[record(flatten)]
    event: AuditEvent,
    position: i64,
}

/// The changes after a place in the feed, oldest first (DEV-06): `after` is `next` of the request
/// before, `now` begins with what comes from now on, and without it the feed begins with the oldest
/// event; `limit` is 1 to 1,000, else 100. An event comes within seconds of its change, never twice
/// and never before one that was told already. A page may be empty while there is `more`.
pub async fn event_list(mut call: Call, query: Query) -> Result<Json<EventPage>> {
    query.only(&["after", "limit"])?;
    let limit = limit(&query)?;
    let scope = call.allow::<AuditEvent>("read")?;
    let end = match call.query_optional::<seal::Seal>(seal::last()).await? {
        Some(last) => last.first + last.count - 1,
        None => 0,
    };
    let after = match query.get("after") {
        None | Some("") => 0,
        Some("now") => end,
        Some(place) => opened(&call.state, place, end)?,
    };
    let reach = end.min(after + SPAN);
    let list = AuditEvent::list();
    let mut sql = sql!("select ");
    sql.push(list.select)
        .push(", e.position from ")
        .push(list.from);
    sql.push(" where true")
        .and("e.position > ?", after)
        .and("e.position <= ?", reach);
    scope.filter(&mut sql, &list.scope);
    sql.push(" order by e.position limit ")
        .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
    let mut found: Vec<Placed> = call.query(sql).await?;
    let is_cut = found.len() > limit;
    found.truncate(limit);
    let next = match found.last() {
        Some(last) if is_cut => last.position,
        _ => reach,
    };
    Ok(Json(EventPage {
        next: sealed(&call.state, next)?,
        more: next < end,
        items: found
            .into_iter()
            .map(|it| Fields::of(it.event, &call.caller))
            .collect(),
    }))
}

fn limit(query: &Query) -> Result<usize> {
    let Some(text) = query.get("limit") else {
        return Ok(LIMIT);
    };
    let limit = text.parse().ok().filter(|it| (1..=MOST).contains(it));
    limit.ok_or_else(|| {
        let detail = format!("limit is a number from 1 to {MOST}.");
        Error::bad_request("invalid_parameter", detail)
    })
}

/// A place is a count of everybody's events, which is nobody's business: it is encrypted.
fn sealed(state: &State, position: i64) -> Result<String> {
    state
        .settings
        .keys
        .seal(PLACE, &Secret::new(position.to_string()))
}

const PLACE: &str = "events";

fn opened(state: &State, place: &str, end: i64) -> Result<i64> {
    let position = state.settings.keys.open(PLACE, place).ok();
    let position = position.and_then(|it| it.expose().parse().ok());
    match position {
        Some(it) if it <= end => Ok(it),
        // The database is older than what was told of it.
        Some(_) => Err(Error::bad_request(
            "invalid_cursor",
            "This place lies after the end of the feed: an older backup was restored. Read the lists anew and begin with after=now.",
        )),
        None => Err(Error::bad_request(
            "invalid_cursor",
            "This place in the feed cannot be read; send `next` of an earlier answer, `now`, or nothing.",
        )),
    }
}
