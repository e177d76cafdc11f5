//! Files that are whole, cut off, altered, foreign.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::*;
use crate::conn::whole::{Table, Type};

fn header() -> Header {
    let schema = crate::conn::whole::schema().map(str::to_owned).collect();
    Header::new("0.1.0", schema, "SQLite", Instant::default(), None)
}

fn write(folder: &Path, rows: u32) -> PathBuf {
    let path = folder.join("it.backup");
    let mut writer = Writer::create(&path, &header()).unwrap();
    for name in ["empty", "things"] {
        let table = Table {
            name: name.into(),
            columns: vec![("id".into(), Type::Bigint), ("name".into(), Type::Text)],
            key: vec!["id".into()],
        };
        writer.table(&table).unwrap();
        for n in 0..if name == "empty" { 0 } else { rows } {
            writer
                .row(format!("[{n},\"thing {n}\"]").as_bytes())
                .unwrap();
        }
        writer.end().unwrap();
    }
    assert!(!path.exists(), "it has no name before it is whole");
    assert_eq!(writer.finish().unwrap().0, u64::from(rows));
    path
}

fn refused(path: &Path) -> String {
    match check(path, |_, _| {}) {
        Ok(_) => panic!("this file is not whole"),
        Err(error) => error.to_string(),
    }
}

fn plain(path: &Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn zipped(path: &Path, text: &str) {
    let file = std::fs::File::create(path).unwrap();
    let mut out = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    out.write_all(text.as_bytes()).unwrap();
    out.finish().unwrap();
}

#[test]
fn a_whole_file_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), 20_000);
    let found = check(&path, |_, _| {}).unwrap();
    assert_eq!(
        found.tables,
        [("empty".into(), 0), ("things".into(), 20_000)]
    );
    assert_eq!(found.header.schema, header().schema);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), 1);
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_backup_given_up_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::create(&folder.path().join("it.backup"), &header()).unwrap();
    writer.row(b"[1]").unwrap();
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), 300);
    let whole = std::fs::read(&path).unwrap();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        refused(&path);
    }
    // Cut between two lines, and packed again.
    std::fs::write(&path, &whole).unwrap();
    let text = plain(&path);
    for (at, _) in text
        .match_indices('\n')
        .filter(|(at, _)| at + 1 < text.len())
    {
        zipped(&path, &text[..=at]);
        assert!(refused(&path).contains("cut off"), "cut after {at}");
    }
}

#[test]
fn an_altered_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), 300);
    let whole = std::fs::read(&path).unwrap();
    let text = plain(&path);
    let mut refused_bytes = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&path, &bytes).unwrap();
        // Some bits mean nothing to gzip: the time in its header, what fills up the last byte.
        match check(&path, |_, _| {}) {
            Ok(_) => assert_eq!(plain(&path), text, "byte {at}"),
            Err(_) => refused_bytes += 1,
        }
    }
    assert!(
        refused_bytes + 10 > whole.len(),
        "{refused_bytes} of {}",
        whole.len()
    );
    std::fs::write(&path, &whole).unwrap();
    for (from, to) in [
        ("thing 7\"", "thing 8\""),
        ("[5,\"thing 5\"]\n", ""),
        ("\"engine\":\"SQLite\"", "\"engine\":\"SQL\""),
        ("\"rows\":300", "\"rows\":299"),
        ("{\"table\":\"empty\"", "{\"table\":\"other\""),
    ] {
        assert!(text.contains(from));
        zipped(&path, &text.replacen(from, to, 1));
        assert!(refused(&path).contains("altered"), "{from}");
    }
    zipped(&path, &format!("{text}{text}"));
    assert!(refused(&path).contains("something follows its end"));
}

#[test]
fn what_this_program_cannot_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.backup");
    std::fs::write(&path, "name,city\n").unwrap();
    assert!(refused(&path).contains("is no backup of Tenantry"));
    zipped(&path, "{\"format\":\"other\"}\n");
    assert!(refused(&path).contains("is no backup of Tenantry"));
    zipped(
        &path,
        "{\"format\":\"tenantry backup\",\"version\":9,\"tenantry\":\"7.0.0\"}\n",
    );
    let told = refused(&path);
    assert!(
        told.contains("\"7.0.0\"") && told.contains("version 9"),
        "{told}"
    );
    let mut newer = header();
    newer.tenantry = "8.1.0".into();
    newer.schema.push("9999_later".into());
    Writer::create(&path, &newer).unwrap().finish().unwrap();
    let told = Reader::open(&path).unwrap().known().unwrap_err();
    assert!(told.to_string().contains("Tenantry 8.1.0"), "{told}");
}
