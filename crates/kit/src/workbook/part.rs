//! The parts of a workbook: XML files in a ZIP archive. Whoever made it may mean harm, so everything
//! that it could make grow has a limit.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

/// Parts of one workbook; an ordinary one has some ten.
const MOST_PARTS: usize = 5_000;
/// The central directory's bytes, which are read at once.
const LARGEST_DIRECTORY: u32 = 4 * 1024 * 1024;
/// What a workbook may unpack to: a full sheet of long texts.
const LARGEST: u64 = 8 * 1024 * 1024 * 1024;
/// Below this, nobody asks how well a part is packed.
const SMALL: u64 = 64 * 1024 * 1024;
/// What sheets unpack to is some ten to fifty times of their packed size.
const DENSEST: u64 = 300;
/// One tag, or one text between two.
const LONGEST: usize = 2 * 1024 * 1024;
/// Elements within one another.
const DEEPEST: usize = 100;

const DAMAGED: &str =
    "This workbook is damaged or was cut off. Open it, save it as XLSX and upload that file.";
const TOO_LARGE: &str = "This workbook unpacks to far more than a sheet can hold. Save the sheet as CSV and upload that file.";

pub fn damaged() -> String {
    DAMAGED.into()
}

pub struct Parts {
    zip: ZipArchive<BufReader<File>>,
    /// By lower-case name: programs differ in it.
    names: HashMap<String, usize>,
    /// What may still be unpacked.
    left: u64,
}

impl Parts {
    pub fn open(mut file: File) -> Result<Self, String> {
        check_directory(&mut file).map_err(|it| told(&it))?;
        let zip = ZipArchive::new(BufReader::with_capacity(64 * 1024, file)).map_err(zip_told)?;
        if zip.len() > MOST_PARTS {
            return Err(damaged());
        }
        let names = zip.file_names().enumerate();
        let names = names
            .filter_map(|(n, it)| Some((it.ok()?.to_lowercase(), n)))
            .collect();
        Ok(Self {
            zip,
            names,
            left: LARGEST,
        })
    }

    pub fn has(&self, name: &str) -> bool {
        self.names.contains_key(&name.to_lowercase())
    }

    /// A part to be read; none when there is none of this name.
    pub fn part(&mut self, name: &str) -> Result<Option<Part<'_>>, String> {
        let Some(n) = self.names.get(&name.to_lowercase()) else {
            return Ok(None);
        };
        let file = self.zip.by_index(*n).map_err(zip_told)?;
        let most = SMALL.max(file.compressed_size().saturating_mul(DENSEST));
        let bounded = Bounded {
            inner: BufReader::with_capacity(32 * 1024, file),
            since: 0,
            most,
            left: &mut self.left,
        };
        Ok(Some(Part {
            reader: Reader::from_reader(bounded),
            buffer: vec![],
            depth: 0,
        }))
    }
}

/// Looks at the directory's size before the library reads it: at every place where one could end.
fn check_directory(file: &mut File) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(66 * 1024);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = vec![];
    file.take(66 * 1024).read_to_end(&mut tail)?;
    for end in tail.windows(22).filter(|it| it.starts_with(b"PK\x05\x06")) {
        let number = |at: usize| {
            end.get(at..at + 4)
                .and_then(|it| it.try_into().ok())
                .map(u32::from_le_bytes)
        };
        // Such sizes stand elsewhere (ZIP64) only where they are larger than any of ours.
        if number(12).is_none_or(|it| it > LARGEST_DIRECTORY) {
            return Err(ErrorKind::InvalidData.into());
        }
    }
    Ok(())
}

/// One part, event by event.
pub struct Part<'a> {
    reader: Reader<Bounded<'a, BufReader<ZipFile<'a, BufReader<File>>>>>,
    buffer: Vec<u8>,
    depth: usize,
}

impl Part<'_> {
    /// The next event; [`Event::Eof`] at the end.
    pub fn next(&mut self) -> Result<Event<'_>, String> {
        self.buffer.clear();
        self.reader.get_mut().since = 0;
        let event = self.reader.read_event_into(&mut self.buffer);
        match event {
            Ok(Event::Start(_)) if self.depth >= DEEPEST => Err(damaged()),
            Ok(Event::DocType(_)) => Err(damaged()),
            Ok(Event::Eof) if self.depth > 0 => Err(damaged()),
            Ok(event) => {
                match event {
                    Event::Start(_) => self.depth += 1,
                    Event::End(_) => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                Ok(event)
            }
            Err(quick_xml::Error::Io(error)) => Err(told(&error)),
            Err(_) => Err(damaged()),
        }
    }
}

/// An element's attribute, without namespace.
pub fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut all = element.attributes();
    let found = all
        .with_checks(false)
        .flatten()
        .find(|it| it.key.local_name().into_inner() == name)?;
    let value = quick_xml::escape::unescape(&found.value).ok()?;
    Some(value.into_owned())
}

/// Adds what an event says to a text; false when it says nothing.
pub fn add_text(event: &Event<'_>, out: &mut String) -> Result<bool, String> {
    match event {
        Event::Text(it) => out.push_str(&it.xml10_content()),
        Event::CData(it) => out.push_str(&it.xml10_content()),
        Event::GeneralRef(it) => match it.resolve_char_ref() {
            Ok(Some(c)) => out.push(c),
            Ok(None) => {
                let known = quick_xml::escape::resolve_predefined_entity(&it.xml10_content());
                out.push_str(known.ok_or_else(damaged)?);
            }
            Err(_) => return Err(damaged()),
        },
        _ => return Ok(false),
    }
    if out.len() > LONGEST {
        return Err(TOO_LARGE.into());
    }
    Ok(true)
}

/// Ends with an error where a part goes beyond its limits.
struct Bounded<'a, R> {
    inner: R,
    /// Read since the last event.
    since: usize,
    /// What may still be read of this part, and of all.
    most: u64,
    left: &'a mut u64,
}

impl<R: BufRead> Read for Bounded<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Bounded<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.since > LONGEST || self.most == 0 || *self.left == 0 {
            return Err(ErrorKind::FileTooLarge.into());
        }
        self.inner.fill_buf()
    }
    fn consume(&mut self, amount: usize) {
        self.since += amount;
        self.most = self.most.saturating_sub(amount as u64);
        *self.left = self.left.saturating_sub(amount as u64);
        self.inner.consume(amount);
    }
}

fn told(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::FileTooLarge => TOO_LARGE.into(),
        _ => damaged(),
    }
}

fn zip_told(error: ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => "This workbook is protected by a password. Open it, remove the password, save it and upload that file.".into(),
        ZipError::Io(error) => told(&error),
        _ => damaged(),
    }
}
