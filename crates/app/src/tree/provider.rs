//! Providers: the organisations that manage customers.

use kit::access::{Place, Scope, ScopeColumns};
use kit::call::Call;
use kit::choice;
use kit::conn::{Bind, Kind, Value};
use kit::error::OnConstraint;
use kit::list::{Column, List, Search};
use kit::many::Many;
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Line, Name};
use kit::time::{Instant, TimeZone};
use kit::{Columns, Error, Id, Record, Result, event::Event, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::customers::number;
use crate::licences::rewarn;
use crate::licences::zones::{self, Whose};
use crate::tree::inherited;
use crate::tree::policies::{self, CustomerNames, ProviderPolicies};
use crate::values::{Code, Country, Currency, Domain, Email, Language};
use crate::written::Written;

choice! {
    pub enum ProviderStatus {
        Active = "active" "Active",
        Suspended = "suspended" "Suspended",
    }
}

/// A provider (spec 1.3).
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Provider {
    pub id: Id<Provider>,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: ProviderInput,
    /// The first provider, made by `init`; direct customers belong to it.
    pub is_house: bool,
    pub resellers_count: i64,
    pub customers_count: i64,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a provider.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone)]
pub struct ProviderInput {
    /// Unique on the platform.
    pub name: Name,
    /// Unique on the platform; names the provider in paths of import files.
    pub code: Code,
    /// The first one is primary; inherited by customers that have none.
    #[serde(default)]
    pub domains: Many<Domain>,
    /// Inherited by everything below; UTC when unset.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
    #[serde(default)]
    pub language: Option<Language>,
    #[serde(default)]
    pub currency: Option<Currency>,
    #[serde(default)]
    pub country: Option<Country>,
    /// Who receives over-use messages; at most 10.
    #[serde(default)]
    pub accounting_emails: Many<Email>,
    /// Branding: the sender's name in emails.
    #[serde(default)]
    pub branding_sender: Line<100>,
    /// Branding: one colour, such as `#3f66d0`.
    #[serde(default)]
    pub branding_colour: Line<7>,
    /// Where answers to emails go; the support email when unset.
    #[serde(default)]
    pub reply_to: Option<Email>,
    #[serde(default)]
    pub support_email: Option<Email>,
    #[serde(default)]
    pub support_phone: Line<50>,
    #[serde(flatten)]
    #[record(flatten)]
    #[columns(flatten)]
    pub policies: ProviderPolicies,
    #[serde(default = "active")]
    pub status: ProviderStatus,
}

fn active() -> ProviderStatus {
    ProviderStatus::Active
}

impl Provider {
    pub fn name(&self) -> &str {
        &self.input.name
    }
    pub fn names_are_unique(&self) -> bool {
        self.customer_names() == CustomerNames::Unique
    }
    fn customer_names(&self) -> CustomerNames {
        let names = self.input.policies.customer_names;
        names.unwrap_or(policies::CUSTOMER_NAMES)
    }
    pub fn customer_id_pattern(&self) -> &str {
        match self.input.policies.customer_id_pattern.as_str() {
            "" => number::DEFAULT_PATTERN,
            pattern => pattern,
        }
    }
}

