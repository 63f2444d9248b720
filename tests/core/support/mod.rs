//! What the tests share.

mod identity;
mod pair;

pub(crate) use identity::{Authority, Identity};
pub(crate) use pair::{Direction, Fate, Pair};
