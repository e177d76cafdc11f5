//! The run (IMP-04): chunks of rows, one transaction each, every row decided on again in it. The
//! position after the chunk is committed with it, so that after a crash no row is done twice.

use std::time::Duration;

use kit::access::Source;
use kit::error::FieldError;
use kit::job::{JobContext, Outcome, Progress, Stop};
use kit::{Error, Result, text};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::decide::{Decided, Decision, Setup, decide};
use super::draft::{Draft, Reader, RowError};
use super::file::FileReader;
use super::object::Importable;
use super::rows::Position;
use super::store::{self, Phase, Tally};
use super::{Counts, Import, ImportState, mapping};

/// Rows of one transaction (IMP-04).
const CHUNK: usize = 1_000;
/// How often a chunk is tried again when the database asks for it.
const TRIES: u32 = 6;
/// From this many new rows on, the database looks again at how to find things among them.
const MANY: i64 = 10_000;

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Checkpoint {
    position: Position,
    counts: Counts,
}

/// Why a chunk was not kept.
enum Refusal {
    /// One row is the reason, perhaps known which.
    Row {
        nth: Option<usize>,
        error: Error,
    },
    Stop(Stop),
}

impl From<Stop> for Refusal {
    fn from(it: Stop) -> Self {
        Self::Stop(it)
    }
}

/// The job `import_apply` of an import of `T`.
pub async fn run<T: Importable>(job: JobContext, import: Import) -> Outcome {
    let checkpoint: Option<Checkpoint> = job.checkpoint()?;
    let rows = import.counts.rows;
    let (mut file, counts) = match checkpoint {
        Some(it) => (
            FileReader::resume(&job.state.db, &import, it.position).await?,
            it.counts,
        ),
        None => (
            FileReader::open(&job.state.db, &import).await?,
            Counts {
                rows,
                ..Counts::default()
            },
        ),
    };
    let reader = Reader::of(&import, mapping::check::<T>(&import, &import.mapping.0)?);
    let mut work = Work::<T> {
        job,
        import,
        counts,
        of: std::marker::PhantomData,
    };
    loop {
        work.job.go_on().await?;
        let mut drafts = Vec::with_capacity(CHUNK);
        file.each(CHUNK, |(record, end)| {
            drafts.push(reader.read(&record, end));
            Ok(())
        })
        .await?;
        if drafts.is_empty() {
            break;
        }
        if let Some(line) = work.chunk(drafts).await? {
            return Ok(json!({ "counts": work.counts, "stopped_at_line": line }));
        }
    }
    work.finish().await?;
    Ok(json!({ "counts": work.counts }))
}

struct Work<T> {
    job: JobContext,
    import: Import,
    counts: Counts,
    of: std::marker::PhantomData<fn() -> T>,
}

impl<T: Importable> Work<T> {
    /// Keeps a chunk, whole or in ever smaller parts around a row at fault; the line at which a
    /// whole-file import stops.
    async fn chunk(&mut self, drafts: Vec<Draft>) -> Result<Option<i64>, Stop> {
        let mut parts = vec![drafts];
        while let Some(mut part) = parts.pop() {
            let refusal = match self.keep(&part).await {
                Ok(()) => continue,
                Err(Refusal::Stop(stop)) => return Err(stop),
                Err(Refusal::Row { nth, error }) => (nth, error),
            };
            match refusal {
                (_, error) if part.len() == 1 => {
                    if self.refuse(&part, error).await? {
                        return Ok(part.first().map(|it| it.line));
                    }
                }
                // The rows before it are good; then it stands first, then alone.
                (Some(nth), _) if nth > 0 => {
                    let rest = part.split_off(nth);
                    parts.extend([rest, part]);
                }
                (Some(_), _) => {
                    let rest = part.split_off(1);
                    parts.extend([rest, part]);
                }
                (None, _) => {
                    let rest = part.split_off(part.len() / 2);
                    parts.extend([rest, part]);
                }
            }
        }
        Ok(None)
    }