const COLUMNS: &[Column] = &[
    Column::text("name", "Name", "p.name")
        .keyed("p.name_key")
        .shown()
        .searched()
        .width(240),
    Column::text("code", "Code", "p.code")
        .sorted_by("p.code")
        .shown()
        .searched()
        .width(120),
    Column::choice("status", "Status", "p.status", ProviderStatus::ALL)
        .shown()
        .width(110),
    Column::integer(
        "resellers_count",
        "Resellers",
        "(select count(*) from resellers x where x.provider_id = p.id)",
    )
    .shown()
    .width(100),
    Column::integer(
        "customers_count",
        "Customers",
        "(select count(*) from customers x where x.provider_id = p.id and x.deleted_at is null)",
    )
    .shown()
    .width(110),
    Column::text("country", "Country", "p.country")
        .sorted_by("p.country")
        .shown()
        .width(90),
    Column::text("time_zone", "Time zone", "p.time_zone")
        .sorted_by("p.time_zone")
        .shown()
        .width(160),
    Column::text("language", "Language", "p.language"),
    Column::text("currency", "Currency", "p.currency"),
    Column::list("domains", "Domains", "p.domains")
        .searched()
        .width(200),
    Column::list(
        "accounting_emails",
        "Accounting emails",
        "p.accounting_emails",
    ),
    Column::text("branding_sender", "Sender name", "p.branding_sender"),
    Column::text("branding_colour", "Colour", "p.branding_colour"),
    Column::text("reply_to", "Reply to", "p.reply_to"),
    Column::text("support_email", "Support email", "p.support_email"),
    Column::text("support_phone", "Support phone", "p.support_phone"),
    Column::choice(
        "customer_names",
        "Customer names",
        "p.customer_names",
        CustomerNames::ALL,
    ),
    Column::text(
        "customer_id_pattern",
        "Customer id pattern",
        "p.customer_id_pattern",
    ),
    Column::boolean(
        "show_customer_name",
        "Customers see their name",
        "p.show_customer_name",
    )
    .sorted_by("coalesce(p.show_customer_name, false)"),
    Column::boolean(
        "require_second_factor",
        "Requires a second factor",
        "p.require_second_factor",
    )
    .sorted_by("coalesce(p.require_second_factor, false)"),
    Column::list(
        "provider_fields",
        "Fields of the provider",
        "p.provider_fields",
    )
    .plain(),
    Column::integer(
        "password_min_length",
        "Shortest password",
        "p.password_min_length",
    )
    .sorted_by("coalesce(p.password_min_length, 0)"),
    Column::integer("lock_out_tries", "Wrong passwords", "p.lock_out_tries")
        .sorted_by("coalesce(p.lock_out_tries, 0)"),
    Column::integer(
        "session_idle_minutes",
        "Idle session",
        "p.session_idle_minutes",
    )
    .sorted_by("coalesce(p.session_idle_minutes, 0)"),
    Column::integer("session_max_hours", "Session", "p.session_max_hours")
        .sorted_by("coalesce(p.session_max_hours, 0)"),
    Column::integer(
        "csv_download_rows",
        "Rows of a download",
        "p.csv_download_rows",
    )
    .sorted_by("coalesce(p.csv_download_rows, 0)"),
    Column::boolean("self_sign_up", "Self sign-up", "p.self_sign_up")
        .sorted_by("coalesce(p.self_sign_up, false)"),
    Column::text("overuse", "Over-use", "p.overuse").sorted_by("p.overuse"),
    Column::integer("block_term", "Term of blocks", "p.block_term")
        .sorted_by("coalesce(p.block_term, 0)"),
    Column::list(
        "expiry_warning_days",
        "Warning days",
        "p.expiry_warning_days",
    )
    .plain(),
    Column::boolean("is_house", "House provider", "p.is_house"),
    Column::instant("created_at", "Added", "p.created_at")
        .shown()
        .width(150),
    Column::instant("updated_at", "Modified", "p.updated_at").width(150),
    Column::id("id", "Id", "p.id"),
];

pub static LIST: List = List {
    name: "providers",
    select: "p.*, (select count(*) from resellers x where x.provider_id = p.id) as resellers_count, (select count(*) from customers x where x.provider_id = p.id and x.deleted_at is null) as customers_count",
    from: "providers p",
    always: "true",
    id: "p.id",
    columns: COLUMNS,
    sort: "name",
    // Below the provider its row is not listed: what is inherited from it is told where it holds.
    scope: ScopeColumns {
        provider: "p.id = ?",
        reseller: "",
        customer: "",
    },
    archived: None,
    search: Some(Search {
        table: "providers",
        alias: "p",
        text: "p.search_text",
    }),
    expand: &[],
};

/// A provider without the counts of its list, for those who only need its settings: counting costs
/// as much as the provider has customers.
pub const PLAIN: &str =
    "select p.*, 0 as resellers_count, 0 as customers_count from providers p where ";

impl Resource for Provider {
    const NAME: &'static str = "providers";
    const ONE: &'static str = "provider";
    const MORE: &'static [&'static str] = &["inherited"];
    /// What it inherits, and from where (TREE-02).
    async fn more(&self, call: &mut Call) -> Result<Map<String, Json>> {
        Ok(inherited::of_node(call, self.id, None).await?.beside())
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
        Owner::provider(self.id.uuid())
    }
}

impl Editable for Provider {
    type Input = ProviderInput;
    const TABLE: &'static str = "providers";
}

impl Written for Provider {
    type New = ProviderInput;
    const DELETES: bool = false;

