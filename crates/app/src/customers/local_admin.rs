//! A new customer's admin of its own (CUS-03): its log-in, made from the customer's name, and its role,
//! cloned from one of the provider or reseller to the customer's level (ACC-09).

use axum::Json;
use kit::access::{Level, Permissions, Place, Scope};
use kit::call::Call;
use kit::error::FieldError;
use kit::event::{Change, Event};
use kit::list::Query;
use kit::resource::Resource;
use kit::{Error, Id, Result, State, sql, text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::customer::{AccessMode, Customer, CustomerInput};
use super::number;
use crate::people::role::{self, NewRole, Role, RoleInput};
use crate::people::user::{self, User, UserInput};
use crate::people::{grant, password};
use crate::tree::policies::Limits;
use crate::tree::{Reseller, inherited, place};
use crate::values::{Domain, Email};

/// The longest part before the `@`.
const MOST: usize = 64;

/// The admin that a new customer gets.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalAdmin {
    /// The log-in before the `@`: letters, digits and `.`, `_`, `-`. Made from the customer's name when
    /// absent; behind it stands the customer's own or inherited first domain.
    #[serde(default)]
    pub user: String,
    /// 12 to 128 characters; must be changed at the first log-in.
    #[serde(default)]
    pub password: String,
    #[serde(default)]
    pub password_repeat: String,
    /// A role of a provider or reseller: cloned to the customer's level, so without what a customer's
    /// admin may not.
    #[serde(default)]
    pub role_id: Option<Id<Role>>,
}

/// A section that was looked at as far as that needs no transaction.
pub struct Checked {
    user: String,
    password: String,
    hash: String,
    role: Id<Role>,
}

/// Where the caller may add both users and roles.
pub fn allow(call: &Call) -> Result<[Scope; 2]> {
    Ok([call.allow::<User>("create")?, call.allow::<Role>("create")?])
}

/// Before the transaction: hashing takes longer than all of it.
pub async fn check(state: &State, new: LocalAdmin, customer: &CustomerInput) -> Result<Checked> {
    let mut errors = vec![];
    let mut wrong = |field: &str, code: &str, message: String| {
        errors.push(FieldError::new(
            format!("/local_admin/{field}"),
            code,
            message,
        ));
    };
    if customer.access_mode == AccessMode::NoAccess {
        wrong(
            "user",
            "no_access",
            "could not log in: the customer's access mode is no access".into(),
        );
    }
    if let Err(message) = check_user(&new.user) {
        wrong("user", "invalid", message);
    }
    if let Err(message) = password::check(&Limits::default(), &new.password, &new.user) {
        wrong("password", "weak_password", message);
    } else if new.password != new.password_repeat {
        wrong(
            "password_repeat",
            "differs",
            "differs from the password; type both again".into(),
        );
    }
    if new.role_id.is_none() {
        wrong("role_id", "required", "is required".into());
    }
    match new.role_id.filter(|_| errors.is_empty()) {
        None => Err(Error::Invalid(errors)),
        Some(role) => Ok(Checked {
            hash: password::hash(state, new.password.clone()).await?,
            password: new.password,
            user: new.user,
            role,
        }),
    }
}

