//! Sites: locations and buildings of customers (spec 1.3, AST-05).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kit::access::{Scope, ScopeColumns};
use kit::call::Call;
use kit::choice;
use kit::conn::{Bind, Kind, Value};
use kit::error::{Blocker, OnConstraint};
use kit::list::{Column, List, Search};
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Line, Name};
use kit::time::{Instant, TimeZone};
use kit::web::{At, Versioned};
use kit::{Columns, Error, Id, Record, Result, event::Event, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::customers::Customer;
use crate::customers::rollup::{self, Counter};
use crate::tree::tenant::{Tenant, tenant_list};
use crate::tree::{Provider, Reseller, customer_list, place};
use crate::values::{Country, Degrees};
use crate::written::Written;

choice! {
    pub enum SiteKind {
        Office = "office" "Office",
        HospitalBuilding = "hospital_building" "Hospital building",
        Branch = "branch" "Branch",
        DataCentre = "data_centre" "Data centre",
        Warehouse = "warehouse" "Warehouse",
        Home = "home" "Home",
        Other = "other" "Other",
    }
}

choice! {
    pub enum SiteStatus {
        Planned = "planned" "Planned",
        Active = "active" "Active",
        Closed = "closed" "Closed",
    }
}

/// A site; “location” is the same record.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Site {
    pub id: Id<Site>,
    pub provider_id: Id<Provider>,
    pub reseller_id: Option<Id<Reseller>>,
    pub customer_id: Id<Customer>,
    pub customer_name: String,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: SiteInput,
    pub tenant_name: String,
    pub archived_at: Option<Instant>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a site.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone)]
pub struct SiteInput {
    pub name: Name,
    /// A tenant of the same customer; the default one when absent.
    #[serde(default)]
    pub tenant_id: Option<Id<Tenant>>,
    /// Unique in its customer; generated when empty.
    #[serde(default)]
    pub site_id: Line<100>,
    #[serde(default)]
    pub external_id: Line<100>,
    #[serde(default = "office")]
    pub kind: SiteKind,
    #[serde(default = "active")]
    pub status: SiteStatus,
    #[serde(default)]
    pub address_line1: Line<255>,
    #[serde(default)]
    pub address_line2: Line<255>,
    #[serde(default)]
    pub city: Line<255>,
    #[serde(default)]
    pub state: Line<255>,
    #[serde(default)]
    pub postal_code: Line<255>,
    #[serde(default)]
    pub country: Option<Country>,
    #[serde(default)]
    pub region: Line<100>,
    /// Degrees north; negative is south.
    #[serde(default)]
    pub latitude: Option<Degrees>,
    /// Degrees east; negative is west.
    #[serde(default)]
    pub longitude: Option<Degrees>,
    /// The tenant's holds when unset.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
}

fn office() -> SiteKind {
    SiteKind::Office
}
fn active() -> SiteStatus {
    SiteStatus::Active
}

/// A new site, and the customer it belongs to.
#[derive(Deserialize, Serialize, JsonSchema, Clone)]
pub struct SiteCreate {
    pub customer_id: Id<Customer>,
    #[serde(flatten)]
    pub input: SiteInput,
}

