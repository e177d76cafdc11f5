//! What a kind of record tells about itself, once; everything generic is made from it.

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::call::Call;
use crate::conn::{Record, Value};
use crate::error::Result;
use crate::list::List;

/// A kind of record with a list: its struct is the row, the answer and the line of an export.
pub trait Resource:
    Record + Serialize + JsonSchema + Clone + Send + Sync + Unpin + 'static
{
    /// The plural in paths, permissions of the console, audit and exports: `licence_blocks`.
    const NAME: &'static str;
    /// The singular in operation ids: `licence_block`.
    const ONE: &'static str;
    /// The resource part of its permissions (ACC-06); mostly its name.
    const PERMISSION: &'static str = Self::NAME;
    /// Another resource whose readers read this one too.
    const READ_ALSO: Option<&'static str> = None;
    /// Fields besides the input's that a change of state writes and the audit shows.
    const STATES: &'static [&'static str] = &[];
    /// What its view tells besides its fields: read-only, and taken back unchanged like those.
    const MORE: &'static [&'static str] = &[];

    fn list() -> &'static List;
    fn id(&self) -> Uuid;
    /// Counts the changes of the record; the ETag.
    fn version(&self) -> i64;
    /// What people call it.
    fn title(&self) -> String;
    fn owner(&self) -> Owner;
    /// The values of [`MORE`](Self::MORE).
    fn more(&self, _: &mut Call) -> impl Future<Output = Result<Map<String, Json>>> + Send {
        async { Ok(Map::new()) }
    }
}

/// A record that people write: create, replace and change take the same input.
pub trait Editable: Resource {
    type Input: Columns + Serialize + DeserializeOwned + JsonSchema + Send + 'static;
    const TABLE: &'static str;
}

/// The keys of the nodes that a record belongs to (TREE-01).
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Owner {
    pub provider_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
}

impl Owner {
    /// By the keys that rows have.
    pub fn of(
        provider_id: impl Into<Option<Uuid>>,
        reseller_id: impl Into<Option<Uuid>>,
        customer_id: impl Into<Option<Uuid>>,
    ) -> Self {
        Self {
            provider_id: provider_id.into(),
            reseller_id: reseller_id.into(),
            customer_id: customer_id.into(),
        }
    }
    pub fn provider(provider_id: impl Into<Option<Uuid>>) -> Self {
        Self {
            provider_id: provider_id.into(),
            ..Self::default()
        }
    }
    #[must_use]
    pub fn reseller(self, reseller_id: impl Into<Option<Uuid>>) -> Self {
        Self {
            reseller_id: reseller_id.into(),
            ..self
        }
    }
    #[must_use]
    pub fn customer(self, customer_id: impl Into<Option<Uuid>>) -> Self {
        Self {
            customer_id: customer_id.into(),
            ..self
        }
    }
}

/// A struct whose fields are written to columns of the same name: `#[derive(Columns)]`.
pub trait Columns {
    const COLUMNS: &'static [&'static str];
    fn values(&self) -> Vec<Value>;

    fn set(&self) -> Vec<(&'static str, Value)> {
        Self::COLUMNS.iter().copied().zip(self.values()).collect()
    }
}
