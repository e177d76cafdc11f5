//! The customer record: its fields (spec 2.1), its columns (GRID-01), its handlers.

use kit::access::{Scope, ScopeColumns};
use kit::body::Body;
use kit::call::Call;
use kit::choice;
use kit::date::Date;
use kit::list::{Column, List, Search};
use kit::many::Many;
use kit::resource::{Editable, Owner, Resource};
use kit::text::{Line, Name};
use kit::time::{Instant, TimeZone};
use kit::web::Created;
use kit::{Columns, Error, Id, Record, Result, event::Event};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::first_blocks::{self, FirstBlock};
use super::local_admin::{self, LocalAdmin};
use super::{deletion, services, store};
use crate::licences::Product;
use crate::people::{contact::Contact, contact::contact_list, user::User, user::user_list};
use crate::tree::inherited;
use crate::tree::policies::Terms;
use crate::tree::{Provider, Reseller, place, reseller};
use crate::values::{CompanySize, Country, Currency, Domain, ExternalId, Industry, Language};
use crate::written::Written;

choice! {
    pub enum Stage {
        Prospect = "prospect" "Prospect",
        Customer = "customer" "Customer",
        Former = "former" "Former",
    }
}

choice! {
    /// ACC-11.
    pub enum Access {
        Enabled = "enabled" "Enabled",
        Disabled = "disabled" "Disabled",
    }
}

choice! {
    /// ACC-12.
    pub enum AccessMode {
        NoAccess = "no_access" "No access",
        FullAccess = "full_access" "Full access",
    }
}

choice! {
    /// Who manages the customer, and since when (spec 4): none under the house provider.
    pub enum Management {
        None = "none" "Direct",
        Active = "active" "Managed",
        Pending = "pending" "Pending",
        Rejected = "rejected" "Rejected",
    }
}

choice! {
    /// Derived from management, archiving and access, to sort and filter by.
    pub enum Status {
        Pending = "pending" "Pending",
        Rejected = "rejected" "Rejected",
        Archived = "archived" "Archived",
        Disabled = "disabled" "Disabled",
        Active = "active" "Active",
    }
}

choice! {
    /// How the customer's licence blocks stand (GRID-02).
    pub enum LicenceStatus {
        Expired = "expired" "Expired",
        Expiring = "expiring" "Expiring",
        Good = "good" "Good",
    }
}

/// A customer: an organisation or person that has bought, may buy, or is managed.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Customer {
    pub id: Id<Customer>,
    pub provider_id: Id<Provider>,
    pub provider_name: String,
    pub reseller_id: Option<Id<Reseller>>,
    pub reseller_name: Option<String>,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: CustomerInput,
    pub owner_name: Option<String>,
    pub billing_contact_name: Option<String>,
    /// What the services are called, in the order of their names.
    pub service_names: String,
    /// The super admin's name, the first of several.
    pub super_admin: Option<String>,
    /// What an organisation tells a provider that asks to manage it (spec 4).
    pub link_code: String,
    pub management: Management,
    pub status: Status,
    pub archived_at: Option<Instant>,
    pub tenants_count: i64,
    pub sites_count: i64,
    pub contacts_count: i64,
    pub users_count: i64,
    /// Active and suspended devices.
    pub devices_count: i64,
    /// Of its worst pool: the one that is over by most, or has least left (GRID-02).
    pub licences_used: Option<i64>,
    pub licences_purchased: Option<i64>,
    pub licence_product: Option<String>,
    /// The tenant of the worst pool; none: Global.
    pub licence_tenant: Option<String>,
    /// How many of its pools are over.
    pub pools_over: i64,
    /// What the worst pool is over by; what is left is negative.
    pub licences_excess: Option<i64>,
    pub licence_status: Option<LicenceStatus>,
    /// When the first of its blocks expires that is neither renewed nor marked as not renewed.
    pub licences_expire_on: Option<Date>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a customer.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone, PartialEq)]
