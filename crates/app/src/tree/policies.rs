//! Policies (TREE-06): what a provider decides for everything below it, and for some of them a
//! reseller or a customer otherwise. Unset is inherited; what nobody set is the platform's default,
//! which is the constant named here.

use std::borrow::Cow;
use std::fmt;

use kit::access::{Permission, Place};
use kit::bounded::Bounded;
use kit::call::Call;
use kit::choice;
use kit::conn::{Cell, Column as Stored, Sql, Value};
use kit::error::FieldError;
use kit::json_column;
use kit::many::Many;
use kit::text::Line as Text;
use kit::{Columns, Error, Id, Record, Result, sql};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::inherited::{Inherited, Line};
use super::{Provider, Reseller};
use crate::customers::{Customer, number};
use crate::people::User;

choice! {
    /// Whether customers of a provider may bear the same name.
    pub enum CustomerNames {
        Unique = "unique" "Unique",
        MayRepeat = "may_repeat" "May repeat",
    }
}

choice! {
    /// A field of customers that only platform and provider callers see.
    pub enum ProviderField {
        ExtendedName = "extended_name" "Extended name",
        ExternalCustomerId = "external_customer_id" "External customer ID",
    }
}

/// How far use may exceed what was purchased (LIC-09): `allow`, `percent 10`, `licences 5`, `forbid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overuse {
    /// Without an end.
    Allow,
    /// By so much of what was purchased, at most 1,000.
    Percent(u32),
    /// By so many licences, at most 1,000,000.
    Licences(u32),
    Forbid,
}

impl Overuse {
    /// The error is a sentence without a subject.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (kind, amount) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let amount = amount.trim().parse::<u32>().ok();
        match (kind, amount) {
            ("allow", None) if text.trim() == kind => Ok(Self::Allow),
            ("forbid", None) if text.trim() == kind => Ok(Self::Forbid),
            ("percent", Some(it)) if it <= 1000 => Ok(Self::Percent(it)),
            ("licences", Some(it)) if it <= 1_000_000 => Ok(Self::Licences(it)),
            _ => Err(
                "takes allow, forbid, percent and a number to 1000, or licences and a number to 1000000"
                    .into(),
            ),
        }
    }
}

impl fmt::Display for Overuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow => f.write_str("allow"),
            Self::Percent(it) => write!(f, "percent {it}"),
            Self::Licences(it) => write!(f, "licences {it}"),
            Self::Forbid => f.write_str("forbid"),
        }
    }
}

impl Serialize for Overuse {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Overuse {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(d)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

impl JsonSchema for Overuse {
    fn schema_name() -> Cow<'static, str> {
        "Overuse".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(allow|forbid|percent [0-9]{1,4}|licences [0-9]{1,7})$" })
    }
}

impl Stored for Overuse {
    fn value(it: Option<Self>) -> Value {
        Value::Text(Some(it.map(|it| it.to_string()).unwrap_or_default()))
    }
    fn read(cell: Cell<'_>) -> Option<Self> {
        Self::parse(cell.text()?).ok()
    }
}

/// A term in months.
pub type Months = Bounded<1, 120>;

/// The fields of customers that a provider uses; none of them when it is an empty list.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
#[serde(transparent)]
pub struct ProviderFields(pub Many<ProviderField>);

/// Days before the expiration; 0 is its day, -7 a week after it. No warnings when it is an empty list.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
#[serde(transparent)]
pub struct WarningDays(pub Many<Bounded<-365, 365>>);

json_column!(ProviderFields, WarningDays);

/// The policies about licences: a provider, a reseller and a customer can each have their own.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// Policy: how far use may exceed what was purchased: `allow`, `percent 10`, `licences 5` or
    /// `forbid`. Inherited when unset.
    #[serde(default)]
    pub overuse: Option<Overuse>,
    /// Policy: the months after which a new licence block expires unless another date is given.
    /// Inherited when unset.
    #[serde(default)]
    pub block_term: Option<Months>,
    /// Policy: how many days before an expiration to warn; 0 is its day, -7 a week after it. An empty
    /// list: never. Inherited when unset.
    #[serde(default)]
    pub expiry_warning_days: Option<WarningDays>,
}

