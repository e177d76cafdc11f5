//! The built-in roles (ACC-07): code with fixed ids, so that every installation means the same.

use std::sync::LazyLock;

use axum::Json;
use kit::access::{Level, Permission, Permissions};
use kit::call::Call;
use kit::conn::{Cell, Column, Value};
use kit::list::{self, ColumnInfo, Query};
use kit::web::At;
use kit::{Error, Id, Result, text};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::Whole;

/// A named set of permissions that a grant gives a user at a node, and below it (ACC-06).
#[derive(Serialize, JsonSchema, Clone, Debug)]
pub struct Role {
    pub id: Id<Role>,
    pub name: &'static str,
    /// Where it can be held.
    pub levels: &'static [Level],
    /// What it may do, as `<resource>:<action>`; at a level below its own at most what that level's
    /// admin may.
    pub permissions: Vec<String>,
    pub description: &'static str,
    #[serde(skip)]
    set: Permissions,
}

const fn id(n: u128) -> Id<Role> {
    Id::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub const PLATFORM_ADMIN: Id<Role> = id(1);
pub const PLATFORM_SUPPORT: Id<Role> = id(2);
pub const PROVIDER_ADMIN: Id<Role> = id(3);
pub const PROVIDER_SUPPORT: Id<Role> = id(4);
pub const ACCOUNTING: Id<Role> = id(5);
pub const CUSTOMER_MANAGER: Id<Role> = id(6);
pub const RESELLER_ADMIN: Id<Role> = id(7);
pub const CUSTOMER_ADMIN: Id<Role> = id(8);
pub const READ_ONLY: Id<Role> = id(9);

const PLATFORM: &[Level] = &[Level::Platform];
const PROVIDER: &[Level] = &[Level::Provider];
const RESELLER: &[Level] = &[Level::Reseller];
const CUSTOMER: &[Level] = &[Level::Customer];
const PROVIDER_OR_RESELLER: &[Level] = &[Level::Provider, Level::Reseller];
const ANY: &[Level] = &[
    Level::Platform,
    Level::Provider,
    Level::Reseller,
    Level::Customer,
];

/// The table of ACC-07.
static ALL: LazyLock<Vec<Role>> = LazyLock::new(|| {
    vec![
        role(
            PLATFORM_ADMIN,
            "Platform admin",
            PLATFORM,
            "Everything, everywhere.",
            |_, _| true,
        ),
        role(
            PLATFORM_SUPPORT,
            "Platform support",
            PLATFORM,
            "Reads everything but secrets; changes nothing but jobs.",
            |resource, action| action == "read" || resource == "jobs",
        ),
        role(
            PROVIDER_ADMIN,
            "Provider admin",
            PROVIDER,
            "Everything below the provider.",
            // Its own provider it changes, but providers come and go by the platform.
            |resource, action| resource != "providers" || matches!(action, "read" | "update"),
        ),
        role(
            PROVIDER_SUPPORT,
            "Provider support",
            PROVIDER,
            "Reads, creates and changes; does not delete, and leaves roles, tokens and settings alone.",
            |resource, action| match resource {
                "roles" | "tokens" | "settings" => false,
                "providers" => matches!(action, "read" | "update"),
                _ => matches!(action, "read" | "create" | "update"),
            },
        ),
        role(
            ACCOUNTING,
            "Accounting",
            PROVIDER,
            "Reads; licences, projects and reports entirely. Receives the messages about over-use.",
            |resource, action| {
                action == "read" || matches!(resource, "licences" | "projects" | "reports")
            },
        ),
        role(
            CUSTOMER_MANAGER,
            "Customer manager",
            PROVIDER_OR_RESELLER,
            "Customers, tenants, sites and contacts entirely; reads the rest.",
            |resource, action| {
                action == "read"
                    || matches!(resource, "customers" | "tenants" | "sites" | "contacts")
            },
        ),
        role(
            RESELLER_ADMIN,
            "Reseller admin",
            RESELLER,
            "Everything below the reseller, but not products and policies.",
            |resource, action| match resource {
                "providers" | "products" | "settings" => action == "read",
                "resellers" => matches!(action, "read" | "update"),
                _ => true,
            },
        ),
        role(
            CUSTOMER_ADMIN,
            "Customer admin",
            CUSTOMER,
            "Tenants, sites, contacts, devices, users, tokens and numbers of its own customer; reads and activates entitlements; reads licences and assets.",
            |resource, action| match resource {
                "tenants" | "sites" | "contacts" | "devices" | "users" | "tokens" | "numbers" => {
                    true
                }
                "entitlements" => matches!(action, "read" | "activate"),
                // The record itself and its audit by ACC-10: a whitelist of its fields.
                "licences" | "assets" | "customers" | "audit" => action == "read",
                _ => false,
            },
        ),
        role(READ_ONLY, "Read-only", ANY, "Reads.", |_, action| {
            action == "read"
        }),
    ]
});

fn role(
    id: Id<Role>,
    name: &'static str,
    levels: &'static [Level],
    description: &'static str,
    may: fn(&str, &str) -> bool,
) -> Role {
    let set: Permissions = kit::access::permissions()
        .filter(|it| may(it.resource, it.action))
        .collect();
    Role {
        id,
        name,
        levels,
        permissions: set.names(),
        description,
        set,
    }
}

impl Role {
    pub fn all() -> &'static [Role] {
        &ALL
    }

    pub fn find(id: Id<Role>) -> Option<&'static Role> {
        ALL.iter().find(|it| it.id == id)
    }

    pub fn named(name: &str) -> Option<&'static Role> {
        ALL.iter().find(|it| it.name == name)
    }

    /// The role that administers a level.
    pub fn admin_of(level: Level) -> Id<Role> {
        match level {
            Level::Platform => PLATFORM_ADMIN,
            Level::Provider => PROVIDER_ADMIN,
            Level::Reseller => RESELLER_ADMIN,
            Level::Customer => CUSTOMER_ADMIN,
        }
    }

    pub fn is_admin(&self) -> bool {
        [
            PLATFORM_ADMIN,
            PROVIDER_ADMIN,
            RESELLER_ADMIN,
            CUSTOMER_ADMIN,
        ]
        .contains(&self.id)
    }

    /// What the role gives at a node of this level: at most what the level's admin may.
    pub fn permissions_at(&self, level: Level) -> Permissions {
        let ceiling = Self::find(Self::admin_of(level)).map_or(Permissions::NONE, |it| it.set);
        self.set.and(ceiling)
    }
}