pub struct CustomerInput {
    /// Unique in its provider, unless its policy lets names repeat.
    pub name: Name,
    /// Unique in its provider; generated when empty.
    #[serde(default)]
    pub customer_id: Line<100>,
    #[serde(default = "customer")]
    pub stage: Stage,
    /// The user of the provider who looks after this customer.
    #[serde(default)]
    pub owner_id: Option<Id<User>>,
    #[serde(default)]
    pub description: Line<510>,
    /// Shown to platform and provider callers only.
    #[serde(default)]
    pub extended_name: Line<255>,
    /// Shown to platform and provider callers only.
    #[serde(default)]
    pub external_customer_id: Line<100>,
    /// Unique in its provider when set.
    #[serde(default)]
    pub external_id: Option<ExternalId>,
    #[serde(default)]
    pub ref_id: Line<255>,
    #[serde(default)]
    pub crm_id: Line<255>,
    #[serde(default)]
    pub account_id: Line<255>,
    #[serde(default)]
    pub deal_ids: Many<Line<255>>,
    /// The first is primary; inherited when there are none.
    #[serde(default)]
    pub domains: Many<Domain>,
    /// Inherited when unset (TREE-02).
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    /// Inherited when unset.
    #[serde(default)]
    pub language: Option<Language>,
    /// Inherited when unset.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Shown apart in licence reports.
    #[serde(default)]
    pub public_sector: bool,
    /// Left out of billing.
    #[serde(default)]
    pub inactive_billing: bool,
    #[serde(default)]
    pub company_size: Option<CompanySize>,
    #[serde(default)]
    pub industries: Many<Industry>,
    #[serde(default)]
    pub website: Line<255>,
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
    pub billing_line1: Line<255>,
    #[serde(default)]
    pub billing_line2: Line<255>,
    #[serde(default)]
    pub billing_city: Line<255>,
    #[serde(default)]
    pub billing_state: Line<255>,
    #[serde(default)]
    pub billing_postal_code: Line<255>,
    #[serde(default)]
    pub billing_country: Option<Country>,
    /// The contact linked with the role billing.
    #[serde(default)]
    #[columns(skip)]
    pub billing_contact_id: Option<Id<Contact>>,
    /// Disabled: its users cannot log in (ACC-11).
    #[serde(default = "enabled")]
    pub access: Access,
    /// No access: its users cannot be invited or log in (ACC-12).
    #[serde(default = "full_access")]
    pub access_mode: AccessMode,
    /// What it subscribes to: products of kind service that its provider sells.
    #[serde(default)]
    #[columns(skip)]
    pub services: Many<Id<Product>>,
    #[serde(flatten)]
    #[record(flatten)]
    #[columns(flatten)]
    pub terms: Terms,
}

fn customer() -> Stage {
    Stage::Customer
}
fn enabled() -> Access {
    Access::Enabled
}
fn full_access() -> AccessMode {
    AccessMode::FullAccess
}

/// A new customer, and where it goes.
#[derive(Deserialize, Serialize, JsonSchema, Clone)]
pub struct CustomerCreate {
    /// The caller's own provider or reseller when both are absent; for platform callers the house
    /// provider (TREE-03).
    #[serde(default)]
    pub provider_id: Option<Id<Provider>>,
    #[serde(default)]
    pub reseller_id: Option<Id<Reseller>>,
    #[serde(flatten)]
    pub input: CustomerInput,
}

/// A new customer, perhaps with an admin of its own and what it is sold.
#[derive(Deserialize, JsonSchema)]
pub struct CustomerPost {
    #[serde(flatten)]
    pub new: CustomerCreate,
    /// Off when absent; then nothing of it is kept (CUS-03).
    #[serde(default)]
    pub local_admin: Option<LocalAdmin>,
    /// Licence blocks that it is sold at once.
    #[serde(default)]
    #[schemars(with = "Vec<FirstBlock>")]
    pub blocks: Vec<Map<String, Json>>,
}

impl Customer {
    pub fn name(&self) -> &str {
        &self.input.name
    }

    /// Archived customers are read-only (ACC-15).
    pub fn check_writable(&self) -> Result<()> {
        if self.archived_at.is_some() {
            return Err(Error::conflict(
                "archived",
                format!(
                    "{} is archived and can only be read. Unarchive it first.",
                    self.input.name
                ),
            ));
        }
        Ok(())
    }

    pub fn derive_status(management: Management, archived: bool, access: Access) -> Status {
        match management {
            Management::Pending => Status::Pending,
            Management::Rejected => Status::Rejected,
            _ if archived => Status::Archived,
            _ if access == Access::Disabled => Status::Disabled,
            _ => Status::Active,
        }
    }
}

/// What the worst pool is over by; what is left is negative. Customers without pools come last.
const EXCESS: &str = "coalesce(wl.used - wl.purchased, -10000001)";
const EXPIRE_ON: &str = "coalesce((select min(lb.expiration_date) from licence_blocks lb where lb.customer_id = c.id and lb.state = 'in_force' and lb.renewed_by is null and lb.not_renewed_at is null), '')";

