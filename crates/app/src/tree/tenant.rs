//! Tenants: the data layer between customer and site (spec 1.1). Every customer has a default one.

use std::collections::HashMap;
use std::sync::Arc;

use kit::access::{Scope, ScopeColumns};
use kit::call::Call;
use kit::conn::{Bind, Kind, Sql, Value};
use kit::error::{Blocker, OnConstraint};
use kit::list::{Column, List, Search};
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Name};
use kit::time::{Instant, TimeZone};
use kit::web::{At, Versioned};
use kit::{Columns, Error, Id, Record, Result, event::Event, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::customers::Customer;
use crate::customers::rollup::{self, Counter};
use crate::licences::zones::{self, Whose};
use crate::tree::{Provider, Reseller, customer_list, place};
use crate::values::Language;
use crate::written::Written;

/// A tenant.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Tenant {
    pub id: Id<Tenant>,
    pub provider_id: Id<Provider>,
    pub reseller_id: Option<Id<Reseller>>,
    pub customer_id: Id<Customer>,
    pub customer_name: String,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: TenantInput,
    /// The customer's default tenant cannot be deleted; another can be made the default.
    pub is_default: bool,
    pub sites_count: i64,
    pub archived_at: Option<Instant>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a tenant.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone)]
pub struct TenantInput {
    /// Unique in its customer.
    pub name: Name,
    /// The customer's holds when unset.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    #[serde(default)]
    pub language: Option<Language>,
}

/// A new tenant, and the customer it belongs to.
#[derive(Deserialize, Serialize, JsonSchema, Clone)]
pub struct TenantCreate {
    pub customer_id: Id<Customer>,
    #[serde(flatten)]
    pub input: TenantInput,
}

const COLUMNS: &[Column] = &[
    Column::text("name", "Name", "t.name_key")
        .keyed("t.name_key")
        .shown()
        .customer()
        .searched()
        .width(260),
    Column::reference(
        "customer_id",
        "Customer",
        "t.customer_id",
        customer_list,
        "customer_name",
    )
    .sorted_by("c.name_key")
    .shown()
    .width(260),
    Column::boolean("is_default", "Default", "t.is_default")
        .shown()
        .customer()
        .width(90),
    Column::integer(
        "sites_count",
        "Sites",
        "(select count(*) from sites x where x.tenant_id = t.id)",
    )
    .shown()
    .customer()
    .width(80),
    Column::text("time_zone", "Time zone", "t.time_zone")
        .sorted_by("t.time_zone")
        .shown()
        .customer()
        .width(170),
    Column::choice("language", "Language", "t.language", Language::ALL)
        .customer()
        .width(100),
    Column::instant("archived_at", "Archived", "t.archived_at")
        .sorted_by("coalesce(t.archived_at, 0)")
        .customer(),
    Column::instant("created_at", "Added", "t.created_at")
        .shown()
        .customer()
        .width(150),
    Column::instant("updated_at", "Modified", "t.updated_at")
        .customer()
        .width(150),
    Column::id("id", "Id", "t.id").customer(),
];

pub static LIST: List = List {
    name: "tenants",
    select: "t.*, c.name as customer_name, (select count(*) from sites x where x.tenant_id = t.id) as sites_count",
    from: "tenants t join customers c on c.id = t.customer_id",
    always: "c.deleted_at is null",
    id: "t.id",
    columns: COLUMNS,
    sort: "name",
    scope: ScopeColumns {
        provider: "t.provider_id = ?",
        reseller: "t.reseller_id = ?",
        customer: "t.customer_id = ?",
    },
    archived: Some("t.archived_at"),
    search: Some(Search {
        table: "tenants",
        alias: "t",
        text: "t.search_text",
    }),
    expand: &[("customer", "customer_id", "customer_name")],
};

/// For columns that refer to tenants.
pub fn tenant_list() -> &'static List {
    &LIST
}

impl Resource for Tenant {
    const NAME: &'static str = "tenants";
    const ONE: &'static str = "tenant";
    const STATES: &'static [&'static str] = &["is_default", "archived_at"];
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
        Owner::provider(self.provider_id.uuid())
            .reseller(self.reseller_id.map(Id::uuid))
            .customer(self.customer_id.uuid())
    }
}

impl Editable for Tenant {
    type Input = TenantInput;
    const TABLE: &'static str = "tenants";
}

