//! What OpenSSL's callbacks have to know of the server session that they are called for: it tells them only its `SSL`.

use std::sync::{Arc, OnceLock};

use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslContextBuilder, SslRef};
use parking_lot::Mutex;

use super::cookie::{self, Binding};
use super::ffi;
use super::psk::PskSlot;
use super::secrets::Secrets;
use super::tickets::TicketKey;

/// What goes with one `SSL` of a server, from the listener on.
///
/// The handshake that follows an accepted ClientHello checks its cookie once more, so the client stays.
pub(crate) struct Attachment {
    secrets: Arc<Mutex<Secrets>>,
    client: Mutex<Option<Binding>>,
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
    /// Gives `ssl` an attachment with these secrets, and no client yet.
    pub(crate) fn attach(ssl: &mut Ssl, secrets: &Arc<Mutex<Secrets>>) -> Result<Arc<Self>, ErrorStack> {
        let attachment = Arc::new(Attachment {
            secrets: secrets.clone(),
            client: Mutex::new(None),
            psk: PskSlot::default(),
        });
        ssl.set_ex_data(index()?, attachment.clone());
        Ok(attachment)
    }

    /// The attachment of `ssl`.
    pub(crate) fn of(ssl: &SslRef) -> Option<&Arc<Attachment>> {
        ssl.ex_data(index().ok()?)
    }

    /// The client whose ClientHello comes next.
    pub(crate) fn set_client(&self, client: Binding) {
        *self.client.lock() = Some(client);
    }

    /// What the caller has said of the client's pre-shared key.
    pub(crate) fn psk(&self) -> &PskSlot {
        &self.psk
    }

    fn make_cookie(&self) -> Option<[u8; cookie::LENGTH]> {
        let client = (*self.client.lock())?;
        self.secrets.lock().cookies.make(&client).ok()
    }

    fn verify_cookie(&self, cookie: &[u8]) -> bool {
        let client = *self.client.lock();
        client.is_some_and(|client| self.secrets.lock().cookies.verify(&client, cookie))
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

/// Lets `DTLSv1_listen` make and check cookies, and handshakes make and open tickets, with the secrets of the
/// attachment that the `SSL` has.
pub(crate) fn use_attachments(context: &mut SslContextBuilder) {
    context.set_cookie_generate_cb(|ssl, buffer| {
        let cookie = Attachment::of(ssl)
            .and_then(|attachment| attachment.make_cookie())
            .ok_or_else(ErrorStack::get)?;
        buffer.iter_mut().zip(cookie).for_each(|(to, from)| *to = from);
        Ok(cookie::LENGTH)
    });
    context.set_cookie_verify_cb(|ssl, cookie| {
        Attachment::of(ssl).is_some_and(|attachment| attachment.verify_cookie(cookie))
    });
    ffi::use_ticket_keys(context);
}
