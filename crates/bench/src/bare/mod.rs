//! The bare control: axum and a driver, running the statements that the product runs, and nothing
//! else: no sign-in, no checks, no log, no metrics, no compression, no errors worth reading.

pub mod postgres;
pub mod sqlite;
mod write;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use app::customers::Customer;
use app::tree::{provider, reseller};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use kit::access::{Place, Scope};
use kit::conn::{SearchPlan, Sql};
use kit::list::{self, Plan, Query};
use kit::resource::Resource;
use uuid::Uuid;

use crate::{Outcome, told};

pub use write::{Template, new_id};

/// The engine under the control.
pub enum Bare {
    Sqlite(sqlite::Bare),
    Postgres(postgres::Bare),
}

struct Served {
    bare: Bare,
    scope: Scope,
    /// Statements by the query that asks for them: a hand-written server has them ready.
    known: RwLock<HashMap<String, Arc<Listed>>>,
}

/// The statements of a list: a page and its capped count.
pub struct Listed {
    pub page: Sql,
    pub count: Sql,
}

/// The statements of one customer: itself, and those from which it inherits.
pub struct Viewed {
    pub customer: Sql,
    pub provider: String,
    pub reseller: String,
}

pub async fn serve(database: &str, port: u16, provider: Uuid) -> Outcome {
    let scope = Scope::everywhere()
        .under(Place::Provider(provider))
        .ok_or("a scope")?;
    let bare = match database.strip_prefix("sqlite:") {
        Some(file) => Bare::Sqlite(sqlite::Bare::open(file)?),
        None => Bare::Postgres(postgres::Bare::open(database).await?),
    };
    let served = Arc::new(Served {
        bare,
        scope,
        known: RwLock::default(),
    });
    let router = Router::new()
        .route("/readyz", get(async || "ready\n"))
        .route("/api/v1/customers", get(page).post(create))
        .route("/api/v1/customers/export", get(export))
        .route("/api/v1/customers/{id}", get(view))
        .with_state(served);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(told)?;
    axum::serve(listener, router).await.map_err(told)
}

async fn view(State(it): State<Arc<Served>>, Path(id): Path<Uuid>) -> Response {
    let viewed = Viewed {
        customer: Customer::list().one(&it.scope, id),
        provider: format!("{}p.id = $1", provider::PLAIN),
        reseller: format!("{}r.id = $1", reseller::PLAIN),
    };
    let body = match &it.bare {
        Bare::Sqlite(bare) => bare.view(&viewed),
        Bare::Postgres(bare) => bare.view(&viewed).await,
    };
    answer(StatusCode::OK, body)
}

async fn page(State(it): State<Arc<Served>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let known = it
        .known
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&query)
        .cloned();
    let listed = match known {
        Some(listed) => listed,
        None => match prepare(&it, &query).await {
            Ok(listed) => {
                // How best to search is asked anew each time, as the product does.
                if !query.contains("q=") {
                    let mut known = it.known.write().unwrap_or_else(PoisonError::into_inner);
                    known.insert(query, listed.clone());
                }
                listed
            }
            Err(error) => return answer(StatusCode::OK, Err(error)),
        },
    };
    let body = match &it.bare {
        Bare::Sqlite(bare) => bare.page(&listed),
        Bare::Postgres(bare) => bare.page(&listed).await,
    };
    answer(StatusCode::OK, body)
}

async fn prepare(it: &Served, query: &str) -> Outcome<Arc<Listed>> {
    let plan = plan(&it.scope, query)?;
    let search = match &it.bare {
        Bare::Sqlite(bare) if !plan.needle.is_empty() => bare.search_plan(&plan.needle)?,
        _ => SearchPlan::Walk,
    };
    Ok(Arc::new(Listed {
        page: list::page(&plan, &it.scope, &search),
        count: list::count(&plan, &it.scope, &search, true),
    }))
}

/// A plan as the product makes it, so that cursors of one are cursors of the other.
pub fn plan(scope: &Scope, query: &str) -> Outcome<Plan> {
    let place = format!("{:?}", scope.places());
    Plan::parse(
        Customer::list(),
        &Query::parse(query),
        kit::list::Reader::WHOLE,
        &place,
    )
    .map_err(told)
}

async fn export(State(it): State<Arc<Served>>) -> Response {
    let sql = match plan(&it.scope, "") {
        Ok(plan) => list::export(&plan, &it.scope, &SearchPlan::Walk),
        Err(error) => return answer(StatusCode::OK, Err(error)),
    };
    let (sender, receiver) = tokio::sync::mpsc::channel::<Bytes>(4);
    tokio::spawn(async move {
        let done = match &it.bare {
            Bare::Sqlite(bare) => bare.export(&sql, &sender),
            Bare::Postgres(bare) => bare.export(&sql, &sender).await,
        };
        if let Err(error) = done {
            eprintln!("bare export: {error}");
        }
    });
    let pieces = futures::stream::unfold(receiver, async |mut it| {
        let piece = it.recv().await?;
        Some((Ok::<_, std::io::Error>(piece), it))
    });
    Response::new(Body::from_stream(pieces))
}

async fn create(State(it): State<Arc<Served>>, body: Bytes) -> Response {
    let made = match serde_json::from_slice::<serde_json::Value>(&body) {
        Err(error) => Err(told(error)),
        Ok(fields) => {
            let name = fields
                .get("name")
                .and_then(|it| it.as_str())
                .unwrap_or_default();
            match &it.bare {
                Bare::Sqlite(bare) => bare.create(name),
                Bare::Postgres(bare) => bare.create(name).await,
            }
        }
    };
    answer(StatusCode::CREATED, made)
}

fn answer(status: StatusCode, body: Outcome<Vec<u8>>) -> Response {
    match body {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error).into_response(),
    }
}
