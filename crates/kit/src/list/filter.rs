//! One filter: a column, an operator, values; read from text and turned into SQL.

use uuid::Uuid;

use super::column::{Column, Kind};
use crate::conn::{Bind, Sql, Value};
use crate::date::Date;
use crate::error::{Error, Result};
use crate::text;
use crate::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Is,
    Not,
    In,
    Contains,
    Starts,
    Gt,
    Gte,
    Lt,
    Lte,
    Empty,
}

impl Operator {
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "is" => Self::Is,
            "not" => Self::Not,
            "in" => Self::In,
            "contains" => Self::Contains,
            "starts" => Self::Starts,
            "gt" => Self::Gt,
            "gte" => Self::Gte,
            "lt" => Self::Lt,
            "lte" => Self::Lte,
            "empty" => Self::Empty,
            _ => return None,
        })
    }
}

pub struct Filter {
    pub column: &'static Column,
    operator: Operator,
    values: Vec<Value>,
    /// The ids that must be visible to be filtered by.
    pub references: Vec<Uuid>,
}

impl Filter {
    pub fn read(column: &'static Column, operator: Operator, text: &str) -> Result<Self> {
        let mut it = Self {
            column,
            operator,
            values: vec![],
            references: vec![],
        };
        match operator {
            Operator::Empty => it.values.push(it.boolean(text)?.to_value()),
            Operator::In => {
                for part in text
                    .split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                {
                    let value = it.value(part)?;
                    it.values.push(value);
                }
                if it.values.len() > 200 {
                    return Err(it.wrong("takes at most 200 values"));
                }
            }
            _ => {
                let value = it.value(text)?;
                it.values.push(value);
            }
        }
        Ok(it)
    }

    fn value(&mut self, text: &str) -> Result<Value> {
        Ok(match self.column.kind {
            Kind::Text if self.column.folded => text::key(text).to_value(),
            Kind::Text | Kind::List => text::clean(text).to_lowercase().to_value(),
            Kind::Integer => text
                .parse::<i64>()
                .map_err(|_| self.wrong("takes a whole number"))?
                .to_value(),
            Kind::Boolean => self.boolean(text)?.to_value(),
            Kind::Instant => Instant::parse(text)
                .ok_or_else(|| self.wrong("takes an instant or a date, such as 2026-11-22"))?
                .to_value(),
            Kind::Date => Date::parse(text)
                .ok_or_else(|| self.wrong("takes a date, such as 2026-11-22"))?
                .to_value(),
            Kind::Choice(all) => {
                if !all.iter().any(|(value, _)| *value == text) {
                    let known: Vec<_> = all.iter().map(|(value, _)| *value).collect();
                    return Err(self.wrong(&format!("takes one of {}", known.join(", "))));
                }
                text.to_owned().to_value()
            }
            Kind::Id => self.id(text)?.to_value(),
            Kind::Reference(_) => {
                let id = self.id(text)?;
                self.references.push(id);
                id.to_value()
            }
        })
    }

    fn id(&self, text: &str) -> Result<Uuid> {
        Uuid::try_parse(text.trim()).map_err(|_| self.wrong("takes an id (a UUID)"))
    }

    fn boolean(&self, text: &str) -> Result<bool> {
        match text {
            "true" | "1" | "yes" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            _ => Err(self.wrong("takes true or false")),
        }
    }

    fn wrong(&self, what: &str) -> Error {
        Error::bad_request(
            "invalid_filter",
            format!("The filter {} {what}.", self.column.name),
        )
    }

    pub fn apply(&self, sql: &mut Sql) {
        let bind = |sql: &mut Sql| {
            sql.bind(self.values.first().cloned().unwrap_or(Value::Text(None)));
        };
        sql.push(" and ");
        if matches!(self.column.kind, Kind::List) {
            return self.apply_list(sql);
        }
        match self.operator {
            Operator::Is => {
                self.expression(sql).push(" = ");
                bind(sql);
            }
            Operator::Not => {
                // A row without a value is not that value.
                sql.push("(");
                self.expression(sql).push(" <> ");
                bind(sql);
                sql.push(" or ").push(self.column.sql).push(" is null)");
            }
            Operator::Gt | Operator::Gte | Operator::Lt | Operator::Lte => {
                let sign = match self.operator {
                    Operator::Gt => " > ",
                    Operator::Gte => " >= ",
                    Operator::Lt => " < ",
                    _ => " <= ",
                };
                self.expression(sql).push(sign);
                bind(sql);
            }
            Operator::In => {
                sql.push("true");
                let lowered = self.lowered();
                if lowered {
                    sql.push(" and lower(").push(self.column.sql).push(") in (")
                } else {
                    sql.push(" and ").push(self.column.sql).push(" in (")
                };
                for (n, value) in self.values.iter().enumerate() {
                    sql.push(if n > 0 { ", " } else { "" }).bind(value.clone());
                }
                sql.push(if self.values.is_empty() { "null)" } else { ")" });
            }
            Operator::Contains | Operator::Starts => {
                self.expression(sql).push(" like ");
                sql.bind(self.pattern(self.operator == Operator::Starts))
                    .push(" escape '\\'");
            }
            Operator::Empty => self.apply_empty(sql),
        }
    }

    fn apply_list(&self, sql: &mut Sql) {
        match self.operator {
            Operator::Empty => self.apply_empty(sql),
            operator => {
                let text = self.first_text();
                let quoted = match operator {
                    // As it stands in the JSON list, quotes included.
                    Operator::Is => serde_json::Value::String(text).to_string(),
                    _ => text,
                };
                sql.push("lower(cast(")
                    .push(self.column.sql)
                    .push(" as text)) like ");
                sql.bind(format!("%{}%", escape_like(&quoted)))
                    .push(" escape '\\'");
            }
        }
    }

    fn apply_empty(&self, sql: &mut Sql) {
        let empty = !matches!(self.values.first(), Some(Value::Bool(Some(false))));
        sql.push(if empty { "" } else { "not " });
        match self.column.kind {
            Kind::List => sql
                .push("(cast(")
                .push(self.column.sql)
                .push(" as text) = '[]')"),
            Kind::Text | Kind::Date | Kind::Choice(_) => sql
                .push("(coalesce(")
                .push(self.column.sql)
                .push(", '') = '')"),
            _ => sql.push("(").push(self.column.sql).push(" is null)"),
        };
    }

    /// Keys are folded already; other text is compared without case, ASCII only, which both
    /// engines do alike.
    fn lowered(&self) -> bool {
        matches!(self.column.kind, Kind::Text) && !self.column.folded
    }

    fn expression<'s>(&self, sql: &'s mut Sql) -> &'s mut Sql {
        if self.lowered() {
            sql.push("lower(").push(self.column.sql).push(")")
        } else {
            sql.push(self.column.sql)
        }
    }

    fn first_text(&self) -> String {
        match self.values.first() {
            Some(Value::Text(Some(text))) => text.clone(),
            _ => String::new(),
        }
    }

    fn pattern(&self, from_start: bool) -> String {
        let text = escape_like(&self.first_text());
        if from_start {
            format!("{text}%")
        } else {
            format!("%{text}%")
        }
    }
}

/// `%`, `_` and the escape itself are ordinary characters (spec 1.3).
pub fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

/// The LIKE pattern of a substring that is folded already.
pub fn contains(needle: &str) -> String {
    format!("%{}%", escape_like(needle))
}
