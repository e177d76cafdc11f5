//! Alerts before and after a block expires: each threshold once, at 08:00 in the block's zone, in the
//! console and in one digest a day to the accounting desk (LIC-11).

use std::collections::BTreeMap;

use kit::access::{Place, Scope, ScopeColumns};
use kit::body::Body;
use kit::call::Call;
use kit::conn::{Bind, Value};
use kit::date::Date;
use kit::event::Event;
use kit::list::{Column, List};
use kit::resource::{Editable, Owner, Resource};
use kit::time::{Instant, TimeZone};
use kit::web::{At, Versioned};
use kit::{Columns, Error, Id, Record, Result, choice, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::block::LicenceBlock;
use super::product::{Product, product_list};
use super::{overuse, zones};
use crate::customers::Customer;
use crate::mail::{self, MailKind, Recipient};
use crate::notifications::{self, Notice, NotificationKind};
use crate::tree::policies::WarningDays;
use crate::tree::{Provider, Reseller, Tenant, customer_list, tenant::tenant_list};

choice! {
    pub enum AlertState {
        Open = "open" "Open",
        Snoozed = "snoozed" "Snoozed",
        Acknowledged = "acknowledged" "Acknowledged",
    }
}

/// A block that expires, or has expired, and nobody has decided what follows.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct ExpiryAlert {
    pub id: Id<ExpiryAlert>,
    pub provider_id: Id<Provider>,
    pub reseller_id: Option<Id<Reseller>>,
    pub customer_id: Id<Customer>,
    pub customer_name: String,
    pub block_id: Id<LicenceBlock>,
    pub product_id: Id<Product>,
    pub product_name: String,
    /// None: Global.
    pub tenant_id: Option<Id<Tenant>>,
    pub tenant_name: Option<String>,
    pub licences: i64,
    pub expiration_date: Date,
    /// How many days before the expiration it was told; negative: after it.
    pub days: i64,
    pub told_at: Option<Instant>,
    pub state: AlertState,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: Snooze,
    /// Who acknowledged or snoozed it.
    pub handled_by: String,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// Until when an alert shall be quiet.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone)]
pub struct Snooze {
    /// A day that is to come, within a year.
    #[serde(default)]
    pub snoozed_until: Option<Date>,
}

const COLUMNS: &[Column] = &[
    Column::reference(
        "customer_id",
        "Customer",
        "a.customer_id",
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
    Column::integer("licences", "Licences", "b.licences")
        .shown()
        .customer()
        .width(95),
    Column::date("expiration_date", "Expires", "b.expiration_date")
        .shown()
        .customer()
        .width(120),
    Column::integer("days", "Days before", "a.days")
        .shown()
        .customer()
        .width(110),
    Column::choice("state", "State", "a.state", AlertState::ALL)
        .shown()
        .customer()
        .width(130),
    Column::instant("told_at", "Since", "coalesce(a.told_at, 0)")
        .shown()
        .customer()
        .width(150),
    Column::date("snoozed_until", "Snoozed until", "a.snoozed_until").width(130),
    Column::text("handled_by", "Handled by", "a.handled_by").width(150),
    Column::id("block_id", "Block", "a.block_id").customer(),
    Column::id("id", "Id", "a.id").customer(),
];

pub static LIST: List = List {
    name: "expiry_alerts",
    select: "a.*, b.product_id, b.tenant_id, b.licences, b.expiration_date, c.name as customer_name, pr.name as product_name, t.name as tenant_name",
    from: "expiry_alerts a join licence_blocks b on b.id = a.block_id join customers c on c.id = a.customer_id join products pr on pr.id = b.product_id left join tenants t on t.id = b.tenant_id",
    // What was decided in the meantime is no alert any more; archived customers' are quiet (LIFE-01).
    always: "c.deleted_at is null and c.archived_at is null and a.told_at is not null and b.renewed_by is null and b.not_renewed_at is null",
    id: "a.id",
    columns: COLUMNS,
    sort: "-told_at",
    scope: ScopeColumns {
        provider: "a.provider_id = ?",
        reseller: "a.reseller_id = ?",
        customer: "a.customer_id = ?",
    },
    archived: None,
    search: None,
    expand: &[
        ("customer", "customer_id", "customer_name"),
        ("product", "product_id", "product_name"),
        ("tenant", "tenant_id", "tenant_name"),
    ],
};

impl Resource for ExpiryAlert {
    const NAME: &'static str = "expiry_alerts";
    const ONE: &'static str = "expiry_alert";
    const PERMISSION: &'static str = "licences";
    const STATES: &'static [&'static str] = &["state", "handled_by"];
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
        format!(
            "{} × {}, {}",
            self.licences, self.product_name, self.expiration_date
        )
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.uuid())
            .reseller(self.reseller_id.map(Id::uuid))
            .customer(self.customer_id.uuid())
    }
}

