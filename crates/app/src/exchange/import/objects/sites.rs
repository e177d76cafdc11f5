//! Sites from files.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use kit::access::{Place, Scope};
use kit::call::Call;
use kit::conn::{Bind, Sql, Value};
use kit::error::FieldError;
use kit::event::{Change, Event, changes};
use kit::resource::Resource;
use kit::time::Instant;
use kit::{Id, Record, Result, sql, text};
use serde_json::Value as Json;
use uuid::Uuid;

use super::below;
use crate::customers::Customer;
use crate::exchange::import::columns::{Words, columns};
use crate::exchange::import::object::{Fields, ImportColumn, Importable, Key, text_of};
use crate::exchange::import::path;
use crate::exchange::import::refer::{Lookup, Wrong, customers, missing, texts, wrong};
use crate::tree::site::{self, NewSite, SiteInput};
use crate::tree::{Site, Tenant};
use crate::written::Written;

static COLUMNS: LazyLock<Vec<ImportColumn>> = LazyLock::new(|| columns::<Site>(&WORDS));

const WORDS: Words = Words {
    also: &["customer_id", "id"],
    required: &["customer_id"],
    finds: &["site_id", "external_id", "name", "id"],
    described: &[
        below::CUSTOMER,
        below::ID,
        (
            "tenant_id",
            "By id, name, or path such as Customer/Tenant; write \\/ for a stroke in a name.",
        ),
    ],
    aliases: &[
        below::CUSTOMER_ALIASES,
        (
            "name",
            &["site", "site name", "location", "location name", "building"],
        ),
        (
            "site_id",
            &["site number", "site no", "location id", "site code"],
        ),
        ("tenant_id", &["tenant", "tenant name"]),
        ("state", &["province", "state or province"]),
        ("kind", &["type", "site type"]),
        ("latitude", &["lat"]),
        ("longitude", &["lon", "lng", "long"]),
    ],
};

/// What a chunk's rows refer to.
pub struct Known {
    customers: Lookup<Arc<Customer>>,
    tenants: Vec<Home>,
    by_id: HashMap<Uuid, usize>,
    by_name: HashMap<(Id<Customer>, String), usize>,
}

/// A tenant that a row names.
#[derive(Record, Clone)]
pub struct Home {
    id: Id<Tenant>,
    customer_id: Id<Customer>,
    name: String,
    name_key: String,
    archived_at: Option<Instant>,
}

/// What one row refers to.
pub struct Links {
    customer: Option<Arc<Customer>>,
    tenant: Option<Home>,
}

impl Known {
    /// A tenant by id; else by name among those of the row's customer; else by a path through its
    /// customer.
    fn tenant(&self, text: &str, customer: Option<&Customer>) -> Result<Home, Wrong> {
        let named = |customer: Id<Customer>, name: String| self.by_name.get(&(customer, name));
        let by_id = Uuid::try_parse(text.trim()).ok();
        let by_id = by_id.and_then(|id| self.by_id.get(&id));
        let own = || named(customer?.id, text::key(text));
        let by_path = || {
            let (above, name) = path::above(text)?;
            named(self.customers.get(above).ok()?.id, name)
        };
        let single = || {
            named(customer?.id, path::names(text).pop()?).filter(|_| path::above(text).is_none())
        };
        let found = by_id.or_else(own).or_else(single).or_else(by_path);
        found
            .and_then(|n| self.tenants.get(*n))
            .cloned()
            .ok_or_else(missing)
    }

    /// The customer that a tenant brings along: that of its path, or of its id.
    fn owner(&self, text: &str, tenant: &Home) -> Option<Arc<Customer>> {
        match path::above(text) {
            Some((above, _)) => self.customers.get(above).ok(),
            None => self.customers.get(&tenant.customer_id.to_string()).ok(),
        }
    }
}

impl Importable for Site {
    type Target = Scope;
    type Known = Known;
    type Links = Links;
    type New = NewSite;
    type Edit = SiteInput;

