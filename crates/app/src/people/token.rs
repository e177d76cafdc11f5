//! API tokens (ACC-05): for programs that work with a part of their owner's rights.

use aide::OperationOutput;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kit::access::{Holding, Permissions, Place, ScopeColumns, Source};
use kit::body::Body;
use kit::call::{Call, etag};
use kit::conn::Bind;
use kit::event::{Change, Event};
use kit::list::{Column, List};
use kit::many::Many;
use kit::resource::{Owner, Resource};
use kit::text::Name;
use kit::time::Instant;
use kit::web::{At, Created, Done, Fields};
use kit::{Error, Id, Record, Result, secret, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::user::{User, user_list};
use crate::tree::node;

pub const PREFIX: &str = "tny_";

/// How much of a token is kept to tell it from others.
const SHOWN: usize = PREFIX.len() + 6;

/// An API token; its secret is told once.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Token {
    pub id: Id<Token>,
    pub name: String,
    pub user_id: Id<User>,
    pub user_name: String,
    /// The token's first characters.
    pub prefix: String,
    /// Empty: all that its owner may at its node.
    pub permissions: Many<String>,
    /// None for the platform.
    pub node_id: Option<Uuid>,
    pub node_name: String,
    pub expires_at: Option<Instant>,
    /// To the minute.
    pub last_used_at: Option<Instant>,
    pub provider_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    /// The whole token, in the answer that makes it and never again.
    #[record(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// A new token: never more than its owner holds (ACC-08).
#[derive(Deserialize, JsonSchema)]
pub struct TokenInput {
    pub name: Name,
    /// Empty: all that the owner may.
    #[serde(default)]
    pub permissions: Permissions,
    /// Never, when absent.
    #[serde(default)]
    pub expires_at: Option<Instant>,
    /// The node it is limited to; the caller's own when absent.
    #[serde(default)]
    pub node_id: Option<Uuid>,
}

const COLUMNS: &[Column] = &[
    Column::text("name", "Name", "t.name")
        .sorted_by("t.name")
        .shown()
        .customer()
        .width(220),
    Column::text("prefix", "Token", "t.prefix")
        .shown()
        .customer()
        .width(130),
    Column::reference("user_id", "Owner", "t.user_id", user_list, "user_name")
        .sorted_by("u.name_key")
        .shown()
        .customer()
        .width(200),
    Column::text("user_name", "Owner", "u.name_key")
        .keyed("u.name_key")
        .customer(),
    Column::list("permissions", "Permissions", "t.permissions")
        .plain()
        .shown()
        .customer()
        .width(240),
    Column::text(
        "node_name",
        "Node",
        "coalesce(c.name, r.name, p.name, 'Platform')",
    )
    .shown()
    .width(200),
    Column::instant("expires_at", "Expires", "t.expires_at")
        .sorted_by("coalesce(t.expires_at, 0)")
        .shown()
        .customer()
        .width(150),
    Column::instant("last_used_at", "Last used", "t.last_used_at")
        .sorted_by("coalesce(t.last_used_at, 0)")
        .shown()
        .customer()
        .width(150),
    Column::instant("created_at", "Added", "t.created_at")
        .customer()
        .width(150),
    Column::id("node_id", "Node id", "t.node_id").customer(),
    Column::id("provider_id", "Provider id", "t.provider_id"),
    Column::id("reseller_id", "Reseller id", "t.reseller_id"),
    Column::id("customer_id", "Customer id", "t.customer_id"),
    Column::id("id", "Id", "t.id").customer(),
];

pub static LIST: List = List {
    name: "tokens",
    select: "t.id, t.name, t.user_id, u.display_name as user_name, t.prefix, t.permissions, coalesce(t.customer_id, t.reseller_id, t.provider_id) as node_id, coalesce(c.name, r.name, p.name, 'Platform') as node_name, t.expires_at, t.last_used_at, t.provider_id, t.reseller_id, t.customer_id, t.version, t.created_at, t.updated_at",
    from: "tokens t join users u on u.id = t.user_id left join providers p on p.id = t.provider_id left join resellers r on r.id = t.reseller_id and t.customer_id is null left join customers c on c.id = t.customer_id",
    always: "true",
    id: "t.id",
    columns: COLUMNS,
    sort: "name",
    scope: ScopeColumns {
        provider: "t.provider_id = ?",
        reseller: "t.reseller_id = ?",
        customer: "t.customer_id = ?",
    },
    archived: None,
    search: None,
    expand: &[],
};

impl Resource for Token {
    const NAME: &'static str = "tokens";
    const ONE: &'static str = "token";
    fn list() -> &'static List {
        &LIST
    }
    fn id(&self) -> Uuid {
        self.id.uuid()
    }
    fn version(&self) -> i64 {
        self.version
    }
    fn title(&self) -> String {
        self.name.clone()
    }
    fn owner(&self) -> Owner {
        Owner::of(self.provider_id, self.reseller_id, self.customer_id)
    }
}