const COLUMNS: &[Column] = &[
    Column::text("customer_id", "Customer ID", "c.customer_id_key")
        .keyed("c.customer_id_key")
        .shown()
        .searched()
        .width(125),
    Column::text("name", "Name", "c.name_key")
        .keyed("c.name_key")
        .shown()
        .searched()
        .width(235),
    Column::choice("status", "Status", "c.status", Status::ALL)
        .shown()
        .width(105),
    Column::choice("stage", "Stage", "c.stage", Stage::ALL).width(100),
    Column::reference("owner_id", "Owner", "c.owner_id", user_list, "owner_name")
        .sorted_by("coalesce(o.name_key, '')")
        .shown()
        .width(150),
    Column::text("service_names", "Services", services::NAMES)
        .customer()
        .width(180),
    // A list of ids: `services=<id>` finds who subscribes to a product.
    Column::list("services", "Service ids", services::IDS).customer(),
    Column::integer("sites_count", "Sites", "ro.sites")
        .shown()
        .customer()
        .width(75),
    Column::integer("devices_count", "Devices", "ro.devices")
        .shown()
        .customer()
        .width(85),
    Column::integer("licences_excess", "Licence usage", EXCESS)
        .shown()
        .width(120),
    Column::choice(
        "licence_status",
        "Licence status",
        "ro.licence_status",
        LicenceStatus::ALL,
    )
    .shown()
    .width(120),
    Column::integer("licences_used", "Licences used", "wl.used")
        .sorted_by("coalesce(wl.used, -1)")
        .customer()
        .width(110),
    Column::integer("licences_purchased", "Licences bought", "wl.purchased")
        .sorted_by("coalesce(wl.purchased, -1)")
        .customer()
        .width(120),
    Column::integer("pools_over", "Pools over", "ro.pools_over")
        .customer()
        .width(100),
    Column::text("licence_product", "Worst pool", "coalesce(wp.name, '')")
        .plain()
        .customer()
        .width(150),
    Column::text(
        "licence_tenant",
        "Worst pool's tenant",
        "coalesce(wt.name, '')",
    )
    .plain()
    .customer()
    .width(150),
    Column::date("licences_expire_on", "Licences expire", EXPIRE_ON).width(130),
    Column::reference(
        "reseller_id",
        "Reseller",
        "c.reseller_id",
        reseller::reseller_list,
        "reseller_name",
    )
    .sorted_by("coalesce(r.name_key, '')")
    .shown()
    .width(150),
    Column::text("country", "Country", "c.country")
        .sorted_by("c.country")
        .shown()
        .width(100),
    Column::instant("created_at", "Added", "c.created_at")
        .shown()
        .width(120),
    Column::instant("updated_at", "Modified", "c.updated_at").width(120),
    Column::text("super_admin", "Super admin", SUPER_ADMIN)
        .searched()
        .width(150),
    Column::integer("tenants_count", "Tenants", "ro.tenants")
        .customer()
        .width(85),
    Column::integer("contacts_count", "Contacts", "ro.contacts")
        .customer()
        .width(90),
    Column::integer("users_count", "Users", "ro.users")
        .customer()
        .width(75),
    Column::reference(
        "provider_id",
        "Provider",
        "c.provider_id",
        reseller::provider_list,
        "provider_name",
    )
    .sorted_by("p.name_key")
    .width(150),
    Column::text("description", "Description", "c.description").width(220),
    Column::text("extended_name", "Extended name", "c.extended_name")
        .provider_only()
        .searched()
        .width(200),
    Column::text(
        "external_customer_id",
        "External customer ID",
        "c.external_customer_id",
    )
    .sorted_by("c.external_customer_id")
    .provider_only()
    .searched()
    .width(150),
    Column::text("external_id", "External ID", "c.external_id_key")
        .keyed("c.external_id_key")
        .searched()
        .width(130),
    Column::text("ref_id", "Reference ID", "c.ref_id")
        .sorted_by("c.ref_id")
        .searched()
        .width(130),
    Column::text("crm_id", "CRM ID", "c.crm_id")
        .sorted_by("c.crm_id")
        .searched()
        .width(130),
    Column::text("account_id", "Account ID", "c.account_id")
        .sorted_by("c.account_id")
        .searched()
        .width(130),
    Column::list("deal_ids", "Deal IDs", "c.deal_ids").width(150),
    Column::list("domains", "Domains", "c.domains")
        .searched()
        .width(180),
    Column::text("time_zone", "Time zone", "c.time_zone")
        .sorted_by("c.time_zone")
        .customer()
        .width(150),
    Column::choice("language", "Language", "c.language", Language::ALL)
        .customer()
        .width(100),
    Column::text("currency", "Currency", "c.currency")
        .sorted_by("c.currency")
        .width(90),
    Column::boolean("public_sector", "Public sector", "c.public_sector").width(110),
    Column::boolean("inactive_billing", "Inactive billing", "c.inactive_billing").width(120),
    Column::choice(
        "company_size",
        "Company size",
        "c.company_size",
        CompanySize::ALL,
    )
    .width(120),
    Column::list("industries", "Industries", "c.industries").width(110),
    Column::text("website", "Website", "c.website")
        .sorted_by("c.website")
        .width(200),
    Column::text("address_line1", "Address line 1", "c.address_line1").width(180),
    Column::text("address_line2", "Address line 2", "c.address_line2").width(150),
    Column::text("city", "City", "c.city")
        .sorted_by("c.city")
        .searched()
        .width(130),
    Column::text("state", "State or region", "c.state")
        .sorted_by("c.state")
        .searched()
        .width(130),
    Column::text("postal_code", "Postal code", "c.postal_code")
        .sorted_by("c.postal_code")
        .width(100),
    Column::text("billing_line1", "Billing line 1", "c.billing_line1").width(180),
    Column::text("billing_line2", "Billing line 2", "c.billing_line2").width(150),
    Column::text("billing_city", "Billing city", "c.billing_city").width(130),
    Column::text(
        "billing_state",
        "Billing state or region",
        "c.billing_state",
    )
    .width(130),
    Column::text(
        "billing_postal_code",
        "Billing postal code",
        "c.billing_postal_code",
    )
    .width(100),
    Column::text("billing_country", "Billing country", "c.billing_country").width(110),
    Column::reference(
        "billing_contact_id",
        "Billing contact",
        "bl.contact_id",
        contact_list,
        "billing_contact_name",
    )
    .width(150),
    Column::choice("access", "Access", "c.access", Access::ALL)
        .customer()
        .width(100),
    Column::choice(
        "access_mode",
        "Access mode",
        "c.access_mode",
        AccessMode::ALL,
    )
    .width(110),
    Column::text("overuse", "Over-use", "c.overuse")
        .sorted_by("c.overuse")
        .width(110),
    Column::integer("block_term", "Term of blocks", "c.block_term")
        .sorted_by("coalesce(c.block_term, 0)")
        .width(110),
    Column::list(
        "expiry_warning_days",
        "Warning days",
        "c.expiry_warning_days",
    )
    .plain()
    .width(130),
    Column::choice("management", "Management", "c.management", Management::ALL).width(110),
    Column::text("link_code", "Customer ID for onboarding", "c.link_code").width(140),
    Column::instant("archived_at", "Archived", "c.archived_at")
        .sorted_by("coalesce(c.archived_at, 0)")
        .width(120),
    Column::id("id", "Id", "c.id").customer().width(290),
];

