//! Object parameters.

use std::marker::PhantomData;

use godot::meta::conv::ByRef;
use godot::meta::error::ConvertError;
use godot::meta::shape::GodotShape;
use godot::meta::{FromGodot, GodotConvert, GodotImmutable, ToGodot};
use godot::obj::{Gd, GodotClass};
use godot::prelude::Object;

/// An object parameter that scripts see as a `T`, and that takes what the engine's methods take.
///
/// Those treat an object of another class like null, where the `godot` crate would not call the method at all. And it
/// refuses default values for `Option<Gd<T>>`, because a default object would be shared by all calls.
#[derive(Debug)]
pub(super) struct Argument<T> {
    object: Option<Gd<Object>>,
    class: PhantomData<fn() -> T>,
}

impl<T: GodotClass> Argument<T> {
    /// The parameter's default value.
    pub(super) const NULL: Self = Argument {
        object: None,
        class: PhantomData,
    };

    /// The object, of whatever class it is.
    pub(super) fn object(self) -> Option<Gd<Object>> {
        self.object
    }
}

impl<T: GodotClass + godot::obj::Inherits<Object>> Argument<T> {
    /// The object. None: null, or of another class.
    pub(super) fn cast(self) -> Option<Gd<T>> {
        self.object?.try_cast().ok()
    }
}

impl<T> Clone for Argument<T> {
    fn clone(&self) -> Self {
        Argument {
            object: self.object.clone(),
            class: PhantomData,
        }
    }
}

impl<T> GodotConvert for Argument<T>
where
    Option<Gd<T>>: GodotConvert,
    T: GodotClass,
{
    type Via = Option<Gd<Object>>;

    fn godot_shape() -> GodotShape {
        <Option<Gd<T>> as GodotConvert>::godot_shape()
    }
}

impl<T> ToGodot for Argument<T>
where
    Argument<T>: GodotConvert<Via = Option<Gd<Object>>>,
{
    type Pass = ByRef;

    fn to_godot(&self) -> &Self::Via {
        &self.object
    }
}

impl<T> FromGodot for Argument<T>
where
    Argument<T>: GodotConvert<Via = Option<Gd<Object>>>,
{
    fn try_from_godot(object: Self::Via) -> Result<Self, ConvertError> {
        Ok(Argument {
            object,
            class: PhantomData,
        })
    }
}

// SAFETY: the one default of this type is null, which is immutable and has no reference count.
#[allow(unsafe_code)]
unsafe impl<T: GodotClass> GodotImmutable for Argument<T> where Argument<T>: GodotConvert<Via = Option<Gd<Object>>> {}
