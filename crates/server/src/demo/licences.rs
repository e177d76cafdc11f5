//! What the demo's customers have bought: pools that are healthy, nearly full and over, blocks that
//! have expired and were renewed, Global ones and ones of a tenant.

use std::sync::Arc;

use app::customers::Customer;
use app::devices::Device;
use app::licences::{LicenceBlock, Product, clock};
use app::tree::Provider;
use app::written::Written;
use kit::access::{Caller, Scope};
use kit::event::Event;
use kit::many::Many;
use kit::time::Instant;
use kit::{Id, sql};
use serde_json::{Value as Json, json};

use super::{DAY, DAYS, Maker, map};

/// Name, code, kind, status, price and description.
const PRODUCTS: [[&str; 6]; 6] = [
    [
        "Cloud PBX seat",
        "PBX-SEAT",
        "service",
        "complete",
        "96.00",
        "Telephony for one person, with voicemail and apps",
    ],
    [
        "Contact centre agent",
        "CC-AGENT",
        "service",
        "complete",
        "540.00",
        "Queues, skills and recording for one agent",
    ],
    [
        "SIP trunk channel",
        "SIP-CH",
        "service",
        "complete",
        "48.00",
        "One call at a time to and from the public network",
    ],
    [
        "Desk phone N30",
        "N30",
        "hardware",
        "complete",
        "129.00",
        "Eight keys, colour screen, PoE",
    ],
    [
        "Call recorder",
        "REC",
        "software",
        "draft",
        "12.00",
        "Not sold yet",
    ],
    [
        "Fax to mail",
        "FAX",
        "service",
        "end_of_life",
        "24.00",
        "Not sold any more",
    ],
];

/// What a customer's pool looks like in the end.
#[derive(Clone, Copy)]
enum Story {
    Healthy,
    NearlyFull,
    Over,
    Expired,
    Renewed,
    OfATenant,
    Upcoming,
}

impl Story {
    /// How long a customer must be one for it.
    fn least_days(self) -> i64 {
        match self {
            Self::Expired => 400,
            Self::Renewed => 350,
            _ => 31,
        }
    }
}

const STORIES: [Story; 10] = [
    Story::Healthy,
    Story::NearlyFull,
    Story::Healthy,
    Story::Over,
    Story::Healthy,
    Story::Expired,
    Story::Renewed,
    Story::NearlyFull,
    Story::OfATenant,
    Story::Upcoming,
];

impl Maker {
    /// Sells to every second customer of a provider.
    pub(super) async fn sell(
        &mut self,
        provider: &Provider,
        caller: &Arc<Caller>,
    ) -> kit::Result<()> {
        self.at(DAYS, 0);
        let mut products = vec![];
        for [name, code, kind, status, _, description] in PRODUCTS {
            let new = json!({ "provider_id": provider.id, "name": name, "code": code, "kind": kind, "status": status, "description": description });
            products.push(self.add::<Product>(caller, new).await?.id);
        }
        let mut call = self.call(caller);
        let customers: Vec<(Id<Customer>, Instant)> = call
            .query(sql!(
                "select id, created_at from customers where provider_id = $1 and archived_at is null and deleted_at is null and stage = 'customer' order by id",
                provider.id
            ))
            .await?;
        drop(call);
        for (n, (customer, since)) in customers.into_iter().enumerate() {
            let days = self.now.seconds_since(since) / DAY - 1;
            let story = STORIES[n / 2 % STORIES.len()];
            if n % 2 == 1 || days < story.least_days() {
                continue;
            }
            let at = self.dice.below(3) as usize;
            let what = (products[at], PRODUCTS[at][4]);
            self.tell(customer, days, what, story, caller).await?;
        }
        self.at(0, 0);
        clock::tick(self.state.clone()).await
    }

