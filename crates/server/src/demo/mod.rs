//! `tenantry demo`: a realistic provider with resellers, customers, sites, contacts and a year and a
//! half of history; seeded, so always the same. Made by the same functions as everything else.

mod licences;
mod names;
mod people;

use std::sync::Arc;

use app::customers::customer::{Customer, CustomerInput};
use app::customers::{lifecycle, store};
use app::tree::provider::{self, Provider, ProviderInput};
use app::tree::reseller::{self, Reseller, ResellerInput};
use app::tree::site;
use app::tree::tenant;
use app::written::Written as _;
use kit::State;
use kit::access::{Caller, Scope};
use kit::call::{Call, Origin};
use kit::conn::Db;
use kit::event::Event;
use kit::state::Settings;
use kit::time::{Clock, Instant};
use kit::web::At;
use serde_json::{Map, Value as Json, json};

use crate::Outcome;
use crate::config::{Common, Demo};
use names::Dice;
pub use people::LOG_INS;

/// The mark of a demo's database: known passwords are served on loopback only.
const MARK: &str = "northline";

pub async fn is_demo(db: &Db) -> Result<bool, String> {
    let mark = people::ADMIN;
    let found: (i64,) = db
        .read()
        .query_one(kit::sql!(
            "select count(*) from users where email_key = $1",
            mark
        ))
        .await
        .map_err(|it| it.to_string())?;
    Ok(found.0 > 0)
}

pub async fn run(common: &Common, demo: Demo) -> Outcome {
    let started = std::time::Instant::now();
    let mut state = common.state(Settings::default()).await?;
    let existing: (i64,) = state
        .db
        .read()
        .query_one(kit::sql!("select count(*) from providers"))
        .await
        .map_err(|it| it.to_string())?;
    if existing.0 > 0 {
        return Err("this database is not empty; name a new one with --database".into());
    }
    let now = state.clock.now();
    state.clock = Clock::fixed(now.plus_seconds(-DAYS * DAY));
    let made = Maker {
        state: state.clone(),
        dice: Dice::new(20_260_101),
        now,
    }
    .make(demo.customers)
    .await;
    let count = made.map_err(|it| format!("cannot make the demo: {}", it.sentence()))?;
    state.db.analyze().await.map_err(|it| it.to_string())?;
    state.db.close().await;
    println!(
        "Made {count} customers in {:.1} s.",
        started.elapsed().as_secs_f64()
    );
    println!("{LOG_INS}");
    Ok(())
}

/// How far back the history goes.
const DAYS: i64 = 540;
const DAY: i64 = 86_400;

struct Maker {
    state: State,
    dice: Dice,
    now: Instant,
}

impl Maker {
    fn call(&self, caller: &Arc<Caller>) -> Call {
        let origin = Origin {
            request_id: "demo".into(),
            ..Origin::default()
        };
        Call::new(&self.state, caller.clone(), origin)
    }

    fn at(&self, days_ago: i64, seconds: i64) {
        self.state
            .clock
            .set(self.now.plus_seconds(-days_ago * DAY + seconds));
    }

    async fn make(mut self, count: usize) -> kit::Result<usize> {
        let operator = crate::config::operator();
        let house = self
            .provider(
                &operator,
                "Northline Telecom",
                MARK,
                "Europe/Berlin",
                "DE",
                true,
            )
            .await?;
        let second = self
            .provider(
                &operator,
                "Meridian Cloud Services",
                "meridian",
                "Europe/London",
                "GB",
                false,
            )
            .await?;
        let mut resellers = vec![];
        for (name, code, zone) in names::RESELLERS {
            resellers.push(self.reseller(&operator, &house, name, code, zone).await?);
        }
        let team = people::team(&self.state, &house, &resellers, &second).await?;
        let mut days: Vec<i64> = (0..count)
            .map(|_| self.dice.below(DAYS as u64 - 20) as i64 + 1)
            .collect();
        days.sort_unstable_by(|a, b| b.cmp(a));
        for (n, day) in days.into_iter().enumerate() {
            let reseller = (self.dice.below(100) < 55).then(|| self.dice.pick(&resellers).clone());
            let provider = if n % 25 == 24 { &second } else { &house };
            let reseller = reseller.filter(|_| provider.id == house.id);
            let actor = team.actor(provider, &mut self.dice);
            self.customer(n, day, provider, reseller, &actor, &team)
                .await?;
        }
        for provider in [&house, &second] {
            self.sell(provider, &operator).await?;
        }
        self.at(0, 0);
        people::customer_admin(&self.state, &house).await?;
        people::local_admin(&self.state, &house).await?;
        Ok(count)
    }

