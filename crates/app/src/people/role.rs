//! Roles: named sets of permissions, owned by a node, held there or below (ACC-06). The built-in ones
//! are fixed; the others are written here, or cloned from a template whose later changes can be taken
//! over (ACC-09).

use kit::access::{Level, Permissions, Place, Scope, ScopeColumns};
use kit::body::Body;
use kit::call::Call;
use kit::conn::{Bind, Kind, Value};
use kit::error::{Blocker, OnConstraint};
use kit::event::Event;
use kit::list::{Column, List, Search};
use kit::many::Many;
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Line, Name};
use kit::time::Instant;
use kit::web::{At, Created, Fields, Versioned};
use kit::{Columns, Error, Id, Record, Result, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::built_in::ceiling;
use super::grant;
use super::held::place_of;
use crate::sso;
use crate::tree::node;
use crate::written::Written;

/// A named set of permissions that a grant gives a user at a node, and below it (ACC-06).
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Role {
    pub id: Id<Role>,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: RoleInput,
    /// The name; that of a local admin's role with its customer's before it (ACC-09).
    pub full_name: String,
    /// What people inside the customer read instead: its default tenant's name stands before it.
    pub full_name_inside: String,
    /// Where it can be held: at nodes of these levels.
    pub levels: Many<Level>,
    /// Built-in roles are fixed; they can be cloned.
    pub built_in: bool,
    /// The node that it belongs to: it can be held there and below.
    pub node_type: Level,
    /// None for the platform.
    pub node_id: Option<Uuid>,
    pub node_name: String,
    pub provider_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    /// The role that it was cloned from; it may be gone.
    pub template_id: Option<Id<Role>>,
    pub template_name: Option<String>,
    /// What the template gave when it was cloned, or last taken over.
    #[serde(skip)]
    template_permissions: Permissions,
    /// How it differs from its template; in the answer for one role, while the template is visible.
    #[record(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a role.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone, PartialEq)]
pub struct RoleInput {
    /// Unique among the roles of its node.
    pub name: Name,
    #[serde(default)]
    pub description: Line<510>,
    /// What it may do, as `<resource>:<action>`; at a level below its own at most what that level's
    /// admin may.
    pub permissions: Permissions,
}

/// A new role, and where it belongs.
#[derive(Deserialize, JsonSchema, Clone)]
pub struct RoleCreate {
    /// The node that it belongs to: it can be held there and below. The caller's own when absent, the
    /// platform for `00000000-0000-0000-0000-000000000000`.
    #[serde(default)]
    pub node_id: Option<Uuid>,
    /// Where it can be held: at nodes of this level; the node's own when absent.
    #[serde(default)]
    pub level: Option<Level>,
    #[serde(flatten)]
    pub input: RoleInput,
}

/// A copy of a role under a name of its own.
#[derive(Deserialize, JsonSchema)]
pub struct RoleClone {
    pub name: Name,
    /// The template's when absent.
    #[serde(default)]
    pub description: Option<Line<510>>,
    /// The node that the copy belongs to; the caller's own when absent.
    #[serde(default)]
    pub node_id: Option<Uuid>,
    /// Where it can be held. When absent the node's own level, else the highest below it at which the
    /// template can be held.
    #[serde(default)]
    pub level: Option<Level>,
}

/// How a role differs from its template, as far as its level allows.
#[derive(Serialize, JsonSchema, Clone)]
pub struct Difference {
    /// What the role may and its template may not.
    pub added: Permissions,
    /// What its template may and the role may not.
    pub missing: Permissions,
    /// What the template may since it was cloned or last taken over.
    pub gained: Permissions,
    /// What the template may no more since then.
    pub lost: Permissions,
}

const COLUMNS: &[Column] = &[
    Column::text("full_name", "Role", "")
        .plain()
        .inside("full_name_inside")
        .sorted_by("r.name_key")
        .shown()
        .width(220),
    Column::text("name", "Name", "r.name_key")
        .keyed("r.name_key")
        .customer()
        .searched()
        .width(200),
    Column::list("levels", "Held at", "r.levels")
        .shown()
        .customer()
        .width(160),
    Column::text("description", "Description", "r.description")
        .shown()
        .customer()
        .width(360),
    Column::boolean("built_in", "Built-in", "r.built_in")
        .shown()
        .customer()
        .width(90),
    Column::text(
        "node_name",
        "Belongs to",
        "coalesce(c.name, s.name, p.name, 'Platform')",
    )
    .sorted_by("coalesce(c.name_key, s.name_key, p.name_key, '')")
    .shown()
    .width(200),
    Column::choice("node_type", "Level", LEVEL, Level::ALL)
        .customer()
        .width(100),
    Column::reference(
        "template_id",
        "Template",
        "r.template_id",
        role_list,
        "template_name",
    )
    .shown()
    .width(180),
    Column::list("permissions", "Permissions", "r.permissions")
        .customer()
        .width(260),
    Column::instant("created_at", "Added", "r.created_at")
        .customer()
        .width(150),
    Column::instant("updated_at", "Modified", "r.updated_at")
        .customer()
        .width(150),
    Column::id(
        "node_id",
        "Node id",
        "coalesce(r.customer_id, r.reseller_id, r.provider_id)",
    ),
    Column::id("provider_id", "Provider id", "r.provider_id"),
    Column::id("reseller_id", "Reseller id", "r.reseller_id"),
    Column::id("customer_id", "Customer id", "r.customer_id"),
    Column::id("id", "Id", "r.id").customer(),
];

const LEVEL: &str = "case when r.customer_id is not null then 'customer' when r.reseller_id is not null then 'reseller' when r.provider_id is not null then 'provider' else 'platform' end";

pub static LIST: List = List {
    name: "roles",
    select: "r.id, r.name, r.description, r.permissions, r.levels, r.built_in, r.provider_id, r.reseller_id, r.customer_id, r.template_id, r.template_permissions, r.version, r.created_at, r.updated_at, \
        case when r.is_prefixed then c.name || ' ' || r.name else r.name end as full_name, \
        case when r.is_prefixed then case when p.show_customer_name then c.name else coalesce(d.name, '') end || ' ' || r.name else r.name end as full_name_inside, \
        case when r.customer_id is not null then 'customer' when r.reseller_id is not null then 'reseller' when r.provider_id is not null then 'provider' else 'platform' end as node_type, \
        coalesce(r.customer_id, r.reseller_id, r.provider_id) as node_id, coalesce(c.name, s.name, p.name, 'Platform') as node_name, t.name as template_name",
    from: "roles r left join providers p on p.id = r.provider_id left join resellers s on s.id = r.reseller_id and r.customer_id is null left join customers c on c.id = r.customer_id left join tenants d on d.customer_id = r.customer_id and d.is_default left join roles t on t.id = r.template_id",
    always: "c.deleted_at is null",
    id: "r.id",
    columns: COLUMNS,
    sort: "name",
    // Below its node a role is seen too, as far as it can be held there.
    scope: ScopeColumns {
        provider: "(r.provider_id = ? or r.provider_id is null and cast(r.levels as text) <> '[\"platform\"]')",
        reseller: "(r.reseller_id = ? or r.reseller_id is null and r.customer_id is null and (cast(r.levels as text) like '%\"reseller\"%' or cast(r.levels as text) like '%\"customer\"%'))",
        customer: "exists (select 1 from customers sc where sc.id = ? and (r.customer_id = sc.id or r.customer_id is null and cast(r.levels as text) like '%\"customer\"%' and (r.reseller_id is null or r.reseller_id = sc.reseller_id)))",
    },
    archived: None,
    search: Some(Search {
        table: "roles",
        alias: "r",
        text: "r.search_text",
    }),
    expand: &[("template", "template_id", "template_name")],
};

/// For columns that refer to roles.
pub fn role_list() -> &'static List {
    &LIST
}

impl Resource for Role {
    const NAME: &'static str = "roles";
    const ONE: &'static str = "role";
    /// Whoever sees users sees what they can hold.
    const READ_ALSO: Option<&'static str> = Some("users");
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
        self.input.name.to_string()
    }
    fn owner(&self) -> Owner {
        Owner::of(self.provider_id, self.reseller_id, self.customer_id)
    }
}

