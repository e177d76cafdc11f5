//! The demo's people: who can log in, who made what, and whom its customers know.

use std::sync::Arc;

use app::customers::Customer;
use app::people::user::{self, User, UserInput};
use app::people::{
    contact, grant, link, password,
    role::{self, Role},
};
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
        role::PLATFORM_ADMIN,
        Place::Platform,
    )
    .await?;
    let mut northline = vec![];
    for (email, name, role) in [
        (
            "anna@northline.example",
            "Anna Becker",
            role::PROVIDER_ADMIN,
        ),
        (
            "tomas@northline.example",
            "Tomás Romero",
            role::PROVIDER_SUPPORT,
        ),
        (
            "ingrid@northline.example",
            "Ingrid Nielsen",
            role::CUSTOMER_MANAGER,
        ),
        (
            "pavel@northline.example",
            "Pavel Novák",
            role::CUSTOMER_MANAGER,
        ),
    ] {
        northline.push(user(state, &hash, email, name, role, at).await?);
    }
    user(
        state,
        &hash,
        "accounting@northline.example",
        "Chloé Laurent",
        role::ACCOUNTING,
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
        user(state, &hash, email, user_name, role::RESELLER_ADMIN, place).await?;
    }
    let oliver = user(
        state,
        &hash,
        "oliver@meridian.example",
        "Oliver Smith",
        role::PROVIDER_ADMIN,
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
    let role = Role::find(role).ok_or_else(|| kit::Error::internal("no such role"))?;
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
            role: role.name.into(),
        }],
        home: place,
        must_change_password: false,
        must_enrol: false,
    };
    Ok((id, Arc::new(caller)))
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
        role::CUSTOMER_ADMIN,
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
