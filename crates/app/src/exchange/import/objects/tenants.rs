//! Tenants from files.

use std::sync::{Arc, LazyLock};

use kit::access::{Place, Scope};
use kit::call::Call;
use kit::conn::Sql;
use kit::error::FieldError;
use kit::event::{Change, Event, changes};
use kit::resource::Resource;
use kit::{Result, sql};
use uuid::Uuid;

use super::below;
use crate::customers::Customer;
use crate::exchange::import::columns::{Words, columns};
use crate::exchange::import::object::{Fields, ImportColumn, Importable, Key, text_of};
use crate::exchange::import::refer::{Lookup, customers, texts};
use crate::tree::Tenant;
use crate::tree::tenant::{self, NewTenant, TenantInput};
use crate::written::Written;

static COLUMNS: LazyLock<Vec<ImportColumn>> = LazyLock::new(|| columns::<Tenant>(&WORDS));

const WORDS: Words = Words {
    also: &["customer_id", "id"],
    required: &["customer_id"],
    finds: &["name", "id"],
    described: &[below::CUSTOMER, below::ID],
    aliases: &[
        below::CUSTOMER_ALIASES,
        ("name", &["tenant", "tenant name"]),
    ],
};

impl Importable for Tenant {
    type Target = Scope;
    type Known = Lookup<Arc<Customer>>;
    type Links = Option<Arc<Customer>>;
    type New = NewTenant;
    type Edit = TenantInput;

    const SAMPLE: &'static str = "customer_id,name,time_zone,language\r\n\
         C-000001,Data centre Frankfurt,Europe/Berlin,de\r\n\
         Harbour Clinic,Test,,\r\n\
         Vertex/Northgate School,Data centre Leeds,Europe/London,en\r\n";

    fn columns() -> &'static [ImportColumn] {
        &COLUMNS
    }

    async fn target(call: &mut Call, scope: &Scope, node: Option<Uuid>) -> Result<Scope> {
        below::target(call, scope, node).await
    }

    fn unique(_: &Scope) -> Vec<Key> {
        vec![&["customer_id", "name"]]
    }

    fn usual_match(_: &Scope, mapped: &dyn Fn(&str) -> bool) -> (Vec<&'static str>, String) {
        if mapped("id") {
            (vec!["id"], "Rows are matched by id.".into())
        } else if mapped("customer_id") && mapped("name") {
            let note = "Rows are matched by customer and name.";
            (vec!["customer_id", "name"], note.into())
        } else {
            let note = "No column tells which tenants are there already: every row creates one.";
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
        call: &mut Call,
        _: &Scope,
        _: Key,
        values: Vec<Vec<String>>,
    ) -> Result<Vec<(Vec<String>, Uuid)>> {
        let (customers, names) = below::parted(values);
        let mut sql = sql!("select customer_id, name_key, id from tenants where true");
        sql.and_in("customer_id", customers)
            .and_in("name_key", names);
        Ok(below::held(call.query(sql).await?))
    }

    async fn resolve(
        call: &mut Call,
        _: &Scope,
        target: &Scope,
        rows: &[&Fields],
    ) -> Result<Lookup<Arc<Customer>>> {
        customers(call, target, &texts(rows, "customer_id")).await
    }

    fn link(
        known: &Lookup<Arc<Customer>>,
        _: &Scope,
        fields: &mut Fields,
    ) -> Result<Option<Arc<Customer>>, Vec<FieldError>> {
        let mut errors = vec![];
        let customer = known.of(fields, "customer_id", &mut errors);
        if let Some(it) = &customer {
            fields.insert("customer_id".into(), it.id.to_string().into());
        }
        if errors.is_empty() {
            Ok(customer)
        } else {
            Err(errors)
        }
    }

    fn lacks(links: &Option<Arc<Customer>>) -> Option<FieldError> {
        below::lacks(links.as_deref())
    }

    fn make(
        _: &Scope,
        links: Option<Arc<Customer>>,
        input: TenantInput,
    ) -> Result<NewTenant, Vec<FieldError>> {
        let customer = links.ok_or_else(below::missing)?;
        Ok(NewTenant { customer, input })
    }

    fn place(_: &Scope, new: &NewTenant) -> Place {
        below::place(&new.customer)
    }

    fn edit(
        before: &Self,
        links: Option<Arc<Customer>>,
        input: TenantInput,
    ) -> Result<(TenantInput, Vec<Change>), Vec<FieldError>> {
        below::stays(before.customer_id, links.as_deref())?;
        let mut after = before.clone();
        after.input = input;
        let changes = changes(Some(before), Some(&after));
        Ok((after.input, changes))
    }

    async fn create_all(call: &mut Call, _: &Scope, new: Vec<NewTenant>) -> Result<Vec<Event>> {
        let made = tenant::create_all(call, new).await?;
        Ok(made.iter().map(Event::created).collect())
    }

    async fn change_all(
        call: &mut Call,
        scope: &Scope,
        edits: Vec<(Self, TenantInput)>,
    ) -> Result<Vec<Event>> {
        let mut events = Vec::with_capacity(edits.len());
        for (before, input) in edits {
            let after = Written::update(call, scope, &before, input).await?;
            events.push(Event::changed("update", &before, &after));
        }
        Ok(events)
    }

    fn row_title(fields: &Fields) -> String {
        text_of(fields, "name")
    }
}
