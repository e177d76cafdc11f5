//! Reading from each runner's own report how many tests passed and failed.

use std::ops::Add;

use serde_json::Value;

use crate::shell::Outcome;

#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
}

impl Count {
    /// A check, such as a linter's run, that was content.
    pub const PASSED: Self = Self {
        passed: 1,
        failed: 0,
    };
    /// A step that failed as a whole.
    pub const FAILED: Self = Self {
        passed: 0,
        failed: 1,
    };
    /// A preparation that worked: it is no test.
    pub const NONE: Self = Self {
        passed: 0,
        failed: 0,
    };

    /// Trusts neither the count nor the exit status alone.
    pub fn settle(self, content: bool) -> Outcome<Self> {
        match self {
            Self { failed: 0, .. } if !content => Err(format!(
                "The runner failed, after {} tests passed.",
                self.passed
            )),
            Self {
                passed: 0,
                failed: 0,
            } => Err("The runner ran no test.".into()),
            _ => Ok(self),
        }
    }
}

impl Add for Count {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }
}

/// nextest's JUnit report: the first of each number is that of the whole run. A skipped test has failed.
pub fn junit(report: &str) -> Outcome<Count> {
    let attribute = |name: &str| {
        let (_, rest) = report.split_once(&format!(" {name}=\""))?;
        rest.split('"').next()?.parse::<u64>().ok()
    };
    let read = || {
        let failed =
            attribute("failures")? + attribute("errors")? + attribute("skipped").unwrap_or(0);
        Some(Count {
            passed: attribute("tests")?.checked_sub(failed)?,
            failed,
        })
    };
    read().ok_or_else(|| "nextest's report has no counts.".to_owned())
}

/// What `cargo test` prints: one `test result:` line for each program. An ignored test has failed.
pub fn cargo_test(printed: &str) -> Count {
    let results = printed
        .lines()
        .filter_map(|line| line.strip_prefix("test result: "));
    results.fold(Count::NONE, |sum, line| {
        let number = |word: &str| {
            let mut parts = line.split([';', '.']).map(str::trim);
            parts
                .find_map(|part| part.strip_suffix(word)?.trim().parse::<u64>().ok())
                .unwrap_or(0)
        };
        sum + Count {
            passed: number("passed"),
            failed: number("failed") + number("ignored"),
        }
    })
}

/// vitest's JSON report. A skipped test has failed.
pub fn vitest(report: &str) -> Outcome<Count> {
    let report = json(report)?;
    let failed =
        ["numFailedTests", "numPendingTests", "numTodoTests"].map(|key| number(&report[key]));
    Ok(Count {
        passed: number(&report["numPassedTests"]),
        failed: failed.iter().sum(),
    })
}

/// playwright's JSON report. A skipped test has failed; so has one that passed only when tried again.
pub fn playwright(report: &str) -> Outcome<Count> {
    let stats = &json(report)?["stats"];
    let failed = ["unexpected", "flaky", "skipped"].map(|key| number(&stats[key]));
    Ok(Count {
        passed: number(&stats["expected"]),
        failed: failed.iter().sum(),
    })
}

fn json(report: &str) -> Outcome<Value> {
    serde_json::from_str(report)
        .map_err(|error| format!("The runner's report cannot be read: {error}."))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nextest_is_read() {
        let report = r#"<?xml version="1.0"?>
            <testsuites name="nextest-run" tests="8" skipped="1" failures="2" errors="1" time="0.1">
            <testsuite name="kit" tests="1" disabled="0" errors="0" failures="0">"#;
        assert_eq!(
            junit(report),
            Ok(Count {
                passed: 4,
                failed: 4
            })
        );
        assert!(junit("").is_err());
    }

    #[test]
    fn cargo_test_is_read() {
        let printed = "running 3 tests\n\
            test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            test result: FAILED. 1 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        assert_eq!(
            cargo_test(printed),
            Count {
                passed: 4,
                failed: 3
            }
        );
    }

    #[test]
    fn the_consoles_runners_are_read() {
        let units = r#"{"numPassedTests": 5, "numFailedTests": 1, "numPendingTests": 1, "numTodoTests": 0}"#;
        assert_eq!(
            vitest(units),
            Ok(Count {
                passed: 5,
                failed: 2
            })
        );
        let browser = r#"{"stats": {"expected": 4, "unexpected": 1, "flaky": 1, "skipped": 1}}"#;
        assert_eq!(
            playwright(browser),
            Ok(Count {
                passed: 4,
                failed: 3
            })
        );
        assert!(playwright("oops").is_err());
    }

    #[test]
    fn no_test_and_an_uncounted_failure_are_failures() {
        assert!(Count::NONE.settle(true).is_err());
        assert!(
            Count {
                passed: 3,
                failed: 0
            }
            .settle(false)
            .is_err()
        );
        assert!(
            Count {
                passed: 3,
                failed: 1
            }
            .settle(false)
            .is_ok()
        );
    }
}
