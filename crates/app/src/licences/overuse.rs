//! Cases of over-use: one for each pool from the moment it is over until it is covered again
//! (LIC-10). The accounting desk is told when one opens and when its excess has doubled.

use kit::access::{Place, ScopeColumns};
use kit::body::Body;
use kit::call::Call;
use kit::choice;
use kit::conn::{Bind, Value};
use kit::event::Event;
use kit::list::{Column, List};
use kit::many::Many;
use kit::resource::{Editable, Owner, Resource};
use kit::text::Line;
use kit::time::Instant;
use kit::web::{At, Versioned};
use kit::{Columns, Error, Id, Record, Result, access::Scope, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pool::LicencePool;
use super::precedence::Pool;
use super::product::{Product, product_list};
use crate::customers::Customer;
use crate::mail::{self, MailKind, Recipient};
use crate::notifications::{self, Notice, NotificationKind};
use crate::tree::policies::{self, Overuse};
use crate::tree::{Provider, Reseller, Tenant, customer_list, tenant::tenant_list};
use crate::values::Email;

choice! {
    pub enum CaseState {
        Open = "open" "Open",
        Acknowledged = "acknowledged" "Acknowledged",
        Ordered = "ordered" "Ordered",
        Cleared = "cleared" "Cleared",
    }
}

/// A case of over-use.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct OveruseCase {
    pub id: Id<OveruseCase>,
    pub provider_id: Id<Provider>,
    pub reseller_id: Option<Id<Reseller>>,
    pub customer_id: Id<Customer>,
    pub customer_name: String,
    pub product_id: Id<Product>,
    pub product_name: String,
    /// None: the Global pool.
    pub tenant_id: Option<Id<Tenant>>,
    pub tenant_name: Option<String>,
    pub pool_id: Id<LicencePool>,
    pub state: CaseState,
    /// As it is now; when it was cleared, as it was then.
    pub purchased: i64,
    pub used: i64,
    pub excess: i64,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: CaseNote,
    /// Who acknowledged it, or said that more was ordered.
    pub handled_by: String,
    pub opened_at: Instant,
    pub cleared_at: Option<Instant>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is said of a case.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone)]
pub struct CaseNote {
    #[serde(default)]
    pub note: Line<510>,
}

const PURCHASED: &str = "case when oc.cleared_at is null then l.purchased else oc.purchased end";
const USED: &str = "case when oc.cleared_at is null then l.used else oc.used end";
const EXCESS: &str =
    "case when oc.cleared_at is null then l.used - l.purchased else oc.used - oc.purchased end";

const COLUMNS: &[Column] = &[
    Column::reference(
        "customer_id",
        "Customer",
        "oc.customer_id",
        customer_list,
        "customer_name",
    )
    .sorted_by("c.name_key")
    .shown()
    .width(220),
    Column::reference(
        "product_id",
        "Product",
        "oc.product_id",
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
        "oc.tenant_id",
        tenant_list,
        "tenant_name",
    )
    .sorted_by("coalesce(t.name_key, '')")
    .shown()
    .customer()
    .width(150),
    Column::integer("used", "Used", USED)
        .shown()
        .customer()
        .width(90),
    Column::integer("purchased", "Purchased", PURCHASED)
        .shown()
        .customer()
        .width(105),
    Column::integer("excess", "Over by", EXCESS)
        .shown()
        .customer()
        .width(95),
    Column::choice("state", "State", "oc.state", CaseState::ALL)
        .shown()
        .customer()
        .width(130),
    Column::instant("opened_at", "Since", "oc.opened_at")
        .shown()
        .customer()
        .width(150),
    Column::instant("cleared_at", "Cleared", "oc.cleared_at")
        .sorted_by("coalesce(oc.cleared_at, 0)")
        .customer()
        .width(150),
    Column::text("note", "Note", "oc.note").shown().width(220),
    Column::text("handled_by", "Handled by", "oc.handled_by").width(150),
    Column::id("pool_id", "Pool", "oc.pool_id").customer(),
    Column::id("id", "Id", "oc.id").customer(),
];

pub static LIST: List = List {
    name: "overuse_cases",
    select: "oc.id, oc.provider_id, oc.reseller_id, oc.customer_id, oc.product_id, oc.tenant_id, oc.pool_id, oc.state, oc.note, oc.handled_by, oc.opened_at, oc.cleared_at, oc.version, oc.created_at, oc.updated_at,
     case when oc.cleared_at is null then l.purchased else oc.purchased end as purchased,
     case when oc.cleared_at is null then l.used else oc.used end as used,
     case when oc.cleared_at is null then l.used - l.purchased else oc.used - oc.purchased end as excess,
     c.name as customer_name, pr.name as product_name, t.name as tenant_name",
    from: "overuse_cases oc join customers c on c.id = oc.customer_id join products pr on pr.id = oc.product_id join licence_pools l on l.id = oc.pool_id left join tenants t on t.id = oc.tenant_id",
    always: "c.deleted_at is null",
    id: "oc.id",
    columns: COLUMNS,
    sort: "-opened_at",
    scope: ScopeColumns {
        provider: "oc.provider_id = ?",
        reseller: "oc.reseller_id = ?",
        customer: "oc.customer_id = ?",
    },
    archived: None,
    search: None,
    expand: &[
        ("customer", "customer_id", "customer_name"),
        ("product", "product_id", "product_name"),
        ("tenant", "tenant_id", "tenant_name"),
    ],
};