impl Editable for Role {
    type Input = RoleInput;
    const TABLE: &'static str = "roles";
}

impl Role {
    /// The node that it belongs to.
    pub fn place(&self) -> Place {
        place_of(self.provider_id, self.reseller_id, self.customer_id)
    }

    /// What it gives at a node of this level: at most what the level's admin may.
    pub fn permissions_at(&self, level: Level) -> Permissions {
        self.input.permissions.and(ceiling(level))
    }

    /// The one level of a role that people made.
    fn level(&self) -> Level {
        self.levels.first().copied().unwrap_or(Level::Customer)
    }

    /// Why it cannot be held at a place, if so.
    pub fn check_fits(&self, place: Place) -> Result<()> {
        let message = if !self.levels.contains(&place.level()) {
            let levels: Vec<_> = self.levels.iter().map(|it| it.as_str()).collect();
            format!(
                "cannot be held at a {}; {} is held at: {}",
                place.level().as_str(),
                self.input.name,
                levels.join(", ")
            )
        } else if !self.place().covers(place) {
            "belongs to another node, and can be held there and below only".into()
        } else {
            return Ok(());
        };
        Err(Error::field("/role_id", "wrong_level", message))
    }
}

/// What a role of a row in scope is called by itself, and what it gives at a node of this level.
pub async fn given(call: &mut Call, id: Id<Role>, level: Level) -> Result<(String, Permissions)> {
    let (name, permissions): (String, Permissions) = call
        .query_one(sql!(
            "select name, permissions from roles where id = $1",
            id
        ))
        .await?;
    Ok((name, permissions.and(ceiling(level))))
}

