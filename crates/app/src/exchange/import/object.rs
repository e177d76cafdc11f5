//! What can be imported: a kind of record tells its columns, how rows find records, and how they
//! are written. Everything else is the same for all.

use kit::access::Scope;
use kit::call::Call;
use kit::list::{KindName, Labelled};
use kit::resource::Editable;
use kit::{Error, Result, error::FieldError, text};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::cell::Reading;

/// A column that a file can have.
#[derive(Serialize, JsonSchema, Clone, Debug)]
pub struct ImportColumn {
    pub name: &'static str,
    pub label: &'static str,
    #[serde(rename = "type")]
    pub kind: KindName,
    /// Needed for new records.
    pub required: bool,
    pub description: String,
    /// The values of a choice; what they are called is taken too.
    pub values: Vec<Labelled>,
    /// Whether records can be found by it: one of the columns of a match key must be such.
    pub finds: bool,
    /// Other names by which files call it.
    #[serde(skip)]
    pub aliases: &'static [&'static str],
    #[serde(skip)]
    pub choices: &'static [(&'static str, &'static str)],
}

impl ImportColumn {
    pub fn reading(&self, separator: Option<char>) -> Reading<'static> {
        Reading {
            kind: self.kind,
            values: self.choices,
            separator,
            shielded: true,
        }
    }
}

/// The fields that a row gives: a value, or null for “cleared”.
pub type Fields = Map<String, Json>;

/// A record's match among those that are visible.
pub struct Found<T> {
    pub record: T,
    /// Read-only: a row can find it but not change it.
    pub archived: bool,
}

/// A kind of record that files can bring.
pub trait Importable: Editable {
    /// Where new records go.
    type Target: Send + Sync;
    /// What a chunk's references were resolved to.
    type Known: Send + Sync;
    /// What one row refers to.
    type Links: Send + Sync;
    /// A record to be.
    type New: Send;

    fn columns() -> &'static [ImportColumn];

    /// Where the rows go: the node named, else the caller's own; it must lie where the caller may
    /// create or change records.
    fn target(
        call: &mut Call,
        scope: &Scope,
        node: Option<Uuid>,
    ) -> impl Future<Output = Result<Self::Target>> + Send;

    /// The columns that must not repeat, neither in the file nor among the records.
    fn unique(target: &Self::Target) -> Vec<&'static str>;

    /// How rows find records when nobody chose: the key, or none and what to tell (IMP-03).
    fn usual_match(
        target: &Self::Target,
        mapped: &dyn Fn(&str) -> bool,
    ) -> (Vec<&'static str>, String);

    /// The records in the scope that have one of these values (folded) in a column that finds.
    fn find(
        call: &mut Call,
        scope: &Scope,
        target: &Self::Target,
        column: &str,
        keys: Vec<String>,
    ) -> impl Future<Output = Result<Vec<Found<Self>>>> + Send;

    /// Who holds these values (folded) of a unique column already, visible or not.
    fn holders(
        call: &mut Call,
        target: &Self::Target,
        column: &str,
        keys: Vec<String>,
    ) -> impl Future<Output = Result<Vec<(String, Uuid)>>> + Send;

    /// Looks up everything that a chunk's rows refer to.
    fn resolve(
        call: &mut Call,
        scope: &Scope,
        target: &Self::Target,
        rows: &[&Fields],
    ) -> impl Future<Output = Result<Self::Known>> + Send;

    /// Takes what one row refers to out of its fields, or puts ids in their place.
    fn link(
        known: &Self::Known,
        target: &Self::Target,
        fields: &mut Fields,
    ) -> Result<Self::Links, Vec<FieldError>>;

    fn make(target: &Self::Target, links: Self::Links, input: Self::Input) -> Self::New;

    /// The record as it would be after a change, or why it cannot be changed like that.
    fn changed(before: &Self, links: Self::Links, input: Self::Input) -> Result<Self, FieldError>;

    fn create_all(
        call: &mut Call,
        target: &Self::Target,
        new: Vec<Self::New>,
    ) -> impl Future<Output = Result<Vec<Self>>> + Send;

    fn change(
        call: &mut Call,
        scope: &Scope,
        before: &Self,
        after: Self,
    ) -> impl Future<Output = Result<Self>> + Send;

    /// What a row is called in lists of results.
    fn row_title(fields: &Fields) -> String;

    /// A few rows that show how a file looks, as CSV with the API's field names.
    fn sample() -> &'static str;
}

/// The names of fields that people read but an import ignores.
pub fn is_read_only<T: Importable>(header: &str) -> bool {
    let known = matches!(header, "id" | "version" | "created_at" | "updated_at")
        || T::list().column(header).is_some();
    known && !T::columns().iter().any(|it| it.name == header)
}

/// How the value of a match column is compared: as its list column filters.
pub fn folded<T: Importable>(column: &str, value: &str) -> String {
    match T::list().column(column) {
        Some(column) if column.folded => text::key(value),
        _ => text::clean(value).into_owned(),
    }
}

/// The object that an import is of; each new one is a line here.
pub fn unknown_object() -> Error {
    Error::bad_request(
        "unknown_object",
        "Only customers can be imported at present: object=customers.",
    )
}
