//! The built-in roles (ACC-07): code with fixed ids, so that every installation means the same. Each
//! start writes them to the table, where lists and references find them beside the others.

use std::sync::LazyLock;

use kit::access::{Level, Permissions};
use kit::many::Many;
use kit::{Id, Record, Result, State, sql, text};
use uuid::Uuid;

use super::role::Role;

/// A role of the table of ACC-07.
pub struct BuiltIn {
    pub id: Id<Role>,
    pub name: &'static str,
    /// Where it can be held.
    pub levels: &'static [Level],
    /// At a level below its own it gives at most what that level's admin may.
    pub permissions: Permissions,
    description: &'static str,
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
static ALL: LazyLock<Vec<BuiltIn>> = LazyLock::new(|| {
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
) -> BuiltIn {
    BuiltIn {
        id,
        name,
        levels,
        description,
        permissions: kit::access::permissions()
            .filter(|it| may(it.resource, it.action))
            .collect(),
    }
}

impl BuiltIn {
    pub fn all() -> &'static [Self] {
        &ALL
    }
}

/// What the role that administers a level may, which is the most that can be held there.
pub fn ceiling(level: Level) -> Permissions {
    let admin = match level {
        Level::Platform => PLATFORM_ADMIN,
        Level::Provider => PROVIDER_ADMIN,
        Level::Reseller => RESELLER_ADMIN,
        Level::Customer => CUSTOMER_ADMIN,
    };
    let admin = ALL.iter().find(|it| it.id == admin);
    admin.map_or(Permissions::NONE, |it| it.permissions)
}

/// What of a stored role can differ from the code.
#[derive(Record, PartialEq)]
struct Stored {
    id: Id<Role>,
    name: String,
    description: String,
    levels: Many<Level>,
    permissions: Permissions,
}

/// Brings the table up to date with this program. Runs at each start, on any number of nodes.
pub async fn write(state: &State) -> Result<()> {
    let mut tx = state.db.write();
    let stored: Vec<Stored> = tx.query(sql!("select * from roles where built_in")).await?;
    let now = state.clock.now();
    for it in ALL.iter() {
        let wanted = Stored {
            id: it.id,
            name: it.name.into(),
            description: it.description.into(),
            levels: Many(it.levels.to_vec()),
            permissions: it.permissions,
        };
        if stored.contains(&wanted) {
            continue;
        }
        tx.execute(sql!(
            "insert into roles (id, node_id, built_in, name, name_key, search_text, is_prefixed, description, levels, permissions, template_permissions, version, created_at, updated_at)
             values ($1, $2, true, $3, $4, $5, false, $6, $7, $8, $9, 1, $10, $10)
             on conflict (id) do update set name = excluded.name, name_key = excluded.name_key, search_text = excluded.search_text, description = excluded.description,
             levels = excluded.levels, permissions = excluded.permissions, version = roles.version + 1, updated_at = excluded.updated_at",
            wanted.id,
            Uuid::nil(),
            it.name,
            text::key(it.name),
            text::search_text(it.name),
            it.description,
            wanted.levels,
            it.permissions,
            Permissions::NONE,
            now
        ))
        .await?;
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn at(role: &BuiltIn, level: Level) -> Permissions {
        role.permissions.and(ceiling(level))
    }

    /// ACC-07, read as one table: a role gains or loses nothing unseen.
    #[test]
    fn the_permissions_of_each_role() {
        let mut table = String::new();
        for role in BuiltIn::all() {
            for level in role.levels {
                table.push_str(&format!("{} at {}\n", role.name, level.as_str()));
                let set = at(role, *level);
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
    fn an_admin_can_give_every_role_below_it() {
        let admins = [
            Level::Platform,
            Level::Provider,
            Level::Reseller,
            Level::Customer,
        ];
        for (n, above) in admins.iter().enumerate() {
            let held = ceiling(*above);
            for role in BuiltIn::all() {
                for level in role.levels.iter().filter(|it| admins[n..].contains(it)) {
                    assert!(
                        held.contains(at(role, *level)),
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
        let ids: HashSet<_> = BuiltIn::all().iter().map(|it| it.id).collect();
        let names: HashSet<_> = BuiltIn::all().iter().map(|it| it.name).collect();
        assert_eq!((ids.len(), names.len()), (9, 9));
    }
}
