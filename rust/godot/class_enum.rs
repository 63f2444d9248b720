//! Typed enums and properties of the extension's classes.
//!
//! The `godot` crate has no enums of extension classes yet, and no properties whose setter returns an error. This file
//! is the only one that reaches behind its public interface for them, which is why its version is pinned in
//! `Cargo.toml`.

use std::borrow::Cow;
use std::marker::PhantomData;

use godot::meta::conv::ByValue;
use godot::meta::error::ConvertError;
use godot::meta::shape::{EnumeratorShape, GodotShape};
use godot::meta::{FromGodot, GodotConvert, ToGodot};
use godot::obj::GodotClass;
use godot::prelude::VariantType;
use godot::register::private::constant::{ConstantKind, ExportConstant, IntegerConstant};
use godot::register::private::register_var;
use godot::register::property::{SimpleVar, Var};

/// An enum that scripts find in a class, such as `PacketPeerDTLSOpenSSL.Status`. Its constants lie in the class, too.
///
/// [`conversions`] makes it a type of parameters and results.
pub(super) trait ClassEnum: Copy + 'static {
    /// The class.
    type Class: GodotClass;
    /// The enum's name in scripts.
    const NAME: &'static str;
    /// All values, with the names of their constants.
    const VALUES: &'static [(&'static str, Self)];

    /// The value's number, which never changes.
    fn number(self) -> i64;

    /// The value with this number.
    fn from_number(number: i64) -> Option<Self> {
        Self::VALUES
            .iter()
            .map(|&(_, value)| value)
            .find(|value| value.number() == number)
    }

    /// The name of the value's constant.
    fn name(self) -> &'static str {
        Self::VALUES
            .iter()
            .find(|(_, value)| value.number() == self.number())
            .map_or("", |&(name, _)| name)
    }
}

/// Gives the class its enum. Call it when the classes are registered.
pub(super) fn register<E: ClassEnum>() {
    let constant = |&(name, value): &(&'static str, E)| IntegerConstant::new(name, value.number());
    let kind = ConstantKind::Enum {
        name: E::NAME.into(),
        enumerators: E::VALUES.iter().map(constant).collect(),
    };
    ExportConstant::new(E::Class::class_id(), kind).register();
}

/// Gives `C` a property of type `T`, whose methods `get_NAME` and `set_NAME` are registered already. What the setter
/// returns is for those who call it; an assignment passes it over.
pub(super) fn register_property<C: GodotClass, T: Var>(name: &str) {
    register_var::<C, T>(name, &format!("get_{name}"), &format!("set_{name}"), None, None);
}

/// How Godot describes parameters and results that are an `E`.
pub(super) fn shape<E: ClassEnum>() -> GodotShape {
    let enumerators = E::VALUES
        .iter()
        .map(|&(name, value)| EnumeratorShape::new_int(name, value.number()))
        .collect();
    GodotShape::Enum {
        variant_type: VariantType::INT,
        enumerators: Cow::Owned(enumerators),
        godot_name: Some(format!("{}.{}", E::Class::class_id(), E::NAME).into()),
        is_bitfield: false,
    }
}

/// Makes a [`ClassEnum`] something that goes to Godot.
macro_rules! conversions {
    ($class_enum:ty) => {
        impl godot::meta::GodotConvert for $class_enum {
            type Via = i64;

            fn godot_shape() -> godot::meta::shape::GodotShape {
                $crate::godot::class_enum::shape::<Self>()
            }
        }

        impl godot::meta::ToGodot for $class_enum {
            type Pass = godot::meta::conv::ByValue;

            fn to_godot(&self) -> i64 {
                $crate::godot::class_enum::ClassEnum::number(*self)
            }
        }
    };
}
pub(super) use conversions;

/// A parameter of type `E`. Scripts can give any number for it, which is the method's to refuse: if the conversion
/// failed, the `godot` crate would not call it, and nobody would write its result.
#[derive(Clone, Debug)]
pub(super) struct EnumArgument<E> {
    number: i64,
    class_enum: PhantomData<fn() -> E>,
}

impl<E: ClassEnum> EnumArgument<E> {
    /// The value.
    ///
    /// # Errors
    /// The number, if none has it.
    pub(super) fn value(&self) -> Result<E, i64> {
        E::from_number(self.number).ok_or(self.number)
    }
}

impl<E: ClassEnum> GodotConvert for EnumArgument<E> {
    type Via = i64;

    fn godot_shape() -> GodotShape {
        shape::<E>()
    }
}

impl<E: ClassEnum> ToGodot for EnumArgument<E> {
    type Pass = ByValue;

    fn to_godot(&self) -> i64 {
        self.number
    }
}

impl<E: ClassEnum> FromGodot for EnumArgument<E> {
    fn try_from_godot(number: i64) -> Result<Self, ConvertError> {
        Ok(EnumArgument {
            number,
            class_enum: PhantomData,
        })
    }
}

/// As the type of a property.
impl<E: ClassEnum> SimpleVar for EnumArgument<E> {}
