use std::time::Instant;

use openssl::error::ErrorStack;

use super::cookie::CookieSecrets;
use super::settings::SharedSecret;
use super::tickets::TicketKeys;

/// The secrets of one server object. They outlive its configurations.
pub(crate) struct Secrets {
    pub(crate) cookies: CookieSecrets,
    pub(crate) tickets: TicketKeys,
}

impl Secrets {
    /// Random ones, or those that servers share.
    pub(crate) fn new(
        cookie: Option<&SharedSecret>,
        ticket: Option<&SharedSecret>,
        now: Instant,
    ) -> Result<Self, ErrorStack> {
        Ok(Secrets {
            cookies: CookieSecrets::new(cookie, now)?,
            tickets: TicketKeys::new(ticket, now)?,
        })
    }

    /// Takes over what another configuration shares.
    pub(crate) fn share(
        &mut self,
        cookie: Option<&SharedSecret>,
        ticket: Option<&SharedSecret>,
        now: Instant,
    ) -> Result<(), ErrorStack> {
        self.cookies.share(cookie, now)?;
        self.tickets.share(ticket, now)
    }

    /// Replaces what is due by `now`.
    pub(crate) fn rotate(&mut self, now: Instant) -> Result<(), ErrorStack> {
        self.cookies.rotate(now)?;
        self.tickets.rotate(now)
    }
}
