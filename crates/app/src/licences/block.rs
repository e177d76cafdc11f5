//! Licence blocks: how many licences of a product a customer has bought, for whom, and for how long
//! (LIC-01 to LIC-04).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use kit::access::{Scope, ScopeColumns};
use kit::bounded::Bounded;
use kit::call::Call;
use kit::conn::{Bind, Value};
use kit::date::Date;
use kit::error::FieldError;
use kit::event::Event;
use kit::list::{Column, List, Search};
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Line};
use kit::time::{Instant, TimeZone};
use kit::{Columns, Error, Id, Record, Result, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::expiry::{self, Alerts};
use super::precedence::{self, Block, BlockState};
use super::product::{Product, product_list};
use super::{settle, terms, zones};
use crate::customers::Customer;
use crate::tree::policies::WarningDays;
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
    Column::list("warning_days", "Alert days", "b.warning_days")
        .plain()
        .width(130),
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

/// What a block is to be.
pub struct Wanted<'a> {
    pub customer: &'a Customer,
    pub before: Option<&'a LicenceBlockInput>,
    pub input: LicenceBlockInput,
}

/// An input with everything filled in and checked, and what follows from it.
pub(super) struct Checked {
    pub input: LicenceBlockInput,
    pub expiration: Date,
    pub span: zones::Span,
    zone: TimeZone,
    warning_days: WarningDays,
    backdated: bool,
}

impl Checked {
    /// What of it decides; one that is not written yet fills nothing.
    pub fn block(&self, now: Instant) -> Block {
        let block = Block {
            id: Uuid::nil(),
            tenant_key: self.input.tenant_id.map(Id::uuid).unwrap_or_default(),
            licences: self.input.licences.get(),
            expiration_date: self.expiration,
            starts_at: self.span.starts_at,
            ends_at: self.span.ends_at,
            warns_at: self.span.warns_at,
            state: BlockState::Upcoming,
            fills_after: -1,
        };
        Block {
            state: block.state_at(now),
            ..block
        }
    }
}

/// Fills in what is left to us and checks the rest of one block.
pub(super) async fn check(call: &mut Call, wanted: Wanted<'_>) -> Result<Checked> {
    let mut checked = check_all(call, vec![wanted]).await?;
    checked.pop().ok_or(Error::NotFound)
}

