//! Products: what a provider sells (ENT-01). Those of the platform's catalogue are everybody's.

use kit::access::{Place, Scope, ScopeColumns};
use kit::call::Call;
use kit::choice;
use kit::conn::{Bind, Kind, Value};
use kit::error::{Blocker, FieldError, OnConstraint};
use kit::event::Event;
use kit::list::{Column, List, Search};
use kit::resource::{Columns as _, Editable, Owner, Resource};
use kit::text::{self, Line, Name, Text};
use kit::time::Instant;
use kit::{Columns, Error, Id, Record, Result, json_column, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::customers::Customer;
use crate::tree::{Provider, place, reseller};
use crate::written::Written;

choice! {
    pub enum ProductKind {
        Service = "service" "Service",
        Software = "software" "Software",
        Hardware = "hardware" "Hardware",
    }
}

choice! {
    /// A draft cannot be sold yet; at its end of life not any more. What was sold stays.
    pub enum ProductStatus {
        Draft = "draft" "Draft",
        Complete = "complete" "Complete",
        EndOfLife = "end_of_life" "End of life",
    }
}

/// A product of a provider, or of the platform's catalogue.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Product {
    pub id: Id<Product>,
    /// None: the platform's catalogue, which every provider can sell from.
    pub provider_id: Option<Id<Provider>>,
    pub provider_name: Option<String>,
    #[serde(flatten)]
    #[record(flatten)]
    pub input: ProductInput,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// What is written of a product.
#[derive(Record, Columns, Serialize, Deserialize, JsonSchema, Clone)]
pub struct ProductInput {
    pub name: Name,
    /// Unique in its provider, whatever its case.
    pub code: Text<1, 100>,
    #[serde(default = "service")]
    pub kind: ProductKind,
    #[serde(default)]
    pub description: Line<2000>,
    /// What the product can do, or how much of it.
    #[serde(default)]
    pub features: Features,
    #[serde(default = "complete")]
    pub status: ProductStatus,
}

fn service() -> ProductKind {
    ProductKind::Service
}
fn complete() -> ProductStatus {
    ProductStatus::Complete
}

/// The features of a product: at most 100, each name once.
#[derive(Serialize, JsonSchema, Clone, Debug, Default, PartialEq)]
#[serde(transparent)]
pub struct Features(Vec<Feature>);

/// A feature with its value: text, a number, or yes or no.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
pub struct Feature {
    pub name: Text<1, 100>,
    pub value: FeatureValue,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(untagged)]
pub enum FeatureValue {
    Flag(bool),
    Number(i64),
    Text(Line<255>),
}

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        let all = Vec::<Feature>::deserialize(d)?;
        let mut names: Vec<_> = all.iter().map(|it| text::key(&it.name)).collect();
        names.sort();
        if names.windows(2).any(|it| it[0] == it[1]) {
            return Err(D::Error::custom("has a feature twice"));
        }
        match all.len() {
            0..=100 => Ok(Self(all)),
            _ => Err(D::Error::custom("has more than 100 features")),
        }
    }
}

json_column!(Features);

/// A new product, and whose it is.
#[derive(Deserialize, Serialize, JsonSchema, Clone)]
pub struct ProductCreate {
    /// The caller's own provider when absent; the platform's catalogue for
    /// `00000000-0000-0000-0000-000000000000`.
    #[serde(default)]
    pub provider_id: Option<Id<Provider>>,
    #[serde(flatten)]
    pub input: ProductInput,
}

