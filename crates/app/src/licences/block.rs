//! Licence blocks: how many licences of a product a customer has bought, for whom, and for how long
//! (LIC-01 to LIC-04).

use kit::access::{Place, Scope, ScopeColumns};
use kit::bounded::Bounded;
use kit::call::Call;
use kit::conn::{Bind, Value};
use kit::date::Date;
use kit::error::FieldError;
use kit::event::Event;
use kit::list::{Column, List, Search};
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Line};
use kit::time::Instant;
use kit::{Columns, Error, Id, Record, Result, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::precedence::BlockState;
use super::product::{Product, product_list};
use super::{expiry, settle, zones};
use crate::customers::Customer;
use crate::tree::policies::{self, WarningDays};
use crate::tree::{Provider, Reseller, Tenant, customer_list, place, tenant::tenant_list};
use crate::values::{Currency, Price};
use crate::written::Written;

/// A licence block.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct LicenceBlock {
    pub id: Id<LicenceBlock>,
    pub provider_id: Id<Provider>,
    pub reseller_id: Option<Id<Reseller>>,
    pub customer_id: Id<Customer>,
    pub customer_name: String,
    pub product_id: Id<Product>,
    pub product_name: String,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: LicenceBlockInput,
    pub tenant_name: Option<String>,
    /// The devices that fill it: those of its pool fill the blocks in order of expiration.
    pub licences_used: i64,
    pub state: BlockState,
    /// The start of the order date in the block's zone.
    pub starts_at: Instant,
    /// The end of the expiration date in the block's zone.
    pub ends_at: Instant,
    /// Whether somebody has to decide what follows it: neither renewed nor marked as not renewed.
    pub is_undecided: bool,
    /// The block that this one follows.
    pub renews_id: Option<Id<LicenceBlock>>,
    /// The block that follows this one.
    pub renewed_by: Option<Id<LicenceBlock>>,
    pub not_renewed_at: Option<Instant>,
    pub not_renewed_reason: String,
    /// Licences times unit price; empty without a price.
    pub value: String,
    pub owner_name: Option<String>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a licence block.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone, PartialEq)]
pub struct LicenceBlockInput {
    /// A tenant of the customer, whose devices alone use it; absent: Global, for all tenants without
    /// blocks of their own.
    #[serde(default)]
    pub tenant_id: Option<Id<Tenant>>,
    #[serde(default)]
    pub sales_order: Line<100>,
    #[serde(default)]
    pub po_number: Line<100>,
    /// The price of one licence for the whole term.
    #[serde(default)]
    pub unit_price: Option<Price>,
    /// The customer's when absent.
    #[serde(default)]
    pub currency: Option<Currency>,
    pub licences: Bounded<1, 10_000_000>,
    /// Not in the past, unless one may backdate; today in the customer's zone when absent.
    #[serde(default)]
    pub order_date: Option<Date>,
    /// After the order date; the usual term after it when absent.
    #[serde(default)]
    pub expiration_date: Option<Date>,
    /// How many days before the expiration to warn; the policy's when unset.
    #[serde(default)]
    pub warning_days: Option<WarningDays>,
    #[serde(default)]
    pub note: Line<510>,
}

/// A new licence block, and whose it is.
#[derive(Deserialize, Serialize, JsonSchema, Clone)]
pub struct LicenceBlockCreate {
    pub customer_id: Id<Customer>,
    pub product_id: Id<Product>,
    #[serde(flatten)]
    pub input: LicenceBlockInput,
}

const USED: &str = "case when b.fills_after < 0 or coalesce(l.used, 0) <= b.fills_after then 0 when l.used - b.fills_after > b.licences then b.licences else l.used - b.fills_after end";
const UNDECIDED: &str = "(b.renewed_by is null and b.not_renewed_at is null)";

