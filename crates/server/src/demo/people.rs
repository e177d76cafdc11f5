//! The demo's people: who can log in, who made what, and whom its customers know.

use std::sync::Arc;

use app::customers::Customer;
use app::customers::local_admin::{self, LocalAdmin};
use app::people::built_in;
use app::people::role::{self, NewRole, Role};
use app::people::user::{self, User, UserInput};
use app::people::{contact, grant, link, password};
use app::tree::{Provider, Reseller};
use kit::access::{Caller, Holding, Permissions, Place, Scope, Source};
use kit::event::Event;
use kit::{Id, State};
use serde_json::json;

use super::names::{self, Dice};
use super::{Maker, map};

pub const ADMIN: &str = "admin@tenantry.example";
const PASSWORD: &str = "northern-lights-42";

pub const LOG_INS: &str = "Log in with password northern-lights-42 as\n  admin@tenantry.example     platform admin\n  anna@northline.example     provider admin of Northline Telecom\n  tomas@northline.example    provider support\n  mia@vertex.example         reseller admin of Vertex IT\n  oliver@meridian.example    provider admin of Meridian Cloud Services";

/// The people who made the demo's records.
pub struct Team {
    northline: Vec<(Id<User>, Arc<Caller>)>,
    meridian: Vec<(Id<User>, Arc<Caller>)>,
    provider: Id<Provider>,
}

impl Team {
    pub fn actor(&self, provider: &Provider, dice: &mut Dice) -> Arc<Caller> {
        let team = if provider.id == self.provider {
            &self.northline
        } else {
            &self.meridian
        };
        dice.pick(team).1.clone()
    }

    pub fn owner(&self, dice: &mut Dice) -> Id<User> {
        dice.pick(&self.northline).0
    }
}

pub async fn team(
    state: &State,
    house: &Provider,
    resellers: &[Reseller],
    second: &Provider,
) -> kit::Result<Team> {
    let hash = password::hash(state, PASSWORD.into()).await?;
    let at = Place::Provider(house.id.uuid());
    user(
        state,
        &hash,
        ADMIN,
        "Ada Lindholm",
        built_in::PLATFORM_ADMIN,
        Place::Platform,
    )
    .await?;
    let mut northline = vec![];
    for (email, name, role) in [
        (
            "anna@northline.example",
            "Anna Becker",
            built_in::PROVIDER_ADMIN,
        ),
        (
            "tomas@northline.example",
            "Tomás Romero",
            built_in::PROVIDER_SUPPORT,
        ),
        (
            "ingrid@northline.example",
            "Ingrid Nielsen",
            built_in::CUSTOMER_MANAGER,
        ),
        (
            "pavel@northline.example",
            "Pavel Novák",
            built_in::CUSTOMER_MANAGER,
        ),
    ] {
        northline.push(user(state, &hash, email, name, role, at).await?);
    }
    user(
        state,
        &hash,
        "accounting@northline.example",
        "Chloé Laurent",
        built_in::ACCOUNTING,
        at,
    )
    .await?;
    let engineer = field_engineer(state, at).await?;
    user(
        state,
        &hash,
        "jonas@northline.example",
        "Jonas Weber",
        engineer,
        at,
    )
    .await?;
    for (reseller, (user_name, email)) in resellers.iter().zip([
        ("Mia Schäfer", "mia@vertex.example"),
        ("Daan de Vries", "daan@cloudbridge.example"),
    ]) {
        let place = Place::Reseller {
            provider: house.id.uuid(),
            reseller: reseller.id.uuid(),
        };
        user(
            state,
            &hash,
            email,
            user_name,
            built_in::RESELLER_ADMIN,
            place,
        )
        .await?;
    }
    let oliver = user(
        state,
        &hash,
        "oliver@meridian.example",
        "Oliver Smith",
        built_in::PROVIDER_ADMIN,
        Place::Provider(second.id.uuid()),
    )
    .await?;
    Ok(Team {
        northline,
        meridian: vec![oliver],
        provider: house.id,
    })
}

