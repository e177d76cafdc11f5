//! Resellers: an optional level below a provider (spec 1.1).

use kit::access::{Place, Scope, ScopeColumns};
use kit::call::Call;
use kit::conn::{Bind, Kind, Value};
use kit::error::OnConstraint;
use kit::list::{Column, List, Search};
use kit::many::Many;
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Name};
use kit::time::{Instant, TimeZone};
use kit::web::{At, Versioned};
use kit::{Columns, Error, Id, Record, Result, error::Blocker, event::Event, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::customers::Customer;
use crate::licences::rewarn;
use crate::licences::zones::{self, Whose};
use crate::tree::inherited;
use crate::tree::policies::{self, Terms};
use crate::tree::{Provider, customer_list, place};
use crate::values::{Code, Domain, Email, Language};
use crate::written::Written;

/// A reseller.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Reseller {
    pub id: Id<Reseller>,
    pub provider_id: Id<Provider>,
    pub provider_name: String,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: ResellerInput,
    pub own_customer_name: Option<String>,
    pub customers_count: i64,
    pub archived_at: Option<Instant>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a reseller.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone)]
pub struct ResellerInput {
    /// Unique in its provider.
    pub name: Name,
    /// Names the reseller in import files.
    #[serde(default)]
    pub code: Option<Code>,
    /// Inherited by its customers that have none; else the provider's hold.
    #[serde(default)]
    pub domains: Many<Domain>,
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    #[serde(default)]
    pub language: Option<Language>,
    /// The customer of the same provider that this reseller is itself.
    #[serde(default)]
    pub own_customer_id: Option<Id<Customer>>,
    /// Who receives over-use messages of its customers; at most 10.
    #[serde(default)]
    pub accounting_emails: Many<Email>,
    #[serde(flatten)]
    #[record(flatten)]
    #[columns(flatten)]
    pub terms: Terms,
}

/// A new reseller, and where it goes.
#[derive(Deserialize, Serialize, JsonSchema, Clone)]
pub struct ResellerCreate {
    /// The caller's provider when absent (TREE-03).
    #[serde(default)]
    pub provider_id: Option<Id<Provider>>,
    #[serde(flatten)]
    pub input: ResellerInput,
}

const COLUMNS: &[Column] = &[
    Column::text("name", "Name", "r.name")
        .keyed("r.name_key")
        .shown()
        .searched()
        .width(240),
    Column::text("code", "Code", "r.code")
        .sorted_by("r.code")
        .shown()
        .searched()
        .width(120),
    Column::reference(
        "provider_id",
        "Provider",
        "r.provider_id",
        provider_list,
        "provider_name",
    )
    .sorted_by("p.name_key")
    .shown()
    .width(180),
    Column::integer(
        "customers_count",
        "Customers",
        "(select count(*) from customers x where x.reseller_id = r.id and x.deleted_at is null)",
    )
    .shown()
    .width(110),
    Column::reference(
        "own_customer_id",
        "Own customer",
        "r.own_customer_id",
        customer_list,
        "own_customer_name",
    )
    .shown()
    .width(180),
    Column::text("time_zone", "Time zone", "r.time_zone")
        .sorted_by("r.time_zone")
        .width(160),
    Column::text("language", "Language", "r.language"),
    Column::list("domains", "Domains", "r.domains")
        .shown()
        .searched()
        .width(200),
    Column::list(
        "accounting_emails",
        "Accounting emails",
        "r.accounting_emails",
    ),
    Column::text("overuse", "Over-use", "r.overuse").sorted_by("r.overuse"),
    Column::integer("block_term", "Term of blocks", "r.block_term")
        .sorted_by("coalesce(r.block_term, 0)"),
    Column::list(
        "expiry_warning_days",
        "Warning days",
        "r.expiry_warning_days",
    )
    .plain(),
    Column::instant("archived_at", "Archived", "r.archived_at")
        .sorted_by("coalesce(r.archived_at, 0)"),
    Column::instant("created_at", "Added", "r.created_at")
        .shown()
        .width(150),
    Column::instant("updated_at", "Modified", "r.updated_at").width(150),
    Column::id("id", "Id", "r.id"),
];