/// The same for many, of customers that are in scope: a tenant is the customer's, and what else
/// [`Terms`](super::terms::Terms) says.
pub(super) async fn check_all(call: &mut Call, wanted: Vec<Wanted<'_>>) -> Result<Vec<Checked>> {
    let customers: Vec<_> = wanted.iter().map(|it| it.customer).collect();
    let terms = terms::of(call, &customers).await?;
    let named: HashSet<_> = wanted.iter().filter_map(|it| it.input.tenant_id).collect();
    let tenants = match named.is_empty() {
        true => vec![],
        false => {
            let named = named.into_iter().map(Id::uuid);
            let sql = Tenant::list().some(&Scope::everywhere(), named);
            call.query::<Tenant>(sql).await?
        }
    };
    let tenants: HashMap<_, _> = tenants.into_iter().map(|it| (it.id, it)).collect();
    let mut all = Vec::with_capacity(wanted.len());
    for it in wanted {
        let mut input = it.input;
        let tenant = input.tenant_id.and_then(|id| tenants.get(&id));
        let keeps = it.before.is_some_and(|it| it.tenant_id == input.tenant_id);
        let fits =
            |tenant: &Tenant| tenant.customer_id == it.customer.id && tenant.archived_at.is_none();
        let mut errors = vec![];
        if input.tenant_id.is_some() && !keeps && !tenant.is_some_and(fits) {
            let message = "is no tenant of this customer";
            errors.push(FieldError::new("/tenant_id", "unknown_reference", message));
        }
        let terms = terms.get(&it.customer.id).ok_or(Error::NotFound)?;
        let completed = terms.complete(it.before, &mut input);
        let backdated = completed.unwrap_or_else(|more| {
            errors.extend(more);
            false
        });
        let (Some(order), Some(expiration), true) =
            (input.order_date, input.expiration_date, errors.is_empty())
        else {
            return Err(Error::Invalid(errors));
        };
        let own_zone = tenant.and_then(|it| it.input.time_zone.clone());
        let zone = own_zone.unwrap_or_else(|| terms.zone.clone());
        let own_days = input.warning_days.clone();
        all.push(Checked {
            expiration,
            span: zones::span(&zone, order, expiration),
            warning_days: own_days.unwrap_or_else(|| terms.warning_days.clone()),
            zone,
            input,
            backdated,
        });
    }
    Ok(all)
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

/// A block to be.
pub struct NewBlock {
    pub customer: Arc<Customer>,
    pub product: Id<Product>,
    pub renews: Option<Id<LicenceBlock>>,
    pub input: LicenceBlockInput,
}

/// The columns of the table that no input has, in the order of [`row`].
const EXTRA: &[&str] = &[
    "tenant_key",
    "search_text",
    "value",
    "starts_at",
    "ends_at",
    "warns_at",
    "id",
    "provider_id",
    "reseller_id",
    "customer_id",
    "product_id",
    "state",
    "fills_after",
    "renews_id",
    "renewed_by",
    "not_renewed_reason",
    "not_renewed_at",
    "version",
    "created_at",
    "updated_at",
];

const ALL: &[&str; LicenceBlockInput::COLUMNS.len() + EXTRA.len()] =
    &kit::conn::concat(&[LicenceBlockInput::COLUMNS, EXTRA]);

fn row(call: &Call, new: &NewBlock, checked: &Checked, block: &Block) -> Vec<Value> {
    let mut row: Vec<Value> = written(checked).into_iter().map(|it| it.1).collect();
    row.extend([
        block.id.to_value(),
        new.customer.provider_id.to_value(),
        new.customer.reseller_id.to_value(),
        new.customer.id.to_value(),
        new.product.to_value(),
        block.state.to_value(),
        block.fills_after.to_value(),
        new.renews.to_value(),
        None::<Uuid>.to_value(),
        "".to_value(),
        None::<Instant>.to_value(),
        1_i64.to_value(),
        call.now.to_value(),
        call.now.to_value(),
    ]);
    row
}

/// The store function: of the API, of renewals and of the demo.
pub(super) async fn insert(call: &mut Call, new: NewBlock) -> Result<LicenceBlock> {
    let mut made = insert_all(call, vec![new]).await?;
    made.pop().ok_or(Error::NotFound)
}

/// Adds blocks, many at once, in their order: the pools of each product of a customer are settled
/// once.
pub async fn insert_all(call: &mut Call, new: Vec<NewBlock>) -> Result<Vec<LicenceBlock>> {
    let wanted = new.iter().map(|it| Wanted {
        customer: &it.customer,
        before: None,
        input: it.input.clone(),
    });
    let checked = check_all(call, wanted.collect()).await?;
    let mut sets: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (n, it) in new.iter().enumerate() {
        sets.entry((it.customer.id, it.product))
            .or_default()
            .push(n);
    }
    settle::lock_all(call, &sets.keys().copied().collect()).await?;
    let mut blocks = Vec::with_capacity(new.len());
    blocks.extend(checked.iter().map(|it| Block {
        id: store::new_id(call),
        ..it.block(call.now)
    }));
    for ((customer, product), nths) in &sets {
        // As settling finds them, so that it has nothing left to write of them.
        let mut all = settle::blocks(call, *customer, *product).await?;
        all.extend(nths.iter().filter_map(|n| blocks.get(*n)).cloned());
        let filling = precedence::filling(&all, call.now);
        for n in nths {
            if let Some(it) = blocks.get_mut(*n) {
                it.fills_after = filling.get(&it.id).copied().unwrap_or(-1);
            }
        }
    }
    let rows = new.iter().zip(&checked).zip(&blocks);
    let rows = rows.map(|((new, checked), block)| row(call, new, checked, block));
    let rows = rows.collect();
    call.insert_all("licence_blocks", ALL, rows).await?;
    for (customer, product) in sets.into_keys() {
        settle::settle(call, customer, product).await?;
    }
    let ids = blocks.iter().map(|it| it.id).collect();
    let made: Vec<LicenceBlock> = store::read_all(call, &Scope::everywhere(), ids).await?;
    let told: Vec<_> = made.iter().zip(&checked).collect();
    tell(call, &told, |_| true).await?;
    Ok(made)
}

/// What follows from blocks that were written: alerts, and a note of what was backdated.
async fn tell(
    call: &mut Call,
    written: &[(&LicenceBlock, &Checked)],
    has_new_alerts: impl Fn(&LicenceBlock) -> bool,
) -> Result<()> {
    let alerts = written.iter().filter(|it| has_new_alerts(it.0));
    let alerts = alerts.map(|(block, checked)| Alerts {
        block,
        days: &checked.warning_days,
        zone: &checked.zone,
    });
    expiry::set_all(call, &alerts.collect::<Vec<_>>()).await?;
    for (block, _) in written.iter().filter(|it| it.1.backdated) {
        call.also(Event::of("backdate", *block));
    }
    Ok(())
}

/// Changes blocks that are still as they were read, many at once, in their order.
pub async fn save_all(
    call: &mut Call,
    scope: &Scope,
    edits: Vec<(LicenceBlock, LicenceBlockInput)>,
) -> Result<Vec<LicenceBlock>> {
    let customers = edits.iter().map(|it| it.0.customer_id.uuid());
    let customers = writable(call, customers.collect()).await?;
    let mut wanted = Vec::with_capacity(edits.len());
    for (before, input) in &edits {
        let customer = customers.get(&before.customer_id).ok_or(Error::NotFound)?;
        wanted.push(Wanted {
            customer,
            before: Some(&before.input),
            input: input.clone(),
        });
    }
    let checked = check_all(call, wanted).await?;
    let changed = edits.iter().zip(&checked);
    let changed = changed.filter(|(edit, checked)| checked.input != edit.0.input);
    let sets: BTreeSet<_> = changed
        .clone()
        .map(|(edit, _)| (edit.0.customer_id, edit.0.product_id))
        .collect();
    settle::lock_all(call, &sets).await?;
    for ((before, _), checked) in changed.clone() {
        store::change(call, scope, before, written(checked)).await?;
    }
    for (customer, product) in sets {
        settle::settle(call, customer, product).await?;
    }
    let ids = edits.iter().map(|it| it.0.id.uuid()).collect();
    let after: Vec<LicenceBlock> = store::read_all(call, scope, ids).await?;
    let before: HashMap<_, _> = edits.iter().map(|it| (it.0.id, &it.0.input)).collect();
    let told: Vec<_> = after.iter().zip(&checked).collect();
    let of = |it: &LicenceBlockInput| (it.expiration_date, it.tenant_id, it.warning_days.clone());
    let has_new_alerts =
        |it: &LicenceBlock| before.get(&it.id).map(|it| of(it)) != Some(of(&it.input));
    tell(call, &told, has_new_alerts).await?;
    Ok(after)
}

/// A new block of a product that the customer can be sold.
pub async fn sell(
    call: &mut Call,
    scope: &Scope,
    customer: Customer,
    product: Id<Product>,
    input: LicenceBlockInput,
) -> Result<LicenceBlock> {
    let product = Product::sold(call, scope, product, &customer).await?;
    let new = NewBlock {
        customer: Arc::new(customer),
        product: product.id,
        renews: None,
        input,
    };
    insert(call, new).await
}

impl Written for LicenceBlock {
    type New = LicenceBlockCreate;

    async fn create(
        call: &mut Call,
        scope: &Scope,
        new: LicenceBlockCreate,
    ) -> Result<(Self, Vec<Event>)> {
        let customer = place::customer(call, scope, new.customer_id).await?;
        let block = sell(call, scope, customer, new.product_id, new.input).await?;
        let event = Event::created(&block);
        Ok((block, event.into()))
    }

    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: LicenceBlockInput,
    ) -> Result<Self> {
        let edit = (before.clone(), input);
        let mut after = save_all(call, scope, vec![edit]).await?;
        after.pop().ok_or(Error::NotFound)
    }

    /// Devices of a tenant whose last own block goes share the Global pool again.
    async fn delete(call: &mut Call, _: &Scope, before: &Self) -> Result<Vec<Event>> {
        customer_of(call, before).await?;
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
pub(super) async fn customer_of(call: &mut Call, block: &LicenceBlock) -> Result<Customer> {
    let mut found = writable(call, [block.customer_id.uuid()].into()).await?;
    found.remove(&block.customer_id).ok_or(Error::NotFound)
}

/// The customers of blocks, unless one is archived.
async fn writable(
    call: &mut Call,
    customers: HashSet<Uuid>,
) -> Result<HashMap<Id<Customer>, Customer>> {
    let sql = Customer::list().some(&Scope::everywhere(), customers);
    let found: Vec<Customer> = call.query(sql).await?;
    for it in &found {
        it.check_writable()?;
    }
    Ok(found.into_iter().map(|it| (it.id, it)).collect())
}
