//! `cargo xtask test`: every check and every test, in one command, for developers and CI alike.
//!
//! Nothing is skipped silently: what cannot run has failed. One failure does not hide the next: the steps that do
//! not need the failed one still run.

mod count;
mod steps;

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use crate::shell::Outcome;
use crate::tools::{self, Tool};
use count::Count;
use steps::{STEPS, Step};

#[derive(Args)]
pub struct Options {
    /// Only one part, and what it needs
    #[arg(long)]
    only: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Part {
    /// The server: unit and story tests on both engines
    Rust,
    /// The console: its unit tests and its build
    Console,
    /// The whole product in a real browser
    Browser,
    /// Format, lints, types, generated files, invariants, licences
    Lint,
}

/// What became of a step.
struct Done {
    step: &'static Step,
    count: Count,
    took: Duration,
}

pub fn test(options: Options) -> Outcome {
    let steps = chosen(options.only);
    let mut wanted: Vec<Tool> = Vec::new();
    for tool in steps.iter().flat_map(|step| step.tools) {
        if !wanted.contains(tool) {
            wanted.push(*tool);
        }
    }
    tools::ensure(&wanted)?;

    let mut done: Vec<Done> = Vec::new();
    for step in steps {
        let failed_need = done
            .iter()
            .find(|done| done.count.failed > 0 && step.needs.contains(&done.step.name));
        let failed_need = failed_need.map(|done| done.step.name);
        done.push(take(step, failed_need));
    }
    report(&done)
}

/// The steps of one part with all they need, in the order in which they are listed.
fn chosen(only: Option<Part>) -> Vec<&'static Step> {
    let mut names: Vec<&str> = Vec::new();
    for step in STEPS.iter().rev() {
        if only.is_none_or(|part| part == step.part) || names.contains(&step.name) {
            names.push(step.name);
            names.extend(step.needs);
        }
    }
    STEPS
        .iter()
        .filter(|step| names.contains(&step.name))
        .collect()
}

fn take(step: &'static Step, failed_need: Option<&str>) -> Done {
    println!("\n== {}", step.name);
    let started = Instant::now();
    let outcome = match failed_need {
        Some(need) => Err(format!("Not run, because it needs what failed: {need}.")),
        None => (step.run)(),
    };
    let count = outcome.unwrap_or_else(|message| {
        println!("{message}");
        Count::FAILED
    });
    let took = started.elapsed();
    let word = if count.failed > 0 { "FAILED" } else { "passed" };
    println!("== {}: {word} in {:.1} s", step.name, took.as_secs_f64());
    Done { step, count, took }
}

/// The table of steps and, as the last line, the sum of what the runners counted.
fn report(done: &[Done]) -> Outcome {
    println!(
        "\n{:<24}{:>9}{:>9}{:>9}",
        "step", "seconds", "passed", "failed"
    );
    for Done { step, count, took } in done {
        println!(
            "{:<24}{:>9.1}{:>9}{:>9}",
            step.name,
            took.as_secs_f64(),
            count.passed,
            count.failed
        );
    }
    let total = done
        .iter()
        .fold(Count::default(), |sum, done| sum + done.count);
    let took: Duration = done.iter().map(|done| done.took).sum();
    println!(
        "{:<24}{:>9.1}{:>9}{:>9}",
        "all",
        took.as_secs_f64(),
        total.passed,
        total.failed
    );
    println!(
        "\nEach check (format, lints, types, tidy …) counts as one; builds count only when they fail."
    );
    println!("{} passed, {} failed", total.passed, total.failed);
    match total.failed {
        0 => Ok(()),
        _ => std::process::exit(1), // said already, and the sum is to be the last line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_come_first() {
        for (position, step) in STEPS.iter().enumerate() {
            for need in step.needs {
                assert!(
                    STEPS[..position]
                        .iter()
                        .any(|earlier| earlier.name == *need),
                    "{} needs {need}",
                    step.name
                );
            }
        }
    }

    #[test]
    fn all_parts_together_are_all_steps() {
        assert_eq!(chosen(None).len(), STEPS.len());
        for part in Part::value_variants() {
            assert!(
                chosen(Some(*part)).iter().any(|step| step.part == *part),
                "{part:?}"
            );
        }
    }

    #[test]
    fn a_part_brings_what_it_needs_and_no_more() {
        let names: Vec<_> = chosen(Some(Part::Console))
            .iter()
            .map(|step| step.name)
            .collect();
        assert_eq!(
            names,
            ["console packages", "console build", "console units"]
        );
    }

    #[test]
    fn a_step_whose_need_failed_has_failed() {
        let done = take(&STEPS[0], Some("another"));
        assert_eq!(done.count, Count::FAILED);
    }
}
