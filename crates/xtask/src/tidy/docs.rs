//! The documents: every link leads somewhere, and every document can be found by following them.

use std::collections::BTreeSet;

use super::{File, Rule, Tree};

pub const LINKS_RESOLVE: Rule = Rule {
    name: "links resolve",
    reason: "a document that points to a file which moved is worse than none",
    check: links_resolve,
};

fn links_resolve(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in documents(tree) {
        for (number, target) in links(file) {
            if resolve(tree, &file.path, &target).is_none() {
                complaints.push(format!("{}:{number}: {target} is not there", file.path));
            }
        }
    }
    complaints
}

pub const DOCS_ARE_REACHABLE: Rule = Rule {
    name: "docs are reachable",
    reason: "a document that no link from README.md leads to is not read and not kept true",
    check: docs_are_reachable,
};

fn docs_are_reachable(tree: &Tree) -> Vec<String> {
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut ahead: Vec<&File> = tree.find("README.md").into_iter().collect();
    while let Some(file) = ahead.pop() {
        if !reached.insert(&file.path) {
            continue;
        }
        for target in links(file)
            .into_iter()
            .filter_map(|(_, target)| resolve(tree, &file.path, &target))
        {
            // A link to a folder shows all that is in it.
            ahead.extend(documents(tree).filter(|other| {
                other.path == target || other.path.starts_with(&format!("{target}/"))
            }));
        }
    }
    documents(tree)
        .filter(|file| file.path.starts_with("docs/") && !reached.contains(file.path.as_str()))
        .map(|file| format!("{}: no link from README.md leads here", file.path))
        .collect()
}

fn documents(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.files().filter(|file| file.path.ends_with(".md"))
}

/// The targets of a document's links within the repository, with their lines; none from code.
fn links(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (line, number) in file.text.lines().zip(1..) {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // Every second part lies between backticks.
        for text in line.split('`').step_by(2) {
            for rest in text.split("](").skip(1) {
                let target = rest.split([')', '#', ' ']).next().unwrap_or(rest);
                if !target.is_empty() && !target.contains(':') {
                    found.push((number, target.trim_end_matches('/').to_owned()));
                }
            }
        }
    }
    found
}

/// The path in the repository, if a file or a folder is there. The console shows docs/guide/NAME.md as /help/NAME.
fn resolve(tree: &Tree, from: &str, target: &str) -> Option<String> {
    if let Some(name) = target.strip_prefix("/help/") {
        let path = format!("docs/guide/{name}.md");
        return tree.find(&path).map(|file| file.path.clone());
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    let folder = format!("{path}/");
    tree.files()
        .any(|file| file.path == path || file.path.starts_with(&folder))
        .then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        Tree::of(&[
            (
                "README.md",
                "[a](docs/api.md#top) [web](https://example.org) `[x](gone.md)`\n```\n[y](gone.md)\n```\n[d](docs/decisions/)",
            ),
            (
                "docs/api.md",
                "[code](../crates/a.rs \"title\") [lost](lost.md) [help](/help/grid) [lost](/help/lost)",
            ),
            ("docs/guide/grid.md", ""),
            ("docs/alone.md", "[up](../README.md)"),
            ("docs/decisions/0001-x.md", ""),
            ("crates/a.rs", ""),
        ])
    }

    #[test]
    fn a_broken_link_is_found() {
        assert_eq!(
            links_resolve(&tree()),
            [
                "docs/api.md:1: lost.md is not there",
                "docs/api.md:1: /help/lost is not there"
            ]
        );
    }

    #[test]
    fn a_lonely_document_is_found() {
        assert_eq!(
            docs_are_reachable(&tree()),
            ["docs/alone.md: no link from README.md leads here"]
        );
    }
}
