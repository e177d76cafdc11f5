//! From bytes to records, cut as the pieces of a file come in, so that no file is ever held in
//! memory. The rows of a workbook come as CSV, each with its number in front: so they were kept.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use kit::format::Format;
use serde::{Deserialize, Serialize};

use super::elements::Elements;

/// A record longer than this is a missing quotation mark.
pub const LONGEST: usize = 1024 * 1024;
/// The most columns of a file.
pub const WIDEST: usize = 1000;

/// Where reading goes on: always between two records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The piece of the file, and how much of it is read.
    pub piece: i64,
    pub at: usize,
    /// How many lines were begun and ended before; of a workbook, the last row's number; of a JSON
    /// array, how many records.
    pub lines: i64,
    /// The last byte was a carriage return: a line feed after it begins no line of its own.
    pub after_return: bool,
}

/// One record, as it stands in the file.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The line on which it begins; the first is 1. Of a workbook its row, of a JSON array its place.
    pub line: i64,
    content: Content<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Content<'a> {
    /// The first `skip` cells are not the record's own.
    Cells {
        text: &'a str,
        ends: &'a [usize],
        skip: usize,
    },
    Json(&'a str),
}

impl<'a> Record<'a> {
    /// How many cells a row has.
    pub fn width(&self) -> usize {
        match self.content {
            Content::Cells { ends, skip, .. } => ends.len().saturating_sub(skip),
            Content::Json(_) => 0,
        }
    }

    /// A cell of a row; empty beyond its end.
    pub fn cell(&self, n: usize) -> &'a str {
        let Content::Cells { text, ends, skip } = self.content else {
            return "";
        };
        let n = n + skip;
        let start = match n.checked_sub(1) {
            None => Some(0),
            Some(before) => ends.get(before).copied(),
        };
        let range = start.zip(ends.get(n).copied());
        range
            .and_then(|(start, end)| text.get(start..end))
            .unwrap_or_default()
    }

    pub fn cells(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let record = *self;
        (0..record.width()).map(move |n| record.cell(n))
    }

    /// A record of JSON.
    pub fn json(&self) -> &'a str {
        match self.content {
            Content::Json(text) => text,
            Content::Cells { .. } => "",
        }
    }
}

/// Cuts a stream of bytes into records.
pub struct Splitter {
    format: Format,
    core: Reader,
    elements: Elements,
    out: Vec<u8>,
    ends: Vec<usize>,
    filled: usize,
    cells: usize,
    begun: bool,
    line: i64,
    lines: i64,
    after_return: bool,
}

impl Splitter {
    pub fn new(format: Format, delimiter: u8, from: Position) -> Self {
        Self {
            format,
            core: ReaderBuilder::new().delimiter(delimiter).build(),
            elements: Elements::new(from == Position::default()),
            out: vec![0; 4096],
            ends: vec![0; 64],
            filled: 0,
            cells: 0,
            begun: false,
            line: 0,
            lines: from.lines,
            after_return: from.after_return,
        }
    }

    pub fn lines(&self) -> (i64, bool) {
        (self.lines, self.after_return)
    }

    /// Takes bytes up to the end of the next record: how many were taken, and whether
    /// [`record`](Self::record) is complete. Empty input is the end of the file.
    pub fn take(&mut self, input: &[u8]) -> Result<(usize, bool), String> {
        if self.format == Format::Json {
            return self.take_element(input);
        }
        let mut taken = 0;
        if !self.begun {
            let blank = input
                .iter()
                .take_while(|it| matches!(it, b'\r' | b'\n'))
                .count();
            self.count(&input[..blank]);
            taken = blank;
            if blank == input.len() && blank > 0 {
                return Ok((taken, false));
            }
            (self.filled, self.cells) = (0, 0);
            if input.is_empty() {
                return Ok((taken, false));
            }
            (self.begun, self.line) = (true, self.lines + 1);
        }
        let (more, complete) = match self.format {
            Format::Csv | Format::Xlsx => self.take_csv(&input[taken..])?,
            Format::Ndjson | Format::Json => self.take_line(&input[taken..])?,
        };
        self.count(&input[taken..taken + more]);
        self.begun = !complete;
        if complete && self.format == Format::Xlsx {
            let number = self.out.get(..self.ends[0]).unwrap_or_default();
            let number = std::str::from_utf8(number)
                .ok()
                .and_then(|it| it.parse().ok());
            self.line = number.unwrap_or_default();
            self.lines = self.line;
        }
        Ok((taken + more, complete))
    }

