//! Grants: a role held at a node, and below it (ACC-06, ACC-08).

use kit::access::{Level, Permissions, Place, Scope, ScopeColumns, Source};
use kit::body::Body;
use kit::call::Call;
use kit::conn::{Bind, Kind};
use kit::error::OnConstraint;
use kit::event::{Change, Event};
use kit::list::{Column, List};
use kit::resource::{Owner, Resource};
use kit::time::Instant;
use kit::web::{At, Created, Done};
use kit::{Error, Id, Record, Result, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::built_in::PLATFORM_ADMIN;
use super::held::{Held, check_access, held_by, place_of};
use super::role::{self, Role, role_list};
use super::user::{User, user_list};
use crate::tree::node;

/// A role that a user holds at a node.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Grant {
    pub id: Id<Grant>,
    pub user_id: Id<User>,
    pub user_name: String,
    pub role_id: Id<Role>,
    pub role_name: String,
    /// What people inside a customer read instead (ACC-09).
    pub role_name_inside: String,
    pub node_type: Level,
    /// None for the platform.
    pub node_id: Option<Uuid>,
    pub node_name: String,
    pub provider_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub created_at: Instant,
}

const COLUMNS: &[Column] = &[
    Column::reference("user_id", "User", "g.user_id", user_list, "user_name")
        .shown()
        .customer()
        .width(220),
    Column::text("user_name", "User", "u.name_key")
        .keyed("u.name_key")
        .customer(),
    Column::reference("role_id", "Role", "g.role_id", role_list, "role_name")
        .shown()
        .customer()
        .width(180),
    Column::text("role_name", "Role", "")
        .plain()
        .inside("role_name_inside"),
    Column::choice("node_type", "At", "g.level", Level::ALL)
        .shown()
        .customer()
        .width(110),
    Column::id("node_id", "Node id", "g.node_id").customer(),
    Column::text(
        "node_name",
        "Node",
        "coalesce(c.name, r.name, p.name, 'Platform')",
    )
    .shown()
    .width(240),
    Column::id("provider_id", "Provider id", "g.provider_id"),
    Column::id("reseller_id", "Reseller id", "g.reseller_id"),
    Column::id("customer_id", "Customer id", "g.customer_id"),
    Column::instant("created_at", "Added", "g.created_at")
        .shown()
        .customer()
        .width(150),
    Column::id("id", "Id", "g.id").customer(),
];

pub static LIST: List = List {
    name: "grants",
    select: "g.id, g.user_id, u.display_name as user_name, g.role_id, \
        case when o.is_prefixed then c.name || ' ' || o.name else o.name end as role_name, \
        case when o.is_prefixed then case when p.show_customer_name then c.name else coalesce(d.name, '') end || ' ' || o.name else o.name end as role_name_inside, \
        g.level as node_type, case when g.level = 'platform' then null else g.node_id end as node_id, coalesce(c.name, r.name, p.name, 'Platform') as node_name, g.provider_id, g.reseller_id, g.customer_id, g.created_at",
    from: "grants g join users u on u.id = g.user_id join roles o on o.id = g.role_id left join providers p on p.id = g.provider_id left join resellers r on r.id = g.reseller_id and g.customer_id is null left join customers c on c.id = g.customer_id left join tenants d on d.customer_id = o.customer_id and d.is_default",
    always: "true",
    id: "g.id",
    columns: COLUMNS,
    sort: "created_at",
    scope: ScopeColumns {
        provider: "g.provider_id = ?",
        reseller: "g.reseller_id = ?",
        customer: "g.customer_id = ?",
    },
    archived: None,
    search: None,
    expand: &[],
};

impl Resource for Grant {
    const NAME: &'static str = "grants";
    const ONE: &'static str = "grant";
    const PERMISSION: &'static str = "users";
    fn list() -> &'static List {
        &LIST
    }
    fn id(&self) -> Uuid {
        self.id.uuid()
    }
    fn version(&self) -> i64 {
        1
    }
    fn title(&self) -> String {
        format!("{} at {}", self.role_name, self.node_name)
    }
    fn owner(&self) -> Owner {
        Owner::of(self.provider_id, self.reseller_id, self.customer_id)
    }
}

impl Grant {
    fn place(&self) -> Place {
        place_of(self.provider_id, self.reseller_id, self.customer_id)
    }

    /// Told of the user, where people look for it, with the role's own name: its customer's is not for
    /// everybody (ACC-09).
    pub fn event(&self, action: &'static str, role: String) -> Event {
        let node = self.node_id.map(|it| it.to_string());
        let node_name = Some(self.node_name.clone());
        let changes = match action {
            "grant" => vec![
                Change::new("role", None::<String>, role).seen_inside(),
                Change {
                    after_name: node_name,
                    ..Change::new("node_id", None::<String>, node)
                },
            ],
            _ => vec![
                Change::new("role", role, None::<String>).seen_inside(),
                Change {
                    before_name: node_name,
                    ..Change::new("node_id", node, None::<String>)
                },
            ],
        };
        Event {
            object_type: User::NAME,
            object_id: self.user_id.uuid(),
            object_name: self.user_name.clone(),
            action,
            owner: self.owner(),
            changes,
        }
    }
}

/// Which role to give whom, and where.
#[derive(Deserialize, JsonSchema)]
pub struct GrantInput {
    pub user_id: Id<User>,
    pub role_id: Id<Role>,
    /// The provider, reseller or customer; the caller's own node when absent, the platform for
    /// `00000000-0000-0000-0000-000000000000`.
    #[serde(default)]
    pub node_id: Option<Uuid>,
}

