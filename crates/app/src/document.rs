//! The API document: OpenAPI 3.1, and a page that shows it without a script.

use std::sync::Arc;

use aide::openapi::{
    OpenApi, Operation, Parameter, ParameterData, ParameterSchemaOrContent, PathItem, ReferenceOr,
    SchemaObject,
};
use aide::transform::TransformOpenApi;
use axum::Extension;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use kit::error::Problem;
use kit::list::List;

pub fn describe(api: TransformOpenApi<'_>) -> TransformOpenApi<'_> {
    api.title("Tenantry API")
        .version(env!("CARGO_PKG_VERSION"))
        .summary("Customer administration: provider > reseller > customer > tenant > site")
        .description("Lists share one grammar of filters, sorts, paging and search; errors are problem+json; writes of versioned records want If-Match. See docs/api.md.")
        .default_response_with::<axum::Json<Problem>, _>(|it| it.description("What went wrong (RFC 9457)."))
        .security_scheme("session", aide::openapi::SecurityScheme::ApiKey { location: aide::openapi::ApiKeyLocation::Cookie, name: "__Host-tenantry".into(), description: Some("The console's session.".into()), extensions: Default::default() })
        .security_scheme("token", aide::openapi::SecurityScheme::Http { scheme: "bearer".into(), bearer_format: None, description: Some("An API token: tny_….".into()), extensions: Default::default() })
        .security_requirement("session")
        .security_requirement("token")
}

/// Gives the ids of each path the names that they have there.
pub fn name_ids(api: &mut OpenApi) {
    let paths = api.paths.as_mut().map(|it| &mut it.paths);
    for (path, item) in paths.into_iter().flatten() {
        let ReferenceOr::Item(item) = item else {
            continue;
        };
        let names = path.split('{').skip(1);
        let names: Vec<&str> = names.filter_map(|it| it.split('}').next()).collect();
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let ids = operation.parameters.iter_mut().filter_map(|it| match it {
                ReferenceOr::Item(Parameter::Path { parameter_data, .. }) => Some(parameter_data),
                _ => None,
            });
            for (id, name) in ids.zip(&names) {
                id.name = (*name).to_owned();
            }
        }
    }
}

/// `/api/docs`: every operation with its parameters and description, for reading.
pub async fn page(Extension(document): Extension<Arc<OpenApi>>) -> impl IntoResponse {
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Tenantry API</title><link rel=\"stylesheet\" href=\"/api/docs.css\"></head><body><main><h1>Tenantry API</h1><p>The same document for programs: <a href=\"/api/openapi.json\">openapi.json</a>.</p>",
    );
    for (path, item) in document.paths.iter().flat_map(|it| &it.paths) {
        let ReferenceOr::Item(item) = item else {
            continue;
        };
        for (method, operation) in operations(item) {
            html.push_str(&section(path, method, operation));
        }
    }
    html.push_str("</main></body></html>");
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html))
}

pub async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css")],
        include_str!("document.css"),
    )
}

/// The operations of one path, with their methods in the usual order.
pub fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    let all = [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ];
    all.into_iter()
        .filter_map(|(method, it)| it.as_ref().map(|it| (method, it)))
}

fn section(path: &str, method: &str, operation: &Operation) -> String {
    let text = |it: &Option<String>| escape(it.as_deref().unwrap_or_default());
    let id = text(&operation.operation_id);
    let input = operation.request_body.is_some();
    let statuses = operation.responses.as_ref().map(|it| {
        it.responses
            .keys()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    });
    format!(
        "<section id=\"{id}\"><h2><code class=\"{method}\">{method}</code> <code>{}</code></h2><p><a href=\"#{id}\">{id}</a> · {}</p><p>{}</p><p class=\"dim\">{}Answers {}.</p></section>",
        escape(path),
        text(&operation.summary),
        text(&operation.description),
        if input { "Takes a JSON body. " } else { "" },
        statuses.unwrap_or_default(),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The parameters of a list: its grammar, and each column that filters (design api.md).
pub fn list_parameters(list: &'static List) -> Vec<ReferenceOr<Parameter>> {
    let grammar = [
        (
            "q",
            "Substring of the searched columns; case and accents are ignored.",
        ),
        (
            "sort",
            "Up to three columns, separated by commas; `-` before one descends.",
        ),
        ("limit", "Rows of a page: 1 to 200, 50 when absent."),
        ("cursor", "`page.next` or `page.prev` of an earlier answer."),
        ("fields", "Only these columns, separated by commas."),
        (
            "expand",
            "References to answer as `{ id, name }`, separated by commas.",
        ),
        (
            "count",
            "`none` (default), `capped` (exact to 10,000) or `exact`.",
        ),
        (
            "under",
            "The id of a provider, reseller or customer: only what lies below it.",
        ),
        ("ids", "Up to 200 ids, separated by commas."),
    ];
    let archived = ("archived", "`no` (default), `any` or `only`.");
    let archived = list.archived.map(|_| archived);
    let mut parameters: Vec<_> = grammar
        .into_iter()
        .chain(archived)
        .map(|(name, text)| parameter(name, text.to_owned()))
        .collect();
    for column in list.columns.iter().filter(|it| it.filters) {
        let others = column
            .operators(kit::list::Reader::WHOLE)
            .iter()
            .filter(|it| **it != "is");
        let others: Vec<_> = others.map(|it| format!("`{}.{it}`", column.name)).collect();
        let text = format!("{} is this; also {}.", column.label, others.join(", "));
        parameters.push(parameter(column.name, text));
    }
    parameters
}

fn parameter(name: &str, text: String) -> ReferenceOr<Parameter> {
    let schema = SchemaObject {
        json_schema: schemars::json_schema!({ "type": "string" }),
        external_docs: None,
        example: None,
    };
    let data = ParameterData {
        name: name.into(),
        description: Some(text),
        required: false,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(schema),
        example: None,
        examples: Default::default(),
        explode: None,
        extensions: Default::default(),
    };
    ReferenceOr::Item(Parameter::Query {
        parameter_data: data,
        allow_reserved: false,
        style: Default::default(),
        allow_empty_value: None,
    })
}