/// What the caller reads as the name of a role that it holds.
pub async fn called(call: &mut Call, id: Id<Role>) -> Result<String> {
    let role = call.find(&Scope::everywhere(), id).await?;
    Ok(match call.caller.is_customer_level() {
        true => role.full_name_inside,
        false => role.full_name,
    })
}

/// A role to be.
pub struct NewRole {
    pub owner: Place,
    pub level: Level,
    pub input: RoleInput,
    /// Whether its customer's name stands before its own (ACC-09).
    pub is_prefixed: bool,
    /// What it is cloned from.
    pub template: Option<Role>,
}

impl Written for Role {
    type New = RoleCreate;

    async fn create(call: &mut Call, scope: &Scope, new: RoleCreate) -> Result<(Self, Vec<Event>)> {
        let owner = node::chosen(call, scope, new.node_id).await?;
        let new = NewRole {
            owner,
            level: new.level.unwrap_or(owner.level()),
            input: new.input,
            is_prefixed: false,
            template: None,
        };
        let role = create(call, new).await?;
        let event = Event::created(&role);
        Ok((role, event.into()))
    }

    /// What it may changes for its holders, on their next request.
    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: RoleInput,
    ) -> Result<Self> {
        let template = before.template_permissions;
        change(call, scope, before, input, template).await
    }

    async fn delete(call: &mut Call, scope: &Scope, before: &Self) -> Result<Vec<Event>> {
        check_changeable(call, scope, before)?;
        let holders = call
            .count(sql!(
                "select count(*) from grants where role_id = $1",
                before.id
            ))
            .await?;
        if holders > 0 {
            return Err(in_use(before, holders));
        }
        let given = sso::count_with_role(call, before.id).await?;
        if given > 0 {
            return Err(Error::conflict(
                "in_use",
                format!(
                    "{} is the default role of a single sign-on. Choose another one there first.",
                    before.input.name
                ),
            ));
        }
        match store::delete(call, before).await {
            // Given in the meantime.
            Err(Error::Constraint {
                kind: Kind::Reference,
                ..
            }) => Err(in_use(before, 1)),
            it => it.map(|()| Event::deleted(before).into()),
        }
    }
}

