//! Writes a workbook of one sheet as a stream: rows go in, bytes come out.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::{number, text};
use crate::time::Instant;

/// The most characters of a cell; programs call a workbook with longer ones damaged.
const LONGEST: usize = 32_767;
/// What a longer text ends with.
const CUT: &str = "… (cut: a cell holds 32,767 characters; CSV has it whole)";
/// Whole numbers up to here are exact; longer ones, such as account numbers, are written as text.
const EXACT: u64 = 999_999_999_999_999;

const START: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const SPREADSHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";

/// The places of the looks in `STYLES`.
const TEXT: u8 = 1;
const INSTANT: u8 = 2;
const HEAD: u8 = 3;

/// Texts have the format “Text”, so that what people type over them stays as typed: `007`, `+49 30`.
const STYLES: &str = r#"<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>"#;

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    Empty,
    Text(&'a str),
    /// As the API writes it.
    Number(&'a str),
    Boolean(bool),
    Instant(Instant),
    /// An error instead of a value.
    Fault,
}

/// What was written and not yet taken: the archive does not let go of what it writes to.
#[derive(Clone, Default)]
struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Bytes {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub struct Writer {
    zip: ZipWriter<StreamWriter<Bytes>>,
    out: Bytes,
    row: u32,
    line: String,
}

impl Writer {
    /// Begins with the row of headers. `rows` is how many will follow, if that is known.
    pub fn new<'a>(
        sheet: &str,
        headers: impl ExactSizeIterator<Item = &'a str> + Clone,
        rows: usize,
    ) -> io::Result<Self> {
        let out = Bytes::default();
        let mut writer = Self {
            zip: ZipWriter::new_stream(out.clone()),
            out,
            row: 0,
            line: String::new(),
        };
        let mut name = String::new();
        text::escape(sheet, &mut name);
        writer.part("[Content_Types].xml", &format!(r#"<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#))?;
        writer.part("_rels/.rels", &format!(r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#))?;
        writer.part("xl/workbook.xml", &format!(r#"<workbook xmlns="{SPREADSHEET}" xmlns:r="{RELATIONS}"><sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>"#))?;
        writer.part("xl/_rels/workbook.xml.rels", &format!(r#"<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>"#))?;
        writer.part(
            "xl/styles.xml",
            &format!(r#"<styleSheet xmlns="{SPREADSHEET}">{STYLES}</styleSheet>"#),
        )?;
        // Only a sheet that may exceed 4 GiB says so: not every program reads that.
        let huge = rows.saturating_mul(headers.len()) > 40_000_000;
        writer
            .zip
            .start_file("xl/worksheets/sheet1.xml", options().large_file(huge))?;
        let columns = match headers.len() {
            0 => String::new(),
            most => format!(
                r#"<cols><col min="1" max="{most}" width="20" style="{TEXT}" customWidth="1"/></cols>"#
            ),
        };
        write!(
            writer.zip,
            r#"{START}<worksheet xmlns="{SPREADSHEET}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>{columns}<sheetData>"#
        )?;
        writer.line(headers.map(Cell::Text), HEAD)?;
        Ok(writer)
    }

    pub fn row<'a>(&mut self, cells: impl Iterator<Item = Cell<'a>>) -> io::Result<()> {
        self.line(cells, TEXT)
    }

    fn line<'a>(&mut self, cells: impl Iterator<Item = Cell<'a>>, look: u8) -> io::Result<()> {
        self.row += 1;
        let line = &mut self.line;
        line.clear();
        line.push_str(&format!(r#"<row r="{}">"#, self.row));
        for (n, cell) in cells.enumerate() {
            if cell == Cell::Empty || cell == Cell::Text("") {
                continue;
            }
            line.push_str("<c r=\"");
            push_column(n, line);
            line.push_str(&self.row.to_string());
            push_cell(cell, look, line);
        }
        line.push_str("</row>");
        self.zip.write_all(line.as_bytes())
    }

    /// What there is by now.
    pub fn take(&mut self) -> Vec<u8> {
        self.out.take()
    }

    /// The end of the file.
    pub fn finish(mut self) -> io::Result<Vec<u8>> {
        self.zip.write_all(b"</sheetData></worksheet>")?;
        self.zip.finish()?;
        Ok(self.out.take())
    }

    fn part(&mut self, name: &str, content: &str) -> io::Result<()> {
        self.zip.start_file(name, options())?;
        self.zip.write_all(START.as_bytes())?;
        self.zip.write_all(content.as_bytes())
    }
}

/// Level 1: twice as fast as the usual one, for a file a fifth larger.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
}

fn push_cell(cell: Cell<'_>, look: u8, line: &mut String) {
    match cell {
        Cell::Number(number) if !is_exact(number) => push_cell(Cell::Text(number), look, line),
        Cell::Empty => line.push_str("\"/>"),
        Cell::Number(number) => line.push_str(&format!("\"><v>{number}</v></c>")),
        Cell::Boolean(it) => line.push_str(&format!("\" t=\"b\"><v>{}</v></c>", u8::from(it))),
        Cell::Instant(at) => line.push_str(&format!(
            "\" s=\"{INSTANT}\"><v>{}</v></c>",
            number::of_instant(at)
        )),
        Cell::Fault => line.push_str("\" t=\"e\"><v>#N/A</v></c>"),
        Cell::Text(text) => {
            line.push_str(&format!(
                "\" s=\"{look}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">"
            ));
            match text.char_indices().nth(LONGEST / 2) {
                // Counted as UTF-16 does, of which a character may take two.
                Some(_) if text.encode_utf16().count() > LONGEST => {
                    let most = LONGEST - CUT.encode_utf16().count();
                    let mut room = most;
                    let kept = text.chars().take_while(|c| {
                        let fits = room >= c.len_utf16();
                        room = room.saturating_sub(c.len_utf16());
                        fits
                    });
                    text::escape(&(kept.collect::<String>() + CUT), line);
                }
                _ => text::escape(text, line),
            }
            line.push_str("</t></is></c>");
        }
    }
}

fn is_exact(number: &str) -> bool {
    let digits = number.trim_start_matches('-');
    match digits.parse::<u64>() {
        Ok(it) => it <= EXACT,
        Err(_) => number
            .parse::<f64>()
            .is_ok_and(|it| it.to_string() == number),
    }
}

/// 27 -> `AB`.
fn push_column(n: usize, out: &mut String) {
    if n >= 26 {
        push_column(n / 26 - 1, out);
    }
    out.push(char::from(b'A' + (n % 26) as u8));
}
