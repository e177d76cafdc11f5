//! What can be imported: a kind of record tells its columns, how rows find records, what rows refer
//! to, and how they are written. Everything else is the same for all.

use kit::access::{Place, Scope};
use kit::call::Call;
use kit::conn::{Bind, Sql, Value};
use kit::event::{Change, Event};
use kit::list::{Column, Kind, KindName, Labelled};
use kit::resource::{Editable, Owner};
use kit::{Result, error::FieldError, text};
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

/// Columns that together must not repeat, neither in a file nor among the records.
pub type Key = &'static [&'static str];

/// What only one row of a file may claim, such as to be the primary contact of a customer: `values`
/// of the list `column`, for each value of `within`.
pub struct Sole {
    pub within: &'static str,
    pub column: &'static str,
    pub values: &'static [&'static str],
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
    /// What a row makes of a record.
    type Edit: Send;

    /// A few rows that show how a file looks.
    const SAMPLE: &'static str;
    /// See [`Sole`].
    const SOLE: Option<Sole> = None;
    /// Columns of unique keys that no file has, each with the columns by which [`link`](Self::link)
    /// fills it in; a row for which it does not claims nothing.
    const FOLLOWS: &'static [(&'static str, &'static [&'static str])] = &[];
    /// What is told of a unique value that belongs to another record, visible or not.
    const TAKEN: (&'static str, &'static str) = (
        "taken",
        "belongs to another record, perhaps to one in the bin or one that you cannot see. Change it, or match rows by this column to update that record.",
    );

    fn columns() -> &'static [ImportColumn];

    /// Where the rows go: the node named, else the caller's own; it must lie where the caller may
    /// create or change records.
    fn target(
        call: &mut Call,
        scope: &Scope,
        node: Option<Uuid>,
    ) -> impl Future<Output = Result<Self::Target>> + Send;

    fn unique(target: &Self::Target) -> Vec<Key>;

    /// How rows find records when nobody chose: the key, or none and what to tell (IMP-03).
    fn usual_match(
        target: &Self::Target,
        mapped: &dyn Fn(&str) -> bool,
    ) -> (Vec<&'static str>, String);

    /// Limits the records that rows can find to those of the target.
    fn narrow(target: &Self::Target, sql: &mut Sql);

    /// Whether a row that has this record's key means it.
    fn is_meant(&self, _: &Self::Target, _lead: &str, _row: &Fields) -> bool {
        true
    }

    /// Which of the records can only be read, be it because something above them is archived.
    fn closed(call: &mut Call, found: &[Self]) -> impl Future<Output = Result<Vec<bool>>> + Send;

    /// Who holds these values (folded) of a unique key already, visible or not. More may be told
    /// than was asked.
    fn holders(
        call: &mut Call,
        target: &Self::Target,
        key: Key,
        values: Vec<Vec<String>>,
    ) -> impl Future<Output = Result<Vec<(Vec<String>, Uuid)>>> + Send;

    /// Looks up everything that a chunk's rows refer to, with a constant number of statements.
    fn resolve(
        call: &mut Call,
        scope: &Scope,
        target: &Self::Target,
        rows: &[&Fields],
    ) -> impl Future<Output = Result<Self::Known>> + Send;

    /// Puts ids in place of what one row refers to; all of them, also when some are in error.
    fn link(
        known: &Self::Known,
        target: &Self::Target,
        fields: &mut Fields,
    ) -> Result<Self::Links, Vec<FieldError>>;

    /// What a new record needs besides its input.
    fn lacks(_links: &Self::Links) -> Option<FieldError> {
        None
    }

    fn make(
        target: &Self::Target,
        links: Self::Links,
        input: Self::Input,
    ) -> Result<Self::New, Vec<FieldError>>;

    /// Where a new record goes: the caller must be allowed to add one there.
    fn place(target: &Self::Target, new: &Self::New) -> Place;

    /// What a row makes of a record and what changes, or why it cannot be changed like that.
    fn edit(
        before: &Self,
        links: Self::Links,
        input: Self::Input,
    ) -> Result<(Self::Edit, Vec<Change>), Vec<FieldError>>;

    /// What an edit touches: the caller must be allowed to change it.
    fn touches(before: &Self, _edit: &Self::Edit) -> Vec<Place> {
        vec![place_of(before.owner())]
    }

    /// Takes whatever creating some records and changing others would take one after the other, in the
    /// order in which everybody does.
    fn lock(
        _: &mut Call,
        _: &[Self::New],
        _: &[(Self, Self::Edit)],
    ) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }

    /// Adds records the way the API does, many at once; the caller commits them with the events.
    fn create_all(
        call: &mut Call,
        target: &Self::Target,
        new: Vec<Self::New>,
    ) -> impl Future<Output = Result<Vec<Event>>> + Send;

    /// Changes records the way the API does.
    fn change_all(
        call: &mut Call,
        scope: &Scope,
        edits: Vec<(Self, Self::Edit)>,
    ) -> impl Future<Output = Result<Vec<Event>>> + Send;

    /// What a row is called in lists of results.
    fn row_title(fields: &Fields) -> String;
}

/// The columns of the file that decide a column of a unique key: mostly itself.
pub fn sources<T: Importable>(column: &'static str) -> Vec<&'static str> {
    let follows = T::FOLLOWS.iter().find(|it| it.0 == column);
    follows.map_or(vec![column], |it| it.1.to_vec())
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
        Some(column) if is_id(column) => {
            Uuid::try_parse(value.trim()).map_or_else(|_| value.to_owned(), |it| it.to_string())
        }
        _ => text::clean(value).into_owned(),
    }
}

/// The same as what its list column is compared with; none for what can be no such value.
pub fn comparable(column: &Column, folded: &str) -> Option<Value> {
    match is_id(column) {
        true => Some(Uuid::try_parse(folded).ok()?.to_value()),
        false => Some(folded.to_value()),
    }
}

fn is_id(column: &Column) -> bool {
    matches!(column.kind, Kind::Id | Kind::Reference(_))
}

/// A text of a row, cleaned: for titles.
pub fn text_of(fields: &Fields, name: &str) -> String {
    fields
        .get(name)
        .and_then(Json::as_str)
        .map(|it| text::clean(it).into_owned())
        .unwrap_or_default()
}

pub fn place_of(owner: Owner) -> Place {
    crate::people::place_of(owner.provider_id, owner.reseller_id, owner.customer_id)
}