/// A role's id in a row, its name in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleName(pub Id<Role>);

impl RoleName {
    pub fn as_str(self) -> &'static str {
        Role::find(self.0).map_or("", |it| it.name)
    }
}

impl Serialize for RoleName {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}
impl JsonSchema for RoleName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RoleName".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(schemas: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(schemas)
    }
}
impl Column for RoleName {
    fn value(it: Option<Self>) -> Value {
        Id::value(it.map(|it| it.0))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        Uuid::read(cell).map(|it| Self(it.into()))
    }
}

const COLUMNS: &[list::Column] = &[
    list::Column::text("name", "Name", "")
        .unsorted()
        .plain()
        .shown()
        .customer()
        .width(180),
    list::Column::choice("levels", "Held at", "", Level::ALL)
        .plain()
        .shown()
        .customer()
        .width(200),
    list::Column::text("description", "May", "")
        .plain()
        .shown()
        .customer()
        .width(420),
    list::Column::list("permissions", "Permissions", "")
        .plain()
        .customer(),
    list::Column::id("id", "Id", "").plain().customer(),
];

/// Whoever sees users sees what roles they can hold.
fn allow(call: &Call) -> Result<()> {
    call.allow_named(Permission {
        resource: "users",
        action: "read",
    })?;
    Ok(())
}