fn in_use(role: &Role, holders: i64) -> Error {
    Error::Conflict {
        code: "in_use",
        detail: format!(
            "{} is still held. Take it from those who hold it first.",
            role.input.name
        ),
        blockers: vec![Blocker {
            kind: "grants".into(),
            label: "Users who hold it".into(),
            count: holders,
            href: format!("/roles/{}/holders", role.id),
        }],
    }
}

/// Writes a role: never more than its level can hold, or the caller (ACC-08).
pub async fn create(call: &mut Call, new: NewRole) -> Result<Role> {
    if new.level < new.owner.level() {
        let message = format!(
            "lies above a {}, where the role belongs",
            new.owner.level().as_str()
        );
        return Err(Error::field("/level", "wrong_level", message));
    }
    check_permissions(new.input.permissions, new.level)?;
    grant::check_within(call, new.input.permissions, new.owner)?;
    let id = Id::new(call.now);
    let template = new.template.as_ref();
    let given = template.map_or(Permissions::NONE, |it| it.permissions_at(new.level));
    let mut set = written(&new.input);
    set.extend([
        ("id", id.to_value()),
        ("provider_id", new.owner.provider().to_value()),
        ("reseller_id", new.owner.reseller().to_value()),
        ("customer_id", new.owner.customer().to_value()),
        ("node_id", new.owner.id().unwrap_or_default().to_value()),
        ("built_in", false.to_value()),
        ("is_prefixed", new.is_prefixed.to_value()),
        ("levels", Many(vec![new.level]).to_value()),
        ("template_id", template.map(|it| it.id).to_value()),
        ("template_permissions", given.to_value()),
        ("version", 1_i64.to_value()),
        ("created_at", call.now.to_value()),
        ("updated_at", call.now.to_value()),
    ]);
    told(store::insert(call, "roles", set).await)?;
    call.find(&Scope::everywhere(), id).await
}

/// Changes a role; `template` is what its template gave when it was last looked at.
async fn change(
    call: &mut Call,
    scope: &Scope,
    before: &Role,
    input: RoleInput,
    template: Permissions,
) -> Result<Role> {
    check_changeable(call, scope, before)?;
    if input == before.input && template == before.template_permissions {
        return Ok(before.clone());
    }
    check_permissions(input.permissions, before.level())?;
    grant::check_within(call, input.permissions, before.place())?;
    let was_admin = grant::is_admin(call, call.caller.user_id.into()).await?;
    let mut set = written(&input);
    set.push(("template_permissions", template.to_value()));
    let after = told(store::save(call, scope, before, set).await)?;
    call.changes_rights();
    grant::keep_own_admin(call, was_admin).await?;
    Ok(after)
}

/// Only where the caller may write roles, and none that may more than the caller.
fn check_changeable(call: &Call, scope: &Scope, role: &Role) -> Result<()> {
    if role.built_in {
        return Err(Error::conflict(
            "built_in",
            "Built-in roles are fixed. Clone it and change the copy.",
        ));
    }
    if !scope.covers(role.place()) {
        return Err(Error::Forbidden {
            detail: "This role belongs to a node above yours. Clone it and change the copy.".into(),
        });
    }
    grant::check_within(call, role.input.permissions, role.place())
}

