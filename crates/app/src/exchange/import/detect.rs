//! What kind of file it is: encoding, format, delimiter, headers (IMP-01).

use kit::format::Format;
use kit::{export, text};
use serde_json::Map;

use super::rows::{WIDEST, split};

/// What a file's beginning tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Detected {
    pub format: Format,
    /// Of CSV.
    pub delimiter: u8,
    pub headers: Vec<String>,
    /// The first rows, as cells in the order of the headers.
    pub sample: Vec<Vec<String>>,
}

const BOM: &[u8] = b"\xef\xbb\xbf";
/// The rows of a sample.
pub const SAMPLE: usize = 5;
/// How much of a file is needed to tell a workbook from text.
pub const SIGNATURE: usize = 16;

/// Whether a file is a workbook: read otherwise than text. What is neither is told at once.
pub fn is_workbook(head: &[u8]) -> Result<bool, String> {
    let is = |signature: &[u8]| head.starts_with(signature);
    if is(b"PK\x03\x04") || is(b"PK\x05\x06") {
        return Ok(true);
    }
    let what = if is(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        "an old workbook (.xls), or one with a password. Open it, remove the password, save it as XLSX"
    } else if is(b"\x1f\x8b")
        || is(b"BZh")
        || is(b"7z\xbc\xaf")
        || is(b"Rar!")
        || is(b"\x28\xb5\x2f\xfd")
    {
        "an archive. Unpack it"
    } else if is(b"%PDF") || is(b"\x89PNG") || is(b"\xff\xd8\xff") || is(b"{\\rtf") {
        "a document or picture. Save its table as XLSX or CSV"
    } else {
        return Ok(false);
    };
    Err(format!("This is {what} and upload that file."))
}

/// Leaves out the byte order mark; tells the encoding's name. The error is for people: a file that
/// is no UTF-8 text can only be saved anew.
pub fn encoding(head: &mut Vec<u8>) -> Result<&'static str, String> {
    let zeros = head.iter().take(1000).filter(|it| **it == 0).count();
    if head.starts_with(b"\xff\xfe")
        || head.starts_with(b"\xfe\xff")
        || zeros * 4 > head.len().min(1000)
    {
        return Err("This file is in UTF-16, or it is no text. Save it as “CSV UTF-8” or XLSX and upload it again.".into());
    }
    if head.starts_with(BOM) {
        head.drain(..BOM.len());
        return Ok("UTF-8 with BOM");
    }
    Ok("UTF-8")
}

/// How much of `bytes` is whole characters; the error names the line, counted on from `lines`.
pub fn whole_characters(bytes: &[u8], lines: i64, last: bool) -> Result<usize, String> {
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(bytes.len()),
        Err(error) if error.error_len().is_none() && !last => Ok(error.valid_up_to()),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = lines
                + i64::try_from(before.iter().filter(|it| **it == b'\n').count())
                    .unwrap_or_default()
                + 1;
            Err(format!(
                "Line {line} has characters that are not UTF-8. Save the file as “CSV UTF-8” and upload it again."
            ))
        }
    }
}

/// Reads a text's beginning: what it says counts more than what the file is called. The error is
/// for people.
pub fn detect(head: &[u8], name: &str) -> Result<Detected, String> {
    let mut signs = head.iter().filter(|it| !it.is_ascii_whitespace());
    let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let is_called_json = matches!(ending.as_str(), "json" | "ndjson" | "jsonl");
    match (signs.next(), signs.next()) {
        (None, _) => Err("The file is empty.".into()),
        (Some(b'{'), Some(b'"' | b'}')) => detect_json(Format::Ndjson, head),
        (Some(b'['), Some(b'{' | b']')) => detect_json(Format::Json, head),
        (Some(b'<'), Some(b'?' | b'!' | b'h' | b'H' | b't' | b'T')) => Err("This is a web page or XML, whatever it is called. Open it, save it as XLSX or CSV and upload that file.".into()),
        (Some(b'['), _) if is_called_json => detect_json(Format::Json, head),
        (Some(_), _) if is_called_json => detect_json(Format::Ndjson, head),
        _ => detect_csv(head),
    }
}

fn detect_json(format: Format, head: &[u8]) -> Result<Detected, String> {
    let (records, wrong) = split(format, b',', head, 1000);
    let objects: Vec<Map<String, serde_json::Value>> = records
        .iter()
        .filter_map(|(_, it)| serde_json::from_str(it.first()?).ok())
        .collect();
    let mut headers: Vec<String> = vec![];
    for name in objects.iter().flat_map(|it| it.keys()) {
        if headers.len() < WIDEST && !headers.contains(name) {
            headers.push(name.clone());
        }
    }
    if headers.is_empty() {
        return Err(match (format, wrong) {
            (_, Some(wrong)) => wrong,
            (Format::Json, _) => "The list has no JSON object to begin with. It must be one of objects: [{\"name\": \"Northgate\"}, …].".into(),
            _ => "No line is a JSON object. Write each record on a line of its own, or all of them as one list: [{…}, {…}].".into(),
        });
    }
    let cells = |it: &Map<String, serde_json::Value>| {
        let cell = |name| it.get(name).map(export::cell).unwrap_or_default();
        headers.iter().map(cell).collect()
    };
    Ok(Detected {
        format,
        delimiter: b',',
        sample: objects.iter().take(SAMPLE).map(cells).collect(),
        headers,
    })
}

