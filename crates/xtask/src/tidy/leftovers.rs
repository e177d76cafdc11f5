//! What must not be left in a file.
//!
//! The words are written in two parts here, so that this file keeps its own rules.

use super::{Rule, Tree, has_word};

pub const NOTHING_IS_POSTPONED: Rule = Rule {
    name: "nothing is postponed",
    reason: "what is to be done is an issue, where somebody finds it; what was for debugging is removed",
    check: nothing_is_postponed,
};

fn nothing_is_postponed(tree: &Tree) -> Vec<String> {
    const WORDS: [&str; 3] = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
    ];
    const CALLS: [&str; 3] = [
        concat!("db", "g!("),
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
    ];
    let is_bad = |line: &str| {
        WORDS.iter().any(|word| has_word(line, word))
            || CALLS.iter().any(|call| line.contains(call))
    };
    let files = tree.files().filter(|file| !file.is_generated());
    files
        .flat_map(|file| file.complain("a note to self or a trace", is_bad))
        .collect()
}

pub const NO_TEST_IS_SILENCED: Rule = Rule {
    name: "no test is silenced",
    reason: "a test that does not run proves nothing and looks as if it did: mend it or remove it",
    check: no_test_is_silenced,
};

fn no_test_is_silenced(tree: &Tree) -> Vec<String> {
    // Not `runIf`: `cargo xtask test` counts what a condition skipped as failed.
    const CALLS: [&str; 4] = ["skip", "only", "fixme", "todo"];
    let in_rust = |line: &str| line.trim_start().starts_with(concat!("#[ig", "nore"));
    let in_typescript = |line: &str| {
        let silences = |object: &str| {
            CALLS
                .iter()
                .any(|call| has_word(line, &format!("{object}.{call}")))
        };
        ["test", "it", "describe"].into_iter().any(silences)
    };
    let typescript = |path: &str| path.ends_with(".ts") || path.ends_with(".tsx");
    let rust = tree
        .rust()
        .flat_map(|file| file.complain("a silenced test", in_rust));
    let others = tree.files().filter(|file| typescript(&file.path));
    rust.chain(others.flat_map(|file| file.complain("a silenced test", in_typescript)))
        .collect()
}

pub const NO_PLACE_OF_ONE_MACHINE: Rule = Rule {
    name: "no place of one machine",
    reason: "a path of one machine or the address of one package registry is wrong on the next machine",
    check: no_place_of_one_machine,
};

fn no_place_of_one_machine(tree: &Tree) -> Vec<String> {
    const FOLDERS: [&str; 4] = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/t", "mp/"),
    ];
    const HOSTS: [&str; 5] = ["registry.", "index.", "static.", "crates.", "pypi."];
    let begins_a_path = |line: &str, folder: &str| {
        line.match_indices(folder).any(|(start, _)| {
            let before = line[..start].chars().next_back();
            before.is_none_or(|c| c.is_whitespace() || "\"'`=(:<,".contains(c))
        })
    };
    let is_bad = |line: &str| {
        let mut after_scheme = line.split("://").skip(1);
        FOLDERS.iter().any(|folder| begins_a_path(line, folder))
            || after_scheme.any(|rest| HOSTS.iter().any(|host| rest.starts_with(host)))
    };
    // Lock files say where packages came from; that is their purpose.
    let is_lock = |path: &str| path.ends_with("Cargo.lock") || path.ends_with("package-lock.json");
    let files = tree.files().filter(|file| !is_lock(&file.path));
    files
        .flat_map(|file| file.complain("a place of one machine", is_bad))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_to_self_is_found() {
        let text = [
            concat!("// TO", "DO later"),
            "TODOS",
            concat!("let x = db", "g!(y);"),
        ]
        .join("\n");
        let tree = Tree::of(&[("a.rs", &text), ("openapi.json", &text)]);
        assert_eq!(
            nothing_is_postponed(&tree),
            [
                "a.rs:1: a note to self or a trace",
                "a.rs:3: a note to self or a trace"
            ]
        );
    }

    #[test]
    fn a_silenced_test_is_found() {
        let rust = concat!("    #[ig", "nore = \"slow\"]\nfn ignore() {}");
        let typescript = concat!(
            "test.sk",
            "ip('it', run)\nawait limit.skip(2)\ndescribe.on",
            "ly(run)"
        );
        let tree = Tree::of(&[("a.rs", rust), ("e2e/a.ts", typescript)]);
        assert_eq!(
            no_test_is_silenced(&tree),
            [
                "a.rs:1: a silenced test",
                "e2e/a.ts:1: a silenced test",
                "e2e/a.ts:3: a silenced test"
            ]
        );
    }

    #[test]
    fn a_place_of_one_machine_is_found() {
        let folder = concat!("cd \"/ho", "me/me/x\"");
        let host = concat!("https://regi", "stry.example.org/x");
        let fine = concat!(
            "https://example.org/ho",
            "me/ and src/wo",
            "rk/mod.rs and a registry."
        );
        let tree = Tree::of(&[
            ("a.md", &[folder, host, fine].join("\n")),
            ("Cargo.lock", host),
        ]);
        assert_eq!(
            no_place_of_one_machine(&tree),
            [
                "a.md:1: a place of one machine",
                "a.md:2: a place of one machine"
            ]
        );
    }
}