    /// One transaction; again where the database asks for it.
    async fn keep(&mut self, drafts: &[Draft]) -> Result<(), Refusal> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.attempt(drafts).await {
                Err(Refusal::Stop(Stop::Failed(Error::Retry))) if tries < TRIES => {
                    tokio::time::sleep(Duration::from_millis(10 << tries)).await
                }
                // Somebody changed a record between reading and writing.
                Err(Refusal::Row {
                    error: Error::Stale(_),
                    ..
                }) if tries < TRIES => {}
                it => return it,
            }
        }
    }

    async fn attempt(&mut self, drafts: &[Draft]) -> Result<(), Refusal> {
        let mut call = self.job.call(Source::Import).await?;
        let setup = Setup::<T>::load(&mut call, &self.import)
            .await
            .map_err(failed)?;
        let lines = (
            drafts.first().map_or(0, |it| it.line),
            drafts.last().map_or(0, |it| it.line),
        );
        let left_out = match self.import.good_rows_only {
            true => store::refused_by_plan(&mut call, self.import.id.uuid(), lines.0, lines.1)
                .await
                .map_err(failed)?,
            false => Default::default(),
        };
        let (refused, wanted): (Vec<&Draft>, Vec<&Draft>) =
            drafts.iter().partition(|it| left_out.contains(&it.line));
        let decided = decide(&mut call, &setup, &wanted).await.map_err(failed)?;
        if !self.import.good_rows_only
            && let Some(nth) = decided
                .iter()
                .position(|it| matches!(it.decision, Decision::Refused))
        {
            let error = decided.get(nth).map_or(Error::NotFound, as_error);
            return Err(Refusal::Row {
                nth: Some(nth),
                error,
            });
        }
        let mut tally = Tally::new(&self.import, Phase::Apply, self.counts);
        // The plan told why already.
        tally.counts.refused += i64::try_from(refused.len()).unwrap_or_default();
        decided.iter().for_each(|it| tally.add(it));
        let (mut new, mut changes) = (vec![], vec![]);
        for it in decided {
            match it.decision {
                Decision::Create(it) => new.push(it),
                Decision::Change { before, edit, .. } => changes.push((*before, edit)),
                Decision::Unchanged(_) | Decision::Refused => {}
            }
        }
        if !new.is_empty() && !changes.is_empty() {
            T::lock(&mut call, &new, &changes).await.map_err(failed)?;
        }
        let mut events = vec![];
        if !new.is_empty() {
            let made = T::create_all(&mut call, &setup.target, new).await;
            events.extend(made.map_err(row_failed)?);
        }
        if !changes.is_empty() {
            let scope = call.allow::<T>("update").map_err(failed)?;
            let changed = T::change_all(&mut call, &scope, changes).await;
            events.extend(changed.map_err(row_failed)?);
        }
        let counts = tally.write(&mut call).await.map_err(failed)?;
        let position = drafts.last().map(|it| it.end).unwrap_or_default();
        self.advance(&mut call, position, counts).await?;
        call.commit(events).await.map_err(failed)?;
        self.counts = counts;
        Ok(())
    }

    async fn advance(
        &mut self,
        call: &mut kit::call::Call,
        position: Position,
        counts: Counts,
    ) -> Result<(), Stop> {
        let progress = Progress {
            done: counts.decided(),
            total: counts.rows,
            message: "Applying rows".into(),
        };
        self.job
            .progress(call, progress, &Checkpoint { position, counts })
            .await
    }

    /// Notes a row that failed although the plan found it good; true when the import stops there.
    async fn refuse(&mut self, rows: &[Draft], error: Error) -> Result<bool, Stop> {
        let Some(draft) = rows.first() else {
            return Ok(false);
        };
        let mut call = self.job.call(Source::Import).await?;
        let setup = Setup::<T>::load(&mut call, &self.import).await?;
        let errors = match error {
            Error::Invalid(errors) => errors,
            error => vec![FieldError::new("", "refused", error.sentence())],
        };
        let errors: Vec<RowError> = errors
            .iter()
            .map(|it| setup.reader.row_error(draft, it))
            .collect();
        let told = errors
            .first()
            .map(|it| format!("{} {}", it.column, it.message))
            .unwrap_or_default();
        let decided = Decided::<T> {
            line: draft.line,
            title: T::row_title(&draft.fields),
            decision: Decision::Refused,
            errors,
            cleaned: vec![],
        };
        let mut tally = Tally::new(&self.import, Phase::Apply, self.counts);
        tally.add(&decided);
        let counts = tally.write(&mut call).await?;
        let stops = !self.import.good_rows_only;
        if stops {
            let applied = counts.created + counts.updated;
            let message = format!(
                "Stopped at {} {}: {}. {applied} rows before it were applied and stay, unless you undo the import.",
                self.import.format.place().to_lowercase(),
                draft.line,
                text::clip(told.trim().trim_end_matches('.'), 300)
            );
            store::move_on(
                &mut call,
                self.import.id.uuid(),
                &[ImportState::Applying],
                ImportState::Stopped,
                &message,
            )
            .await?;
        }
        self.advance(&mut call, draft.end, counts).await?;
        call.commit(vec![]).await?;
        self.counts = counts;
        Ok(stops)
    }

    async fn finish(&mut self) -> Result<(), Stop> {
        if self.counts.created >= MANY
            && let Err(error) = self.job.state.db.analyze().await
        {
            tracing::warn!(%error, "no look at the new rows");
        }
        let mut call = self.job.call(Source::Import).await?;
        let message = format!(
            "{} created, {} updated, {} unchanged, {} refused.",
            self.counts.created, self.counts.updated, self.counts.unchanged, self.counts.refused
        );
        store::move_on(
            &mut call,
            self.import.id.uuid(),
            &[ImportState::Applying],
            ImportState::Done,
            &message,
        )
        .await?;
        call.commit(vec![]).await?;
        Ok(())
    }
}

fn failed(error: Error) -> Refusal {
    Refusal::Stop(Stop::Failed(error))
}

/// What a row can be the reason of; everything else stops the job.
fn row_failed(error: Error) -> Refusal {
    match error {
        Error::Invalid(_)
        | Error::Conflict { .. }
        | Error::Constraint { .. }
        | Error::Stale(_)
        | Error::NotFound
        | Error::BadRequest { .. } => Refusal::Row { nth: None, error },
        error => failed(error),
    }
}

fn as_error<T: Importable>(it: &Decided<T>) -> Error {
    Error::Invalid(
        it.errors
            .iter()
            .map(|it| FieldError::new(format!("/{}", it.field), &it.code, it.message.clone()))
            .collect(),
    )
}
