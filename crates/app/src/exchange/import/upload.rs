//! The upload (IMP-02): a stream of bytes becomes pieces in the database, in several transactions,
//! and nothing is held in memory but the piece under way.

use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use kit::access::Caller;
use kit::call::{Call, Origin};
use kit::conn::{Bind, JsonOf};
use kit::event::Event;
use kit::secret::Digesting;
use kit::text::{Line, clip};
use kit::{Error, Result, State, sql, store};
use tokio::io::{AsyncRead, AsyncReadExt};
use uuid::Uuid;

use super::detect::{Detected, detect, encoding, whole_characters};
use super::file::{PIECE, unreadable};
use super::objects::object;
use super::rows::{Format, Position, Splitter};
use super::{Import, ImportState, LIFETIME, mapping};

/// The largest file: 2 GiB.
const MOST: i64 = 2 * 1024 * 1024 * 1024;

/// What is told about a file before its bytes.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// What its rows are: `customers`.
    pub object: String,
    pub file_name: String,
}

/// Takes a file in. `call` finishes it: with its event, and with the request's idempotency key.
pub async fn upload<E: std::fmt::Display>(
    mut call: Call,
    new: NewImport,
    mut bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<(Call, Import)> {
    let scope = call.allow::<Import>("create")?;
    let object = object(&new.object)?;
    (object.allow)(&call)?;
    let file_name = Line::<255>::parse(&clip(&new.file_name, 200))
        .map_err(|it| Error::field("/file_name", "invalid", it))?;
    let parts = Parts::of(&call);
    let id = begin(&parts, &new.object, &file_name).await?;
    let outcome = take_in(&parts, id, &mut bytes).await;
    let file = match outcome {
        Ok(file) => file,
        Err(error) => {
            // What does not arrive is not kept; if this fails too, it expires.
            if let Err(error) = remove(&parts, id).await {
                tracing::warn!(import = %id, %error, "a broken upload stays until it expires");
            }
            return Err(error);
        }
    };
    let memory = mapping::remembered(&mut call, &new.object).await?;
    let (headers, sample) = (&file.found.headers, &file.found.sample);
    let last = memory.of(headers).cloned().unwrap_or_default();
    let suggested = match last.mapping.is_empty() {
        true => (object.suggest)(headers, sample, &memory.headers),
        false => last.mapping,
    };
    let sql = sql!(
        "update imports set state = 'uploaded', format = $1, delimiter = $2, encoding = $3, file_hash = $4, file_size = $5, headers = $6, sample = $7, suggested_mapping = $8, mapping = $8, match_columns = $9, separator = $10, rows_total = $11, updated_at = $12 where id = $13",
        file.found.format,
        char::from(file.found.delimiter).to_string(),
        file.encoding,
        file.hash,
        file.size,
        file.found.headers.clone(),
        JsonOf(
            file.found
                .sample
                .iter()
                .map(|row| row
                    .iter()
                    .map(|it| clip(it, 200).into_owned())
                    .collect::<Vec<_>>())
                .collect::<Vec<_>>()
        ),
        JsonOf(suggested),
        last.match_columns,
        last.separator,
        file.rows,
        call.now,
        id
    );
    call.execute(sql).await?;
    let import = call.find(&scope, id.into()).await?;
    Ok((call, import))
}

/// The same from any reader, kept: for the command line.
pub async fn upload_from_reader(
    state: &State,
    caller: Arc<Caller>,
    new: NewImport,
    reader: impl AsyncRead + Send + Unpin,
) -> Result<Import> {
    let call = Call::new(state, caller, Origin::default());
    let pieces = stream::unfold(reader, |mut reader| async move {
        let mut piece = vec![0; 64 * 1024];
        match reader.read(&mut piece).await {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some((Ok(Bytes::from(piece)), reader))
            }
            Err(error) => Some((Err(error), reader)),
        }
    });
    let (call, import) = upload(call, new, Box::pin(pieces)).await?;
    call.commit(Event::of("create", &import)).await?;
    Ok(import)
}

async fn begin(parts: &Parts, object: &str, file_name: &str) -> Result<Uuid> {
    let mut call = parts.next();
    let id = store::new_id(&call);
    let home = call.home();
    let (list, empty) = (
        || serde_json::json!([]).to_value(),
        || serde_json::json!({}).to_value(),
    );
    let set = vec![
        ("id", id.to_value()),
        ("provider_id", home.provider().to_value()),
        ("reseller_id", home.reseller().to_value()),
        ("customer_id", home.customer().to_value()),
        ("user_id", call.caller.user_id.to_value()),
        ("user_name", call.caller.name.clone().to_value()),
        ("object", object.to_value()),
        ("file_name", file_name.to_value()),
        ("format", Format::Csv.to_value()),
        ("delimiter", ",".to_value()),
        ("encoding", "".to_value()),
        ("file_hash", "".to_value()),
        ("file_size", 0_i64.to_value()),
        ("headers", list()),
        ("sample", list()),
        ("suggested_mapping", empty()),
        ("mapping", empty()),
        ("match_columns", list()),
        ("separator", "".to_value()),
        ("good_rows_only", false.to_value()),
        ("state", ImportState::Uploading.to_value()),
        ("message", "".to_value()),
        ("rows_total", 0_i64.to_value()),
        ("rows_created", 0_i64.to_value()),
        ("rows_updated", 0_i64.to_value()),
        ("rows_unchanged", 0_i64.to_value()),
        ("rows_refused", 0_i64.to_value()),
        ("rows_cleaned", 0_i64.to_value()),
        ("ignored_columns", list()),
        ("notes", list()),
        ("expires_at", call.now.plus_seconds(LIFETIME).to_value()),
        ("version", 1_i64.to_value()),
        ("created_at", call.now.to_value()),
        ("updated_at", call.now.to_value()),
    ];
    store::insert(&mut call, "imports", set).await?;
    call.commit(vec![]).await?;
    Ok(id)
}

