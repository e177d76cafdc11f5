//! The licence and dependency policy: what we may ship, where it comes from, and nothing twice without a reason.
//!
//! It reads what cargo and npm have written down already and needs no program of its own, so that it costs a
//! second in CI. Known vulnerabilities are not looked up here: that needs a data base from outside.

mod lists;
mod spdx;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::shell::{self, Outcome, cargo, root};

/// What is built for the platform of the released binary; other platforms' system crates never reach a user.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

pub fn policy() -> Outcome {
    let mut tree = cargo();
    tree.args([
        "tree",
        "--workspace",
        "--locked",
        "--prefix=none",
        "--format={p};{l}",
        "--target",
        PLATFORM,
    ]);
    let tree = shell::output(&mut tree)?;
    let crates = Crate::all(&tree);
    let lock = json(&shell::read(&root().join("console/package-lock.json"))?)?;
    let manifest = json(&shell::read(&root().join("console/package.json"))?)?;

    let complaints = [
        crate_licences(&crates),
        crate_sources(&crates),
        crates_twice(&crates, lists::TWICE),
        package_licences(&lock),
        package_sources(&lock),
        package_versions(&manifest),
    ]
    .concat();
    if complaints.is_empty() {
        println!(
            "{} crates and {} packages keep the policy.",
            crates.len(),
            packages(&lock).count()
        );
        return Ok(());
    }
    Err(format!(
        "{}\nThe policy's lists are in crates/xtask/src/policy/lists.rs.",
        complaints.join("\n")
    ))
}

/// One crate of which the product is built.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Crate<'a> {
    name: &'a str,
    version: &'a str,
    licence: &'a str,
    /// Empty for the registry, else an address or a folder.
    source: &'a str,
}

impl<'a> Crate<'a> {
    /// Reads `cargo tree`, which unlike `cargo metadata` knows which features are off.
    fn all(tree: &'a str) -> BTreeSet<Self> {
        tree.lines().filter_map(Self::read).collect()
    }

    /// `name v1.2.3 (proc-macro) (source);licence (*)`
    fn read(line: &'a str) -> Option<Self> {
        let (package, licence) = line.split_once(';')?;
        let mut words = package.splitn(3, ' ');
        let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
        let rest = words
            .next()
            .unwrap_or_default()
            .trim_start_matches("(proc-macro)")
            .trim();
        let source = rest.trim_start_matches('(').trim_end_matches(')');
        Some(Self {
            name,
            version,
            licence: licence.trim_end_matches("(*)").trim(),
            source,
        })
    }
}

fn crate_licences(crates: &BTreeSet<Crate>) -> Vec<String> {
    let shipped = |licence: &str| lists::SHIPPED.contains(&licence);
    crates
        .iter()
        .filter(|found| !spdx::is_allowed(found.licence, &shipped))
        .map(|found| {
            format!(
                "{}: the licence `{}` is not allowed",
                found.name, found.licence
            )
        })
        .collect()
}

fn crate_sources(crates: &BTreeSet<Crate>) -> Vec<String> {
    let own = root().to_string_lossy();
    crates
        .iter()
        .filter(|found| !found.source.is_empty() && !found.source.starts_with(own.as_ref()))
        .map(|found| {
            format!(
                "{}: comes from {}, not from the registry",
                found.name, found.source
            )
        })
        .collect()
}

/// Two versions of a crate are two compilations, and two types that look alike.
fn crates_twice(crates: &BTreeSet<Crate>, allowed: &[(&str, &str)]) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for found in crates {
        versions
            .entry(found.name)
            .or_default()
            .insert(line_of(found.version));
    }
    versions.retain(|_, versions| versions.len() > 1);
    let is_allowed = |name: &str| allowed.iter().any(|(allowed, _)| *allowed == name);
    let new = versions.iter().filter(|(name, _)| !is_allowed(name)).map(|(name, versions)| {
        let versions: Vec<_> = versions.iter().map(String::as_str).collect();
        let versions = versions.join(" and ");
        format!("{name}: is built in the versions {versions}; see `cargo tree --workspace --invert {name}@VERSION`")
    });
    let old = allowed
        .iter()
        .filter(|(name, _)| !versions.contains_key(name));
    new.chain(
        old.map(|(name, _)| format!("{name}: is no longer built twice; remove it from the list")),
    )
    .collect()
}