/// Clones the role, makes the user and gives it the role, in the customer's own transaction.
pub async fn create(call: &mut Call, customer: &Customer, new: Checked) -> Result<Vec<Event>> {
    let place = Place::Customer {
        provider: customer.provider_id.uuid(),
        reseller: customer.reseller_id.map(Id::uuid),
        customer: customer.id.uuid(),
    };
    if !allow(call)?.iter().all(|it| it.covers(place)) {
        return Err(Error::Forbidden {
            detail: "Your role does not let you add users and roles to this customer.".into(),
        });
    }
    let template = template(call, new.role, place).await?;
    let cloned = NewRole {
        owner: place,
        level: Level::Customer,
        input: RoleInput {
            permissions: given(&template)?,
            ..template.input.clone()
        },
        is_prefixed: true,
        template: Some(template),
    };
    let role = role::create(call, cloned).await?;
    let provider = place::provider_of(call, customer.provider_id).await?;
    let reseller = match customer.reseller_id {
        None => None,
        Some(id) => place::reseller_of(call, id).await?,
    };
    let domain = inherited::primary_domain(&customer.input.domains, &provider, reseller.as_ref());
    let domain = domain.ok_or_else(|| Error::field(USER, "no_domain", NO_DOMAIN))?;
    let user = log_in(
        call,
        &new.user,
        &customer.input.name,
        &customer.input.customer_id,
        &domain,
    )
    .await?;
    let limits: Limits = call.query_one(Limits::at(place)).await?;
    password::checked(&limits, &new.password, &user, "/local_admin/password")?;
    let address = format!("{user}@{}", domain.as_str());
    let input = UserInput {
        email: Email::parse(&address).map_err(|it| Error::field(USER, "invalid", it))?,
        display_name: text::Text::parse(&user).map_err(|it| Error::field(USER, "invalid", it))?,
        contact_id: None,
        language: None,
        time_zone: None,
    };
    let made = user::create(call, &input, place, new.hash, true).await;
    let id = made.map_err(|error| match error {
        Error::Invalid(_) => Error::field(USER, "taken", "cannot be used; choose another"),
        it => it,
    })?;
    grant::give(call, id, role.id, place).await?;
    let user = call.find(&Scope::everywhere(), id).await?;
    Ok(vec![
        Event {
            action: "clone",
            ..Event::created(&role)
        },
        Event::created(&user).with(Change::new("role", None::<String>, role.title())),
    ])
}

const USER: &str = "/local_admin/user";
const NO_DOMAIN: &str = "needs a domain: neither the customer nor its reseller or provider has one. Enter the customer's domain";

/// A role of a provider or reseller that can be cloned for this customer.
async fn template(call: &mut Call, id: Id<Role>, customer: Place) -> Result<Role> {
    const POINTER: &str = "/local_admin/role_id";
    let scope = call.allow::<Role>("read")?;
    let role = call.reference(&scope, id, POINTER).await?;
    let above = [Level::Provider, Level::Reseller];
    if !role.levels.iter().any(|it| above.contains(it)) || !role.place().covers(customer) {
        let message = "must be a role of the customer's provider or reseller";
        return Err(Error::field(POINTER, "wrong_level", message));
    }
    Ok(role)
}

/// What is left of a role at the customer's level.
fn given(template: &Role) -> Result<Permissions> {
    let given = template.permissions_at(Level::Customer);
    if given == Permissions::NONE {
        let message = "leaves nothing that a customer's admin may do; choose another";
        return Err(Error::field(
            "/local_admin/role_id",
            "gives_nothing",
            message,
        ));
    }
    Ok(given)
}

/// The part before the `@`: as typed, else made from the customer's name, with its id when that is
/// somebody's already.
async fn log_in(
    call: &mut Call,
    typed: &str,
    name: &str,
    customer_id: &str,
    domain: &Domain,
) -> Result<String> {
    if !typed.is_empty() {
        return Ok(typed.to_owned());
    }
    let user = made_from(name, "");
    let address = format!("{user}@{}", domain.as_str());
    let found = call
        .count(sql!(
            "select count(*) from users where email_key = $1",
            text::key(&address)
        ))
        .await?;
    Ok(match found {
        0 => user,
        _ => made_from(name, &format!("-{}", plain(customer_id))),
    })
}

