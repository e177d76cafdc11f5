//! Grants: a role held at a node, and below it (ACC-06, ACC-08).

use kit::access::{Level, Permissions, Place, Scope, ScopeColumns};
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

use super::held::{held_by, place_of};
use super::role::{PLATFORM_ADMIN, Role, RoleName};
use super::user::{User, user_list};
use crate::tree::node;

/// A role that a user holds at a node.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Grant {
    pub id: Id<Grant>,
    pub user_id: Id<User>,
    pub user_name: String,
    pub role_id: Id<Role>,
    pub role_name: RoleName,
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
    Column::id("role_id", "Role", "g.role_id").customer(),
    Column::text("role_name", "Role", "")
        .plain()
        .shown()
        .customer()
        .width(180),
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
    select: "g.id, g.user_id, u.display_name as user_name, g.role_id, g.role_id as role_name, g.level as node_type, case when g.level = 'platform' then null else g.node_id end as node_id, coalesce(c.name, r.name, p.name, 'Platform') as node_name, g.provider_id, g.reseller_id, g.customer_id, g.created_at",
    from: "grants g join users u on u.id = g.user_id left join providers p on p.id = g.provider_id left join resellers r on r.id = g.reseller_id and g.customer_id is null left join customers c on c.id = g.customer_id",
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
        format!("{} at {}", self.role_name.as_str(), self.node_name)
    }
    fn owner(&self) -> Owner {
        Owner {
            provider_id: self.provider_id,
            reseller_id: self.reseller_id,
            customer_id: self.customer_id,
        }
    }
}

impl Grant {
    fn place(&self) -> Place {
        place_of(self.provider_id, self.reseller_id, self.customer_id)
    }

    /// Told of the user, where people look for it.
    pub fn event(&self, action: &'static str) -> Event {
        let node = self.node_id.map(|it| it.to_string());
        let (role, node_name) = (self.role_name.as_str(), Some(self.node_name.clone()));
        let changes = match action {
            "grant" => vec![
                Change::new("role", None::<String>, role),
                Change {
                    after_name: node_name,
                    ..Change::new("node_id", None::<String>, node)
                },
            ],
            _ => vec![
                Change::new("role", role, None::<String>),
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
    let id = give(&mut call, user.id, role, place).await?;
    let grant = call.find(&scope, id).await?;
    let event = grant.event("grant");
    call.changes_rights();
    call.created(grant, event).await
}

/// Takes a role from a user: it holds no more from the next request on. Nobody takes their own last
/// admin role, nor the platform's last admin (ACC-08).
pub async fn grant_delete(mut call: Call, At(id): At<Grant>) -> Result<Done> {
    let scope = call.allow::<Grant>("update")?;
    let grant = call.find(&scope, id).await?;
    check_holds(&call, grant.role_name.0, grant.place())?;
    call.execute(sql!("delete from grants where id = $1", grant.id))
        .await?;
    if grant.user_id.uuid() == call.caller.user_id {
        keep_own_admin(&mut call, &grant).await?;
    }
    if grant.role_name.0 == PLATFORM_ADMIN {
        keep_platform_admin(&mut call).await?;
    }
    call.changes_rights();
    call.commit(grant.event("revoke")).await?;
    Ok(Done)
}

/// The role and the place that an input names: visible, fitting, and held by the caller.
pub async fn chosen(
    call: &mut Call,
    scope: &Scope,
    role: Id<Role>,
    node: Option<Uuid>,
) -> Result<(&'static Role, Place)> {
    let role = Role::find(role)
        .ok_or_else(|| Error::field("/role_id", "unknown_reference", "does not exist"))?;
    let place = match node {
        None => Some(call.home()),
        Some(id) => node::place(call, id).await?,
    };
    let place = place
        .filter(|it| scope.covers(*it))
        .ok_or_else(|| Error::field("/node_id", "unknown_reference", "does not exist"))?;
    if !role.levels.contains(&place.level()) {
        let levels: Vec<_> = role.levels.iter().map(|it| it.as_str()).collect();
        let message = format!(
            "cannot be held at a {}; {} is held at: {}",
            place.level().as_str(),
            role.name,
            levels.join(", ")
        );
        return Err(Error::field("/role_id", "wrong_level", message));
    }
    check_holds(call, role.id, place)?;
    Ok((role, place))
}

/// ACC-08: the caller holds, at this place, all that the role gives there.
fn check_holds(call: &Call, role: Id<Role>, place: Place) -> Result<()> {
    let wanted = Role::find(role).map_or(Permissions::NONE, |it| it.permissions_at(place.level()));
    let held = call.caller.permissions_at(place);
    if held.contains(wanted) {
        return Ok(());
    }
    let missing: Vec<_> = wanted
        .iter()
        .filter(|it| !held.has(it.resource, it.action))
        .take(5)
        .map(|it| it.to_string())
        .collect();
    let detail = format!(
        "This role includes more than you hold there, such as {}. Ask somebody who holds it.",
        missing.join(", ")
    );
    Err(Error::Refused {
        code: "more_than_held",
        detail,
    })
}

/// Nobody administers an account that may more than they do: its password would be theirs.
pub async fn check_outranks(call: &mut Call, user: Id<User>) -> Result<()> {
    if user.uuid() == call.caller.user_id {
        return Ok(());
    }
    for it in held_by(call, user).await? {
        check_holds(call, it.role_id, it.place())?;
    }
    Ok(())
}

/// Writes a grant; the caller has checked that it may.
pub async fn give(call: &mut Call, user: Id<User>, role: &Role, place: Place) -> Result<Id<Grant>> {
    let id = Id::new(call.now);
    let set = vec![
        ("id", id.to_value()),
        ("user_id", user.to_value()),
        ("role_id", role.id.to_value()),
        ("level", place.level().to_value()),
        ("provider_id", place.provider().to_value()),
        ("reseller_id", place.reseller().to_value()),
        ("customer_id", place.customer().to_value()),
        ("node_id", place.id().unwrap_or_default().to_value()),
        ("created_at", call.now.to_value()),
    ];
    store::insert(call, "grants", set).await.on(
        Kind::Unique,
        "grants_unique",
        "/role_id",
        "taken",
        "is held there already",
    )?;
    Ok(id)
}

/// Runs after the change; what it refuses is rolled back.
async fn keep_own_admin(call: &mut Call, removed: &Grant) -> Result<()> {
    if !Role::find(removed.role_name.0).is_some_and(Role::is_admin) {
        return Ok(());
    }
    let left = held_by(call, removed.user_id).await?;
    if left
        .iter()
        .any(|it| Role::find(it.role_id).is_some_and(Role::is_admin))
    {
        return Ok(());
    }
    Err(Error::conflict(
        "last_admin_role",
        "This is your own last admin role. Somebody else has to take it from you.",
    ))
}

/// Before a user loses its rights altogether.
pub async fn is_platform_admin(call: &mut Call, user: Id<User>) -> Result<bool> {
    Ok(held_by(call, user)
        .await?
        .iter()
        .any(|it| it.role_id == PLATFORM_ADMIN))
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
