use super::config_error::ConfigError;

/// A host name that a server answers to with a certificate of its own (SNI, RFC 6066, section 3): `play.example.com`,
/// or `*.example.com` for every name one level below. Case does not matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedHost(String);

impl ServedHost {
    /// # Errors
    /// [`ConfigError::HostnameInvalid`] if no client could ask for the name.
    pub fn new(name: &str) -> Result<Self, ConfigError> {
        let is_sound = |label: &str| !label.is_empty() && !label.contains(['*', '\0']) && label.is_ascii();
        let labels = name.strip_prefix("*.").unwrap_or(name);
        if name.len() > 255 || !labels.split('.').all(is_sound) {
            return Err(ConfigError::HostnameInvalid);
        }
        Ok(ServedHost(name.to_ascii_lowercase()))
    }

    /// True if a client that asks for `name` is meant.
    pub(crate) fn matches(&self, name: &str) -> bool {
        match self.0.strip_prefix("*.") {
            Some(parent) => name
                .split_once('.')
                .is_some_and(|(first, rest)| !first.is_empty() && rest.eq_ignore_ascii_case(parent)),
            None => name.eq_ignore_ascii_case(&self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_matches_in_any_case() {
        let host = ServedHost::new("Play.example.com").unwrap();
        assert!(host.matches("play.EXAMPLE.com"));
        assert!(!host.matches("example.com"));
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let host = ServedHost::new("*.example.com").unwrap();
        assert!(host.matches("play.example.com"));
        assert!(!host.matches("example.com"));
        assert!(!host.matches(".example.com"));
        assert!(!host.matches("a.b.example.com"));
    }

    #[test]
    fn names_that_nobody_can_ask_for_are_refused() {
        for name in ["", ".", "a..b", "*", "*.", "a.*.b", "a\0b", "ü.test"] {
            assert!(ServedHost::new(name).is_err(), "{name:?}");
        }
    }
}
