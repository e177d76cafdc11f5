//! Who may do what, where: permissions, grants, callers, and [`Scope`], the proof that a call was
//! allowed, which every store function demands (spec 1.4, TREE-05).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::choice;
use crate::conn::Sql;
use crate::error::{Error, Result};

choice! {
    /// The levels of the tree at which somebody can hold a role (spec 1.2).
    pub enum Level {
        Platform = "platform" "Platform",
        Provider = "provider" "Provider",
        Reseller = "reseller" "Reseller",
        Customer = "customer" "Customer",
    }
}

/// `<resource>:<action>` (ACC-06).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Permission {
    pub resource: &'static str,
    pub action: &'static str,
}

impl std::fmt::Display for Permission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.resource, self.action)
    }
}

/// The four actions that every resource has; some have named ones besides.
pub const CRUD: [&str; 4] = ["read", "create", "update", "delete"];

/// All resources of ACC-06 with their named actions. The order gives each permission its bit; new
/// ones go to the end of the list.
pub const RESOURCES: &[(&str, &[&str])] = &[
    ("providers", &[]),
    ("resellers", &[]),
    ("customers", &["merge", "work_as"]),
    ("tenants", &[]),
    ("sites", &[]),
    ("contacts", &[]),
    ("products", &[]),
    ("licences", &["backdate"]),
    ("devices", &[]),
    ("entitlements", &["reduce", "activate"]),
    ("assets", &[]),
    ("projects", &[]),
    ("numbers", &[]),
    ("users", &[]),
    ("roles", &[]),
    ("tokens", &[]),
    ("settings", &[]),
    ("audit", &["export"]),
    ("reports", &[]),
    ("imports", &[]),
    ("exports", &[]),
    ("jobs", &[]),
    ("webhooks", &[]),
];

/// Every permission there is, in the order of its bits.
pub fn permissions() -> impl Iterator<Item = Permission> {
    RESOURCES.iter().flat_map(|(resource, named)| {
        CRUD.iter()
            .chain(named.iter())
            .map(move |action| Permission { resource, action })
    })
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Permissions(u128);

impl Permissions {
    pub const NONE: Self = Self(0);

    pub fn all() -> Self {
        permissions().collect()
    }
    pub fn has(self, resource: &str, action: &str) -> bool {
        self.0 & bit(resource, action) != 0
    }
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        permissions()
            .enumerate()
            .filter(move |(n, _)| self.0 >> n & 1 == 1)
            .map(|(_, it)| it)
    }
    pub fn names(self) -> Vec<String> {
        self.iter().map(|it| it.to_string()).collect()
    }
    /// What is in this set and not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
    /// From `resource:action` names; an unknown one is the error.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut set = Self::NONE;
        for name in names {
            match name
                .split_once(':')
                .map(|(resource, action)| bit(resource, action))
            {
                Some(bit) if bit != 0 => set.0 |= bit,
                _ => {
                    return Err(format!(
                        "there is no permission “{}”",
                        crate::text::clip(name, 60)
                    ));
                }
            }
        }
        Ok(set)
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(all: I) -> Self {
        Self(
            all.into_iter()
                .fold(0, |set, it| set | bit(it.resource, it.action)),
        )
    }
}

fn bit(resource: &str, action: &str) -> u128 {
    let found = permissions().position(|it| it.resource == resource && it.action == action);
    found.map_or(0, |n| 1 << n)
}

/// A place in the tree at which a role can be held: the keys of the row and of those above it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    Platform,
    Provider(Uuid),
    Reseller {
        provider: Uuid,
        reseller: Uuid,
    },
    Customer {
        provider: Uuid,
        reseller: Option<Uuid>,
        customer: Uuid,
    },
}

impl Place {
    pub fn level(self) -> Level {
        match self {
            Self::Platform => Level::Platform,
            Self::Provider(_) => Level::Provider,
            Self::Reseller { .. } => Level::Reseller,
            Self::Customer { .. } => Level::Customer,
        }
    }
    pub fn provider(self) -> Option<Uuid> {
        match self {
            Self::Platform => None,
            Self::Provider(provider)
            | Self::Reseller { provider, .. }
            | Self::Customer { provider, .. } => Some(provider),
        }
    }
    pub fn reseller(self) -> Option<Uuid> {
        match self {
            Self::Reseller { reseller, .. } => Some(reseller),
            Self::Customer { reseller, .. } => reseller,
            _ => None,
        }
    }
    pub fn customer(self) -> Option<Uuid> {
        match self {
            Self::Customer { customer, .. } => Some(customer),
            _ => None,
        }
    }
    /// The id of the place's own row; none for the platform.
    pub fn id(self) -> Option<Uuid> {
        self.customer().or(match self {
            Self::Reseller { reseller, .. } => Some(reseller),
            it => it.provider(),
        })
    }
    /// Whether `other` is this place or below it.
    pub fn covers(self, other: Self) -> bool {
        match self {
            Self::Platform => true,
            Self::Provider(provider) => other.provider() == Some(provider),
            Self::Reseller { provider, reseller } => {
                other.provider() == Some(provider) && other.reseller() == Some(reseller)
            }
            Self::Customer { customer, .. } => other.customer() == Some(customer),
        }
    }
}

