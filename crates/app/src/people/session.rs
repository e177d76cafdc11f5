//! Sessions (ACC-04): kept by the server, ended after 60 idle minutes, after 12 hours, or sooner by
//! policy, at log-out,
//! and all of them with a new password or when the account is disabled.

use std::collections::HashMap;

use axum::Json;
use kit::access::{Caller, Level, Node, Place, Scope};
use kit::body::Body;
use kit::call::Call;
use kit::conn::Bind;
use kit::event::Event;
use kit::list::Query;
use kit::time::{Instant, TimeZone};
use kit::web::{At, Done};
use kit::{Error, Id, Record, Result, secret, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use super::log_in::{session_create, session_password};

use super::Whole;
use super::cookie::{self, WithCookies};
use super::held::{Held, believed, held_by, working_at};
use super::one_shot;
use super::role::{self, Role};
use super::user::User;
use crate::customers::Customer;
use crate::tree::node;
use crate::tree::policies::Limits;
use crate::values::Language;

/// Who is logged in, where they work, and what they may do there.
#[derive(Serialize, JsonSchema)]
pub struct Session {
    pub id: Id<Session>,
    pub user: SessionUser,
    /// The node at which the caller works: what it creates goes there, what it sees lies below.
    pub node: Node,
    /// Whether the caller works as the customer's admin, coming from above it (ACC-13).
    pub works_as_customer: bool,
    /// Every node at which the caller holds a role.
    pub nodes: Vec<Node>,
    /// The role at this node.
    pub role: SessionRole,
    /// What the caller may do here, as `<resource>:<action>`.
    pub permissions: Vec<String>,
    /// When the session ends at the latest; it ends sooner without a request for 60 minutes, or what a policy says. None:
    /// this is a token that does not expire.
    pub expires_at: Option<Instant>,
    pub defaults: Defaults,
    pub installation: Installation,
}

#[derive(Record, Serialize, JsonSchema)]
pub struct SessionUser {
    pub id: Id<User>,
    pub email: String,
    pub display_name: String,
    pub language: Option<Language>,
    pub time_zone: Option<TimeZone>,
    /// Nothing but changing the password is possible before that is done.
    pub must_change_password: bool,
    /// Nothing but setting up a second factor is possible before that is done.
    #[record(skip)]
    pub must_set_second_factor: bool,
    pub version: i64,
}

#[derive(Serialize, JsonSchema)]
pub struct SessionRole {
    pub id: Id<Role>,
    pub name: String,
}

/// What holds where the user has not chosen.
#[derive(Serialize, JsonSchema)]
pub struct Defaults {
    pub time_zone: String,
}

#[derive(Serialize, JsonSchema)]
pub struct Installation {
    pub version: &'static str,
    pub demo: bool,
    /// Whether there is a mail server; without one messages are kept in the mail log.
    pub sends_mail: bool,
    /// Where people reach it.
    pub base_url: String,
    /// There are no customers yet.
    pub empty: bool,
}

/// The session that this request belongs to; for a token, whose it is and what it may.
pub async fn session_view(mut call: Call) -> Result<Json<Session>> {
    describe(&mut call).await.map(Json)
}

/// Where to work from now on.
#[derive(Deserialize, JsonSchema)]
pub struct Destination {
    /// A provider, reseller or customer at or below a node of one's own; the platform when absent.
    #[serde(default)]
    pub node_id: Option<Uuid>,
}

/// Goes to another node: one at which the caller holds a role, or one below it. To a customer only
/// with `customers:work_as`: there the caller may what its admin may, under its own name (ACC-13).
pub async fn session_node(mut call: Call, Body(to): Body<Destination>) -> Result<Json<Session>> {
    let id = session_of(&call)?;
    let user = call.caller.user_id.into();
    let held = held_by(&mut call, user).await?;
    let counts = held.iter().filter(|it| it.obstacle().is_none());
    let counts = counts.map(Held::holding).collect();
    let sso_of: Option<(Uuid,)> = match call.caller.sso {
        None => None,
        Some(id) => {
            let sql = sql!("select provider_id from sso_providers where id = $1", id);
            call.query_optional(sql).await?
        }
    };
    let holdings = believed(counts, sso_of.map(|it| it.0));
    let place = node::place(&mut call, to.node_id.unwrap_or_default()).await?;
    let place = place
        .filter(|it| holdings.iter().any(|held| held.place.covers(*it)))
        .ok_or_else(|| Error::field("/node_id", "unknown_reference", "does not exist"))?;
    let holdings = working_at(&holdings, place).ok_or_else(|| Error::Forbidden {
        detail: "Your role does not include customers:work_as.".into(),
    })?;
    call.execute(sql!(
        "update sessions set node_id = $1 where id = $2",
        place.id().unwrap_or_default(),
        id
    ))
    .await?;
    call.caller = std::sync::Arc::new(Caller {
        home: place,
        holdings,
        ..(*call.caller).clone()
    });
    let mut events = vec![];
    if let Some(customer) = call.caller.works_as() {
        // The place was found to lie below a role of the caller's.
        let customer: Customer = call.find(&Scope::everywhere(), customer.into()).await?;
        events.push(Event::of("work_as", &customer));
    }
    let session = describe(&mut call).await?;
    call.changes_rights();
    // Repeated it does the same, and its answer should be as fresh.
    call.origin.idempotency = None;
    call.commit(events).await?;
    Ok(Json(session))
}

/// Logs out: ends this session.
pub async fn session_delete(mut call: Call) -> Result<WithCookies<Done>> {
    let id = session_of(&call)?;
    let cookies = cookie::clear(&call.state.settings);
    let user = call.caller.user_id;
    end(&mut call, user, id).await?;
    call.commit(vec![]).await?;
    Ok(WithCookies {
        cookies,
        answer: Done,
    })
}

/// A session that goes on.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct OpenSession {
    pub id: Id<Session>,
    pub created_at: Instant,
    pub last_seen_at: Instant,
    pub expires_at: Instant,
    pub address: String,
    pub user_agent: String,
    /// Whether it is this one.
    #[record(skip)]
    pub current: bool,
}

