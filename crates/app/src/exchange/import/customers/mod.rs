//! Customers from files (CUS-07).

mod columns;

use kit::access::{Level, Place, Scope};
use kit::call::Call;
use kit::conn::{Bind, Sql};
use kit::error::FieldError;
use kit::resource::Resource;
use kit::{Error, Result, sql, text};
use serde_json::Value as Json;
use uuid::Uuid;

use super::object::{Fields, Found, ImportColumn, Importable};
use super::refer::{Lookup, candidates, texts};
use crate::customers::store::{self, NewCustomer};
use crate::customers::{Customer, CustomerInput};
use crate::people::contact::Contact;
use crate::people::user::User;
use crate::tree::{Provider, Reseller, node, place, reseller};

/// Where new customers go, and where the caller may put others.
pub struct Target {
    provider: Provider,
    reseller: Option<Reseller>,
    scope: Scope,
}

/// What a chunk's rows refer to.
pub struct Known {
    resellers: Lookup<Reseller>,
    owners: Lookup<User>,
    contacts: Lookup<Contact>,
}

/// What one row refers to.
pub struct Links {
    reseller: Option<Reseller>,
    owner: Option<String>,
    contact: Option<String>,
}

impl Importable for Customer {
    type Target = Target;
    type Known = Known;
    type Links = Links;
    type New = NewCustomer;

