//! A workbook's sheets.

use std::fs::File;

use quick_xml::events::Event;

use super::number::Look;
use super::part::{Parts, attribute, damaged};
use super::sheet::{Meaning, Row, each_row};
use super::strings::Strings;

/// More sheets and looks than any program makes.
const MOST: usize = 100_000;

#[derive(Clone, Debug)]
pub struct Sheet {
    pub name: String,
    pub is_hidden: bool,
    part: String,
}

pub struct Workbook {
    parts: Parts,
    pub sheets: Vec<Sheet>,
    strings: Strings,
    looks: Vec<Look>,
    since_1904: bool,
}

impl Workbook {
    /// The error is for people: what it is instead, and what to do.
    pub fn open(file: File) -> Result<Self, String> {
        let mut parts = Parts::open(file)?;
        let links = links(&mut parts, "")?;
        let Some(main) = links.target("/officeDocument") else {
            return Err(other_archive(&parts));
        };
        if main.to_lowercase().ends_with(".bin") {
            return Err(other_archive(&parts));
        }
        let (named, since_1904) = sheets(&mut parts, &main)?;
        let links = self::links(&mut parts, &main)?;
        let named = named.into_iter().filter_map(|(name, id, is_hidden)| {
            Some(Sheet {
                name,
                is_hidden,
                part: links.by_id(&id)?,
            })
        });
        let sheets = named.collect();
        let looks = match links.target("/styles") {
            Some(name) => looks(&mut parts, &name)?,
            None => vec![],
        };
        let strings = match links.target("/sharedStrings") {
            Some(name) => match parts.part(&name)? {
                Some(part) => Strings::read(part)?,
                None => Strings::default(),
            },
            None => Strings::default(),
        };
        Ok(Self {
            parts,
            sheets,
            strings,
            looks,
            since_1904,
        })
    }

    /// Hands over each row of a sheet that has a value; ends early when `take` says false.
    pub fn each_row(
        &mut self,
        sheet: &Sheet,
        take: impl FnMut(&Row) -> Result<bool, String>,
    ) -> Result<(), String> {
        let part = self.parts.part(&sheet.part)?.ok_or_else(damaged)?;
        let meaning = Meaning {
            strings: &mut self.strings,
            looks: &self.looks,
            since_1904: self.since_1904,
        };
        each_row(part, meaning, take)
    }
}

/// What an archive without a workbook is.
fn other_archive(parts: &Parts) -> String {
    if parts.has("xl/workbook.bin") {
        "This is a binary workbook (.xlsb). Save it as XLSX and upload that file.".into()
    } else if parts.has("content.xml") {
        "This is an OpenDocument file (.ods). Save it as XLSX or CSV and upload that file.".into()
    } else {
        "This is an archive, not a workbook. Unpack it and upload the file inside.".into()
    }
}

/// Where the parts that another one names lie.
#[derive(Default)]
struct Links {
    /// Id, kind, part.
    all: Vec<(String, String, String)>,
}

impl Links {
    /// By the end of the kind, which is an address of two standards.
    fn target(&self, kind: &str) -> Option<String> {
        let found = self.all.iter().find(|it| it.1.ends_with(kind))?;
        Some(found.2.clone())
    }
    fn by_id(&self, id: &str) -> Option<String> {
        let found = self.all.iter().find(|it| it.0 == id)?;
        Some(found.2.clone())
    }
}

/// The links of a part; of the archive itself for "".
fn links(parts: &mut Parts, of: &str) -> Result<Links, String> {
    let (folder, name) = of.rsplit_once('/').unwrap_or(("", of));
    let path = |name: &str| match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    };
    let mut links = Links::default();
    let Some(mut part) = parts.part(&path(&format!("_rels/{name}.rels")))? else {
        return Ok(links);
    };
    loop {
        match part.next()? {
            Event::Start(it) | Event::Empty(it)
                if it.local_name().into_inner() == "Relationship" =>
            {
                let get = |name| attribute(&it, name).unwrap_or_default();
                let target = get("Target");
                let target = match target.strip_prefix('/') {
                    Some(absolute) => absolute.to_owned(),
                    None => path(&target),
                };
                links.all.push((get("Id"), get("Type"), target));
                if links.all.len() > MOST {
                    return Err(damaged());
                }
            }
            Event::Eof => return Ok(links),
            _ => {}
        }
    }
}

/// The sheets' names, ids and whether they are hidden; and whether days are counted from 1904.
#[allow(clippy::type_complexity, reason = "three words of one element")]
fn sheets(parts: &mut Parts, main: &str) -> Result<(Vec<(String, String, bool)>, bool), String> {
    let mut part = parts.part(main)?.ok_or_else(damaged)?;
    let (mut all, mut since_1904) = (vec![], false);
    loop {
        match part.next()? {
            Event::Start(it) | Event::Empty(it) => match it.local_name().into_inner() {
                "sheet" => {
                    let state = attribute(&it, "state").unwrap_or_default();
                    all.push((
                        attribute(&it, "name").unwrap_or_default(),
                        attribute(&it, "id").unwrap_or_default(),
                        state.eq_ignore_ascii_case("hidden")
                            || state.eq_ignore_ascii_case("veryHidden"),
                    ));
                    if all.len() > MOST {
                        return Err(damaged());
                    }
                }
                "workbookPr" => {
                    let said = attribute(&it, "date1904").unwrap_or_default();
                    since_1904 = matches!(said.as_str(), "1" | "true");
                }
                _ => {}
            },
            Event::Eof => return Ok((all, since_1904)),
            _ => {}
        }
    }
}

/// What the cells' styles make of numbers, in the order in which cells name them.
fn looks(parts: &mut Parts, name: &str) -> Result<Vec<Look>, String> {
    let Some(mut part) = parts.part(name)? else {
        return Ok(vec![]);
    };
    let mut own = std::collections::HashMap::new();
    let mut looks = vec![];
    let mut in_cells = false;
    loop {
        match part.next()? {
            Event::Start(it) | Event::Empty(it) => match it.local_name().into_inner() {
                "numFmt" => {
                    let id: Option<u32> = attribute(&it, "numFmtId").and_then(|it| it.parse().ok());
                    let code = attribute(&it, "formatCode").unwrap_or_default();
                    own.extend(id.map(|id| (id, Look::of(&code))));
                }
                "cellXfs" => in_cells = true,
                "xf" if in_cells => {
                    let id = attribute(&it, "numFmtId")
                        .and_then(|it| it.parse().ok())
                        .unwrap_or(0);
                    looks.push(own.get(&id).copied().unwrap_or_else(|| Look::built_in(id)));
                }
                _ => {}
            },
            Event::End(it) if it.local_name().into_inner() == "cellXfs" => in_cells = false,
            Event::Eof => return Ok(looks),
            _ => {}
        }
        if looks.len() > MOST || own.len() > MOST {
            return Err(damaged());
        }
    }
}
