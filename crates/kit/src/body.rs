//! Request bodies: one input type serves create (POST), replace (PUT) and change (PATCH, JSON
//! Merge Patch). Unknown fields are refused; read-only ones that equal the current value are
//! dropped, so that GET, edit, PUT works; every field that cannot be taken is told at once.

use std::any::TypeId;
use std::collections::{BTreeSet, HashMap};
use std::marker::PhantomData;
use std::sync::{Arc, LazyLock, RwLock};

use axum::extract::{FromRequest, Request};
use axum::http::{Method, header::CONTENT_TYPE};
use bytes::Bytes;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::error::{Error, FieldError, Result};
use crate::event::object;
use crate::resource::Editable;

/// The largest request body, in bytes, but for uploads.
pub const MOST: usize = 2 * 1024 * 1024;

/// A JSON body as `T`, refused with every wrong field.
pub struct Body<T>(pub T);

/// The body of a PUT or PATCH of a `T`: [`apply`](Self::apply) it to the current record.
pub struct Edit<T> {
    fields: Map<String, Json>,
    replace: bool,
    of: PhantomData<fn() -> T>,
}

impl<T: Editable> Edit<T> {
    /// A merge patch made by the program itself.
    pub fn patch(fields: Map<String, Json>) -> Self {
        Self {
            fields,
            replace: false,
            of: PhantomData,
        }
    }

    /// Whether it names something that only the record's view has.
    pub fn names_more(&self) -> bool {
        T::MORE.iter().any(|it| self.fields.contains_key(*it))
    }

    /// The input that this edit makes of the current record.
    pub fn apply(self, current: &T) -> Result<T::Input> {
        self.apply_beside(current, Map::new())
    }

    /// The same, beside what the record's view tells more.
    pub fn apply_beside(self, current: &T, more: Map<String, Json>) -> Result<T::Input> {
        let mut current = object(current);
        current.extend(more);
        let shape = shape::<T::Input>();
        let writable = &shape.fields;
        let mut errors = vec![];
        let mut input = Map::new();
        if !self.replace {
            input.extend(
                current
                    .iter()
                    .filter(|(name, _)| writable.contains(name.as_str()))
                    .map(|(n, v)| (n.clone(), v.clone())),
            );
        }
        for (name, value) in self.fields {
            if writable.contains(&name) {
                merge(input.entry(name).or_insert(Json::Null), value);
            } else if let Some(now) = current.get(&name) {
                if *now != value {
                    errors.push(FieldError::new(
                        format!("/{name}"),
                        "read_only",
                        "cannot be written",
                    ));
                }
            } else {
                errors.push(unknown(&name, writable));
            }
        }
        read_collecting(input, errors)
    }
}

/// Reads `T` from a JSON object; the error names every field that cannot be taken.
pub fn read<T: DeserializeOwned + JsonSchema + 'static>(fields: Map<String, Json>) -> Result<T> {
    let shape = shape::<T>();
    let writable = &shape.fields;
    let errors = fields
        .keys()
        .filter(|it| !writable.contains(it.as_str()))
        .map(|it| unknown(it, writable))
        .collect();
    let known = fields
        .into_iter()
        .filter(|(name, _)| writable.contains(name))
        .collect();
    read_collecting(known, errors)
}

/// Serde stops at the first error. Here each field in error is told, so that a person corrects a
/// form once. `null` is unset (JSON Merge Patch), so the default.
fn read_collecting<T: DeserializeOwned + JsonSchema + 'static>(
    mut fields: Map<String, Json>,
    mut errors: Vec<FieldError>,
) -> Result<T> {
    fields.retain(|_, value| !value.is_null());
    for name in &shape::<T>().required {
        if !fields.contains_key(name) {
            errors.push(FieldError::new(
                format!("/{name}"),
                "required",
                "is required",
            ));
        }
    }
    if errors.is_empty()
        && let Ok(input) = T::deserialize(&fields)
    {
        return Ok(input);
    }
    let mut at_fault = |name: &str, message: &str| {
        let pointer = match name {
            "" => String::new(),
            name => format!("/{name}"),
        };
        errors.push(FieldError::new(pointer, "invalid", tidy(message)));
    };
    let mut rest = fields.clone();
    for (name, value) in &fields {
        let alone = Json::Object(Map::from_iter([(name.clone(), value.clone())]));
        if let Some(message) = wrong::<T>(&alone) {
            at_fault(name, &message);
            rest.shift_remove(name);
        }
    }
    // What is missing beside a field alone hides what is wrong with it where types are flattened into
    // others: there the field at fault is the one without which another error comes, or none. Fields
    // of the outermost type were seen above: they do not take anything alone either.
    let junk = || Json::Array(vec![Json::Object(Map::new())]);
    let is_outer = |name: &str| {
        wrong::<T>(&Json::Object(Map::from_iter([(name.to_owned(), junk())]))).is_some()
    };
    while let Some(message) = wrong::<T>(&Json::Object(rest.clone())) {
        let without = |name: &&String| {
            let mut others = rest.clone();
            others.shift_remove(*name);
            !is_outer(name) && wrong::<T>(&Json::Object(others)).as_ref() != Some(&message)
        };
        let Some(name) = rest.keys().find(without).cloned() else {
            at_fault("", &message);
            break;
        };
        at_fault(&name, &message);
        rest.shift_remove(&name);
    }
    Err(Error::Invalid(errors))
}

