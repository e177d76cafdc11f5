//! Nodes of the tree, whatever their level: looked up by id, offered by the scope switcher.

use axum::Json;
use kit::access::{Level, Node, Place, Scope};
use kit::call::Call;
use kit::conn::Sql;
use kit::list::Query;
use kit::{Error, Record, Result, sql, text};
use uuid::Uuid;

use crate::customers::Customer;
use crate::tree::{Provider, Reseller};

/// The keys of a node's row and of those above it.
#[derive(Record)]
struct Keys {
    level: Level,
    provider_id: Uuid,
    reseller_id: Option<Uuid>,
    customer_id: Option<Uuid>,
}

impl Keys {
    fn place(self) -> Place {
        match (self.level, self.reseller_id, self.customer_id) {
            (Level::Customer, reseller, Some(customer)) => Place::Customer {
                provider: self.provider_id,
                reseller,
                customer,
            },
            (Level::Reseller, Some(reseller), _) => Place::Reseller {
                provider: self.provider_id,
                reseller,
            },
            _ => Place::Provider(self.provider_id),
        }
    }
}

/// Where a node lies in the tree, whoever asks: narrow a [`Scope`] with it before anything is
/// answered. The nil id is the platform.
pub async fn place(call: &mut Call, id: Uuid) -> Result<Option<Place>> {
    if id.is_nil() {
        return Ok(Some(Place::Platform));
    }
    let keys: Option<Keys> = call.query_optional(place_sql(id)).await?;
    Ok(keys.map(Keys::place))
}

/// The place that an input's `node_id` names: in scope; the caller's own when there is none.
pub async fn chosen(call: &mut Call, scope: &Scope, node: Option<Uuid>) -> Result<Place> {
    let place = match node {
        None => Some(call.home()),
        Some(id) => place(call, id).await?,
    };
    place
        .filter(|it| scope.covers(*it))
        .ok_or_else(|| Error::field("/node_id", "unknown_reference", "does not exist"))
}

/// See [`place`]; for where there is no call yet.
pub async fn place_in(db: &kit::conn::Db, id: Uuid) -> Result<Option<Place>> {
    if id.is_nil() {
        return Ok(Some(Place::Platform));
    }
    let keys: Option<Keys> = db.read().query_optional(place_sql(id)).await?;
    Ok(keys.map(Keys::place))
}

fn place_sql(id: Uuid) -> Sql {
    sql!(
        "select 'provider' as level, id as provider_id, cast(null as uuid) as reseller_id, cast(null as uuid) as customer_id from providers where id = $1
         union all select 'reseller', provider_id, id, cast(null as uuid) from resellers where id = $1
         union all select 'customer', provider_id, reseller_id, id from customers where id = $1 and deleted_at is null",
        id
    )
}

/// A node as answers show it; the platform for none.
#[derive(Record)]
struct Named {
    level: Level,
    id: Uuid,
    name: String,
    provider_id: Uuid,
    reseller_id: Option<Uuid>,
    provider_name: String,
    reseller_name: Option<String>,
}

impl Named {
    fn node(self) -> Node {
        let mut path = self.provider_name.clone();
        for name in [self.reseller_name.as_ref(), Some(&self.name)]
            .into_iter()
            .flatten()
        {
            if !path.ends_with(name.as_str()) {
                path = format!("{path} / {name}");
            }
        }
        Node {
            level: self.level,
            id: Some(self.id),
            name: self.name,
            provider_id: Some(self.provider_id),
            reseller_id: self.reseller_id,
            path,
        }
    }
}

pub fn platform() -> Node {
    Node {
        level: Level::Platform,
        id: None,
        name: "Platform".into(),
        provider_id: None,
        reseller_id: None,
        path: "Platform".into(),
    }
}

const PROVIDERS: &str = "select 'provider' as level, p.id as id, p.name as name, p.id as provider_id, cast(null as uuid) as reseller_id, p.name as provider_name, cast(null as text) as reseller_name, p.name_key as name_key from providers p where true";
const RESELLERS: &str = "select 'reseller' as level, r.id as id, r.name as name, r.provider_id as provider_id, r.id as reseller_id, p.name as provider_name, r.name as reseller_name, r.name_key as name_key from resellers r join providers p on p.id = r.provider_id where r.archived_at is null";
const CUSTOMERS: &str = "select 'customer' as level, c.id as id, c.name as name, c.provider_id as provider_id, c.reseller_id as reseller_id, p.name as provider_name, r.name as reseller_name, c.name_key as name_key from customers c join providers p on p.id = c.provider_id left join resellers r on r.id = c.reseller_id where c.deleted_at is null and c.archived_at is null";

/// The names of some nodes, by id; unknown ones are left out.
pub async fn named(call: &mut Call, ids: &[Uuid]) -> Result<Vec<Node>> {
    let mut nodes = vec![];
    for (text, id) in [
        (PROVIDERS, "p.id"),
        (RESELLERS, "r.id"),
        (CUSTOMERS, "c.id"),
    ] {
        let mut sql = Sql::new(text);
        sql.and_in(id, ids.iter().map(kit::conn::Bind::to_value).collect());
        nodes.extend(call.query::<Named>(sql).await?.into_iter().map(Named::node));
    }
    if ids.contains(&Uuid::nil()) {
        nodes.insert(0, platform());
    }
    Ok(nodes)
}

/// The nodes that the caller may work at: what the scope switcher offers.
pub async fn node_list(mut call: Call, query: Query) -> Result<Json<Vec<Node>>> {
    query.only(&["q", "limit"])?;
    let needle = text::search_text(query.get("q").unwrap_or_default());
    let limit = query
        .get("limit")
        .and_then(|it| it.parse().ok())
        .unwrap_or(30_i64)
        .clamp(1, 100);
    let mut nodes = vec![];
    if call.caller.home == Place::Platform && "platform".contains(&needle) {
        nodes.push(platform());
    }
    let levels: [(&str, &str, Result<Scope>, &kit::list::List); 3] = [
        (
            PROVIDERS,
            "p.search_text like ? escape '\\'",
            call.allow::<Provider>("read"),
            <Provider as kit::resource::Resource>::list(),
        ),
        (
            RESELLERS,
            "r.search_text like ? escape '\\'",
            call.allow::<Reseller>("read"),
            <Reseller as kit::resource::Resource>::list(),
        ),
        (
            CUSTOMERS,
            "c.search_text like ? escape '\\'",
            call.allow::<Customer>("read"),
            <Customer as kit::resource::Resource>::list(),
        ),
    ];
    for (text, matches, scope, list) in levels {
        let Ok(scope) = scope else { continue };
        if call.caller.is_customer_level() {
            continue;
        }
        let mut sql = Sql::new(text);
        scope.filter(&mut sql, &list.scope);
        if !needle.is_empty() {
            sql.and(matches, kit::list::contains(&needle));
        }
        sql.push(" order by name_key, id limit ").bind(limit);
        nodes.extend(call.query::<Named>(sql).await?.into_iter().map(Named::node));
    }
    nodes.truncate(usize::try_from(limit).unwrap_or(30) + 1);
    Ok(Json(nodes))
}