/// A role held at a place: what may be done there and below.
#[derive(Clone, Debug)]
pub struct Holding {
    pub place: Place,
    pub permissions: Permissions,
    /// The role's id.
    pub role: Uuid,
}

choice! {
    /// The door a change came through (AUD-01).
    pub enum Source {
        Web = "web" "Console",
        Api = "api" "API",
        Import = "import" "Import",
        Job = "job" "Background job",
        Cli = "cli" "Command line",
    }
}

/// Who is calling, and with which rights. Loaded for each request; nothing here outlives a
/// revocation.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user_id: Uuid,
    pub name: String,
    /// The session or token that proved it: idempotency keys and cursors are bound to the user,
    /// log-out to this.
    pub credential_id: Option<Uuid>,
    pub source: Source,
    /// Every role the caller holds, limited to what the token (if it is one) may.
    pub holdings: Vec<Holding>,
    /// The node at which the caller works now: one of the holdings' places (TREE-03 “home”).
    pub home: Place,
    /// The password was set by somebody else: nothing but changing it is allowed (ACC-02).
    pub must_change_password: bool,
    /// A policy asks for a second factor and there is none: nothing but setting it up is allowed
    /// (ACC-03).
    pub must_enrol: bool,
    /// The single sign-on that the session began with: it counts for one provider only.
    pub sso: Option<Uuid>,
}

impl Caller {
    /// The command line on the machine itself, and the installation's own work.
    pub fn operator(name: &str, source: Source) -> Arc<Self> {
        Arc::new(Self {
            user_id: Uuid::nil(),
            name: name.into(),
            credential_id: None,
            source,
            holdings: vec![Holding {
                place: Place::Platform,
                permissions: Permissions::all(),
                role: Uuid::nil(),
            }],
            home: Place::Platform,
            must_change_password: false,
            must_enrol: false,
            sso: None,
        })
    }

    /// The places at or below the place of work where the caller may do this.
    pub fn places(&self, resource: &str, action: &str) -> Vec<Place> {
        self.places_where(|it| it.has(resource, action))
    }

    fn places_where(&self, may: impl Fn(Permissions) -> bool) -> Vec<Place> {
        let may = self.holdings.iter().filter(|it| may(it.permissions));
        let mut places: Vec<Place> = vec![];
        for place in may.map(|it| it.place) {
            // A platform admin who has gone down to a provider sees that provider.
            let place = if place.covers(self.home) {
                self.home
            } else {
                place
            };
            if self.home.covers(place) && !places.iter().any(|it| it.covers(place)) {
                places.retain(|it| !place.covers(*it));
                places.push(place);
            }
        }
        places
    }

    /// What the caller may do anywhere at its place of work: decides which buttons a console shows.
    pub fn permissions(&self) -> Permissions {
        let here = self
            .holdings
            .iter()
            .filter(|it| it.place.covers(self.home) || self.home.covers(it.place));
        here.fold(Permissions::NONE, |set, it| set.or(it.permissions))
    }

    /// What the caller holds at this very place (ACC-08).
    pub fn permissions_at(&self, place: Place) -> Permissions {
        let here = self.holdings.iter().filter(|it| it.place.covers(place));
        here.fold(Permissions::NONE, |set, it| set.or(it.permissions))
    }

    /// Whether the caller sees a customer from inside only (ACC-10).
    pub fn is_customer_level(&self) -> bool {
        self.home.level() == Level::Customer
    }

    /// The customer as whose admin the caller works, coming from above it (ACC-13).
    pub fn works_as(&self) -> Option<Uuid> {
        let customer = self.home.customer()?;
        let comes = self.source != Source::Api;
        let mut own = self.holdings.iter().filter_map(|it| it.place.customer());
        (comes && own.all(|it| it != customer)).then_some(customer)
    }

