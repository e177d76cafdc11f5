//! What lies below customers, as rows name it: by id; by name among what the row's customer has; by a
//! path through its customer.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kit::access::{Scope, ScopeColumns};
use kit::call::Call;
use kit::conn::{Bind, Sql, Value};
use kit::error::FieldError;
use kit::time::Instant;
use kit::{Id, Record, Result, text};
use uuid::Uuid;

use super::object::Fields;
use super::path;
use super::refer::{Lookup, Wrong, missing, wrong};
use crate::customers::Customer;
use crate::tree::Tenant;

/// A tenant, site, group or user that a row names.
#[derive(Record, Clone)]
pub struct Child {
    pub id: Uuid,
    pub customer_id: Id<Customer>,
    pub name: String,
    name_key: String,
    /// What else it is called by, folded: a site's number, a user's email.
    code_key: String,
    pub archived_at: Option<Instant>,
    /// A site's.
    pub tenant_id: Option<Id<Tenant>>,
}

/// A kind of them.
pub struct Kind {
    select: &'static str,
    id: &'static str,
    customer: &'static str,
    /// The columns that have what it is called by.
    called: &'static [&'static str],
    scope: ScopeColumns,
}

pub const TENANTS: Kind = Kind {
    select: "select t.id, t.customer_id, t.name, t.name_key, '' as code_key, t.archived_at, t.id as tenant_id from tenants t where true",
    id: "t.id",
    customer: "t.customer_id",
    called: &["t.name_key"],
    scope: ScopeColumns {
        provider: "t.provider_id = ?",
        reseller: "t.reseller_id = ?",
        customer: "t.customer_id = ?",
    },
};

pub const SITES: Kind = Kind {
    select: "select s.id, s.customer_id, s.name, s.name_key, s.site_id_key as code_key, s.archived_at, s.tenant_id from sites s where true",
    id: "s.id",
    customer: "s.customer_id",
    called: &["s.name_key", "s.site_id_key"],
    scope: ScopeColumns {
        provider: "s.provider_id = ?",
        reseller: "s.reseller_id = ?",
        customer: "s.customer_id = ?",
    },
};

pub const GROUPS: Kind = Kind {
    select: "select g.id, g.customer_id, g.name, g.name_key, '' as code_key, cast(null as bigint) as archived_at, cast(null as uuid) as tenant_id from device_groups g where true",
    id: "g.id",
    customer: "g.customer_id",
    called: &["g.name_key"],
    scope: ScopeColumns {
        provider: "g.provider_id = ?",
        reseller: "g.reseller_id = ?",
        customer: "g.customer_id = ?",
    },
};

pub const USERS: Kind = Kind {
    select: "select u.id, u.customer_id, u.display_name as name, u.name_key, u.email_key as code_key, cast(null as bigint) as archived_at, cast(null as uuid) as tenant_id from users u where u.customer_id is not null",
    id: "u.id",
    customer: "u.customer_id",
    called: &["u.name_key", "u.email_key"],
    scope: ScopeColumns {
        provider: "u.provider_id = ?",
        reseller: "u.reseller_id = ?",
        customer: "u.customer_id = ?",
    },
};

/// Those of a kind that rows may mean.
#[derive(Default)]
pub struct Children {
    all: Vec<Child>,
    by_id: HashMap<Uuid, usize>,
    by_name: HashMap<(Id<Customer>, String), Vec<usize>>,
}

impl Children {
    /// Those that texts name by their ids: they tell their customers.
    pub async fn by_id(
        call: &mut Call,
        kind: &Kind,
        scope: &Scope,
        texts: &[&str],
    ) -> Result<Self> {
        let ids = texts
            .iter()
            .filter_map(|it| Uuid::try_parse(it.trim()).ok());
        let ids: Vec<Value> = ids.map(Bind::to_value).collect();
        let mut found = Self::default();
        if !ids.is_empty() {
            let mut sql = kind.within(scope);
            sql.and_in(kind.id, ids);
            found.add(call.query(sql).await?);
        }
        Ok(found)
    }

