//! Which hooks wait for which modules, and whose turn it is: plain data, for `registry` to guard.
//!
//! A hook is pending until it is called, then fired or failed; those that failed go on waiting. The
//! hooks of a module are called in rounds, one per execution of the module. Each is asked for when
//! its turn comes and not before, so that what is cancelled or registered meanwhile counts. What
//! fired stays in its place until the round ends, since an error of another hook may undo the
//! import, and then all of them have to wait for the next attempt.
//!
//! Nothing here drops a hook: dropping may run anything, and the caller holds a lock. What has to go
//! is given back.

#![forbid(unsafe_code)]

use core::cmp::Reverse;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};
use indexmap::IndexMap;
use std::collections::VecDeque;

/// How many of the hooks that have fired are kept, to be listed.
const KEPT: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    Pending,
    Fired,
    Failed,
    Cancelled,
}

/// What is known of one hook. Written under the registry's lock, read at any time; all zero is a
/// hook that was never registered.
#[derive(Default)]
pub(crate) struct Facts {
    /// The number of its registration, from one on.
    order: AtomicU64,
    priority: AtomicI64,
    repeats: AtomicBool,
    state: AtomicU8,
    /// The last round in which it was called; zero if that was alone, or never.
    round: AtomicU64,
    running: AtomicBool,
}

impl Facts {
    pub(crate) fn describe(&self, priority: i64, repeats: bool) {
        self.priority.store(priority, Relaxed);
        self.repeats.store(repeats, Relaxed);
    }

    pub(crate) fn priority(&self) -> i64 {
        self.priority.load(Relaxed)
    }

    pub(crate) fn repeats(&self) -> bool {
        self.repeats.load(Relaxed)
    }

    pub(crate) fn state(&self) -> State {
        match self.state.load(Relaxed) {
            1 => State::Fired,
            2 => State::Failed,
            3 => State::Cancelled,
            _ => State::Pending,
        }
    }

    fn become_(&self, state: State) {
        self.state.store(state as u8, Relaxed);
    }

    fn order(&self) -> u64 {
        self.order.load(Relaxed)
    }

    fn round(&self) -> u64 {
        self.round.load(Relaxed)
    }

    /// Whether the next execution of the module is for this hook too.
    fn waits(&self) -> bool {
        match self.state() {
            State::Pending | State::Failed => true,
            State::Fired => self.repeats(),
            State::Cancelled => false,
        }
    }

    fn is_free(&self) -> bool {
        self.waits() && !self.running.load(Relaxed)
    }

    fn start(&self, round: u64) {
        self.running.store(true, Relaxed);
        self.round.store(round, Relaxed);
    }

    fn rank(&self) -> (Reverse<i64>, u64) {
        (Reverse(self.priority()), self.order())
    }
}

/// What carries the facts.
pub(crate) trait Hook: Clone {
    fn facts(&self) -> &Facts;
}

/// The registry. A module's hooks stand in the order in which they are called.
pub(crate) struct Pending<H> {
    modules: IndexMap<Box<str>, Vec<H>>,
    fired: VecDeque<H>,
    /// The modules whose rounds are under way.
    firing: Vec<Box<str>>,
    orders: u64,
    rounds: u64,
}

impl<H: Hook> Pending<H> {
    pub(crate) fn new() -> Pending<H> {
        Pending {
            modules: IndexMap::new(),
            fired: VecDeque::new(),
            firing: Vec::new(),
            orders: 0,
            rounds: 0,
        }
    }

    /// Whether anybody cares for a module. This is asked at each import.
    #[inline]
    pub(crate) fn waits(&self, module: &str) -> bool {
        self.modules.contains_key(module)
    }

    /// Has a new hook wait for a module; gives one back that was registered before.
    pub(crate) fn add(&mut self, module: &str, hook: H) -> Option<H> {
        if hook.facts().order() != 0 {
            return Some(hook);
        }
        self.orders += 1;
        hook.facts().order.store(self.orders, Relaxed);
        let hooks = self.modules.entry(module.into()).or_default();
        let rank = hook.facts().rank();
        let place = hooks.partition_point(|other| other.facts().rank() < rank);
        hooks.insert(place, hook);
        None
    }

    /// Begins to call one hook outside of a round, unless it is called already or waits no more.
    pub(crate) fn claim(&self, module: &str, facts: &Facts) -> bool {
        let free = self.place(module, facts).is_some() && facts.is_free();
        let untried = facts.state() != State::Fired && facts.round() == 0;
        if free && untried {
            facts.start(0);
        }
        free && untried
    }

