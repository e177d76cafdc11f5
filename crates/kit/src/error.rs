//! One error type, mapped to one `application/problem+json` body (RFC 9457). Words for people
//! outside are chosen here; internals go to the log only.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use crate::conn;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, Clone)]
pub enum Error {
    /// 400: malformed, or a parameter nobody knows.
    BadRequest { code: &'static str, detail: String },
    /// 401: no valid log-in or token.
    Unauthenticated {
        code: &'static str,
        detail: &'static str,
    },
    /// 403: visible, but not allowed.
    Forbidden { detail: String },
    /// 403 with a code of its own, for what is not a matter of permissions.
    Refused { code: &'static str, detail: String },
    /// 404: absent or not visible, which must not be told apart.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 409: something in the way.
    Conflict {
        code: &'static str,
        detail: String,
        blockers: Vec<Blocker>,
    },
    /// 412: somebody changed it in between; carries how it is now.
    Stale(Box<Json>),
    /// 413.
    TooLarge { detail: String },
    /// 415.
    UnsupportedMedia { detail: String },
    /// 422: fields that cannot be taken, all of them.
    Invalid(Vec<FieldError>),
    /// 422: elements of a batch that cannot be done, so that none was.
    Batch {
        refused: usize,
        errors: Vec<FieldError>,
    },
    /// 428: `If-Match` is missing.
    PreconditionRequired,
    /// 429.
    TooMany { seconds: u32, detail: String },
    /// 503: try again in a moment.
    Unavailable { detail: &'static str },
    /// 507: no room on the database's disk.
    DiskFull,
    /// The database said no. [`OnConstraint::on`] tells which field is the reason; where nobody
    /// foresaw the constraint, it is our fault.
    Constraint { kind: conn::Kind, name: String },
    /// The database asks for the whole request once more; the retry layer does so.
    Retry,
    /// 500: ours. The text is for the log.
    Internal(String),
}

/// A field that cannot be taken.
#[derive(Debug, Clone, Serialize, serde::Deserialize, JsonSchema, PartialEq, Eq)]
pub struct FieldError {
    /// JSON Pointer to the field in the request body.
    pub pointer: String,
    pub code: String,
    pub message: String,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            message: message.into(),
        }
    }
}

/// What stands in the way of an action, counted and linked (LIFE-02).
#[derive(Debug, Clone, Serialize, serde::Deserialize, JsonSchema, PartialEq, Eq)]
pub struct Blocker {
    /// What kind of object, such as `devices`.
    pub kind: String,
    pub label: String,
    pub count: i64,
    /// Where the console lists them.
    pub href: String,
}

/// The body of every error answer (RFC 9457).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Problem {
    /// A stable name of the kind of problem, documented in docs/status-codes.md.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// The stable code that programs decide by.
    pub code: String,
    pub request_id: String,
    /// 422: every field that cannot be taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// 409: what stands in the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blockers: Vec<Blocker>,
    /// 412: the record as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Json>,
    /// 429, 503 and 507: seconds to wait.
    #[serde(skip)]
    pub retry_after: Option<u32>,
    /// For the retry layer and the log only.
    #[serde(skip)]
    pub cause: Option<Error>,
}