pub static LIST: List = List {
    name: "resellers",
    select: "r.*, p.name as provider_name, oc.name as own_customer_name, (select count(*) from customers x where x.reseller_id = r.id and x.deleted_at is null) as customers_count",
    from: "resellers r join providers p on p.id = r.provider_id left join customers oc on oc.id = r.own_customer_id",
    always: "true",
    id: "r.id",
    columns: COLUMNS,
    sort: "name",
    scope: ScopeColumns {
        provider: "r.provider_id = ?",
        reseller: "r.id = ?",
        customer: "",
    },
    archived: Some("r.archived_at"),
    search: Some(Search {
        table: "resellers",
        alias: "r",
        text: "r.search_text",
    }),
    expand: &[
        ("provider", "provider_id", "provider_name"),
        ("own_customer", "own_customer_id", "own_customer_name"),
    ],
};

/// For columns that refer to providers.
pub fn provider_list() -> &'static List {
    &super::provider::LIST
}

/// For columns that refer to resellers.
pub fn reseller_list() -> &'static List {
    &LIST
}

/// A reseller without the count of its list: counting costs as much as it has customers.
pub const PLAIN: &str = "select r.*, p.name as provider_name, oc.name as own_customer_name, 0 as customers_count from resellers r join providers p on p.id = r.provider_id left join customers oc on oc.id = r.own_customer_id where ";

impl Resource for Reseller {
    const NAME: &'static str = "resellers";
    const ONE: &'static str = "reseller";
    const STATES: &'static [&'static str] = &["archived_at"];
    const MORE: &'static [&'static str] = &["inherited"];
    /// What it inherits, and from where (TREE-02).
    async fn more(&self, call: &mut Call) -> Result<Map<String, Json>> {
        Ok(inherited::of_node(call, self.provider_id, Some(self.id))
            .await?
            .beside())
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
        Owner::provider(self.provider_id.uuid()).reseller(self.id.uuid())
    }
}

impl Editable for Reseller {
    type Input = ResellerInput;
    const TABLE: &'static str = "resellers";
}

impl Written for Reseller {
    type New = ResellerCreate;

    async fn create(
        call: &mut Call,
        scope: &Scope,
        new: ResellerCreate,
    ) -> Result<(Self, Vec<Event>)> {
        if call.home().reseller().is_some() {
            return Err(Error::Forbidden {
                detail: "Resellers have no resellers of their own.".into(),
            });
        }
        let parent = place::parent(call, scope, new.provider_id, None).await?;
        let place = Place::Provider(parent.provider.id.uuid());
        policies::check_change(call, place, &Terms::default(), &new.input.terms)?;
        let id = create(call, &parent.provider, new.input).await?;
        let reseller = call.find(scope, id).await?;
        let event = Event::created(&reseller);
        Ok((reseller, event.into()))
    }

    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: ResellerInput,
    ) -> Result<Self> {
        check(
            call,
            before.provider_id,
            before.input.own_customer_id,
            &input,
        )
        .await?;
        let place = Place::Reseller {
            provider: before.provider_id.uuid(),
            reseller: before.id.uuid(),
        };
        policies::check_change(call, place, &before.input.terms, &input.terms)?;
        let moved = input.time_zone != before.input.time_zone;
        let rewarned = input.terms.expiry_warning_days != before.input.terms.expiry_warning_days;
        let after = told(store::save(call, scope, before, written(&input)).await)?;
        if rewarned {
            rewarn::changed(call, Whose::Reseller(before.id.uuid())).await?;
        }
        if moved {
            zones::changed(call, Whose::Reseller(before.id.uuid())).await?;
        }
        Ok(after)
    }

    /// Only one that has no customers, users and contacts.
    async fn delete(call: &mut Call, _: &Scope, before: &Self) -> Result<Vec<Event>> {
        let blockers = blockers(call, before.id).await?;
        if !blockers.is_empty() {
            let detail = format!(
                "{} still has customers, users or contacts. Move or delete them first, or archive the reseller.",
                before.title()
            );
            return Err(Error::Conflict {
                code: "in_use",
                detail,
                blockers,
            });
        }
        call.execute(sql!("delete from grants where reseller_id = $1", before.id))
            .await?;
        call.execute(sql!("delete from roles where reseller_id = $1", before.id))
            .await?;
        store::delete(call, before).await?;
        Ok(Event::deleted(before).into())
    }
}

