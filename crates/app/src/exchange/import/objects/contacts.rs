//! Contacts from files, each with what it is for one customer.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use kit::access::{Place, Scope};
use kit::call::Call;
use kit::conn::{Bind, Sql};
use kit::error::FieldError;
use kit::event::{Change, Event, changes};
use kit::resource::Resource;
use kit::{Error, Id, Result};
use uuid::Uuid;

use super::below;
use crate::customers::Customer;
use crate::exchange::import::columns::{Words, column, columns, several};
use crate::exchange::import::object::{
    Fields, ImportColumn, Importable, Key, Sole, place_of, text_of,
};
use crate::exchange::import::refer::{Lookup, customers, texts};
use crate::people::contact::{self, Contact, ContactInput, NewContact};
use crate::people::link::{self, ContactLink, LinkRole, NewLink, Roles};
use crate::tree::{Provider, Reseller, node, place};
use crate::written::Written;

static COLUMNS: LazyLock<Vec<ImportColumn>> = LazyLock::new(|| {
    let mut all = columns::<Contact>(&WORDS);
    let link = ["customer_id", "roles"].into_iter();
    let link = link.filter_map(|name| ContactLink::list().column(name));
    all.extend(link.map(|it| match it.name {
        "roles" => several(column(it, "", &WORDS), LinkRole::ALL),
        _ => ImportColumn {
            label: "Customer",
            ..column(it, "", &WORDS)
        },
    }));
    all
});

const WORDS: Words = Words {
    also: &["id"],
    required: &[],
    finds: &["id", "email"],
    described: &[
        below::ID,
        (
            "customer_id",
            "A customer that the contact serves, by id, customer id, external id, name, or path such as Provider/Reseller/Customer; write \\/ for a stroke in a name. What it is for other customers stays.",
        ),
        (
            "roles",
            "What it is for that customer: primary, billing, technical, super_admin; several are separated by | , or ;. Primary and billing move from whoever has them.",
        ),
    ],
    aliases: &[
        below::CUSTOMER_ALIASES,
        ("first_name", &["given name", "forename"]),
        ("last_name", &["name", "surname", "family name"]),
        ("email", &["email address", "mail"]),
        ("phone", &["telephone", "phone number", "tel"]),
        ("mobile", &["mobile phone", "cell", "cell phone"]),
        ("job_title", &["title", "position", "function"]),
        ("roles", &["role"]),
        ("notes", &["remarks", "description"]),
    ],
};

/// Where contacts without a customer go, and where rows may find contacts and customers.
pub struct Target {
    scope: Scope,
    provider: Id<Provider>,
    reseller: Option<Id<Reseller>>,
}

/// What a chunk's rows refer to.
pub struct Known {
    customers: Lookup<Arc<Customer>>,
    links: HashMap<Id<Customer>, Arc<HashMap<Id<Contact>, Roles>>>,
}

/// What one row refers to.
pub struct Links {
    customer: Option<Arc<Customer>>,
    roles: Option<Roles>,
    /// What contacts are for that customer already.
    there: Arc<HashMap<Id<Contact>, Roles>>,
}

type Serves = Option<(Arc<Customer>, Roles)>;

/// A contact to be, and what it is to be for a customer.
pub struct New {
    contact: NewContact,
    serves: Serves,
}

/// What a row makes of a contact, and of what it is for a customer.
pub struct Edit {
    input: Option<ContactInput>,
    serves: Serves,
}

impl Importable for Contact {
    type Target = Target;
    type Known = Known;
    type Links = Links;
    type New = New;
    type Edit = Edit;

    const SAMPLE: &'static str = "first_name,last_name,email,phone,job_title,customer_id,roles\r\n\
         Ana,Almeida,ana@saobento.example,+351 22 555 0101,Head of IT,K-1001,primary|technical\r\n\
         Tom,Northgate,tom@northgate.example,,,Vertex/Northgate School,billing\r\n\
         Mia,Meier,mia@example.org,,Consultant,,\r\n";
    const SOLE: Option<Sole> = Some(Sole {
        within: "customer_id",
        column: "roles",
        values: &["primary", "billing"],
    });