const COLUMNS: &[Column] = &[
    Column::text("name", "Name", "s.name_key")
        .keyed("s.name_key")
        .shown()
        .customer()
        .searched()
        .width(240),
    Column::text("site_id", "Site ID", "s.site_id_key")
        .keyed("s.site_id_key")
        .shown()
        .customer()
        .searched()
        .width(120),
    Column::reference(
        "customer_id",
        "Customer",
        "s.customer_id",
        customer_list,
        "customer_name",
    )
    .sorted_by("c.name_key")
    .shown()
    .width(240),
    Column::choice("kind", "Kind", "s.kind", SiteKind::ALL)
        .shown()
        .customer()
        .width(130),
    Column::choice("status", "Status", "s.status", SiteStatus::ALL)
        .shown()
        .customer()
        .width(100),
    Column::text("city", "City", "s.city")
        .sorted_by("s.city")
        .shown()
        .customer()
        .searched()
        .width(140),
    Column::text("country", "Country", "s.country")
        .sorted_by("s.country")
        .shown()
        .customer()
        .width(100),
    Column::reference(
        "tenant_id",
        "Tenant",
        "s.tenant_id",
        tenant_list,
        "tenant_name",
    )
    .sorted_by("t.name_key")
    .customer()
    .width(180),
    Column::text("region", "Region", "s.region")
        .sorted_by("s.region")
        .customer()
        .width(130),
    Column::text("state", "State", "s.state")
        .sorted_by("s.state")
        .customer()
        .searched()
        .width(130),
    Column::text("address_line1", "Address line 1", "s.address_line1")
        .customer()
        .width(180),
    Column::text("address_line2", "Address line 2", "s.address_line2")
        .customer()
        .width(150),
    Column::text("postal_code", "Postal code", "s.postal_code")
        .sorted_by("s.postal_code")
        .customer()
        .width(100),
    Column::text("external_id", "External ID", "s.external_id")
        .sorted_by("s.external_id")
        .customer()
        .searched()
        .width(130),
    Column::text("latitude", "Latitude", "s.latitude")
        .customer()
        .plain()
        .width(100),
    Column::text("longitude", "Longitude", "s.longitude")
        .customer()
        .plain()
        .width(100),
    Column::text("time_zone", "Time zone", "s.time_zone")
        .sorted_by("s.time_zone")
        .customer()
        .width(150),
    Column::instant("archived_at", "Archived", "s.archived_at")
        .sorted_by("coalesce(s.archived_at, 0)")
        .customer(),
    Column::instant("created_at", "Added", "s.created_at")
        .customer()
        .shown()
        .width(150),
    Column::instant("updated_at", "Modified", "s.updated_at")
        .customer()
        .width(150),
    Column::id("id", "Id", "s.id").customer(),
];

pub static LIST: List = List {
    name: "sites",
    select: "s.*, c.name as customer_name, t.name as tenant_name",
    from: "sites s join customers c on c.id = s.customer_id join tenants t on t.id = s.tenant_id",
    always: "c.deleted_at is null",
    id: "s.id",
    columns: COLUMNS,
    sort: "name",
    scope: ScopeColumns {
        provider: "s.provider_id = ?",
        reseller: "s.reseller_id = ?",
        customer: "s.customer_id = ?",
    },
    archived: Some("s.archived_at"),
    search: Some(Search {
        table: "sites",
        alias: "s",
        text: "s.search_text",
    }),
    expand: &[
        ("customer", "customer_id", "customer_name"),
        ("tenant", "tenant_id", "tenant_name"),
    ],
};

/// For columns that refer to sites.
pub fn site_list() -> &'static List {
    &LIST
}

impl Resource for Site {
    const NAME: &'static str = "sites";
    const ONE: &'static str = "site";
    const STATES: &'static [&'static str] = &["archived_at"];
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

impl Editable for Site {
    type Input = SiteInput;
    const TABLE: &'static str = "sites";
}

impl Written for Site {
    type New = SiteCreate;

    async fn create(call: &mut Call, scope: &Scope, new: SiteCreate) -> Result<(Self, Vec<Event>)> {
        let customer = place::customer(call, scope, new.customer_id).await?;
        let site = create(call, customer, new.input).await?;
        let event = Event::created(&site);
        Ok((site, event.into()))
    }

    /// It may move to another tenant of its customer.
    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        mut input: SiteInput,
    ) -> Result<Self> {
        check_writable(call, before).await?;
        if input.tenant_id != before.input.tenant_id {
            input.tenant_id = Some(tenant(call, before.customer_id, input.tenant_id).await?);
        }
        if input.site_id.is_empty() {
            // Cleared means: keep; a site always has one.
            input.site_id = before.input.site_id.clone();
        }
        told(store::save(call, scope, before, written(&input)).await)
    }

    async fn delete(call: &mut Call, _: &Scope, before: &Self) -> Result<Vec<Event>> {
        check_writable(call, before).await?;
        let devices = sql!("select count(*) from devices where site_id = $1", before.id);
        let devices = call.count(devices).await?;
        if devices > 0 {
            let blocker = Blocker {
                kind: "devices".into(),
                label: "Devices".into(),
                count: devices,
                href: format!("/devices?site_id={}", before.id),
            };
            let detail = format!(
                "{} still has devices. Move them to another site first.",
                before.title()
            );
            return Err(Error::Conflict {
                code: "in_use",
                detail,
                blockers: vec![blocker],
            });
        }
        store::delete(call, before).await?;
        rollup::add(call, before.customer_id, Counter::Sites, -1).await?;
        Ok(Event::deleted(before).into())
    }
}