    fn take_element(&mut self, input: &[u8]) -> Result<(usize, bool), String> {
        if !self.begun {
            self.out.clear();
        }
        let place = self.lines + 1;
        let (taken, complete) = self
            .elements
            .take(input, &mut self.out)
            .map_err(|it| format!("Record {place}: {it}"))?;
        self.begun = !complete && !self.out.is_empty();
        self.filled = self.out.len();
        if complete {
            (self.line, self.lines) = (place, place);
        }
        Ok((taken, complete))
    }

    fn take_csv(&mut self, input: &[u8]) -> Result<(usize, bool), String> {
        let mut taken = 0;
        loop {
            let (result, read, written, cells) = self.core.read_record(
                &input[taken..],
                &mut self.out[self.filled..],
                &mut self.ends[self.cells..],
            );
            taken += read;
            self.filled += written;
            self.cells += cells;
            match result {
                ReadRecordResult::InputEmpty => return Ok((taken, false)),
                ReadRecordResult::Record => return Ok((taken, true)),
                ReadRecordResult::End => return Ok((taken, self.cells > 0)),
                ReadRecordResult::OutputFull if self.out.len() >= LONGEST => {
                    return Err(self.too_long());
                }
                ReadRecordResult::OutputFull => self.out.resize(self.out.len() * 2, 0),
                ReadRecordResult::OutputEndsFull if self.ends.len() > WIDEST => {
                    return Err(format!("Line {} has more than {WIDEST} cells.", self.line));
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            }
        }
    }

    fn take_line(&mut self, input: &[u8]) -> Result<(usize, bool), String> {
        let end = input.iter().position(|it| *it == b'\n');
        let line = &input[..end.unwrap_or(input.len())];
        if self.filled + line.len() > LONGEST {
            return Err(self.too_long());
        }
        self.out.truncate(self.filled);
        self.out.extend_from_slice(line);
        self.filled = self.out.len();
        Ok((
            end.map_or(input.len(), |it| it + 1),
            end.is_some() || input.is_empty(),
        ))
    }

    fn too_long(&self) -> String {
        let advice = match self.format {
            Format::Csv | Format::Xlsx => "is a closing quotation mark missing?",
            Format::Ndjson | Format::Json => "each record stands on a line of its own.",
        };
        format!(
            "The row that begins on line {} is longer than 1 MiB: {advice}",
            self.line
        )
    }

    /// Counts line breaks, whichever of the three kinds they are.
    fn count(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\r' => self.lines += 1,
                b'\n' if !self.after_return => self.lines += 1,
                _ => {}
            }
            self.after_return = *byte == b'\r';
        }
    }

    /// The record that is complete. Files were found to be UTF-8 when they came in.
    pub fn record(&self) -> Result<Record<'_>, String> {
        let text = std::str::from_utf8(&self.out[..self.filled])
            .map_err(|_| format!("Line {} is not UTF-8.", self.line))?;
        let content = match self.format {
            Format::Csv | Format::Xlsx => Content::Cells {
                text,
                ends: &self.ends[..self.cells],
                skip: usize::from(self.format == Format::Xlsx),
            },
            Format::Ndjson | Format::Json => Content::Json(text.trim()),
        };
        Ok(Record {
            line: self.line,
            content,
        })
    }
}

