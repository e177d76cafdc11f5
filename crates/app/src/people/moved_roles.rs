//! What becomes of roles when a customer goes to another reseller: the one it leaves must not decide
//! any more what the customer's users may.

use kit::access::Scope;
use kit::call::Call;
use kit::event::Event;
use kit::{Id, Result, sql, text};

use super::role::Role;
use crate::customers::Customer;
use crate::tree::Reseller;

/// Roles of the old reseller that the customer's users hold become the customer's own.
pub async fn keep(
    call: &mut Call,
    customer: &Customer,
    to: Option<Id<Reseller>>,
) -> Result<Vec<Event>> {
    let Some(from) = customer.reseller_id else {
        return Ok(vec![]);
    };
    let held: Vec<(Id<Role>, String)> = call
        .query(sql!(
            "select r.id, r.name from roles r where r.reseller_id = $1 and r.customer_id is null and exists (select 1 from grants g where g.role_id = r.id and g.customer_id = $2)",
            from,
            customer.id
        ))
        .await?;
    let mut events = vec![];
    for (role, name) in held {
        let copy = Id::<Role>::new(call.now);
        let taken = call
            .count(sql!(
                "select count(*) from roles where node_id = $1 and name_key = $2",
                customer.id,
                text::key(&name)
            ))
            .await?;
        let name = match taken {
            0 => name,
            _ => format!("{name} ({})", copy.uuid().simple()),
        };
        call.execute(sql!(
            "insert into roles (id, provider_id, reseller_id, customer_id, node_id, built_in, name, name_key, search_text, is_prefixed, description, levels, permissions, template_permissions, version, created_at, updated_at)
             select $1, provider_id, $2, $3, $3, false, $4, $5, $6, false, description, levels, permissions, template_permissions, 1, $7, $7 from roles where id = $8",
            copy,
            to,
            customer.id,
            &name,
            text::key(&name),
            text::search_text(&name),
            call.now,
            role
        ))
        .await?;
        call.execute(sql!(
            "update grants set role_id = $1 where role_id = $2 and customer_id = $3",
            copy,
            role,
            customer.id
        ))
        .await?;
        let made = call.find(&Scope::everywhere(), copy).await?;
        events.push(Event {
            action: "clone",
            ..Event::created(&made)
        });
    }
    Ok(events)
}