const SUPER_ADMIN: &str = "(select min(trim(sc.first_name || ' ' || sc.last_name)) from contact_links sl join contacts sc on sc.id = sl.contact_id where sl.customer_id = c.id and sl.is_super_admin)";

pub static LIST: List = List {
    name: "customers",
    select: "c.*, p.name as provider_name, r.name as reseller_name, o.display_name as owner_name, ro.tenants as tenants_count, ro.sites as sites_count, ro.contacts as contacts_count, ro.users as users_count, ro.devices as devices_count, wl.used as licences_used, wl.purchased as licences_purchased, wl.used - wl.purchased as licences_excess, wp.name as licence_product, wt.name as licence_tenant, ro.pools_over, ro.licence_status, coalesce((select min(lb.expiration_date) from licence_blocks lb where lb.customer_id = c.id and lb.state = 'in_force' and lb.renewed_by is null and lb.not_renewed_at is null), '') as licences_expire_on, bl.contact_id as billing_contact_id, trim(bc.first_name || ' ' || bc.last_name) as billing_contact_name, (select min(trim(sc.first_name || ' ' || sc.last_name)) from contact_links sl join contacts sc on sc.id = sl.contact_id where sl.customer_id = c.id and sl.is_super_admin) as super_admin, coalesce((select '[' || string_agg('\"' || cs.product || '\"', ',' order by sp.name_key, sp.id) || ']' from customer_services cs join products sp on sp.id = cs.product_id where cs.customer_id = c.id), '[]') as services, coalesce((select string_agg(sp.name, ', ' order by sp.name_key, sp.id) from customer_services cs join products sp on sp.id = cs.product_id where cs.customer_id = c.id), '') as service_names",
    from: "customers c left join customer_rollups ro on ro.customer_id = c.id left join providers p on p.id = c.provider_id left join resellers r on r.id = c.reseller_id left join users o on o.id = c.owner_id left join contact_links bl on bl.customer_id = c.id and bl.is_billing left join contacts bc on bc.id = bl.contact_id left join licence_pools wl on wl.id = ro.worst_pool_id left join products wp on wp.id = wl.product_id left join tenants wt on wt.id = wl.tenant_id",
    always: "c.deleted_at is null",
    id: "c.id",
    columns: COLUMNS,
    sort: "name",
    scope: ScopeColumns {
        provider: "c.provider_id = ?",
        reseller: "c.reseller_id = ?",
        customer: "c.id = ?",
    },
    archived: Some("c.archived_at"),
    search: Some(Search {
        table: "customers",
        alias: "c",
        text: "c.search_text",
    }),
    expand: &[
        ("provider", "provider_id", "provider_name"),
        ("reseller", "reseller_id", "reseller_name"),
        ("owner", "owner_id", "owner_name"),
        (
            "billing_contact",
            "billing_contact_id",
            "billing_contact_name",
        ),
    ],
};

