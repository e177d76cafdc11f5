//! Inherited settings with their origin (TREE-02).

use kit::access::Level;
use kit::call::Call;
use kit::resource::Resource;
use kit::time::TimeZone;
use kit::{Id, Result};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::policies::Policies;
use super::provider::ProviderInput;
use super::reseller::ResellerInput;
use super::{Provider, Reseller, place};
use crate::customers::{Customer, CustomerInput};
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

/// A node and those above it, from which it inherits.
pub struct Line<'a> {
    provider: Provider,
    reseller: Option<Reseller>,
    customer: Option<&'a Customer>,
    inside: bool,
}

impl<'a> Line<'a> {
    /// For a node that is in scope, whose keys these are.
    pub async fn to(
        call: &mut Call,
        provider: Id<Provider>,
        reseller: Option<Id<Reseller>>,
        customer: Option<&'a Customer>,
    ) -> Result<Self> {
        Ok(Self {
            provider: place::provider_of(call, provider).await?,
            reseller: match reseller {
                None => None,
                Some(id) => place::reseller_of(call, id).await?,
            },
            customer,
            inside: call.caller.is_customer_level(),
        })
    }

    /// The same line, down to another customer of its provider and reseller.
    pub fn lead_to(&mut self, customer: &'a Customer) {
        self.customer = Some(customer);
    }

    /// The value of the nearest node that has one.
    pub fn nearest<T>(
        &self,
        customer: impl Fn(&CustomerInput) -> Option<T>,
        reseller: impl Fn(&ResellerInput) -> Option<T>,
        provider: impl Fn(&ProviderInput) -> Option<T>,
        default: T,
    ) -> Inherited<T> {
        let own = self.customer.and_then(|it| {
            let value = customer(&it.input)?;
            Some((value, Origin::of(Level::Customer, it)))
        });
        let above = self.reseller.as_ref().and_then(|it| {
            let value = reseller(&it.input)?;
            Some((value, Origin::of(Level::Reseller, it)))
        });
        let top = || {
            let value = provider(&self.provider.input)?;
            Some((value, Origin::of(Level::Provider, &self.provider)))
        };
        match own.or(above).or_else(top) {
            None => Inherited {
                value: default,
                from: None,
            },
            Some((value, from)) => Inherited {
                value,
                from: Some(if self.inside {
                    from.seen_inside()
                } else {
                    from
                }),
            },
        }
    }
}

/// What the settings of a provider, reseller or customer are, whether its own or inherited.
#[derive(Serialize, JsonSchema, Clone, Debug)]
pub struct Settings {
    pub time_zone: Inherited<TimeZone>,
    pub language: Inherited<Language>,
    /// Absent for customer-level callers, like the domains and policies (ACC-10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Inherited<Option<Currency>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domains: Option<Inherited<Vec<Domain>>>,
    #[serde(flatten)]
    pub policies: Option<Policies>,
}

impl Settings {
    /// As the views of their node tell them.
    pub fn beside(&self) -> Map<String, Json> {
        let inherited = serde_json::to_value(self).unwrap_or_default();
        Map::from_iter([("inherited".to_owned(), inherited)])
    }
}

/// The settings of a customer.
pub async fn of_customer(call: &mut Call, customer: &Customer) -> Result<Settings> {
    let (provider, reseller) = (customer.provider_id, customer.reseller_id);
    let line = Line::to(call, provider, reseller, Some(customer)).await?;
    Ok(settings(&line))
}

/// The settings of a provider, or of a reseller of it.
pub async fn of_node(
    call: &mut Call,
    provider: Id<Provider>,
    reseller: Option<Id<Reseller>>,
) -> Result<Settings> {
    Ok(settings(&Line::to(call, provider, reseller, None).await?))
}

fn settings(line: &Line<'_>) -> Settings {
    fn set(domains: &[Domain]) -> Option<Vec<Domain>> {
        (!domains.is_empty()).then(|| domains.to_vec())
    }
    let told = !line.inside;
    Settings {
        time_zone: line.nearest(
            |it| it.time_zone.clone(),
            |it| it.time_zone.clone(),
            |it| it.time_zone.clone(),
            TimeZone::utc(),
        ),
        language: line.nearest(
            |it| it.language,
            |it| it.language,
            |it| it.language,
            Language::En,
        ),
        currency: told.then(|| {
            line.nearest(
                |it| it.currency.clone().map(Some),
                |_| None,
                |it| it.currency.clone().map(Some),
                None,
            )
        }),
        domains: told.then(|| {
            line.nearest(
                |it| set(&it.domains),
                |it| set(&it.domains),
                |it| set(&it.domains),
                vec![],
            )
        }),
        policies: told.then(|| Policies::at(line)),
    }
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
