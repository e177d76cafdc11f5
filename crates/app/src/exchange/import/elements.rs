//! A JSON array cut into its elements as its bytes come in, wherever the pieces end.

use super::rows::LONGEST;

/// Where in the array the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// Before its `[`.
    Before,
    /// Right behind it, where it may end.
    First,
    /// Behind a comma.
    Next,
    Within,
    /// Behind an element.
    Between,
    /// Behind its `]`.
    After,
}

pub struct Elements {
    stands: Stands,
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Elements {
    /// From the array's beginning on, or from behind one of its elements.
    pub fn new(from_start: bool) -> Self {
        Self {
            stands: match from_start {
                true => Stands::Before,
                false => Stands::Between,
            },
            depth: 0,
            in_text: false,
            escaped: false,
        }
    }

    /// Takes bytes up to the end of the next element and adds it to `out`: how many were taken, and
    /// whether it is complete. Empty input is the end of the file. The error says what is wrong
    /// where the element should be.
    pub fn take(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(usize, bool), &'static str> {
        if input.is_empty() {
            return match self.stands {
                Stands::After => Ok((0, false)),
                _ => Err("the file ends before its list does. Was it cut off?"),
            };
        }
        let mut at = 0;
        while self.stands != Stands::Within {
            let Some(byte) = input.get(at) else {
                return Ok((at, false));
            };
            self.stands = match (self.stands, byte) {
                (stands, b' ' | b'\t' | b'\r' | b'\n') => stands,
                (Stands::Before, b'[') => Stands::First,
                (Stands::First | Stands::Between, b']') => Stands::After,
                (Stands::Between, b',') => Stands::Next,
                (Stands::First | Stands::Next, b',' | b']' | b'}' | b':') => {
                    return Err("a record is missing here.");
                }
                (Stands::First | Stands::Next, _) => Stands::Within,
                (Stands::After, _) => return Err("something stands behind the list's end."),
                _ => return Err("a comma is missing before it."),
            };
            at += usize::from(self.stands != Stands::Within);
        }
        let (end, complete) = self.end(input, at);
        if out.len() + (end - at) > LONGEST {
            return Err("it is longer than 1 MiB.");
        }
        out.extend_from_slice(&input[at..end]);
        if complete {
            self.stands = Stands::Between;
        }
        Ok((end, complete))
    }

    /// The end of the element under way, or of the input.
    fn end(&mut self, input: &[u8], from: usize) -> (usize, bool) {
        for (at, byte) in input.iter().enumerate().skip(from) {
            if self.in_text {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => {
                        self.in_text = false;
                        if self.depth == 0 {
                            return (at + 1, true);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                // Numbers and words end where something else begins.
                b',' | b']' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 => return (at, true),
                _ => {}
            }
        }
        (input.len(), false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(text: &str, size: usize) -> Result<Vec<String>, &'static str> {
        let mut elements = Elements::new(true);
        let (mut all, mut out) = (vec![], vec![]);
        let pieces = text.as_bytes().chunks(size).chain([&[][..]]);
        for piece in pieces {
            let mut at = 0;
            loop {
                let (taken, complete) = elements.take(&piece[at..], &mut out)?;
                at += taken;
                if complete {
                    all.push(String::from_utf8(std::mem::take(&mut out)).expect("text"));
                }
                if at == piece.len() {
                    break;
                }
            }
        }
        Ok(all)
    }

    #[test]
    fn elements_are_found() {
        let text = "[ {\"a\": \"x]\\\"}\", \"b\": [1, {}]} ,12, \"s\",\n[],null]\n ";
        let expected = [
            "{\"a\": \"x]\\\"}\", \"b\": [1, {}]}",
            "12",
            "\"s\"",
            "[]",
            "null",
        ];
        for size in [1, 2, 3, 100] {
            assert_eq!(cut(text, size).expect("elements"), expected);
        }
        assert_eq!(cut("[]", 1), Ok(vec![]));
    }

    #[test]
    fn what_is_no_list_is_told() {
        for text in [
            "", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]]", "[{]", "{}", "[1] x", "[\"a]",
        ] {
            for size in [1, 100] {
                assert!(cut(text, size).is_err(), "{text}");
            }
        }
        let long = format!("[\"{}\"]", "x".repeat(LONGEST));
        assert_eq!(cut(&long, 1000), Err("it is longer than 1 MiB."));
    }

    proptest! {
        #[test]
        fn every_list_comes_apart(texts in proptest::collection::vec("[\\[\\]{},\"\\\\a ]{0,8}", 0..6), size in 1_usize..9, n: u16) {
            let all: Vec<serde_json::Value> = texts.iter().map(|it| serde_json::json!({ it: [it, n] })).collect();
            let text = serde_json::to_string(&all).expect("JSON");
            let found = cut(&text, size).expect("elements");
            let expected: Vec<String> = all.iter().map(ToString::to_string).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