/// The caller's own sessions, the latest first.
pub async fn session_list(mut call: Call, query: Query) -> Result<Json<Whole<OpenSession>>> {
    query.only(&["limit", "sort", "count", "cursor"])?;
    let user = call.caller.user_id;
    Ok(Json(open(&mut call, user).await?.into()))
}

/// The sessions of a user, the latest first.
pub async fn open(call: &mut Call, user: Uuid) -> Result<Vec<OpenSession>> {
    let now = call.now;
    let limits: Limits = call.query_one(Limits::of(user.into())).await?;
    let (idle, old) = (
        now.plus_seconds(-limits.idle()),
        now.plus_seconds(-limits.session()),
    );
    let mut sessions: Vec<OpenSession> =
        call.query(sql!("select * from sessions where user_id = $1 and expires_at > $2 and last_seen_at > $3 and created_at > $4 order by last_seen_at desc, id limit 200", user, now, idle, old)).await?;
    let current = call.caller.credential_id;
    for it in &mut sessions {
        it.current = Some(it.id.uuid()) == current;
        it.expires_at = it
            .expires_at
            .min(it.created_at.plus_seconds(limits.session()));
    }
    Ok(sessions)
}

/// Ends one of the caller's own sessions.
pub async fn session_revoke(mut call: Call, At(id): At<Session>) -> Result<Done> {
    let user = call.caller.user_id;
    end(&mut call, user, id).await?;
    call.commit(vec![]).await?;
    Ok(Done)
}

/// The session that the call came with; a token has none.
fn session_of(call: &Call) -> Result<Id<Session>> {
    let of_session = call.caller.source == kit::access::Source::Web;
    let id = call
        .caller
        .credential_id
        .filter(|_| of_session)
        .map(Id::from);
    id.ok_or_else(|| Error::Refused {
        code: "no_session",
        detail: "This is for sessions; a token stays where it is until it is revoked.".into(),
    })
}

