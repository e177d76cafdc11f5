//! HTTP in and out, the same for every resource.

mod answers;
mod front;
mod idempotency;

pub use answers::{Created, Done, Fields, Registered, Versioned, masked};
pub use front::front;
pub use idempotency::replay;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use crate::error::{Error, Result};
use crate::id::Id;

/// The `{id}` of the path. What is no id at all is not found, like every id that is not visible.
pub struct At<T>(pub Id<T>);

/// A second id of the path, by its parameter's name.
pub struct And<T>(pub Id<T>);

impl<S: Send + Sync, T> FromRequestParts<S> for At<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        path_id(parts, state, 0).await.map(Self)
    }
}

impl<S: Send + Sync, T> FromRequestParts<S> for And<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        path_id(parts, state, 1).await.map(Self)
    }
}

async fn path_id<S: Send + Sync, T>(parts: &mut Parts, state: &S, n: usize) -> Result<Id<T>> {
    let params = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(Error::internal)?;
    let text = params.iter().nth(n).map(|it| it.1).unwrap_or_default();
    text.parse().map_err(|_| Error::NotFound)
}

/// Documents the path's ids; their names come from the route.
fn describe_id(
    ctx: &mut aide::generate::GenContext,
    operation: &mut aide::openapi::Operation,
    name: &str,
) {
    let schema = ctx.schema.subschema_for::<Id<()>>();
    let data = aide::openapi::ParameterData {
        name: name.into(),
        description: None,
        required: true,
        deprecated: None,
        format: aide::openapi::ParameterSchemaOrContent::Schema(aide::openapi::SchemaObject {
            json_schema: schema,
            external_docs: None,
            example: None,
        }),
        example: None,
        examples: Default::default(),
        explode: None,
        extensions: Default::default(),
    };
    let parameter = aide::openapi::Parameter::Path {
        parameter_data: data,
        style: Default::default(),
    };
    operation
        .parameters
        .push(aide::openapi::ReferenceOr::Item(parameter));
}

impl<T> aide::OperationInput for At<T> {
    fn operation_input(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) {
        describe_id(ctx, operation, "id");
    }
}

impl<T> aide::OperationInput for And<T> {
    fn operation_input(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) {
        describe_id(ctx, operation, "other_id");
    }
}