/// The records of a text, and why there are no more: for detection and tests.
pub fn split(
    format: Format,
    delimiter: u8,
    text: &[u8],
    most: usize,
) -> (Vec<(i64, Vec<String>)>, Option<String>) {
    let mut splitter = Splitter::new(format, delimiter, Position::default());
    let (mut at, mut all) = (0, vec![]);
    while all.len() < most {
        let rest = &text[at..];
        let (taken, complete) = match splitter.take(rest) {
            Ok(it) => it,
            Err(why) => return (all, Some(why)),
        };
        at += taken;
        if complete && let Ok(record) = splitter.record() {
            let cells = match format.has_cells() {
                true => record.cells().map(str::to_owned).collect(),
                false => vec![record.json().to_owned()],
            };
            all.push((record.line, cells));
        } else if rest.is_empty() {
            break;
        }
    }
    (all, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn csv(text: &str) -> Vec<(i64, Vec<String>)> {
        split(Format::Csv, b',', text.as_bytes(), usize::MAX).0
    }

    fn row(line: i64, cells: &[&str]) -> (i64, Vec<String>) {
        (line, cells.iter().map(|it| (*it).to_owned()).collect())
    }

    #[test]
    fn rows_know_their_lines() {
        let expected = vec![
            row(1, &["a", "b"]),
            row(2, &["1", "x\ny"]),
            row(5, &["2", ""]),
        ];
        assert_eq!(csv("a,b\n1,\"x\ny\"\n\n2,\n"), expected);
        let returns = vec![
            row(1, &["a", "b"]),
            row(2, &["1", "x\r\ny"]),
            row(5, &["2", ""]),
        ];
        assert_eq!(csv("a,b\r\n1,\"x\r\ny\"\r\n\r\n2,"), returns);
        assert_eq!(csv("a\rb\r"), [row(1, &["a"]), row(2, &["b"])]);
        assert_eq!(
            csv("\"say \"\"hi\"\"\",5\" pipe"),
            [row(1, &["say \"hi\"", "5\" pipe"])]
        );
        assert_eq!(csv(""), []);
        assert_eq!(csv("\n\n"), []);
        let json = split(
            Format::Ndjson,
            b',',
            b"{\"a\":1}\r\n\n{\"a\":2}",
            usize::MAX,
        )
        .0;
        assert_eq!(json, [row(1, &["{\"a\":1}"]), row(3, &["{\"a\":2}"])]);
        let list = split(Format::Json, b',', b"[{\"a\":\n1},\n\n{}]", usize::MAX);
        assert_eq!(list.0, [row(1, &["{\"a\":\n1}"]), row(2, &["{}"])]);
        let sheet = split(Format::Xlsx, b',', b"2,a,b\n7,\"x\ny\"\n", usize::MAX);
        assert_eq!(sheet.0, [row(2, &["a", "b"]), row(7, &["x\ny"])]);
    }

    #[test]
    fn a_missing_quotation_mark_is_told() {
        let mut splitter = Splitter::new(Format::Csv, b',', Position::default());
        let text = format!("a\n\"{}", "x,\n".repeat(500_000));
        let (taken, complete) = splitter.take(text.as_bytes()).expect("a header");
        assert!(complete);
        let error = splitter
            .take(&text.as_bytes()[taken..])
            .expect_err("too long");
        assert!(error.contains("line 2"), "{error}");
    }

    proptest! {
        /// However a file comes in, its rows and their lines are the same; and reading on from any
        /// position gives the rest.
        #[test]
        fn pieces_make_no_difference(text in "[a\",\r\n]{0,40}", size in 1_usize..7) {
            let whole = csv(&text);
            let mut splitter = Splitter::new(Format::Csv, b',', Position::default());
            let mut rows = vec![];
            let mut positions = vec![];
            let mut done = 0;
            for piece in text.as_bytes().chunks(size) {
                let mut at = 0;
                while at < piece.len() {
                    let (taken, complete) = splitter.take(&piece[at..]).expect("a record");
                    at += taken;
                    if complete {
                        let record = splitter.record().expect("text");
                        rows.push((record.line, record.cells().map(str::to_owned).collect::<Vec<_>>()));
                        positions.push((done + at, splitter.lines()));
                    }
                }
                done += piece.len();
            }
            if splitter.take(&[]).expect("the end").1 {
                let record = splitter.record().expect("text");
                rows.push((record.line, record.cells().map(str::to_owned).collect::<Vec<_>>()));
            }
            prop_assert_eq!(&rows, &whole);
            for (n, (at, (lines, after_return))) in positions.into_iter().enumerate() {
                let mut rest = Splitter::new(Format::Csv, b',', Position { lines, after_return, ..Position::default() });
                let mut at = at;
                let mut found = vec![];
                loop {
                    let input = &text.as_bytes()[at..];
                    let (taken, complete) = rest.take(input).expect("a record");
                    at += taken;
                    if complete {
                        let record = rest.record().expect("text");
                        found.push((record.line, record.cells().map(str::to_owned).collect::<Vec<_>>()));
                    } else if input.is_empty() {
                        break;
                    }
                }
                prop_assert_eq!(&found[..], &whole[n + 1..]);
            }
        }
    }
}
