//! The pre-shared keys of a server: those that a script has given, or the script's own answer to each identity.

use std::collections::HashMap;

use godot::builtin::{AnyDictionary, Callable, GString, PackedByteArray, StringName, Variant, VariantType};
use godot::meta::ToGodot;

use super::refusal::Refusal;
use crate::core::{self, PskAnswer, PskIdentity, PskKey, ServerCredentials};

const ARGUMENT: &str = "keys";

/// The argument of `TLSOptionsOpenSSL.server_psk()`.
#[derive(Clone)]
pub(super) enum PskKeys {
    /// A Dictionary, read once.
    Fixed(HashMap<PskIdentity, PskKey>),
    /// A Callable.
    Lookup(PskLookup),
}

impl PskKeys {
    /// Reads the argument.
    pub(super) fn read(keys: &Variant) -> Result<Self, Refusal> {
        match keys.get_type() {
            VariantType::DICTIONARY => read_dictionary(&keys.to()).map(PskKeys::Fixed),
            VariantType::CALLABLE => PskLookup::new(keys.to()).map(PskKeys::Lookup),
            other => Err(Refusal::argument(
                ARGUMENT,
                format_args!("expected a Dictionary of identities and keys or a Callable, got {other:?}"),
            )),
        }
    }

    /// As core has them, and the Callable if that is what was given.
    pub(super) fn into_credentials(self) -> (ServerCredentials, Option<PskLookup>) {
        let (keys, lookup) = match self {
            PskKeys::Fixed(keys) => (core::PskKeys::Fixed(keys), None),
            PskKeys::Lookup(lookup) => (core::PskKeys::Lookup, Some(lookup)),
        };
        (ServerCredentials::PreSharedKeys(keys), lookup)
    }
}

fn read_dictionary(entries: &AnyDictionary) -> Result<HashMap<PskIdentity, PskKey>, Refusal> {
    if entries.is_empty() {
        return Err(Refusal::argument(
            ARGUMENT,
            "the Dictionary is empty: no client could connect",
        ));
    }
    entries
        .iter_shared()
        .map(|(identity, key)| read_entry(&identity, &key))
        .collect()
}

fn read_entry(identity: &Variant, key: &Variant) -> Result<(PskIdentity, PskKey), Refusal> {
    let text = match identity.get_type() {
        VariantType::STRING => identity.to::<GString>().to_string(),
        VariantType::STRING_NAME => identity.to::<StringName>().to_string(),
        // It is not told what it is: perhaps the key, in the place of the identity.
        other => {
            return Err(Refusal::argument(
                ARGUMENT,
                format_args!("an identity is a String, not {other:?}"),
            ));
        }
    };
    let refuse = |mistake: String| Refusal::argument(ARGUMENT, format_args!("{text:?}: {mistake}"));
    let bytes = bytes_in(key).map_err(|kind| refuse(format!("a key is a PackedByteArray, not {kind:?}")))?;
    let identity = PskIdentity::new(&text).map_err(|error| refuse(error.to_string()))?;
    let key = PskKey::new(bytes.as_slice()).map_err(|error| refuse(error.to_string()))?;
    Ok((identity, key))
}

/// The bytes of a key. The `godot` crate would take a String for them too.
///
/// # Errors
/// What the value is in their place.
fn bytes_in(key: &Variant) -> Result<PackedByteArray, VariantType> {
    match key.get_type() {
        VariantType::PACKED_BYTE_ARRAY => Ok(key.to()),
        other => Err(other),
    }
}

/// A script's function that is asked for the key of each identity.
#[derive(Clone)]
pub(super) struct PskLookup(Callable);

impl PskLookup {
    fn new(callable: Callable) -> Result<Self, Refusal> {
        if callable.is_valid() {
            Ok(PskLookup(callable))
        } else {
            Err(Refusal::argument(
                ARGUMENT,
                "there is nothing that the Callable could call",
            ))
        }
    }

    /// Calls it. The script can do anything meanwhile.
    ///
    /// # Errors
    /// What it got wrong.
    pub(super) fn ask(&self, identity: &str) -> Result<PskAnswer, String> {
        if !self.0.is_valid() {
            return Err("the object of the Callable is gone".to_owned());
        }
        let answer = self.0.call(&[GString::from(identity).to_variant()]);
        let key = bytes_in(&answer)
            .map_err(|kind| format!("the Callable has failed or returned no PackedByteArray but {kind:?}"))?;
        if key.is_empty() {
            return Ok(PskAnswer::Unknown);
        }
        PskKey::new(key.as_slice())
            .map(PskAnswer::Key)
            .map_err(|error| error.to_string())
    }
}

/// A client's identity that waits for its key.
pub(super) struct PskRequest {
    identity: String,
    lookup: PskLookup,
}

impl PskRequest {
    /// Asks for the key of `identity`, as a client has sent it.
    ///
    /// # Errors
    /// The answer, if there is nobody to be asked.
    pub(super) fn new(identity: &[u8], lookup: Option<&PskLookup>) -> Result<Self, PskAnswer> {
        let identity = std::str::from_utf8(identity).ok().filter(|text| !text.is_empty());
        match (identity, lookup) {
            (Some(identity), Some(lookup)) => Ok(PskRequest {
                identity: identity.to_owned(),
                lookup: lookup.clone(),
            }),
            // Nobody can have this identity.
            (None, _) => Err(PskAnswer::Unknown),
            // The server was set up anew between this client's datagrams.
            (_, None) => Err(PskAnswer::Refuse),
        }
    }

    /// The client's name for its key.
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    /// Asks the script.
    ///
    /// # Errors
    /// What it got wrong.
    pub(super) fn ask(&self) -> Result<PskAnswer, String> {
        self.lookup.ask(&self.identity)
    }
}