const COLUMNS: &[Column] = &[
    Column::reference(
        "customer_id",
        "Customer",
        "b.customer_id",
        customer_list,
        "customer_name",
    )
    .sorted_by("c.name_key")
    .shown()
    .width(220),
    Column::reference(
        "product_id",
        "Product",
        "b.product_id",
        product_list,
        "product_name",
    )
    .sorted_by("pr.name_key")
    .shown()
    .customer()
    .width(190),
    Column::reference(
        "tenant_id",
        "Tenant",
        "b.tenant_id",
        tenant_list,
        "tenant_name",
    )
    .sorted_by("coalesce(t.name_key, '')")
    .shown()
    .customer()
    .width(150),
    Column::text("sales_order", "Sales order", "b.sales_order")
        .sorted_by("b.sales_order")
        .shown()
        .searched()
        .width(120),
    Column::integer("licences", "Licences", "b.licences")
        .shown()
        .customer()
        .width(95),
    Column::integer("licences_used", "Used", USED)
        .shown()
        .customer()
        .width(80),
    Column::date("order_date", "Ordered", "b.order_date")
        .shown()
        .customer()
        .width(115),
    Column::date("expiration_date", "Expires", "b.expiration_date")
        .shown()
        .customer()
        .width(115),
    Column::choice("state", "State", "b.state", BlockState::ALL)
        .shown()
        .customer()
        .width(110),
    Column::boolean("is_undecided", "Undecided", UNDECIDED).width(105),
    Column::text("po_number", "PO number", "b.po_number")
        .sorted_by("b.po_number")
        .searched()
        .width(120),
    Column::text("unit_price", "Unit price", "b.unit_price")
        .plain()
        .width(105),
    Column::text("currency", "Currency", "b.currency")
        .sorted_by("b.currency")
        .width(90),
    Column::text("value", "Value", "").plain().width(120),
    Column::text("owner_name", "Owner", "coalesce(o.display_name, '')")
        .sorted_by("coalesce(o.name_key, '')")
        .width(150),
    Column::text("note", "Note", "b.note").width(220),
    Column::instant("not_renewed_at", "Not renewed", "b.not_renewed_at")
        .sorted_by("coalesce(b.not_renewed_at, 0)")
        .width(150),
    Column::text(
        "not_renewed_reason",
        "Why not renewed",
        "b.not_renewed_reason",
    )
    .width(200),
    Column::id("renews_id", "Renews", "b.renews_id"),
    Column::id("renewed_by", "Renewed by", "b.renewed_by"),
    Column::instant("starts_at", "Starts", "b.starts_at")
        .customer()
        .width(150),
    Column::instant("ends_at", "Ends", "b.ends_at")
        .customer()
        .width(150),
    Column::instant("created_at", "Added", "b.created_at").width(150),
    Column::instant("updated_at", "Modified", "b.updated_at").width(150),
    Column::id("id", "Id", "b.id").customer(),
];

pub static LIST: List = List {
    name: "licence_blocks",
    select: "b.*, c.name as customer_name, pr.name as product_name, t.name as tenant_name, o.display_name as owner_name,
     (b.renewed_by is null and b.not_renewed_at is null) as is_undecided,
     case when b.fills_after < 0 or coalesce(l.used, 0) <= b.fills_after then 0 when l.used - b.fills_after > b.licences then b.licences else l.used - b.fills_after end as licences_used",
    from: "licence_blocks b join customers c on c.id = b.customer_id join products pr on pr.id = b.product_id
     left join licence_pools l on l.customer_id = b.customer_id and l.product_id = b.product_id and l.tenant_key = b.tenant_key
     left join tenants t on t.id = b.tenant_id left join users o on o.id = c.owner_id",
    always: "c.deleted_at is null",
    id: "b.id",
    columns: COLUMNS,
    sort: "expiration_date",
    scope: ScopeColumns {
        provider: "b.provider_id = ?",
        reseller: "b.reseller_id = ?",
        customer: "b.customer_id = ?",
    },
    archived: None,
    search: Some(Search {
        table: "licence_blocks",
        alias: "b",
        text: "b.search_text",
    }),
    expand: &[
        ("customer", "customer_id", "customer_name"),
        ("product", "product_id", "product_name"),
        ("tenant", "tenant_id", "tenant_name"),
    ],
};

impl Resource for LicenceBlock {
    const NAME: &'static str = "licence_blocks";
    const ONE: &'static str = "licence_block";
    const PERMISSION: &'static str = "licences";
    const STATES: &'static [&'static str] = &[
        "renews_id",
        "renewed_by",
        "not_renewed_at",
        "not_renewed_reason",
    ];
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
        let tenant = self.tenant_name.as_deref().unwrap_or("Global");
        format!(
            "{} × {}, {tenant}",
            self.input.licences.get(),
            self.product_name
        )
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.uuid())
            .reseller(self.reseller_id.map(Id::uuid))
            .customer(self.customer_id.uuid())
    }
}

