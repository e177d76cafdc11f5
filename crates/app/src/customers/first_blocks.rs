//! Licence blocks that are entered together with a new customer (CUS-02, LIC-04): all of it is made
//! or nothing.

use kit::body;
use kit::call::Call;
use kit::event::Event;
use kit::{Error, Id, Result, sql};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::Customer;
use crate::licences::block::{self, LicenceBlockInput};
use crate::licences::{LicenceBlock, Product};
use crate::tree::Tenant;

/// A licence block of a customer that is about to be: it has no tenant but the default one yet.
#[derive(Deserialize, JsonSchema)]
pub struct FirstBlock {
    pub product_id: Id<Product>,
    /// For the default tenant alone, instead of Global.
    #[serde(default)]
    pub for_default_tenant: bool,
    #[serde(flatten)]
    pub input: LicenceBlockInput,
}

/// Sells a new customer its first blocks. Errors name the block that they are about.
pub async fn create(
    call: &mut Call,
    customer: &Customer,
    blocks: Vec<Map<String, Json>>,
) -> Result<Vec<Event>> {
    if blocks.is_empty() {
        return Ok(vec![]);
    }
    let scope = call.allow::<LicenceBlock>("create")?;
    let (tenant,): (Id<Tenant>,) = call
        .query_one(sql!(
            "select id from tenants where customer_id = $1 and is_default",
            customer.id
        ))
        .await?;
    let mut events = vec![];
    for (n, block) in blocks.into_iter().enumerate() {
        let first: FirstBlock = body::read(block).map_err(|error| at(error, n))?;
        let mut input = first.input;
        if first.for_default_tenant {
            input.tenant_id = Some(tenant);
        }
        let made = block::sell(call, &scope, customer.clone(), first.product_id, input);
        let made = made.await.map_err(|error| at(error, n))?;
        events.push(Event::created(&made));
    }
    Ok(events)
}

/// An error of the n-th block.
fn at(error: Error, n: usize) -> Error {
    match error {
        Error::Invalid(mut errors) => {
            for it in &mut errors {
                it.pointer = format!("/blocks/{n}{}", it.pointer);
            }
            Error::Invalid(errors)
        }
        error => error,
    }
}
