//! The class reference, for the editor's help.

#![allow(unsafe_code)]

use godot::sys::interface_fn;

/// What `cargo xtask api` has made of the doc comments and the registered classes.
const CLASSES: [&str; 3] = [
    include_str!("../../docs/api/DTLSServerOpenSSL.xml"),
    include_str!("../../docs/api/PacketPeerDTLSOpenSSL.xml"),
    include_str!("../../docs/api/TLSOptionsOpenSSL.xml"),
];

/// Gives the reference to the editor. Call it when the editor's classes are there.
pub(super) fn load() {
    for xml in CLASSES {
        let length = i64::try_from(xml.len()).unwrap_or(0);
        // SAFETY: Godot has loaded the extension, so its interface is there. It copies the text before it returns.
        unsafe { interface_fn!(editor_help_load_xml_from_utf8_chars_and_len)(xml.as_ptr().cast(), length) };
    }
}