/// The store function of the API and of the demo.
pub async fn create(call: &mut Call, customer: Customer, input: SiteInput) -> Result<Site> {
    let new = NewSite {
        customer: Arc::new(customer),
        input,
    };
    let mut made = create_all(call, vec![new]).await?;
    made.pop().ok_or(Error::NotFound)
}

/// A site to be; without a tenant it goes to the default one.
pub struct NewSite {
    pub customer: Arc<Customer>,
    pub input: SiteInput,
}

/// The columns of the table that no input has, in the order of [`row`].
const EXTRA: &[&str] = &[
    "id",
    "provider_id",
    "reseller_id",
    "customer_id",
    "name_key",
    "site_id_key",
    "search_text",
    "archived_at",
    "version",
    "created_at",
    "updated_at",
];

const ALL: &[&str; SiteInput::COLUMNS.len() + EXTRA.len()] =
    &kit::conn::concat(&[SiteInput::COLUMNS, EXTRA]);

fn row(it: &Site) -> Vec<Value> {
    let mut row = it.input.values();
    row.extend([
        it.id.to_value(),
        it.provider_id.to_value(),
        it.reseller_id.to_value(),
        it.customer_id.to_value(),
        text::key(&it.input.name).to_value(),
        text::key(&it.input.site_id).to_value(),
        search_text(&it.input).to_value(),
        it.archived_at.to_value(),
        it.version.to_value(),
        it.created_at.to_value(),
        it.updated_at.to_value(),
    ]);
    row
}

/// Adds sites, many at once: each to the tenant named, if it is one of its customer's and not
/// archived, else to the default one.
pub async fn create_all(call: &mut Call, mut new: Vec<NewSite>) -> Result<Vec<Site>> {
    let tenants = tenants_of(call, &new).await?;
    let mut counts = HashMap::new();
    for it in &new {
        *counts.entry(it.customer.id).or_default() += 1;
    }
    // Counting comes first: nobody else numbers these customers' sites meanwhile.
    let after = rollup::add_all(call, Counter::Sites, counts.clone()).await?;
    let before = |id| after.get(&id).copied().unwrap_or(0) - counts.get(&id).copied().unwrap_or(0);
    number(call, &mut new, before).await?;
    let mut made = Vec::with_capacity(new.len());
    for NewSite {
        customer,
        mut input,
    } in new
    {
        let tenant = tenants.iter().find(|it| {
            it.customer_id == customer.id && input.tenant_id.map_or(it.is_default, |id| it.id == id)
        });
        let tenant = tenant.ok_or_else(no_tenant)?;
        input.tenant_id = Some(tenant.id);
        made.push(Site {
            id: Id::new(call.now),
            provider_id: customer.provider_id,
            reseller_id: customer.reseller_id,
            customer_id: customer.id,
            customer_name: customer.input.name.to_string(),
            input,
            tenant_name: tenant.name.clone(),
            archived_at: None,
            version: 1,
            created_at: call.now,
            updated_at: call.now,
        });
    }
    told(
        call.insert_all("sites", ALL, made.iter().map(row).collect())
            .await,
    )?;
    Ok(made)
}

/// A tenant that sites can go to.
#[derive(Record)]
struct Home {
    id: Id<Tenant>,
    customer_id: Id<Customer>,
    name: String,
    is_default: bool,
}

async fn tenants_of(call: &mut Call, new: &[NewSite]) -> Result<Vec<Home>> {
    let customers: HashSet<_> = new.iter().map(|it| it.customer.id).collect();
    let named: HashSet<_> = new.iter().filter_map(|it| it.input.tenant_id).collect();
    let mut sql =
        sql!("select id, customer_id, name, is_default from tenants where archived_at is null");
    sql.and_in(
        "customer_id",
        customers.iter().map(Bind::to_value).collect(),
    );
    sql.push(" and (is_default or (true");
    sql.and_in("id", named.iter().map(Bind::to_value).collect());
    sql.push("))");
    call.query(sql).await
}

fn no_tenant() -> Error {
    Error::field(
        "/tenant_id",
        "unknown_reference",
        "is no tenant of this customer",
    )
}

/// The most ids that are looked at in one statement.
const WINDOW: i64 = 4_096;

