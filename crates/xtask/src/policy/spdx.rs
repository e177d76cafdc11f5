//! Licence expressions such as `(MIT OR Apache-2.0) AND Unicode-3.0`.

/// Whether the expression can be satisfied with allowed licences alone.
/// `AND` binds closer than `OR`; the old `MIT/Apache-2.0` means `OR`.
pub fn is_allowed(expression: &str, allowed: &impl Fn(&str) -> bool) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    either(&mut words, allowed) == Some(true) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words, allowed: &impl Fn(&str) -> bool) -> Option<bool> {
    let mut result = both(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        result |= both(words, allowed)?;
    }
    Some(result)
}

fn both(words: &mut Words, allowed: &impl Fn(&str) -> bool) -> Option<bool> {
    let mut result = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        result &= one(words, allowed)?;
    }
    Some(result)
}

fn one(words: &mut Words, allowed: &impl Fn(&str) -> bool) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let inner = either(words, allowed)?;
        return (words.next()? == ")").then_some(inner);
    }
    if words.next_if_eq(&"WITH").is_some() {
        return Some(allowed(&format!("{word} WITH {}", words.next()?)));
    }
    Some(allowed(word))
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    fn good(expression: &str) -> bool {
        is_allowed(expression, &|licence| {
            ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].contains(&licence)
        })
    }

    #[test]
    fn one_of_the_choices_is_enough() {
        assert!(good("MIT"));
        assert!(good("GPL-3.0 OR MIT"));
        assert!(good("MIT/GPL-3.0"));
        assert!(good("Apache-2.0 WITH LLVM-exception OR GPL-3.0"));
        assert!(!good("GPL-3.0"));
    }

    #[test]
    fn all_the_demands_must_be_met() {
        assert!(good("(MIT OR GPL-3.0) AND Zlib"));
        assert!(!good("MIT AND GPL-3.0"));
        assert!(good("GPL-3.0 AND MIT OR Zlib"));
        assert!(!good("MIT AND (GPL-3.0 OR LGPL-3.0)"));
    }

    #[test]
    fn nonsense_is_not_allowed() {
        for nonsense in ["", "MIT OR", "(MIT", "MIT Zlib", "MIT)", "AND MIT"] {
            assert!(!good(nonsense), "{nonsense}");
        }
    }
}
