//! What a file of code looks like.

use super::{Rule, Tree, code, has_word};

const LONGEST: usize = 800;

pub const FILES_ARE_SHORT: Rule = Rule {
    name: "files are short",
    reason: "a file over 800 lines has two subjects: two names would tell more than one",
    check: files_are_short,
};

fn files_are_short(tree: &Tree) -> Vec<String> {
    let kinds = [".rs", ".ts", ".tsx"];
    tree.files()
        .filter(|file| kinds.iter().any(|kind| file.path.ends_with(kind)) && !file.is_generated())
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| format!("{}: {lines} lines", file.path))
        .collect()
}

pub const FILES_SAY_WHAT_THEY_ARE: Rule = Rule {
    name: "files say what they are",
    reason: "the first line of a Rust file is `//!`, so that a reader knows what it is for before reading it",
    check: files_say_what_they_are,
};

fn files_say_what_they_are(tree: &Tree) -> Vec<String> {
    tree.rust()
        .filter(|file| {
            file.path.starts_with("crates/")
                && file.path.contains("/src/")
                && !file.text.starts_with("//!")
        })
        .map(|file| {
            format!(
                "{}:1: begin with `//!` and what this file is for",
                file.path
            )
        })
        .collect()
}

pub const NOTHING_IS_UNSAFE: Rule = Rule {
    name: "nothing is unsafe",
    reason: "the lint can be switched off in a crate, a macro or a build script; this cannot",
    check: nothing_is_unsafe,
};

fn nothing_is_unsafe(tree: &Tree) -> Vec<String> {
    tree.rust()
        .filter(|file| !file.path.starts_with("crates/xtask/src/tidy/"))
        .flat_map(|file| file.complain("unsafe code", |line| is_unsafe(code(line))))
        .collect()
}

/// The keyword before what it makes unsafe; `'unsafe-inline'` in a security policy is none.
fn is_unsafe(code: &str) -> bool {
    ["{", "fn", "impl", "trait", "extern"].iter().any(|next| {
        code.match_indices("unsafe")
            .any(|(start, word)| code[start + word.len()..].trim_start().starts_with(next))
    }) && has_word(code, "unsafe")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_found() {
        let long = "line\n".repeat(LONGEST + 1);
        let tree = Tree::of(&[
            ("a.tsx", &long),
            ("console/src/api/schema.d.ts", &long),
            ("a.md", &long),
            ("b.rs", &long[5..]),
        ]);
        assert_eq!(files_are_short(&tree), ["a.tsx: 801 lines"]);
    }

    #[test]
    fn a_file_without_a_purpose_is_found() {
        let tree = Tree::of(&[
            ("crates/kit/src/id.rs", "use x;"),
            ("crates/kit/src/text.rs", "//! Names."),
            ("crates/kit/tests/a.rs", ""),
        ]);
        assert_eq!(files_say_what_they_are(&tree).len(), 1);
    }

    #[test]
    fn unsafe_code_is_found() {
        let tree = Tree::of(&[(
            "a.rs",
            "let csp = \"unsafe-inline\";\nlet x = unsafe { y() };\n// unsafe fn\nunsafe_code()",
        )]);
        assert_eq!(nothing_is_unsafe(&tree), ["a.rs:2: unsafe code"]);
    }
}