    const SAMPLE: &'static str = "customer_id,site_id,name,kind,address_line1,postal_code,city,country,tenant_id,status\r\n\
         C-000001,,Head office,office,Hafenstraße 1,20457,Hamburg,DE,,active\r\n\
         C-000001,HH-2,Surgery,hospital_building,Hafenstraße 3,20457,Hamburg,DE,,planned\r\n\
         Vertex/Northgate School,,Library,other,12 Mill Lane,LS1 4AP,Leeds,GB,Data centre Leeds,active\r\n";

    fn columns() -> &'static [ImportColumn] {
        &COLUMNS
    }

    async fn target(call: &mut Call, scope: &Scope, node: Option<Uuid>) -> Result<Scope> {
        below::target(call, scope, node).await
    }

    fn unique(_: &Scope) -> Vec<Key> {
        vec![&["customer_id", "site_id"]]
    }

    fn usual_match(_: &Scope, mapped: &dyn Fn(&str) -> bool) -> (Vec<&'static str>, String) {
        if mapped("id") {
            (vec!["id"], "Rows are matched by id.".into())
        } else if mapped("customer_id") && mapped("site_id") {
            let note = "Rows are matched by customer and site id.";
            (vec!["customer_id", "site_id"], note.into())
        } else if mapped("external_id") {
            let note = "Rows are matched by external id.";
            (vec!["external_id"], note.into())
        } else {
            let note = "No column tells which sites are there already: every row creates one. To match by customer and name, choose them.";
            (vec![], note.into())
        }
    }

    fn narrow(target: &Scope, sql: &mut Sql) {
        target.filter(sql, &Self::list().scope);
    }

    async fn closed(call: &mut Call, found: &[Self]) -> Result<Vec<bool>> {
        below::closed(call, found.iter().map(|it| it.customer_id)).await
    }

    async fn holders(
        call: &mut Call,
        _: &Scope,
        _: Key,
        values: Vec<Vec<String>>,
    ) -> Result<Vec<(Vec<String>, Uuid)>> {
        let (customers, ids) = below::parted(values);
        let mut sql = sql!("select customer_id, site_id_key, id from sites where true");
        sql.and_in("customer_id", customers)
            .and_in("site_id_key", ids);
        Ok(below::held(call.query(sql).await?))
    }

    async fn resolve(
        call: &mut Call,
        _: &Scope,
        target: &Scope,
        rows: &[&Fields],
    ) -> Result<Known> {
        let named = texts(rows, "tenant_id");
        let ids: Vec<Value> = named
            .iter()
            .filter_map(|it| Uuid::try_parse(it.trim()).ok())
            .map(Bind::to_value)
            .collect();
        let mut tenants = homes(call, target, |sql| _ = sql.and_in("t.id", ids)).await?;
        // Tenants may bring their customers: those of ids, and those in paths.
        let owners: HashSet<String> = tenants
            .iter()
            .map(|it| it.customer_id.to_string())
            .collect();
        let above = named.iter().filter_map(|it| path::above(it)).map(|it| it.0);
        let mut all = texts(rows, "customer_id");
        all.extend(above.chain(owners.iter().map(String::as_str)));
        let customers = customers(call, target, &all).await?;
        let ids: HashSet<_> = all
            .iter()
            .filter_map(|it| customers.get(it).ok())
            .map(|it| it.id)
            .collect();
        let mut names: HashSet<String> = named.iter().map(|it| text::key(it)).collect();
        names.extend(named.iter().filter_map(|it| path::names(it).pop()));
        let ids = ids.iter().map(Bind::to_value).collect();
        let names = names.iter().map(Bind::to_value).collect();
        let by_name =
            |sql: &mut Sql| _ = sql.and_in("t.customer_id", ids).and_in("t.name_key", names);
        tenants.extend(homes(call, target, by_name).await?);
        let numbered = || tenants.iter().enumerate();
        Ok(Known {
            by_id: numbered().map(|(n, it)| (it.id.uuid(), n)).collect(),
            by_name: numbered()
                .map(|(n, it)| ((it.customer_id, it.name_key.clone()), n))
                .collect(),
            customers,
            tenants,
        })
    }

    fn link(known: &Known, _: &Scope, fields: &mut Fields) -> Result<Links, Vec<FieldError>> {
        let mut errors = vec![];
        let mut customer = known.customers.of(fields, "customer_id", &mut errors);
        let mut tenant = None;
        if let Some(Json::String(text)) = fields.get("tenant_id") {
            match known.tenant(text, customer.as_deref()) {
                Ok(it) => {
                    if customer.is_none() && !fields.contains_key("customer_id") {
                        customer = known.owner(text, &it);
                    }
                    tenant = Some(it);
                }
                Err(error) => errors.push(wrong("tenant_id", error)),
            }
        }
        if let Some(it) = &tenant {
            fields.insert("tenant_id".into(), it.id.to_string().into());
        }
        if let Some(it) = &customer {
            fields.insert("customer_id".into(), it.id.to_string().into());
        }
        if let (Some(tenant), Some(customer)) = (&tenant, &customer)
            && tenant.customer_id != customer.id
        {
            errors.push(other_tenant());
        }
        if errors.is_empty() {
            Ok(Links { customer, tenant })
        } else {
            Err(errors)
        }
    }

    fn lacks(links: &Links) -> Option<FieldError> {
        below::lacks(links.customer.as_deref())
    }

    fn make(_: &Scope, links: Links, input: SiteInput) -> Result<NewSite, FieldError> {
        if links.tenant.is_some_and(|it| it.archived_at.is_some()) {
            return Err(archived_tenant());
        }
        let customer = links.customer.ok_or_else(below::missing)?;
        Ok(NewSite { customer, input })
    }

    fn place(_: &Scope, new: &NewSite) -> Place {
        below::place(&new.customer)
    }

    fn edit(
        before: &Self,
        links: Links,
        mut input: SiteInput,
    ) -> Result<(SiteInput, Vec<Change>), FieldError> {
        below::stays(before.customer_id, links.customer.as_deref())?;
        // Cleared means: keep; a site always has both.
        if input.site_id.is_empty() {
            input.site_id = before.input.site_id.clone();
        }
        input.tenant_id = input.tenant_id.or(before.input.tenant_id);
        let mut after = before.clone();
        if let Some(tenant) = links.tenant
            && input.tenant_id != before.input.tenant_id
        {
            if tenant.customer_id != before.customer_id {
                return Err(other_tenant());
            }
            if tenant.archived_at.is_some() {
                return Err(archived_tenant());
            }
            after.tenant_name = tenant.name;
        }
        after.input = input;
        let changes = changes(Some(before), Some(&after));
        Ok((after.input, changes))
    }

    async fn create_all(call: &mut Call, _: &Scope, new: Vec<NewSite>) -> Result<Vec<Event>> {
        let made = site::create_all(call, new).await?;
        Ok(made.iter().map(Event::created).collect())
    }

    async fn change_all(
        call: &mut Call,
        scope: &Scope,
        edits: Vec<(Self, SiteInput)>,
    ) -> Result<Vec<Event>> {
        let mut events = Vec::with_capacity(edits.len());
        for (before, input) in edits {
            let after = Written::update(call, scope, &before, input).await?;
            events.push(Event::changed("update", &before, &after));
        }
        Ok(events)
    }

    fn row_title(fields: &Fields) -> String {
        text_of(fields, "name")
    }
}

/// Tenants in the scope, of which the caller tells which.
async fn homes(call: &mut Call, scope: &Scope, which: impl FnOnce(&mut Sql)) -> Result<Vec<Home>> {
    let mut sql = sql!(
        "select t.id, t.customer_id, t.name, t.name_key, t.archived_at from tenants t where true"
    );
    which(&mut sql);
    scope.filter(&mut sql, &Tenant::list().scope);
    call.query(sql).await
}

fn other_tenant() -> FieldError {
    FieldError::new(
        "/tenant_id",
        "unknown_reference",
        "is no tenant of this customer",
    )
}

fn archived_tenant() -> FieldError {
    FieldError::new(
        "/tenant_id",
        "archived",
        "is archived; unarchive the tenant first",
    )
}