    async fn provider(
        &self,
        caller: &Arc<Caller>,
        name: &str,
        code: &str,
        zone: &str,
        country: &str,
        house: bool,
    ) -> kit::Result<Provider> {
        let fields = json!({
            "name": name, "code": code, "time_zone": zone, "country": country, "language": "en",
            "currency": if country == "GB" { "GBP" } else { "EUR" }, "domains": [format!("{code}.example")],
            "accounting_emails": [format!("accounting@{code}.example")], "support_email": format!("support@{code}.example"),
        });
        let input: ProviderInput = kit::body::read(map(fields))?;
        let mut call = self.call(caller);
        let id = provider::create(&mut call, input, house).await?;
        let made = call.find(&Scope::everywhere(), id).await?;
        call.commit(Event::created(&made)).await?;
        Ok(made)
    }

    async fn reseller(
        &self,
        caller: &Arc<Caller>,
        provider: &Provider,
        name: &str,
        code: &str,
        zone: &str,
    ) -> kit::Result<Reseller> {
        let fields = json!({ "name": name, "code": code, "time_zone": zone, "domains": [format!("{code}.example")] });
        let input: ResellerInput = kit::body::read(map(fields))?;
        let mut call = self.call(caller);
        let id = reseller::create(&mut call, provider, input).await?;
        let made = call.find(&Scope::everywhere(), id).await?;
        call.commit(Event::created(&made)).await?;
        Ok(made)
    }

    /// A customer with its tenants, sites and contacts, and some of what happened to it since.
    async fn customer(
        &mut self,
        n: usize,
        day: i64,
        provider: &Provider,
        reseller: Option<Reseller>,
        actor: &Arc<Caller>,
        team: &people::Team,
    ) -> kit::Result<()> {
        let hour = self.dice.below(36_000) as i64;
        self.at(day, 8 * 3600 + hour);
        let mut fields = names::customer(n, &mut self.dice);
        if self.dice.below(100) < 70 && provider.is_house {
            fields.insert("owner_id".into(), json!(team.owner(&mut self.dice)));
        }
        let input: CustomerInput = kit::body::read(fields)?;
        let mut call = self.call(actor);
        let made = store::create_all(
            &mut call,
            provider,
            vec![store::NewCustomer { reseller, input }],
        )
        .await?;
        let Some(customer) = made.into_iter().next() else {
            return Ok(());
        };
        let mut events = vec![Event::created(&customer)];
        if self.dice.below(100) < 12 {
            let input = kit::body::read(map(json!({ "name": self.dice.pick(&names::TENANTS) })))?;
            let made = tenant::create(&mut call, customer.clone(), input).await?;
            events.push(Event::created(&made));
        }
        for at in 0..self.dice.below(5) {
            let input = kit::body::read(names::site(at as usize, &customer, &mut self.dice))?;
            let made = site::create(&mut call, customer.clone(), input).await?;
            events.push(Event::created(&made));
        }
        call.commit(events).await?;
        people::contacts(self, n, &customer, actor).await?;
        self.history(n, day, &customer, actor).await
    }

    async fn history(
        &mut self,
        n: usize,
        day: i64,
        customer: &Customer,
        actor: &Arc<Caller>,
    ) -> kit::Result<()> {
        for _ in 0..self.dice.below(3) {
            let (ago, hour) = (
                self.dice.below(day as u64) as i64,
                self.dice.below(30_000) as i64,
            );
            if ago == 0 {
                continue; // today has not ended yet
            }
            self.at(ago, 9 * 3600 + hour);
            let mut call = self.call(actor);
            let before = call.find(&Scope::everywhere(), customer.id).await?;
            let mut input = before.input.clone();
            let change = names::change(&mut self.dice);
            let mut fields = kit::event::object(&input);
            fields.extend(change);
            input = kit::body::read(fields)?;
            let after = store::change(&mut call, &Scope::everywhere(), &before, input).await?;
            call.updated("update", &before, after).await?;
        }
        let hours = 1 + self.dice.below(200) as i64;
        self.at(0, -3600 * hours);
        match n % 50 {
            7 | 31 => drop(lifecycle::customer_archive(self.call(actor), At(customer.id)).await?),
            13 => drop(lifecycle::customer_disable(self.call(actor), At(customer.id)).await?),
            _ if n % 150 == 41 => {
                let mut call = self.call(actor);
                let scope = call.allow::<Customer>("delete")?;
                let customer = call.find(&scope, customer.id).await?;
                let events = Customer::delete(&mut call, &scope, &customer).await?;
                call.commit(events).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn map(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}
