//! What happens at a measured call: counted, timed or traced around passing its arguments on.

use super::Meter;
use super::meter::{Measure, Mode};
use super::stats::Span;
use super::thread::{self, Stretch};
use super::trace::{self, Open};
use crate::ffi::steps::steps_of;
use crate::ffi::{Args, Borrowed, Owned, Res, api};
use crate::function::pass;
use crate::state::State;

/// Calls a function with the arguments as they came, measured.
#[inline(always)]
pub(super) fn run(state: &State, meter: &Meter, target: Borrowed<'_>, args: Args<'_>) -> Res {
    let Some(measure) = meter.measure.get() else {
        return pass(target, args);
    };
    match measure.mode() {
        Mode::Off => pass(target, args),
        Mode::Count => counted(measure, || pass(target, args)),
        Mode::Time => timed(measure, || pass(target, args)),
        Mode::Full => run_fully(state, meter, measure, target, args),
    }
}

#[inline(always)]
pub(super) fn counted(measure: &Measure, work: impl FnOnce() -> Res) -> Res {
    let cells = measure.cells();
    cells.begin();
    let result = work();
    cells.end(result.is_err());
    result
}

#[inline(always)]
pub(super) fn timed(measure: &Measure, work: impl FnOnce() -> Res) -> Res {
    measure.cells().begin();
    let stretch = Stretch::begin();
    let result = work();
    let (total, own) = stretch.end();
    ended(measure, simple(total, own), result.is_err());
    result
}

pub(super) fn simple(total: u64, own: u64) -> Span {
    let active = total;
    Span { total, active, own }
}

#[inline]
pub(super) fn ended(measure: &Measure, span: Span, failed: bool) {
    let cells = measure.cells();
    cells.took(span);
    cells.end(failed);
}

/// A call that is traced, or gives something that runs later.
#[inline(never)]
fn run_fully(
    state: &State,
    meter: &Meter,
    measure: &Measure,
    target: Borrowed<'_>,
    args: Args<'_>,
) -> Res {
    let open = trace::begin(state, meter, measure, args);
    measure.cells().begin();
    let around = open.as_ref().map(Open::enter);
    let stretch = measure.is_timed().then(Stretch::begin);
    let result = pass(target, args);
    let (total, own) = stretch.map_or((0, 0), Stretch::end);
    if let Some((call, depth)) = around {
        thread::enter(call, depth);
    }
    let result = match result {
        Ok(made) if measure.is_stepped() => match kept_back(state, meter, open.as_ref(), made) {
            Ok(Kept::Steps(wrapped)) => {
                // It has not begun: to have made it is the work of the call around.
                thread::give_back(own);
                return Ok(wrapped);
            }
            Ok(Kept::Plain(made)) => Ok(made),
            Err(raised) => Err(raised),
        },
        other => other,
    };
    ended(measure, simple(total, own), result.is_err());
    match open {
        Some(open) => open.close(state, meter, measure, result, simple(total, own)),
        None => result,
    }
}

enum Kept {
    Steps(Owned),
    Plain(Owned),
}

/// Puts what runs in steps into what measures them; the call ends when they do.
fn kept_back(state: &State, meter: &Meter, open: Option<&Open>, made: Owned) -> Res<Kept> {
    let Some(kind) = steps_of(made.get()) else {
        return Ok(Kept::Plain(made));
    };
    let (call, depth) = open.map_or((0, 0), Open::place);
    super::steps::around(state, meter, kind, made, call, depth).map(Kept::Steps)
}

/// Whether anything is measured at all, for those that only look.
pub(super) fn is_on(object: Borrowed<'_>, state: &State) -> Res<Owned> {
    let measure = Meter::of(object, state).and_then(|meter| meter.measure.get());
    Ok(api::bool_object(measure.is_some_and(|it| it.is_on())))
}
