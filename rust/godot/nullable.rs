//! Object parameters that a script may leave out.

use godot::classes::{RefCounted, X509Certificate};
use godot::meta::conv::ByRef;
use godot::meta::error::ConvertError;
use godot::meta::shape::GodotShape;
use godot::meta::{FromGodot, GodotConvert, GodotImmutable, ToGodot};
use godot::obj::Gd;

/// Defines an object parameter whose default value is null.
///
/// The `godot` crate refuses defaults for `Option<Gd<T>>`, because a default object would be shared by all calls.
macro_rules! nullable {
    ($(#[$doc:meta])* $name:ident($class:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub(super) struct $name(pub(super) Option<Gd<$class>>);

        impl $name {
            /// The parameter's default value.
            pub(super) const NULL: Self = Self(None);
        }

        impl GodotConvert for $name {
            type Via = Option<Gd<$class>>;

            fn godot_shape() -> GodotShape {
                Self::Via::godot_shape()
            }
        }

        impl ToGodot for $name {
            type Pass = ByRef;

            fn to_godot(&self) -> &Self::Via {
                &self.0
            }
        }

        impl FromGodot for $name {
            fn try_from_godot(object: Self::Via) -> Result<Self, ConvertError> {
                Ok(Self(object))
            }
        }

        // SAFETY: the one default of this type is null, which is immutable and has no reference count.
        #[allow(unsafe_code)]
        unsafe impl GodotImmutable for $name {}
    };
}

nullable! {
    /// Options of either class, or none.
    NullableOptions(RefCounted)
}

nullable! {
    /// Certificates to trust, or none.
    NullableCertificate(X509Certificate)
}
