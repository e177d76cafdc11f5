//! `tenantry keys`: the keys that secrets in the database are encrypted with.

use std::path::Path;

use app::secrets;
use kit::conn::Db;
use kit::state::Settings;
use kit::vault::Keys;

use crate::Outcome;
use crate::config::{Common, KeysAction, KeysCommand};

pub async fn run(common: &Common, command: KeysCommand) -> Outcome {
    let keys = match &command.action {
        KeysAction::List { keys }
        | KeysAction::Rotate {
            keys,
            only_encrypt: true,
        } => Keys::load(&common.key_file(keys))?,
        KeysAction::Rotate { keys, .. } => Keys::add_to(&common.key_file(keys))?,
    };
    let settings = Settings {
        keys: keys.clone(),
        ..Settings::default()
    };
    let state = common.state(settings).await?;
    if let KeysAction::Rotate { .. } = command.action {
        let count = secrets::reseal(&state).await;
        println!(
            "{} secrets were encrypted anew.",
            count.map_err(|it| it.sentence())?
        );
    }
    let used = secrets::keys_in_use(&state.db).await;
    let used = used.map_err(|it| it.sentence())?;
    let count = |id: &str| used.iter().find(|it| it.0 == id).map_or(0, |it| it.1);
    for (n, id) in keys.ids().iter().enumerate() {
        let current = if n == 0 { ", encrypts" } else { "" };
        println!("{id}: {} secrets{current}", count(id));
    }
    let missing = missing(&used, &keys);
    state.db.close().await;
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "keys that are not in the file: {}",
        missing.join(", ")
    ))
}

/// The keys for `serve`: a database whose secrets they do not open is not served.
pub async fn load(db: &Db, file: &Path) -> Result<Keys, String> {
    let keys = Keys::load_or_make(file)?;
    let used = secrets::keys_in_use(db).await;
    let missing = missing(&used.map_err(|it| it.sentence())?, &keys);
    if missing.is_empty() {
        return Ok(keys);
    }
    Err(format!(
        "the database holds secrets that are encrypted with key {}, which is not in {}: put the right key file there, or name it with --key-file",
        missing.join(", "),
        file.display()
    ))
}

/// What the doctor says of a key file.
pub async fn problems(db: &Db, file: &Path) -> Result<Vec<String>, String> {
    let used = secrets::keys_in_use(db).await;
    let used = used.map_err(|it| it.sentence())?;
    if used.is_empty() {
        return Ok(vec![]);
    }
    let told = |id: String| {
        format!(
            "key {id} is not in {}: its secrets cannot be read",
            file.display()
        )
    };
    Ok(match Keys::load(file) {
        Ok(keys) => missing(&used, &keys).into_iter().map(told).collect(),
        Err(error) => vec![error],
    })
}

fn missing(used: &[(String, i64)], keys: &Keys) -> Vec<String> {
    let ids = keys.ids();
    let unknown = used.iter().filter(|it| !ids.contains(&it.0));
    unknown.map(|it| it.0.clone()).collect()
}
