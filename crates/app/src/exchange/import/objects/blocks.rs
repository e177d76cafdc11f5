//! Licence blocks from files.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use kit::access::{Place, Scope};
use kit::call::Call;
use kit::conn::Sql;
use kit::error::FieldError;
use kit::event::{Change, Event, changes};
use kit::resource::Resource;
use kit::{Id, Result};
use uuid::Uuid;

use super::below;
use crate::customers::Customer;
use crate::exchange::import::children::{Child, Children, TENANTS, other_customer};
use crate::exchange::import::columns::{Words, columns};
use crate::exchange::import::object::{Fields, ImportColumn, Importable, Key, text_of};
use crate::exchange::import::path;
use crate::exchange::import::refer::{Lookup, customers, texts};
use crate::exchange::import::sold::{self, Products};
use crate::licences::block::{self, LicenceBlockInput, NewBlock};
use crate::licences::terms::{self, Terms};
use crate::licences::{LicenceBlock, Product, settle};

static COLUMNS: LazyLock<Vec<ImportColumn>> = LazyLock::new(|| columns::<LicenceBlock>(&WORDS));

const WORDS: Words = Words {
    also: &["customer_id", "product_id", "id"],
    required: &["customer_id", "product_id"],
    finds: &["sales_order", "id"],
    described: &[
        below::CUSTOMER,
        below::ID,
        ("product_id", below::PRODUCT),
        (
            "tenant_id",
            "By id, name, or path such as Customer/Tenant; Global when absent.",
        ),
        ("warning_days", "Several are separated by | , or ;"),
    ],
    aliases: &[
        below::CUSTOMER_ALIASES,
        below::PRODUCT_ALIASES,
        below::TENANT_ALIASES,
        (
            "sales_order",
            &["sales order number", "order number", "order no", "order"],
        ),
        (
            "po_number",
            &["po", "purchase order", "purchase order number"],
        ),
        ("unit_price", &["price", "price per licence"]),
        (
            "licences",
            &["licenses", "quantity", "seats", "number of licences"],
        ),
        ("order_date", &["order date", "start date", "from"]),
        (
            "expiration_date",
            &[
                "expiration date",
                "expiry",
                "expiry date",
                "end date",
                "until",
                "valid until",
            ],
        ),
        ("warning_days", &["warning days", "warn days before"]),
        ("note", &["notes", "remarks", "comment"]),
    ],
};

/// What a chunk's rows refer to.
pub struct Known {
    customers: Lookup<Arc<Customer>>,
    products: Products,
    tenants: Children,
    terms: Arc<HashMap<Id<Customer>, Terms>>,
}

/// What one row refers to.
pub struct Links {
    customer: Option<Arc<Customer>>,
    product: Option<Arc<Product>>,
    tenant: Option<Child>,
    terms: Arc<HashMap<Id<Customer>, Terms>>,
}

impl Importable for LicenceBlock {
    type Target = Scope;
    type Known = Known;
    type Links = Links;
    type New = NewBlock;
    type Edit = LicenceBlockInput;

    const SAMPLE: &'static str = "customer_id,product_id,tenant_id,licences,sales_order,po_number,unit_price,currency,order_date,expiration_date,note\r\n\
         C-000001,PBX,,250,SO-2041,PO-77120,3.90,EUR,,,\r\n\
         C-000001,PBX,Data centre Frankfurt,100,SO-2042,PO-77121,3.90,EUR,2030-01-01,2030-12-31,For Frankfurt alone\r\n\
         Vertex/Northgate School,Cloud PBX,,40,SO-2050,,,,,,\r\n";