const INSERTED: &[&str] = &[
    "id",
    "provider_id",
    "reseller_id",
    "customer_id",
    "name",
    "name_key",
    "search_text",
    "time_zone",
    "language",
    "is_default",
    "archived_at",
    "version",
    "created_at",
    "updated_at",
];

fn row(
    call: &Call,
    id: Id<Tenant>,
    customer: &Customer,
    input: &TenantInput,
    is_default: bool,
) -> Vec<Value> {
    vec![
        id.to_value(),
        customer.provider_id.to_value(),
        customer.reseller_id.to_value(),
        customer.id.to_value(),
        input.name.as_str().to_value(),
        text::key(&input.name).to_value(),
        text::search_text(&input.name).to_value(),
        input.time_zone.as_ref().to_value(),
        input.language.to_value(),
        is_default.to_value(),
        None::<Instant>.to_value(),
        1_i64.to_value(),
        call.now.to_value(),
        call.now.to_value(),
    ]
}

/// The default tenants of new customers: their names are copied once, and independent from then on.
pub async fn create_defaults(call: &mut Call, customers: &[Customer]) -> Result<()> {
    let rows = customers.iter().map(|it| {
        let input = TenantInput {
            name: it.input.name.clone(),
            time_zone: None,
            language: None,
        };
        row(call, Id::new(call.now), it, &input, true)
    });
    let rows = rows.collect();
    call.insert_all("tenants", INSERTED, rows).await?;
    Ok(())
}

impl Written for Tenant {
    type New = TenantCreate;

    async fn create(
        call: &mut Call,
        scope: &Scope,
        new: TenantCreate,
    ) -> Result<(Self, Vec<Event>)> {
        let customer = place::customer(call, scope, new.customer_id).await?;
        let tenant = create(call, customer, new.input).await?;
        let event = Event::created(&tenant);
        Ok((tenant, event.into()))
    }

    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: TenantInput,
    ) -> Result<Self> {
        check_writable(call, before).await?;
        let mut set = input.set();
        set.push(("name_key", text::key(&input.name).to_value()));
        set.push(("search_text", text::search_text(&input.name).to_value()));
        let moved = input.time_zone != before.input.time_zone;
        let after = told(store::save(call, scope, before, set).await)?;
        if moved {
            zones::changed(call, Whose::Customer(before.customer_id)).await?;
        }
        Ok(after)
    }

    /// Only one that has no sites and is not the default one.
    async fn delete(call: &mut Call, _: &Scope, before: &Self) -> Result<Vec<Event>> {
        check_writable(call, before).await?;
        if before.is_default {
            return Err(Error::conflict(
                "default_tenant",
                "The default tenant cannot be deleted. Make another one the default first.",
            ));
        }
        let counts = [
            (
                "sites",
                "Sites",
                "&archived=any",
                sql!("select count(*) from sites where tenant_id = $1", before.id),
            ),
            (
                "devices",
                "Devices",
                "",
                sql!(
                    "select count(*) from devices where tenant_id = $1",
                    before.id
                ),
            ),
            (
                "licence_blocks",
                "Licence blocks",
                "",
                sql!(
                    "select count(*) from licence_blocks where tenant_id = $1",
                    before.id
                ),
            ),
        ];
        let mut blockers = vec![];
        for (kind, label, more, sql) in counts {
            let count = call.count(sql).await?;
            if count > 0 {
                blockers.push(Blocker {
                    kind: kind.into(),
                    label: label.into(),
                    count,
                    href: format!("/{}?tenant_id={}{more}", kind.replace('_', "-"), before.id),
                });
            }
        }
        if !blockers.is_empty() {
            let what: Vec<_> = blockers.iter().map(|it| it.label.to_lowercase()).collect();
            let detail = format!(
                "{} still has {}. Move them to another tenant or delete them first.",
                before.title(),
                what.join(", ")
            );
            return Err(Error::Conflict {
                code: "in_use",
                detail,
                blockers,
            });
        }
        // What is left of licences that nobody uses any more.
        for text in [
            "delete from device_counts where tenant_id = $1",
            "delete from overuse_cases where tenant_id = $1",
            "delete from licence_pool_days where pool_id in (select id from licence_pools where tenant_id = $1)",
            "delete from licence_pools where tenant_id = $1",
        ] {
            let mut sql = Sql::new(text);
            sql.add(before.id);
            call.execute(sql).await?;
        }
        store::delete(call, before).await?;
        rollup::add(call, before.customer_id, Counter::Tenants, -1).await?;
        Ok(Event::deleted(before).into())
    }
}