/// Gives `S-1`, `S-2` … to sites without an id: the next after the number of sites there were
/// `before`; those in use are skipped.
async fn number(
    call: &mut Call,
    new: &mut [NewSite],
    before: impl Fn(Id<Customer>) -> i64,
) -> Result<()> {
    let mut waiting: HashMap<Id<Customer>, Vec<&mut SiteInput>> = HashMap::new();
    let mut typed: HashSet<(Id<Customer>, String)> = HashSet::new();
    for it in new {
        match it.input.site_id.is_empty() {
            true => waiting
                .entry(it.customer.id)
                .or_default()
                .push(&mut it.input),
            false => _ = typed.insert((it.customer.id, text::key(&it.input.site_id))),
        }
    }
    // The first row takes the first number.
    waiting.values_mut().for_each(|it| it.reverse());
    let mut from: HashMap<Id<Customer>, i64> = HashMap::new();
    let mut window = 1;
    while !waiting.is_empty() {
        let mut asked = vec![];
        let mut candidates = vec![];
        for (customer, inputs) in &waiting {
            let next = *from
                .entry(*customer)
                .or_insert_with(|| before(*customer) + 1);
            let wanted = i64::try_from(inputs.len()).unwrap_or(WINDOW).max(window);
            from.insert(*customer, next + wanted);
            asked.push(customer.to_value());
            candidates.extend((next..next + wanted).map(|n| (*customer, format!("S-{n}"))));
        }
        let keys: HashSet<String> = candidates.iter().map(|it| text::key(&it.1)).collect();
        let keys: Vec<String> = keys.into_iter().collect();
        for part in keys.chunks(4_096) {
            let mut sql = sql!("select customer_id, site_id_key from sites where true");
            sql.and_in("customer_id", asked.clone());
            sql.and_in("site_id_key", part.iter().map(Bind::to_value).collect());
            typed.extend(call.query::<(Id<Customer>, String)>(sql).await?);
        }
        for (customer, id) in candidates {
            if typed.contains(&(customer, text::key(&id))) {
                continue;
            }
            if let Some(input) = waiting.get_mut(&customer).and_then(Vec::pop) {
                input.site_id =
                    Line::parse(&id).map_err(|it| Error::field("/site_id", "invalid", it))?;
            }
        }
        waiting.retain(|_, it| !it.is_empty());
        window = (window * 4).min(WINDOW);
    }
    Ok(())
}

/// The tenant named, if it is one of the customer's and not archived; else the default one.
async fn tenant(
    call: &mut Call,
    customer: Id<Customer>,
    named: Option<Id<Tenant>>,
) -> Result<Id<Tenant>> {
    let sql = match named {
        Some(id) => sql!(
            "select id from tenants where customer_id = $1 and archived_at is null and id = $2",
            customer,
            id
        ),
        None => sql!(
            "select id from tenants where customer_id = $1 and is_default",
            customer
        ),
    };
    let found: Option<(Id<Tenant>,)> = call.query_optional(sql).await?;
    found.map(|(id,)| id).ok_or_else(no_tenant)
}

async fn check_writable(call: &mut Call, site: &Site) -> Result<()> {
    let customer = call.find(&Scope::everywhere(), site.customer_id).await?;
    customer.check_writable()
}

/// Archives a site: it leaves lists and pickers.
pub async fn site_archive(call: Call, at: At<Site>) -> Result<Versioned<Site>> {
    set_archived(call, at, true).await
}

/// Takes a site back from the archive.
pub async fn site_unarchive(call: Call, at: At<Site>) -> Result<Versioned<Site>> {
    set_archived(call, at, false).await
}

async fn set_archived(mut call: Call, At(id): At<Site>, archived: bool) -> Result<Versioned<Site>> {
    let scope = call.allow::<Site>("update")?;
    let before = call.find(&scope, id).await?;
    check_writable(&mut call, &before).await?;
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

fn written(input: &SiteInput) -> Vec<(&'static str, Value)> {
    let mut set = input.set();
    set.push(("name_key", text::key(&input.name).to_value()));
    set.push(("site_id_key", text::key(&input.site_id).to_value()));
    set.push(("search_text", search_text(input).to_value()));
    set
}

fn search_text(input: &SiteInput) -> String {
    text::search_lines([
        input.name.as_str(),
        &input.site_id,
        &input.external_id,
        &input.city,
        &input.state,
        &input.region,
    ])
}

fn told<T>(outcome: Result<T>) -> Result<T> {
    outcome.on(
        Kind::Unique,
        "sites_site_id_unique",
        "/site_id",
        "taken",
        "is the id of another site of this customer",
    )
}
