//! The cookie exchange as OpenSSL calls it back: it does not tell its callbacks which client an `SSL` is talking to.

use std::sync::{Arc, OnceLock};

use openssl::error::ErrorStack;
use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslContextBuilder, SslRef};
use parking_lot::Mutex;

use super::cookie::{self, Binding, Secrets};

/// What the cookie callbacks of one `SSL` need.
///
/// The handshake that follows an accepted ClientHello checks its cookie once more, so this stays with the `SSL`.
pub(crate) struct Exchange {
    secrets: Arc<Mutex<Secrets>>,
    client: Mutex<Option<Binding>>,
}

type ExchangeIndex = Index<Ssl, Arc<Exchange>>;

/// The place of the exchange in an `SSL`, taken once a process.
fn index() -> Result<ExchangeIndex, ErrorStack> {
    static INDEX: OnceLock<ExchangeIndex> = OnceLock::new();
    match INDEX.get() {
        Some(index) => Ok(*index),
        None => {
            let index = Ssl::new_ex_index()?;
            Ok(*INDEX.get_or_init(|| index))
        }
    }
}

impl Exchange {
    /// Gives `ssl` an exchange with these secrets, and no client yet.
    pub(crate) fn attach(ssl: &mut Ssl, secrets: &Arc<Mutex<Secrets>>) -> Result<Arc<Self>, ErrorStack> {
        let exchange = Arc::new(Exchange {
            secrets: secrets.clone(),
            client: Mutex::new(None),
        });
        ssl.set_ex_data(index()?, exchange.clone());
        Ok(exchange)
    }

    /// The client whose ClientHello comes next.
    pub(crate) fn set_client(&self, client: Binding) {
        *self.client.lock() = Some(client);
    }

    fn make(&self) -> Option<[u8; cookie::LENGTH]> {
        let client = (*self.client.lock())?;
        self.secrets.lock().make(&client).ok()
    }

    fn verify(&self, cookie: &[u8]) -> bool {
        let client = *self.client.lock();
        client.is_some_and(|client| self.secrets.lock().verify(&client, cookie))
    }
}

/// Lets `DTLSv1_listen` make and check cookies for the client of the exchange that the `SSL` has.
pub(crate) fn set_cookie_callbacks(context: &mut SslContextBuilder) {
    fn of(ssl: &SslRef) -> Option<&Arc<Exchange>> {
        ssl.ex_data(index().ok()?)
    }
    context.set_cookie_generate_cb(|ssl, buffer| {
        let cookie = of(ssl)
            .and_then(|exchange| exchange.make())
            .ok_or_else(ErrorStack::get)?;
        buffer.iter_mut().zip(cookie).for_each(|(to, from)| *to = from);
        Ok(cookie::LENGTH)
    });
    context.set_cookie_verify_cb(|ssl, cookie| of(ssl).is_some_and(|exchange| exchange.verify(cookie)));
}