/// The policies of a provider; the platform's defaults hold for those that are unset.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
pub struct ProviderPolicies {
    /// Policy: whether customers' names must be unique. Turning it on while names repeat is refused.
    #[serde(default)]
    pub customer_names: Option<CustomerNames>,
    /// Policy: how customer ids are generated: text, one `{0…0}` of minimum width, `{yyyy}`.
    #[serde(default)]
    pub customer_id_pattern: Text<60>,
    /// Policy: whether customers see their own record's name.
    #[serde(default)]
    pub show_customer_name: Option<bool>,
    /// Policy: which of the customers' fields that only platform and provider see are used; others take
    /// no new values.
    #[serde(default)]
    pub provider_fields: Option<ProviderFields>,
    /// Policy: whether everybody who holds a role here or below needs a second factor to log in; of
    /// the house provider, the platform's people too.
    #[serde(default)]
    pub require_second_factor: Option<bool>,
    /// Policy: how many characters a new password needs.
    #[serde(default)]
    pub password_min_length: Option<Bounded<12, 64>>,
    /// Policy: how many wrong passwords in a row lock an account.
    #[serde(default)]
    pub lock_out_tries: Option<Bounded<3, 10>>,
    /// Policy: after how many minutes without a request a session ends.
    #[serde(default)]
    pub session_idle_minutes: Option<Bounded<5, 60>>,
    /// Policy: after how many hours a session ends.
    #[serde(default)]
    pub session_max_hours: Option<Bounded<1, 12>>,
    /// Policy: how many rows the console downloads at once; programs are not limited.
    #[serde(default)]
    pub csv_download_rows: Option<Bounded<1, 1_000_000>>,
    /// Policy: whether organisations may sign up by themselves (ONB-02); of the house provider.
    #[serde(default)]
    pub self_sign_up: Option<bool>,
    #[serde(flatten)]
    #[record(flatten)]
    #[columns(flatten)]
    pub terms: Terms,
}

/// The platform's defaults.
pub const CUSTOMER_NAMES: CustomerNames = CustomerNames::Unique;
pub const PASSWORD_MIN_LENGTH: Bounded<12, 64> = Bounded::nearest(12);
pub const LOCK_OUT_TRIES: Bounded<3, 10> = Bounded::nearest(10);
pub const SESSION_IDLE_MINUTES: Bounded<5, 60> = Bounded::nearest(60);
pub const SESSION_MAX_HOURS: Bounded<1, 12> = Bounded::nearest(12);
pub const CSV_DOWNLOAD_ROWS: Bounded<1, 1_000_000> = Bounded::nearest(5000);
pub const OVERUSE: Overuse = Overuse::Allow;
pub const BLOCK_TERM: Months = Bounded::nearest(12);
pub const EXPIRY_WARNING_DAYS: [i64; 5] = [90, 30, 7, 0, -7];

/// The policies in force at a node, each with where it comes from.
#[derive(Serialize, JsonSchema, Clone, Debug)]
pub struct Policies {
    pub customer_names: Inherited<CustomerNames>,
    pub customer_id_pattern: Inherited<Text<60>>,
    pub show_customer_name: Inherited<bool>,
    pub provider_fields: Inherited<ProviderFields>,
    pub require_second_factor: Inherited<bool>,
    pub password_min_length: Inherited<Bounded<12, 64>>,
    pub lock_out_tries: Inherited<Bounded<3, 10>>,
    pub session_idle_minutes: Inherited<Bounded<5, 60>>,
    pub session_max_hours: Inherited<Bounded<1, 12>>,
    pub csv_download_rows: Inherited<Bounded<1, 1_000_000>>,
    pub self_sign_up: Inherited<bool>,
    /// How far use may exceed what was purchased (LIC-09).
    pub overuse: Inherited<Overuse>,
    /// A new block expires so many months after its order date (LIC-03).
    pub block_term: Inherited<Months>,
    /// How many days before an expiration to warn.
    pub expiry_warning_days: Inherited<WarningDays>,
}