    fn columns() -> &'static [ImportColumn] {
        &columns::COLUMNS
    }

    async fn target(call: &mut Call, scope: &Scope, node: Option<Uuid>) -> Result<Target> {
        let unknown = || {
            Error::field(
                "/node_id",
                "unknown_reference",
                "is no provider or reseller that you see",
            )
        };
        let (provider, reseller) = match node {
            None => (None, None),
            Some(id) => match node::place(call, id).await?.filter(|it| scope.covers(*it)) {
                Some(Place::Provider(provider)) => (Some(provider), None),
                Some(Place::Reseller { provider, reseller }) => (Some(provider), Some(reseller)),
                _ => return Err(unknown()),
            },
        };
        if call.home().level() == Level::Customer {
            return Err(Error::Forbidden {
                detail: "Customers are added by their provider or reseller.".into(),
            });
        }
        let parent = place::parent(
            call,
            scope,
            provider.map(Into::into),
            reseller.map(Into::into),
        )
        .await?;
        Ok(Target {
            provider: parent.provider,
            reseller: parent.reseller,
            scope: scope.clone(),
        })
    }

    fn unique(target: &Target) -> Vec<&'static str> {
        let name = target.provider.names_are_unique().then_some("name");
        name.into_iter()
            .chain(["customer_id", "external_id"])
            .collect()
    }

    fn usual_match(target: &Target, mapped: &dyn Fn(&str) -> bool) -> (Vec<&'static str>, String) {
        let by = |name: &'static str, note: &str| (vec![name], note.to_owned());
        if mapped("customer_id") {
            by("customer_id", "Rows are matched by customer id.")
        } else if mapped("external_id") {
            by("external_id", "Rows are matched by external id.")
        } else if mapped("name") && target.provider.names_are_unique() {
            by("name", "Rows are matched by name.")
        } else {
            (
                vec![],
                "No column tells which customers are there already: every row creates one.".into(),
            )
        }
    }

    async fn find(
        call: &mut Call,
        scope: &Scope,
        target: &Target,
        column: &str,
        keys: Vec<String>,
    ) -> Result<Vec<Found<Self>>> {
        let Some(column) = Self::list().column(column) else {
            return Ok(vec![]);
        };
        let mut sql = Self::list().base(scope);
        sql.and("c.provider_id = ?", target.provider.id);
        // Said again, so that partial indexes are used.
        sql.push(" and ").push(column.sql).push(" <> ''");
        sql.and_in(column.sql, keys.into_iter().map(Bind::to_value).collect());
        let found: Vec<Self> = call.query(sql).await?;
        Ok(found
            .into_iter()
            .map(|record| Found {
                archived: record.archived_at.is_some(),
                record,
            })
            .collect())
    }

    async fn holders(
        call: &mut Call,
        target: &Target,
        column: &str,
        keys: Vec<String>,
    ) -> Result<Vec<(String, Uuid)>> {
        let (mut sql, key): (Sql, _) = match column {
            "name" => (
                sql!(
                    "select name_key, id from customers where provider_id = $1 and name_is_unique and archived_at is null",
                    target.provider.id
                ),
                "name_key",
            ),
            "customer_id" => (
                sql!(
                    "select customer_id_key, id from customers where provider_id = $1",
                    target.provider.id
                ),
                "customer_id_key",
            ),
            _ => (
                sql!(
                    "select external_id_key, id from customers where provider_id = $1 and external_id_key <> ''",
                    target.provider.id
                ),
                "external_id_key",
            ),
        };
        sql.and_in(key, keys.into_iter().map(Bind::to_value).collect());
        call.query(sql).await
    }

    async fn resolve(
        call: &mut Call,
        _: &Scope,
        target: &Target,
        rows: &[&Fields],
    ) -> Result<Known> {
        let provider = target.provider.id;
        let resellers = texts(rows, "reseller_id");
        let plain: Vec<String> = resellers
            .iter()
            .map(|it| below(&target.provider, it))
            .collect();
        let plain: Vec<&str> = plain.iter().map(String::as_str).collect();
        let own = |scope: &Scope| {
            let mut sql = Sql::new(reseller::PLAIN);
            sql.part("r.provider_id = ?", provider);
            scope.filter(&mut sql, &Reseller::list().scope);
            sql
        };
        let found: Vec<Reseller> =
            candidates(call, &plain, &["name", "code"], &target.scope, own).await?;
        let called = |it: &Reseller| {
            let code = it.input.code.as_ref().map(|it| it.as_str().to_owned());
            vec![text::key(&it.input.name), code.unwrap_or_default()]
        };
        let plain = Lookup::new(plain.into_iter(), &found, |it| it.id.uuid(), called);
        let resellers = plain.renamed(&resellers, |it| below(&target.provider, it));

        // People by id as the record's own check has it; by email only those that one may see.
        let everywhere = Scope::everywhere();
        let owners = texts(rows, "owner_id");
        let staff = |scope: &Scope| {
            let mut sql = User::list().base(scope);
            sql.and("u.provider_id = ?", provider);
            sql.push(" and u.customer_id is null");
            sql
        };
        let users: Vec<User> = candidates(call, &owners, &["email"], &everywhere, staff).await?;
        let owners = Lookup::new(
            owners.into_iter(),
            &users,
            |it| it.id.uuid(),
            |it| vec![text::key(it.input.email.as_str())],
        );

        let contacts = texts(rows, "billing_contact_id");
        let known = |scope: &Scope| {
            let mut sql = Contact::list().base(scope);
            sql.and("k.provider_id = ?", provider);
            sql
        };
        let people: Vec<Contact> =
            candidates(call, &contacts, &["email"], &everywhere, known).await?;
        let contacts = Lookup::new(
            contacts.into_iter(),
            &people,
            |it| it.id.uuid(),
            |it| vec![text::key(&it.input.email)],
        );
        Ok(Known {
            resellers,
            owners,
            contacts,
        })
    }

    fn link(known: &Known, target: &Target, fields: &mut Fields) -> Result<Links, Vec<FieldError>> {
        let mut errors = vec![];
        let reseller = known.resellers.of(fields, "reseller_id", &mut errors);
        if let Some(reseller) = &reseller
            && reseller.archived_at.is_some()
        {
            errors.push(FieldError::new(
                "/reseller_id",
                "archived",
                "is archived; unarchive the reseller first",
            ));
        }
        if let Some(Json::String(given)) = fields.get("provider_id")
            && !is_called(&target.provider, given)
        {
            errors.push(FieldError::new("/provider_id", "unknown_reference", "is not the provider that this import goes to; choose its node or remove the column"));
        }
        let owner = known.owners.of(fields, "owner_id", &mut errors);
        let contact = known.contacts.of(fields, "billing_contact_id", &mut errors);
        for (name, id) in [
            ("owner_id", owner.as_ref().map(|it| it.id.uuid())),
            (
                "billing_contact_id",
                contact.as_ref().map(|it| it.id.uuid()),
            ),
        ] {
            if let Some(id) = id {
                fields.insert(name.to_owned(), id.to_string().into());
            }
        }
        fields.shift_remove("reseller_id");
        fields.shift_remove("provider_id");
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Links {
            reseller,
            owner: owner.map(|it| it.input.display_name.to_string()),
            contact: contact.map(|it| it.display_name),
        })
    }

    fn make(target: &Target, links: Links, input: CustomerInput) -> NewCustomer {
        NewCustomer {
            reseller: links.reseller.or_else(|| target.reseller.clone()),
            input,
        }
    }

    fn changed(before: &Self, links: Links, mut input: CustomerInput) -> Result<Self, FieldError> {
        if links
            .reseller
            .is_some_and(|it| before.reseller_id != Some(it.id))
        {
            return Err(FieldError::new(
                "/reseller_id",
                "moves",
                "is another reseller than the customer's. Move the customer first, or leave the cell empty",
            ));
        }
        if input.customer_id.is_empty() {
            input.customer_id = before.input.customer_id.clone();
        }
        let mut after = before.clone();
        if input.owner_id != before.input.owner_id {
            after.owner_name = links.owner;
        }
        if input.billing_contact_id != before.input.billing_contact_id {
            after.billing_contact_name = links.contact;
        }
        after.input = input;
        Ok(after)
    }

    async fn create_all(
        call: &mut Call,
        target: &Target,
        new: Vec<NewCustomer>,
    ) -> Result<Vec<Self>> {
        store::create_all(call, &target.provider, new).await
    }

    async fn change(call: &mut Call, scope: &Scope, before: &Self, after: Self) -> Result<Self> {
        store::change(call, scope, before, after.input).await
    }

    fn row_title(fields: &Fields) -> String {
        fields
            .get("name")
            .and_then(Json::as_str)
            .map(|it| text::clean(it).into_owned())
            .unwrap_or_default()
    }

    fn sample() -> &'static str {
        "name,customer_id,country,city,domains,website,industries,description\r\n\
         Harbour Clinic,,DE,Hamburg,harbour-clinic.example,https://harbour-clinic.example,Q,\"A hospital, with several sites\"\r\n\
         Northgate School,,GB,Leeds,northgate.example|pupils.northgate.example,,P,\r\n\
         São Bento Foods,K-1001,PT,Porto,saobento.example,https://saobento.example,C|I,The customer id is kept as written\r\n"
    }
}

/// A reseller's name without the provider's before it: `Northline/Vertex` is `Vertex` there. A name
/// that has a stroke itself is found as it is.
fn below(provider: &Provider, path: &str) -> String {
    match path.split_once('/') {
        Some((first, rest)) if is_called(provider, first) => rest.trim().to_owned(),
        _ => path.trim().to_owned(),
    }
}

fn is_called(provider: &Provider, given: &str) -> bool {
    let given = given.trim();
    given.eq_ignore_ascii_case(&provider.id.to_string())
        || text::key(given) == text::key(provider.name())
        || given == provider.input.code.as_str()
}
