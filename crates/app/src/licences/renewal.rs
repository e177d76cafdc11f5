//! What follows a block that ends: its successor, or the decision that there is none (LIC-14).

use std::sync::Arc;

use kit::access::Scope;
use kit::body::Body;
use kit::bounded::Bounded;
use kit::call::Call;
use kit::conn::{Bind, Kind};
use kit::date::Date;
use kit::error::OnConstraint;
use kit::event::Event;
use kit::text::Line;
use kit::web::{At, Created, Versioned};
use kit::{Error, Result, store};
use schemars::JsonSchema;
use serde::Deserialize;

use super::block::{self, LicenceBlock, LicenceBlockInput, NewBlock};
use super::{expiry, settle, terms};
use crate::values::Price;

/// What is different in the successor; everything else is taken over.
#[derive(Deserialize, JsonSchema)]
pub struct Renewal {
    #[serde(default)]
    pub licences: Option<Bounded<1, 10_000_000>>,
    #[serde(default)]
    pub sales_order: Line<100>,
    #[serde(default)]
    pub po_number: Line<100>,
    #[serde(default)]
    pub unit_price: Option<Price>,
    /// The usual term after the order date when absent.
    #[serde(default)]
    pub expiration_date: Option<Date>,
}

/// Why a block is not renewed.
#[derive(Deserialize, JsonSchema)]
pub struct NotRenewed {
    pub reason: kit::text::Text<1, 510>,
}

/// Makes the successor: same product, tenant and licences, ordered for the day after the block
/// expires, and linked to it. A block has one successor.
pub async fn licence_block_renew(
    mut call: Call,
    At(id): At<LicenceBlock>,
    Body(renewal): Body<Renewal>,
) -> Result<Created<LicenceBlock>> {
    let scope = call.allow::<LicenceBlock>("create")?;
    let before = call.find(&scope, id).await?;
    let customer = block::customer_of(&mut call, &before).await?;
    settle::lock(&mut call, before.customer_id, before.product_id).await?;
    if before.renewed_by.is_some() {
        return Err(renewed());
    }
    let old = &before.input;
    let terms = terms::of_one(&mut call, &customer).await?;
    let input = LicenceBlockInput {
        licences: renewal.licences.unwrap_or(old.licences),
        sales_order: renewal.sales_order,
        po_number: renewal.po_number,
        unit_price: renewal.unit_price.or_else(|| old.unit_price.clone()),
        order_date: Some(terms.next_order_date(old.expiration_date)),
        expiration_date: renewal.expiration_date,
        note: Line::default(),
        ..old.clone()
    };
    let new = NewBlock {
        customer: Arc::new(customer),
        product: before.product_id,
        renews: Some(id),
        input,
    };
    let made = block::insert(&mut call, new).await;
    let after = made.on(
        Kind::Unique,
        "licence_blocks_renews_unique",
        "",
        "renewed",
        "",
    );
    let after = match after {
        Err(Error::Invalid(errors)) if errors.iter().any(|it| it.code == "renewed") => {
            return Err(renewed());
        }
        it => it?,
    };
    let set = vec![
        ("renewed_by", after.id.to_value()),
        ("not_renewed_at", None::<kit::time::Instant>.to_value()),
        ("not_renewed_reason", "".to_value()),
    ];
    let old = store::save(&mut call, &Scope::everywhere(), &before, set).await?;
    expiry::decided(&mut call, id).await?;
    settle::roll_up(&mut call, before.customer_id, 0).await?;
    let events = vec![
        Event::created(&after),
        Event::changed("renew", &before, &old),
    ];
    call.created(after, events).await
}

fn renewed() -> Error {
    Error::conflict("renewed", "This block has a successor already.")
}

/// Decides that a block has no successor, and why; it is not asked about any more.
pub async fn licence_block_not_renewed(
    mut call: Call,
    At(id): At<LicenceBlock>,
    Body(input): Body<NotRenewed>,
) -> Result<Versioned<LicenceBlock>> {
    let scope = call.allow::<LicenceBlock>("update")?;
    let before = call.find(&scope, id).await?;
    block::customer_of(&mut call, &before).await?;
    if before.renewed_by.is_some() {
        return Err(renewed());
    }
    let set = vec![
        ("not_renewed_at", Some(call.now).to_value()),
        ("not_renewed_reason", input.reason.to_value()),
    ];
    let after = store::save(&mut call, &scope, &before, set).await?;
    expiry::decided(&mut call, id).await?;
    settle::roll_up(&mut call, before.customer_id, 0).await?;
    call.updated("not_renewed", &before, after).await
}
