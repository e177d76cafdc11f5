//! What is written is read back; what others write is read; what is broken is told.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use proptest::prelude::*;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Cell, FAULT, Workbook, Writer};
use crate::time::Instant;

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    file.seek(SeekFrom::Start(0)).expect("from the start");
    file
}

/// All rows of a workbook's first sheet, each with its number.
fn rows(bytes: &[u8]) -> Result<Vec<(u32, Vec<String>)>, String> {
    let mut workbook = Workbook::open(file(bytes))?;
    let sheet = workbook.sheets.first().cloned().ok_or("no sheet")?;
    let mut all = vec![];
    workbook.each_row(&sheet, |row| {
        all.push((row.number, row.cells().map(str::to_owned).collect()));
        Ok(true)
    })?;
    Ok(all)
}

fn written(rows: &[Vec<Cell<'_>>]) -> Vec<u8> {
    let mut writer =
        Writer::new("Äpfel & <Birnen>", ["a", "b"].into_iter(), rows.len()).expect("a writer");
    let mut out = writer.take();
    for row in rows {
        writer.row(row.iter().copied()).expect("a row");
        out.extend(writer.take());
    }
    out.extend(writer.finish().expect("the end"));
    out
}

/// A workbook as another program writes it.
fn foreign(sheet: &str, strings: &str, styles: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(vec![]));
    let mut part = |name: &str, text: &str| {
        zip.start_file(name, SimpleFileOptions::default())
            .expect("a part");
        zip.write_all(text.as_bytes()).expect("written");
    };
    part(
        "_rels/.rels",
        r#"<Relationships><Relationship Id="r1" Type="http://x/officeDocument" Target="/xl/workbook.xml"/></Relationships>"#,
    );
    part(
        "xl/workbook.xml",
        r#"<x:workbook xmlns:x="m" xmlns:r="r"><x:sheets><x:sheet name="S" sheetId="1" r:id="a"/></x:sheets></x:workbook>"#,
    );
    part(
        "xl/_rels/workbook.xml.rels",
        r#"<Relationships><Relationship Id="a" Type="http://x/worksheet" Target="worksheets/s.xml"/><Relationship Id="b" Type="http://x/sharedStrings" Target="SharedStrings.xml"/><Relationship Id="c" Type="http://x/styles" Target="/xl/styles.xml"/></Relationships>"#,
    );
    part(
        "xl/worksheets/s.xml",
        &format!("<worksheet><sheetData>{sheet}</sheetData></worksheet>"),
    );
    part("xl/sharedStrings.xml", &format!("<sst>{strings}</sst>"));
    part(
        "xl/styles.xml",
        &format!("<styleSheet>{styles}</styleSheet>"),
    );
    zip.finish().expect("the end").into_inner()
}

#[test]
fn every_kind_of_cell_is_read_back() {
    let at = Instant::parse("2026-03-02T09:00:00Z").expect("an instant");
    let long = "ä".repeat(40_000);
    let bytes = written(&[
        vec![
            Cell::Text("007"),
            Cell::Number("12"),
            Cell::Boolean(true),
            Cell::Instant(at),
        ],
        vec![
            Cell::Empty,
            Cell::Number("-0.5"),
            Cell::Empty,
            Cell::Fault,
            Cell::Text("=1+1"),
        ],
        vec![Cell::Number("12345678901234567890"), Cell::Text(&long)],
    ]);
    let mut rows = rows(&bytes).expect("rows");
    let cut = rows[3].1.pop().expect("a long text");
    assert_eq!(cut.encode_utf16().count(), 32_767);
    assert!(cut.ends_with("CSV has it whole)"));
    let fault = format!("{FAULT}#N/A");
    let expected: [(u32, Vec<&str>); 4] = [
        (1, vec!["a", "b"]),
        (2, vec!["007", "12", "true", "2026-03-02T09:00:00Z"]),
        (3, vec!["", "-0.5", "", &fault, "=1+1"]),
        (4, vec!["12345678901234567890"]),
    ];
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!(
            (row.0, row.1.iter().map(String::as_str).collect()),
            expected
        );
    }
}

