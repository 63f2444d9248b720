//! What a script got wrong.

use std::cell::RefCell;
use std::fmt::{Debug, Display};

use godot::builtin::GString;
use godot::global::{Error, godot_error};

thread_local! {
    /// The line of the last refusal on this thread, until it is taken.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A call that was refused: the code that the script receives, and the line that tells its author how to mend it.
#[derive(Clone, Debug)]
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

    /// What was given cannot be worked with: `text` says why, and what would be.
    pub(super) fn parameter(text: impl Display) -> Self {
        Refusal::new(Error::ERR_INVALID_PARAMETER, text.to_string())
    }

    /// The argument `argument` is not one that the method can work with.
    pub(super) fn argument(argument: &str, text: impl Display) -> Self {
        Refusal::parameter(format_args!("{argument}: {text}"))
    }

    /// `value` is not one that the property can have.
    pub(super) fn value(value: &dyn Debug, text: impl Display) -> Self {
        Refusal::parameter(format_args!("{value:?} cannot be used: {text}"))
    }

    /// The PEM text `pem` is not one that the property can have. The line shows its beginning, which has no secrets.
    pub(super) fn pem(pem: &GString, text: impl Display) -> Self {
        let line = pem
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(32)
            .collect::<String>();
        Refusal::value(&line, text)
    }

    /// The same within the argument `argument`.
    pub(super) fn within(self, argument: &str) -> Self {
        Refusal::new(self.code, format!("{argument}: {}", self.text))
    }

    /// Prints the line, as coming from `place`: a method such as `DTLSServerOpenSSL.setup()`, or a property. Returns
    /// the code.
    pub(super) fn report(&self, place: &str) -> Error {
        let line = format!("{place}: {}", self.text);
        godot_error!("{line}");
        LAST.set(line);
        self.code
    }
}

/// The line of the last refusal on this thread, once. Empty: there was none.
pub(super) fn take_last() -> String {
    LAST.take()
}