async fn user(
    state: &State,
    hash: &str,
    email: &str,
    name: &str,
    role: Id<Role>,
    place: Place,
) -> kit::Result<(Id<User>, Arc<Caller>)> {
    let mut call = crate::config::call(state);
    let input: UserInput = kit::body::read(map(
        json!({ "email": email, "display_name": name, "language": "en" }),
    ))?;
    let id = user::create(&mut call, &input, place, hash.to_owned(), false).await?;
    grant::give(&mut call, id, role, place).await?;
    let made = call.find::<User>(&Scope::everywhere(), id).await?;
    call.commit(Event::created(&made)).await?;
    let caller = Caller {
        user_id: id.uuid(),
        name: name.into(),
        credential_id: None,
        source: Source::Web,
        holdings: vec![Holding {
            place,
            permissions: Permissions::all(),
            role: role.uuid(),
        }],
        home: place,
        must_change_password: false,
        must_enrol: false,
        sso: None,
    };
    Ok((id, Arc::new(caller)))
}

/// A role of the provider's own: cloned from a built-in one, without what changes customers.
async fn field_engineer(state: &State, at: Place) -> kit::Result<Id<Role>> {
    let mut call = crate::config::call(state);
    let template = call
        .find::<Role>(&Scope::everywhere(), built_in::PROVIDER_SUPPORT)
        .await?;
    let office = ["customers:create", "customers:update", "users:create"];
    let office = Permissions::parse(office).map_err(kit::Error::internal)?;
    let fields = json!({
        "name": "Field engineer", "description": "Reads everything, looks after sites and their people",
        "permissions": template.input.permissions.without(office),
    });
    let new = NewRole {
        owner: at,
        level: at.level(),
        input: kit::body::read(map(fields))?,
        is_prefixed: false,
        template: Some(template),
    };
    let made = role::create(&mut call, new).await?;
    let id = made.id;
    let event = Event {
        action: "clone",
        ..Event::created(&made)
    };
    call.commit(event).await?;
    Ok(id)
}

/// One customer has a local admin, with a role of its own.
pub async fn local_admin(state: &State, house: &Provider) -> kit::Result<()> {
    let second: Option<(Id<Customer>,)> = state
        .db
        .read()
        .query_optional(kit::sql!("select id from customers where provider_id = $1 and status = 'active' and access_mode = 'full_access' order by name_key limit 1 offset 1", house.id))
        .await?;
    let Some((id,)) = second else { return Ok(()) };
    let mut call = crate::config::call(state);
    let customer = call.find(&Scope::everywhere(), id).await?;
    drop(call);
    let new = LocalAdmin {
        user: String::new(),
        password: PASSWORD.into(),
        password_repeat: PASSWORD.into(),
        role_id: Some(built_in::RESELLER_ADMIN),
    };
    let checked = local_admin::check(state, new, &customer.input).await?;
    let mut call = crate::config::call(state);
    let events = local_admin::create(&mut call, &customer, checked).await?;
    call.commit(events).await
}

/// One customer has an admin of its own.
pub async fn customer_admin(state: &State, house: &Provider) -> kit::Result<()> {
    let first: Option<(Id<Customer>, Option<Id<Reseller>>)> = state
        .db
        .read()
        .query_optional(kit::sql!("select id, reseller_id from customers where provider_id = $1 and status = 'active' order by name_key limit 1", house.id))
        .await?;
    let Some((customer, reseller)) = first else {
        return Ok(());
    };
    let place = Place::Customer {
        provider: house.id.uuid(),
        reseller: reseller.map(Id::uuid),
        customer: customer.uuid(),
    };
    let hash = password::hash(state, PASSWORD.into()).await?;
    user(
        state,
        &hash,
        "customer@demo.example",
        "Carla Customer",
        built_in::CUSTOMER_ADMIN,
        place,
    )
    .await?;
    Ok(())
}

/// The people that a customer's provider talks to.
pub async fn contacts(
    maker: &mut Maker,
    n: usize,
    customer: &Customer,
    actor: &Arc<Caller>,
) -> kit::Result<()> {
    let count = 1 + maker.dice.below(3) as usize;
    for at in 0..count {
        let input = kit::body::read(names::contact(n, at, customer, &mut maker.dice))?;
        let mut call = maker.call(actor);
        let (provider, reseller) = (customer.provider_id, customer.reseller_id);
        let contact = contact::create(&mut call, provider, reseller, input).await?;
        let roles = link::Roles {
            primary: at == 0,
            super_admin: at == 0,
            billing: at == 1,
            technical: at == 2,
        };
        let mut events = vec![Event::created(&contact)];
        events.extend(link::set_roles(&mut call, customer, contact.id, roles).await?);
        call.commit(events).await?;
    }
    Ok(())
}
