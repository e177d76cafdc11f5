//! Customers from files (CUS-07).

use std::sync::LazyLock;

use kit::access::{Level, Place, Scope};
use kit::call::Call;
use kit::conn::{Bind, Sql};
use kit::error::FieldError;
use kit::event::{Change, Event, changes};
use kit::resource::Resource;
use kit::{Error, Result, sql, text};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::customers::store::{self, NewCustomer};
use crate::customers::{Customer, CustomerInput};
use crate::exchange::import::columns::{Words, columns};
use crate::exchange::import::object::{Fields, ImportColumn, Importable, Key, text_of};
use crate::exchange::import::path;
use crate::exchange::import::refer::{Lookup, candidates, texts, wrong};
use crate::licences::Product;
use crate::people::contact::Contact;
use crate::people::user::User;
use crate::tree::{Provider, Reseller, node, place, reseller};

static COLUMNS: LazyLock<Vec<ImportColumn>> = LazyLock::new(|| columns::<Customer>(&WORDS));

const WORDS: Words = Words {
    also: &[
        "billing_contact_id",
        "services",
        "reseller_id",
        "provider_id",
    ],
    required: &[],
    finds: &[
        "name",
        "customer_id",
        "external_id",
        "external_customer_id",
        "ref_id",
        "crm_id",
        "account_id",
    ],
    described: &[
        (
            "reseller_id",
            "The reseller, by id, code, name or Provider/Reseller. A file cannot move a customer to another one.",
        ),
        (
            "provider_id",
            "Must be the provider that the import goes to.",
        ),
        ("owner_id", "By email or id."),
        (
            "services",
            "By code, name or id; several are separated by | , or ;",
        ),
        ("billing_contact_id", "By email or id."),
        ("domains", SEVERAL),
        ("deal_ids", SEVERAL),
        ("industries", SEVERAL),
    ],
    aliases: &[
        (
            "name",
            &[
                "customer",
                "customer name",
                "company",
                "company name",
                "organisation",
                "organization",
                "account",
                "account name",
                "client",
                "client name",
                "institution",
                "university",
            ],
        ),
        (
            "customer_id",
            &[
                "customer number",
                "customer no",
                "client id",
                "account number",
            ],
        ),
        ("crm_id", &["crm"]),
        ("owner_id", &["owner", "owner email", "account manager"]),
        ("reseller_id", &["reseller", "reseller code", "partner"]),
        ("provider_id", &["provider"]),
        (
            "billing_contact_id",
            &["billing contact", "billing contact email"],
        ),
        ("domains", &["domain", "email domain", "email domains"]),
        (
            "website",
            &["web", "web page", "homepage", "url", "web site"],
        ),
        (
            "state",
            &["state", "region", "province", "state or province"],
        ),
        ("industries", &["industry", "sector"]),
        ("company_size", &["employees", "size"]),
        ("deal_ids", &["deals", "deal id"]),
        ("description", &["notes", "remarks"]),
    ],
};

const SEVERAL: &str = "Several are separated by | , or ;";

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
    services: Lookup<Product>,
}

/// What one row refers to.
pub struct Links {
    reseller: Option<Reseller>,
    owner: Option<String>,
    contact: Option<String>,
    services: String,
}

impl Importable for Customer {
    type Target = Target;
    type Known = Known;
    type Links = Links;
    type New = NewCustomer;
    type Edit = CustomerInput;

    const SAMPLE: &'static str = "name,customer_id,country,city,domains,website,industries,description\r\n\
         Harbour Clinic,,DE,Hamburg,harbour-clinic.example,https://harbour-clinic.example,Q,\"A hospital, with several sites\"\r\n\
         Northgate School,,GB,Leeds,northgate.example|pupils.northgate.example,,P,\r\n\
         São Bento Foods,K-1001,PT,Porto,saobento.example,https://saobento.example,C|I,The customer id is kept as written\r\n";

    fn columns() -> &'static [ImportColumn] {
        &COLUMNS
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