    fn columns() -> &'static [ImportColumn] {
        &COLUMNS
    }

    async fn target(call: &mut Call, scope: &Scope, node: Option<Uuid>) -> Result<Scope> {
        below::target(call, scope, node).await
    }

    fn unique(_: &Scope) -> Vec<Key> {
        vec![]
    }

    fn usual_match(_: &Scope, mapped: &dyn Fn(&str) -> bool) -> (Vec<&'static str>, String) {
        let order = ["customer_id", "product_id", "sales_order"];
        if mapped("id") {
            (vec!["id"], "Rows are matched by id.".into())
        } else if order.iter().all(|it| mapped(it)) {
            let note = "Rows are matched by customer, product and sales order; those without a sales order add blocks. Where an order has several blocks of a product, match by tenant too, or by id.";
            (order.to_vec(), note.into())
        } else {
            let note =
                "No column tells which licence blocks are there already: every row adds one.";
            (vec![], note.into())
        }
    }

    fn narrow(target: &Scope, sql: &mut Sql) {
        target.filter(sql, &Self::list().scope);
    }

    async fn closed(call: &mut Call, found: &[Self]) -> Result<Vec<bool>> {
        below::closed(call, found.iter().map(|it| it.customer_id)).await
    }

    async fn holders(
        _: &mut Call,
        _: &Scope,
        _: Key,
        _: Vec<Vec<String>>,
    ) -> Result<Vec<(Vec<String>, Uuid)>> {
        Ok(vec![])
    }

    async fn resolve(
        call: &mut Call,
        scope: &Scope,
        target: &Scope,
        rows: &[&Fields],
    ) -> Result<Known> {
        let named = texts(rows, "tenant_id");
        let ids = texts(rows, "id");
        let owners = below::owners(call, target, Self::list(), &ids).await?;
        let owners: Vec<String> = owners.iter().map(ToString::to_string).collect();
        let mut all = texts(rows, "customer_id");
        let above = named.iter().filter_map(|it| path::above(it)).map(|it| it.0);
        all.extend(above.chain(owners.iter().map(String::as_str)));
        let customers = customers(call, target, &all).await?;
        let found: Vec<_> = all.iter().filter_map(|it| customers.get(it).ok()).collect();
        let ids = found.iter().map(|it| it.id).collect();
        let tenants = Children::by_id(call, &TENANTS, target, &named).await?;
        let tenants = tenants
            .and_by_name(call, &TENANTS, target, &named, &ids)
            .await?;
        let owned: Vec<&Customer> = found.iter().map(Arc::as_ref).collect();
        let terms = terms::of(call, &owned).await?;
        let products = texts(rows, "product_id");
        Ok(Known {
            products: Products::find(call, scope, &products, &found).await?,
            terms: Arc::new(terms),
            customers,
            tenants,
        })
    }

    fn link(known: &Known, _: &Scope, fields: &mut Fields) -> Result<Links, Vec<FieldError>> {
        let mut errors = vec![];
        let customer = known.customers.of(fields, "customer_id", &mut errors);
        if let Some(it) = &customer {
            fields.insert("customer_id".into(), it.id.to_string().into());
        }
        let own = customer.as_deref();
        let product = known.products.of(fields, own, &mut errors);
        let (column, customers) = ("tenant_id", &known.customers);
        let tenant = known
            .tenants
            .of(fields, column, own, customers, &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Links {
            customer,
            product,
            tenant,
            terms: known.terms.clone(),
        })
    }

    fn lacks(links: &Links) -> Option<FieldError> {
        let product = || links.product.is_none().then(below::missing_product);
        below::lacks(links.customer.as_deref()).or_else(product)
    }

    fn make(
        _: &Scope,
        links: Links,
        mut input: LicenceBlockInput,
    ) -> Result<NewBlock, Vec<FieldError>> {
        let customer = links.customer.ok_or_else(below::missing)?;
        let product = links.product.ok_or_else(below::missing_product)?;
        product.check_sold(&customer)?;
        if links.tenant.is_some_and(|it| it.archived_at.is_some()) {
            return Err(below::archived_tenant().into());
        }
        let terms = links.terms.get(&customer.id).ok_or_else(below::missing)?;
        terms.complete(None, &mut input)?;
        Ok(NewBlock {
            customer,
            product: product.id,
            renews: None,
            input,
        })
    }

    fn place(_: &Scope, new: &NewBlock) -> Place {
        below::place(&new.customer)
    }

    fn edit(
        before: &Self,
        links: Links,
        mut input: LicenceBlockInput,
    ) -> Result<(LicenceBlockInput, Vec<Change>), Vec<FieldError>> {
        below::stays(before.customer_id, links.customer.as_deref())?;
        let advice = "Add a new block of that product";
        sold::stays(before.product_id, links.product.as_deref(), advice)?;
        let mut after = before.clone();
        if input.tenant_id != before.input.tenant_id {
            match &links.tenant {
                Some(it) if it.customer_id != before.customer_id => {
                    return Err(other_customer("tenant_id").into());
                }
                Some(it) if it.archived_at.is_some() => {
                    return Err(below::archived_tenant().into());
                }
                _ => after.tenant_name = links.tenant.map(|it| it.name),
            }
        }
        if input != before.input {
            // Needed for what else the row may say; by id and by customer it is there.
            let terms = links.terms.get(&before.customer_id);
            let terms = terms.ok_or_else(below::missing)?;
            terms.complete(Some(&before.input), &mut input)?;
        }
        after.input = input;
        let changes = changes(Some(before), Some(&after));
        Ok((after.input, changes))
    }

    async fn lock(
        call: &mut Call,
        new: &[NewBlock],
        edits: &[(Self, LicenceBlockInput)],
    ) -> Result<()> {
        let new = new.iter().map(|it| (it.customer.id, it.product));
        let edits = edits.iter().map(|it| (it.0.customer_id, it.0.product_id));
        settle::lock_all(call, &new.chain(edits).collect()).await
    }

    async fn create_all(call: &mut Call, _: &Scope, new: Vec<NewBlock>) -> Result<Vec<Event>> {
        let made = block::insert_all(call, new).await?;
        Ok(made.iter().map(Event::created).collect())
    }

    async fn change_all(
        call: &mut Call,
        scope: &Scope,
        edits: Vec<(Self, LicenceBlockInput)>,
    ) -> Result<Vec<Event>> {
        let before: Vec<Self> = edits.iter().map(|it| it.0.clone()).collect();
        let after = block::save_all(call, scope, edits).await?;
        let both = before.iter().zip(&after);
        let event = |(before, after)| Event::changed("update", before, after);
        Ok(both.map(event).collect())
    }

    fn row_title(fields: &Fields) -> String {
        let parts = ["product_id", "sales_order"].map(|it| text_of(fields, it));
        let parts: Vec<_> = parts.into_iter().filter(|it| !it.is_empty()).collect();
        parts.join(", ")
    }
}
