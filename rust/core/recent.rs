use parking_lot::Mutex;

/// A game uses few, but a tool may try many.
const CAPACITY: usize = 16;

/// What was made lately, by what it was made from: costly values that are asked for again and again.
pub(crate) struct Recent<K, V>(Mutex<Vec<(K, V)>>);

impl<K: PartialEq, V: Clone> Recent<K, V> {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Recent(Mutex::new(Vec::new()))
    }

    /// The value for `key`, made if it is not known. The one that was not asked for the longest is forgotten.
    ///
    /// # Errors
    /// Those of `make`, after which nothing is kept.
    pub(crate) fn get_or_make<E>(&self, key: K, make: impl FnOnce(&K) -> Result<V, E>) -> Result<V, E> {
        let mut entries = self.0.lock();
        let entry = match entries.iter().position(|(known, _)| *known == key) {
            Some(position) => entries.remove(position),
            None => {
                let value = make(&key)?;
                (key, value)
            }
        };
        let value = entry.1.clone();
        entries.insert(0, entry);
        entries.truncate(CAPACITY);
        Ok(value)
    }
}
