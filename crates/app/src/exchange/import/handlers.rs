//! The operations under `/imports`.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::Json;
use axum::extract::{Path, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kit::body::Body;
use kit::call::Call;
use kit::event::Event;
use kit::format::Format;
use kit::list::Query;
use kit::web::{At, Created, Versioned};
use kit::{Error, Result, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::objects::object;
use super::upload::{NewImport, upload};
use super::{Import, ImportColumn, Mapping, refused, results, sample, undo, work};
use crate::crud::{listed, op, viewed};

pub fn routes() -> ApiRouter<State> {
    ApiRouter::new()
        .merge(listed::<Import>())
        .merge(viewed::<Import>())
        .api_route(
            "/imports",
            post_with(
                import_create,
                op("import_create", "Upload a file to import"),
            ),
        )
        .api_route(
            "/imports/{id}/plan",
            post_with(import_plan, op("import_plan", "Plan an import")),
        )
        .api_route(
            "/imports/{id}/apply",
            post_with(import_apply, op("import_apply", "Apply a planned import")),
        )
        .api_route(
            "/imports/{id}/cancel",
            post_with(import_cancel, op("import_cancel", "Cancel an import")),
        )
        .api_route(
            "/imports/{id}/undo",
            post_with(undo::import_undo, op("import_undo", "Undo an import")).get_with(
                undo::import_undo_preview,
                op("import_undo_preview", "What undoing an import would do"),
            ),
        )
        .api_route(
            "/imports/{id}/rows",
            get_with(
                results::import_rows,
                op("import_rows", "What comes of the rows of an import"),
            ),
        )
        .api_route(
            "/imports/{id}/refused",
            get_with(
                refused::import_refused,
                op("import_refused", "Download the refused rows"),
            ),
        )
        .api_route(
            "/imports/columns/{object}",
            get_with(
                import_columns,
                op("import_columns_of", "The columns that a file can have"),
            ),
        )
        .api_route(
            "/imports/sample/{file}",
            get_with(
                import_sample,
                op("import_sample", "A sample file to import"),
            ),
        )
}

/// How to read a file (IMP-02, IMP-03).
#[derive(Deserialize, Serialize, JsonSchema, Clone, Debug, Default)]
pub struct PlanRequest {
    /// Field -> the file's column; the suggested mapping when absent.
    #[serde(default)]
    pub mapping: Mapping,
    /// The fields by which rows find records; without any: customer_id, else external_id, if
    /// mapped; else the name where names are unique; else every row creates.
    #[serde(default, rename = "match")]
    pub match_columns: Vec<String>,
    /// The one character that separates several values in a cell; any of `|` `,` `;` when absent.
    #[serde(default)]
    pub separator: Option<String>,
    /// Leave refused rows out instead of refusing the whole file.
    #[serde(default)]
    pub good_rows_only: bool,
    /// The provider or reseller that new records go to; the caller's own when absent.
    #[serde(default)]
    pub node_id: Option<Uuid>,
}

/// 202 with the record; its job goes on.
pub struct Accepted(pub Versioned<Import>);

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, self.0).into_response()
    }
}

impl aide::OperationOutput for Accepted {
    type Inner = Import;
    fn inferred_responses(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) -> Vec<(Option<aide::openapi::StatusCode>, aide::openapi::Response)> {
        let response = <Json<Import> as aide::OperationOutput>::operation_response(ctx, operation);
        response
            .map(|it| (Some(aide::openapi::StatusCode::Code(202)), it))
            .into_iter()
            .collect()
    }
}

/// Takes a file in: the body is the file itself, up to 2 GiB: CSV, a JSON array or NDJSON in UTF-8,
/// or an XLSX workbook, of which the first sheet with rows is read. `object` says what its rows are
/// (`customers`, `tenants`, `sites`, `contacts`), `file_name` what it is called; what it is, its content tells first. The answer
/// suggests a mapping.
pub async fn import_create(call: Call, query: Query, request: Request) -> Result<Created<Import>> {
    query.only(&["object", "file_name"])?;
    let given = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    if kind.is_empty() || kind.starts_with("application/json") || kind.starts_with("multipart/") {
        return Err(Error::UnsupportedMedia { detail: "Send the file itself as the body, with Content-Type: application/octet-stream, whatever its form.".into() });
    }
    let new = NewImport {
        object: given("object"),
        file_name: given("file_name"),
    };
    let (call, import) = upload(call, new, request.into_body().into_data_stream()).await?;
    let event = Event::of("create", &import);
    call.created(import, event).await
}

/// Looks at every row as the run would, and tells what would come of it. Nothing is written.
pub async fn import_plan(
    mut call: Call,
    At(id): At<Import>,
    Body(request): Body<PlanRequest>,
) -> Result<Accepted> {
    if request
        .separator
        .as_ref()
        .is_some_and(|it| it.chars().count() > 1)
    {
        return Err(Error::field(
            "/separator",
            "invalid",
            "is one character, such as |",
        ));
    }
    let (import, event) = work::start_plan(&mut call, id, request).await?;
    call.changed(import, event).await.map(Accepted)
}

/// Applies what was planned: in chunks of 1,000 rows, one transaction each, every row checked again.
pub async fn import_apply(mut call: Call, At(id): At<Import>) -> Result<Accepted> {
    let (import, event) = work::start_apply(&mut call, id).await?;
    call.changed(import, event).await.map(Accepted)
}

/// Stops at the next chunk. What was applied by then stays.
pub async fn import_cancel(mut call: Call, At(id): At<Import>) -> Result<Accepted> {
    let (import, event) = work::cancel(&mut call, id).await?;
    call.changed(import, event).await.map(Accepted)
}

/// The columns that a file of such records can have.
pub async fn import_columns(
    call: Call,
    Path(name): Path<String>,
) -> Result<Json<Vec<ImportColumn>>> {
    call.allow::<Import>("read")?;
    let object = object(&name).map_err(|_| Error::NotFound)?;
    Ok(Json((object.columns)().to_vec()))
}

/// A small file that shows how such files look: `customers.csv`, `.xlsx`, `.json` or `.ndjson`.
pub async fn import_sample(call: Call, Path(file): Path<String>) -> Result<Response> {
    call.allow::<Import>("read")?;
    let (name, ending) = file.rsplit_once('.').ok_or(Error::NotFound)?;
    let format = Format::parse(ending).ok_or(Error::NotFound)?;
    let object = object(name).map_err(|_| Error::NotFound)?;
    let sample = sample::sample(object, format)?;
    Ok(format.attachment(sample.into(), &format!("{name}-sample")))
}
