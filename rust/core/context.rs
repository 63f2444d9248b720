//! The `SSL_CTX` of each role: options as OpenSSL wants them.

use std::sync::Arc;

use openssl::error::ErrorStack;
use openssl::sha::Sha256;
use openssl::ssl::{
    AlpnError, NameType, SniError, SslContext, SslContextBuilder, SslMethod, SslMode, SslOptions, SslSessionCacheMode,
    SslVerifyMode, SslVersion,
};
use openssl::x509::verify::X509VerifyFlags;

use super::config::{ClientOptions, ClientVerification, ServerCredentials, ServerOptions, Verification};
use super::config_error::ConfigError;
use super::identity::Identity;
use super::record::MAX_MESSAGE;
use super::served_host::ServedHost;
use super::settings::{AlpnProtocols, CipherList, Settings, Version};
use super::trust::TrustStore;
use super::{attachment, ffi, psk, tickets};

/// AEAD suites with forward secrecy, AES-128-GCM first. With CBC one forged datagram would end a session.
const CIPHER_LIST: &str = "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20";

/// The one suite for pre-shared keys that has both forward secrecy and authenticated encryption in OpenSSL.
const PSK_CIPHER_LIST: &str = "ECDHE-PSK-CHACHA20-POLY1305";

/// The `SSL_CTX` of a client.
pub(crate) fn client(options: &ClientOptions) -> Result<SslContext, ConfigError> {
    let is_psk = matches!(options.verification, Verification::PreSharedKey(_));
    let mut context = context(SslMethod::dtls_client(), &options.settings, is_psk)?;
    // Sessions are kept by SessionCache.
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    match &options.verification {
        Verification::Full(trust) | Verification::Chain(trust) => verify(&mut context, SslVerifyMode::PEER, trust)?,
        Verification::Pinned(_) => context.set_verify(SslVerifyMode::PEER),
        Verification::PreSharedKey(psk) => psk::use_on_client(&mut context, psk.clone()),
        Verification::None => context.set_verify(SslVerifyMode::NONE),
    }
    if let Some(identity) = &options.identity {
        show(&mut context, identity, &options.settings)?;
    }
    let protocols = options.settings.alpn.wire();
    if !protocols.is_empty() {
        context.set_alpn_protos(protocols)?;
    }
    Ok(context.build())
}

/// The `SSL_CTX` of a server, which changes to those of other certificates where a client asks for their names.
pub(crate) fn server(options: &ServerOptions) -> Result<SslContext, ConfigError> {
    match &options.credentials {
        ServerCredentials::Certificates {
            identity,
            hosts,
            clients,
        } => {
            let mut others = Vec::new();
            for (host, identity) in hosts {
                let context = server_with_certificate(options, identity, clients)?.build();
                others.push((host.clone(), context));
            }
            let mut context = server_with_certificate(options, identity, clients)?;
            if !others.is_empty() {
                serve_hosts(&mut context, others);
            }
            Ok(context.build())
        }
        ServerCredentials::PreSharedKeys(keys) => {
            let mut context = server_context(options, true)?;
            psk::use_on_server(&mut context, Arc::new(keys.clone()));
            Ok(context.build())
        }
    }
}

fn server_with_certificate(
    options: &ServerOptions,
    identity: &Identity,
    clients: &ClientVerification,
) -> Result<SslContextBuilder, ConfigError> {
    let mut context = server_context(options, false)?;
    show(&mut context, identity, &options.settings)?;
    if let Some(trust) = clients.trust() {
        verify(&mut context, clients.mode(), trust)?;
        context.set_client_ca_list(trust.names()?);
    }
    // A session is resumed only under the rules that its client was verified by.
    let mut rules = Sha256::new();
    rules.update(&clients.mode().bits().to_be_bytes());
    rules.update(clients.trust().map_or(&[][..], |trust| trust.digest()));
    context.set_session_id_context(&rules.finish())?;
    Ok(context)
}

fn server_context(options: &ServerOptions, is_psk: bool) -> Result<SslContextBuilder, ConfigError> {
    let mut context = context(SslMethod::dtls_server(), &options.settings, is_psk)?;
    // Nothing is kept here: a client brings its session along in its ticket.
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    ffi::set_session_lifetime(&mut context, tickets::LIFETIME);
    attachment::use_attachments(&mut context);
    select_protocol(&mut context, &options.settings.alpn);
    Ok(context)
}

