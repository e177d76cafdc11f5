//! On what was measured. Nothing here names the machine or a place on it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::{Outcome, told};

/// Cores, memory and processor, as one line.
pub fn describe() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|it| it.strip_prefix("model name")?.split_once(':'))
        .map_or("an unknown processor", |it| it.1.trim());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = memory.lines().find_map(|it| {
        it.strip_prefix("MemTotal:")?
            .split_whitespace()
            .next()?
            .parse::<f64>()
            .ok()
    });
    format!(
        "{cores} cores of {model}, {:.0} GB",
        kilobytes.unwrap_or_default() / 1e6
    )
}

/// The load average of the last minute: what else runs shares the cores.
pub fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("?").to_owned()
}

/// `2026-11-22`.
pub fn today() -> String {
    let now = kit::time::Clock::system().now().to_string();
    now.chars().take(10).collect()
}

/// What a browser loads before the console shows customers: the entry, that page, all that both
/// import, and their styles, in kB after gzip. None when the console is not built.
pub fn first_route(dist: &Path) -> Outcome<Option<f64>> {
    let Ok(text) = fs::read_to_string(dist.join(".vite/manifest.json")) else {
        return Ok(None);
    };
    let manifest: Json = serde_json::from_str(&text).map_err(told)?;
    let chunks = manifest.as_object().ok_or("the manifest is no object")?;
    let mut wanted = vec!["index.html", "src/areas/customers/customers-page.tsx"];
    let mut files: Vec<&str> = vec![];
    let mut at = 0;
    while let Some(chunk) = wanted.get(at).and_then(|it| chunks.get(*it)) {
        at += 1;
        files.extend(chunk["file"].as_str());
        files.extend(
            chunk["css"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Json::as_str),
        );
        for import in chunk["imports"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
        {
            if !wanted.contains(&import) {
                wanted.push(import);
            }
        }
    }
    files.sort_unstable();
    files.dedup();
    let mut bytes = 0;
    for file in files {
        let zipped = Command::new("gzip")
            .args(["-9", "-c"])
            .arg(dist.join(file))
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("gzip: {error}"))?;
        bytes += zipped.stdout.len();
    }
    Ok(Some(bytes as f64 / 1000.0))
}