fn detect_csv(head: &[u8]) -> Result<Detected, String> {
    let delimiter = delimiter(head);
    let (lines, wrong) = split(Format::Csv, delimiter, head, SAMPLE + 1);
    let mut lines = lines.into_iter().map(|it| it.1);
    let headers = lines.next().ok_or_else(|| {
        wrong.unwrap_or_else(|| "The first line is too long to be the names of columns: is a closing quotation mark missing?".into())
    })?;
    if headers.iter().all(|it| it.trim().is_empty()) {
        return Err("The first line must hold the names of the columns.".into());
    }
    Ok(Detected {
        format: Format::Csv,
        delimiter,
        headers: distinct(&headers),
        sample: lines.collect(),
    })
}

/// The delimiter with which the first rows come out equally wide, and wide at that.
fn delimiter(head: &[u8]) -> u8 {
    let score = |delimiter: &u8| {
        let (rows, wrong) = split(Format::Csv, *delimiter, head, 50);
        let width = match (rows.first(), wrong) {
            (Some(it), _) => it.1.len(),
            // Wider than a file may be.
            (None, Some(_)) => WIDEST + 1,
            (None, None) => 0,
        };
        let same = rows.iter().filter(|it| it.1.len() == width).count();
        (
            width > 1,
            same * 100 / rows.len().max(1) * usize::from(width > 1),
            width,
        )
    };
    // The later of equals wins, so the comma stands last.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(score)
        .unwrap_or(b',')
}

/// Names that can be told apart: repeated ones get a number, empty ones a name.
pub fn distinct(headers: &[String]) -> Vec<String> {
    let mut all: Vec<String> = vec![];
    for (n, header) in headers.iter().enumerate() {
        let name = match text::clean(header) {
            it if it.is_empty() => format!("Column {}", n + 1),
            it => text::clip(&it, 200).into_owned(),
        };
        let mut wanted = name.clone();
        let mut count = 1;
        while all.contains(&wanted) {
            count += 1;
            wanted = format!("{name} ({count})");
        }
        all.push(wanted);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters() {
        for (text, expected) in [
            ("a,b\n1,2\n", b','),
            ("a;b\n1,5;2\n", b';'),
            ("a\tb\n1,5\t2;3\n", b'\t'),
            ("name\nx\n", b','),
            ("\"a;b\",c\n1,2", b','),
        ] {
            assert_eq!(delimiter(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn headers_are_told_apart() {
        let found = detect(b"Name,,name, Name \nx\n", "f").expect("a file");
        assert_eq!(found.headers, ["Name", "Column 2", "name", "Name (2)"]);
        assert_eq!(found.sample, [["x"]]);
        let objects = "{\"name\": \"x\", \"a\": [1, \"b\"]}\n{\"c\": null}\n";
        let list = format!(" [{}]", objects.trim().replace('\n', ",\n"));
        for (text, format) in [(objects, Format::Ndjson), (&list, Format::Json)] {
            let found = detect(text.as_bytes(), "f.csv").expect("a file");
            assert_eq!(
                (found.format, found.headers.join(" ")),
                (format, "name a c".into())
            );
            assert_eq!(found.sample[0], ["x", "1|b", ""]);
        }
        let found = detect(b"[name],{x}\n1,2\n", "f.csv").expect("a file");
        assert_eq!(found.headers, ["[name]", "{x}"]);
    }

    #[test]
    fn what_is_no_table_is_told() {
        for (text, told) in [
            ("", "empty"),
            (" \n", "empty"),
            ("[]", "no JSON object"),
            ("[1, 2]", "no JSON object"),
            ("[{\"a\"}]", "no JSON object"),
            ("{x}", "No line is a JSON object"),
            ("{\n\"a\": 1\n}", "No line is a JSON object"),
            ("<html><table>", "web page"),
        ] {
            let error = detect(text.as_bytes(), "f.json").expect_err(text);
            assert!(error.contains(told), "{text}: {error}");
        }
        let wide = detect(&b"a,".repeat(1200), "f.csv").expect_err("too wide");
        assert!(wide.contains("more than 1000 cells"), "{wide}");
        assert!(detect(b",,\n", "f.csv").is_err());
        for (head, expected) in [
            (&b"PK\x03\x04"[..], Some(true)),
            (b"name,", Some(false)),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
            (b"%PDF-1.7", None),
        ] {
            assert_eq!(is_workbook(head).ok(), expected);
        }
    }

    #[test]
    fn only_utf8_is_read() {
        assert!(encoding(&mut b"\xff\xfea\0".to_vec()).is_err());
        assert!(encoding(&mut b"a\0b\0\n\0".to_vec()).is_err());
        let mut file = b"\xef\xbb\xbfname".to_vec();
        assert_eq!(encoding(&mut file), Ok("UTF-8 with BOM"));
        assert_eq!(file, b"name");
        assert!(
            whole_characters(b"a\nb\nS\xe3o", 10, true).is_err_and(|it| it.contains("Line 13"))
        );
        assert_eq!(
            whole_characters("aã".as_bytes().split_last().expect("bytes").1, 0, false),
            Ok(1)
        );
        assert!(whole_characters("aã".as_bytes().split_last().expect("bytes").1, 0, true).is_err());
    }
}
