//! Texts as workbooks write them: what XML cannot hold stands as `_x000D_`.

/// Writes a text for an element's inside.
pub fn escape(text: &str, out: &mut String) {
    for (at, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // What would be read as such an escape.
            '_' if is_escape(text.get(at..).unwrap_or_default()) => out.push_str("_x005F_"),
            '\n' | '\t' => out.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                out.push_str(&format!("_x{:04X}_", u32::from(c)));
            }
            c => out.push(c),
        }
    }
}

/// Undoes `_x000D_`.
pub fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match code(from) {
            Some(c) => {
                out.push(c);
                rest = from.get(7..).unwrap_or_default();
            }
            None => {
                out.push('_');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
}

/// Whatever follows: what stands there may begin like the end of an escape once it is one itself.
fn is_escape(text: &str) -> bool {
    let digits = text
        .strip_prefix("_x")
        .and_then(|it| it.as_bytes().get(..4));
    digits.is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit))
}

fn code(text: &str) -> Option<char> {
    if !is_escape(text) || text.as_bytes().get(6) != Some(&b'_') {
        return None;
    }
    // Halves of a pair have no character of their own: they stay as they are written.
    char::from_u32(u32::from_str_radix(text.get(2..6)?, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn unescape_is_the_inverse(text in "(_x?|x00|41_|0D|[\u{0}-\u{1f}]|\\PC){0,12}") {
            let (mut escaped, mut back) = (String::new(), String::new());
            escape(&text, &mut escaped);
            let xml = quick_xml::escape::unescape(&escaped).expect("XML").into_owned();
            unescape(&xml, &mut back);
            prop_assert_eq!(back, text);
        }
    }
}
