//! Paths in files (IMP-03): `Reseller A/Customer B/Tenant C`. A stroke in a name is written `\\/`, a
//! backslash before a stroke or another backslash `\\\\`.

use kit::text;

/// The names of a path, folded.
pub fn names(path: &str) -> Vec<String> {
    parts(path).iter().map(|it| text::key(it)).collect()
}

/// What stands before the last stroke, as it is written, and the name after it (folded).
pub fn above(path: &str) -> Option<(&str, String)> {
    let mut at = None;
    let mut escaped = false;
    for (n, it) in path.char_indices() {
        match it {
            '/' if !escaped => at = Some(n),
            _ => {}
        }
        escaped = it == '\\' && !escaped;
    }
    let at = at?;
    let last = path.get(at + 1..)?;
    Some((path.get(..at)?.trim(), names(last).pop()?))
}

/// Whether a path ends at a record whose chain of names this is: those of what is above it, of which
/// the first may be left out, and its own.
pub fn leads_to(path: &[String], chain: &[Vec<String>]) -> bool {
    path.len() <= chain.len()
        && path
            .iter()
            .rev()
            .zip(chain.iter().rev())
            .all(|(name, names)| !name.is_empty() && names.contains(name))
}

/// Names as a path.
pub fn written<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<_> = names.into_iter().map(escaped).collect();
    all.join("/")
}

fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('/', "\\/")
}

fn parts(path: &str) -> Vec<String> {
    let mut all = vec![];
    let mut name = String::new();
    let mut rest = path.chars().peekable();
    while let Some(it) = rest.next() {
        match it {
            '\\' if matches!(rest.peek(), Some('/' | '\\')) => name.extend(rest.next()),
            '/' => all.push(std::mem::take(&mut name)),
            it => name.push(it),
        }
    }
    all.push(name);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths() {
        assert_eq!(names("Vertex / Acme"), ["vertex", "acme"]);
        assert_eq!(names(r"Vertex\/IT/A\\B"), ["vertex/it", r"a\b"]);
        assert_eq!(names(r"C:\temp"), [r"c:\temp"]);
        assert_eq!(
            above("Vertex/Acme/Main"),
            Some(("Vertex/Acme", "main".into()))
        );
        assert_eq!(above(r"Acme/A\/B"), Some(("Acme", "a/b".into())));
        assert_eq!(above(r"A\/B"), None);
        let chain = [vec!["house".to_owned()], vec!["acme".into(), "c-1".into()]];
        for good in ["Acme", "C-1", "House/acme", "house / c-1"] {
            assert!(leads_to(&names(good), &chain), "{good}");
        }
        for bad in ["", "House", "Other/Acme", "X/House/Acme", "/Acme"] {
            assert!(!leads_to(&names(bad), &chain), "{bad}");
        }
    }

    proptest! {
        /// Every name can be written in a path.
        #[test]
        fn what_is_written_reads_back(all in prop::collection::vec(r"[a\\/ ]{0,5}", 1..4)) {
            let path = written(all.iter().map(String::as_str));
            prop_assert_eq!(parts(&path), all.clone());
            if let [_, .., last] = all.as_slice() {
                let (before, name) = above(&path).expect("several names");
                prop_assert_eq!(name, text::key(last));
                let expected = written(all[..all.len() - 1].iter().map(String::as_str));
                prop_assert_eq!(before, expected.trim());
            }
        }
    }
}