    /// And those that texts name otherwise, of customers that the rows name.
    pub async fn and_by_name(
        mut self,
        call: &mut Call,
        kind: &Kind,
        scope: &Scope,
        texts: &[&str],
        customers: &HashSet<Id<Customer>>,
    ) -> Result<Self> {
        let texts: Vec<&str> = texts
            .iter()
            .copied()
            .filter(|it| Uuid::try_parse(it.trim()).is_err())
            .collect();
        let mut names: HashSet<String> = texts.iter().map(|it| text::key(it)).collect();
        names.extend(texts.iter().filter_map(|it| path::names(it).pop()));
        names.remove("");
        if names.is_empty() || customers.is_empty() {
            return Ok(self);
        }
        let values = |all: &mut dyn Iterator<Item = Value>| all.collect::<Vec<_>>();
        let customers = values(&mut customers.iter().map(Bind::to_value));
        let names = values(&mut names.iter().map(Bind::to_value));
        for column in kind.called {
            let mut sql = kind.within(scope);
            sql.and_in(kind.customer, customers.clone());
            sql.and_in(column, names.clone());
            self.add(call.query(sql).await?);
        }
        Ok(self)
    }

    fn add(&mut self, found: Vec<Child>) {
        for it in found {
            // One that was found in several ways is one.
            if self.by_id.contains_key(&it.id) {
                continue;
            }
            let n = self.all.len();
            self.by_id.insert(it.id, n);
            for name in [&it.name_key, &it.code_key] {
                if name.is_empty() {
                    continue;
                }
                let same = self.by_name.entry((it.customer_id, name.clone()));
                let same = same.or_default();
                if !same.contains(&n) {
                    same.push(n);
                }
            }
            self.all.push(it);
        }
    }

    /// The customers of those that were found so far.
    pub fn owners(&self) -> impl Iterator<Item = Id<Customer>> + '_ {
        self.all.iter().map(|it| it.customer_id)
    }

    /// The one that a text of a row means.
    pub fn get(
        &self,
        text: &str,
        customer: Option<&Customer>,
        customers: &Lookup<Arc<Customer>>,
    ) -> Result<Child, Wrong> {
        if let Some(n) = Uuid::try_parse(text.trim())
            .ok()
            .and_then(|it| self.by_id.get(&it))
        {
            return self.all.get(*n).cloned().ok_or_else(missing);
        }
        let named = |customer: Id<Customer>, name: String| self.by_name.get(&(customer, name));
        let own = || named(customer?.id, text::key(text));
        let escaped = || {
            let is_path = path::above(text).is_some();
            named(customer?.id, path::names(text).pop()?).filter(|_| !is_path)
        };
        let by_path = || {
            let (above, name) = path::above(text)?;
            named(customers.get(above).ok()?.id, name)
        };
        let found = own().or_else(escaped).or_else(by_path);
        let mut found: Vec<&Child> = found
            .into_iter()
            .flatten()
            .filter_map(|n| self.all.get(*n))
            .collect();
        if found.iter().any(|it| it.archived_at.is_none()) {
            found.retain(|it| it.archived_at.is_none());
        }
        match found.as_slice() {
            [] => Err(missing()),
            [only] => Ok((*only).clone()),
            several => {
                let message = format!("can mean {} of this customer. Write the id", several.len());
                Err(("ambiguous", message))
            }
        }
    }

    /// The one that a field of a row means, with its id in its place; it must be of the row's
    /// customer.
    pub fn of(
        &self,
        fields: &mut Fields,
        column: &str,
        customer: Option<&Customer>,
        customers: &Lookup<Arc<Customer>>,
        errors: &mut Vec<FieldError>,
    ) -> Option<Child> {
        let text = fields.get(column)?.as_str()?;
        match self.get(text, customer, customers) {
            Ok(it) if customer.is_none_or(|customer| customer.id == it.customer_id) => {
                fields.insert(column.to_owned(), it.id.to_string().into());
                Some(it)
            }
            Ok(_) => {
                errors.push(other_customer(column));
                None
            }
            Err(error) => {
                errors.push(wrong(column, error));
                None
            }
        }
    }
}

impl Kind {
    fn within(&self, scope: &Scope) -> Sql {
        let mut sql = Sql::new(self.select);
        scope.filter(&mut sql, &self.scope);
        sql
    }
}

/// Refuses what another customer has.
pub fn other_customer(column: &str) -> FieldError {
    let what = column.trim_end_matches("_id").replace('_', " ");
    let message = format!("is no {what} of this customer");
    FieldError::new(format!("/{column}"), "unknown_reference", message)
}