    /// Takes a hook out of those that wait, if it is one of them.
    pub(crate) fn cancel(&mut self, module: &str, facts: &Facts) -> Option<H> {
        let place = self.place(module, facts)?;
        if !facts.waits() {
            return None;
        }
        facts.become_(State::Cancelled);
        self.take(module, place)
    }

    /// Begins a round of a module's hooks, if any wait.
    pub(crate) fn begin(&mut self, module: &str) -> Option<u64> {
        let hooks = self.modules.get(module)?;
        if !hooks.iter().any(|hook| hook.facts().waits()) {
            return None;
        }
        self.rounds += 1;
        self.firing.push(module.into());
        Some(self.rounds)
    }

    /// Begins to call the next hook of a round.
    pub(crate) fn next(&self, module: &str, round: u64) -> Option<H> {
        let hooks = self.modules.get(module)?;
        let ready = |hook: &&H| hook.facts().is_free() && hook.facts().round() < round;
        let hook = hooks.iter().find(ready)?;
        hook.facts().start(round);
        Some(hook.clone())
    }

    /// Notes how the call of a hook ended; gives back what is to be dropped.
    pub(crate) fn finish(&mut self, module: &str, facts: &Facts, good: bool) -> Option<H> {
        facts.running.store(false, Relaxed);
        if facts.state() == State::Cancelled {
            return None;
        }
        facts.become_(if good { State::Fired } else { State::Failed });
        let alone = good && facts.round() == 0 && !facts.repeats();
        let place = if alone {
            self.place(module, facts)
        } else {
            None
        };
        let hook = place.and_then(|place| self.take(module, place))?;
        self.keep(hook)
    }

    /// Ends a round. Gives the hooks that are done with, and what is to be dropped.
    pub(crate) fn end(&mut self, module: &str, round: u64, undone: bool) -> (Vec<H>, Vec<H>) {
        if let Some(place) = self.firing.iter().position(|name| **name == *module) {
            self.firing.swap_remove(place);
        }
        let (mut done, mut dropped) = (Vec::new(), Vec::new());
        let fired =
            |hook: &H| hook.facts().round() == round && hook.facts().state() == State::Fired;
        let hooks = self.modules.get(module).map_or(&[][..], Vec::as_slice);
        for hook in hooks.iter().filter(|hook| fired(hook)) {
            if undone {
                hook.facts().become_(State::Pending);
            } else if !hook.facts().repeats() {
                done.push(hook.clone());
            }
        }
        for hook in &done {
            let place = self.place(module, hook.facts());
            let taken = place.and_then(|place| self.take(module, place));
            dropped.extend(taken.and_then(|taken| self.keep(taken)));
        }
        (done, dropped)
    }

    /// Whether a module's hooks are being called: it is as good as imported.
    pub(crate) fn is_firing(&self, module: &str) -> bool {
        self.firing.iter().any(|name| **name == *module)
    }

    /// The hooks that wait for a module, in the order in which they will be called.
    pub(crate) fn waiting(&self, module: &str) -> Vec<H> {
        let hooks = self.modules.get(module).map_or(&[][..], Vec::as_slice);
        let waiting = hooks.iter().filter(|hook| hook.facts().waits());
        waiting.cloned().collect()
    }

    /// The modules that hooks wait for, in the order in which the first of them was registered.
    pub(crate) fn modules(&self) -> impl Iterator<Item = &str> {
        let waited_for = |hooks: &[H]| hooks.iter().any(|hook| hook.facts().waits());
        let modules = self.modules.iter();
        modules.filter_map(move |(name, hooks)| waited_for(hooks).then_some(&**name))
    }

    /// All hooks but those that were cancelled, in the order in which they were registered.
    pub(crate) fn all(&self) -> Vec<H> {
        let mut all: Vec<H> = self.each().cloned().collect();
        all.sort_by_key(|hook| hook.facts().order());
        all
    }

    /// All hooks, in no order.
    pub(crate) fn each(&self) -> impl Iterator<Item = &H> {
        self.modules.values().flatten().chain(&self.fired)
    }

    fn place(&self, module: &str, facts: &Facts) -> Option<usize> {
        let hooks = self.modules.get(module)?;
        hooks
            .iter()
            .position(|hook| core::ptr::eq(hook.facts(), facts))
    }

    fn take(&mut self, module: &str, place: usize) -> Option<H> {
        let hooks = self.modules.get_mut(module)?;
        let taken = (place < hooks.len()).then(|| hooks.remove(place));
        if hooks.is_empty() {
            self.modules.shift_remove(module);
        }
        taken
    }

    /// Keeps a hook that has fired, in place of the oldest.
    fn keep(&mut self, hook: H) -> Option<H> {
        self.fired.push_back(hook);
        if self.fired.len() > KEPT {
            self.fired.pop_front()
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