    fn columns() -> &'static [ImportColumn] {
        &COLUMNS
    }

    async fn target(call: &mut Call, scope: &Scope, node: Option<Uuid>) -> Result<Target> {
        let narrow = below::target(call, scope, node).await?;
        let (provider, reseller) = match node {
            None => (None, None),
            Some(id) => match node::place(call, id).await? {
                Some(Place::Provider(provider)) => (Some(provider), None),
                Some(Place::Reseller { provider, reseller }) => (Some(provider), Some(reseller)),
                _ => {
                    let message = "is no provider or reseller that you see";
                    return Err(Error::field("/node_id", "unknown_reference", message));
                }
            },
        };
        let (provider, reseller) = (provider.map(Into::into), reseller.map(Into::into));
        let parent = place::parent(call, &narrow, provider, reseller).await?;
        Ok(Target {
            scope: narrow,
            provider: parent.provider.id,
            reseller: parent.reseller.map(|it| it.id),
        })
    }

    fn unique(_: &Target) -> Vec<Key> {
        vec![]
    }

    fn usual_match(_: &Target, mapped: &dyn Fn(&str) -> bool) -> (Vec<&'static str>, String) {
        if mapped("id") {
            return (vec!["id"], "Rows are matched by id.".into());
        }
        let note = "No column tells which contacts are there already: every row creates one. To match by email, choose it.";
        (vec![], note.into())
    }

    fn narrow(target: &Target, sql: &mut Sql) {
        target.scope.filter(sql, &Self::list().scope);
    }

    async fn closed(_: &mut Call, found: &[Self]) -> Result<Vec<bool>> {
        Ok(vec![false; found.len()])
    }

    async fn holders(
        _: &mut Call,
        _: &Target,
        _: Key,
        _: Vec<Vec<String>>,
    ) -> Result<Vec<(Vec<String>, Uuid)>> {
        Ok(vec![])
    }

    async fn resolve(
        call: &mut Call,
        _: &Scope,
        target: &Target,
        rows: &[&Fields],
    ) -> Result<Known> {
        let named = texts(rows, "customer_id");
        let customers = customers(call, &target.scope, &named).await?;
        let found = named.iter().filter_map(|it| customers.get(it).ok());
        let ids: HashSet<_> = found.map(|it| it.id).collect();
        let linked = link::linked(call, ids.iter().map(Bind::to_value).collect()).await?;
        let mut links: HashMap<_, HashMap<_, _>> = HashMap::new();
        for it in linked {
            let of_customer = links.entry(it.customer_id).or_default();
            of_customer.insert(it.contact_id, it.roles());
        }
        Ok(Known {
            customers,
            links: links
                .into_iter()
                .map(|(id, it)| (id, Arc::new(it)))
                .collect(),
        })
    }

    fn link(known: &Known, _: &Target, fields: &mut Fields) -> Result<Links, Vec<FieldError>> {
        let mut errors = vec![];
        let customer = known.customers.of(fields, "customer_id", &mut errors);
        let roles = fields.get("roles").and_then(|it| match it.is_null() {
            true => Some(Roles::default()),
            false => serde_json::from_value(it.clone())
                .map_err(|it| errors.push(FieldError::new("/roles", "invalid", it.to_string())))
                .ok(),
        });
        match &customer {
            Some(it) => _ = fields.insert("customer_id".into(), it.id.to_string().into()),
            None if roles.is_some_and(|it| it != Roles::default()) && errors.is_empty() => {
                let message = "is required with roles";
                errors.push(FieldError::new("/customer_id", "required", message));
            }
            None => {}
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let there = customer.as_ref().and_then(|it| known.links.get(&it.id));
        Ok(Links {
            there: there.cloned().unwrap_or_default(),
            customer,
            roles,
        })
    }

    fn lacks(links: &Links) -> Option<FieldError> {
        links
            .customer
            .as_deref()
            .and_then(|it| below::lacks(Some(it)))
    }

    fn make(target: &Target, links: Links, input: ContactInput) -> Result<New, Vec<FieldError>> {
        contact::check(&input)?;
        let (provider, reseller) = match &links.customer {
            Some(it) => (it.provider_id, it.reseller_id),
            None => (target.provider, target.reseller),
        };
        let roles = links.roles.unwrap_or_default();
        Ok(New {
            contact: NewContact {
                provider,
                reseller,
                input,
            },
            serves: links.customer.map(|it| (it, roles)),
        })
    }

    fn place(_: &Target, new: &New) -> Place {
        let reseller = new.contact.reseller.map(Id::uuid);
        match (&new.serves, reseller) {
            (Some((customer, _)), _) => below::place(customer),
            (None, Some(reseller)) => Place::Reseller {
                provider: new.contact.provider.uuid(),
                reseller,
            },
            (None, None) => Place::Provider(new.contact.provider.uuid()),
        }
    }

    fn edit(
        before: &Self,
        links: Links,
        input: ContactInput,
    ) -> Result<(Edit, Vec<Change>), Vec<FieldError>> {
        let mut after = before.clone();
        after.input = input;
        let mut changed = changes(Some(before), Some(&after));
        let mut edit = Edit {
            input: None,
            serves: None,
        };
        if !changed.is_empty() {
            contact::check(&after.input)?;
            edit.input = Some(after.input);
        }
        let Some(customer) = links.customer else {
            return Ok((edit, changed));
        };
        let had = links.there.get(&before.id).copied();
        let roles = links.roles.or(had).unwrap_or_default();
        if had == Some(roles) {
            return Ok((edit, changed));
        }
        if customer.provider_id != before.provider_id {
            let message = "is a customer of another provider than the contact's";
            return Err(FieldError::new("/customer_id", "other_provider", message).into());
        }
        if let Some(error) = below::lacks(Some(&customer)) {
            return Err(error.into());
        }
        changed.extend(link::changes(&customer, had, Some(roles)));
        edit.serves = Some((customer, roles));
        Ok((edit, changed))
    }

    fn touches(before: &Self, edit: &Edit) -> Vec<Place> {
        let own = edit.input.as_ref().map(|_| place_of(before.owner()));
        let customer = edit.serves.as_ref().map(|it| below::place(&it.0));
        own.into_iter().chain(customer).collect()
    }

    async fn create_all(call: &mut Call, _: &Target, new: Vec<New>) -> Result<Vec<Event>> {
        let (contacts, serves): (Vec<_>, Vec<_>) =
            new.into_iter().map(|it| (it.contact, it.serves)).unzip();
        let made = contact::create_all(call, contacts).await?;
        let mut events: Vec<Event> = made.iter().map(Event::created).collect();
        let serves = made.iter().map(|it| it.id).zip(serves);
        events.extend(serve(call, serves.collect()).await?);
        Ok(events)
    }

    async fn change_all(
        call: &mut Call,
        scope: &Scope,
        edits: Vec<(Self, Edit)>,
    ) -> Result<Vec<Event>> {
        let mut events = Vec::with_capacity(edits.len());
        let mut all = vec![];
        for (before, edit) in edits {
            if let Some(input) = edit.input {
                let after = Written::update(call, scope, &before, input).await?;
                events.push(Event::changed("update", &before, &after));
            }
            all.push((before.id, edit.serves));
        }
        events.extend(serve(call, all).await?);
        Ok(events)
    }

    fn row_title(fields: &Fields) -> String {
        let names = [text_of(fields, "first_name"), text_of(fields, "last_name")];
        names.join(" ").trim().to_owned()
    }
}

/// Sets what contacts are for customers, as the API does one by one.
async fn serve(call: &mut Call, all: Vec<(Id<Contact>, Serves)>) -> Result<Vec<Event>> {
    let links: Vec<NewLink<'_>> = all
        .iter()
        .filter_map(|(contact, serves)| {
            let (customer, roles) = serves.as_ref()?;
            Some(NewLink {
                customer,
                contact: *contact,
                roles: *roles,
            })
        })
        .collect();
    let other_bills: HashSet<_> = links
        .iter()
        .filter(|it| it.roles.billing != (it.customer.input.billing_contact_id == Some(it.contact)))
        .map(|it| it.customer.id)
        .collect();
    let events = link::set_all(call, &links).await?;
    link::count_changes(call, other_bills.iter().map(Bind::to_value).collect()).await?;
    Ok(events)
}
