//! Inherited settings with their origin (TREE-02).

use kit::call::Call;
use kit::resource::Resource;
use kit::time::TimeZone;
use kit::{Result, access::Level};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::Customer;
use crate::tree::{Provider, Reseller, place};
use crate::values::{Currency, Domain, Language};

/// A setting in force, and the node that it comes from.
#[derive(Serialize, JsonSchema, Clone, Debug)]
#[schemars(rename = "Inherited_{T}")]
pub struct Inherited<T> {
    pub value: T,
    /// Null: nobody set it, and this is the platform's default.
    pub from: Option<Origin>,
}

/// The node that set a value.
#[derive(Serialize, JsonSchema, Clone, Debug)]
pub struct Origin {
    #[serde(rename = "type")]
    pub level: Level,
    /// Absent for customer-level callers, like the name (ACC-10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Origin {
    fn of<T: Resource>(level: Level, node: &T) -> Self {
        Self {
            level,
            id: Some(node.id()),
            name: Some(node.title()),
        }
    }

    /// From inside a customer there is only oneself and whoever is above.
    fn seen_inside(self) -> Self {
        Self {
            level: match self.level {
                Level::Reseller => Level::Provider,
                level => level,
            },
            id: None,
            name: None,
        }
    }
}

/// What a customer's settings are, whether its own or inherited.
#[derive(Serialize, JsonSchema, Clone, Debug)]
pub struct Settings {
    pub time_zone: Inherited<TimeZone>,
    pub language: Inherited<Language>,
    /// Absent for customer-level callers, like the domains (ACC-10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Inherited<Option<Currency>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domains: Option<Inherited<Vec<Domain>>>,
}

/// The first of a new customer's domains, else of its reseller's, else of its provider's.
pub fn primary_domain(
    own: &[Domain],
    provider: &Provider,
    reseller: Option<&Reseller>,
) -> Option<Domain> {
    let above = reseller.map_or(&[][..], |it| &it.input.domains);
    let mut all = own.iter().chain(above).chain(&*provider.input.domains);
    all.next().cloned()
}

pub async fn of(call: &mut Call, customer: &Customer) -> Result<Settings> {
    let provider = place::provider_of(call, customer.provider_id).await?;
    let reseller = match customer.reseller_id {
        None => None,
        Some(id) => place::reseller_of(call, id).await?,
    };
    let own = Origin::of(Level::Customer, customer);
    let above = reseller.as_ref().map(|it| Origin::of(Level::Reseller, it));
    let top = Origin::of(Level::Provider, &provider);
    let inside = call.caller.is_customer_level();
    let (c, r, p) = (
        &customer.input,
        reseller.as_ref().map(|it| &it.input),
        &provider.input,
    );
    // Nearest first: customer, reseller, provider.
    let nodes = |at: usize| {
        let node = [Some(&own), above.as_ref(), Some(&top)][at].cloned();
        node.map(|it| if inside { it.seen_inside() } else { it })
    };
    fn nearest<T: Clone>(values: [Option<T>; 3]) -> Option<(T, usize)> {
        values
            .into_iter()
            .enumerate()
            .find_map(|(at, it)| it.map(|it| (it, at)))
    }
    fn set(domains: &[Domain]) -> Option<Vec<Domain>> {
        (!domains.is_empty()).then(|| domains.to_vec())
    }
    let zone = nearest([
        c.time_zone.clone(),
        r.and_then(|it| it.time_zone.clone()),
        p.time_zone.clone(),
    ]);
    let language = nearest([c.language, r.and_then(|it| it.language), p.language]);
    let currency = nearest([c.currency.clone(), None, p.currency.clone()]);
    let domains = nearest([
        set(&c.domains),
        r.and_then(|it| set(&it.domains)),
        set(&p.domains),
    ]);
    Ok(Settings {
        time_zone: Inherited {
            from: zone.as_ref().and_then(|it| nodes(it.1)),
            value: zone.map_or_else(TimeZone::utc, |it| it.0),
        },
        language: Inherited {
            from: language.and_then(|it| nodes(it.1)),
            value: language.map_or(Language::En, |it| it.0),
        },
        currency: (!inside).then(|| Inherited {
            from: currency.as_ref().and_then(|it| nodes(it.1)),
            value: currency.map(|it| it.0),
        }),
        domains: (!inside).then(|| Inherited {
            from: domains.as_ref().and_then(|it| nodes(it.1)),
            value: domains.map(|it| it.0).unwrap_or_default(),
        }),
    })
}
