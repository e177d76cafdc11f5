//! What was measured, as a table that people and `cargo xtask bench compare` read.

use std::fmt::Write as _;
use std::path::Path;

use crate::load::Measured;
use crate::{Outcome, machine, told};

/// A line of the table.
pub struct Row {
    pub engine: &'static str,
    pub work: String,
    pub value: f64,
    pub unit: &'static str,
    pub control: Option<f64>,
    pub bar: String,
    pub good: Option<bool>,
    /// Latency, processor time and the like.
    pub more: String,
}

/// What a rate must reach: a share of the control's, and a number of its own.
#[derive(Clone, Copy, Default)]
pub struct Bar {
    pub share: Option<f64>,
    pub rate: Option<f64>,
}

impl Row {
    pub fn rate(
        engine: &'static str,
        work: impl Into<String>,
        (product, control): (&Measured, &Measured),
        bar: Bar,
    ) -> Self {
        let (value, other) = (product.rate(), control.rate());
        let mut bars = vec![];
        bars.extend(bar.share.map(|it| format!("{it} of control")));
        bars.extend(bar.rate.map(|it| format!("{}/s", number(it))));
        let good =
            bar.share.is_none_or(|it| value / other >= it) && bar.rate.is_none_or(|it| value >= it);
        Self {
            engine,
            work: work.into(),
            value,
            unit: "/s",
            control: Some(other),
            good: (!bars.is_empty()).then_some(good),
            bar: bars.join(", "),
            more: format!(
                "median {:.2} ms (control {:.2}), p95 {:.2} ms ({:.2}), CPU {:.3} ms a request ({:.3})",
                product.quantile(0.5),
                control.quantile(0.5),
                product.quantile(0.95),
                control.quantile(0.95),
                product.cpu_per_request(),
                control.cpu_per_request()
            ),
        }
    }

    /// Something of which less is better.
    pub fn most(
        engine: &'static str,
        work: impl Into<String>,
        (value, unit): (f64, &'static str),
        control: Option<f64>,
        most: Option<f64>,
    ) -> Self {
        Self {
            engine,
            work: work.into(),
            value,
            unit,
            control,
            bar: most
                .map(|it| format!("at most {} {unit}", number(it)))
                .unwrap_or_default(),
            good: most.map(|it| value <= it),
            more: String::new(),
        }
    }

    /// Something of which more is better.
    pub fn least(
        engine: &'static str,
        work: impl Into<String>,
        (value, unit): (f64, &'static str),
        control: Option<f64>,
        least: Option<f64>,
    ) -> Self {
        Self {
            bar: least
                .map(|it| format!("at least {} {unit}", number(it)))
                .unwrap_or_default(),
            good: least.map(|it| value >= it),
            ..Self::most(engine, work, (value, unit), control, None)
        }
    }

    pub fn more(self, more: impl Into<String>) -> Self {
        Self {
            more: more.into(),
            ..self
        }
    }

    fn cells(&self) -> [String; 8] {
        let shown = |it: f64| {
            format!(
                "{}{}{}",
                number(it),
                if self.unit.starts_with('/') { "" } else { " " },
                self.unit
            )
        };
        [
            self.engine.into(),
            self.work.clone(),
            shown(self.value),
            self.control.map(shown).unwrap_or_else(|| "-".into()),
            self.control
                .map_or_else(|| "-".into(), |it| format!("{:.2}", self.value / it)),
            if self.bar.is_empty() {
                "-".into()
            } else {
                self.bar.clone()
            },
            match self.good {
                None => "-".into(),
                Some(true) => "ok".into(),
                Some(false) => "below".into(),
            },
            self.more.clone(),
        ]
    }
}

/// With commas between thousands, and digits after the point only for small numbers.
pub fn number(it: f64) -> String {
    if it < 10.0 {
        let text = format!("{it:.3}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{it:.0}");
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

const HEAD: [&str; 8] = [
    "engine", "work", "product", "control", "ratio", "bar", "verdict", "more",
];

/// A row for the terminal, while the rest is still measured.
pub fn line(row: &Row) -> String {
    let [engine, work, product, control, ratio, _, verdict, more] = row.cells();
    format!("{engine}: {work}: {product}, control {control}, ratio {ratio}, {verdict}; {more}\n")
}

/// The rows as a Markdown table, aligned for the terminal.
pub fn table(rows: &[Row]) -> String {
    let cells: Vec<[String; 8]> = std::iter::once(HEAD.map(str::to_owned))
        .chain(rows.iter().map(Row::cells))
        .collect();
    let mut widths = [0; 8];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths[7] = 4;
    let mut text = String::new();
    for (n, row) in cells.iter().enumerate() {
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
        if n == 0 {
            for width in widths {
                let _ = write!(text, "|{}", "-".repeat(width + 2));
            }
            text.push_str("|\n");
        }
    }
    text
}

/// About a run, for whoever reads its recording later.
pub struct About {
    pub commit: String,
    pub command: String,
    pub customers: usize,
    pub import_rows: usize,
    pub seconds: f64,
    pub load_before: String,
}

pub fn markdown(about: &About, rows: &[Row]) -> String {
    format!(
        "# Benchmark of {day}\n\n\
         `{command}` at commit {commit}; {machine}; load average {before} before, {after} after.\n\
         {customers} customers, {seconds} s an item by turns with the control, 16 clients unless said; the load comes from the same cores.\n\n\
         {table}\n{NOTES}",
        day = machine::today(),
        command = about.command,
        commit = about.commit,
        machine = machine::describe(),
        before = about.load_before,
        after = machine::load(),
        customers = number(about.customers as f64),
        seconds = about.seconds,
        table = table(rows),
    )
    .replace("IMPORT_ROWS", &number(about.import_rows as f64))
}

/// What the figures mean, and what the controls leave out.
const NOTES: &str = "\
The control runs the product's statements with the same scope filter and capped count through axum and the driver alone, and writes their rows as JSON: no sign-in, checks, log, metrics or compression, and no cursors.\n\n\
- Create: the control inserts the same four rows (customer, default tenant, roll-up, audit event) with the search index, takes a number, and commits each durably (SQLite: FULL, one writer behind a lock, no group commit; PostgreSQL: fsync on, 16 connections). It checks nothing and answers id and name only.\n\
- Import: a CSV of IMPORT_ROWS rows by the API. The control inserts the same four rows of each customer with their indexes, in transactions of 1,000 by prepared statements (SQLite) or by COPY (PostgreSQL); it reads no file, checks nothing and looks nothing up.\n\
- Search: one client, `q` with a capped count, p95 in ms.\n\
- CPU is that of the server's process; PostgreSQL's own processes come on top.\n";

/// Writes the recording; one of the same name gets a number.
pub fn record(folder: &Path, name: &str, text: &str) -> Outcome<String> {
    std::fs::create_dir_all(folder).map_err(told)?;
    let names =
        std::iter::once(format!("{name}.md")).chain((2..).map(|n| format!("{name}-{n}.md")));
    for name in names {
        let file = folder.join(&name);
        if !file.exists() {
            std::fs::write(file, text).map_err(told)?;
            return Ok(name);
        }
    }
    Err("no name is left for the recording".into())
}
