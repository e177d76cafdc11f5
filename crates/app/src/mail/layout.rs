//! From words to text and HTML: one source for both, so that they never differ.

use super::words::{Values, Words};

/// Stands where the link's secret will be.
pub const MASK: &str = "••••••••";

/// How a provider's messages look (TREE-02).
pub struct Brand {
    pub sender: String,
    pub colour: String,
    pub support: String,
}

/// The colour of those who have chosen none.
const COLOUR: &str = "#3f66d0";

pub fn fill(text: &str, values: &Values) -> String {
    let mut out = String::new();
    let mut rest = text;
    // Each place once: what is filled in is not looked at again.
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        let value = values.iter().find(|it| it.0 == name);
        out.push_str(value.map_or("", |it| it.1.as_str()));
        rest = after;
    }
    out + rest
}

/// For mail programs that show text, and for the log.
pub fn text(words: &Words, values: &Values, link: Option<&str>, help: Option<&str>) -> String {
    let filled = |it: &&str| fill(it, values);
    let mut parts: Vec<String> = words.lines.iter().map(filled).collect();
    if let Some(link) = link {
        parts.push(format!("{}:\n{link}", words.button));
    }
    parts.extend(words.after.iter().map(filled));
    parts.extend(help.map(str::to_owned));
    parts.join("\n\n") + "\n"
}

pub fn html(
    words: &Words,
    values: &Values,
    brand: &Brand,
    link: Option<&str>,
    help: Option<&str>,
) -> String {
    let colour = if brand.colour.is_empty() {
        COLOUR
    } else {
        &brand.colour
    };
    let line = |it: &&str| {
        format!(
            "<p style=\"margin:0 0 16px\">{}</p>",
            escape(&fill(it, values)).replace('\n', "<br>")
        )
    };
    let mut body: String = words.lines.iter().map(line).collect();
    if let Some(link) = link {
        let ink = ink_on(colour);
        body += &format!(
            "<p style=\"margin:24px 0\"><a href=\"{}\" style=\"display:inline-block;padding:10px 18px;border-radius:6px;background:{colour};color:{ink};text-decoration:none;font-weight:600\">{}</a></p>",
            escape(link),
            escape(words.button)
        );
    }
    body += &words.after.iter().map(line).collect::<String>();
    if let Some(help) = help {
        body += &format!(
            "<p style=\"margin:24px 0 0;color:#5a6472;font-size:13px\">{}</p>",
            escape(help)
        );
    }
    format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"></head><body style=\"margin:0;padding:24px;background:#f6f7f9;color:#1b212a;font:15px/1.5 system-ui,sans-serif\"><div style=\"max-width:520px;margin:0 auto;padding:28px;background:#ffffff;border-top:4px solid {colour};border-radius:8px\"><p style=\"margin:0 0 20px;font-weight:600\">{}</p>{body}</div></body></html>",
        escape(&brand.sender)
    )
}

/// Black or white, whichever is read more easily on the colour `#rrggbb`.
fn ink_on(colour: &str) -> &'static str {
    let part = |at: usize| {
        let byte = colour
            .get(at..at + 2)
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        let share = f64::from(byte.unwrap_or_default()) / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    let luminance = 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
    if luminance > 0.179 {
        "#000000"
    } else {
        "#ffffff"
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::words::{MailKind, help, words_of};
    use crate::values::Language;

    #[test]
    fn every_place_of_every_message_is_filled() {
        let names = ["node", "role", "email", "when", "until", "support", "first"];
        let values: Values = names
            .into_iter()
            .map(|name| (name, format!("<{name}>")))
            .collect();
        for (kind, _) in MailKind::ALL {
            let kind = MailKind::parse(kind).unwrap();
            for language in [Language::En, Language::De] {
                let words = words_of(kind, language);
                let link = (!words.button.is_empty()).then_some("https://x.example/p#••••••••");
                let help = fill(help(language), &values);
                let text = text(&words, &values, link, Some(&help));
                let brand = Brand {
                    sender: "A & B".into(),
                    colour: String::new(),
                    support: String::new(),
                };
                let html = html(&words, &values, &brand, link, Some(&help));
                for part in [&text, &html, &fill(words.subject, &values)] {
                    assert!(!part.contains('{') && !part.is_empty(), "{part}");
                }
                assert!(
                    html.contains("A &amp; B") && !html.contains("<email>"),
                    "{html}"
                );
                assert_eq!(link.is_some(), text.contains(MASK) && html.contains(MASK));
            }
        }
        assert_eq!(fill("{a} {b}", &vec![("a", "{b}".into())]), "{b} ");
    }

    #[test]
    fn ink_can_be_read() {
        for (colour, ink) in [
            (COLOUR, "#ffffff"),
            ("#ffff00", "#000000"),
            ("#000000", "#ffffff"),
        ] {
            assert_eq!(ink_on(colour), ink, "{colour}");
        }
    }
}