    fn unique(target: &Target) -> Vec<Key> {
        let mut all: Vec<Key> = vec![&["customer_id"], &["external_id"]];
        if target.provider.names_are_unique() {
            all.insert(0, &["name"]);
        }
        all
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

    fn narrow(target: &Target, sql: &mut Sql) {
        sql.and("c.provider_id = ?", target.provider.id);
    }

    async fn closed(_: &mut Call, found: &[Self]) -> Result<Vec<bool>> {
        Ok(found.iter().map(|it| it.archived_at.is_some()).collect())
    }

    async fn holders(
        call: &mut Call,
        target: &Target,
        key: Key,
        values: Vec<Vec<String>>,
    ) -> Result<Vec<(Vec<String>, Uuid)>> {
        let (mut sql, key): (Sql, _) = match key {
            ["name"] => (
                sql!(
                    "select name_key, id from customers where provider_id = $1 and name_is_unique and archived_at is null",
                    target.provider.id
                ),
                "name_key",
            ),
            ["customer_id"] => (
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
        sql.and_in(
            key,
            values.concat().into_iter().map(Bind::to_value).collect(),
        );
        let found: Vec<(String, Uuid)> = call.query(sql).await?;
        Ok(found.into_iter().map(|(key, id)| (vec![key], id)).collect())
    }

    async fn resolve(
        call: &mut Call,
        _: &Scope,
        target: &Target,
        rows: &[&Fields],
    ) -> Result<Known> {
        let provider = target.provider.id;
        let resellers = texts(rows, "reseller_id");
        let own = |scope: &Scope| {
            let mut sql = Sql::new(reseller::PLAIN);
            sql.part("r.provider_id = ?", provider);
            scope.filter(&mut sql, &Reseller::list().scope);
            sql
        };
        let found: Vec<Reseller> =
            candidates(call, &resellers, &["name", "code"], &target.scope, own).await?;
        let above = called(&target.provider);
        let chain = |it: &Reseller| {
            let code = it.input.code.as_ref().map(|it| it.as_str().to_owned());
            let own = [Some(text::key(&it.input.name)), code];
            vec![above.clone(), own.into_iter().flatten().collect()]
        };
        let resellers = Lookup::new(
            resellers,
            &found,
            |it| it.id.uuid(),
            chain,
            |it| path::written([target.provider.name(), &it.input.name]),
        );

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
            owners,
            &users,
            |it| it.id.uuid(),
            |it| vec![vec![text::key(it.input.email.as_str())]],
            |it| it.input.email.as_str().to_owned(),
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
            contacts,
            &people,
            |it| it.id.uuid(),
            |it| vec![vec![text::key(&it.input.email)]],
            |it| format!("{} ({})", it.display_name, it.id),
        );
        let services = entries(rows, "services");
        let sold = |scope: &Scope| {
            let mut sql = Product::list().base(scope);
            sql.and("(pr.provider_id is null or pr.provider_id = ?)", provider);
            sql
        };
        let products: Vec<Product> =
            candidates(call, &services, &["name", "code"], &everywhere, sold).await?;
        let services = Lookup::new(
            services,
            &products,
            |it| it.id.uuid(),
            |it| {
                vec![
                    [it.input.name.as_str(), &it.input.code]
                        .map(text::key)
                        .to_vec(),
                ]
            },
            |it| format!("{} ({})", it.input.name, it.input.code),
        );
        Ok(Known {
            resellers,
            owners,
            contacts,
            services,
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
            && !called(&target.provider).contains(&text::key(given))
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
        let mut services: Vec<Product> = vec![];
        for text in list_of(fields, "services") {
            match known.services.get(text) {
                Ok(it) => services.push(it),
                Err(error) => errors.push(wrong("services", error)),
            }
        }
        if fields.contains_key("services") {
            let ids = services.iter().map(|it| it.id.to_string().into());
            fields.insert("services".to_owned(), Json::Array(ids.collect()));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        services.sort_by_key(|it| text::key(&it.input.name));
        let services: Vec<_> = services.iter().map(|it| it.input.name.as_str()).collect();
        Ok(Links {
            services: services.join(", "),
            reseller,
            owner: owner.map(|it| it.input.display_name.to_string()),
            contact: contact.map(|it| it.display_name),
        })
    }

    fn make(
        target: &Target,
        links: Links,
        input: CustomerInput,
    ) -> Result<NewCustomer, Vec<FieldError>> {
        Ok(NewCustomer {
            reseller: links.reseller.or_else(|| target.reseller.clone()),
            input,
        })
    }

    fn place(target: &Target, new: &NewCustomer) -> Place {
        let provider = target.provider.id.uuid();
        match &new.reseller {
            Some(reseller) => Place::Reseller {
                provider,
                reseller: reseller.id.uuid(),
            },
            None => Place::Provider(provider),
        }
    }

    fn edit(
        before: &Self,
        links: Links,
        mut input: CustomerInput,
    ) -> Result<(CustomerInput, Vec<Change>), Vec<FieldError>> {
        if links
            .reseller
            .is_some_and(|it| before.reseller_id != Some(it.id))
        {
            return Err(FieldError::new(
                "/reseller_id",
                "moves",
                "is another reseller than the customer's. Move the customer first, or leave the cell empty",
            )
            .into());
        }
        if input.customer_id.is_empty() {
            input.customer_id = before.input.customer_id.clone();
        }
        let mut after = before.clone();
        let known = &before.input.services;
        if input.services.len() == known.len() && input.services.iter().all(|it| known.contains(it))
        {
            input.services = known.clone();
        } else {
            after.service_names = links.services;
        }
        if input.owner_id != before.input.owner_id {
            after.owner_name = links.owner;
        }
        if input.billing_contact_id != before.input.billing_contact_id {
            after.billing_contact_name = links.contact;
        }
        after.input = input;
        let changes = changes(Some(before), Some(&after));
        Ok((after.input, changes))
    }

    async fn create_all(
        call: &mut Call,
        target: &Target,
        new: Vec<NewCustomer>,
    ) -> Result<Vec<Event>> {
        let made = store::create_all(call, &target.provider, new).await?;
        Ok(made.iter().map(Event::created).collect())
    }

    async fn change_all(
        call: &mut Call,
        scope: &Scope,
        edits: Vec<(Self, CustomerInput)>,
    ) -> Result<Vec<Event>> {
        let mut events = Vec::with_capacity(edits.len());
        for (before, input) in edits {
            let after = store::change(call, scope, &before, input).await?;
            events.push(Event::changed("update", &before, &after));
        }
        Ok(events)
    }

    fn row_title(fields: &Fields) -> String {
        text_of(fields, "name")
    }
}

/// The distinct entries of a column of lists.
fn entries<'a>(rows: &[&'a Fields], column: &str) -> Vec<&'a str> {
    let mut all: Vec<&str> = rows.iter().flat_map(|it| list_of(it, column)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn list_of<'a>(fields: &'a Fields, column: &str) -> impl Iterator<Item = &'a str> {
    let list = fields.get(column).and_then(Json::as_array);
    list.into_iter().flatten().filter_map(Json::as_str)
}

/// By what a provider is called: its id, name and code.
fn called(provider: &Provider) -> Vec<String> {
    vec![
        provider.id.to_string(),
        text::key(provider.name()),
        provider.input.code.as_str().to_owned(),
    ]
}