    /// Where the caller may do this; `also` is another resource whose permission is as good.
    pub(crate) fn scope(
        &self,
        resource: &'static str,
        action: &'static str,
        also: Option<&'static str>,
    ) -> Result<Scope> {
        if self.must_change_password {
            return Err(Error::Forbidden {
                detail: "Change your password first: it was set by somebody else.".into(),
            });
        }
        if self.must_enrol {
            return Err(Error::Forbidden {
                detail: "Set up a second factor first: your organisation asks for it.".into(),
            });
        }
        let places = self.places_where(|it| {
            it.has(resource, action) || also.is_some_and(|also| it.has(also, action))
        });
        if places.is_empty() {
            let permission = Permission { resource, action };
            return Err(Error::Forbidden {
                detail: format!("Your role does not include {permission}."),
            });
        }
        Ok(Scope { places })
    }
}

/// Proof that a call is allowed, and the part of the tree it may touch. Only
/// [`Call::allow`](crate::call::Call::allow) makes one, so a store function that asks for a `Scope`
/// cannot be reached without a check.
#[derive(Clone, Debug)]
pub struct Scope {
    places: Vec<Place>,
}

/// How a table shows that a row lies in a part of the tree: one SQL condition with one `?` each.
/// Empty: rows of this table are not visible at that level.
#[derive(Clone, Copy, Debug)]
pub struct ScopeColumns {
    pub provider: &'static str,
    pub reseller: &'static str,
    pub customer: &'static str,
}

impl Scope {
    /// The whole installation: for what a row in scope refers to above itself, whose ids do not come
    /// from the caller. Never for an id that a request names.
    pub fn everywhere() -> Self {
        Self {
            places: vec![Place::Platform],
        }
    }

    pub fn is_everywhere(&self) -> bool {
        self.places.contains(&Place::Platform)
    }

    pub fn places(&self) -> &[Place] {
        &self.places
    }

    pub fn covers(&self, place: Place) -> bool {
        self.places.iter().any(|it| it.covers(place))
    }

    /// The part of this scope that lies under a node (`under=`); nothing is the answer for a node
    /// outside.
    pub fn under(&self, node: Place) -> Option<Self> {
        let mut places: Vec<Place> = self
            .places
            .iter()
            .copied()
            .filter(|it| node.covers(*it))
            .collect();
        if self.covers(node) {
            places = vec![node];
        }
        (!places.is_empty()).then_some(Self { places })
    }

    /// The scope filter (TREE-05): appends ` and (…)`.
    pub fn filter(&self, sql: &mut Sql, columns: &ScopeColumns) {
        if self.places.contains(&Place::Platform) {
            return;
        }
        sql.push(" and (");
        for (n, place) in self.places.iter().enumerate() {
            if n > 0 {
                sql.push(" or ");
            }
            match *place {
                Place::Platform => sql.push("true"),
                Place::Provider(provider) => condition(sql, columns.provider, provider),
                Place::Reseller { provider, reseller } => {
                    sql.push("(");
                    condition(sql, columns.provider, provider);
                    sql.push(" and ");
                    condition(sql, columns.reseller, reseller);
                    sql.push(")")
                }
                Place::Customer {
                    provider, customer, ..
                } => {
                    sql.push("(");
                    condition(sql, columns.provider, provider);
                    sql.push(" and ");
                    condition(sql, columns.customer, customer);
                    sql.push(")")
                }
            };
        }
        sql.push(")");
    }
}

fn condition<'s>(sql: &'s mut Sql, text: &'static str, value: Uuid) -> &'s mut Sql {
    if text.is_empty() {
        sql.push("false")
    } else {
        sql.part(text, value)
    }
}

/// A node of the tree as answers show it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Node {
    #[serde(rename = "type")]
    pub level: Level,
    /// None for the platform.
    pub id: Option<Uuid>,
    pub name: String,
    pub provider_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    /// The names on the way down, such as `Northline / Vertex IT`.
    pub path: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_a_bit_of_its_own() {
        assert!(permissions().count() <= 128);
        for it in permissions() {
            let set: Permissions = [it].into_iter().collect();
            assert_eq!(set.iter().collect::<Vec<_>>(), [it]);
        }
        assert_eq!(Permissions::all().iter().count(), permissions().count());
    }

    #[test]
    fn places_cover_what_is_below_them() {
        let (p, q, r, c) = (
            Uuid::from_u128(1),
            Uuid::from_u128(2),
            Uuid::from_u128(3),
            Uuid::from_u128(4),
        );
        let customer = Place::Customer {
            provider: p,
            reseller: Some(r),
            customer: c,
        };
        assert!(Place::Platform.covers(customer));
        assert!(Place::Provider(p).covers(customer));
        assert!(!Place::Provider(q).covers(customer));
        assert!(
            Place::Reseller {
                provider: p,
                reseller: r
            }
            .covers(customer)
        );
        assert!(!customer.covers(Place::Provider(p)));
    }
}