fn package_licences(lock: &Value) -> Vec<String> {
    packages(lock)
        .filter(|(_, found)| {
            let is_tool = found["dev"] == true || found["devOptional"] == true;
            let allowed = |licence: &str| {
                lists::SHIPPED.contains(&licence) || is_tool && lists::TOOLS.contains(&licence)
            };
            !spdx::is_allowed(text(&found["license"]), &allowed)
        })
        .map(|(name, found)| {
            format!(
                "{name}: the licence `{}` is not allowed",
                text(&found["license"])
            )
        })
        .collect()
}

fn package_sources(lock: &Value) -> Vec<String> {
    packages(lock)
        .filter(|(_, found)| found["integrity"].is_null() || text(&found["resolved"]).starts_with("git"))
        .map(|(name, _)| format!("{name}: the lock file has no checksum for it, so it does not come from the registry"))
        .collect()
}

fn package_versions(manifest: &Value) -> Vec<String> {
    let all = ["dependencies", "devDependencies"]
        .into_iter()
        .filter_map(|kind| manifest[kind].as_object());
    let is_exact = |version: &str| {
        version.starts_with(|c: char| c.is_ascii_digit()) && !version.contains([' ', 'x', '*', '|'])
    };
    all.flatten()
        .filter(|(_, version)| !is_exact(text(version)))
        .map(|(name, version)| {
            format!(
                "{name}: write one exact version instead of `{}`",
                text(version)
            )
        })
        .collect()
}

/// The console's packages; the one with the empty path is the console itself.
fn packages(lock: &Value) -> impl Iterator<Item = (&String, &Value)> {
    lock["packages"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(path, _)| !path.is_empty())
}

/// The part of a version within which versions are compatible: 1.2.3 -> 1, 0.2.3 -> 0.2.
fn line_of(version: &str) -> String {
    let parts = version
        .split('.')
        .take(if version.starts_with("0.") { 2 } else { 1 });
    parts.collect::<Vec<_>>().join(".")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn json(text: &str) -> Outcome<Value> {
    serde_json::from_str(text).map_err(|error| format!("What should be JSON is not: {error}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TREE: &str = "ours v0.1.0 (proc-macro) (HERE/crates/ours);Apache-2.0\n\
        good v1.2.3;MIT OR GPL-3.0\n\
        good v1.9.0 (proc-macro);MIT (*)\n\
        bad v0.2.3;GPL-3.0\n\
        bad v0.3.0 (https://example.org/bad#1);\n";

    #[test]
    fn bad_licences_and_sources_of_crates_are_found() {
        let tree = TREE.replace("HERE", &root().to_string_lossy());
        let crates = Crate::all(&tree);
        assert_eq!(crates.len(), 5);
        assert_eq!(
            crate_licences(&crates),
            [
                "bad: the licence `GPL-3.0` is not allowed",
                "bad: the licence `` is not allowed"
            ]
        );
        assert_eq!(
            crate_sources(&crates),
            ["bad: comes from https://example.org/bad#1, not from the registry"]
        );
    }

    #[test]
    fn crates_that_are_built_twice_are_found() {
        let crates = Crate::all(TREE);
        assert_eq!(crates_twice(&crates, &[("bad", "why")]), [""; 0]);
        assert!(
            crates_twice(&crates, &[])[0].starts_with("bad: is built in the versions 0.2 and 0.3")
        );
        let stale = crates_twice(&crates, &[("bad", "why"), ("good", "why")]);
        assert_eq!(
            stale,
            ["good: is no longer built twice; remove it from the list"]
        );
    }

    #[test]
    fn bad_packages_are_found() {
        let lock = json!({ "packages": {
            "": { "name": "console" },
            "node_modules/good": { "license": "MIT", "integrity": "sha512-x" },
            "node_modules/tool": { "license": "MPL-2.0", "integrity": "sha512-x", "dev": true },
            "node_modules/shipped": { "license": "MPL-2.0", "integrity": "sha512-x" },
            "node_modules/git": { "license": "MIT", "resolved": "git+ssh://x" },
        }});
        assert_eq!(
            package_licences(&lock),
            ["node_modules/shipped: the licence `MPL-2.0` is not allowed"]
        );
        assert_eq!(package_sources(&lock).len(), 1);
    }

    #[test]
    fn ranges_of_versions_are_found() {
        let manifest = json!({ "dependencies": { "a": "1.2.3", "b": "^1.2.3" }, "devDependencies": { "c": "1.x" } });
        assert_eq!(package_versions(&manifest).len(), 2);
    }
}