/// The policies that hold for a customer that is in scope.
pub async fn of_customer(call: &mut Call, customer: &Customer) -> Result<Policies> {
    let (provider, reseller) = (customer.provider_id, customer.reseller_id);
    let line = Line::to(call, provider, reseller, Some(customer)).await?;
    Ok(Policies::at(&line))
}

/// The policies that hold at a provider, or at a reseller of it; in scope.
pub async fn of_node(
    call: &mut Call,
    provider: Id<Provider>,
    reseller: Option<Id<Reseller>>,
) -> Result<Policies> {
    let line = Line::to(call, provider, reseller, None).await?;
    Ok(Policies::at(&line))
}

impl Policies {
    pub fn at(line: &Line<'_>) -> Self {
        Self {
            customer_names: own(line, |it| it.customer_names, CUSTOMER_NAMES),
            customer_id_pattern: own(
                line,
                |it| Some(it.customer_id_pattern.clone()).filter(|it| !it.is_empty()),
                Text::parse(number::DEFAULT_PATTERN).unwrap_or_default(),
            ),
            show_customer_name: own(line, |it| it.show_customer_name, false),
            provider_fields: own(line, |it| it.provider_fields.clone(), every_field()),
            require_second_factor: own(line, |it| it.require_second_factor, false),
            password_min_length: own(line, |it| it.password_min_length, PASSWORD_MIN_LENGTH),
            lock_out_tries: own(line, |it| it.lock_out_tries, LOCK_OUT_TRIES),
            session_idle_minutes: own(line, |it| it.session_idle_minutes, SESSION_IDLE_MINUTES),
            session_max_hours: own(line, |it| it.session_max_hours, SESSION_MAX_HOURS),
            csv_download_rows: own(line, |it| it.csv_download_rows, CSV_DOWNLOAD_ROWS),
            self_sign_up: own(line, |it| it.self_sign_up, false),
            overuse: term(line, |it| it.overuse, OVERUSE),
            block_term: term(line, |it| it.block_term, BLOCK_TERM),
            expiry_warning_days: term(
                line,
                |it| it.expiry_warning_days.clone(),
                WarningDays(Many(
                    EXPIRY_WARNING_DAYS
                        .iter()
                        .map(|it| Bounded::nearest(*it))
                        .collect(),
                )),
            ),
        }
    }
}

fn every_field() -> ProviderFields {
    ProviderFields(Many(vec![
        ProviderField::ExtendedName,
        ProviderField::ExternalCustomerId,
    ]))
}

/// A policy of the provider alone.
fn own<T>(
    line: &Line<'_>,
    of: impl Fn(&ProviderPolicies) -> Option<T>,
    default: T,
) -> Inherited<T> {
    line.nearest(|_| None, |_| None, |it| of(&it.policies), default)
}

/// A policy that each level may have.
fn term<T>(line: &Line<'_>, of: impl Fn(&Terms) -> Option<T>, default: T) -> Inherited<T> {
    line.nearest(
        |it| of(&it.terms),
        |it| of(&it.terms),
        |it| of(&it.policies.terms),
        default,
    )
}

/// What log-ins must keep to (ACC-02, ACC-04).
#[derive(Record, Clone, Debug, Default)]
pub struct Limits {
    password_min_length: Option<Bounded<12, 64>>,
    lock_out_tries: Option<Bounded<3, 10>>,
    session_idle_minutes: Option<Bounded<5, 60>>,
    session_max_hours: Option<Bounded<1, 12>>,
}

const STRICTEST: &str = "select max(p.password_min_length) as password_min_length, min(p.lock_out_tries) as lock_out_tries, min(p.session_idle_minutes) as session_idle_minutes, min(p.session_max_hours) as session_max_hours from providers p where ";

