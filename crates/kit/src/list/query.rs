//! The grammar of list requests (design api.md): parameters in, a checked plan out.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use uuid::Uuid;

use super::cursor::Cursor;
use super::filter::{Filter, Operator};
use super::{Archived, Column, LIMIT, List, MOST, Reader};
use crate::body::nearest;
use crate::error::{Error, Result};
use crate::secret;
use crate::text;

/// The parameters of a request, as they came.
#[derive(Clone, Debug, Default)]
pub struct Query(pub Vec<(String, String)>);

impl Query {
    pub fn parse(query: &str) -> Self {
        Self(
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(it, _)| it == name)
            .map(|(_, value)| value.as_str())
    }

    /// Takes a parameter out, for a handler that reads it itself.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(it, _)| it == name)?;
        Some(self.0.remove(at).1)
    }

    /// Refuses what is left but for these: a mistyped parameter must not be ignored silently.
    pub fn only(&self, known: &[&str]) -> Result<()> {
        match self
            .0
            .iter()
            .find(|(name, _)| !known.contains(&name.as_str()))
        {
            None => Ok(()),
            Some((name, _)) => Err(unknown(name, known.iter().copied())),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl aide::OperationInput for Query {}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Count {
    None,
    Capped,
    Exact,
}

/// A checked list request.
pub struct Plan {
    pub list: &'static List,
    pub filters: Vec<Filter>,
    pub ids: Option<Vec<Uuid>>,
    /// Column and whether it descends.
    pub sort: Vec<(&'static Column, bool)>,
    /// The folded needle; empty: no search.
    pub needle: String,
    pub limit: usize,
    pub cursor: Option<Cursor>,
    /// The columns asked for; none: all.
    pub fields: Option<Vec<&'static str>>,
    pub expand: Vec<(&'static str, &'static str, &'static str)>,
    pub count: Count,
    pub archived: Archived,
    pub under: Option<Uuid>,
    /// Of everything that decides which rows come in which order.
    pub fingerprint: String,
}

/// The parameters that are no columns.
const PARAMETERS: [&str; 11] = [
    "q", "sort", "limit", "cursor", "fields", "expand", "count", "under", "ids", "archived",
    "dry_run",
];

impl Plan {
    /// Columns that the reader may not know of are unknown to it (ACC-10).
    pub fn parse(list: &'static List, query: &Query, reader: Reader, scope: &str) -> Result<Self> {
        let find = |name: &str| list.column(name).filter(|it| reader.reads(it));
        let mut plan = Self {
            list,
            filters: vec![],
            ids: None,
            sort: vec![],
            needle: String::new(),
            limit: LIMIT,
            cursor: None,
            fields: None,
            expand: vec![],
            count: Count::None,
            archived: Archived::Without,
            under: None,
            fingerprint: String::new(),
        };
        // The usual sort may be by a column that this caller may not know of.
        let mut sort = list.sort;
        let usual = find(sort.trim_start_matches('-'));
        if !usual.is_some_and(|it| reader.asks_by(it)) {
            sort = "";
        }
        let mut identity: Vec<String> = vec![];
        for (name, value) in &query.0 {
            let bad =
                |what: &str| Error::bad_request("invalid_parameter", format!("{name} {what}."));
            match name.as_str() {
                "q" if list.searches(reader) => plan.needle = text::search_text(value),
                "q" => return Err(bad("is not for this list")),
                "sort" if value.is_empty() => {}
                "sort" => sort = value,
                "limit" => match value.parse() {
                    Ok(limit @ 1..=MOST) => plan.limit = limit,
                    _ => return Err(bad(&format!("takes a number from 1 to {MOST}"))),
                },
                "cursor" => {
                    let cursor = Cursor::decode(value);
                    plan.cursor = Some(cursor.ok_or_else(|| {
                        Error::bad_request(
                            "invalid_cursor",
                            "This cursor cannot be read; start from the first page.",
                        )
                    })?);
                }
                "fields" => {
                    let names = value.split(',').map(str::trim).filter(|it| !it.is_empty());
                    let fields: Result<Vec<_>> = names
                        .map(|it| {
                            find(it)
                                .map(|it| it.name)
                                .ok_or_else(|| unknown_column(list, it, reader))
                        })
                        .collect();
                    plan.fields = Some(fields?);
                }
                "expand" => {
                    for part in value.split(',').map(str::trim).filter(|it| !it.is_empty()) {
                        let known = list.expand.iter().find(|it| it.0 == part);
                        plan.expand.push(*known.ok_or_else(|| {
                            bad(&format!(
                                "takes {}",
                                list.expand
                                    .iter()
                                    .map(|it| it.0)
                                    .collect::<Vec<_>>()
                                    .join(", ")
                            ))
                        })?);
                    }
                }
                "count" => {
                    plan.count = match value.as_str() {
                        "none" => Count::None,
                        "capped" => Count::Capped,
                        "exact" => Count::Exact,
                        _ => return Err(bad("takes none, capped or exact")),
                    }
                }
                "under" => {
                    plan.under = Some(
                        Uuid::try_parse(value)
                            .map_err(|_| bad("takes the id of a provider, reseller or customer"))?,
                    )
                }
                "ids" => {
                    let ids: Result<Vec<_>, _> = value
                        .split(',')
                        .filter(|it| !it.is_empty())
                        .map(|it| Uuid::try_parse(it.trim()))
                        .collect();
                    let ids = ids.map_err(|_| bad("takes ids, separated by commas"))?;
                    if ids.len() > MOST {
                        return Err(bad(&format!("takes at most {MOST} ids")));
                    }
                    plan.ids = Some(ids);
                }
                "archived" if list.archived.is_some() => {
                    plan.archived = match value.as_str() {
                        "no" => Archived::Without,
                        "any" => Archived::With,
                        "only" => Archived::Only,
                        _ => return Err(bad("takes no, any or only")),
                    }
                }
                _ => {
                    let (column, operator) = name.split_once('.').unwrap_or((name, "is"));
                    let Some(column) = find(column) else {
                        let columns = list
                            .columns
                            .iter()
                            .filter(|it| reader.reads(it))
                            .map(|it| it.name);
                        return Err(unknown(column, columns.chain(PARAMETERS)));
                    };
                    let operators = column.operators(reader);
                    let known = Operator::parse(operator).filter(|_| operators.contains(&operator));
                    let operator = known.ok_or_else(|| {
                        Error::bad_request(
                            "unknown_operator",
                            format!(
                                "{} has the operators {}.",
                                column.name,
                                operators.join(", ")
                            ),
                        )
                    })?;
                    plan.filters.push(Filter::read(column, operator, value)?);
                }
            }
            if !matches!(
                name.as_str(),
                "limit" | "cursor" | "count" | "fields" | "expand" | "sort"
            ) {
                identity.push(format!("{name}={value}"));
            }
        }
        for part in sort.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let (name, descending) = part
                .strip_prefix('-')
                .map_or((part, false), |it| (it, true));
            // The list's own order may be by what this caller must not know of.
            let is_default = sort == list.sort && list.column(name).is_some();
            let column = match find(name) {
                Some(it) => it,
                None if is_default => continue,
                None => return Err(unknown_column(list, name, reader)),
            };
            if column.sort.is_none() || !reader.asks_by(column) {
                return Err(Error::bad_request(
                    "not_sortable",
                    format!("{name} cannot be sorted by."),
                ));
            }
            plan.sort.push((column, descending));
        }
        if plan.sort.len() > 3 {
            return Err(Error::bad_request(
                "invalid_parameter",
                "sort takes at most three columns.",
            ));
        }
        identity.sort();
        identity.push(sort.to_owned());
        plan.fingerprint = secret::digest(&[
            list.name.as_bytes(),
            identity.join("\n").as_bytes(),
            scope.as_bytes(),
        ])[..12]
            .to_owned();
        if plan.cursor.as_ref().is_some_and(|it| {
            it.fingerprint != plan.fingerprint || it.keys.len() != plan.sort.len()
        }) {
            return Err(Error::bad_request(
                "cursor_mismatch",
                "This cursor belongs to another sort, filter or view; start from the first page.",
            ));
        }
        Ok(plan)
    }
}

fn unknown_column(list: &List, name: &str, reader: Reader) -> Error {
    unknown(
        name,
        list.columns
            .iter()
            .filter(|it| reader.reads(it))
            .map(|it| it.name),
    )
}

fn unknown<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Error {
    let name = text::clip(name, 60);
    Error::bad_request(
        "unknown_parameter",
        match nearest(&name, known) {
            Some(near) => {
                format!("There is no column or parameter “{name}” here; did you mean {near}?")
            }
            None => format!("There is no column or parameter “{name}” here."),
        },
    )
}
