//! Users: log-in accounts (spec 1.3). One person, one account, one email on the platform.

use kit::access::{Level, Place, Scope, ScopeColumns};
use kit::body::{Body, Edit};
use kit::call::Call;
use kit::choice;
use kit::conn::{Bind, Kind, Value};
use kit::error::OnConstraint;
use kit::event::{Change, Event};
use kit::list::{Column, List, Search};
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Name};
use kit::time::{Instant, TimeZone};
use kit::web::{At, Created, Versioned};
use kit::{Columns, Id, Record, Result, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account::set_for_other;
pub use super::account::{
    replace_password, user_disable, user_enable, user_lock, user_set_password, user_unlock,
};
use super::contact::{Contact, contact_list};
use super::held::check_access;
use super::one_shot;
use super::role::Role;
use super::{grant, password};
use crate::customers::rollup;
use crate::mail::{MailKind, outbox};
use crate::tree::policies::Limits;
use crate::values::{Email, Language};

choice! {
    /// Only active users work. Locked ones cannot log in for 15 minutes (ACC-02).
    pub enum UserStatus {
        Invited = "invited" "Invited",
        Active = "active" "Active",
        Locked = "locked" "Locked",
        Disabled = "disabled" "Disabled",
    }
}

/// A log-in account.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct User {
    pub id: Id<User>,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: UserInput,
    pub contact_name: Option<String>,
    pub status: UserStatus,
    /// The password was set by somebody else and must be changed at the next log-in.
    pub must_change_password: bool,
    /// Whether logging in takes a code besides the password.
    pub second_factor: bool,
    /// Whether it is linked to an identity at an SSO provider.
    pub single_sign_on: bool,
    /// The first role that it holds; `GET /grants?user_id=` tells all of them.
    pub role_name: Option<String>,
    /// What people inside a customer read instead (ACC-09).
    pub role_name_inside: Option<String>,
    /// The home node: where the account is kept.
    pub node_type: Level,
    /// None for the platform.
    pub node_id: Option<Uuid>,
    pub node_name: String,
    pub provider_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub last_login_at: Option<Instant>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a user.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone, PartialEq)]
pub struct UserInput {
    /// The log-in: unique on the platform, whatever its case (ACC-01).
    pub email: Email,
    pub display_name: Name,
    /// The contact that this person is.
    #[serde(default)]
    pub contact_id: Option<Id<Contact>>,
    /// Inherited from the home node when unset.
    #[serde(default)]
    pub language: Option<Language>,
    /// Inherited from the home node when unset.
    #[serde(default)]
    pub time_zone: Option<TimeZone>,
}

/// A new user with its first role. It must change its password at the first log-in (ACC-02).
#[derive(Deserialize, JsonSchema)]
pub struct UserCreate {
    #[serde(flatten)]
    pub input: UserInput,
    /// 12 to 128 characters.
    pub password: String,
    pub password_repeat: String,
    pub role_id: Id<Role>,
    /// Where the role is held and the account is kept; the caller's own node when absent.
    #[serde(default)]
    pub node_id: Option<Uuid>,
}

const COLUMNS: &[Column] = &[
    Column::text("display_name", "Name", "u.name_key")
        .keyed("u.name_key")
        .shown()
        .customer()
        .searched()
        .width(200),
    Column::text("email", "Email", "u.email_key")
        .keyed("u.email_key")
        .shown()
        .customer()
        .searched()
        .width(240),
    Column::text("role_name", "Role", "")
        .plain()
        .inside("role_name_inside")
        .shown()
        .width(150),
    Column::text(
        "node_name",
        "Node",
        "coalesce(c.name, r.name, p.name, 'Platform')",
    )
    .sorted_by("coalesce(c.name_key, r.name_key, p.name_key, '')")
    .shown()
    .width(200),
    Column::choice("status", "Status", "u.status", UserStatus::ALL)
        .shown()
        .customer()
        .width(100),
    Column::instant("last_login_at", "Last log-in", "u.last_login_at")
        .sorted_by("coalesce(u.last_login_at, 0)")
        .shown()
        .customer()
        .width(150),
    Column::choice("node_type", "Level", LEVEL, Level::ALL)
        .customer()
        .width(100),
    Column::reference(
        "contact_id",
        "Contact",
        "u.contact_id",
        contact_list,
        "contact_name",
    )
    .customer()
    .width(180),
    Column::choice("language", "Language", "u.language", Language::ALL)
        .customer()
        .width(100),
    Column::text("time_zone", "Time zone", "u.time_zone")
        .sorted_by("u.time_zone")
        .customer()
        .width(150),
    Column::boolean(
        "must_change_password",
        "Must change password",
        "u.must_change_password",
    )
    .customer()
    .width(120),
    Column::boolean("second_factor", "Second factor", HAS_FACTOR)
        .shown()
        .customer()
        .width(120),
    Column::boolean("single_sign_on", "Single sign-on", HAS_IDENTITY).width(120),
    Column::instant("created_at", "Added", "u.created_at")
        .customer()
        .width(150),
    Column::instant("updated_at", "Modified", "u.updated_at")
        .customer()
        .width(150),
    Column::id(
        "node_id",
        "Node id",
        "coalesce(u.customer_id, u.reseller_id, u.provider_id)",
    ),
    Column::id("provider_id", "Provider id", "u.provider_id"),
    Column::id("reseller_id", "Reseller id", "u.reseller_id"),
    Column::id("customer_id", "Customer id", "u.customer_id"),
    Column::id("id", "Id", "u.id").customer(),
];