/// The roles that can be held at the caller's level and below, always all of them; `q` and `level`
/// narrow them.
pub async fn role_list(call: Call, query: Query) -> Result<Json<Whole<Role>>> {
    allow(&call)?;
    query.only(&["q", "level", "limit", "sort", "count", "cursor"])?;
    let needle = text::search_text(query.get("q").unwrap_or_default());
    let level = match query.get("level").filter(|it| !it.is_empty()) {
        None => None,
        Some(it) => Some(Level::parse(it).ok_or_else(|| {
            Error::bad_request(
                "invalid_parameter",
                "level is platform, provider, reseller or customer.",
            )
        })?),
    };
    let roles = visible(&call).filter(|it| level.is_none_or(|level| it.levels.contains(&level)));
    let roles: Vec<_> = roles
        .filter(|it| text::search_text(it.name).contains(&needle))
        .cloned()
        .collect();
    Ok(Json(roles.into()))
}

fn visible(call: &Call) -> impl Iterator<Item = &'static Role> + use<> {
    let home = call.home().level();
    ALL.iter()
        .filter(move |it| it.levels.iter().any(|level| *level >= home))
}

/// One role.
pub async fn role_view(call: Call, At(id): At<Role>) -> Result<Json<Role>> {
    allow(&call)?;
    visible(&call)
        .find(|it| it.id == id)
        .cloned()
        .map(Json)
        .ok_or(Error::NotFound)
}

/// What columns the roles have.
pub async fn role_columns(call: Call) -> Result<Json<Vec<ColumnInfo>>> {
    allow(&call)?;
    Ok(Json(COLUMNS.iter().map(list::Column::info).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ACC-07, read as one table: a role gains or loses nothing unseen.
    #[test]
    fn the_permissions_of_each_role() {
        let mut table = String::new();
        for role in Role::all() {
            for level in role.levels {
                table.push_str(&format!("{} at {}\n", role.name, level.as_str()));
                let set = role.permissions_at(*level);
                for (resource, named) in kit::access::RESOURCES {
                    let actions: Vec<_> = kit::access::CRUD
                        .iter()
                        .chain(*named)
                        .filter(|it| set.has(resource, it))
                        .copied()
                        .collect();
                    table.push_str(
                        &format!("  {resource:<13}{}\n", actions.join(" ")).replace("  \n", "\n"),
                    );
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn every_admin_holds_what_the_roles_of_its_level_give() {
        for role in Role::all() {
            for level in role.levels {
                let admin = Role::find(Role::admin_of(*level)).unwrap();
                assert!(
                    admin
                        .permissions_at(*level)
                        .contains(role.permissions_at(*level)),
                    "{}",
                    role.name
                );
            }
        }
    }

    #[test]
    fn an_admin_can_give_every_role_below_it() {
        let admins = [
            Level::Platform,
            Level::Provider,
            Level::Reseller,
            Level::Customer,
        ];
        for (n, above) in admins.iter().enumerate() {
            let held = Role::find(Role::admin_of(*above))
                .unwrap()
                .permissions_at(*above);
            for role in Role::all() {
                for level in role.levels.iter().filter(|it| admins[n..].contains(it)) {
                    assert!(
                        held.contains(role.permissions_at(*level)),
                        "{} cannot give {} at {}",
                        above.as_str(),
                        role.name,
                        level.as_str()
                    );
                }
            }
        }
    }

    #[test]
    fn ids_and_names_are_unique() {
        let ids: std::collections::HashSet<_> = Role::all().iter().map(|it| it.id).collect();
        let names: std::collections::HashSet<_> = Role::all().iter().map(|it| it.name).collect();
        assert_eq!((ids.len(), names.len()), (9, 9));
        assert!(
            Role::all()
                .iter()
                .all(|it| Role::named(it.name).is_some_and(|same| same.id == it.id))
        );
    }
}
