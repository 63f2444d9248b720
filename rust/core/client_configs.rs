use super::config::{ClientConfig, ClientOptions};
use super::config_error::ConfigError;
use super::recent::Recent;

/// Client configurations that were used before, with their sessions.
///
/// Scripts often make new options for each connection. Equal options give the same configuration, so that a session can
/// be resumed and nothing is made twice.
pub struct ClientConfigs(Recent<ClientOptions, ClientConfig>);

impl ClientConfigs {
    /// None yet.
    pub const fn new() -> Self {
        ClientConfigs(Recent::new())
    }

    /// The configuration for `options`. Of more than 16, the one that was not asked for the longest is forgotten.
    ///
    /// # Errors
    /// Those of [`ClientConfig::new`].
    pub fn get(&self, options: &ClientOptions) -> Result<ClientConfig, ConfigError> {
        self.0.get_or_make(options.clone(), ClientConfig::new)
    }
}

impl Default for ClientConfigs {
    fn default() -> Self {
        Self::new()
    }
}
