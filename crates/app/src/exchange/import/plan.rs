//! The plan (IMP-02): every row through the code that applies it, and nothing written but what it
//! would come to.

use kit::access::Source;
use kit::call::json;
use kit::job::{JobContext, Outcome, Progress, Stop};
use kit::{Error, Result, sql};
use serde::{Deserialize, Serialize};
use serde_json::json as object;

use super::decide::{Setup, decide};
use super::file::FileReader;
use super::object::{Importable, is_read_only};
use super::repeats::Repeats;
use super::rows::Position;
use super::store::{self, Phase, Tally};
use super::{Counts, Import, ImportState, LIFETIME};

/// Rows of one transaction. It reads many and writes little.
const CHUNK: usize = 2_000;

/// Where a plan goes on.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Checkpoint {
    pub position: Position,
    pub counts: Counts,
}

/// The job `import_plan` of an import of `T`.
pub async fn run<T: Importable>(mut job: JobContext, mut import: Import) -> Outcome {
    let checkpoint: Option<Checkpoint> = job.checkpoint()?;
    if checkpoint.is_none() {
        import = begin::<T>(&mut job, import).await?;
    }
    let setup = setup::<T>(&job, &import).await?;
    let total = import.counts.rows;
    let repeats = Repeats::find(&job, &import, &setup).await?;
    let (mut file, mut counts) = match checkpoint {
        Some(it) if it.position != Position::default() => (
            FileReader::resume(&job.state.db, &import, it.position).await?,
            it.counts,
        ),
        _ => (
            FileReader::open(&job.state.db, &import).await?,
            Counts {
                rows: total,
                ..Counts::default()
            },
        ),
    };
    let mut done = counts.decided();
    loop {
        job.go_on().await?;
        let mut drafts = Vec::with_capacity(CHUNK);
        let read = file
            .each(CHUNK, |(record, end)| {
                drafts.push(setup.reader.read(&record, end));
                Ok(())
            })
            .await?;
        if read == 0 {
            break;
        }
        for draft in &mut drafts {
            let repeated = repeats.errors(draft, &setup.reader);
            draft.errors.extend(repeated);
        }
        let mut call = job.reading(Source::Import).await?;
        let setup = Setup::<T>::load(&mut call, &import).await?;
        let decided = decide(&mut call, &setup, &drafts.iter().collect::<Vec<_>>()).await?;
        let mut tally = Tally::new(&import, Phase::Plan, counts);
        decided.iter().for_each(|it| tally.add(it));
        let mut call = job.call(Source::Import).await?;
        counts = tally.write(&mut call).await?;
        done += i64::try_from(read).unwrap_or_default();
        let checkpoint = Checkpoint {
            position: file.position(),
            counts,
        };
        job.progress(
            &mut call,
            Progress {
                done,
                total,
                message: "Checking rows".into(),
            },
            &checkpoint,
        )
        .await?;
        call.commit(vec![]).await?;
    }
    finish(&mut job, &import, counts).await?;
    Ok(object!({ "counts": counts }))
}

async fn setup<T: Importable>(job: &JobContext, import: &Import) -> Result<Setup<T>, Stop> {
    let mut call = job.reading(Source::Import).await?;
    Ok(Setup::<T>::load(&mut call, import).await?)
}

/// Forgets an earlier plan, and settles how rows find records.
async fn begin<T: Importable>(job: &mut JobContext, import: Import) -> Result<Import, Stop> {
    let setup = setup::<T>(job, &import).await?;
    let mut call = job.call(Source::Import).await?;
    let mut notes = vec![];
    let mut matched: Vec<String> = import.match_columns.clone();
    if matched.is_empty() {
        let is_mapped = |name: &str| import.mapping.0.contains_key(name);
        let (usual, note) = T::usual_match(&setup.target, &is_mapped);
        matched = usual.into_iter().map(str::to_owned).collect();
        notes.push(note);
    }
    let is_mapped = |header: &&String| import.mapping.0.values().any(|it| it == *header);
    let (read_only, other): (Vec<&String>, Vec<&String>) = import
        .headers
        .iter()
        .filter(|it| !is_mapped(it))
        .partition(|it| is_read_only::<T>(it));
    let listed = |all: &[&String]| {
        all.iter()
            .map(|it| it.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !read_only.is_empty() {
        notes.push(format!(
            "Read-only columns are ignored: {}.",
            listed(&read_only)
        ));
    }
    if !other.is_empty() {
        notes.push(format!(
            "Columns that are not mapped are ignored: {}.",
            listed(&other)
        ));
    }
    notes.extend(store::imported_before(&mut call, &import).await?);
    let ignored: Vec<&String> = read_only.into_iter().chain(other).collect();
    store::clear_rows(&mut call, import.id.uuid()).await?;
    let sql = sql!(
        "update imports set match_columns = $1, notes = $2, ignored_columns = $3 where id = $4",
        matched,
        notes,
        json(&ignored),
        import.id
    );
    call.execute(sql).await?;
    let import = store::load(&mut call, import.id.uuid()).await?;
    job.progress(
        &mut call,
        Progress {
            done: 0,
            total: import.counts.rows,
            message: "Looking for repeated rows".into(),
        },
        &Checkpoint::default(),
    )
    .await?;
    call.commit(vec![]).await?;
    Ok(import)
}

async fn finish(job: &mut JobContext, import: &Import, counts: Counts) -> Result<(), Stop> {
    let mut call = job.call(Source::Import).await?;
    let message = match counts.refused {
        0 => String::new(),
        _ if import.good_rows_only => format!(
            "{} of {} rows will be left out.",
            counts.refused, counts.rows
        ),
        _ => format!(
            "{} of {} rows are refused. Correct them, or take the good rows only.",
            counts.refused, counts.rows
        ),
    };
    let sql = sql!(
        "update imports set rows_total = $1, planned_at = $2, expires_at = $3 where id = $4",
        counts.decided(),
        call.now,
        call.now.plus_seconds(LIFETIME),
        import.id
    );
    call.execute(sql).await?;
    if !store::move_on(
        &mut call,
        import.id.uuid(),
        &[ImportState::Planning],
        ImportState::Planned,
        &message,
    )
    .await?
    {
        return Err(
            Error::conflict("not_planning", "This import is not being planned any more.").into(),
        );
    }
    let progress = Progress {
        done: counts.decided(),
        total: counts.decided(),
        message: String::new(),
    };
    job.progress(
        &mut call,
        progress,
        &Checkpoint {
            counts,
            ..Checkpoint::default()
        },
    )
    .await?;
    call.commit(vec![]).await?;
    Ok(())
}