fn check_user(user: &str) -> Result<(), String> {
    if user.len() > MOST {
        return Err(format!("has more than {MOST} characters"));
    }
    match user.chars().all(is_plain) {
        true => Ok(()),
        false => Err("takes only letters from a to z, digits and . _ -".into()),
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-".contains(c)
}

fn plain(name: &str) -> String {
    let written = name.trim().replace(char::is_whitespace, "_");
    deunicode::deunicode(&written)
        .chars()
        .filter(|it| is_plain(*it))
        .collect()
}

/// CUS-03. Where the ending leaves less room, the name gives way.
fn made_from(name: &str, ending: &str) -> String {
    let ending: String = "Admin".chars().chain(ending.chars().take(40)).collect();
    let room = (MOST - ending.len()).min(50);
    let name: String = plain(name).chars().take(room).collect();
    name + &ending
}

/// How the local admin of a customer to be would be called.
#[derive(Serialize, JsonSchema)]
pub struct LocalAdminPreview {
    /// The log-in before the `@`.
    pub user: String,
    /// What stands behind it: the customer's own or inherited first domain.
    pub domain: Option<Domain>,
    /// Why there can be none.
    pub refused: Option<String>,
    /// What its role would be called.
    pub role_name: String,
    /// What it would be able to do.
    pub permissions: Permissions,
}

/// How the local admin of a new customer would be called: `name`, `customer_id` and `domains` of the
/// customer, `provider_id` or `reseller_id` where it goes, `user` if the log-in was typed, `role_id` of
/// the role that is cloned. The log-in may still be taken by somebody else until it is saved.
pub async fn customer_local_admin(mut call: Call, query: Query) -> Result<Json<LocalAdminPreview>> {
    query.only(&[
        "name",
        "customer_id",
        "domains",
        "provider_id",
        "reseller_id",
        "user",
        "role_id",
    ])?;
    let scope = call.allow::<Customer>("create")?;
    let text = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
    let parent = place::parent(
        &mut call,
        &scope,
        id(&query, "provider_id")?,
        id::<Reseller>(&query, "reseller_id")?,
    )
    .await?;
    let (name, typed) = (text("name"), text("user"));
    // While it is being typed it need not be whole.
    let own: Vec<Domain> = text("domains")
        .split(',')
        .filter_map(|it| Domain::parse(it).ok())
        .collect();
    let domain = inherited::primary_domain(&own, &parent.provider, parent.reseller.as_ref());
    let mut customer_id = text("customer_id");
    if customer_id.is_empty() {
        customer_id = number::next(&mut call, &parent.provider).await?;
    }
    let (user, refused) = match &domain {
        None => (made_from(&name, ""), Some(NO_DOMAIN.to_owned())),
        Some(domain) => {
            let user = log_in(&mut call, &typed, &name, &customer_id, domain).await?;
            (user, check_user(&typed).err())
        }
    };
    let (mut role_name, mut permissions) = (String::new(), Permissions::NONE);
    if let Some(id) = id::<Role>(&query, "role_id")? {
        let scope = call.allow::<Role>("read")?;
        let role = call.look_up(&scope, id).await?.ok_or(Error::NotFound)?;
        role_name = format!("{name} {}", role.input.name).trim().to_owned();
        permissions = role.permissions_at(Level::Customer);
    }
    Ok(Json(LocalAdminPreview {
        user,
        domain,
        refused,
        role_name,
        permissions,
    }))
}

fn id<T>(query: &Query, name: &str) -> Result<Option<Id<T>>> {
    let given = query.get(name).filter(|it| !it.is_empty());
    let read = given.map(str::parse::<Id<T>>).transpose();
    read.map_err(|_| Error::bad_request("invalid_parameter", format!("{name} takes an id.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_ins_are_made_from_names() {
        for (name, user) in [
            ("Harbour Clinic", "Harbour_ClinicAdmin"),
            ("São Bento Foods & Söhne", "Sao_Bento_Foods__SohneAdmin"),
            ("  Größe  24/7 ", "Grosse__247Admin"),
            ("Æther (Łódź) Ltd.", "AEther_Lodz_Ltd.Admin"),
            ("北京", "BeiJingAdmin"),
            ("!!!", "Admin"),
        ] {
            assert_eq!(made_from(name, ""), user, "{name}");
            assert_eq!(check_user(user), Ok(()));
        }
        let long = made_from(&"long name ".repeat(10), "");
        assert_eq!(long.len(), 55);
        assert_eq!(made_from(&"x".repeat(60), "-C-000001").len(), MOST);
        let ending = format!("-{}", "9".repeat(100));
        assert!(made_from("Acme", &ending).len() <= MOST);
        assert!(made_from("Acme", &ending).starts_with("AcmeAdmin-9"));
        for bad in ["a b", "ä", "a@b", &"x".repeat(65)] {
            assert!(check_user(bad).is_err(), "{bad}");
        }
    }
}