impl Resource for Customer {
    const NAME: &'static str = "customers";
    const ONE: &'static str = "customer";
    const STATES: &'static [&'static str] = &[
        "reseller_id",
        "billing_contact_id",
        "services",
        "management",
        "link_code",
        "archived_at",
    ];
    const MORE: &'static [&'static str] = &["inherited"];
    /// What it inherits, and from where (TREE-02).
    async fn more(&self, call: &mut Call) -> Result<Map<String, Json>> {
        Ok(inherited::of_customer(call, self).await?.beside())
    }
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
            .customer(self.id.uuid())
    }
}

impl Editable for Customer {
    type Input = CustomerInput;
    const TABLE: &'static str = "customers";
}

impl CustomerCreate {
    fn place(&self) -> (Option<Id<Provider>>, Option<Id<Reseller>>) {
        (self.provider_id, self.reseller_id)
    }
}

impl Written for Customer {
    type New = CustomerCreate;
    const POSTS: bool = false;

    /// With its default tenant (CUS-01).
    async fn create(
        call: &mut Call,
        scope: &Scope,
        new: CustomerCreate,
    ) -> Result<(Self, Vec<Event>)> {
        let made = Self::create_all(call, scope, vec![new]).await?;
        made.into_iter()
            .next()
            .ok_or_else(|| Error::internal("no customer was made"))
    }

    async fn create_all(
        call: &mut Call,
        scope: &Scope,
        new: Vec<CustomerCreate>,
    ) -> Result<Vec<(Self, Vec<Event>)>> {
        let mut made = vec![];
        for all in new.chunk_by(|a, b| a.place() == b.place()) {
            let (provider, reseller) = all.first().map(CustomerCreate::place).unwrap_or_default();
            let parent = place::parent(call, scope, provider, reseller).await?;
            let all = all.iter().map(|it| store::NewCustomer {
                reseller: parent.reseller.clone(),
                input: it.input.clone(),
            });
            made.extend(store::create_all(call, &parent.provider, all.collect()).await?);
        }
        let told = |it: Self| {
            let event = Event::created(&it);
            (it, event.into())
        };
        Ok(made.into_iter().map(told).collect())
    }

    /// Archived ones are read-only.
    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: CustomerInput,
    ) -> Result<Self> {
        store::change(call, scope, before, input).await
    }

    async fn delete(call: &mut Call, _: &Scope, before: &Self) -> Result<Vec<Event>> {
        deletion::delete(call, before).await
    }

    async fn erase(call: &mut Call, _: &Scope, before: &Self) -> Result<Vec<Event>> {
        deletion::erase(call, before).await
    }
}

/// Adds a customer, with its default tenant, and with a local admin and licence blocks if they are
/// asked for: everything or nothing.
pub async fn customer_create(
    mut call: Call,
    Body(post): Body<CustomerPost>,
) -> Result<Created<Customer>> {
    let scope = call.allow::<Customer>("create")?;
    let admin = match post.local_admin {
        None => None,
        Some(it) => {
            local_admin::allow(&call)?;
            let state = call.state.clone();
            Some(local_admin::check(&state, it, &post.new.input).await?)
        }
    };
    let (mut customer, mut events) = Customer::create(&mut call, &scope, post.new).await?;
    if let Some(admin) = admin {
        events.extend(local_admin::create(&mut call, &customer, admin).await?);
        customer.users_count = 1;
    }
    if !post.blocks.is_empty() {
        events.extend(first_blocks::create(&mut call, &customer, post.blocks).await?);
        customer = call.find(&scope, customer.id).await?;
    }
    call.created(customer, events).await
}
