//! What kind of file it is: encoding, format, delimiter, headers (IMP-01).

use kit::text;

use super::rows::{Format, split};

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
const SAMPLE: usize = 5;

/// Leaves out the byte order mark; tells the encoding's name. The error is for people: a file that
/// is no UTF-8 text can only be saved anew.
pub fn encoding(head: &mut Vec<u8>) -> Result<&'static str, String> {
    if head.starts_with(b"PK\x03\x04") {
        return Err("This is a workbook or an archive, not text. Save the sheet as “CSV UTF-8” and upload that file.".into());
    }
    let zeros = head.iter().take(1000).filter(|it| **it == 0).count();
    if head.starts_with(b"\xff\xfe")
        || head.starts_with(b"\xfe\xff")
        || zeros * 4 > head.len().min(1000)
    {
        return Err("This file is in UTF-16. Save it as “CSV UTF-8” and upload it again.".into());
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

/// Reads a file's beginning; the error is for people.
pub fn detect(head: &[u8]) -> Result<Detected, String> {
    match head.iter().find(|it| !it.is_ascii_whitespace()) {
        None => Err("The file is empty.".into()),
        Some(b'{') => detect_ndjson(head),
        Some(b'[') => Err("A JSON list cannot be taken yet. Write each record on a line of its own (NDJSON), or save it as CSV.".into()),
        Some(_) => detect_csv(head),
    }
}

fn detect_ndjson(head: &[u8]) -> Result<Detected, String> {
    let lines = split(Format::Ndjson, b',', head, 1000);
    let objects: Vec<serde_json::Map<String, serde_json::Value>> = lines
        .iter()
        .filter_map(|(_, it)| serde_json::from_str(it.first()?).ok())
        .collect();
    let mut headers: Vec<String> = vec![];
    for name in objects.iter().flat_map(|it| it.keys()) {
        if !headers.contains(name) && headers.len() < super::rows::WIDEST {
            headers.push(name.clone());
        }
    }
    if objects.is_empty() {
        return Err("The first line begins like JSON but is no JSON object.".into());
    }
    let cells = |it: &serde_json::Map<String, serde_json::Value>| {
        headers
            .iter()
            .map(|name| it.get(name).map(kit::export::cell).unwrap_or_default())
            .collect()
    };
    Ok(Detected {
        format: Format::Ndjson,
        delimiter: b',',
        sample: objects.iter().take(SAMPLE).map(cells).collect(),
        headers,
    })
}

fn detect_csv(head: &[u8]) -> Result<Detected, String> {
    let delimiter = delimiter(head);
    let mut lines = split(Format::Csv, delimiter, head, SAMPLE + 1)
        .into_iter()
        .map(|it| it.1);
    let headers = lines.next().ok_or("The first line is too long to be the names of columns: is a closing quotation mark missing?")?;
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
        let rows = split(Format::Csv, *delimiter, head, 50);
        let width = rows.first().map_or(0, |it| it.1.len());
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
fn distinct(headers: &[String]) -> Vec<String> {
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
        let found = detect(b"Name,,name, Name \nx\n").expect("a file");
        assert_eq!(found.headers, ["Name", "Column 2", "name", "Name (2)"]);
        assert_eq!(found.sample, [["x"]]);
        let found =
            detect(b"{\"name\": \"x\", \"a\": [1, \"b\"]}\n{\"c\": null}\n").expect("a file");
        assert_eq!(
            (found.format, found.headers),
            (
                Format::Ndjson,
                vec!["name".to_owned(), "a".into(), "c".into()]
            )
        );
        assert_eq!(found.sample[0], ["x", "1|b", ""]);
        for bad in ["", " \n", "[{}]", "{x}", ",,\n"] {
            assert!(detect(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_utf8_is_read() {
        assert!(encoding(&mut b"\xff\xfea\0".to_vec()).is_err());
        assert!(encoding(&mut b"a\0b\0\n\0".to_vec()).is_err());
        assert!(encoding(&mut b"PK\x03\x04".to_vec()).is_err());
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
