//! The handlers that are the same for every resource: list, view, columns, export.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::transform::TransformOperation;
use axum::Json;
use axum::response::Response;
use kit::access::{Scope, Source};
use kit::call::Call;
use kit::format::Format;
use kit::list::{self, ColumnInfo, Listing, Plan, Query, Reader};
use kit::resource::Resource;
use kit::web::{At, Fields};
use kit::{Error, Result, State, export};

use crate::document;
use crate::tree::{node, policies};

/// An operation's id and title; its description is the handler's doc comment.
pub fn op(
    id: impl Into<String>,
    summary: impl Into<String>,
) -> impl FnOnce(TransformOperation) -> TransformOperation {
    let (id, summary) = (id.into(), summary.into());
    move |it| it.id(&id).summary(&summary)
}

/// The same for an operation that takes the parameters of `T`'s list.
fn op_list<T: Resource>(
    id: String,
    summary: String,
) -> impl FnOnce(TransformOperation) -> TransformOperation {
    move |it| {
        it.id(&id).summary(&summary).with(|mut it| {
            let parameters = document::list_parameters(T::list());
            it.inner_mut().parameters.extend(parameters);
            it
        })
    }
}

/// `GET /sites`, `/sites/columns`, `/sites/export`.
pub fn listed<T: Resource>() -> ApiRouter<State> {
    let words = T::NAME.replace('_', " ");
    ApiRouter::new()
        .api_route(
            &format!("/{}", T::NAME),
            get_with(
                list::<T>,
                op_list::<T>(format!("{}_list", T::ONE), format!("List {words}")),
            ),
        )
        .api_route(
            &format!("/{}/columns", T::NAME),
            get_with(
                columns::<T>,
                op(
                    format!("{}_columns", T::ONE),
                    format!("The columns of {words}"),
                ),
            ),
        )
        .api_route(
            &format!("/{}/export", T::NAME),
            get_with(
                export::<T>,
                op_list::<T>(
                    format!("{}_export", T::ONE),
                    format!("Export {words} as CSV, XLSX, JSON or NDJSON"),
                ),
            ),
        )
}

/// `GET /sites/{id}`.
pub fn viewed<T: Resource>() -> ApiRouter<State> {
    let words = T::ONE.replace('_', " ");
    ApiRouter::new().api_route(
        &format!("/{}/{{id}}", T::NAME),
        get_with(
            view::<T>,
            op(format!("{}_view", T::ONE), format!("View one {words}")),
        ),
    )
}

/// A page of a list, in the grammar of docs/api.md.
pub async fn list<T: Resource>(mut call: Call, query: Query) -> Result<Listing<T>> {
    let (scope, plan) = plan::<T>(&mut call, &query).await?;
    list::run(&mut call, &scope, plan).await
}

/// Checks a list request and narrows the scope to the node that it names.
pub async fn plan<T: Resource>(call: &mut Call, query: &Query) -> Result<(Scope, Plan)> {
    let scope = call.allow::<T>("read")?;
    let place = format!("{:?}", scope.places());
    let plan = Plan::parse(T::list(), query, Reader::of(&call.caller), &place)?;
    let scope = match plan.under {
        None => scope,
        Some(id) => {
            let node = node::place(call, id).await?.ok_or(Error::NotFound)?;
            scope.under(node).ok_or(Error::NotFound)?
        }
    };
    Ok((scope, plan))
}

/// One record; customer-level callers see the fields that are declared visible to them (ACC-10).
pub async fn view<T: Resource>(mut call: Call, At(id): At<T>) -> Result<Fields<T>> {
    let scope = call.allow::<T>("read")?;
    let found: T = call.find(&scope, id).await?;
    let more = found.more(&mut call).await?;
    Ok(Fields::of(found, &call.caller).beside(more))
}

/// What columns a list has, with their types, operators and labels.
pub async fn columns<T: Resource>(call: Call) -> Result<Json<Vec<ColumnInfo>>> {
    call.allow::<T>("read")?;
    let reader = Reader::of(&call.caller);
    Ok(Json(
        T::list()
            .columns
            .iter()
            .filter(|it| reader.reads(it))
            .map(|it| it.info(reader))
            .collect(),
    ))
}

/// All records that match, streamed as a file (EXP-01): `format` is `csv`, `xlsx`, `json` or
/// `ndjson`, `fields` chooses the columns, everything else is the list's grammar. A sheet holds
/// 1,048,575 rows; more are refused with `too_many_rows`, and so are more than policy
/// `csv_download_rows` lets a browser download; programs are not limited.
pub async fn export<T: Resource>(mut call: Call, mut query: Query) -> Result<Response> {
    let format = query.take("format").unwrap_or_else(|| "csv".into());
    let format = Format::parse(&format).ok_or_else(|| {
        Error::bad_request("invalid_parameter", "format is csv, xlsx, json or ndjson.")
    })?;
    for ignored in ["limit", "cursor", "count"] {
        query.take(ignored);
    }
    let (scope, plan) = plan::<T>(&mut call, &query).await?;
    let reader = Reader::of(&call.caller);
    let columns = T::list()
        .columns
        .iter()
        .filter(|it| reader.reads(it))
        .map(|it| it.name);
    let columns: Vec<_> = match &plan.fields {
        Some(chosen) => chosen.clone(),
        None => columns.collect(),
    };
    let most = match call.caller.source {
        Source::Web => Some(policies::download_rows(&mut call).await?),
        _ => None,
    };
    export::stream::<T>(&mut call, &scope, plan, columns, format, most).await
}
