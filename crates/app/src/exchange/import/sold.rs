//! Products as rows name them: by id, code or name, among those that the row's customer can have.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kit::access::Scope;
use kit::call::Call;
use kit::error::FieldError;
use kit::resource::Resource;
use kit::{Id, Result, text};

use super::object::Fields;
use super::path;
use super::refer::{Lookup, candidates, wrong};
use crate::customers::Customer;
use crate::licences::Product;
use crate::tree::Provider;

type Named = Lookup<Arc<Product>>;

/// What texts mean, for the customers of each provider and for rows that name none.
pub struct Products {
    of: HashMap<Id<Provider>, Named>,
    anybodys: Named,
}

impl Products {
    pub async fn find(
        call: &mut Call,
        scope: &Scope,
        texts: &[&str],
        customers: &[Arc<Customer>],
    ) -> Result<Self> {
        let base = |scope: &Scope| Product::list().base(scope);
        let found: Vec<Product> = candidates(call, texts, &["code", "name"], scope, base).await?;
        let found: Vec<Arc<Product>> = found.into_iter().map(Arc::new).collect();
        let providers: HashSet<_> = customers.iter().map(|it| it.provider_id).collect();
        let one = |provider: Id<Provider>| {
            let is_sold = |it: &&Arc<Product>| it.provider_id.is_none_or(|it| it == provider);
            let sold: Vec<_> = found.iter().filter(is_sold).cloned().collect();
            (provider, named(texts, &sold))
        };
        Ok(Self {
            of: providers.into_iter().map(one).collect(),
            anybodys: named(texts, &found),
        })
    }

    /// The product that a row names, with its id in its place.
    pub fn of(
        &self,
        fields: &mut Fields,
        customer: Option<&Customer>,
        errors: &mut Vec<FieldError>,
    ) -> Option<Arc<Product>> {
        let text = fields.get("product_id")?.as_str()?;
        let own = customer.and_then(|it| self.of.get(&it.provider_id));
        match own.unwrap_or(&self.anybodys).get(text) {
            Ok(it) => {
                fields.insert("product_id".into(), it.id.to_string().into());
                Some(it)
            }
            Err(_)
                if own.is_some_and(|it| is_unknown(it, text))
                    && !is_unknown(&self.anybodys, text) =>
            {
                let message = "belongs to another provider than the customer";
                errors.push(FieldError::new("/product_id", "other_provider", message));
                None
            }
            Err(error) => {
                errors.push(wrong("product_id", error));
                None
            }
        }
    }
}

fn is_unknown(all: &Named, text: &str) -> bool {
    matches!(all.get(text), Err(("unknown_reference", _)))
}

fn named(texts: &[&str], found: &[Arc<Product>]) -> Named {
    let chain = |it: &Arc<Product>| {
        let own = [it.input.code.as_str(), &it.input.name].map(text::key);
        let above = it.provider_name.as_ref().map(|it| vec![text::key(it)]);
        above.into_iter().chain([own.to_vec()]).collect()
    };
    let title = |it: &Arc<Product>| {
        let names = it.provider_name.as_deref().into_iter();
        let path = path::written(names.chain([it.input.name.as_str()]));
        format!("{path} ({})", it.input.code.as_str())
    };
    Lookup::new(
        texts.iter().copied(),
        found,
        |it| it.id.uuid(),
        chain,
        title,
    )
}

/// Refuses to make a record one of another product.
pub fn stays(before: Id<Product>, named: Option<&Product>, advice: &str) -> Result<(), FieldError> {
    if named.is_none_or(|it| it.id == before) {
        return Ok(());
    }
    let message = format!("is another product than the record's. {advice}");
    Err(FieldError::new("/product_id", "moves", message))
}