/// Ends a session of a user.
pub async fn end(call: &mut Call, user: Uuid, id: Id<Session>) -> Result<()> {
    let ended = call
        .execute(sql!(
            "delete from sessions where id = $1 and user_id = $2",
            id,
            user
        ))
        .await?;
    call.changes_rights();
    if ended == 1 {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// Ends all sessions of a user, on its next request at the latest, and what would lead to new ones:
/// links that were sent, log-ins under way.
pub async fn end_all(call: &mut Call, user: Uuid) -> Result<()> {
    one_shot::void_all(call, user).await?;
    call.execute(sql!("delete from sessions where user_id = $1", user))
        .await?;
    call.changes_rights();
    Ok(())
}

/// What is stored of a session's secret.
pub fn digest(secret: &str) -> String {
    secret::digest(&[b"session", secret.as_bytes()])
}

/// Begins a session and gives its secret, which is in the answer's cookie and nowhere else.
pub async fn begin(call: &mut Call, id: Id<Session>, user_agent: &str) -> Result<String> {
    let secret = secret::token();
    let user = call.caller.user_id.into();
    let limits: Limits = call.query_one(Limits::of(user)).await?;
    let set = vec![
        ("id", id.to_value()),
        ("user_id", call.caller.user_id.to_value()),
        ("token_hash", digest(&secret).to_value()),
        (
            "node_id",
            call.caller.home.id().unwrap_or_default().to_value(),
        ),
        (
            "address",
            call.origin
                .address
                .map(|it| it.to_string())
                .unwrap_or_default()
                .to_value(),
        ),
        (
            "user_agent",
            kit::text::clip(&kit::text::clean(user_agent), 200)
                .into_owned()
                .to_value(),
        ),
        ("sso_provider_id", call.caller.sso.to_value()),
        ("created_at", call.now.to_value()),
        ("last_seen_at", call.now.to_value()),
        (
            "expires_at",
            call.now.plus_seconds(limits.session()).to_value(),
        ),
    ];
    store::insert(call, "sessions", set).await?;
    Ok(secret)
}

/// The answer of log-in, of `GET /session` and of going to another node.
pub async fn describe(call: &mut Call) -> Result<Session> {
    let caller = call.caller.clone();
    let id: Id<Session> = caller
        .credential_id
        .ok_or_else(Error::unauthenticated)?
        .into();
    let found: Option<(Option<Instant>,)> =
        call.query_optional(sql!("select expires_at from sessions where id = $1 union all select expires_at from tokens where id = $1", id)).await?;
    let (expires_at,) = found.ok_or_else(Error::unauthenticated)?;
    let mut user: SessionUser = call
        .query_one(sql!("select * from users where id = $1", caller.user_id))
        .await?;
    user.must_set_second_factor = caller.must_enrol;
    let mut nodes = nodes(call, &caller).await?;
    let home = caller.home.id();
    let node = nodes
        .iter()
        .find(|it| it.id == home)
        .cloned()
        .ok_or_else(|| Error::internal("the session's node has no name"))?;
    nodes.retain(|it| caller.holdings.iter().any(|held| held.place.id() == it.id));
    let role = role_at(&caller).ok_or_else(Error::unauthenticated)?;
    let name = role::called(call, role).await?;
    Ok(Session {
        id,
        user,
        node,
        works_as_customer: caller.works_as().is_some(),
        nodes,
        role: SessionRole { id: role, name },
        permissions: caller.permissions().names(),
        expires_at,
        defaults: Defaults {
            time_zone: time_zone(call).await?,
        },
        installation: Installation {
            version: env!("CARGO_PKG_VERSION"),
            demo: call.state.settings.demo,
            base_url: call.state.settings.base_url.clone(),
            sends_mail: call.state.settings.sends_mail,
            empty: is_empty(call).await?,
        },
    })
}

/// Of several roles here the one that may most.
fn role_at(caller: &Caller) -> Option<Id<Role>> {
    let here = caller
        .holdings
        .iter()
        .filter(|it| it.place.covers(caller.home));
    let most = here.max_by_key(|it| it.permissions.iter().count())?;
    Some(most.role.into())
}

/// The nodes of the caller's roles and of its place of work.
async fn nodes(call: &mut Call, caller: &Caller) -> Result<Vec<Node>> {
    let places: Vec<Place> = caller
        .holdings
        .iter()
        .map(|it| it.place)
        .chain([caller.home])
        .collect();
    let ids: Vec<Uuid> = places
        .iter()
        .map(|it| it.id().unwrap_or_default())
        .collect();
    let mut nodes = node::named(call, &ids).await?;
    let inside = |it: &Node| {
        let place = places.iter().find(|place| place.id() == it.id);
        it.level == Level::Customer
            && place.is_none_or(|place| {
                !caller
                    .holdings
                    .iter()
                    .any(|held| held.place.level() < Level::Customer && held.place.covers(*place))
            })
    };
    let masked: Vec<Uuid> = nodes
        .iter()
        .filter(|it| inside(it))
        .filter_map(|it| it.id)
        .collect();
    if !masked.is_empty() {
        let names = names_from_inside(call, &masked).await?;
        for it in nodes.iter_mut().filter(|it| inside(it)) {
            let name = it
                .id
                .and_then(|id| names.get(&id).cloned())
                .unwrap_or_default();
            *it = Node {
                path: name.clone(),
                name,
                reseller_id: None,
                ..it.clone()
            };
        }
    }
    Ok(nodes)
}

/// ACC-10: from inside, a customer is called by its default tenant's name, unless its provider's
/// policy shows its own.
pub async fn names_from_inside(
    call: &mut Call,
    customers: &[Uuid],
) -> Result<HashMap<Uuid, String>> {
    let mut sql = sql!(
        "select c.id, case when p.show_customer_name then c.name else coalesce(t.name, '') end as name from customers c
         join providers p on p.id = c.provider_id left join tenants t on t.customer_id = c.id and t.is_default where true"
    );
    sql.and_in("c.id", customers.iter().map(Bind::to_value).collect());
    Ok(call
        .query::<(Uuid, String)>(sql)
        .await?
        .into_iter()
        .collect())
}

/// TREE-02: customer, reseller, provider, else UTC.
async fn time_zone(call: &mut Call) -> Result<String> {
    let home = call.home();
    let sql = sql!(
        "select coalesce(nullif((select time_zone from customers where id = $1), ''), nullif((select time_zone from resellers where id = $2), ''), nullif((select time_zone from providers where id = $3), ''), 'UTC')",
        home.customer(),
        home.reseller(),
        home.provider()
    );
    let (time_zone,): (String,) = call.query_one(sql).await?;
    Ok(time_zone)
}

async fn is_empty(call: &mut Call) -> Result<bool> {
    let mut sql =
        sql!("select count(*) from (select 1 as one from customers where deleted_at is null");
    if let Some(provider) = call.home().provider() {
        sql.and("provider_id = ?", provider);
    }
    sql.push(" limit 1) found");
    Ok(call.count(sql).await? == 0)
}
