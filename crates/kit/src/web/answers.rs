//! The shapes of good answers.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Documented, StatusCode as Code};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::access::Caller;
use crate::body::MOST;
use crate::call::{etag, json};
use crate::error::{Error, Result};
use crate::event::object;
use crate::list::{self, List};
use crate::resource::Resource;

/// 200 with the record and its ETag.
pub struct Versioned<T>(pub T);

/// 201 with the record, its address and its ETag.
pub struct Created<T>(pub T);

/// 204: done, and nothing to tell.
pub struct Done;

/// 200 with a record, or the part of it that its reader may see, and what is told besides.
pub struct Fields<T> {
    pub version: i64,
    pub shown: Shown<T>,
    pub more: Object,
}

type Object = serde_json::Map<String, serde_json::Value>;

/// What is seen of a record. Most readers see all of it, and are spared the detour over an object.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Shown<T> {
    Whole(Box<T>),
    Part(Object),
}

impl<T: Resource> Fields<T> {
    pub fn of(it: T, caller: &Caller) -> Self {
        Self {
            version: it.version(),
            more: Object::new(),
            shown: match list::seen(T::list(), caller) {
                None => Shown::Whole(Box::new(it)),
                Some(_) => {
                    let mut fields = object(&it);
                    list::mask(T::list(), caller, &mut fields);
                    Shown::Part(fields)
                }
            },
        }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &impl Serialize) -> Self {
        self.more.insert(name.into(), json(value));
        self
    }

    #[must_use]
    pub fn beside(mut self, more: Object) -> Self {
        self.more.extend(more);
        self
    }
}

/// 201 with a new record, or 200 with the same one that was there before.
pub enum Registered<T> {
    New(Created<T>),
    Known(Versioned<T>),
}

impl<T: Resource> Created<T> {
    pub fn location(&self) -> String {
        format!("/api/v1/{}/{}", T::NAME, self.0.id())
    }
}

/// Marks an answer that is a whole record of a list.
#[derive(Clone, Copy)]
struct Whole(&'static List);

/// Takes out of a record that was created or changed what its reader must not see (ACC-10): for the
/// layer that knows the caller.
pub async fn masked(mut response: Response, caller: &Caller) -> Response {
    let whole = response.extensions_mut().remove::<Whole>();
    let Some(Whole(list)) = whole.filter(|it| list::seen(it.0, caller).is_some()) else {
        return response;
    };
    let (mut parts, body) = response.into_parts();
    match reduce(list, caller, body).await {
        Ok(body) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, body)
        }
        Err(error) => error.into_response(),
    }
}

async fn reduce(list: &'static List, caller: &Caller, body: Body) -> Result<Body> {
    let bytes = to_bytes(body, MOST).await.map_err(Error::internal)?;
    let mut fields = serde_json::from_slice(&bytes).map_err(Error::internal)?;
    list::mask(list, caller, &mut fields);
    serde_json::to_vec(&fields)
        .map(Body::from)
        .map_err(Error::internal)
}

fn with_etag(mut response: Response, version: i64) -> Response {
    if let Ok(value) = HeaderValue::from_str(&etag(version)) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

impl<T: Resource> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let version = self.0.version();
        let mut response = with_etag(axum::Json(self.0).into_response(), version);
        response.extensions_mut().insert(Whole(T::list()));
        response
    }
}

impl<T: Resource> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let (version, location) = (self.0.version(), self.location());
        let mut response = with_etag(
            (StatusCode::CREATED, axum::Json(self.0)).into_response(),
            version,
        );
        if let Ok(value) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(header::LOCATION, value);
        }
        response.extensions_mut().insert(Whole(T::list()));
        response
    }
}

impl<T: Resource> IntoResponse for Registered<T> {
    fn into_response(self) -> Response {
        match self {
            Self::New(it) => it.into_response(),
            Self::Known(it) => it.into_response(),
        }
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl<T: Resource> IntoResponse for Fields<T> {
    fn into_response(self) -> Response {
        let version = self.version;
        with_etag(axum::Json(self).into_response(), version)
    }
}

impl<T: Serialize> Serialize for Fields<T> {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct All<'a, T> {
            #[serde(flatten)]
            shown: &'a Shown<T>,
            #[serde(flatten)]
            more: &'a Object,
        }
        let (shown, more) = (&self.shown, &self.more);
        All { shown, more }.serialize(serializer)
    }
}

fn document<T: Serialize + JsonSchema>(
    ctx: &mut GenContext,
    operation: &mut Operation,
    code: u16,
) -> Vec<(Option<Code>, Documented)> {
    let response = <axum::Json<T> as OperationOutput>::operation_response(ctx, operation);
    response
        .map(|it| (Some(Code::Code(code)), it))
        .into_iter()
        .collect()
}

impl<T: Resource> OperationOutput for Versioned<T> {
    type Inner = T;
    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<Code>, Documented)> {
        document::<T>(ctx, operation, 200)
    }
}

impl<T: Serialize + JsonSchema> OperationOutput for Fields<T> {
    type Inner = T;
    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<Code>, Documented)> {
        document::<T>(ctx, operation, 200)
    }
}

impl<T: Resource> OperationOutput for Created<T> {
    type Inner = T;
    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<Code>, Documented)> {
        document::<T>(ctx, operation, 201)
    }
}

impl<T: Resource> OperationOutput for Registered<T> {
    type Inner = T;
    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<Code>, Documented)> {
        let mut both = document::<T>(ctx, operation, 201);
        both.extend(document::<T>(ctx, operation, 200));
        both
    }
}

impl OperationOutput for Done {
    type Inner = ();
    fn inferred_responses(
        _: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<Code>, Documented)> {
        vec![(
            Some(Code::Code(204)),
            Documented {
                description: "Done.".into(),
                ..Documented::default()
            },
        )]
    }
}
