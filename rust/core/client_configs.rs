use parking_lot::Mutex;

use super::config::{ClientConfig, ClientOptions};
use super::config_error::ConfigError;

/// A game uses few, but a tool may try many.
const MAX_CONFIGS: usize = 16;

/// Client configurations that were used before, with their sessions.
///
/// Scripts often make new options for each connection. Equal options give the same configuration, so that a session can
/// be resumed and nothing is made twice.
pub struct ClientConfigs(Mutex<Vec<(ClientOptions, ClientConfig)>>);

impl ClientConfigs {
    /// None yet.
    pub const fn new() -> Self {
        ClientConfigs(Mutex::new(Vec::new()))
    }

    /// The configuration for `options`. The one that was not asked for the longest is forgotten.
    ///
    /// # Errors
    /// Those of [`ClientConfig::new`].
    pub fn get(&self, options: &ClientOptions) -> Result<ClientConfig, ConfigError> {
        let mut configs = self.0.lock();
        let found = configs.iter().position(|(known, _)| known == options);
        let entry = match found {
            Some(position) => configs.remove(position),
            None => (options.clone(), ClientConfig::new(options)?),
        };
        let config = entry.1.clone();
        configs.insert(0, entry);
        configs.truncate(MAX_CONFIGS);
        Ok(config)
    }
}

impl Default for ClientConfigs {
    fn default() -> Self {
        Self::new()
    }
}