/// The store function of the API and of the demo.
pub async fn create(call: &mut Call, customer: Customer, input: TenantInput) -> Result<Tenant> {
    let new = NewTenant {
        customer: Arc::new(customer),
        input,
    };
    let mut made = create_all(call, vec![new]).await?;
    made.pop().ok_or(Error::NotFound)
}

/// A tenant to be.
pub struct NewTenant {
    pub customer: Arc<Customer>,
    pub input: TenantInput,
}

/// Adds tenants, many at once.
pub async fn create_all(call: &mut Call, new: Vec<NewTenant>) -> Result<Vec<Tenant>> {
    let mut counts = HashMap::new();
    let mut rows = Vec::with_capacity(new.len());
    let mut made = Vec::with_capacity(new.len());
    for NewTenant { customer, input } in new {
        let id = Id::new(call.now);
        rows.push(row(call, id, &customer, &input, false));
        *counts.entry(customer.id).or_default() += 1;
        made.push(Tenant {
            id,
            provider_id: customer.provider_id,
            reseller_id: customer.reseller_id,
            customer_id: customer.id,
            customer_name: customer.input.name.to_string(),
            input,
            is_default: false,
            sites_count: 0,
            archived_at: None,
            version: 1,
            created_at: call.now,
            updated_at: call.now,
        });
    }
    told(call.insert_all("tenants", INSERTED, rows).await)?;
    rollup::add_all(call, Counter::Tenants, counts).await?;
    Ok(made)
}

async fn check_writable(call: &mut Call, tenant: &Tenant) -> Result<()> {
    let customer = call.find(&Scope::everywhere(), tenant.customer_id).await?;
    customer.check_writable()
}

/// Makes this the tenant that new sites go to when none is named.
pub async fn tenant_make_default(mut call: Call, At(id): At<Tenant>) -> Result<Versioned<Tenant>> {
    let scope = call.allow::<Tenant>("update")?;
    let before = call.find(&scope, id).await?;
    check_writable(&mut call, &before).await?;
    if before.is_default {
        return Ok(Versioned(before));
    }
    if before.archived_at.is_some() {
        return Err(Error::conflict(
            "archived",
            "An archived tenant cannot be the default one. Unarchive it first.",
        ));
    }
    let mut sql = store::assign("tenants", call.now, vec![("is_default", false.to_value())]);
    sql.and("customer_id = ?", before.customer_id)
        .and("is_default = ?", true);
    call.execute(sql).await?;
    let after = store::save(
        &mut call,
        &scope,
        &before,
        vec![("is_default", true.to_value())],
    )
    .await?;
    call.updated("make_default", &before, after).await
}

/// Archives a tenant: it leaves lists and pickers.
pub async fn tenant_archive(call: Call, at: At<Tenant>) -> Result<Versioned<Tenant>> {
    set_archived(call, at, true).await
}

/// Takes a tenant back from the archive.
pub async fn tenant_unarchive(call: Call, at: At<Tenant>) -> Result<Versioned<Tenant>> {
    set_archived(call, at, false).await
}

async fn set_archived(
    mut call: Call,
    At(id): At<Tenant>,
    archived: bool,
) -> Result<Versioned<Tenant>> {
    let scope = call.allow::<Tenant>("update")?;
    let before = call.find(&scope, id).await?;
    check_writable(&mut call, &before).await?;
    if archived && before.is_default {
        return Err(Error::conflict(
            "default_tenant",
            "The default tenant cannot be archived. Make another one the default first.",
        ));
    }
    if before.archived_at.is_some() == archived {
        return Ok(Versioned(before));
    }
    let at = archived.then_some(call.now);
    let after = store::save(
        &mut call,
        &scope,
        &before,
        vec![("archived_at", at.to_value())],
    )
    .await?;
    call.updated(
        if archived { "archive" } else { "unarchive" },
        &before,
        after,
    )
    .await
}

fn told<T>(outcome: Result<T>) -> Result<T> {
    outcome.on(
        Kind::Unique,
        "tenants_name_unique",
        "/name",
        "taken",
        "is the name of another tenant of this customer",
    )
}