impl Resource for OveruseCase {
    const NAME: &'static str = "overuse_cases";
    const ONE: &'static str = "overuse_case";
    const PERMISSION: &'static str = "licences";
    const STATES: &'static [&'static str] = &["state", "handled_by", "used", "purchased"];
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
        format!("{}, {tenant}", self.product_name)
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.uuid())
            .reseller(self.reseller_id.map(Id::uuid))
            .customer(self.customer_id.uuid())
    }
}

impl Editable for OveruseCase {
    type Input = CaseNote;
    const TABLE: &'static str = "overuse_cases";
}

/// Somebody takes care of it; the note says how.
pub async fn overuse_case_acknowledge(
    call: Call,
    at: At<OveruseCase>,
    note: Body<CaseNote>,
) -> Result<Versioned<OveruseCase>> {
    handle(call, at, note, CaseState::Acknowledged).await
}

/// More licences were ordered; the case clears by itself once their block is entered.
pub async fn overuse_case_order(
    call: Call,
    at: At<OveruseCase>,
    note: Body<CaseNote>,
) -> Result<Versioned<OveruseCase>> {
    handle(call, at, note, CaseState::Ordered).await
}

async fn handle(
    mut call: Call,
    At(id): At<OveruseCase>,
    Body(input): Body<CaseNote>,
    state: CaseState,
) -> Result<Versioned<OveruseCase>> {
    let scope = call.allow::<OveruseCase>("update")?;
    let before = call.find(&scope, id).await?;
    if before.cleared_at.is_some() {
        return Err(Error::conflict(
            "cleared",
            "This case has cleared: the pool was covered again. A new excess opens a new case.",
        ));
    }
    let set: Vec<(&'static str, Value)> = vec![
        ("state", state.to_value()),
        ("note", input.note.to_value()),
        ("handled_by", call.caller.name.as_str().to_value()),
    ];
    let after = store::save(&mut call, &scope, &before, set).await?;
    let action = match state {
        CaseState::Ordered => "order",
        _ => "acknowledge",
    };
    call.updated(action, &before, after).await
}

/// Refuses more devices than the policy lets a pool be over by (LIC-09).
pub async fn check(call: &mut Call, customer: &Customer, after: Pool) -> Result<()> {
    if after.used <= after.purchased {
        return Ok(());
    }
    let most = match policies::of_customer(call, customer).await?.overuse.value {
        Overuse::Allow => return Ok(()),
        Overuse::Forbid => after.purchased,
        Overuse::Percent(it) => after.purchased + after.purchased * i64::from(it) / 100,
        Overuse::Licences(it) => after.purchased + i64::from(it),
    };
    if after.used <= most {
        return Ok(());
    }
    let detail = format!(
        "{} licences are in force, and at most {most} may be used. Add a licence block, or deregister devices.",
        after.purchased
    );
    Err(Error::conflict("overuse_limit", detail))
}

/// Follows a pool from one state to the next.
pub async fn changed(call: &mut Call, pool: Uuid, before: Pool, after: Pool) -> Result<()> {
    let excess = |it: Pool| (it.used - it.purchased).max(0);
    match (excess(before), excess(after)) {
        (0, 0) => Ok(()),
        (_, 0) => clear(call, pool, after).await,
        (0, _) => open(call, pool, after).await,
        (_, now) => remind(call, pool, now).await,
    }
}

/// Opens a case, unless the customer is archived: then nobody is told (LIFE-01).
async fn open(call: &mut Call, pool: Uuid, now: Pool) -> Result<()> {
    let id = Id::<OveruseCase>::new(call.now);
    let opened = call
        .execute(sql!(
            "insert into overuse_cases (id, provider_id, reseller_id, customer_id, product_id, tenant_id, pool_id, state, purchased, used, told_excess, note, handled_by, told_at, opened_at, cleared_at, version, created_at, updated_at)
             select $1, l.provider_id, l.reseller_id, l.customer_id, l.product_id, l.tenant_id, l.id, 'open', $2, $3, $4, '', '', $5, $5, null, 1, $5, $5
             from licence_pools l join customers c on c.id = l.customer_id where l.id = $6 and c.archived_at is null
             on conflict do nothing",
            id,
            now.purchased,
            now.used,
            now.used - now.purchased,
            call.now,
            pool
        ))
        .await?;
    match opened {
        0 => Ok(()),
        _ => tell(call, id, "open", MailKind::Overuse).await,
    }
}

/// How long after a message no reminder follows: an excess that grows quickly is one matter.
const QUIET_HOURS: i64 = 24;

