//! What OpenSSL's callbacks have to know of the server session that they are called for: it tells them only its `SSL`.

use std::sync::{Arc, OnceLock};

use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslContextBuilder, SslRef};
use parking_lot::Mutex;

use super::ffi;
use super::psk::PskSlot;
use super::secrets::Secrets;
use super::tickets::TicketKey;

/// What goes with one `SSL` of a server.
pub(crate) struct Attachment {
    secrets: Arc<Mutex<Secrets>>,
    psk: PskSlot,
}

type AttachmentIndex = Index<Ssl, Arc<Attachment>>;

/// The place of the attachment in an `SSL`, taken once a process.
fn index() -> Result<AttachmentIndex, ErrorStack> {
    static INDEX: OnceLock<AttachmentIndex> = OnceLock::new();
    match INDEX.get() {
        Some(index) => Ok(*index),
        None => {
            let index = Ssl::new_ex_index()?;
            Ok(*INDEX.get_or_init(|| index))
        }
    }
}

impl Attachment {
    /// Gives `ssl` an attachment with these secrets.
    pub(crate) fn attach(ssl: &mut Ssl, secrets: &Arc<Mutex<Secrets>>) -> Result<Arc<Self>, ErrorStack> {
        let attachment = Arc::new(Attachment {
            secrets: secrets.clone(),
            psk: PskSlot::default(),
        });
        ssl.set_ex_data(index()?, attachment.clone());
        Ok(attachment)
    }

    /// The attachment of `ssl`.
    pub(crate) fn of(ssl: &SslRef) -> Option<&Arc<Attachment>> {
        ssl.ex_data(index().ok()?)
    }

    /// What the caller has said of the client's pre-shared key.
    pub(crate) fn psk(&self) -> &PskSlot {
        &self.psk
    }

    /// The key for a new ticket.
    pub(crate) fn ticket_key(&self) -> TicketKey {
        self.secrets.lock().tickets.current()
    }

    /// The key with this name, and whether the client should be given a new ticket.
    pub(crate) fn find_ticket_key(&self, name: &[u8]) -> Option<(TicketKey, bool)> {
        self.secrets.lock().tickets.find(name)
    }
}

/// Lets handshakes make and open tickets with the secrets of the attachment that each `SSL` has, and takes every cookie:
/// no `SSL` is made for a client whose cookie the listener has not checked.
pub(crate) fn use_attachments(context: &mut SslContextBuilder) {
    context.set_cookie_verify_cb(|_, _| true);
    ffi::use_ticket_keys(context);
}
