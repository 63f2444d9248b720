//! The figures as Markdown and as JSON.

use super::comparison::{Comparison, Spread};
use super::figure::Outcome;
use anyhow::Result;
use std::fmt::Write;

/// The table, and what a reader needs to know of it.
pub(crate) fn markdown(outcome: &Outcome, comparisons: &[Comparison]) -> String {
    let environment = &outcome.environment;
    let mut text = format!(
        "# Benchmark\n\n\
         Godot {}, {} cores of {}. Each figure is the median of the rounds, in which the contenders take turns. The ratio \
         is taken within each round: its median, its least and its greatest. For rates more is better, for all else less.\n\n\
         | | unit | engine | ours | bare UDP | ours : engine | ciphers |\n\
         |---|---|--:|--:|--:|--:|---|\n",
        environment.godot, environment.cores, environment.processor
    );
    for row in comparisons {
        let median = |spread: Spread| number(spread.median);
        let engine = row.engine.as_ref();
        let ciphers = [
            engine.map(|engine| engine.cipher.as_str()),
            Some(row.our_cipher.as_str()),
        ];
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            row.label,
            row.unit,
            engine.map_or(String::new(), |engine| median(engine.figures)),
            median(row.ours),
            row.udp.map_or(String::new(), median),
            row.ratio().map_or(String::new(), ratio),
            ciphers.into_iter().flatten().map(aead).collect::<Vec<_>>().join(", "),
        );
    }
    text + "\n" + &lost(comparisons) + "\n"
}

/// The raw figures, one a line.
pub(crate) fn json(outcome: &Outcome) -> Result<String> {
    let figures: Vec<String> = outcome
        .figures
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<_, _>>()?;
    let environment = serde_json::to_string(&outcome.environment)?;
    Ok(format!(
        "{{\"environment\":{environment},\n\"figures\":[\n{}\n]}}\n",
        figures.join(",\n")
    ))
}

fn lost(comparisons: &[Comparison]) -> String {
    let losses: Vec<String> = comparisons
        .iter()
        .filter(|row| row.lost > 0)
        .map(|row| format!("{} in \"{}\"", row.lost, row.label))
        .collect();
    if losses.is_empty() {
        "Every packet arrived as it was sent.".to_owned()
    } else {
        format!("Packets that did not arrive as they were sent: {}.", losses.join(", "))
    }
}

/// `AES_128_GCM` of `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`: what the contenders choose differently.
fn aead(cipher: &str) -> &str {
    let behind = cipher.split_once("_WITH_").map_or(cipher, |(_, behind)| behind);
    behind.rsplit_once("_SHA").map_or(behind, |(aead, _)| aead)
}

fn ratio(ratio: Spread) -> String {
    format!("**{:.2}** ({:.2} to {:.2})", ratio.median, ratio.min, ratio.max)
}

/// Three significant digits, or all of a larger number's, in groups of three.
fn number(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.2}");
    }
    if value < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::{aead, json, number};
    use crate::bench::figure::Outcome;

    #[test]
    fn numbers_are_short_enough_to_be_read() {
        let shown = [0.1157, 8.25, 81.6, 999.5, 1_234_567.0].map(number);
        assert_eq!(shown, ["0.12", "8.25", "81.6", "1,000", "1,234,567"]);
    }

    #[test]
    fn of_a_cipher_suite_the_cipher_is_shown() {
        assert_eq!(aead("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"), "AES_256_GCM");
        assert_eq!(aead("0x1301"), "0x1301");
    }

    #[test]
    fn the_raw_figures_are_json() {
        let line = r#"FIGURE {"cipher":"","contender":"udp","lost":0,"round":0,"row":"","unit":"µs","value":1.5}"#;
        let outcome = Outcome::parse(&[line.to_owned(), line.to_owned()]).unwrap();
        let parsed: serde_json::Value = serde_json::from_str(&json(&outcome).unwrap()).unwrap();
        assert_eq!(parsed["figures"][1]["value"], 1.5);
    }
}