const HAS_FACTOR: &str = "(select count(*) > 0 from second_factors f where f.user_id = u.id and f.confirmed_at is not null)";

const HAS_IDENTITY: &str = "(select count(*) > 0 from sso_identities i where i.user_id = u.id)";

const LEVEL: &str = "case when u.customer_id is not null then 'customer' when u.reseller_id is not null then 'reseller' when u.provider_id is not null then 'provider' else 'platform' end";

pub static LIST: List = List {
    name: "users",
    select: "u.*, (select count(*) > 0 from second_factors f where f.user_id = u.id and f.confirmed_at is not null) as second_factor, (select count(*) > 0 from sso_identities i where i.user_id = u.id) as single_sign_on, trim(k.first_name || ' ' || k.last_name) as contact_name, \
        (select case when o.is_prefixed then oc.name || ' ' || o.name else o.name end from grants g join roles o on o.id = g.role_id left join customers oc on oc.id = o.customer_id \
        where g.user_id = u.id and (g.provider_id = u.provider_id or g.provider_id is null and u.provider_id is null) order by g.created_at, g.id limit 1) as role_name, \
        (select case when o.is_prefixed then case when p.show_customer_name then oc.name else coalesce(od.name, '') end || ' ' || o.name else o.name end from grants g join roles o on o.id = g.role_id left join customers oc on oc.id = o.customer_id \
        left join tenants od on od.customer_id = o.customer_id and od.is_default \
        where g.user_id = u.id and (g.provider_id = u.provider_id or g.provider_id is null and u.provider_id is null) order by g.created_at, g.id limit 1) as role_name_inside, \
        case when u.customer_id is not null then 'customer' when u.reseller_id is not null then 'reseller' when u.provider_id is not null then 'provider' else 'platform' end as node_type, \
        coalesce(u.customer_id, u.reseller_id, u.provider_id) as node_id, coalesce(c.name, r.name, p.name, 'Platform') as node_name",
    from: "users u left join contacts k on k.id = u.contact_id left join providers p on p.id = u.provider_id left join resellers r on r.id = u.reseller_id and u.customer_id is null left join customers c on c.id = u.customer_id",
    always: "true",
    id: "u.id",
    columns: COLUMNS,
    sort: "display_name",
    scope: ScopeColumns {
        provider: "u.provider_id = ?",
        reseller: "u.reseller_id = ?",
        customer: "u.customer_id = ?",
    },
    archived: None,
    search: Some(Search {
        table: "users",
        alias: "u",
        text: "u.search_text",
    }),
    expand: &[("contact", "contact_id", "contact_name")],
};

/// For columns that refer to users.
pub fn user_list() -> &'static List {
    &LIST
}

impl Resource for User {
    const NAME: &'static str = "users";
    const ONE: &'static str = "user";
    const STATES: &'static [&'static str] = &["status", "must_change_password", "second_factor"];
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
        self.input.display_name.to_string()
    }
    fn owner(&self) -> Owner {
        Owner::of(self.provider_id, self.reseller_id, self.customer_id)
    }
}

impl Editable for User {
    type Input = UserInput;
    const TABLE: &'static str = "users";
}

