//! Sites from files.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use kit::access::{Place, Scope};
use kit::call::Call;
use kit::conn::Sql;
use kit::error::FieldError;
use kit::event::{Change, Event, changes};
use kit::resource::Resource;
use kit::{Result, sql};
use serde_json::Value as Json;
use uuid::Uuid;

use super::below;
use crate::customers::Customer;
use crate::exchange::import::children::{Child, Children, TENANTS, other_customer};
use crate::exchange::import::columns::{Words, columns};
use crate::exchange::import::object::{Fields, ImportColumn, Importable, Key, text_of};
use crate::exchange::import::path;
use crate::exchange::import::refer::{Lookup, customers, texts, wrong};
use crate::tree::Site;
use crate::tree::site::{self, NewSite, SiteInput};
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
        below::TENANT_ALIASES,
        ("state", &["province", "state or province"]),
        ("kind", &["type", "site type"]),
        ("latitude", &["lat"]),
        ("longitude", &["lon", "lng", "long"]),
    ],
};

/// What a chunk's rows refer to.
pub struct Known {
    customers: Lookup<Arc<Customer>>,
    tenants: Children,
}

/// What one row refers to.
pub struct Links {
    customer: Option<Arc<Customer>>,
    tenant: Option<Child>,
}

impl Known {
    /// The customer that a tenant brings along: that of its path, or of its id.
    fn owner(&self, text: &str, tenant: &Child) -> Option<Arc<Customer>> {
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
        let tenants = Children::by_id(call, &TENANTS, target, &named).await?;
        // Tenants may bring their customers: those of ids, and those in paths.
        let owners: HashSet<String> = tenants.owners().map(|it| it.to_string()).collect();
        let above = named.iter().filter_map(|it| path::above(it)).map(|it| it.0);
        let mut all = texts(rows, "customer_id");
        all.extend(above.chain(owners.iter().map(String::as_str)));
        let customers = customers(call, target, &all).await?;
        let ids = all.iter().filter_map(|it| customers.get(it).ok());
        let ids = ids.map(|it| it.id).collect();
        let tenants = tenants
            .and_by_name(call, &TENANTS, target, &named, &ids)
            .await?;
        Ok(Known { customers, tenants })
    }

    fn link(known: &Known, _: &Scope, fields: &mut Fields) -> Result<Links, Vec<FieldError>> {
        let mut errors = vec![];
        let mut customer = known.customers.of(fields, "customer_id", &mut errors);
        let mut tenant = None;
        if let Some(Json::String(text)) = fields.get("tenant_id") {
            match known
                .tenants
                .get(text, customer.as_deref(), &known.customers)
            {
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
            errors.push(other_customer("tenant_id"));
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

    fn make(_: &Scope, links: Links, input: SiteInput) -> Result<NewSite, Vec<FieldError>> {
        if links.tenant.is_some_and(|it| it.archived_at.is_some()) {
            return Err(below::archived_tenant().into());
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
    ) -> Result<(SiteInput, Vec<Change>), Vec<FieldError>> {
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
                return Err(other_customer("tenant_id").into());
            }
            if tenant.archived_at.is_some() {
                return Err(below::archived_tenant().into());
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
