//! server -> app -> kit, and the engines known to one folder only.

use super::{Rule, Tree, code, has_word};

pub const ENGINES_IN_ONE_FOLDER: Rule = Rule {
    name: "engines in one folder",
    reason: "only crates/kit/src/conn/ knows that there are two engines; all else is one SQL text",
    check: engines_in_one_folder,
};

fn engines_in_one_folder(tree: &Tree) -> Vec<String> {
    const ENGINES: [&str; 3] = ["rusqlite", "tokio_postgres", "deadpool_postgres"];
    // The folder's own tests; the bare control of the benchmarks; and this folder, which looks for the words.
    const MAY: [&str; 5] = [
        "crates/kit/src/conn/",
        "crates/kit/tests/conn",
        "crates/bench/",
        "bench/",
        "crates/xtask/src/tidy/",
    ];
    let in_code = tree
        .rust()
        .filter(|file| !MAY.iter().any(|folder| file.path.starts_with(folder)))
        .flat_map(|file| {
            file.complain("names an engine", |line| {
                ENGINES.iter().any(|name| has_word(code(line), name))
            })
        });
    let manifests = tree.files().filter(|file| {
        file.path.ends_with("/Cargo.toml")
            && file.path != "crates/kit/Cargo.toml"
            && !MAY.iter().any(|folder| file.path.starts_with(folder))
    });
    let in_manifests = manifests.flat_map(|file| {
        file.complain("depends on an engine", |line| {
            ENGINES
                .iter()
                .any(|name| depends(line, &name.replace('_', "-")))
        })
    });
    in_code.chain(in_manifests).collect()
}

pub const DEPENDENCIES_POINT_DOWN: Rule = Rule {
    name: "dependencies point down",
    reason: "server -> app -> kit -> derive: what no resource says twice must know no resource, not even in its tests",
    check: dependencies_point_down,
};

fn dependencies_point_down(tree: &Tree) -> Vec<String> {
    const ABOVE: [(&str, &[&str]); 3] = [
        ("derive", &["kit", "app", "server", "xtask"]),
        ("kit", &["app", "server", "xtask"]),
        ("app", &["server", "xtask"]),
    ];
    let mut complaints = Vec::new();
    for (name, above) in ABOVE {
        let Some(manifest) = tree.find(&format!("crates/{name}/Cargo.toml")) else {
            continue;
        };
        let what = format!("{name} depends on what lies above it");
        complaints.extend(
            manifest.complain(&what, |line| above.iter().any(|above| depends(line, above))),
        );
    }
    complaints
}

pub const LINTS_ARE_INHERITED: Rule = Rule {
    name: "lints are inherited",
    reason: "a crate without `[lints] workspace = true` is compiled without the lints that forbid unsafe code",
    check: lints_are_inherited,
};

fn lints_are_inherited(tree: &Tree) -> Vec<String> {
    let inherits = |text: &str| {
        text.lines()
            .collect::<Vec<_>>()
            .windows(2)
            .any(|two| two == ["[lints]", "workspace = true"])
    };
    let manifests = tree
        .files()
        .filter(|file| file.path.starts_with("crates/") && file.path.ends_with("/Cargo.toml"));
    let mut complaints: Vec<String> = manifests
        .filter(|file| !inherits(&file.text))
        .map(|file| format!("{}: write `[lints]` and `workspace = true`", file.path))
        .collect();
    let workspace = tree.find("Cargo.toml").map_or("", |file| &file.text);
    if !workspace.contains("unsafe_code = \"forbid\"") {
        complaints.push("Cargo.toml: the workspace must forbid unsafe_code".into());
    }
    complaints
}

/// Whether a manifest's line is a dependency on that crate.
fn depends(line: &str, name: &str) -> bool {
    line.trim_start()
        .strip_prefix(name)
        .is_some_and(|rest| rest.trim_start().starts_with(['.', '=']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_outside_its_folder_is_found() {
        let tree = Tree::of(&[
            (
                "crates/app/src/tree/site.rs",
                "// rusqlite is fine in a comment\nuse rusqlite::Row;\n",
            ),
            ("crates/kit/src/conn/sqlite.rs", "use rusqlite::Row;"),
            (
                "crates/server/src/main.rs",
                "/// sqlite:PATH or postgres://HOST\nlet rusqlite_like = 1;",
            ),
            (
                "crates/server/Cargo.toml",
                "[dependencies]\ntokio-postgres.workspace = true",
            ),
            (
                "crates/kit/Cargo.toml",
                "[dependencies]\ntokio-postgres.workspace = true",
            ),
        ]);
        assert_eq!(
            engines_in_one_folder(&tree),
            [
                "crates/app/src/tree/site.rs:2: names an engine",
                "crates/server/Cargo.toml:2: depends on an engine"
            ]
        );
    }

    #[test]
    fn a_dependency_upwards_is_found() {
        let tree = Tree::of(&[
            (
                "crates/kit/Cargo.toml",
                "[dev-dependencies]\napp = { path = \"../app\" }\napproximate = \"1\"",
            ),
            (
                "crates/app/Cargo.toml",
                "[dependencies]\nkit.workspace = true",
            ),
        ]);
        assert_eq!(
            dependencies_point_down(&tree),
            ["crates/kit/Cargo.toml:2: kit depends on what lies above it"]
        );
    }

    #[test]
    fn a_crate_without_the_lints_is_found() {
        let tree = Tree::of(&[
            ("crates/app/Cargo.toml", "[package]"),
            ("crates/kit/Cargo.toml", "[lints]\nworkspace = true\n"),
        ]);
        assert_eq!(lints_are_inherited(&tree).len(), 2);
    }
}