    async fn tell(
        &mut self,
        customer: Id<Customer>,
        days: i64,
        (product, price): (Id<Product>, &str),
        story: Story,
        caller: &Arc<Caller>,
    ) -> kit::Result<()> {
        let licences = [10, 15, 20, 25, 40][self.dice.below(5) as usize];
        let devices = match story {
            Story::Healthy | Story::OfATenant => licences * 6 / 10,
            Story::NearlyFull => licences - 1,
            Story::Over => licences + 3,
            Story::Expired => licences / 2,
            Story::Renewed => licences * 8 / 10,
            Story::Upcoming => 0,
        };
        let some = days.min(300) - 20;
        let ago = match story {
            Story::Expired | Story::Renewed => story.least_days(),
            _ => 20 + self.dice.below(u64::try_from(some).unwrap_or(1)) as i64,
        };
        self.at(ago, 9 * 3600);
        let mut tenant = None;
        if matches!(story, Story::OfATenant) {
            let new = json!({ "customer_id": customer, "name": "Sales office" });
            tenant = Some(self.add::<app::tree::Tenant>(caller, new).await?.id);
        }
        let order = self.dice.below(90_000) + 10_000;
        let mut block = json!({
            "customer_id": customer, "product_id": product, "licences": licences, "tenant_id": tenant,
            "sales_order": format!("SO-{order}"), "unit_price": price, "currency": "EUR",
        });
        if matches!(story, Story::Upcoming) {
            let first = kit::date::Date::at(self.now, &kit::time::TimeZone::utc());
            block["order_date"] = json!(first.plus_days(20));
        }
        self.subscribe(caller, customer, product).await?;
        let block = self.add::<LicenceBlock>(caller, block).await?;
        let new = |n: i64| {
            let identifier = format!("{:012X}", 0x0080_F000_0000_u64 + order * 1_000 + n as u64);
            json!({ "customer_id": customer, "product_id": product, "tenant_id": tenant, "identifier": identifier, "kind": "N30", "client_version": "4.2.1" })
        };
        for some in (0..devices).collect::<Vec<_>>().chunks(5) {
            let days = self.dice.below(u64::try_from(ago).unwrap_or(1)) as i64;
            // Yesterday at the latest: today has not ended yet.
            self.at(1 + days.min(ago - 2), 10 * 3600);
            self.register(caller, some.iter().map(|n| new(*n)).collect())
                .await?;
        }
        if matches!(story, Story::Renewed) {
            self.at(15, 11 * 3600);
            let call = self.call(caller);
            let renewal = kit::body::Body(kit::body::read(map(json!({})))?);
            app::licences::renewal::licence_block_renew(call, kit::web::At(block.id), renewal)
                .await?;
        }
        Ok(())
    }

    async fn subscribe(
        &self,
        caller: &Arc<Caller>,
        customer: Id<Customer>,
        product: Id<Product>,
    ) -> kit::Result<()> {
        let mut call = self.call(caller);
        let before = call.find(&Scope::everywhere(), customer).await?;
        let mut input = before.input.clone();
        input.services = Many(vec![product]);
        let after = Customer::update(&mut call, &Scope::everywhere(), &before, input).await?;
        call.commit(Event::changed("update", &before, &after)).await
    }

    async fn add<T: Written>(&self, caller: &Arc<Caller>, new: Json) -> kit::Result<T> {
        let mut call = self.call(caller);
        let new = kit::body::read(map(new))?;
        let (made, events) = T::create(&mut call, &Scope::everywhere(), new).await?;
        call.commit(events).await?;
        Ok(made)
    }

    async fn register(&self, caller: &Arc<Caller>, new: Vec<Json>) -> kit::Result<()> {
        let mut call = self.call(caller);
        let new = new.into_iter().map(|it| kit::body::read(map(it)));
        let new = new.collect::<kit::Result<Vec<_>>>()?;
        let made = Device::create_all(&mut call, &Scope::everywhere(), new).await?;
        let events: Vec<_> = made.into_iter().flat_map(|it| it.1).collect();
        call.commit(events).await
    }
}