impl Editable for LicenceBlock {
    type Input = LicenceBlockInput;
    const TABLE: &'static str = "licence_blocks";
}

/// An input with everything filled in and checked, and what follows from it.
pub(super) struct Checked {
    pub input: LicenceBlockInput,
    pub expiration: Date,
    pub span: zones::Span,
    backdated: bool,
}

/// Fills in what is left to us and checks the rest: the tenant is the customer's, the order date is
/// not in the past unless it was so before, the expiration date lies after it (LIC-01 to LIC-03).
pub(super) async fn check(
    call: &mut Call,
    scope: &Scope,
    customer: &Customer,
    before: Option<&LicenceBlockInput>,
    mut input: LicenceBlockInput,
) -> Result<Checked> {
    let mut errors = vec![];
    if let Some(id) = input.tenant_id
        && before.is_none_or(|it| it.tenant_id != Some(id))
    {
        let tenant = call.look_up::<Tenant>(scope, id).await?;
        let fits =
            tenant.is_some_and(|it| it.customer_id == customer.id && it.archived_at.is_none());
        if !fits {
            errors.push(FieldError::new(
                "/tenant_id",
                "unknown_reference",
                "is no tenant of this customer",
            ));
        }
    }
    let today = Date::at(call.now, &zones::of(call, customer.id, None).await?);
    let order = input.order_date.unwrap_or(today);
    let changed = before.is_none_or(|it| it.order_date != Some(order));
    let backdated = changed && order < today;
    if backdated && !may_backdate(call, customer) {
        let message = format!("is in the past: today is {today} for this customer");
        errors.push(FieldError::new("/order_date", "in_the_past", message));
    }
    let expiration = match input.expiration_date {
        Some(given) => given,
        None => {
            let policies = policies::of_customer(call, customer).await?;
            order.plus_months(policies.block_term.value.get())
        }
    };
    if expiration <= order {
        let message = format!("must be after the order date, {order}");
        errors.push(FieldError::new("/expiration_date", "before_order", message));
    }
    if input.unit_price.is_some() && input.currency.is_none() {
        input.currency = currency(call, customer).await?;
        if input.currency.is_none() {
            let message = "is required with a price: neither the customer nor its provider has one";
            errors.push(FieldError::new("/currency", "required", message));
        }
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    input.order_date = Some(order);
    input.expiration_date = Some(expiration);
    let zone = zones::of(call, customer.id, input.tenant_id).await?;
    Ok(Checked {
        expiration,
        span: zones::span(&zone, order, expiration),
        input,
        backdated,
    })
}

/// The day after a block expires. When that is past, and the caller may not backdate, today.
pub(super) async fn next_order_date(
    call: &mut Call,
    customer: &Customer,
    block: &LicenceBlock,
) -> Result<Date> {
    let today = Date::at(call.now, &zones::of(call, customer.id, None).await?);
    let next = block
        .input
        .expiration_date
        .map_or(today, |it| it.plus_days(1));
    Ok(match may_backdate(call, customer) {
        true => next,
        false => next.max(today),
    })
}

fn may_backdate(call: &Call, customer: &Customer) -> bool {
    let place = Place::Customer {
        provider: customer.provider_id.uuid(),
        reseller: customer.reseller_id.map(Id::uuid),
        customer: customer.id.uuid(),
    };
    call.caller
        .permissions_at(place)
        .has("licences", "backdate")
}

/// The customer's currency, or its provider's.
async fn currency(call: &mut Call, customer: &Customer) -> Result<Option<Currency>> {
    match &customer.input.currency {
        Some(own) => Ok(Some(own.clone())),
        None => {
            let provider = place::provider_of(call, customer.provider_id).await?;
            Ok(provider.input.currency)
        }
    }
}

/// The columns that follow from an input.
fn written(checked: &Checked) -> Vec<(&'static str, Value)> {
    let (input, span) = (&checked.input, &checked.span);
    let mut set = input.set();
    let key = input.tenant_id.map(Id::uuid).unwrap_or_default();
    let search = text::search_lines([input.sales_order.as_str(), &input.po_number]);
    let value = input
        .unit_price
        .as_ref()
        .map(|it| it.times(input.licences.get()));
    set.extend([
        ("tenant_key", key.to_value()),
        ("search_text", search.to_value()),
        ("value", value.unwrap_or_default().to_value()),
        ("starts_at", span.starts_at.to_value()),
        ("ends_at", span.ends_at.to_value()),
        ("warns_at", span.warns_at.to_value()),
    ]);
    set
}

/// The store function: of the API, of renewals and of the demo.
pub(super) async fn insert(
    call: &mut Call,
    scope: &Scope,
    customer: &Customer,
    product: Id<Product>,
    renews: Option<Id<LicenceBlock>>,
    input: LicenceBlockInput,
) -> Result<LicenceBlock> {
    let checked = check(call, scope, customer, None, input).await?;
    settle::lock(call, customer.id, product).await?;
    let id: Id<LicenceBlock> = Id::new(call.now);
    let mut set = written(&checked);
    set.extend([
        ("id", id.to_value()),
        ("provider_id", customer.provider_id.to_value()),
        ("reseller_id", customer.reseller_id.to_value()),
        ("customer_id", customer.id.to_value()),
        ("product_id", product.to_value()),
        // Until it is settled, two lines below.
        ("state", BlockState::Upcoming.to_value()),
        ("fills_after", (-1_i64).to_value()),
        ("renews_id", renews.to_value()),
        ("renewed_by", None::<Uuid>.to_value()),
        ("not_renewed_reason", "".to_value()),
        ("not_renewed_at", None::<Instant>.to_value()),
        ("version", 1_i64.to_value()),
        ("created_at", call.now.to_value()),
        ("updated_at", call.now.to_value()),
    ]);
    store::insert(call, "licence_blocks", set).await?;
    settle::settle(call, customer.id, product).await?;
    let block = call.find(&Scope::everywhere(), id).await?;
    expiry::set(call, &block, customer).await?;
    if checked.backdated {
        call.also(Event::of("backdate", &block));
    }
    Ok(block)
}

/// A new block of a product that the customer can be sold.
pub async fn sell(
    call: &mut Call,
    scope: &Scope,
    customer: &Customer,
    product: Id<Product>,
    input: LicenceBlockInput,
) -> Result<LicenceBlock> {
    let product = Product::sold(call, scope, product, customer).await?;
    insert(call, scope, customer, product.id, None, input).await
}

impl Written for LicenceBlock {
    type New = LicenceBlockCreate;

    async fn create(
        call: &mut Call,
        scope: &Scope,
        new: LicenceBlockCreate,
    ) -> Result<(Self, Vec<Event>)> {
        let customer = place::customer(call, scope, new.customer_id).await?;
        let block = sell(call, scope, &customer, new.product_id, new.input).await?;
        let event = Event::created(&block);
        Ok((block, event.into()))
    }

    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: LicenceBlockInput,
    ) -> Result<Self> {
        let customer = writable(call, before).await?;
        let checked = check(call, scope, &customer, Some(&before.input), input).await?;
        if checked.input == before.input {
            return Ok(before.clone());
        }
        settle::lock(call, before.customer_id, before.product_id).await?;
        store::save(call, scope, before, written(&checked)).await?;
        settle::settle(call, before.customer_id, before.product_id).await?;
        let after = call.find(scope, before.id).await?;
        let told =
            |it: &LicenceBlockInput| (it.expiration_date, it.tenant_id, it.warning_days.clone());
        if told(&after.input) != told(&before.input) {
            expiry::set(call, &after, &customer).await?;
        }
        if checked.backdated {
            call.also(Event::of("backdate", &after));
        }
        Ok(after)
    }

    /// Devices of a tenant whose last own block goes share the Global pool again.
    async fn delete(call: &mut Call, _: &Scope, before: &Self) -> Result<Vec<Event>> {
        writable(call, before).await?;
        settle::lock(call, before.customer_id, before.product_id).await?;
        call.execute(sql!(
            "update licence_blocks set renewed_by = null where renewed_by = $1",
            before.id
        ))
        .await?;
        call.execute(sql!(
            "update licence_blocks set renews_id = null where renews_id = $1",
            before.id
        ))
        .await?;
        call.execute(sql!(
            "delete from expiry_alerts where block_id = $1",
            before.id
        ))
        .await?;
        store::delete(call, before).await?;
        settle::settle(call, before.customer_id, before.product_id).await?;
        Ok(Event::deleted(before).into())
    }
}

/// The block's customer, unless it is archived.
pub(super) async fn writable(call: &mut Call, block: &LicenceBlock) -> Result<Customer> {
    let customer = call.find(&Scope::everywhere(), block.customer_id).await?;
    customer.check_writable()?;
    Ok(customer)
}
