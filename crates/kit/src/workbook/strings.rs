//! The texts that a workbook's sheets share. There may be millions, so they lie in a temporary file,
//! of which some blocks are kept.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};

use quick_xml::events::Event;

use super::part::{Part, add_text, damaged};
use super::text;

/// The place of each so manieth text is known; those between are counted off.
const STRIDE: u32 = 8;
const BLOCK: usize = 4096;
/// Blocks kept: 16 MiB.
const KEPT: usize = 4096;

#[derive(Default)]
pub struct Strings {
    file: Option<File>,
    /// Where the texts 0, `STRIDE`, 2 `STRIDE` … begin.
    marks: Vec<u64>,
    count: u32,
    /// A block's number and bytes, at the place of its number modulo `KEPT`.
    blocks: Vec<Option<(u64, Box<[u8]>)>>,
}

impl Strings {
    pub fn read(mut part: Part<'_>) -> Result<Self, String> {
        let mut out = BufWriter::new(tempfile::tempfile().map_err(no_room)?);
        let (mut marks, mut count, mut end) = (vec![], 0_u32, 0_u64);
        let (mut raw, mut done) = (String::new(), String::new());
        // Inside <t>, but not of <rPh>, which tells how to pronounce it.
        let (mut within, mut spoken) = (false, false);
        loop {
            let event = part.next()?;
            match &event {
                Event::Start(it) => match it.local_name().into_inner() {
                    "si" => raw.clear(),
                    "t" => within = !spoken,
                    "rPh" => spoken = true,
                    _ => {}
                },
                Event::End(it) => match it.local_name().into_inner() {
                    "t" => within = false,
                    "rPh" => spoken = false,
                    "si" => {
                        done.clear();
                        text::unescape(&raw, &mut done);
                        raw.clear();
                        if count.is_multiple_of(STRIDE) {
                            marks.push(end);
                        }
                        let length = u32::try_from(done.len()).map_err(|_| damaged())?;
                        out.write_all(&length.to_le_bytes()).map_err(no_room)?;
                        out.write_all(done.as_bytes()).map_err(no_room)?;
                        end += 4 + u64::from(length);
                        count += 1;
                    }
                    _ => {}
                },
                Event::Empty(it) if it.local_name().into_inner() == "si" => {
                    if count.is_multiple_of(STRIDE) {
                        marks.push(end);
                    }
                    out.write_all(&[0; 4]).map_err(no_room)?;
                    end += 4;
                    count += 1;
                }
                Event::Eof => break,
                event if within => _ = add_text(event, &mut raw)?,
                _ => {}
            }
        }
        let file = out.into_inner().map_err(|it| no_room(it.into_error()))?;
        Ok(Self {
            file: Some(file),
            marks,
            count,
            blocks: (0..KEPT).map(|_| None).collect(),
        })
    }

    /// Adds the nth text.
    pub fn add(&mut self, n: u32, out: &mut String) -> Result<(), String> {
        if n >= self.count {
            return Err(damaged());
        }
        let mark = usize::try_from(n / STRIDE).map_err(|_| damaged())?;
        let mut at = *self.marks.get(mark).ok_or_else(damaged)?;
        let mut length = [0; 4];
        for _ in 0..n % STRIDE {
            self.bytes(at, &mut length)?;
            at += 4 + u64::from(u32::from_le_bytes(length));
        }
        self.bytes(at, &mut length)?;
        let mut found = vec![0; u32::from_le_bytes(length) as usize];
        self.bytes(at + 4, &mut found)?;
        out.push_str(std::str::from_utf8(&found).map_err(|_| damaged())?);
        Ok(())
    }

    fn bytes(&mut self, mut at: u64, mut out: &mut [u8]) -> Result<(), String> {
        while !out.is_empty() {
            let block = self.block(at / BLOCK as u64)?;
            let from = block
                .get((at % BLOCK as u64) as usize..)
                .unwrap_or_default();
            let most = from.len().min(out.len());
            if most == 0 {
                return Err(damaged());
            }
            let (now, rest) = out.split_at_mut(most);
            now.copy_from_slice(&from[..most]);
            at += most as u64;
            out = rest;
        }
        Ok(())
    }

    fn block(&mut self, n: u64) -> Result<&[u8], String> {
        let slot = self
            .blocks
            .get_mut((n % KEPT as u64) as usize)
            .ok_or_else(damaged)?;
        if slot.as_ref().is_none_or(|it| it.0 != n) {
            let file = self.file.as_mut().ok_or_else(damaged)?;
            let mut bytes = Vec::with_capacity(BLOCK);
            file.seek(SeekFrom::Start(n * BLOCK as u64))
                .map_err(no_room)?;
            file.take(BLOCK as u64)
                .read_to_end(&mut bytes)
                .map_err(no_room)?;
            *slot = Some((n, bytes.into_boxed_slice()));
        }
        Ok(slot.as_ref().map(|it| &*it.1).unwrap_or_default())
    }
}

fn no_room(error: std::io::Error) -> String {
    format!("The server cannot keep the workbook's texts while it reads them: {error}.")
}