/// The store function of the API and of the demo.
pub async fn create(
    call: &mut Call,
    provider: &Provider,
    input: ResellerInput,
) -> Result<Id<Reseller>> {
    check(call, provider.id, None, &input).await?;
    let id = Id::new(call.now);
    let mut set = written(&input);
    set.extend([
        ("id", id.to_value()),
        ("provider_id", provider.id.to_value()),
        ("archived_at", None::<Instant>.to_value()),
        ("version", 1_i64.to_value()),
        ("created_at", call.now.to_value()),
        ("updated_at", call.now.to_value()),
    ]);
    told(store::insert(call, "resellers", set).await)?;
    Ok(id)
}

async fn blockers(call: &mut Call, id: Id<Reseller>) -> Result<Vec<Blocker>> {
    let counts: [(&str, &str, &'static str, String); 3] = [
        (
            "customers",
            "Customers, those in the bin included",
            "select count(*) from customers where reseller_id = $1",
            format!("/customers?reseller_id={id}&archived=any"),
        ),
        (
            "users",
            "Users",
            "select count(*) from users where reseller_id = $1",
            format!("/users?reseller_id={id}"),
        ),
        (
            "contacts",
            "Contacts",
            "select count(*) from contacts where reseller_id = $1",
            format!("/contacts?reseller_id={id}"),
        ),
    ];
    let mut blockers = vec![];
    for (kind, label, text, href) in counts {
        let mut sql = kit::conn::Sql::new(text);
        sql.add(id);
        let count = call.count(sql).await?;
        if count > 0 {
            blockers.push(Blocker {
                kind: kind.into(),
                label: label.into(),
                count,
                href,
            });
        }
    }
    Ok(blockers)
}

/// Archives a reseller: it leaves lists and pickers.
pub async fn reseller_archive(call: Call, at: At<Reseller>) -> Result<Versioned<Reseller>> {
    set_archived(call, at, true).await
}

/// Takes a reseller back from the archive.
pub async fn reseller_unarchive(call: Call, at: At<Reseller>) -> Result<Versioned<Reseller>> {
    set_archived(call, at, false).await
}

async fn set_archived(
    mut call: Call,
    At(id): At<Reseller>,
    archived: bool,
) -> Result<Versioned<Reseller>> {
    let scope = call.allow::<Reseller>("update")?;
    let before = call.find(&scope, id).await?;
    if before.archived_at.is_some() == archived {
        return Ok(Versioned(before));
    }
    let set = vec![("archived_at", archived.then_some(call.now).to_value())];
    let after = store::save(&mut call, &scope, &before, set).await?;
    call.updated(
        if archived { "archive" } else { "unarchive" },
        &before,
        after,
    )
    .await
}

/// What stands there already may stay, also where the caller does not see it.
async fn check(
    call: &mut Call,
    provider_id: Id<Provider>,
    known: Option<Id<Customer>>,
    input: &ResellerInput,
) -> Result<()> {
    if input.accounting_emails.len() > 10 {
        return Err(Error::field(
            "/accounting_emails",
            "too_many",
            "takes at most 10 addresses",
        ));
    }
    if let Some(own) = input.own_customer_id.filter(|it| known != Some(*it)) {
        let found = match call.allow::<Customer>("read") {
            Ok(scope) => call.look_up(&scope, own).await?,
            Err(_) => None,
        };
        if found.is_none_or(|it| it.provider_id != provider_id) {
            return Err(Error::field(
                "/own_customer_id",
                "unknown_reference",
                "does not exist",
            ));
        }
    }
    Ok(())
}

fn written(input: &ResellerInput) -> Vec<(&'static str, Value)> {
    let mut set = input.set();
    set.push(("name_key", text::key(&input.name).to_value()));
    let code = input.code.as_ref().map_or("", Code::as_str);
    let parts = [input.name.as_str(), code]
        .into_iter()
        .chain(input.domains.iter().map(Domain::as_str));
    set.push(("search_text", text::search_lines(parts).to_value()));
    set
}

fn told<T>(outcome: Result<T>) -> Result<T> {
    outcome
        .on(
            Kind::Unique,
            "resellers_name_unique",
            "/name",
            "taken",
            "is the name of another reseller of this provider",
        )
        .on(
            Kind::Unique,
            "resellers_code_unique",
            "/code",
            "taken",
            "is the code of another reseller of this provider",
        )
}
