//! What things are called in C#.

use crate::api::class::Class;

/// `take_connection` and `KIND_ONE` as `TakeConnection` and `KindOne`.
pub(super) fn pascal(name: &str) -> String {
    name.split('_').map(capitalized).collect()
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first
        .into_iter()
        .chain(letters.map(|letter| letter.to_ascii_lowercase()))
        .collect()
}

/// `udp_peer` as `udpPeer`.
pub(super) fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// A class of the addon without the ending that tells it from the engine's, which is in another namespace; one of the
/// engine as its C# has it: `PacketPeerUDP` as `PacketPeerUdp`.
pub(super) fn class(name: &str) -> String {
    let name = name.strip_suffix("OpenSSL").unwrap_or(name);
    let letters: Vec<char> = name.chars().collect();
    let is_upper = |index: usize| letters.get(index).is_some_and(char::is_ascii_uppercase);
    let in_acronym = |index: usize| {
        let ends = index + 1 == letters.len() || is_upper(index + 1);
        index > 0 && is_upper(index) && is_upper(index - 1) && ends
    };
    let letter = |(index, letter): (usize, &char)| {
        if in_acronym(index) {
            letter.to_ascii_lowercase()
        } else {
            *letter
        }
    };
    letters.iter().enumerate().map(letter).collect()
}

/// An enum, which C# does not let share its name with a property of the class.
pub(super) fn enumeration(class: &Class, name: &str) -> String {
    let is_taken = class.members.iter().any(|member| pascal(&member.name) == name);
    if is_taken {
        format!("{name}Enum")
    } else {
        name.to_owned()
    }
}

/// A constant with its enum: `STATUS_ERROR` as `Status.Error`. None: it is in no enum of the class.
pub(super) fn constant(class: &Class, name: &str) -> Option<String> {
    let constant = class.constants.iter().find(|constant| constant.name == name)?;
    let (_prefix, value) = name.split_once('_')?;
    Some(format!(
        "{}.{}",
        enumeration(class, &constant.enumeration),
        pascal(value)
    ))
}

/// A value of the global enum `Error`.
pub(super) fn error(name: &str) -> String {
    format!("Godot.Error.{}", pascal(name.strip_prefix("ERR_").unwrap_or(name)))
}

/// What C# has in place of a type of GDScript's.
pub(super) fn builtin(name: &str) -> Option<&'static str> {
    match name {
        "bool" => Some("bool"),
        "Dictionary" => Some("Godot.Collections.Dictionary"),
        "PackedByteArray" => Some("byte[]"),
        "PackedStringArray" => Some("string[]"),
        "String" => Some("string"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{camel, class, constant, error, pascal};
    use crate::api::class::Class;

    #[test]
    fn words_are_joined() {
        assert_eq!(pascal("get_peer_fingerprint_sha256"), "GetPeerFingerprintSha256");
        assert_eq!(pascal("DTLS_1_2"), "Dtls12");
        assert_eq!(camel("udp_peer"), "udpPeer");
        assert_eq!(error("ERR_INVALID_PARAMETER"), "Godot.Error.InvalidParameter");
        assert_eq!(error("OK"), "Godot.Error.Ok");
    }

    #[test]
    fn classes_have_their_names_in_c_sharp() {
        let names = [
            "PacketPeerDTLSOpenSSL",
            "PacketPeerUDP",
            "UDPServer",
            "X509Certificate",
            "PacketPeer",
        ];
        let expected = [
            "PacketPeerDtls",
            "PacketPeerUdp",
            "UdpServer",
            "X509Certificate",
            "PacketPeer",
        ];
        assert_eq!(names.map(class), expected);
    }

    #[test]
    fn an_enum_makes_way_for_a_property() {
        let xml = "<class name=\"A\"><members><member name=\"kind\" type=\"int\">x</member></members><constants>\
                   <constant name=\"KIND_ONE\" value=\"1\" enum=\"Kind\">y</constant></constants></class>";
        assert_eq!(
            constant(&Class::parse(xml).unwrap(), "KIND_ONE").unwrap(),
            "KindEnum.One"
        );
    }
}
