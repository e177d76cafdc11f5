//! `cargo xtask bench compare`: two recordings side by side.

use std::fmt::Write as _;

/// What a recording says of one item.
struct Line {
    name: String,
    value: f64,
    shown: String,
    ratio: Option<f64>,
}

/// Each item of both, with how the value and the ratio to the control changed. Ratios tell more: both recordings
/// may come from busy machines, and the control was as busy as the product.
pub fn compare(before: &str, after: &str) -> String {
    let (before, after) = (lines(before), lines(after));
    let mut text = format!(
        "{:<64}{:>18}{:>18}{:>9}{:>18}\n",
        "item", "before", "after", "change", "ratio"
    );
    for new in &after {
        let Some(old) = before.iter().find(|it| it.name == new.name) else {
            let _ = writeln!(text, "{:<64}{:>18}{:>18}", new.name, "-", new.shown);
            continue;
        };
        let change = (new.value / old.value - 1.0) * 100.0;
        let ratios = match (old.ratio, new.ratio) {
            (Some(old), Some(new)) => format!("{old:.2} -> {new:.2}"),
            _ => "-".into(),
        };
        let _ = writeln!(
            text,
            "{:<64}{:>18}{:>18}{change:>+8.0}%{ratios:>18}",
            new.name, old.shown, new.shown
        );
    }
    for old in before
        .iter()
        .filter(|it| !after.iter().any(|new| new.name == it.name))
    {
        let _ = writeln!(text, "{:<64}{:>18}{:>18}", old.name, old.shown, "-");
    }
    text
}

/// The rows of a recording's table.
fn lines(text: &str) -> Vec<Line> {
    let rows = text.lines().filter(|it| it.starts_with("| "));
    rows.filter_map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, engine, work, shown, _, ratio, ..] = cells.as_slice() else {
            return None;
        };
        Some(Line {
            name: format!("{engine}: {work}"),
            value: number(shown)?,
            shown: (*shown).to_owned(),
            ratio: number(ratio),
        })
    })
    .collect()
}

/// `12,345/s` is 12345.
fn number(cell: &str) -> Option<f64> {
    let digits: String = cell
        .chars()
        .filter(|it| *it != ',')
        .take_while(|it| it.is_ascii_digit() || *it == '.')
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "| engine | work | product | control | ratio | bar | verdict | more |\n|---|---|---|---|---|---|---|---|\n";

    #[test]
    fn changes_are_told() {
        let before =
            format!("{HEAD}| SQLite | get by id | 10,000/s | 20,000/s | 0.50 | - | - |  |\n");
        let after = format!(
            "{HEAD}| SQLite | get by id | 15,000/s | 20,000/s | 0.75 | - | - |  |\n| SQLite | list | 1/s | - | - | - | - |  |\n"
        );
        let text = compare(&before, &after);
        assert!(
            text.contains("+50%") && text.contains("0.50 -> 0.75"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 3);
    }
}