fn check_permissions(wanted: Permissions, level: Level) -> Result<()> {
    let beyond = wanted.without(ceiling(level));
    if beyond == Permissions::NONE {
        return Ok(());
    }
    let message = format!(
        "cannot be held at a {}: {}",
        level.as_str(),
        beyond.names().join(", ")
    );
    Err(Error::field("/permissions", "wrong_level", message))
}

fn written(input: &RoleInput) -> Vec<(&'static str, Value)> {
    let mut set = input.set();
    set.extend([
        ("name_key", text::key(&input.name).to_value()),
        ("search_text", text::search_text(&input.name).to_value()),
    ]);
    set
}

fn told<T>(outcome: Result<T>) -> Result<T> {
    outcome.on(
        Kind::Unique,
        "roles_name_unique",
        "/name",
        "taken",
        "is the name of another role that belongs there",
    )
}

/// One role, with how it differs from its template.
pub async fn role_view(mut call: Call, At(id): At<Role>) -> Result<Fields<Role>> {
    let scope = call.allow::<Role>("read")?;
    let role = call.find(&scope, id).await?;
    let template = template_of(&mut call, &scope, &role).await?;
    let difference = template.map(|it| difference(&role, &it));
    let fields = Fields::of(role, &call.caller);
    Ok(match difference {
        None => fields,
        Some(it) => fields.with("difference", &it),
    })
}

/// The template, while it is there for the caller to see.
async fn template_of(call: &mut Call, scope: &Scope, role: &Role) -> Result<Option<Role>> {
    match role
        .template_id
        .filter(|_| !call.caller.is_customer_level())
    {
        None => Ok(None),
        Some(id) => call.look_up(scope, id).await,
    }
}

fn difference(role: &Role, template: &Role) -> Difference {
    let (own, then) = (role.input.permissions, role.template_permissions);
    let now = template.permissions_at(role.level());
    Difference {
        added: own.without(now),
        missing: now.without(own),
        gained: now.without(then),
        lost: then.without(now),
    }
}

/// Copies a role under a name of its own; the copy remembers what it was made from (ACC-09).
pub async fn role_clone(
    mut call: Call,
    At(id): At<Role>,
    Body(new): Body<RoleClone>,
) -> Result<Created<Role>> {
    let scope = call.allow::<Role>("create")?;
    let seen = call.allow::<Role>("read")?;
    let template = call.find(&seen, id).await?;
    let owner = node::chosen(&mut call, &scope, new.node_id).await?;
    let level = new.level.unwrap_or_else(|| {
        let below = template.levels.iter().copied();
        let highest = below.filter(|it| *it >= owner.level()).min();
        highest.unwrap_or(owner.level())
    });
    let new = NewRole {
        owner,
        level,
        input: RoleInput {
            name: new.name,
            description: new
                .description
                .unwrap_or_else(|| template.input.description.clone()),
            permissions: template.permissions_at(level),
        },
        is_prefixed: false,
        template: Some(template),
    };
    let role = create(&mut call, new).await?;
    let event = Event {
        action: "clone",
        ..Event::created(&role)
    };
    call.created(role, event).await
}

/// Takes over what changed in the template since it was cloned or last taken over; what was changed
/// in the role itself stays.
pub async fn role_take_over(mut call: Call, At(id): At<Role>) -> Result<Versioned<Role>> {
    let scope = call.allow::<Role>("update")?;
    let before = call.find(&scope, id).await?;
    let Some(template) = template_of(&mut call, &scope, &before).await? else {
        return Err(Error::conflict(
            "no_template",
            "This role has no template, or it is gone.",
        ));
    };
    let Difference { gained, lost, .. } = difference(&before, &template);
    if gained.or(lost) == Permissions::NONE {
        return Ok(Versioned(before));
    }
    let mut input = before.input.clone();
    input.permissions = input.permissions.or(gained).without(lost);
    let now = template.permissions_at(before.level());
    let after = change(&mut call, &scope, &before, input, now).await?;
    call.updated("take_over", &before, after).await
}