impl Error {
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::BadRequest {
            code,
            detail: detail.into(),
        }
    }
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            detail: detail.into(),
            blockers: vec![],
        }
    }
    pub fn field(pointer: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, message)])
    }
    pub fn internal(text: impl std::fmt::Display) -> Self {
        Self::Internal(text.to_string())
    }
    pub fn unauthenticated() -> Self {
        Self::Unauthenticated {
            code: "unauthenticated",
            detail: "Log in, or send a valid token.",
        }
    }

    /// One sentence for a person, where there is no problem body: jobs and the command line.
    pub fn sentence(&self) -> String {
        match self {
            Self::Invalid(errors) => {
                let each: Vec<_> = errors
                    .iter()
                    .map(|it| match it.pointer.trim_start_matches('/') {
                        "" => it.message.clone(),
                        field => format!("{field}: {}", it.message),
                    })
                    .collect();
                each.join("; ")
            }
            it => it.problem().detail,
        }
    }

    pub fn problem(&self) -> Problem {
        use StatusCode as S;
        let (status, code, title, detail): (S, &str, &str, String) = match self {
            Self::BadRequest { code, detail } => (S::BAD_REQUEST, code, "The request cannot be read", detail.clone()),
            Self::Unauthenticated { code, detail } => (S::UNAUTHORIZED, code, "Not logged in", (*detail).into()),
            Self::Forbidden { detail } => (S::FORBIDDEN, "forbidden", "Not allowed", detail.clone()),
            Self::Refused { code, detail } => (S::FORBIDDEN, code, "Not allowed", detail.clone()),
            Self::NotFound => (S::NOT_FOUND, "not_found", "Not found", "There is nothing here, or it is not visible to you.".into()),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "Not possible here", "This address does not take this method; see /api/docs.".into()),
            Self::Conflict { code, detail, .. } => (S::CONFLICT, code, "Not possible as things stand", detail.clone()),
            Self::Stale(_) => (S::PRECONDITION_FAILED, "stale", "Changed in the meantime", "Somebody changed this record since you read it. Compare with `current` and send again with its version.".into()),
            Self::TooLarge { detail } => (S::PAYLOAD_TOO_LARGE, "too_large", "Too large", detail.clone()),
            Self::UnsupportedMedia { detail } => (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Content type not taken", detail.clone()),
            Self::Invalid(errors) => (S::UNPROCESSABLE_ENTITY, "invalid", "Some fields cannot be taken", match errors.len() {
                1 => "One field needs a correction.".into(),
                n => format!("{n} fields need a correction."),
            }),
            Self::Batch { refused, .. } => (S::UNPROCESSABLE_ENTITY, "batch_refused", "Nothing was written", format!("{refused} of the operations cannot be done, so none was. Correct them, or do the others with ?partial=true.")),
            Self::PreconditionRequired => (S::PRECONDITION_REQUIRED, "if_match_required", "If-Match is missing", "Send If-Match with the ETag of the version that you read, or `*` to overwrite whatever is there.".into()),
            Self::TooMany { detail, .. } => (S::TOO_MANY_REQUESTS, "too_many_requests", "Too many requests", detail.clone()),
            Self::Unavailable { detail } => (S::SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment", (*detail).into()),
            Self::DiskFull => (S::INSUFFICIENT_STORAGE, "disk_full", "The disk is full", "Nothing was changed. Somebody has to free space on the database's disk; until then only reading works.".into()),
            Self::Retry => (S::SERVICE_UNAVAILABLE, "unavailable", "Not available at the moment", "The database is busy. Try again.".into()),
            Self::Internal(_) | Self::Constraint { .. } => (S::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here", "This is our fault. The request id helps to find the cause in the log.".into()),
        };
        let retry_after = match self {
            Self::TooMany { seconds, .. } => Some(*seconds),
            Self::Unavailable { .. } | Self::Retry => Some(1),
            Self::DiskFull => Some(60),
            _ => None,
        };
        Problem {
            kind: format!("/problems/{code}"),
            title: title.into(),
            status: status.as_u16(),
            detail,
            code: code.into(),
            request_id: String::new(),
            errors: match self {
                Self::Invalid(errors) | Self::Batch { errors, .. } => errors.clone(),
                _ => vec![],
            },
            blockers: match self {
                Self::Conflict { blockers, .. } => blockers.clone(),
                _ => vec![],
            },
            current: match self {
                Self::Stale(current) => Some((**current).clone()),
                _ => None,
            },
            retry_after,
            cause: Some(self.clone()),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Internal(text) => f.write_str(text),
            Self::Constraint { kind, name } => write!(f, "unforeseen constraint {kind:?} {name}"),
            it => f.write_str(&it.sentence()),
        }
    }
}
impl std::error::Error for Error {}

impl IntoResponse for Error {
    /// The body is written by the outermost layer, which knows the request id.
    fn into_response(self) -> Response {
        let problem = self.problem();
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(problem);
        response
    }
}

impl aide::OperationOutput for Error {
    type Inner = Problem;
}

impl From<FieldError> for Vec<FieldError> {
    fn from(it: FieldError) -> Self {
        vec![it]
    }
}

impl From<conn::Error> for Error {
    fn from(it: conn::Error) -> Self {
        match it {
            conn::Error::Retry => Self::Retry,
            conn::Error::Full => Self::DiskFull,
            conn::Error::Unknown => Self::Unavailable {
                detail: "The database did not say whether the change was saved. Look, or send it again with the same Idempotency-Key.",
            },
            conn::Error::Timeout => Self::Unavailable {
                detail: "This took too long and was stopped. Try again, or ask for less at once.",
            },
            conn::Error::Busy => Self::Unavailable {
                detail: "Too many changes at once. Try again in a moment.",
            },
            conn::Error::Stopped(_) => Self::Unavailable {
                detail: "The server is about to stop. Try again in a moment.",
            },
            conn::Error::Constraint { kind, name } => Self::Constraint { kind, name },
            it => Self::Internal(it.to_string()),
        }
    }
}

/// Turns what the database refuses into what a person can correct.
pub trait OnConstraint {
    /// When the constraint `name` says no, the field at `pointer` is the reason. For references the
    /// name may be empty, since not every engine tells it.
    #[must_use]
    fn on(self, kind: conn::Kind, name: &str, pointer: &str, code: &str, message: &str) -> Self;
}

impl<T> OnConstraint for Result<T> {
    fn on(self, kind: conn::Kind, name: &str, pointer: &str, code: &str, message: &str) -> Self {
        match self {
            Err(Error::Constraint { kind: k, name: n }) if k == kind && n == name => {
                Err(Error::field(pointer, code, message))
            }
            it => it,
        }
    }
}