/// Gives a user a role at a node. Nobody gives more than they hold there (ACC-08).
pub async fn grant_create(mut call: Call, Body(input): Body<GrantInput>) -> Result<Created<Grant>> {
    let scope = call.allow::<Grant>("update")?;
    let user = call.reference(&scope, input.user_id, "/user_id").await?;
    let (role, place) = chosen(&mut call, &scope, input.role_id, input.node_id).await?;
    check_access(&mut call, place, &user.input.email).await?;
    let id = give(&mut call, user.id, role.id, place).await?;
    let grant = call.find(&scope, id).await?;
    let event = grant.event("grant", role.title());
    call.changes_rights();
    call.created(grant, event).await
}

/// Takes a role from a user: it holds no more from the next request on. Nobody takes their own last
/// admin role, nor the platform's last admin (ACC-08).
pub async fn grant_delete(mut call: Call, At(id): At<Grant>) -> Result<Done> {
    let scope = call.allow::<Grant>("update")?;
    let grant = call.find(&scope, id).await?;
    let place = grant.place();
    let (name, given) = role::given(&mut call, grant.role_id, place.level()).await?;
    check_within(&call, given, place)?;
    let me = call.caller.user_id.into();
    let was_admin = is_admin(&mut call, me).await?;
    call.execute(sql!("delete from grants where id = $1", grant.id))
        .await?;
    keep_own_admin(&mut call, was_admin).await?;
    if grant.role_id == PLATFORM_ADMIN {
        keep_platform_admin(&mut call).await?;
    }
    call.changes_rights();
    call.commit(grant.event("revoke", name)).await?;
    Ok(Done)
}

/// The role and the place that an input names: visible, fitting, and held by the caller.
pub async fn chosen(
    call: &mut Call,
    scope: &Scope,
    role: Id<Role>,
    node: Option<Uuid>,
) -> Result<(Role, Place)> {
    let place = node::chosen(call, scope, node).await?;
    let role = call.reference(scope, role, "/role_id").await?;
    role.check_fits(place)?;
    check_within(call, role.permissions_at(place.level()), place)?;
    Ok((role, place))
}

/// ACC-08: the caller holds all of this at this place.
pub fn check_within(call: &Call, wanted: Permissions, place: Place) -> Result<()> {
    let missing = wanted.without(call.caller.permissions_at(place));
    if missing == Permissions::NONE {
        return Ok(());
    }
    let some: Vec<_> = missing.iter().take(5).map(|it| it.to_string()).collect();
    let detail = format!(
        "This includes more than you hold there, such as {}. Ask somebody who holds it.",
        some.join(", ")
    );
    Err(Error::Refused {
        code: "more_than_held",
        detail,
    })
}

/// Nobody administers an account that may more than they do: its password would be theirs. A token
/// that may less than its owner does not administer its owner.
pub async fn check_outranks(call: &mut Call, user: Id<User>) -> Result<()> {
    if user.uuid() == call.caller.user_id && call.caller.source == Source::Web {
        return Ok(());
    }
    for it in held_by(call, user).await? {
        check_within(call, it.permissions(), it.place())?;
    }
    Ok(())
}

/// Writes a grant; the caller has checked that it may.
pub async fn give(
    call: &mut Call,
    user: Id<User>,
    role: Id<Role>,
    place: Place,
) -> Result<Id<Grant>> {
    let id = Id::new(call.now);
    let set = vec![
        ("id", id.to_value()),
        ("user_id", user.to_value()),
        ("role_id", role.to_value()),
        ("level", place.level().to_value()),
        ("provider_id", place.provider().to_value()),
        ("reseller_id", place.reseller().to_value()),
        ("customer_id", place.customer().to_value()),
        ("node_id", place.id().unwrap_or_default().to_value()),
        ("created_at", call.now.to_value()),
    ];
    let given = store::insert(call, "grants", set).await;
    given
        .on(
            Kind::Unique,
            "grants_unique",
            "/role_id",
            "taken",
            "is held there already",
        )
        .on(
            Kind::Reference,
            "grants_role_fk",
            "/role_id",
            "unknown_reference",
            "does not exist",
        )?;
    Ok(id)
}

/// Whether the user administers users anywhere.
pub async fn is_admin(call: &mut Call, user: Id<User>) -> Result<bool> {
    Ok(held_by(call, user).await?.iter().any(Held::is_admin))
}

/// Runs after a change of the caller's rights; what it refuses is rolled back.
pub async fn keep_own_admin(call: &mut Call, was_admin: bool) -> Result<()> {
    if !was_admin || is_admin(call, call.caller.user_id.into()).await? {
        return Ok(());
    }
    Err(Error::conflict(
        "last_admin_role",
        "This is your own last admin role. Somebody else has to take it from you.",
    ))
}

/// Before a user loses its rights altogether.
pub async fn is_platform_admin(call: &mut Call, user: Id<User>) -> Result<bool> {
    let held = held_by(call, user).await?;
    Ok(held.iter().any(Held::is_platform_admin))
}

/// Runs after the change: an active platform admin must be left. Those who take two at the same
/// moment wait for each other.
pub async fn keep_platform_admin(call: &mut Call) -> Result<()> {
    call.execute(sql!(
        "update grants set level = 'platform' where role_id = $1 and node_id = $2",
        PLATFORM_ADMIN,
        Uuid::nil()
    ))
    .await?;
    let left = call.count(sql!("select count(*) from grants g join users u on u.id = g.user_id where g.role_id = $1 and g.node_id = $2 and u.status = 'active'", PLATFORM_ADMIN, Uuid::nil())).await?;
    if left > 0 {
        return Ok(());
    }
    Err(Error::conflict(
        "last_platform_admin",
        "This is the platform's last active admin. Make another one first.",
    ))
}