/// What is wrong with these fields, besides that others are missing.
fn wrong<T: DeserializeOwned>(fields: &Json) -> Option<String> {
    let message = T::deserialize(fields).err()?.to_string();
    (!message.starts_with("missing field")).then_some(message)
}

/// The fields of a type's JSON, from the same declaration that reads it.
pub struct Shape {
    pub fields: BTreeSet<String>,
    pub required: Vec<String>,
}

/// Made once for each type: a schema takes longer to build than a request to answer.
pub fn shape<T: JsonSchema + 'static>() -> Arc<Shape> {
    static SHAPES: LazyLock<RwLock<HashMap<TypeId, Arc<Shape>>>> = LazyLock::new(RwLock::default);
    let known = SHAPES
        .read()
        .ok()
        .and_then(|it| it.get(&TypeId::of::<T>()).cloned());
    known.unwrap_or_else(|| {
        let schema = schemars::schema_for!(T);
        let properties = schema.get("properties").and_then(Json::as_object);
        let required = schema.get("required").and_then(Json::as_array);
        let made = Arc::new(Shape {
            fields: properties
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone())
                .collect(),
            required: required
                .into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .map(str::to_owned)
                .collect(),
        });
        if let Ok(mut shapes) = SHAPES.write() {
            shapes.insert(TypeId::of::<T>(), made.clone());
        }
        made
    })
}

/// Serde's words, without its guesses about lines and types that no caller knows.
fn tidy(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    match message.strip_prefix("invalid type: ") {
        Some(rest) => format!("has the wrong type: {rest}"),
        None => message
            .strip_prefix("unknown variant ")
            .map_or(message.to_owned(), |rest| format!("has no value {rest}")),
    }
}

fn unknown(name: &str, known: &BTreeSet<String>) -> FieldError {
    let message = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("is not a field here; did you mean {near}?"),
        None => "is not a field here".into(),
    };
    FieldError::new(
        format!("/{}", crate::text::clip(name, 60)),
        "unknown",
        message,
    )
}

/// The known name most like a mistyped one.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known
        .into_iter()
        .map(|it| (strsim::jaro_winkler(name, it), it));
    scored
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, it)| it)
}

/// JSON Merge Patch (RFC 7396) of one value.
fn merge(target: &mut Json, patch: Json) {
    match patch {
        Json::Object(patch) => {
            if !target.is_object() {
                *target = Json::Object(Map::new());
            }
            if let Json::Object(fields) = target {
                for (name, value) in patch {
                    if value.is_null() {
                        fields.shift_remove(&name);
                    } else {
                        merge(fields.entry(name).or_insert(Json::Null), value);
                    }
                }
            }
        }
        it => *target = it,
    }
}

async fn json_object(request: Request) -> Result<Map<String, Json>> {
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !matches!(kind, "application/json" | "application/merge-patch+json") {
        return Err(Error::UnsupportedMedia {
            detail: "Send JSON with Content-Type: application/json.".into(),
        });
    }
    let bytes = Bytes::from_request(request, &())
        .await
        .map_err(|_| Error::TooLarge {
            detail: format!(
                "A request may have at most {} KiB; import larger amounts as a file.",
                MOST / 1024
            ),
        })?;
    match serde_json::from_slice(&bytes) {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(_) => Err(Error::bad_request(
            "not_an_object",
            "The body must be a JSON object.",
        )),
        Err(error) => Err(Error::bad_request(
            "not_json",
            format!("The body is not JSON: {error}."),
        )),
    }
}

impl<S: Send + Sync, T: DeserializeOwned + JsonSchema + 'static> FromRequest<S> for Body<T> {
    type Rejection = Error;
    async fn from_request(request: Request, _: &S) -> Result<Self> {
        read(json_object(request).await?).map(Self)
    }
}

impl<S: Send + Sync, T: Editable> FromRequest<S> for Edit<T> {
    type Rejection = Error;
    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let replace = request.method() == Method::PUT;
        Ok(Self {
            fields: json_object(request).await?,
            replace,
            of: PhantomData,
        })
    }
}

impl<T: JsonSchema> aide::OperationInput for Body<T> {
    fn operation_input(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) {
        <axum::Json<T> as aide::OperationInput>::operation_input(ctx, operation);
    }
}

impl<T: Editable> aide::OperationInput for Edit<T> {
    fn operation_input(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) {
        <axum::Json<T::Input> as aide::OperationInput>::operation_input(ctx, operation);
    }
}