#[test]
fn what_other_programs_write_is_read() {
    let sheet = r#"<row r="3"><c r="B3" t="s"><v>1</v></c><c r="D3" s="1"><v>46083</v></c><c t="b"><v>0</v></c></row>
        <row><c t="str"><f>A1&amp;"x"</f><v>Ax</v></c><c><f>1+1</f></c><c t="e"><v>#REF!</v></c><c s="2"><v>42</v></c><c t="d"><v>2026-03-02T00:00:00</v></c></row>
        <row r="9"><c r="A9" s="1"/></row><row r="10"><c r="AA10"><v>1e3</v></c></row>"#;
    let strings = "<si><t>a</t></si><si><r><t xml:space=\"preserve\">São </t></r><rPh><t>no</t></rPh><r><t>Bento &amp; _x000D_Co</t></r></si>";
    let styles = r#"<numFmts><numFmt numFmtId="170" formatCode="0000"/></numFmts><cellStyleXfs><xf numFmtId="9"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs>"#;
    let rows = rows(&foreign(sheet, strings, styles)).expect("rows");
    let empty = format!("{FAULT}a formula without a value");
    let wrong = format!("{FAULT}#REF!");
    assert_eq!(
        rows[0],
        (
            3,
            ["", "São Bento & \rCo", "", "2026-03-02", "false"]
                .map(String::from)
                .to_vec()
        )
    );
    assert_eq!(
        rows[1],
        (
            4,
            ["Ax", &empty, &wrong, "0042", "2026-03-02"]
                .map(String::from)
                .to_vec()
        )
    );
    assert_eq!(
        (rows[2].0, rows[2].1.len(), rows[2].1[26].as_str()),
        (10, 27, "1000")
    );
    assert_eq!(rows.len(), 3);
}

#[test]
fn what_is_broken_is_told() {
    for sheet in [
        "<row r=\"2\"><c><v>1</v></c></row><row r=\"2\"/>",
        "<row r=\"9999999\"/>",
        "<row><c t=\"s\"><v>5</v></c></row>",
        "<row><c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>1</v></c></row>",
        "<row><c><v>x</v></c></row>",
        "<row><c t=\"str\"><v>&unknown;</v></c></row>",
        "<row><c></row>",
        "<row>",
        &"<a>".repeat(200),
    ] {
        let error = rows(&foreign(sheet, "", "")).expect_err(sheet);
        assert!(error.contains("damaged"), "{sheet}: {error}");
    }
    let wide =
        rows(&foreign("<row><c r=\"ZZZ1\"><v>1</v></c></row>", "", "")).expect_err("too wide");
    assert!(wide.contains("column 1000"), "{wide}");
    let whole = foreign("<row><c><v>1</v></c></row>", "", "");
    for end in 0..whole.len() {
        assert!(rows(&whole[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn bombs_do_not_go_off() {
    let blank = " ".repeat(1024 * 1024);
    let inside = format!(
        "<row><c t=\"str\"><v>{}</v></c></row>",
        "x".repeat(3 * 1024 * 1024)
    );
    for sheet in [blank.repeat(70), inside] {
        let error = rows(&foreign(&sheet, "", "")).expect_err("too large");
        assert!(error.contains("unpacks to far more"), "{error}");
    }
}

proptest! {
    #[test]
    fn texts_are_read_back(texts in proptest::collection::vec("([=+@'_\\\\]|_x0041_|[\u{1}-\u{1f}]|\\PC){0,12}", 1..30)) {
        let bytes = written(&[texts.iter().map(|it| Cell::Text(it)).collect()]);
        let back = rows(&bytes).expect("rows");
        let row = back.get(1).map(|it| it.1.clone()).unwrap_or_default();
        for (n, text) in texts.iter().enumerate() {
            let read = row.get(n).map_or("", String::as_str);
            if row.is_empty() {
                prop_assert_eq!(text.trim(), "");
            } else {
                prop_assert_eq!(read, text);
            }
        }
    }
}
