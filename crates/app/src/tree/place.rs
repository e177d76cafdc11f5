//! Where a new record goes, and the fields that records of several levels share.

use kit::access::{Place, Scope};
use kit::call::Call;
use kit::conn::Sql;
use kit::{Error, Id, Result};

use crate::customers::Customer;
use crate::tree::{Provider, Reseller, provider, reseller};

/// The provider and perhaps the reseller that a new customer, reseller or contact belongs to.
pub struct Parent {
    pub provider: Provider,
    pub reseller: Option<Reseller>,
}

/// TREE-03: the node named in the request, else the caller's own; a platform caller's is the house
/// provider. The node must lie where the caller may do this.
pub async fn parent(
    call: &mut Call,
    scope: &Scope,
    provider_id: Option<Id<Provider>>,
    reseller_id: Option<Id<Reseller>>,
) -> Result<Parent> {
    let home = call.home();
    let reseller_id = reseller_id.or(match provider_id {
        Some(_) => None,
        None => home.reseller().map(Id::from),
    });
    if let Some(id) = reseller_id {
        // Below the reseller its own row is not in everybody's reading scope, hence this look-up.
        let reseller = reseller_of(call, id).await?;
        let reseller = reseller.filter(|it| {
            scope.covers(Place::Reseller {
                provider: it.provider_id.uuid(),
                reseller: it.id.uuid(),
            })
        });
        let reseller = reseller.ok_or_else(|| unknown("/reseller_id"))?;
        if provider_id.is_some_and(|it| it != reseller.provider_id) {
            return Err(Error::field(
                "/reseller_id",
                "other_provider",
                "belongs to another provider than the one named",
            ));
        }
        if reseller.archived_at.is_some() {
            return Err(Error::field("/reseller_id", "archived", "is archived"));
        }
        let provider = provider_of(call, reseller.provider_id).await?;
        return Ok(Parent {
            provider,
            reseller: Some(reseller),
        });
    }
    let provider = match provider_id.or(home.provider().map(Id::from)) {
        Some(id) => provider_by_id(call, id).await?,
        None => house(call).await?,
    };
    let provider = provider.filter(|it| scope.covers(Place::Provider(it.id.uuid())));
    Ok(Parent {
        provider: provider.ok_or_else(|| unknown("/provider_id"))?,
        reseller: None,
    })
}

fn unknown(pointer: &str) -> Error {
    Error::field(pointer, "unknown_reference", "does not exist")
}

/// A provider by its id alone. Only for nodes at or above a place that the scope covers already.
async fn provider_by_id(call: &mut Call, id: Id<Provider>) -> Result<Option<Provider>> {
    let mut sql = Sql::new(provider::PLAIN);
    sql.part("p.id = ?", id);
    call.query_optional(sql).await
}

/// The provider of a record that is in scope; its counts are not told.
pub async fn provider_of(call: &mut Call, id: Id<Provider>) -> Result<Provider> {
    provider_by_id(call, id).await?.ok_or(Error::NotFound)
}

/// The reseller of a record that is in scope, or one that is checked next; its count is not told.
pub async fn reseller_of(call: &mut Call, id: Id<Reseller>) -> Result<Option<Reseller>> {
    let mut sql = Sql::new(reseller::PLAIN);
    sql.part("r.id = ?", id);
    call.query_optional(sql).await
}

/// The house provider: the one that `init` made (spec 1.1).
pub async fn house(call: &mut Call) -> Result<Option<Provider>> {
    let mut sql = Sql::new(provider::PLAIN);
    sql.push("p.is_house");
    call.query_optional(sql).await
}

/// The customer that a new tenant, site or link belongs to: in scope, and not archived (ACC-15).
pub async fn customer(call: &mut Call, scope: &Scope, id: Id<Customer>) -> Result<Customer> {
    let customer = call.reference(scope, id, "/customer_id").await?;
    customer.check_writable()?;
    Ok(customer)
}
