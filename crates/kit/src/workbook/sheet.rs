//! One sheet's rows, as texts.

use quick_xml::events::{BytesStart, Event};

use super::number::{self, Look};
use super::part::{Part, add_text, damaged};
use super::strings::Strings;
use super::{FAULT, MOST_ROWS, NOT_CALCULATED, text};

/// The most columns of a sheet that has values in them.
const WIDEST: usize = 1000;
/// All texts of a row.
const LONGEST: usize = 1024 * 1024;

/// A row that has a value somewhere; cells beyond the last are empty.
#[derive(Default)]
pub struct Row {
    /// As the sheet counts, from 1.
    pub number: u32,
    text: String,
    ends: Vec<usize>,
}

impl Row {
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| self.text.get(start..*end).unwrap_or_default())
    }

    fn clear(&mut self, number: u32) {
        self.number = number;
        self.text.clear();
        self.ends.clear();
    }
}

/// How a sheet's cells are to be understood.
pub struct Meaning<'a> {
    pub strings: &'a mut Strings,
    pub looks: &'a [Look],
    pub since_1904: bool,
}

/// A cell under way.
#[derive(Default)]
struct Cell {
    column: usize,
    kind: Kind,
    look: Look,
    raw: String,
    has_value: bool,
    has_formula: bool,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Kind {
    #[default]
    Number,
    Shared,
    Text,
    Boolean,
    Fault,
    Date,
}

/// Hands over each row that has a value; ends early when `take` says false.
pub fn each_row(
    mut part: Part<'_>,
    mut meaning: Meaning<'_>,
    mut take: impl FnMut(&Row) -> Result<bool, String>,
) -> Result<(), String> {
    let mut row = Row::default();
    let mut cell = Cell::default();
    let mut next_column = 0;
    let (mut in_row, mut in_value, mut spoken) = (false, false, false);
    loop {
        let event = part.next()?;
        match &event {
            Event::Start(it) | Event::Empty(it) => match it.local_name().into_inner() {
                "row" => {
                    in_row = matches!(event, Event::Start(_));
                    row.clear(row_number(it, row.number)?);
                    next_column = 0;
                }
                "c" if in_row => {
                    cell.begin(it, next_column, &meaning)?;
                    next_column = cell.column + 1;
                }
                "v" | "t" => {
                    in_value = matches!(event, Event::Start(_)) && !spoken;
                    cell.has_value |= !spoken;
                }
                "f" => cell.has_formula = true,
                "rPh" => spoken = matches!(event, Event::Start(_)),
                _ => {}
            },
            Event::End(it) => match it.local_name().into_inner() {
                "v" | "t" => in_value = false,
                "rPh" => spoken = false,
                "c" if in_row => cell.end(&mut row, &mut meaning)?,
                "row" => {
                    in_row = false;
                    if !row.text.trim().is_empty() && !take(&row)? {
                        return Ok(());
                    }
                }
                // What follows are the looks of the sheet, not its values.
                "sheetData" => return Ok(()),
                _ => {}
            },
            Event::Eof => return Ok(()),
            event if in_value => _ = add_text(event, &mut cell.raw)?,
            _ => {}
        }
    }
}

/// Rows count upwards; one that does not say its number is the next.
fn row_number(element: &BytesStart<'_>, last: u32) -> Result<u32, String> {
    let mut all = element.attributes();
    let said = all
        .with_checks(false)
        .flatten()
        .find(|it| it.key.into_inner() == "r");
    let number = match said {
        Some(it) => it.value.parse().map_err(|_| damaged())?,
        None => last + 1,
    };
    if number <= last || number > MOST_ROWS {
        return Err(damaged());
    }
    Ok(number)
}

impl Cell {
    fn begin(
        &mut self,
        element: &BytesStart<'_>,
        next: usize,
        meaning: &Meaning<'_>,
    ) -> Result<(), String> {
        self.raw.clear();
        (self.column, self.kind, self.look) = (next, Kind::Number, Look::Number);
        (self.has_value, self.has_formula) = (false, false);
        for attribute in element.attributes().with_checks(false).flatten() {
            let value = &*attribute.value;
            match attribute.key.into_inner() {
                "r" => self.column = column(value).filter(|it| *it >= next).ok_or_else(damaged)?,
                "t" => {
                    self.kind = match value {
                        "s" => Kind::Shared,
                        "str" | "inlineStr" => Kind::Text,
                        "b" => Kind::Boolean,
                        "e" => Kind::Fault,
                        "d" => Kind::Date,
                        _ => Kind::Number,
                    }
                }
                "s" => {
                    let n: usize = value.parse().map_err(|_| damaged())?;
                    self.look = meaning.looks.get(n).copied().unwrap_or_default();
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn end(&mut self, row: &mut Row, meaning: &mut Meaning<'_>) -> Result<(), String> {
        let start = row.text.len();
        let raw = self.raw.trim();
        match self.kind {
            Kind::Number if raw.is_empty() && self.has_formula && !self.has_value => {
                row.text.push(FAULT);
                row.text.push_str(NOT_CALCULATED);
            }
            _ if self.raw.is_empty() => {}
            Kind::Number => match number::read(raw, self.look, meaning.since_1904) {
                Some(number) => row.text.push_str(&number),
                None => return Err(damaged()),
            },
            Kind::Shared => {
                let n = raw.parse().map_err(|_| damaged())?;
                meaning.strings.add(n, &mut row.text)?;
            }
            Kind::Text => text::unescape(&self.raw, &mut row.text),
            Kind::Boolean => row.text.push_str(if raw == "0" { "false" } else { "true" }),
            Kind::Fault => {
                row.text.push(FAULT);
                row.text.push_str(raw);
            }
            Kind::Date => row
                .text
                .push_str(raw.strip_suffix("T00:00:00").unwrap_or(raw)),
        }
        if row.text.len() == start {
            return Ok(());
        }
        if self.column >= WIDEST {
            return Err(format!(
                "Row {} has values beyond column {WIDEST}. Remove the columns that are not needed.",
                row.number
            ));
        }
        if row.text.len() > LONGEST {
            return Err(format!("Row {} is longer than 1 MiB.", row.number));
        }
        row.ends.resize(self.column, start);
        row.ends.push(row.text.len());
        Ok(())
    }
}

/// `AB12` -> 27.
fn column(reference: &str) -> Option<usize> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters.take(4).fold(0, |number, letter| {
        number * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1
    });
    number.checked_sub(1)
}
