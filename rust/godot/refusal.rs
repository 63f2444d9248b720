//! What a script got wrong.

use std::fmt::Display;

use godot::global::{Error, godot_error};

/// A call that was refused: the code that the script receives, and the line that tells its author how to mend it.
#[derive(Debug)]
pub(super) struct Refusal {
    code: Error,
    text: String,
}

impl Refusal {
    pub(super) fn new(code: Error, text: impl Into<String>) -> Self {
        Refusal {
            code,
            text: text.into(),
        }
    }

    /// The argument `argument` is not one that the method can work with: `text` says why, and what would be.
    pub(super) fn argument(argument: &str, text: impl Display) -> Self {
        Refusal::new(Error::ERR_INVALID_PARAMETER, format!("{argument}: {text}"))
    }

    /// Prints the line, as coming from the method `method`. Returns the code.
    pub(super) fn report(&self, method: &str) -> Error {
        godot_error!("{method}(): {}", self.text);
        self.code
    }
}