/// Makes a token of the caller's own. Its secret is in this answer only: a repeat with the same
/// `Idempotency-Key` is answered without it.
pub async fn token_create(mut call: Call, Body(input): Body<TokenInput>) -> Result<NewToken> {
    let scope = call.allow::<Token>("create")?;
    if call.caller.source != Source::Web {
        // Else a token would outlive its expiry in the tokens that it made.
        return Err(Error::Refused {
            code: "no_session",
            detail: "Tokens are made by logging in, not with another token.".into(),
        });
    }
    if input.expires_at.is_some_and(|it| it <= call.now) {
        return Err(Error::field("/expires_at", "past", "lies in the past"));
    }
    let place = node::chosen(&mut call, &scope, input.node_id).await?;
    let missing = input.permissions.without(call.caller.permissions_at(place));
    if missing != Permissions::NONE {
        let message = format!(
            "includes what you do not hold there: {}",
            missing.names().join(", ")
        );
        return Err(Error::field("/permissions", "more_than_held", message));
    }
    let owner = call.caller.user_id;
    let (id, secret) = create(
        &mut call,
        owner.into(),
        &input.name,
        place,
        input.permissions.names(),
        input.expires_at,
    )
    .await?;
    let token = call.find(&scope, id).await?;
    let event = Event::of("create", &token)
        .with(Change::new(
            "permissions",
            None::<String>,
            token.permissions.0.clone(),
        ))
        .with(Change::new(
            "expires_at",
            None::<String>,
            token.expires_at.map(|it| it.to_string()),
        ));
    let fields = Fields::of(token.clone(), &call.caller).with("token", &secret);
    let created = call.created(token, event).await?;
    Ok(NewToken { created, fields })
}

/// A created token with its secret, whatever else its maker sees of it.
pub struct NewToken {
    created: Created<Token>,
    fields: Fields<Token>,
}

impl IntoResponse for NewToken {
    fn into_response(self) -> Response {
        let headers = [
            (header::LOCATION, self.created.location()),
            (header::ETAG, etag(self.created.0.version)),
        ];
        (StatusCode::CREATED, headers, axum::Json(self.fields)).into_response()
    }
}

impl OperationOutput for NewToken {
    type Inner = Token;
    fn inferred_responses(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) -> Vec<(Option<aide::openapi::StatusCode>, aide::openapi::Response)> {
        Created::<Token>::inferred_responses(ctx, operation)
    }
}

/// Revokes a token: it is worth nothing from the next request on.
pub async fn token_delete(mut call: Call, At(id): At<Token>) -> Result<Done> {
    let scope = call.allow::<Token>("delete")?;
    let token = call.find(&scope, id).await?;
    call.execute(sql!("delete from tokens where id = $1", token.id))
        .await?;
    call.changes_rights();
    call.commit(Event::of("revoke", &token)).await?;
    Ok(Done)
}

/// Writes a token and gives its secret; the caller has checked what it may.
pub async fn create(
    call: &mut Call,
    user: Id<User>,
    name: &str,
    place: Place,
    permissions: Vec<String>,
    expires_at: Option<Instant>,
) -> Result<(Id<Token>, String)> {
    let id = Id::new(call.now);
    let secret = format!("{PREFIX}{}", secret::token());
    let set = vec![
        ("id", id.to_value()),
        ("user_id", user.to_value()),
        ("provider_id", place.provider().to_value()),
        ("reseller_id", place.reseller().to_value()),
        ("customer_id", place.customer().to_value()),
        ("name", name.to_value()),
        (
            "prefix",
            secret.chars().take(SHOWN).collect::<String>().to_value(),
        ),
        ("token_hash", digest(&secret).to_value()),
        ("node_id", place.id().unwrap_or_default().to_value()),
        ("permissions", Many(permissions).to_value()),
        ("expires_at", expires_at.to_value()),
        ("last_used_at", None::<Instant>.to_value()),
        ("version", 1_i64.to_value()),
        ("created_at", call.now.to_value()),
        ("updated_at", call.now.to_value()),
    ];
    store::insert(call, "tokens", set).await?;
    Ok((id, secret))
}

/// What is stored of a token.
pub fn digest(token: &str) -> String {
    secret::digest(&[b"token", token.as_bytes()])
}

/// What of its owner's rights a token has: those at or below its node, and of them the chosen ones.
pub fn limit(holdings: Vec<Holding>, node: Place, permissions: &[String]) -> Vec<Holding> {
    let chosen = match permissions {
        [] => Permissions::all(),
        // One that is no longer known gives nothing, and so does what stands beside it.
        names => Permissions::parse(names.iter().map(String::as_str)).unwrap_or(Permissions::NONE),
    };
    let limited = holdings.into_iter().filter_map(|it| {
        let place = if it.place.covers(node) {
            Some(node)
        } else {
            node.covers(it.place).then_some(it.place)
        };
        Some(Holding {
            place: place?,
            permissions: it.permissions.and(chosen),
            role: it.role,
        })
    });
    limited
        .filter(|it| it.permissions != Permissions::NONE)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(place: Place, names: &[&str]) -> Holding {
        Holding {
            place,
            permissions: Permissions::parse(names.iter().copied()).unwrap(),
            role: Uuid::nil(),
        }
    }

    #[test]
    fn a_token_has_a_part_of_its_owners_rights() {
        let [p, q, r, c] = [1, 2, 3, 4].map(Uuid::from_u128);
        let customer = Place::Customer {
            provider: p,
            reseller: Some(r),
            customer: c,
        };
        let all = vec![
            held(Place::Provider(p), &["sites:read", "sites:update"]),
            held(Place::Provider(q), &["sites:read"]),
        ];
        let at = |node, permissions: &[&str]| {
            let permissions: Vec<String> = permissions.iter().map(ToString::to_string).collect();
            limit(all.clone(), node, &permissions)
                .into_iter()
                .map(|it| (it.place, it.permissions.names()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            at(customer, &[]),
            [(
                customer,
                vec!["sites:read".to_owned(), "sites:update".to_owned()]
            )]
        );
        assert_eq!(
            at(customer, &["sites:read", "users:read"]),
            [(customer, vec!["sites:read".to_owned()])]
        );
        assert_eq!(at(Place::Platform, &["sites:read"]).len(), 2);
        assert_eq!(at(Place::Provider(q), &["sites:update"]), []);
        assert_eq!(at(Place::Provider(q), &["gone:read"]), []);
    }
}
