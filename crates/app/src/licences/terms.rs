//! What holds for the blocks of a customer before one is written: its day, its zone, its policies and
//! its currency; for many customers at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use kit::access::Place;
use kit::call::Call;
use kit::date::Date;
use kit::error::FieldError;
use kit::time::TimeZone;
use kit::{Id, Result};

use super::block::LicenceBlockInput;
use crate::customers::Customer;
use crate::tree::inherited::Line;
use crate::tree::policies::{Policies, WarningDays};
use crate::values::Currency;

/// What holds for the blocks of one customer.
#[derive(Clone)]
pub struct Terms {
    /// The zone of what is not a tenant's with a zone of its own.
    pub zone: TimeZone,
    /// Of blocks that have none of their own.
    pub warning_days: WarningDays,
    today: Date,
    may_backdate: bool,
    block_term: i64,
    /// The customer's, or its provider's.
    currency: Option<Currency>,
}

/// The terms of customers that are in scope.
pub async fn of<'a>(
    call: &mut Call,
    customers: &[&'a Customer],
) -> Result<HashMap<Id<Customer>, Terms>> {
    let mut lines: HashMap<_, Line<'a>> = HashMap::new();
    let mut all = HashMap::new();
    for customer in customers.iter().copied() {
        let Entry::Vacant(new) = all.entry(customer.id) else {
            continue;
        };
        let (provider, reseller) = (customer.provider_id, customer.reseller_id);
        let line = match lines.entry((provider, reseller)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Line::to(call, provider, reseller, None).await?),
        };
        line.lead_to(customer);
        let zone = line.nearest(
            |it| it.time_zone.clone(),
            |it| it.time_zone.clone(),
            |it| it.time_zone.clone(),
            TimeZone::utc(),
        );
        let currency = line.nearest(
            |it| it.currency.clone().map(Some),
            |_| None,
            |it| it.currency.clone().map(Some),
            None,
        );
        let policies = Policies::at(line);
        new.insert(Terms {
            today: Date::at(call.now, &zone.value),
            zone: zone.value,
            warning_days: policies.expiry_warning_days.value,
            may_backdate: may_backdate(call, customer),
            block_term: policies.block_term.value.get(),
            currency: currency.value,
        });
    }
    Ok(all)
}

/// The terms of one customer.
pub async fn of_one(call: &mut Call, customer: &Customer) -> Result<Terms> {
    let mut all = of(call, &[customer]).await?;
    all.remove(&customer.id).ok_or(kit::Error::NotFound)
}

fn may_backdate(call: &Call, customer: &Customer) -> bool {
    let place = Place::Customer {
        provider: customer.provider_id.uuid(),
        reseller: customer.reseller_id.map(Id::uuid),
        customer: customer.id.uuid(),
    };
    call.caller
        .permissions_at(place)
        .has("licences", "backdate")
}

impl Terms {
    /// Fills in what is left to us and checks the rest: the order date is not in the past unless it
    /// was so before, the expiration date lies after it (LIC-02, LIC-03). Answers whether it was
    /// backdated.
    pub fn complete(
        &self,
        before: Option<&LicenceBlockInput>,
        input: &mut LicenceBlockInput,
    ) -> Result<bool, Vec<FieldError>> {
        let mut errors = vec![];
        let order = input.order_date.unwrap_or(self.today);
        let changed = before.is_none_or(|it| it.order_date != Some(order));
        let backdated = changed && order < self.today;
        if backdated && !self.may_backdate {
            let message = format!("is in the past: today is {} for this customer", self.today);
            errors.push(FieldError::new("/order_date", "in_the_past", message));
        }
        let usual = || order.plus_months(self.block_term);
        let expiration = input.expiration_date.unwrap_or_else(usual);
        if expiration <= order {
            let message = format!("must be after the order date, {order}");
            errors.push(FieldError::new("/expiration_date", "before_order", message));
        }
        if input.unit_price.is_some() && input.currency.is_none() {
            input.currency = self.currency.clone();
            if input.currency.is_none() {
                let message =
                    "is required with a price: neither the customer nor its provider has one";
                errors.push(FieldError::new("/currency", "required", message));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        input.order_date = Some(order);
        input.expiration_date = Some(expiration);
        Ok(backdated)
    }

    /// The day after a block expires. When that is past, and the caller may not backdate, today.
    pub fn next_order_date(&self, expiration: Option<Date>) -> Date {
        let next = expiration.map_or(self.today, |it| it.plus_days(1));
        match self.may_backdate {
            true => next,
            false => next.max(self.today),
        }
    }
}