/// Transactions for the parts of the upload; the request's own one is its end.
struct Parts {
    state: State,
    caller: Arc<Caller>,
    origin: Origin,
}

impl Parts {
    fn of(call: &Call) -> Self {
        let origin = Origin {
            idempotency: None,
            dry_run: false,
            ..call.origin.clone()
        };
        Self {
            state: call.state.clone(),
            caller: call.caller.clone(),
            origin,
        }
    }

    fn next(&self) -> Call {
        Call::new(&self.state, self.caller.clone(), self.origin.clone())
    }
}

struct Taken {
    found: Detected,
    encoding: &'static str,
    hash: String,
    size: i64,
    rows: i64,
}

/// Reads to the end, and finds out on the way what the file is and how many rows it has.
async fn take_in<E: std::fmt::Display>(
    parts: &Parts,
    id: Uuid,
    bytes: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
) -> Result<Taken> {
    let mut pieces = Pieces {
        id,
        buffer: Vec::with_capacity(PIECE + 64 * 1024),
        n: 0,
        hash: Digesting::default(),
        size: 0,
        splitter: None,
        rows: 0,
        encoding: "",
        found: None,
    };
    while let Some(more) = bytes.next().await {
        let more = more.map_err(|error| {
            Error::bad_request(
                "upload_broke_off",
                format!("The upload broke off: {error}."),
            )
        })?;
        pieces.size += i64::try_from(more.len()).unwrap_or(MOST);
        if pieces.size > MOST {
            return Err(Error::TooLarge {
                detail: "A file may have at most 2 GiB; split it.".into(),
            });
        }
        pieces.hash.add(&more);
        pieces.buffer.extend_from_slice(&more);
        while pieces.buffer.len() >= PIECE {
            pieces.keep(parts, false).await?;
        }
    }
    pieces.keep(parts, true).await?;
    pieces.end()
}

struct Pieces {
    id: Uuid,
    buffer: Vec<u8>,
    n: i64,
    hash: Digesting,
    size: i64,
    splitter: Option<Splitter>,
    rows: i64,
    encoding: &'static str,
    found: Option<Detected>,
}

impl Pieces {
    /// Writes one piece, or all that is left.
    async fn keep(&mut self, parts: &Parts, last: bool) -> Result<()> {
        if self.found.is_none() {
            self.encoding = encoding(&mut self.buffer).map_err(not_taken)?;
        }
        let lines = self.splitter.as_ref().map_or(0, |it| it.lines().0);
        let most = if last {
            self.buffer.len()
        } else {
            PIECE.min(self.buffer.len())
        };
        let whole = whole_characters(self.buffer.get(..most).unwrap_or_default(), lines, last)
            .map_err(not_taken)?;
        let rest = self.buffer.split_off(whole);
        let piece = std::mem::replace(&mut self.buffer, rest);
        if self.found.is_none() {
            let found = detect(&piece).map_err(not_taken)?;
            self.splitter = Some(Splitter::new(
                found.format,
                found.delimiter,
                Position::default(),
            ));
            self.found = Some(found);
        }
        self.count(&piece)?;
        if piece.is_empty() {
            return Ok(());
        }
        let mut call = parts.next();
        let row = vec![self.id.to_value(), self.n.to_value(), piece.to_value()];
        call.insert_all("import_chunks", &["import_id", "n", "bytes"], vec![row])
            .await?;
        call.commit(vec![]).await?;
        self.n += 1;
        Ok(())
    }

    fn count(&mut self, piece: &[u8]) -> Result<()> {
        let Some(splitter) = &mut self.splitter else {
            return Ok(());
        };
        let mut at = 0;
        while at < piece.len() {
            let (taken, complete) = splitter
                .take(piece.get(at..).unwrap_or_default())
                .map_err(unreadable)?;
            at += taken;
            self.rows += i64::from(complete);
        }
        Ok(())
    }

    fn end(mut self) -> Result<Taken> {
        if let Some(splitter) = &mut self.splitter {
            let (_, complete) = splitter.take(&[]).map_err(unreadable)?;
            self.rows += i64::from(complete);
        }
        let found = self
            .found
            .ok_or_else(|| not_taken("The file is empty.".into()))?;
        let rows = self.rows - i64::from(found.format == Format::Csv);
        if rows <= 0 {
            return Err(not_taken(
                "The file names its columns but has no rows.".into(),
            ));
        }
        Ok(Taken {
            found,
            encoding: self.encoding,
            hash: self.hash.text(),
            size: self.size,
            rows,
        })
    }
}

fn not_taken(message: String) -> Error {
    Error::field("", "invalid_file", message)
}

async fn remove(parts: &Parts, id: Uuid) -> Result<()> {
    let mut call = parts.next();
    call.execute(sql!("delete from import_chunks where import_id = $1", id).slow())
        .await?;
    call.execute(sql!("delete from imports where id = $1", id))
        .await?;
    call.commit(vec![]).await
}