impl Editable for ExpiryAlert {
    type Input = Snooze;
    const TABLE: &'static str = "expiry_alerts";
}

/// Somebody takes care of it.
pub async fn expiry_alert_acknowledge(
    mut call: Call,
    At(id): At<ExpiryAlert>,
) -> Result<Versioned<ExpiryAlert>> {
    let scope = call.allow::<ExpiryAlert>("update")?;
    let before = call.find(&scope, id).await?;
    handle(
        call,
        &scope,
        before,
        "acknowledge",
        AlertState::Acknowledged,
        None,
    )
    .await
}

/// Leaves it until a day; then it is open again.
pub async fn expiry_alert_snooze(
    mut call: Call,
    At(id): At<ExpiryAlert>,
    Body(input): Body<Snooze>,
) -> Result<Versioned<ExpiryAlert>> {
    let scope = call.allow::<ExpiryAlert>("update")?;
    let before = call.find(&scope, id).await?;
    let today = Date::at(
        call.now,
        &zones::of(&mut call, before.customer_id, None).await?,
    );
    let until = input
        .snoozed_until
        .filter(|it| *it > today && it.days_since(today) <= 366);
    let until = until.ok_or_else(|| {
        Error::field(
            "/snoozed_until",
            "invalid",
            "must be a day to come, within a year",
        )
    })?;
    handle(
        call,
        &scope,
        before,
        "snooze",
        AlertState::Snoozed,
        Some(until),
    )
    .await
}

async fn handle(
    mut call: Call,
    scope: &Scope,
    before: ExpiryAlert,
    action: &'static str,
    state: AlertState,
    until: Option<Date>,
) -> Result<Versioned<ExpiryAlert>> {
    let set: Vec<(&'static str, Value)> = vec![
        ("state", state.to_value()),
        ("snoozed_until", until.to_value()),
        ("handled_by", call.caller.name.as_str().to_value()),
    ];
    let after = store::save(&mut call, scope, &before, set).await?;
    call.updated(action, &before, after).await
}

/// A block whose alerts are to be set.
pub struct Alerts<'a> {
    pub block: &'a LicenceBlock,
    /// Its own, or the policy's.
    pub days: &'a WarningDays,
    pub zone: &'a TimeZone,
}

/// Sets the alerts of blocks that are new, or whose expiration has changed: one for each threshold to
/// come, and of those already passed the nearest alone.
pub async fn set_all(call: &mut Call, all: &[Alerts<'_>]) -> Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    let mut sql = sql!("delete from expiry_alerts where true");
    sql.and_in(
        "block_id",
        all.iter().map(|it| it.block.id.to_value()).collect(),
    );
    call.execute(sql).await?;
    let mut rows = vec![];
    for it in all {
        let due = it.thresholds();
        let passed = due.iter().filter(|it| it.0 <= call.now).count();
        let wanted = due.into_iter().skip(passed.saturating_sub(1));
        rows.extend(wanted.map(|due| it.row(call, due)));
    }
    insert(call, rows).await
}

/// Sets anew what is to come, after the policy has changed.
pub async fn set_to_come(call: &mut Call, it: Alerts<'_>) -> Result<()> {
    call.execute(sql!(
        "delete from expiry_alerts where block_id = $1 and told_at is null and due_at > $2",
        it.block.id,
        call.now
    ))
    .await?;
    let told: Vec<(i64,)> = call
        .query(sql!(
            "select days from expiry_alerts where block_id = $1",
            it.block.id
        ))
        .await?;
    let due = it.thresholds().into_iter();
    let wanted = due.filter(|(at, days)| *at > call.now && !told.contains(&(*days,)));
    let rows = wanted.map(|due| it.row(call, due)).collect();
    insert(call, rows).await
}

impl Alerts<'_> {
    /// When they are due, the earliest first, and for which threshold.
    fn thresholds(&self) -> Vec<(Instant, i64)> {
        let Some(expiration) = self.block.input.expiration_date else {
            return vec![];
        };
        let at = |days: i64| expiration.plus_days(-days).at_hour(8, self.zone);
        let due = self.days.0.iter().map(|it| (at(it.get()), it.get()));
        let mut due: Vec<_> = due.collect();
        due.sort();
        due
    }

    fn row(&self, call: &Call, (at, days): (Instant, i64)) -> Vec<Value> {
        vec![
            Id::<ExpiryAlert>::new(call.now).to_value(),
            self.block.provider_id.to_value(),
            self.block.reseller_id.to_value(),
            self.block.customer_id.to_value(),
            self.block.id.to_value(),
            days.to_value(),
            at.to_value(),
            None::<Instant>.to_value(),
            None::<Instant>.to_value(),
            AlertState::Open.to_value(),
            None::<Date>.to_value(),
            "".to_value(),
            1_i64.to_value(),
            call.now.to_value(),
            call.now.to_value(),
        ]
    }
}

