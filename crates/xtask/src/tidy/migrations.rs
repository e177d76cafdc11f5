//! The names of migrations.

use std::collections::BTreeMap;

use super::{Rule, Tree};

pub const MIGRATIONS_HAVE_AN_ORDER: Rule = Rule {
    name: "migrations have an order",
    reason: "a migration is NNNN_snake_case.sql and no two that one engine runs share a number, or their order depends on luck",
    check: migrations_have_an_order,
};

/// `migrations/` is for both engines; a folder in it is for one engine and counts along with `migrations/`.
fn migrations_have_an_order(tree: &Tree) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut seen: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let paths = tree
        .files()
        .filter_map(|file| Some((file.path.as_str(), file.path.strip_prefix("migrations/")?)));
    let mut paths: Vec<_> = paths.filter(|(path, _)| !path.ends_with(".md")).collect();
    paths.sort_by_key(|(_, inner)| (inner.matches('/').count(), *inner));
    for (path, inner) in paths {
        let (folder, name) = inner.rsplit_once('/').unwrap_or(("", inner));
        let Some(number) = number(name) else {
            complaints.push(format!("{path}: is not named NNNN_snake_case.sql"));
            continue;
        };
        let other = seen.insert((folder, number), path);
        if let Some(other) = other.or_else(|| {
            if folder.is_empty() {
                None
            } else {
                seen.get(&("", number)).copied()
            }
        }) {
            complaints.push(format!("{path}: has the number of {other}"));
        }
    }
    complaints
}

fn number(name: &str) -> Option<&str> {
    let (number, words) = name.strip_suffix(".sql")?.split_once('_')?;
    let is_number = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_snake = words.split('_').all(|word| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    (is_number && is_snake).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_names_and_shared_numbers_are_found() {
        let paths = [
            "migrations/0001_tree.sql",
            "migrations/0002_people.sql",
            "migrations/0002_licences.sql",
            "migrations/sqlite/0001_search.sql",
            "migrations/sqlite/0003_search.sql",
            "migrations/postgres/0003_search.sql",
            "migrations/4_Short.sql",
            "migrations/README.md",
        ];
        let files: Vec<_> = paths.map(|path| (path, "")).into();
        assert_eq!(
            migrations_have_an_order(&Tree::of(&files)),
            [
                "migrations/0002_people.sql: has the number of migrations/0002_licences.sql",
                "migrations/4_Short.sql: is not named NNNN_snake_case.sql",
                "migrations/sqlite/0001_search.sql: has the number of migrations/0001_tree.sql",
            ]
        );
    }
}
