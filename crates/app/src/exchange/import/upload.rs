//! The upload (IMP-02): a stream of bytes becomes pieces in the database, in several transactions,
//! and nothing is held in memory but the piece under way.

use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use kit::access::Caller;
use kit::call::{Call, Origin};
use kit::conn::{Bind, JsonOf};
use kit::event::Event;
use kit::format::Format;
use kit::secret::Digesting;
use kit::text::{self, Line, clip};
use kit::{Error, Result, State, sql, store};
use tokio::io::{AsyncRead, AsyncReadExt};
use uuid::Uuid;

use super::detect::{Detected, SIGNATURE, is_workbook};
use super::objects::object;
use super::{Import, ImportState, LIFETIME, mapping, pieces, workbook};

/// The largest file: 2 GiB.
pub const MOST: i64 = 2 * 1024 * 1024 * 1024;

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
    bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<(Call, Import)> {
    let scope = call.allow::<Import>("create")?;
    let object = object(&new.object)?;
    (object.allow)(&call)?;
    let file_name = Line::<255>::parse(&clip(&new.file_name, 200))
        .map_err(|it| Error::field("/file_name", "invalid", it))?;
    let parts = Parts::of(&call);
    let id = begin(&parts, &new.object, &file_name).await?;
    let outcome = take_in(&parts, id, &file_name, bytes).await;
    let (file, hash, size) = match outcome {
        Ok(it) => it,
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
        "update imports set state = 'uploaded', format = $1, delimiter = $2, encoding = $3, file_hash = $4, file_size = $5, headers = $6, sample = $7, suggested_mapping = $8, mapping = $8, match_columns = $9, separator = $10, rows_total = $11, message = $12, updated_at = $13 where id = $14",
        file.found.format,
        char::from(file.found.delimiter).to_string(),
        file.encoding,
        hash,
        size,
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
        text::clean(&file.message).as_ref(),
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
pub struct Parts {
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

    /// Keeps the nth piece of a file.
    pub async fn keep(&self, id: Uuid, n: i64, piece: Vec<u8>) -> Result<()> {
        let mut call = self.next();
        let row = vec![id.to_value(), n.to_value(), piece.to_value()];
        call.insert_all("import_chunks", &["import_id", "n", "bytes"], vec![row])
            .await?;
        call.commit(vec![]).await
    }
}

/// What came in.
pub struct Taken {
    pub found: Detected,
    pub encoding: &'static str,
    pub rows: i64,
    /// What to know about how it was read.
    pub message: String,
}

/// Reads to the end, and finds out on the way what the file is and how many rows it has.
async fn take_in<E: std::fmt::Display>(
    parts: &Parts,
    id: Uuid,
    name: &str,
    bytes: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<(Taken, String, i64)> {
    let mut source = Source {
        bytes,
        hash: Digesting::default(),
        size: 0,
    };
    let mut head = vec![];
    while head.len() < SIGNATURE
        && let Some(more) = source.next().await?
    {
        head.extend_from_slice(&more);
    }
    let taken = match is_workbook(&head).map_err(not_taken)? {
        true => workbook::take_in(parts, id, head, &mut source).await?,
        false => pieces::take_in(parts, id, name, head, &mut source).await?,
    };
    Ok((taken, source.hash.text(), source.size))
}

/// The bytes as they come, counted.
pub struct Source<S> {
    bytes: S,
    hash: Digesting,
    size: i64,
}

impl<S: Stream<Item = Result<Bytes, E>> + Unpin, E: std::fmt::Display> Source<S> {
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(more) = self.bytes.next().await else {
            return Ok(None);
        };
        let more = more.map_err(|error| {
            Error::bad_request(
                "upload_broke_off",
                format!("The upload broke off: {error}."),
            )
        })?;
        self.size += i64::try_from(more.len()).unwrap_or(MOST);
        if self.size > MOST {
            return Err(Error::TooLarge {
                detail: "A file may have at most 2 GiB; split it.".into(),
            });
        }
        self.hash.add(&more);
        Ok(Some(more))
    }
}

/// A file that cannot be taken as it is.
pub fn not_taken(message: String) -> Error {
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