const COLUMNS: &[Column] = &[
    Column::text("name", "Name", "pr.name_key")
        .keyed("pr.name_key")
        .shown()
        .customer()
        .searched()
        .width(240),
    Column::text("code", "Code", "pr.code_key")
        .keyed("pr.code_key")
        .shown()
        .customer()
        .searched()
        .width(140),
    Column::choice("kind", "Kind", "pr.kind", ProductKind::ALL)
        .shown()
        .customer()
        .width(110),
    Column::choice("status", "Status", "pr.status", ProductStatus::ALL)
        .shown()
        .customer()
        .width(120),
    Column::reference(
        "provider_id",
        "Provider",
        "pr.provider_id",
        reseller::provider_list,
        "provider_name",
    )
    .sorted_by("coalesce(p.name_key, '')")
    .width(180),
    Column::text("description", "Description", "pr.description")
        .shown()
        .customer()
        .width(320),
    Column::list("features", "Features", "pr.features")
        .plain()
        .customer(),
    Column::instant("created_at", "Added", "pr.created_at")
        .shown()
        .width(150),
    Column::instant("updated_at", "Modified", "pr.updated_at").width(150),
    Column::id("id", "Id", "pr.id").customer(),
];

pub static LIST: List = List {
    name: "products",
    select: "pr.*, p.name as provider_name",
    from: "products pr left join providers p on p.id = pr.provider_id",
    always: "true",
    id: "pr.id",
    columns: COLUMNS,
    sort: "name",
    scope: ScopeColumns {
        provider: "(pr.provider_id is null or pr.provider_id = ?)",
        // What its provider sells, a reseller sells too.
        reseller: "(pr.provider_id is null or pr.provider_id = (select z.provider_id from resellers z where z.id = ?))",
        customer: "exists (select 1 from licence_pools z where z.product_id = pr.id and z.customer_id = ?)",
    },
    archived: None,
    search: Some(Search {
        table: "products",
        alias: "pr",
        text: "pr.search_text",
    }),
    expand: &[("provider", "provider_id", "provider_name")],
};

/// For columns that refer to products.
pub fn product_list() -> &'static List {
    &LIST
}

impl Resource for Product {
    const NAME: &'static str = "products";
    const ONE: &'static str = "product";
    // Whoever reads licences reads what they are for.
    const READ_ALSO: Option<&'static str> = Some("licences");
    fn list() -> &'static List {
        &LIST
    }
    fn id(&self) -> Uuid {
        self.id.uuid()
    }
    fn version(&self) -> i64 {
        self.version
    }
    fn title(&self) -> String {
        self.input.name.to_string()
    }
    fn owner(&self) -> Owner {
        Owner::provider(self.provider_id.map(Id::uuid))
    }
}

impl Editable for Product {
    type Input = ProductInput;
    const TABLE: &'static str = "products";
}

impl Product {
    /// The product that something is sold of: visible, and what [`check_sold`](Self::check_sold) says.
    pub async fn sold(
        call: &mut Call,
        scope: &Scope,
        id: Id<Self>,
        customer: &Customer,
    ) -> Result<Self> {
        let product: Self = call.reference(scope, id, "/product_id").await?;
        let checked = product.check_sold(customer);
        checked.map_err(|it| Error::Invalid(vec![it]))?;
        Ok(product)
    }

    /// What is sold is its provider's or the catalogue's, and neither a draft nor at its end of life.
    pub fn check_sold(&self, customer: &Customer) -> Result<(), FieldError> {
        let wrong = |code, message| Err(FieldError::new("/product_id", code, message));
        if self
            .provider_id
            .is_some_and(|it| it != customer.provider_id)
        {
            let message = "belongs to another provider than the customer";
            return wrong("other_provider", message);
        }
        match self.input.status {
            ProductStatus::Complete => Ok(()),
            ProductStatus::Draft => wrong("not_sold", "is a draft: complete it before it is sold"),
            ProductStatus::EndOfLife => {
                wrong("not_sold", "is at its end of life and not sold any more")
            }
        }
    }
}

/// The provider whose products a place can change; the platform's catalogue is the platform's.
fn check_owner(scope: &Scope, provider: Option<Id<Provider>>) -> Result<()> {
    let place = provider.map_or(Place::Platform, |it| Place::Provider(it.uuid()));
    match scope.covers(place) {
        true => Ok(()),
        false => Err(Error::Refused {
            code: "not_yours",
            detail: "This product belongs to a node above yours. Ask somebody there.".into(),
        }),
    }
}