impl Limits {
    /// Reads those of a person: the strictest of the providers where it holds a role, or below; for a
    /// role at the platform the house provider's.
    pub fn of(user: Id<User>) -> Sql {
        let mut sql = Sql::new(STRICTEST);
        let providers = "p.id in (select coalesce(g.provider_id, (select h.id from providers h where h.is_house)) from grants g where g.user_id = ?)";
        sql.part(providers, user);
        sql
    }

    /// Reads those of people who get their first role here.
    pub fn at(place: Place) -> Sql {
        let mut sql = Sql::new(STRICTEST);
        match place.provider() {
            Some(id) => sql.part("p.id = ?", id),
            None => sql.push("p.is_house"),
        };
        sql
    }

    pub fn password_min_length(&self) -> usize {
        let least = self.password_min_length.unwrap_or(PASSWORD_MIN_LENGTH);
        usize::try_from(least.get()).unwrap_or_default()
    }

    pub fn lock_out_tries(&self) -> i64 {
        self.lock_out_tries.unwrap_or(LOCK_OUT_TRIES).get()
    }

    /// How long a session lives without a request, in seconds.
    pub fn idle(&self) -> i64 {
        self.session_idle_minutes
            .unwrap_or(SESSION_IDLE_MINUTES)
            .get()
            * 60
    }

    /// How long a session lives in all, in seconds.
    pub fn session(&self) -> i64 {
        self.session_max_hours.unwrap_or(SESSION_MAX_HOURS).get() * 60 * 60
    }
}

/// Policy `csv_download_rows`, at the caller's place of work.
pub async fn download_rows(call: &mut Call) -> Result<i64> {
    let provider = call.home().provider();
    let sql = sql!(
        "select csv_download_rows from providers p where case when $2 then p.is_house else p.id = $1 end",
        provider,
        provider.is_none()
    );
    let found: Option<(Option<Bounded<1, 1_000_000>>,)> = call.query_optional(sql).await?;
    let rows = found.and_then(|it| it.0).unwrap_or(CSV_DOWNLOAD_ROWS);
    Ok(rows.get())
}

/// Policies are settings: who changes one needs `settings:update` at the node, which reseller admins
/// and supporters do not have (ACC-07).
pub fn check_change<T: kit::resource::Columns>(
    call: &Call,
    place: Place,
    before: &T,
    after: &T,
) -> Result<()> {
    let settings = Permission {
        resource: "settings",
        action: "update",
    };
    if call.allow_named(settings).is_ok_and(|it| it.covers(place)) {
        return Ok(());
    }
    let (before, after) = (before.values(), after.values());
    let changed = T::COLUMNS.iter().zip(before.iter().zip(&after));
    let changed = changed.filter(|(_, (before, after))| before != after);
    let message = "is a policy; to change it takes the permission settings:update";
    let errors: Vec<_> = changed
        .map(|(name, _)| FieldError::new(format!("/{name}"), "policy", message))
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(Error::Invalid(errors))
}

/// Policy `provider_fields`: what a provider does not use takes no new values.
pub fn check_used(provider: &Provider, field: ProviderField) -> Result<()> {
    let used = provider.input.policies.provider_fields.as_ref();
    if used.is_none_or(|it| it.0.contains(&field)) {
        return Ok(());
    }
    let message = "is not used by this provider (policy provider_fields)";
    Err(Error::field(
        format!("/{}", field.as_str()),
        "not_used",
        message,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overuse_reads_what_it_writes() {
        for text in ["allow", "percent 10", "licences 5", "forbid", "percent 0"] {
            assert_eq!(Overuse::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Overuse::parse(" percent  7 "), Ok(Overuse::Percent(7)));
        for wrong in [
            "",
            "percent",
            "percent -1",
            "percent 1001",
            "licences 1000001",
            "allow 5",
            "forbid x",
            "some",
            "licences 1.5",
        ] {
            assert!(Overuse::parse(wrong).is_err(), "{wrong}");
        }
    }
}
