//! The objects that can be imported; each new one is a file here and a line in [`OBJECTS`] and
//! [`NAMES`].

mod below;
mod blocks;
mod contacts;
mod customers;
mod devices;
mod products;
mod sites;
mod tenants;

use std::collections::HashMap;

use futures::future::BoxFuture;
use kit::call::Call;
use kit::job::{JobContext, Outcome};
use kit::{Error, Result};

use super::handlers::PlanRequest;
use super::object::{ImportColumn, Importable};
use super::{Import, Mapping, UndoPreview, apply, mapping, plan, undo};
use crate::customers::Customer;
use crate::devices::Device;
use crate::licences::{LicenceBlock, Product};
use crate::people::Contact;
use crate::tree::{Site, Tenant};
use crate::written::Written;

/// What an import does with an object, whichever it is.
pub struct Object {
    pub name: &'static str,
    pub columns: fn() -> &'static [ImportColumn],
    /// A few rows that show how a file looks, as CSV with the API's field names.
    pub sample: &'static str,
    /// Whether the caller may bring such records at all.
    pub allow: fn(&Call) -> Result<()>,
    /// A first mapping for a new file.
    pub suggest: Suggest,
    /// Checks a plan's mapping and match key before a job is made of it.
    pub check: Check,
    pub plan: fn(JobContext, Import) -> BoxFuture<'static, Outcome>,
    pub apply: fn(JobContext, Import) -> BoxFuture<'static, Outcome>,
    /// Whether the caller may take such an import back.
    pub allow_undo: fn(&Call, UndoPreview) -> Result<()>,
    pub undo: fn(JobContext, Import) -> BoxFuture<'static, Outcome>,
}

type Suggest = fn(&[String], &[Vec<String>], &HashMap<String, String>) -> Mapping;
type Check = for<'a> fn(&'a mut Call, &'a Import, &'a PlanRequest) -> BoxFuture<'a, Result<()>>;

/// Their names and labels.
pub const NAMES: &[(&str, &str)] = &[
    ("customers", "Customers"),
    ("tenants", "Tenants"),
    ("sites", "Sites"),
    ("contacts", "Contacts"),
    ("products", "Products"),
    ("licence_blocks", "Licence blocks"),
    ("devices", "Devices"),
];

static OBJECTS: &[Object] = &[
    Object::of::<Customer>(),
    Object::of::<Tenant>(),
    Object::of::<Site>(),
    Object::of::<Contact>(),
    Object::of::<Product>(),
    Object::of::<LicenceBlock>(),
    Object::of::<Device>(),
];

impl Object {
    const fn of<T: Importable + Written>() -> Self {
        Self {
            name: T::NAME,
            columns: T::columns,
            sample: T::SAMPLE,
            allow: |call| anywhere::<T>(call).map(|_| ()),
            suggest: mapping::suggest::<T>,
            check: |call, import, request| Box::pin(check::<T>(call, import, request)),
            plan: |job, import| Box::pin(plan::run::<T>(job, import)),
            apply: |job, import| Box::pin(apply::run::<T>(job, import)),
            allow_undo: undo::allow::<T>,
            undo: |job, import| Box::pin(undo::undo::<T>(job, import)),
        }
    }
}

/// The object with this name.
pub fn object(name: &str) -> Result<&'static Object> {
    OBJECTS.iter().find(|it| it.name == name).ok_or_else(|| {
        let known: Vec<_> = OBJECTS.iter().map(|it| it.name).collect();
        let detail = format!("object is one of {}.", known.join(", "));
        Error::bad_request("unknown_object", detail)
    })
}

fn anywhere<T: Importable>(call: &Call) -> Result<kit::access::Scope> {
    call.allow::<T>("create")
        .or_else(|_| call.allow::<T>("update"))
}

async fn check<T: Importable>(
    call: &mut Call,
    import: &Import,
    request: &PlanRequest,
) -> Result<()> {
    let columns = mapping::check::<T>(import, &request.mapping)?;
    mapping::check_match::<T>(&columns, &request.match_columns)?;
    let scope = anywhere::<T>(call)?;
    T::target(call, &scope, request.node_id).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_has_its_label() {
        let named: Vec<_> = NAMES.iter().map(|it| it.0).collect();
        let there: Vec<_> = OBJECTS.iter().map(|it| it.name).collect();
        assert_eq!(named, there);
    }
}
