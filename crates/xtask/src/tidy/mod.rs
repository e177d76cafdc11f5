//! `cargo xtask tidy`: the invariants that no compiler and no linter checks.
//!
//! Each rule is a function with a name and a reason, and a test that shows that it can fail.

mod docs;
mod layers;
mod leftovers;
mod migrations;
mod shape;

use std::process::Command;

use crate::generated;
use crate::shell::{self, Outcome, root};

struct File {
    /// From the top of the repository, with `/`.
    path: String,
    /// Empty for what is no text, such as a picture.
    text: String,
}

impl File {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Made by a program: `cargo xtask gen`, cargo, npm or a test.
    fn is_generated(&self) -> bool {
        let ends = ["package-lock.json", "Cargo.lock", ".snap"];
        generated::is_generated(&self.path) || ends.iter().any(|end| self.path.ends_with(end))
    }

    /// The lines and their numbers, where the predicate holds, as complaints.
    fn complain(&self, what: &str, is_bad: impl Fn(&str) -> bool) -> Vec<String> {
        let numbered = self.text.lines().zip(1..);
        numbered
            .filter(|(line, _)| is_bad(line))
            .map(|(_, number)| format!("{}:{number}: {what}", self.path))
            .collect()
    }
}

/// The files of the repository: what git knows or would add.
struct Tree(Vec<File>);

impl Tree {
    fn read() -> Outcome<Self> {
        let mut list = Command::new("git");
        list.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root());
        let paths = shell::output(&mut list)?;
        let read = |path: &str| {
            // Gone from the disk and not yet from git: not there.
            let bytes = std::fs::read(root().join(path)).ok()?;
            Some(File {
                path: path.to_owned(),
                text: String::from_utf8(bytes).unwrap_or_default(),
            })
        };
        Ok(Self(
            paths.split_terminator('\0').filter_map(read).collect(),
        ))
    }

    fn files(&self) -> impl Iterator<Item = &File> {
        self.0.iter()
    }

    fn rust(&self) -> impl Iterator<Item = &File> {
        self.files().filter(|file| file.is_rust())
    }

    fn find(&self, path: &str) -> Option<&File> {
        self.files().find(|file| file.path == path)
    }

    #[cfg(test)]
    fn of(files: &[(&str, &str)]) -> Self {
        Self(
            files
                .iter()
                .map(|(path, text)| File {
                    path: (*path).into(),
                    text: (*text).into(),
                })
                .collect(),
        )
    }
}

struct Rule {
    name: &'static str,
    reason: &'static str,
    /// Complaints, each with its place; none when the rule is kept.
    check: fn(&Tree) -> Vec<String>,
}

const RULES: &[Rule] = &[
    layers::ENGINES_IN_ONE_FOLDER,
    layers::DEPENDENCIES_POINT_DOWN,
    layers::LINTS_ARE_INHERITED,
    shape::FILES_ARE_SHORT,
    shape::FILES_SAY_WHAT_THEY_ARE,
    shape::NOTHING_IS_UNSAFE,
    leftovers::NOTHING_IS_POSTPONED,
    leftovers::NO_TEST_IS_SILENCED,
    leftovers::NO_PLACE_OF_ONE_MACHINE,
    migrations::MIGRATIONS_HAVE_AN_ORDER,
    docs::LINKS_RESOLVE,
    docs::DOCS_ARE_REACHABLE,
];

pub fn tidy() -> Outcome {
    let tree = Tree::read()?;
    let mut count = 0;
    for rule in RULES {
        let complaints = (rule.check)(&tree);
        if complaints.is_empty() {
            continue;
        }
        count += complaints.len();
        println!("{}: {}", rule.name, rule.reason);
        for complaint in complaints {
            println!("  {complaint}");
        }
    }
    match count {
        0 => {
            println!("{} rules hold in {} files.", RULES.len(), tree.0.len());
            Ok(())
        }
        _ => Err(format!("{count} places are not tidy.")),
    }
}

/// A line of Rust, TypeScript or the like without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or(line)
}

/// Whether the word stands in the text by itself, not as a part of a longer one.
fn has_word(text: &str, word: &str) -> bool {
    let belongs =
        |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(start, _)| {
        let (before, after) = (&text[..start], &text[start + word.len()..]);
        !belongs(before.chars().next_back()) && !belongs(after.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        assert!(has_word("use kit::conn;", "kit"));
        assert!(!has_word("use my_kit::conn;", "kit"));
        assert!(!has_word("kitchen", "kit"));
    }

    #[test]
    fn this_repository_is_read() {
        let tree = Tree::read().unwrap();
        assert!(tree.find("crates/xtask/src/tidy/mod.rs").is_some());
        assert!(tree.find("target/debug/xtask").is_none());
    }
}
