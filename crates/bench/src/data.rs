//! The data that everything is measured on: a provider with 20 resellers and many customers, written
//! by the product's own functions, audit and roll-ups included.

use std::sync::Arc;

use app::customers::store::{self, NewCustomer};
use app::people::built_in::{self, PROVIDER_ADMIN};
use app::people::user::{self, UserInput};
use app::people::{admin, grant, password};
use app::tree::provider::{self, Provider, ProviderInput};
use app::tree::reseller::{self, Reseller, ResellerInput};
use kit::State;
use kit::access::{Caller, Place, Scope, Source};
use kit::call::{Call, Origin};
use kit::conn::Db;
use kit::event::Event;
use kit::state::Settings;
use kit::time::{Clock, Instant};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::names;

/// What a run needs to know of its data.
#[derive(Clone)]
pub struct Data {
    pub provider: Uuid,
    /// Of the provider's admin: what people work as, so lists have a scope filter.
    pub token: String,
    pub ids: Arc<Vec<Uuid>>,
}

/// The rows of one transaction.
const CHUNK: usize = 1_000;

/// Spread over this many seconds, so that sorts by date have something to sort.
const SPAN: i64 = 500 * 86_400;

pub async fn make(db: &Db, count: usize) -> kit::Result<Data> {
    db.migrate().await?;
    let now = Clock::system().now();
    let start = now.plus_seconds(-SPAN);
    let state = State::new(db.clone(), Clock::fixed(start), Settings::default());
    built_in::write(&state).await?;
    let provider = provider(&state).await?;
    let mut resellers = vec![];
    for n in 1..=20 {
        let fields = json!({ "name": format!("Reseller {n:02}"), "code": format!("r{n:02}"), "time_zone": "Europe/Vienna" });
        let input: ResellerInput = kit::body::read(map(fields))?;
        let mut call = call(&state);
        let id = reseller::create(&mut call, &provider, input).await?;
        let made: Reseller = call.find(&Scope::everywhere(), id).await?;
        call.commit(Event::created(&made)).await?;
        resellers.push(made);
    }
    let mut ids = Vec::with_capacity(count);
    for first in (0..count).step_by(CHUNK) {
        state.clock.set(at(start, first, count));
        let mut new = Vec::with_capacity(CHUNK);
        for n in first..(first + CHUNK).min(count) {
            // A third belongs to the provider directly.
            let reseller = (!n.is_multiple_of(3)).then(|| resellers[n % resellers.len()].clone());
            new.push(NewCustomer {
                reseller,
                input: kit::body::read(names::customer(n))?,
            });
        }
        let mut call = call(&state);
        let made = store::create_all(&mut call, &provider, new).await?;
        ids.extend(made.iter().map(|it| it.id.uuid()));
        let events: Vec<Event> = made.iter().map(Event::created).collect();
        call.commit(events).await?;
    }
    state.clock.set(now);
    let token = provider_admin(&state, &provider).await?;
    db.analyze().await?;
    Ok(Data {
        provider: provider.id.uuid(),
        token,
        ids: Arc::new(ids),
    })
}

fn at(start: Instant, n: usize, count: usize) -> Instant {
    let share = n as f64 / count.max(1) as f64;
    start.plus_seconds((share * SPAN as f64) as i64)
}

async fn provider(state: &State) -> kit::Result<Provider> {
    let fields = json!({
        "name": "Northline Telecom", "code": "northline", "time_zone": "Europe/Berlin", "country": "DE",
        "language": "en", "currency": "EUR", "domains": ["northline.example"],
    });
    let input: ProviderInput = kit::body::read(map(fields))?;
    let mut call = call(state);
    let id = provider::create(&mut call, input, true).await?;
    let made = call.find(&Scope::everywhere(), id).await?;
    call.commit(Event::created(&made)).await?;
    Ok(made)
}

async fn provider_admin(state: &State, provider: &Provider) -> kit::Result<String> {
    const EMAIL: &str = "anna@northline.example";
    let hash = password::hash(state, "northern-lights-42".into()).await?;
    let input: UserInput = kit::body::read(map(
        json!({ "email": EMAIL, "display_name": "Anna Becker" }),
    ))?;
    let place = Place::Provider(provider.id.uuid());
    let mut call = call(state);
    let id = user::create(&mut call, &input, place, hash, false).await?;
    grant::give(&mut call, id, PROVIDER_ADMIN, place).await?;
    call.commit(vec![]).await?;
    admin::create_token(state, EMAIL, "bench").await
}

fn call(state: &State) -> Call {
    let origin = Origin {
        request_id: "bench".into(),
        ..Origin::default()
    };
    Call::new(state, Caller::operator("Bench", Source::Cli), origin)
}

fn map(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}