async fn insert(call: &mut Call, rows: Vec<Vec<Value>>) -> Result<()> {
    call.insert_all("expiry_alerts", INSERTED, rows)
        .await
        .map(drop)
}

const INSERTED: &[&str] = &[
    "id",
    "provider_id",
    "reseller_id",
    "customer_id",
    "block_id",
    "days",
    "due_at",
    "told_at",
    "mailed_at",
    "state",
    "snoozed_until",
    "handled_by",
    "version",
    "created_at",
    "updated_at",
];

/// Somebody has decided what follows a block: nobody has to be told any more.
pub async fn decided(call: &mut Call, block: Id<LicenceBlock>) -> Result<()> {
    call.execute(sql!(
        "delete from expiry_alerts where block_id = $1 and told_at is null",
        block
    ))
    .await?;
    Ok(())
}

/// A zone has changed: what was not told yet is due at the new zone's hour.
pub async fn rezone(call: &mut Call, block: Uuid, expiration: Date, zone: &TimeZone) -> Result<()> {
    let waiting: Vec<(Uuid, i64)> = call
        .query(sql!(
            "select id, days from expiry_alerts where block_id = $1 and told_at is null",
            block
        ))
        .await?;
    for (id, days) in waiting {
        let due = expiration.plus_days(-days).at_hour(8, zone);
        call.execute(sql!(
            "update expiry_alerts set due_at = $1 where id = $2",
            due,
            id
        ))
        .await?;
    }
    Ok(())
}

/// Tells what is due, one alert a transaction; and opens again what was snoozed until today.
pub async fn tell_due(mut new_call: impl FnMut() -> Call) -> Result<u64> {
    let mut told = 0;
    loop {
        let mut call = new_call();
        let due: Option<(Id<ExpiryAlert>,)> = call
            .query_optional(sql!(
                "select id from expiry_alerts where told_at is null and due_at <= $1 order by due_at limit 1",
                call.now
            ))
            .await?;
        let Some((id,)) = due else {
            return Ok(told);
        };
        // Whoever else tells it at this moment finds it told.
        let mine = call
            .execute(sql!(
                "update expiry_alerts set told_at = due_at, updated_at = $1 where id = $2 and told_at is null",
                call.now,
                id
            ))
            .await?;
        if mine == 1
            && let Some(alert) = call
                .look_up::<ExpiryAlert>(&Scope::everywhere(), id)
                .await?
        {
            notify(&mut call, &alert).await?;
            call.also(Event::of("expiring", &alert));
            told += 1;
        }
        call.commit(vec![]).await?;
    }
}

async fn notify(call: &mut Call, alert: &ExpiryAlert) -> Result<()> {
    let tenant = alert.tenant_name.clone();
    let notice = Notice {
        kind: NotificationKind::Expiry,
        object_type: LicenceBlock::NAME,
        object_id: alert.block_id.uuid(),
        owner: alert.owner(),
        user_id: None,
        details: vec![
            ("customer", alert.customer_name.clone()),
            ("product", alert.product_name.clone()),
            ("tenant", tenant.unwrap_or_else(overuse::global)),
            ("licences", alert.licences.to_string()),
            ("date", alert.expiration_date.to_string()),
        ],
    };
    notifications::tell(call, notice).await
}

/// Opens what was snoozed until a day that has come, in the customer's zone.
pub async fn wake(mut new_call: impl FnMut() -> Call) -> Result<()> {
    let mut call = new_call();
    // The day begins somewhere up to 14 hours before it does in UTC.
    let latest = Date::at(call.now.plus_seconds(14 * 3600), &TimeZone::utc());
    let mut sql = LIST.base(&Scope::everywhere());
    sql.and("a.state = ?", AlertState::Snoozed);
    sql.and("a.snoozed_until <= ?", latest);
    let snoozed: Vec<ExpiryAlert> = call.query(sql).await?;
    for it in snoozed {
        let zone = zones::of(&mut call, it.customer_id, it.tenant_id).await?;
        if it
            .input
            .snoozed_until
            .is_none_or(|day| Date::at(call.now, &zone) < day)
        {
            continue;
        }
        call.execute(sql!(
            "update expiry_alerts set state = 'open', snoozed_until = '', version = version + 1, updated_at = $1 where id = $2 and version = $3",
            call.now,
            it.id,
            it.version
        ))
        .await?;
    }
    call.commit(vec![]).await
}

