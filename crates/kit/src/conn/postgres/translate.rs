//! Between the driver's errors, types and rows and those of this folder.

use super::super::{Cell, Error, Kind, Result, Value, record::Cells};
use bytes::{BufMut, BytesMut};
use std::error::Error as StdError;
use tokio_postgres::{
    Row,
    error::SqlState,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

pub fn translate(error: &tokio_postgres::Error) -> Error {
    let Some(told) = error.as_db_error() else {
        // No word from the server: the connection is lost, or what was sent made no sense.
        let lost = error.is_closed()
            || error
                .source()
                .is_some_and(|source| source.is::<std::io::Error>());
        tracing::warn!(error = describe(error), "PostgreSQL");
        return if lost {
            Error::Retry
        } else {
            Error::Other(describe(error))
        };
    };
    let name = told.constraint().unwrap_or_default();
    match told.code() {
        &SqlState::UNIQUE_VIOLATION | &SqlState::EXCLUSION_VIOLATION => {
            Error::constraint(Kind::Unique, name)
        }
        &SqlState::FOREIGN_KEY_VIOLATION => Error::constraint(Kind::Reference, name),
        &SqlState::CHECK_VIOLATION => Error::constraint(Kind::Check, name),
        &SqlState::NOT_NULL_VIOLATION => {
            let (table, column) = (
                told.table().unwrap_or_default(),
                told.column().unwrap_or_default(),
            );
            Error::constraint(Kind::NotNull, format!("{table}.{column}"))
        }
        // What a trigger raises.
        &SqlState::RAISE_EXCEPTION => Error::constraint(Kind::Check, told.message()),
        &SqlState::QUERY_CANCELED | &SqlState::LOCK_NOT_AVAILABLE => Error::Timeout,
        &SqlState::FEATURE_NOT_SUPPORTED if told.message().contains("cached plan") => Error::Retry,
        &SqlState::READ_ONLY_SQL_TRANSACTION
        | &SqlState::T_R_SERIALIZATION_FAILURE
        | &SqlState::T_R_DEADLOCK_DETECTED
        | &SqlState::INVALID_SQL_STATEMENT_NAME
        | &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        | &SqlState::ADMIN_SHUTDOWN
        | &SqlState::CRASH_SHUTDOWN
        | &SqlState::CANNOT_CONNECT_NOW => Error::Retry,
        code if code.code().starts_with("08") => Error::Retry,
        &SqlState::TOO_MANY_CONNECTIONS => Error::Busy,
        &SqlState::DISK_FULL => Error::Full,
        _ => Error::Other(describe(error)),
    }
}

/// The driver's errors keep what matters in their sources.
pub fn describe(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

pub fn type_of(value: &Value) -> Type {
    match value {
        Value::Uuid(_) => Type::UUID,
        Value::Text(_) | Value::Date(_) | Value::Decimal(_) => Type::TEXT,
        Value::Int(_) | Value::Instant(_) => Type::INT8,
        Value::Bool(_) => Type::BOOL,
        Value::Json(_) => Type::JSON,
        Value::Bytes(_) => Type::BYTEA,
    }
}

pub fn array_of(values: &[Value]) -> Type {
    match values.first() {
        Some(Value::Uuid(_)) => Type::UUID_ARRAY,
        Some(Value::Int(_) | Value::Instant(_)) => Type::INT8_ARRAY,
        Some(Value::Bool(_)) => Type::BOOL_ARRAY,
        Some(Value::Json(_)) => Type::JSON_ARRAY,
        Some(Value::Bytes(_)) => Type::BYTEA_ARRAY,
        _ => Type::TEXT_ARRAY,
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Value::Uuid(Some(it)) => out.put_slice(it.as_bytes()),
            Value::Text(Some(it)) | Value::Json(Some(it)) => out.put_slice(it.as_bytes()),
            Value::Int(Some(it)) | Value::Instant(Some(it)) => out.put_i64(*it),
            Value::Bool(Some(it)) => out.put_u8((*it).into()),
            Value::Date(Some(it)) => out.put_slice(it.to_string().as_bytes()),
            Value::Decimal(Some(it)) => out.put_slice(it.to_string().as_bytes()),
            Value::Bytes(Some(it)) => out.put_slice(it),
            _ => return Ok(IsNull::Yes),
        }
        Ok(IsNull::No)
    }

    /// Statements are prepared with the types of their values.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What the driver gives, as the cell both engines know.
impl<'r> FromSql<'r> for Cell<'r> {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Cell::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Cell::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Cell::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Cell::Int(bool::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Cell::Real(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => Cell::Real(f32::from_sql(ty, raw)?.into()),
            Type::UUID | Type::BYTEA => Cell::Bytes(raw),
            Type::VOID => Cell::Null,
            Type::NUMERIC => return Err("a sum or an average: cast it to bigint".into()),
            _ => Cell::Text(std::str::from_utf8(raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Cell::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::INT8
                | Type::INT4
                | Type::INT2
                | Type::BOOL
                | Type::FLOAT8
                | Type::FLOAT4
                | Type::UUID
                | Type::BYTEA
                | Type::VOID
                | Type::NUMERIC
                | Type::TEXT
                | Type::VARCHAR
                | Type::BPCHAR
                | Type::NAME
                | Type::JSON
                | Type::UNKNOWN
        )
    }
}

impl Cells for Row {
    fn cell(&self, index: usize) -> Result<Cell<'_>> {
        self.try_get(index)
            .map_err(|error| Error::Other(describe(&error)))
    }

    fn name(&self, index: usize) -> &str {
        self.columns().get(index).map_or("", |it| it.name())
    }
}
