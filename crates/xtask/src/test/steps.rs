//! The steps of `cargo xtask test`, in order.
//!
//! Everything is built once: one target directory, one profile, one set of features (`--workspace --all-targets`
//! everywhere), and the console before the server that embeds it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::Part;
use super::count::{self, Count};
use crate::postgres::Postgres;
use crate::server::{self, Profile};
use crate::shell::{self, Outcome, cargo, npm, root};
use crate::tools::{self, Tool};
use crate::{campaign, console, generated, policy, tidy};

pub struct Step {
    pub name: &'static str,
    pub part: Part,
    /// The steps without which this one makes no sense.
    pub needs: &'static [&'static str],
    pub tools: &'static [Tool],
    pub run: fn() -> Outcome<Count>,
}

/// The quick ones first: they find most mistakes.
#[rustfmt::skip]
pub const STEPS: &[Step] = &[
    Step { name: "rust format",      part: Part::Lint,    needs: &[],                                  tools: &[Tool::Rustfmt],  run: rust_format },
    Step { name: "tidy",             part: Part::Lint,    needs: &[],                                  tools: &[],               run: || tidy::tidy().map(passed) },
    Step { name: "policy",           part: Part::Lint,    needs: &[],                                  tools: &[],               run: || policy::policy().map(passed) },
    Step { name: "console packages", part: Part::Console, needs: &[],                                  tools: &[Tool::Node],     run: || console::install_packages().map(prepared) },
    Step { name: "console format",   part: Part::Lint,    needs: &["console packages"],                tools: &[],               run: || console_check("format:check") },
    Step { name: "console lints",    part: Part::Lint,    needs: &["console packages"],                tools: &[],               run: || console_check("lint") },
    Step { name: "console types",    part: Part::Lint,    needs: &["console packages"],                tools: &[],               run: || console_check("check") },
    Step { name: "console build",    part: Part::Console, needs: &["console packages"],                tools: &[],               run: || console::build().map(prepared) },
    Step { name: "console units",    part: Part::Console, needs: &["console build"],                   tools: &[],               run: console_units },
    Step { name: "rust lints",       part: Part::Lint,    needs: &["console build"],                   tools: &[Tool::Clippy],   run: rust_lints },
    Step { name: "rust build",       part: Part::Rust,    needs: &["console build"],                   tools: &[],               run: rust_build },
    Step { name: "generated files",  part: Part::Lint,    needs: &["console packages", "rust build"],  tools: &[],               run: || generated::check().map(passed) },
    Step { name: "rust tests",       part: Part::Rust,    needs: &["rust build"],                      tools: &[Tool::Postgres], run: rust_tests },
    Step { name: "rust doc tests",   part: Part::Rust,    needs: &["rust build"],                      tools: &[],               run: rust_doc_tests },
    Step { name: "crash campaign",   part: Part::Rust,    needs: &["rust build"],                      tools: &[],               run: crash_campaign },
    Step { name: "browser tests",    part: Part::Browser, needs: &["console build", "rust build"],     tools: &[Tool::Chromium], run: browser_tests },
];

fn passed((): ()) -> Count {
    Count::PASSED
}

fn prepared((): ()) -> Count {
    Count::NONE
}

fn rust_format() -> Outcome<Count> {
    shell::run(cargo().args(["fmt", "--all", "--check"]))
        .map_err(|_| "To fix it, run: cargo fmt --all".to_owned())?;
    Ok(Count::PASSED)
}

fn console_check(script: &str) -> Outcome<Count> {
    shell::run(npm().args(["run", "--silent", script])).map(passed)
}

fn console_units() -> Outcome<Count> {
    let report = report_file("vitest.json")?;
    let output_file = format!("--outputFile.json={}", report.display());
    let mut vitest = npm();
    vitest.args([
        "run",
        "--silent",
        "test",
        "--",
        "--reporter=default",
        "--reporter=json",
        &output_file,
    ]);
    let content = shell::status(&mut vitest)?;
    count::vitest(&shell::read(&report)?)?.settle(content)
}

fn rust_lints() -> Outcome<Count> {
    let mut clippy = cargo();
    clippy.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]);
    shell::run(&mut clippy).map(passed)
}

fn rust_build() -> Outcome<Count> {
    server::build_workspace().map(prepared)
}

/// Unit tests, and the resources' stories on SQLite and on PostgreSQL; `cargo test` where nextest is missing.
fn rust_tests() -> Outcome<Count> {
    let postgres = Postgres::start()?;
    let has_nextest = shell::output(cargo().args(["nextest", "--version"])).is_ok();
    if !has_nextest {
        println!("cargo-nextest is not there; cargo test does the same, more slowly.");
        let mut test = cargo();
        test.args([
            "test",
            "--workspace",
            "--all-targets",
            "--no-fail-fast",
            "--",
            "--include-ignored",
        ]);
        let (count, content) = run_cargo_test(test.env("TEST_POSTGRES_URL", postgres.url()))?;
        return count.settle(content);
    }
    let report = root().join("target/nextest/default/junit.xml");
    let _ = fs::remove_file(&report);
    let mut nextest = cargo();
    nextest.args([
        "nextest",
        "run",
        "--workspace",
        "--all-targets",
        "--run-ignored=all",
        "--no-fail-fast",
    ]);
    let content = shell::status(nextest.env("TEST_POSTGRES_URL", postgres.url()))?;
    count::junit(&shell::read(&report)?)?.settle(content)
}

/// nextest runs none of them. There may be none at all, which is no failure.
fn rust_doc_tests() -> Outcome<Count> {
    let mut test = cargo();
    test.args([
        "test",
        "--workspace",
        "--doc",
        "--no-fail-fast",
        "--",
        "--include-ignored",
    ]);
    match run_cargo_test(&mut test)? {
        (Count::NONE, true) => Ok(Count::NONE),
        (count, content) => count.settle(content),
    }
}

fn run_cargo_test(command: &mut Command) -> Outcome<(Count, bool)> {
    let (printed, content) = shell::run_and_keep(command)?;
    Ok((count::cargo_test(&printed), content))
}

/// A short one; a long one is run by hand (CONTRIBUTING.md).
fn crash_campaign() -> Outcome<Count> {
    let mut campaign = campaign::command("crash", Profile::Debug)?;
    // What is lost or doubled is the question here. How soon the server is back depends on what else
    // the machine does; run by hand, the campaign asks for 2 s.
    campaign.args(["--ready-within", "20"]);
    shell::run(&mut campaign).map(passed)
}

/// A real browser against the binary that was just built.
fn browser_tests() -> Outcome<Count> {
    let report = report_file("playwright.json")?;
    let chromium = tools::chromium().ok_or("Chromium is not found.")?;
    let mut playwright = npm();
    playwright.args(["run", "--silent", "e2e", "--", "--reporter=list,json"]);
    playwright.env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report);
    playwright
        .env("CHROMIUM", chromium)
        .env("TENANTRY_BIN", server::binary(Profile::Debug)?);
    let content = shell::status(&mut playwright)?;
    count::playwright(&shell::read(&report)?)?.settle(content)
}

/// A place for a runner's report, with no older one in it.
fn report_file(name: &str) -> Outcome<PathBuf> {
    let folder = root().join("target/test");
    fs::create_dir_all(&folder)
        .map_err(|error| format!("{} cannot be made: {error}.", folder.display()))?;
    let file = folder.join(name);
    let _ = fs::remove_file(&file);
    Ok(file)
}