fn context(method: SslMethod, settings: &Settings, is_psk: bool) -> Result<SslContextBuilder, ConfigError> {
    let mut context = SslContext::builder(method)?;
    let oldest = settings.min_version.map_or(SslVersion::DTLS1_2, Version::to_openssl);
    context.set_min_proto_version(Some(oldest))?;
    context.set_max_proto_version(settings.max_version.map(Version::to_openssl))?;
    let list = settings.cipher_list.as_ref().map(CipherList::as_str);
    if is_psk {
        // Whoever could show a certificate instead would not have to know the key: nobody looks at certificates then.
        let list = format!("{}:!aRSA:!aECDSA", list.unwrap_or(PSK_CIPHER_LIST));
        context
            .set_cipher_list(&list)
            .map_err(|_| ConfigError::CiphersWithoutPsk)?;
    } else {
        context.set_cipher_list(list.unwrap_or(CIPHER_LIST))?;
    }
    context.set_groups_list(settings.groups.as_str())?;
    context.set_security_level(settings.security_level.get());
    // NO_QUERY_MTU: the MTU is what we set, for each flight and after DTLSv1_listen has cleared the rest.
    context.set_options(
        SslOptions::NO_QUERY_MTU
            | SslOptions::NO_RENEGOTIATION
            | SslOptions::NO_COMPRESSION
            | SslOptions::CIPHER_SERVER_PREFERENCE,
    );
    // A key that was taken away must not live on in a ticket, and a resumed handshake does not look at keys.
    if !settings.resumption || is_psk {
        context.set_options(SslOptions::NO_TICKET);
    }
    // A buffer of 17 KB for each record that is written costs 0.06 microseconds, and saves a fifth of an idle peer's memory.
    context.set_mode(SslMode::RELEASE_BUFFERS);
    ffi::set_max_certificate_list(&mut context, MAX_MESSAGE);
    if let Some(log) = settings.key_log.clone() {
        context.set_keylog_callback(move |_, line| log.write(line));
    }
    Ok(context)
}

/// Makes `identity` what this side shows.
fn show(context: &mut SslContextBuilder, identity: &Identity, settings: &Settings) -> Result<(), ConfigError> {
    identity.check_groups(&settings.groups)?;
    context.set_certificate(identity.leaf())?;
    context.set_private_key(identity.key())?;
    for certificate in identity.intermediates() {
        context.add_extra_chain_cert(certificate.clone())?;
    }
    Ok(())
}

fn verify(context: &mut SslContextBuilder, mode: SslVerifyMode, trust: &TrustStore) -> Result<(), ErrorStack> {
    context.set_verify(mode);
    ffi::set_shared_verify_store(context, trust.store())?;
    // A trusted intermediate is enough, as it is for Mbed TLS.
    let mut flags = X509VerifyFlags::PARTIAL_CHAIN;
    if trust.checks_revocation() {
        flags |= X509VerifyFlags::CRL_CHECK | X509VerifyFlags::CRL_CHECK_ALL;
    }
    context.verify_param_mut().set_flags(flags)
}

/// Answers clients that ask for one of these names with its own context.
fn serve_hosts(context: &mut SslContextBuilder, hosts: Vec<(ServedHost, SslContext)>) {
    context.set_servername_callback(move |ssl, _alert| {
        let Some(name) = ssl.servername(NameType::HOST_NAME) else {
            return Err(SniError::NOACK);
        };
        let found = hosts.iter().find(|(host, _)| host.matches(name));
        match found {
            Some((_, context)) => ssl.set_ssl_context(context).map_err(|_| SniError::ALERT_FATAL),
            None => Err(SniError::NOACK),
        }
    });
}

/// Picks the first of `protocols` that the client has too. A client that has none of them is refused (RFC 7301, section
/// 3.2); one that does not ask is not.
fn select_protocol(context: &mut SslContextBuilder, protocols: &AlpnProtocols) {
    if !protocols.wire().is_empty() {
        let protocols = protocols.clone();
        context.set_alpn_select_callback(move |_, offered| protocols.select(offered).ok_or(AlpnError::ALERT_FATAL));
    }
}
