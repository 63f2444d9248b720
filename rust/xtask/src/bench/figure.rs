//! What a run of `tests/godot/bench/main.gd` prints.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// One measured value.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Figure {
    /// The measurement's title, which the script does not know.
    #[serde(default)]
    pub(crate) title: String,
    /// What of it. Empty if the measurement has one row only.
    pub(crate) row: String,
    /// `engine`, `udp`, or the addon's classes: `ours`, or the name of another way to use them.
    pub(crate) contender: String,
    pub(crate) round: u32,
    pub(crate) value: f64,
    pub(crate) unit: String,
    /// Empty where nothing is encrypted.
    pub(crate) cipher: String,
    /// Packets that did not arrive as they were sent.
    pub(crate) lost: u32,
}

/// Where it was measured.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Environment {
    pub(crate) godot: String,
    pub(crate) processor: String,
    pub(crate) cores: u32,
}

/// All that was measured, in order.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Outcome {
    pub(crate) environment: Environment,
    pub(crate) figures: Vec<Figure>,
}

impl Outcome {
    /// Reads the lines that are about figures among those that the engine prints.
    pub(crate) fn parse(lines: &[String]) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        for line in lines {
            if let Some(environment) = line.strip_prefix("ENVIRONMENT ") {
                outcome.environment = serde_json::from_str(environment).with_context(|| line.clone())?;
            } else if let Some(figure) = line.strip_prefix("FIGURE ") {
                outcome
                    .figures
                    .push(serde_json::from_str(figure).with_context(|| line.clone())?);
            }
        }
        Ok(outcome)
    }

    pub(crate) fn extend(&mut self, other: Outcome) {
        self.environment = other.environment;
        self.figures.extend(other.figures);
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn figures_are_found_among_other_output() {
        let lines = [
            "Godot Engine",
            r#"ENVIRONMENT {"cores":2,"godot":"4.6.3","processor":"x"}"#,
            r#"FIGURE {"cipher":"","contender":"udp","lost":1,"round":3,"row":"64 bytes","unit":"µs","value":1.5}"#,
        ];
        let outcome = Outcome::parse(&lines.map(str::to_owned)).unwrap();
        assert_eq!(outcome.environment.cores, 2);
        assert_eq!(outcome.figures.len(), 1);
        assert_eq!((outcome.figures[0].value, outcome.figures[0].round), (1.5, 3));
    }

    #[test]
    fn a_figure_that_cannot_be_read_is_an_error() {
        assert!(Outcome::parse(&["FIGURE {}".to_owned()]).is_err());
    }
}