    /// Only at platform level.
    async fn create(
        call: &mut Call,
        scope: &Scope,
        input: ProviderInput,
    ) -> Result<(Self, Vec<Event>)> {
        if !scope.is_everywhere() {
            return Err(Error::Forbidden {
                detail: "Only the platform's admins add providers.".into(),
            });
        }
        let id = create(call, input, false).await?;
        let provider = call.find(scope, id).await?;
        let event = Event::created(&provider);
        Ok((provider, event.into()))
    }

    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: ProviderInput,
    ) -> Result<Self> {
        check(&input)?;
        if input.status != before.input.status {
            if before.is_house {
                return Err(Error::field(
                    "/status",
                    "house_provider",
                    "of the house provider cannot be changed",
                ));
            }
            if !scope.is_everywhere() {
                return Err(Error::field(
                    "/status",
                    "platform_only",
                    "is set by the platform's admins",
                ));
            }
            call.changes_rights();
        }
        let (old, new) = (&before.input.policies, &input.policies);
        policies::check_change(call, Place::Provider(before.id.uuid()), old, new)?;
        if new.require_second_factor != old.require_second_factor
            || new.session_idle_minutes != old.session_idle_minutes
            || new.session_max_hours != old.session_max_hours
        {
            call.changes_rights();
        }
        let names = new.customer_names.unwrap_or(policies::CUSTOMER_NAMES);
        if names != before.customer_names() {
            change_name_policy(call, before, names).await?;
        }
        let moved = input.time_zone != before.input.time_zone;
        let after = told(store::save(call, scope, before, written(&input)).await)?;
        if new.terms.expiry_warning_days != old.terms.expiry_warning_days {
            rewarn::changed(call, Whose::Provider(before.id.uuid())).await?;
        }
        if moved {
            zones::changed(call, Whose::Provider(before.id.uuid())).await?;
        }
        Ok(after)
    }
}

/// The store function of the API, of `init` and of the demo.
pub async fn create(call: &mut Call, input: ProviderInput, is_house: bool) -> Result<Id<Provider>> {
    check(&input)?;
    let id = Id::new(call.now);
    let mut set = written(&input);
    set.extend([
        ("id", id.to_value()),
        ("is_house", is_house.to_value()),
        ("version", 1_i64.to_value()),
        ("created_at", call.now.to_value()),
        ("updated_at", call.now.to_value()),
    ]);
    told(store::insert(call, "providers", set).await)?;
    call.execute(sql!(
        "insert into customer_numbers (provider_id, next) values ($1, 1)",
        id
    ))
    .await?;
    Ok(id)
}

fn written(input: &ProviderInput) -> Vec<(&'static str, Value)> {
    let mut set = input.set();
    set.push(("name_key", text::key(&input.name).to_value()));
    let domains = input.domains.iter().map(Domain::as_str);
    let parts = [input.name.as_str(), input.code.as_str()]
        .into_iter()
        .chain(domains);
    set.push(("search_text", text::search_lines(parts).to_value()));
    set
}

fn check(input: &ProviderInput) -> Result<()> {
    if input.accounting_emails.len() > 10 {
        return Err(Error::field(
            "/accounting_emails",
            "too_many",
            "takes at most 10 addresses",
        ));
    }
    let pattern = input.policies.customer_id_pattern.as_str();
    if !pattern.is_empty() {
        number::check_pattern(pattern)
            .map_err(|it| Error::field("/customer_id_pattern", "invalid", it))?;
    }
    let colour = input.branding_colour.as_str();
    let is_colour = colour.len() == 7
        && colour.starts_with('#')
        && colour[1..].bytes().all(|it| it.is_ascii_hexdigit());
    if !colour.is_empty() && !is_colour {
        return Err(Error::field(
            "/branding_colour",
            "invalid",
            "takes a colour such as #3f66d0",
        ));
    }
    Ok(())
}

fn told<T>(outcome: Result<T>) -> Result<T> {
    outcome
        .on(
            Kind::Unique,
            "providers_name_unique",
            "/name",
            "taken",
            "is the name of another provider",
        )
        .on(
            Kind::Unique,
            "providers_code_unique",
            "/code",
            "taken",
            "is the code of another provider",
        )
}

/// Policy `customer_names` (spec 2.1): the index that keeps names apart holds those rows that say
/// so; turning it on while names repeat is refused with the first of them.
async fn change_name_policy(call: &mut Call, before: &Provider, to: CustomerNames) -> Result<()> {
    if to == CustomerNames::Unique {
        let repeated: Vec<(String, i64)> = call
            .query(sql!(
                "select min(name), count(*) from customers where provider_id = $1 and archived_at is null group by name_key having count(*) > 1 order by min(name_key) limit 20",
                before.id
            ))
            .await?;
        if !repeated.is_empty() {
            let names: Vec<_> = repeated
                .iter()
                .map(|(name, count)| format!("{name} ({count})"))
                .collect();
            let message = format!("cannot be unique while names repeat: {}", names.join(", "));
            return Err(Error::field("/customer_names", "names_repeat", message));
        }
    }
    let unique = to == CustomerNames::Unique;
    call.execute(sql!(
        "update customers set name_is_unique = $1 where provider_id = $2",
        unique,
        before.id
    ))
    .await?;
    Ok(())
}