/// Adds a user with its first role; nobody gives more than they hold there (ACC-08).
pub async fn user_create(mut call: Call, Body(new): Body<UserCreate>) -> Result<Created<User>> {
    let scope = call.allow::<User>("create")?;
    let password = new.password;
    let hash = set_for_other(
        &call.state,
        new.input.email.as_str(),
        password.clone(),
        &new.password_repeat,
    )
    .await?;
    let (role, place) = grant::chosen(&mut call, &scope, new.role_id, new.node_id).await?;
    let limits: Limits = call.query_one(Limits::at(place)).await?;
    password::checked(&limits, &password, new.input.email.as_str(), "/password")?;
    check_access(&mut call, place, &new.input.email).await?;
    check_contact(&mut call, new.input.contact_id).await?;
    let id = create(&mut call, &new.input, place, hash, true).await?;
    grant::give(&mut call, id, role.id, place).await?;
    let user = call.find(&scope, id).await?;
    let event =
        Event::created(&user).with(Change::new("role", None::<String>, role.title()).seen_inside());
    call.created(user, event).await
}

/// The store function of [`user_create`] and of the command line.
pub async fn create(
    call: &mut Call,
    input: &UserInput,
    home: Place,
    hash: String,
    must_change: bool,
) -> Result<Id<User>> {
    let id = Id::new(call.now);
    let mut set = written(input);
    set.extend([
        ("id", id.to_value()),
        ("provider_id", home.provider().to_value()),
        ("reseller_id", home.reseller().to_value()),
        ("customer_id", home.customer().to_value()),
        ("status", UserStatus::Active.to_value()),
        ("password_hash", hash.to_value()),
        ("must_change_password", must_change.to_value()),
        ("wrong_passwords", 0_i64.to_value()),
        ("locked_until", None::<Instant>.to_value()),
        ("last_login_at", None::<Instant>.to_value()),
        ("version", 1_i64.to_value()),
        ("created_at", call.now.to_value()),
        ("updated_at", call.now.to_value()),
    ]);
    told(store::insert(call, "users", set).await)?;
    if let Some(customer) = home.customer() {
        rollup::add(call, customer.into(), rollup::Counter::Users, 1).await?;
    }
    Ok(id)
}

/// Changes a user.
pub async fn user_update(
    mut call: Call,
    At(id): At<User>,
    edit: Edit<User>,
) -> Result<Versioned<User>> {
    let (scope, before) = administered(&mut call, id).await?;
    call.match_version(&before)?;
    let input = edit.apply(&before)?;
    if input == before.input {
        return Ok(Versioned(before));
    }
    if input.contact_id != before.input.contact_id {
        check_contact(&mut call, input.contact_id).await?;
    }
    if input.email != before.input.email {
        // Links went to the old address, and nobody else would tell it.
        one_shot::void_all(&mut call, before.id.uuid()).await?;
        outbox::tell(&mut call, before.id, MailKind::EmailChanged).await?;
    }
    let after = told(store::save(&mut call, &scope, &before, written(&input)).await)?;
    call.updated("update", &before, after).await
}

/// A user that the caller may change: in scope, and with no more rights than the caller's own.
pub async fn administered(call: &mut Call, id: Id<User>) -> Result<(Scope, User)> {
    let scope = call.allow::<User>("update")?;
    let user = call.find(&scope, id).await?;
    grant::check_outranks(call, user.id).await?;
    Ok((scope, user))
}

/// A contact that the caller sees.
async fn check_contact(call: &mut Call, contact: Option<Id<Contact>>) -> Result<()> {
    if let Some(id) = contact {
        let scope = call.allow::<Contact>("read")?;
        call.reference(&scope, id, "/contact_id").await?;
    }
    Ok(())
}

fn written(input: &UserInput) -> Vec<(&'static str, Value)> {
    let mut set = input.set();
    set.extend([
        ("email_key", text::key(input.email.as_str()).to_value()),
        ("name_key", text::key(&input.display_name).to_value()),
        (
            "search_text",
            text::search_lines([input.display_name.as_str(), input.email.as_str()]).to_value(),
        ),
    ]);
    set
}

/// Says nothing about an account that the caller may not see.
fn told<T>(outcome: Result<T>) -> Result<T> {
    outcome.on(
        Kind::Unique,
        "users_email_unique",
        "/email",
        "taken",
        "cannot be used; choose another address",
    )
}

/// A user by its log-in, for the command line on the machine itself.
pub async fn by_email(call: &mut Call, scope: &Scope, email: &str) -> Result<Option<User>> {
    let found: Option<(Id<User>,)> = call
        .query_optional(sql!(
            "select id from users where email_key = $1",
            text::key(email)
        ))
        .await?;
    match found {
        Some((id,)) => call.look_up(scope, id).await,
        None => Ok(None),
    }
}