/// Whose desk is written to.
#[derive(Record)]
struct Unmailed {
    id: Id<ExpiryAlert>,
    provider_id: Id<Provider>,
    reseller_id: Option<Id<Reseller>>,
    zone: String,
}

/// A provider's accounting desk, or that of one of its resellers.
type Desk = (Id<Provider>, Option<Id<Reseller>>);

/// One digest a day to each accounting desk, at 08:00 where the desk is, of what was told since the
/// last one and is still open.
pub async fn send_digests(mut new_call: impl FnMut() -> Call) -> Result<()> {
    let mut call = new_call();
    let unmailed: Vec<Unmailed> = call
        .query(sql!(
            "select a.id, a.provider_id, a.reseller_id, coalesce(nullif(r.time_zone, ''), p.time_zone) as zone
             from expiry_alerts a join providers p on p.id = a.provider_id left join resellers r on r.id = a.reseller_id
             where a.told_at is not null and a.mailed_at is null order by a.told_at, a.id"
        ))
        .await?;
    drop(call);
    let mut desks: BTreeMap<Desk, Vec<Unmailed>> = BTreeMap::new();
    for it in unmailed {
        desks
            .entry((it.provider_id, it.reseller_id))
            .or_default()
            .push(it);
    }
    for ((provider, reseller), all) in desks {
        let mut call = new_call();
        let zone = all.first().and_then(|it| TimeZone::parse(&it.zone));
        let zone = zone.unwrap_or_else(TimeZone::utc);
        let today = Date::at(call.now, &zone);
        if call.now < today.at_hour(8, &zone) {
            continue;
        }
        let node = reseller.map_or(provider.uuid(), Id::uuid);
        let mine = call
            .execute(sql!(
                "insert into digests (node_id, day) values ($1, $2) on conflict (node_id) do update set day = excluded.day where digests.day < excluded.day",
                node,
                today
            ))
            .await?;
        if mine == 0 {
            continue;
        }
        digest(&mut call, provider, reseller, &all).await?;
        call.commit(vec![]).await?;
    }
    Ok(())
}

/// The most blocks that a message lists; the others are counted.
const LISTED: usize = 50;

async fn digest(
    call: &mut Call,
    provider: Id<Provider>,
    reseller: Option<Id<Reseller>>,
    all: &[Unmailed],
) -> Result<()> {
    let ids: Vec<_> = all.iter().map(|it| it.id.uuid()).collect();
    let mut open: Vec<ExpiryAlert> = vec![];
    for some in ids.chunks(4_096) {
        let mut sql = LIST.some(&Scope::everywhere(), some.iter().copied());
        sql.and("a.state = ?", AlertState::Open);
        open.extend(call.query::<ExpiryAlert>(sql).await?);
        let mut sql = sql!("update expiry_alerts set mailed_at = ");
        sql.bind(Some(call.now)).push(" where true");
        sql.and_in("id", some.iter().map(|it| it.to_value()).collect());
        call.execute(sql).await?;
    }
    if open.is_empty() {
        return Ok(());
    }
    open.sort_by_key(|it| (it.expiration_date, it.customer_name.clone()));
    let line = |it: &ExpiryAlert| {
        let tenant = it.tenant_name.as_deref().unwrap_or("Global");
        format!(
            "{}: {}, {} × {} ({tenant})",
            it.expiration_date, it.customer_name, it.licences, it.product_name
        )
    };
    let mut lines: Vec<String> = open.iter().take(LISTED).map(line).collect();
    if open.len() > LISTED {
        lines.push(format!("+ {}", open.len() - LISTED));
    }
    let place = match reseller {
        Some(reseller) => Place::Reseller {
            provider: provider.uuid(),
            reseller: reseller.uuid(),
        },
        None => Place::Provider(provider.uuid()),
    };
    for address in overuse::desk(call, provider, reseller).await? {
        let to = Recipient::at(call, address.as_str(), None, place).await?;
        let values = vec![
            ("count", open.len().to_string()),
            ("list", lines.join("; ")),
            (
                "url",
                format!("{}/expiry-alerts", call.state.settings.base_url),
            ),
        ];
        mail::post(call, &to, MailKind::Expiries, values, None).await?;
    }
    Ok(())
}