impl Written for Product {
    type New = ProductCreate;

    async fn create(
        call: &mut Call,
        scope: &Scope,
        new: ProductCreate,
    ) -> Result<(Self, Vec<Event>)> {
        let provider = match new.provider_id {
            Some(id) if id.uuid().is_nil() => None,
            named => Some(place::parent(call, scope, named, None).await?.provider.id),
        };
        check_owner(scope, provider)?;
        let id = Id::new(call.now);
        let mut set = written(&new.input);
        set.extend([
            ("id", id.to_value()),
            (
                "node_id",
                provider.map(Id::uuid).unwrap_or_default().to_value(),
            ),
            ("provider_id", provider.to_value()),
            ("version", 1_i64.to_value()),
            ("created_at", call.now.to_value()),
            ("updated_at", call.now.to_value()),
        ]);
        told(store::insert(call, "products", set).await)?;
        let product = call.find(&Scope::everywhere(), id).await?;
        let event = Event::created(&product);
        Ok((product, event.into()))
    }

    async fn update(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        input: ProductInput,
    ) -> Result<Self> {
        check_owner(scope, before.provider_id)?;
        if input.kind != before.input.kind {
            check_kind(call, before).await?;
        }
        told(store::save(call, scope, before, written(&input)).await)
    }

    /// Only one that nothing was sold of.
    async fn delete(call: &mut Call, scope: &Scope, before: &Self) -> Result<Vec<Event>> {
        check_owner(scope, before.provider_id)?;
        let counts = [
            (
                "customers",
                "Customers that subscribe to it",
                sql!(
                    "select count(*) from customer_services where product_id = $1",
                    before.id
                ),
            ),
            (
                "licence_blocks",
                "Licence blocks",
                sql!(
                    "select count(*) from licence_blocks where product_id = $1",
                    before.id
                ),
            ),
            (
                "devices",
                "Devices",
                sql!(
                    "select count(*) from devices where product_id = $1",
                    before.id
                ),
            ),
        ];
        let mut blockers = vec![];
        for (kind, label, sql) in counts {
            let count = call.count(sql).await?;
            if count > 0 {
                let column = match kind {
                    "customers" => "services",
                    _ => "product_id",
                };
                let href = format!("/{}?{column}={}", kind.replace('_', "-"), before.id);
                blockers.push(Blocker {
                    kind: kind.into(),
                    label: label.into(),
                    count,
                    href,
                });
            }
        }
        if !blockers.is_empty() {
            let detail = format!(
                "{} was sold. Set it to end of life, so that it is not sold any more.",
                before.title()
            );
            return Err(Error::Conflict {
                code: "in_use",
                detail,
                blockers,
            });
        }
        call.execute(sql!(
            "delete from pool_sets where product_id = $1",
            before.id
        ))
        .await?;
        store::delete(call, before).await?;
        Ok(Event::deleted(before).into())
    }
}

/// What customers subscribe to stays a service.
async fn check_kind(call: &mut Call, before: &Product) -> Result<()> {
    let count = call
        .count(sql!(
            "select count(*) from customer_services where product_id = $1",
            before.id
        ))
        .await?;
    match count {
        0 => Ok(()),
        _ => Err(Error::field(
            "/kind",
            "in_use",
            format!("stays service: {count} customers subscribe to it"),
        )),
    }
}

fn written(input: &ProductInput) -> Vec<(&'static str, Value)> {
    let mut set = input.set();
    set.push(("name_key", text::key(&input.name).to_value()));
    set.push(("code_key", text::key(&input.code).to_value()));
    let search = text::search_lines([input.name.as_str(), &input.code]);
    set.push(("search_text", search.to_value()));
    set
}

fn told<T>(outcome: Result<T>) -> Result<T> {
    outcome.on(
        Kind::Unique,
        "products_code_unique",
        "/code",
        "taken",
        "is the code of another product",
    )
}