/// Reminds when the excess has doubled since the last message, at most once a day.
async fn remind(call: &mut Call, pool: Uuid, excess: i64) -> Result<()> {
    let told: Option<(Id<OveruseCase>,)> = call
        .query_optional(sql!(
            "update overuse_cases set told_excess = $1, told_at = $2 where pool_id = $3 and cleared_at is null and told_excess * 2 <= $1 and told_at <= $4 returning id",
            excess,
            call.now,
            pool,
            call.now.plus_seconds(-QUIET_HOURS * 3600)
        ))
        .await?;
    match told {
        None => Ok(()),
        Some((id,)) => tell(call, id, "remind", MailKind::OveruseReminder).await,
    }
}

/// The reminders that became due while nothing happened to their pools.
pub async fn remind_due(mut new_call: impl FnMut() -> Call) -> Result<()> {
    let mut call = new_call();
    let due: Vec<(Uuid, i64)> = call
        .query(sql!(
            "select l.id, l.used - l.purchased from overuse_cases oc join licence_pools l on l.id = oc.pool_id
             where oc.cleared_at is null and oc.told_excess * 2 <= l.used - l.purchased and oc.told_at <= $1",
            call.now.plus_seconds(-QUIET_HOURS * 3600)
        ))
        .await?;
    drop(call);
    for (pool, excess) in due {
        let mut call = new_call();
        remind(&mut call, pool, excess).await?;
        call.commit(vec![]).await?;
    }
    Ok(())
}

async fn clear(call: &mut Call, pool: Uuid, now: Pool) -> Result<()> {
    let cleared: Option<(Id<OveruseCase>,)> = call
        .query_optional(sql!(
            "update overuse_cases set state = 'cleared', cleared_at = $1, purchased = $2, used = $3, version = version + 1, updated_at = $1 where pool_id = $4 and cleared_at is null returning id",
            call.now,
            now.purchased,
            now.used,
            pool
        ))
        .await?;
    if let Some((id,)) = cleared {
        let case = call.find(&Scope::everywhere(), id).await?;
        call.also(Event::of("clear", &case));
    }
    Ok(())
}

/// An archived customer's cases clear; when it comes back, its pools that are over open new ones.
pub async fn archived(call: &mut Call, customer: Id<Customer>, archived: bool) -> Result<()> {
    let over: Vec<(Uuid, i64, i64)> = call
        .query(sql!(
            "select id, purchased, used from licence_pools where customer_id = $1 and used > purchased order by id",
            customer
        ))
        .await?;
    for (pool, purchased, used) in over {
        let now = Pool {
            purchased,
            used,
            has_begun: true,
        };
        match archived {
            true => clear(call, pool, now).await?,
            false => open(call, pool, now).await?,
        }
    }
    Ok(())
}

/// The accounting desk's addresses: the reseller's, else the provider's.
#[derive(Record)]
struct Desk {
    reseller: Option<Many<Email>>,
    provider: Many<Email>,
}

/// Writes to the accounting desk, and tells of it in the audit.
async fn tell(
    call: &mut Call,
    id: Id<OveruseCase>,
    action: &'static str,
    kind: MailKind,
) -> Result<()> {
    let case = call.find(&Scope::everywhere(), id).await?;
    for address in desk(call, case.provider_id, case.reseller_id).await? {
        let place = match case.reseller_id {
            Some(reseller) => Place::Reseller {
                provider: case.provider_id.uuid(),
                reseller: reseller.uuid(),
            },
            None => Place::Provider(case.provider_id.uuid()),
        };
        let to = Recipient::at(call, address.as_str(), None, place).await?;
        let values = vec![
            ("customer", case.customer_name.clone()),
            ("product", case.product_name.clone()),
            ("tenant", case.tenant_name.clone().unwrap_or_else(global)),
            ("used", case.used.to_string()),
            ("purchased", case.purchased.to_string()),
            ("excess", case.excess.to_string()),
            ("since", to.clock(case.opened_at)),
            (
                "url",
                format!("{}/overuse-cases/{id}", call.state.settings.base_url),
            ),
        ];
        mail::post(call, &to, kind, values, None).await?;
    }
    notifications::tell(
        call,
        Notice {
            kind: NotificationKind::Overuse,
            object_type: OveruseCase::NAME,
            object_id: id.uuid(),
            owner: case.owner(),
            user_id: None,
            details: vec![
                ("customer", case.customer_name.clone()),
                ("product", case.product_name.clone()),
                ("tenant", case.tenant_name.clone().unwrap_or_else(global)),
                ("used", case.used.to_string()),
                ("purchased", case.purchased.to_string()),
            ],
        },
    )
    .await?;
    call.also(Event::of(action, &case));
    Ok(())
}

/// What the pool that no tenant has is called.
pub fn global() -> String {
    "Global".into()
}

/// Whom to write to about a customer's licences.
pub async fn desk(
    call: &mut Call,
    provider: Id<Provider>,
    reseller: Option<Id<Reseller>>,
) -> Result<Vec<Email>> {
    let desk: Option<Desk> = call
        .query_optional(sql!(
            "select (select accounting_emails from resellers where id = $1) as reseller, p.accounting_emails as provider from providers p where p.id = $2",
            reseller,
            provider
        ))
        .await?;
    Ok(desk.map_or(vec![], |it| {
        let own = it.reseller.filter(|it| !it.is_empty());
        own.unwrap_or(it.provider).0
    }))
}
