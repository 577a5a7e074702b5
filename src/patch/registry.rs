//! The ordered list of what is in force: found by key at once, told in the order of entering.

#![forbid(unsafe_code)]

use indexmap::IndexMap;

/// Fewer entries than this are never worth sweeping.
const FEW: usize = 64;

/// What was entered, under keys that are unique among the living.
pub(crate) struct Registry<T> {
    entries: IndexMap<usize, (u64, T)>,
    /// How many were ever entered: the number of the last.
    entered: u64,
    /// How many were left when the dead were last swept out.
    swept: usize,
}

impl<T> Registry<T> {
    pub(crate) fn new() -> Registry<T> {
        Registry {
            entries: IndexMap::new(),
            entered: 0,
            swept: 0,
        }
    }

    /// Enters a value behind all others. Gives back what stood under the key, which is another's
    /// that died: the caller drops it.
    pub(crate) fn enter(&mut self, key: usize, value: T) -> (u64, Option<T>) {
        self.entered += 1;
        let former = self.entries.insert(key, (self.entered, value));
        (self.entered, former.map(|(_, value)| value))
    }

    /// Takes out what stands under a key, if it is still the one with this number; any without.
    pub(crate) fn remove(&mut self, key: usize, number: Option<u64>) -> Option<T> {
        let (standing, _) = self.entries.get(&key)?;
        if number.is_some_and(|number| number != *standing) {
            return None;
        }
        // The order is in the numbers, so the last may take the place of the one that goes.
        self.entries.swap_remove(&key).map(|(_, value)| value)
    }

    /// All of it: key, number and value, in the order of entering.
    pub(crate) fn in_order(&self) -> Vec<(usize, u64, &T)> {
        let mut all: Vec<_> = self
            .entries
            .iter()
            .map(|(key, (number, value))| (*key, *number, value))
            .collect();
        all.sort_unstable_by_key(|(_, number, _)| *number);
        all
    }

    /// Whether so many were entered since the last sweep that another one costs little for each.
    pub(crate) fn is_crowded(&self) -> bool {
        self.entries.len() > FEW.max(2 * self.swept)
    }

    /// Notes that the dead are out.
    pub(crate) fn note_sweep(&mut self) {
        self.swept = self.entries.len();
    }
}

#[cfg(test)]
mod tests {
    use super::Registry;

    fn values(registry: &Registry<char>) -> String {
        registry
            .in_order()
            .iter()
            .map(|(_, _, value)| **value)
            .collect()
    }

    #[test]
    fn keeps_the_order_of_entering_when_others_go() {
        let mut registry = Registry::new();
        for (key, value) in (1..).zip("abcd".chars()) {
            registry.enter(key, value);
        }
        assert_eq!(registry.remove(1, None), Some('a'));
        assert_eq!(values(&registry), "bcd");
        registry.enter(1, 'e');
        assert_eq!(values(&registry), "bcde");
    }

    #[test]
    fn a_key_that_serves_again_gives_back_the_former_value() {
        let mut registry = Registry::new();
        let (first, _) = registry.enter(7, 'a');
        assert_eq!(registry.enter(7, 'b').1, Some('a'));
        assert_eq!(registry.remove(7, Some(first)), None);
        assert_eq!(values(&registry), "b");
    }

    #[test]
    fn crowds_again_only_after_doubling() {
        let mut registry = Registry::new();
        for key in 0..65 {
            registry.enter(key, 'x');
        }
        assert!(registry.is_crowded());
        registry.note_sweep();
        assert!(!registry.is_crowded());
        for key in 65..130 {
            registry.enter(key, 'x');
        }
        assert!(!registry.is_crowded());
        registry.enter(130, 'x');
        assert!(registry.is_crowded());
    }
}
