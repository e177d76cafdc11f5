//! Rows to JSON and CSV without a struct in between, and rows that are written once more.

use app::customers::Customer;
use kit::conn::{Cell, Record, Value};
use kit::list::Kind;
use kit::resource::Resource;
use kit::time::Instant;
use uuid::Uuid;

/// How a cell is shown.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Plain,
    Json,
    Bool,
    Instant,
}

/// The columns of a statement that the product's answer has too.
pub struct Rows {
    columns: Vec<(usize, String, Shape)>,
    provider: usize,
    reseller: usize,
}

impl Rows {
    pub fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.collect();
        let wanted = <Customer as Record>::COLUMNS.iter();
        let columns = wanted.filter_map(|name| {
            let at = names.iter().position(|it| it == name)?;
            Some((at, format!("\"{name}\":"), shape(name)))
        });
        let at = |name: &str| {
            names
                .iter()
                .position(|it| *it == name)
                .unwrap_or(usize::MAX)
        };
        Self {
            columns: columns.collect(),
            provider: at("provider_id"),
            reseller: at("reseller_id"),
        }
    }

    /// The keys of the nodes above a customer.
    pub fn parents<'r>(&self, cell: impl Fn(usize) -> Cell<'r>) -> (Option<Uuid>, Option<Uuid>) {
        let id = |at| Uuid::from_slice(cell(at).bytes()?).ok();
        (id(self.provider), id(self.reseller))
    }

    /// The nth object of a page; the row beyond it only tells that there is a next page.
    pub fn item<'r>(&self, out: &mut Vec<u8>, n: usize, cell: impl Fn(usize) -> Cell<'r>) {
        if n >= kit::list::LIMIT {
            return;
        }
        if n > 0 {
            out.push(b',');
        }
        self.object(out, cell);
    }

    pub fn object<'r>(&self, out: &mut Vec<u8>, cell: impl Fn(usize) -> Cell<'r>) {
        out.push(b'{');
        for (n, (at, name, shape)) in self.columns.iter().enumerate() {
            if n > 0 {
                out.push(b',');
            }
            out.extend_from_slice(name.as_bytes());
            json(out, *shape, cell(*at));
        }
        out.push(b'}');
    }

    /// A line of CSV; texts that need it are quoted.
    pub fn line<'r>(&self, out: &mut Vec<u8>, cell: impl Fn(usize) -> Cell<'r>) {
        for (n, (at, _, shape)) in self.columns.iter().enumerate() {
            if n > 0 {
                out.push(b',');
            }
            match cell(*at) {
                Cell::Null => {}
                Cell::Text(text) if text.contains([',', '"', '\n', '\r']) => {
                    out.push(b'"');
                    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
                    out.push(b'"');
                }
                Cell::Text(text) => out.extend_from_slice(text.as_bytes()),
                cell => {
                    let start = out.len();
                    json(out, *shape, cell);
                    if out.get(start) == Some(&b'"') {
                        out.remove(start);
                        out.pop();
                    }
                }
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

fn shape(name: &str) -> Shape {
    match Customer::list().column(name).map(|it| it.kind) {
        Some(Kind::List) => Shape::Json,
        Some(Kind::Boolean) => Shape::Bool,
        Some(Kind::Instant) => Shape::Instant,
        _ => Shape::Plain,
    }
}

fn json(out: &mut Vec<u8>, shape: Shape, cell: Cell<'_>) {
    match cell {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Int(it) => match shape {
            Shape::Bool => out.extend_from_slice(if it == 0 { b"false" } else { b"true" }),
            Shape::Instant => {
                out.extend_from_slice(format!("\"{}\"", Instant::from_micros(it)).as_bytes())
            }
            _ => out.extend_from_slice(it.to_string().as_bytes()),
        },
        Cell::Real(it) => out.extend_from_slice(it.to_string().as_bytes()),
        Cell::Text(text) if shape == Shape::Json => out.extend_from_slice(text.as_bytes()),
        // Writing to memory does not fail.
        Cell::Text(text) => drop(serde_json::to_writer(out, text)),
        Cell::Bytes(bytes) => {
            let mut text = [0; 36];
            let id = Uuid::from_slice(bytes).unwrap_or_default();
            out.push(b'"');
            out.extend_from_slice(id.hyphenated().encode_lower(&mut text).as_bytes());
            out.push(b'"');
        }
    }
}

/// A row of a table as it is, to be written again with other keys: so the control writes what the
/// product writes, index by index and byte by byte.
#[derive(Clone)]
pub struct Template {
    pub table: &'static str,
    pub columns: Vec<String>,
    pub values: Vec<Value>,
}

/// The tables of a new customer, each with how one row of it is found.
pub const TABLES: [(&str, &str); 4] = [
    ("customers", "id = $1"),
    ("customer_rollups", "customer_id = $1"),
    ("tenants", "customer_id = $1"),
    ("audit_events", "object_id = $1"),
];

impl Template {
    /// The row with the keys of another customer. Names come from outside, all else stays.
    pub fn renew(&self, customer: Uuid, name: &str) -> Vec<Value> {
        let text = |it: String| Value::Text(Some(it));
        let pairs = self.columns.iter().zip(&self.values);
        let renewed = pairs.map(|(column, value)| match (self.table, column.as_str()) {
            ("customers", "id") | (_, "customer_id" | "object_id")
                if matches!(value, Value::Uuid(_) | Value::Bytes(_)) =>
            {
                Value::Uuid(Some(customer))
            }
            (_, "id") => Value::Uuid(Some(new_id())),
            ("customers", "name" | "name_key") => text(name.to_owned()),
            ("customers", "search_text") => text(format!(
                "{}\nc-0123456\nmünchen\nbayern",
                name.to_lowercase()
            )),
            (
                "customers",
                "customer_id" | "customer_id_key" | "external_id" | "external_id_key",
            ) => text(format!("{column}-{name}")),
            ("customers", "link_code") => text(kit::secret::code(12)),
            _ => value.clone(),
        });
        renewed.collect()
    }
}

pub fn new_id() -> Uuid {
    kit::Id::<()>::new(kit::time::Clock::system().now()).uuid()
}

pub fn insert_text(table: &str, columns: &[String], sign: char) -> String {
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("{sign}{n}")).collect();
    format!(
        "insert into {table} ({}) values ({})",
        columns.join(", "),
        places.join(", ")
    )
}
