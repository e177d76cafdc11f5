//! `tenantry import`: the same upload, plan, apply and undo as in the console, seen to the end.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::Arc;

use app::exchange::import::{self, Import as Record, NewImport, PlanRequest};
use kit::State;
use kit::access::Caller;
use kit::conn::JsonOf;
use kit::job::{Progress, Runner};
use kit::state::Settings;
use uuid::Uuid;

use crate::Outcome;
use crate::config::{Common, Import, ImportAction, ImportCommand, call, operator};

pub async fn run(common: &Common, command: ImportCommand) -> Outcome {
    let state = common.state(Settings::default()).await?;
    let outcome = match (command.action, command.import) {
        (Some(ImportAction::Undo { id }), _) => undo(&state, id).await,
        (None, Some(import)) => steps(&state, &import).await,
        (None, None) => Err("name what to import and the file; see --help".into()),
    };
    state.db.close().await;
    outcome
}

async fn steps(state: &State, args: &Import) -> Outcome {
    let file = tokio::fs::File::open(&args.file).await;
    let file = file.map_err(|it| format!("cannot read {}: {it}", args.file.display()))?;
    let name = args
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let caller: Arc<Caller> = operator();
    let new = NewImport {
        object: args.object.clone(),
        file_name: name,
    };
    let uploaded = import::upload_from_reader(state, caller.clone(), new, file)
        .await
        .map_err(|it| it.sentence())?;
    let request = PlanRequest {
        mapping: mapping(args, &uploaded)?,
        match_columns: args.match_columns.clone(),
        separator: None,
        good_rows_only: args.good_rows_only,
        node_id: node(state, args.into.as_deref()).await?,
    };
    let runner = app::background::runner(state);
    let planned = import::plan_now(
        &runner,
        state,
        caller.clone(),
        uploaded.id,
        request,
        &mut progress("Planning"),
    )
    .await;
    let planned = planned.map_err(|it| it.sentence())?;
    report(state, &planned, "plan").await?;
    if args.plan {
        return Ok(());
    }
    apply(state, &runner, caller, planned).await
}

async fn undo(state: &State, id: Uuid) -> Outcome {
    let runner = app::background::runner(state);
    let told = &mut progress("Undoing");
    let undone = import::undo_now(&runner, state, operator(), id.into(), told).await;
    let undone = undone.map_err(|it| it.sentence())?;
    println!("{}", undone.message);
    for (title, errors) in kept(state, &undone).await? {
        for error in errors.0 {
            println!("  {title}: {}", error.message);
        }
    }
    Ok(())
}

/// The first records that an undo left as they are, and why.
async fn kept(
    state: &State,
    import: &Record,
) -> Result<Vec<(String, JsonOf<Vec<import::RowError>>)>, String> {
    let sql = kit::sql!(
        "select title, errors from import_rows where import_id = $1 and phase = 'undo' order by line limit 20",
        import.id
    );
    call(state).query(sql).await.map_err(|it| it.sentence())
}

async fn apply(state: &State, runner: &Runner, caller: Arc<Caller>, planned: Record) -> Outcome {
    if planned.counts.refused > 0 && !planned.good_rows_only {
        return Err("nothing was imported: correct the refused rows, or leave them out with --good-rows-only".into());
    }
    let done = import::apply_now(
        runner,
        state,
        caller,
        planned.id,
        &mut progress("Importing"),
    )
    .await;
    report(state, &done.map_err(|it| it.sentence())?, "apply").await
}

/// The columns named with `--map`, over what the file's headers suggest.
fn mapping(args: &Import, uploaded: &Record) -> Result<BTreeMap<String, String>, String> {
    let mut mapping: BTreeMap<String, String> =
        uploaded.suggested_mapping.0.clone().into_iter().collect();
    for pair in &args.map {
        let (header, field) = pair
            .rsplit_once('=')
            .ok_or_else(|| format!("“{pair}” is no mapping; write it as 'Company=name'"))?;
        mapping.retain(|_, it| it != header);
        mapping.insert(field.to_owned(), header.to_owned());
    }
    Ok(mapping)
}

/// The provider or reseller with this code or id.
async fn node(state: &State, named: Option<&str>) -> Result<Option<Uuid>, String> {
    let Some(named) = named else { return Ok(None) };
    if let Ok(id) = Uuid::parse_str(named) {
        return Ok(Some(id));
    }
    let mut call = call(state);
    let sql = kit::sql!(
        "select id from providers where code = $1 union all select id from resellers where code = $1",
        named
    );
    let found: Vec<(Uuid,)> = call.query(sql).await.map_err(|it| it.sentence())?;
    match found.as_slice() {
        [(id,)] => Ok(Some(*id)),
        [] => Err(format!("no provider or reseller has the code “{named}”")),
        _ => Err(format!(
            "several resellers have the code “{named}”; name one by its id"
        )),
    }
}

fn progress(what: &'static str) -> impl FnMut(&Progress) + Send {
    let live = std::io::stderr().is_terminal();
    move |it: &Progress| {
        if live {
            eprint!("\r{what}: {} of {} rows", it.done, it.total);
            let _ = std::io::stderr().flush();
        }
    }
}

async fn report(state: &State, import: &Record, phase: &str) -> Outcome {
    if std::io::stderr().is_terminal() {
        eprintln!();
    }
    let it = &import.counts;
    println!(
        "{}: {} rows; {} created, {} updated, {} unchanged, {} refused, {} cleaned",
        if phase == "plan" { "Plan" } else { "Done" },
        it.rows,
        it.created,
        it.updated,
        it.unchanged,
        it.refused,
        it.cleaned
    );
    if !import.message.is_empty() {
        println!("{}", import.message);
    }
    for refused in refused(state, import, phase).await? {
        println!("{refused}");
    }
    Ok(())
}

/// The first refused rows, each with its line and what to do.
async fn refused(state: &State, import: &Record, phase: &str) -> Result<Vec<String>, String> {
    let mut call = call(state);
    let sql = kit::sql!(
        "select line, errors from import_rows where import_id = $1 and phase = $2 and outcome = 'refused' order by line limit 20",
        import.id,
        phase
    );
    let rows: Vec<(i64, JsonOf<Vec<import::RowError>>)> =
        call.query(sql).await.map_err(|it| it.sentence())?;
    let lines = rows.iter().flat_map(|(line, errors)| {
        errors
            .0
            .iter()
            .map(move |it| format!("  line {line}, {}: {} {}", it.column, it.value, it.message))
    });
    Ok(lines.collect())
}
