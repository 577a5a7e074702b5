//! The registry by itself: order, rounds, errors, cancelling, and what is kept.

use super::{Facts, Hook, KEPT, Pending, State};
use std::rc::Rc;

#[derive(Clone)]
struct Named(Rc<(&'static str, Facts)>);

impl Hook for Named {
    fn facts(&self) -> &Facts {
        &self.0.1
    }
}

fn hook(name: &'static str, priority: i64, repeats: bool) -> Named {
    let facts = Facts::default();
    facts.describe(priority, repeats);
    Named(Rc::new((name, facts)))
}

fn plain(name: &'static str) -> Named {
    hook(name, 0, false)
}

fn registry(hooks: &[&Named]) -> Pending<Named> {
    let mut pending = Pending::new();
    for hook in hooks {
        assert!(pending.add("module", (*hook).clone()).is_none());
    }
    pending
}

fn names(hooks: &[Named]) -> Vec<&'static str> {
    hooks.iter().map(|hook| hook.0.0).collect()
}

/// Calls all hooks of a round; those in `failing` fail.
fn run(pending: &mut Pending<Named>, failing: &[&str], undone: bool) -> Vec<&'static str> {
    let mut called = Vec::new();
    let Some(round) = pending.begin("module") else {
        return called;
    };
    while let Some(hook) = pending.next("module", round) {
        called.push(hook.0.0);
        pending.finish("module", hook.facts(), !failing.contains(&hook.0.0));
    }
    pending.end("module", round, undone);
    called
}

#[test]
fn calls_in_order_of_registration_and_priority() {
    let hooks = [
        plain("a"),
        hook("b", 5, false),
        plain("c"),
        hook("d", -1, false),
        hook("e", 5, false),
    ];
    let mut pending = registry(&hooks.each_ref());
    assert!(pending.waits("module") && !pending.waits("other"));
    assert_eq!(names(&pending.waiting("module")), ["b", "e", "a", "c", "d"]);
    assert_eq!(names(&pending.all()), ["a", "b", "c", "d", "e"]);
    assert_eq!(run(&mut pending, &[], false), ["b", "e", "a", "c", "d"]);
    assert!(
        hooks
            .iter()
            .all(|hook| hook.facts().state() == State::Fired)
    );
    assert!(!pending.waits("module") && pending.begin("module").is_none());
}

#[test]
fn a_failed_hook_waits_for_the_next_round() {
    let hooks = [plain("a"), plain("b"), plain("c")];
    let mut pending = registry(&hooks.each_ref());
    assert_eq!(run(&mut pending, &["b"], false), ["a", "b", "c"]);
    assert_eq!(
        hooks.each_ref().map(|hook| hook.facts().state()),
        [State::Fired, State::Failed, State::Fired]
    );
    assert_eq!(run(&mut pending, &[], false), ["b"]);
    assert_eq!(run(&mut pending, &[], false), [""; 0]);
}

#[test]
fn an_undone_round_leaves_all_waiting() {
    let hooks = [plain("a"), plain("b")];
    let mut pending = registry(&hooks.each_ref());
    assert_eq!(run(&mut pending, &["b"], true), ["a", "b"]);
    assert_eq!(hooks[0].facts().state(), State::Pending);
    assert_eq!(hooks[1].facts().state(), State::Failed);
    assert_eq!(run(&mut pending, &[], false), ["a", "b"]);
}

#[test]
fn a_hook_that_repeats_waits_again() {
    let hooks = [hook("a", 0, true), plain("b")];
    let mut pending = registry(&hooks.each_ref());
    for expected in [&["a", "b"][..], &["a"], &["a"]] {
        assert_eq!(run(&mut pending, &[], false), expected);
        assert_eq!(hooks[0].facts().state(), State::Fired);
    }
}

#[test]
fn what_is_cancelled_is_not_called() {
    let hooks = [plain("a"), plain("b"), plain("c")];
    let mut pending = registry(&hooks.each_ref());
    let round = pending.begin("module").unwrap_or_default();
    assert!(pending.next("module", round).is_some());
    assert!(pending.cancel("module", hooks[0].facts()).is_some()); // while it runs
    assert!(pending.cancel("module", hooks[1].facts()).is_some());
    assert!(pending.cancel("module", hooks[1].facts()).is_none());
    pending.finish("module", hooks[0].facts(), true);
    assert_eq!(
        pending.next("module", round).map(|hook| hook.0.0),
        Some("c")
    );
    pending.finish("module", hooks[2].facts(), true);
    assert_eq!(names(&pending.end("module", round, false).0), ["c"]);
    assert_eq!(hooks[0].facts().state(), State::Cancelled);
    assert_eq!(names(&pending.all()), ["c"]);
}

#[test]
fn what_is_added_in_a_round_has_its_turn() {
    let (a, b) = (plain("a"), hook("b", 9, false));
    let mut pending = registry(&[&a]);
    let round = pending.begin("module").unwrap_or_default();
    assert!(pending.is_firing("module") && !pending.is_firing("other"));
    assert!(pending.next("module", round).is_some());
    pending.add("module", b.clone());
    assert_eq!(
        pending.next("module", round).map(|hook| hook.0.0),
        Some("b")
    );
    assert!(pending.next("module", round).is_none());
    pending.end("module", round, false);
    assert!(!pending.is_firing("module"));
}

#[test]
fn a_hook_is_called_once_by_whoever_claims_it() {
    let (a, b) = (plain("a"), plain("b"));
    let mut pending = registry(&[&a, &b]);
    assert!(pending.claim("module", a.facts()));
    assert!(!pending.claim("module", a.facts()));
    assert_eq!(run(&mut pending, &[], false), ["b"]);
    assert!(pending.finish("module", a.facts(), true).is_none());
    assert_eq!(a.facts().state(), State::Fired);
    assert!(!pending.waits("module"));
}

#[test]
fn two_rounds_at_once_share_the_hooks() {
    let hooks = [plain("a"), plain("b")];
    let mut pending = registry(&hooks.each_ref());
    let rounds = [pending.begin("module"), pending.begin("module")].map(Option::unwrap_or_default);
    let mut called = rounds.map(|round| pending.next("module", round).map(|hook| hook.0.0));
    called.sort();
    assert_eq!(called, [Some("a"), Some("b")]);
    for hook in &hooks {
        pending.finish("module", hook.facts(), true);
    }
    for round in rounds {
        assert!(pending.next("module", round).is_none());
        assert_eq!(pending.end("module", round, false).0.len(), 1);
    }
}

#[test]
fn modules_are_named_in_order_and_a_hook_waits_once() {
    let (a, b, c) = (plain("a"), plain("b"), plain("c"));
    let mut pending = Pending::new();
    for (module, hook) in [("x", &a), ("y", &b), ("x", &c)] {
        assert!(pending.add(module, hook.clone()).is_none());
    }
    assert!(pending.add("z", a.clone()).is_some());
    assert_eq!(pending.modules().collect::<Vec<_>>(), ["x", "y"]);
    pending.cancel("x", a.facts());
    pending.cancel("x", c.facts());
    assert_eq!(pending.modules().collect::<Vec<_>>(), ["y"]);
}

#[test]
fn the_oldest_that_fired_are_forgotten() {
    let mut pending = Pending::new();
    let mut given_back = 0;
    for _ in 0..KEPT + 3 {
        let hook = plain("a");
        pending.add("module", hook.clone());
        assert!(pending.claim("module", hook.facts()));
        given_back += usize::from(pending.finish("module", hook.facts(), true).is_some());
    }
    assert_eq!((pending.all().len(), given_back), (KEPT, 3));
}
