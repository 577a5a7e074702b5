//! Coroutines and generators that measured calls gave: the call goes on in their steps.
//!
//! A coroutine counts as running from its first step to its end, what it waited included; a
//! generator for its steps alone, since in between its caller is at work; an async generator from
//! the beginning to the end of each of its items. The steps of all add up to the time that they
//! were active. One that is dropped ends there, without an error; one that was never begun has
//! taken no time, and none is counted for it.

use super::call::ended;
use super::life::{Kept, make_steps};
use super::meter::Measure;
use super::stats::Span;
use super::thread::{self, Stretch};
use super::trace;
use super::{Meter, Run, Steps};
use crate::ffi::error::{Exc, no_attribute};
use crate::ffi::steps::{Sent, Steps as Kind};
use crate::ffi::{Borrowed, Instance, Owned, Raised, Res};
use crate::state::{Slot, State};
use core::sync::atomic::{AtomicU64, Ordering};

/// Whether an error is how things end that were asked to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Returned,
    Failed,
}

/// Puts what a call gave into what measures it.
pub(super) fn around(
    state: &State,
    meter: &Meter,
    kind: Kind,
    made: Owned,
    call: u64,
    depth: u32,
) -> Res {
    let class = match kind {
        Kind::Coroutine => state.measured_coroutine()?,
        Kind::Generator => state.measured_generator()?,
        Kind::Awaitable => state.measured_awaitable()?,
        Kind::AsyncGenerator => state.measured_async_generator()?,
    };
    let made = make_steps(
        state,
        class,
        [Some(made), Some(meter.object().own()), None],
        call,
    )?;
    if let Some(this) = Steps::known(made.get(), state) {
        this.run.depth.store(depth.into(), Ordering::Relaxed);
    }
    Ok(made)
}

fn add(cell: &AtomicU64, amount: u64) {
    super::histogram::bump(cell, amount);
}

impl Run {
    fn span(&self, total: u64) -> Span {
        let active = self.active.load(Ordering::Relaxed);
        let own = self.own.load(Ordering::Relaxed);
        Span { total, active, own }
    }

    fn begin(&self, now: u64) {
        if self.started.load(Ordering::Relaxed) == 0 {
            self.started.store(now, Ordering::Relaxed);
        }
    }

    /// The traced call and its depth.
    fn place(&self) -> (u64, u32) {
        let depth = u32::try_from(self.depth.load(Ordering::Relaxed));
        (self.call.load(Ordering::Relaxed), depth.unwrap_or_default())
    }

    /// Whether this is the first time that the end is told.
    fn end(&self) -> bool {
        self.ended.swap(1, Ordering::Relaxed) == 0
    }
}

impl Steps {
    pub(super) fn target(&self) -> Res {
        let wrapped = self.wrapped.get(self.object());
        wrapped.ok_or_else(|| no_attribute(self.object(), "__wrapped__"))
    }

    /// What the steps are counted for: itself, or the async generator that it is a step of.
    fn whole<R>(&self, work: impl FnOnce(&Steps) -> R) -> R {
        match self.parent.get(self.object()) {
            Some(parent) => match Steps::of(parent.get(), self.state()) {
                Some(whole) => work(whole),
                None => work(self),
            },
            None => work(self),
        }
    }

    fn with_measure<R>(&self, work: impl FnOnce(&Meter, &Measure) -> R) -> Option<R> {
        let meter = self.meter.get(self.object())?;
        let meter = Meter::of(meter.get(), self.state())?;
        meter.measure.get().map(|measure| work(meter, measure))
    }

    fn is(&self, kind: Slot) -> bool {
        self.state().is_kept(kind, self.object().ty())
    }

    /// Runs one step.
    pub(super) fn step<R>(&self, work: impl FnOnce(Borrowed<'_>) -> Res<R>) -> Res<R> {
        let target = self.target()?;
        let timed = self.with_measure(|_, measure| measure.is_timed());
        let call = self.whole(|whole| whole.run.place());
        if timed != Some(true) && call.0 == 0 {
            return work(target.get());
        }
        let around = (call.0 != 0).then(|| thread::enter(call.0, call.1 + 1));
        let stretch = Stretch::begin();
        self.run.begin(stretch.start);
        let result = work(target.get());
        let (active, own) = stretch.end();
        if let Some((call, depth)) = around {
            thread::enter(call, depth);
        }
        self.whole(|whole| {
            add(&whole.run.active, active);
            add(&whole.run.own, own);
        });
        result
    }

    /// Resumes it with a value, and ends the call where it ends.
    pub(super) fn send(&self, value: Borrowed<'_>) -> Res<Sent> {
        match self.step(|target| crate::ffi::steps::send(target, value)) {
            Ok(Sent::Returned(value)) => {
                self.item_done();
                if self.is(Slot::measured_step) {
                    self.finish_if_closing();
                } else {
                    self.tell(End::Returned, Some(value.get()));
                }
                Ok(Sent::Returned(value))
            }
            Ok(yielded) => Ok(yielded),
            Err(raised) => Err(self.failed(raised)),
        }
    }

    /// An exception came out of a step.
    pub(super) fn failed(&self, raised: Raised) -> Raised {
        self.item_done();
        if self.is(Slot::measured_step) && raised.is(Exc::StopIteration) {
            return raised; // an item of an async generator, which goes on
        }
        let asked = [
            Exc::StopIteration,
            Exc::StopAsyncIteration,
            Exc::GeneratorExit,
        ];
        if asked.into_iter().any(|kind| raised.is(kind)) {
            self.finish(End::Returned);
            return raised;
        }
        self.whole(|whole| whole.finish_with(raised))
    }

    /// The end of one item of an async generator, whose waiting counts.
    fn item_done(&self) {
        if !self.is(Slot::measured_step) {
            return;
        }
        let started = self.run.started.swap(0, Ordering::Relaxed);
        if started != 0 {
            let passed = thread::now().saturating_sub(started);
            self.whole(|whole| add(&whole.run.awaited, passed));
        }
    }

    /// Counts the call as ended, once.
    pub(super) fn finish(&self, end: End) {
        self.whole(|whole| whole.tell(end, None));
    }

    fn span(&self) -> Span {
        let run = &self.run;
        let total = if self.is(Slot::measured_async_generator) {
            run.awaited.load(Ordering::Relaxed)
        } else if self.is(Slot::measured_generator) {
            run.active.load(Ordering::Relaxed)
        } else {
            match run.started.load(Ordering::Relaxed) {
                0 => 0,
                started => thread::now().saturating_sub(started),
            }
        };
        run.span(total)
    }

    fn tell(&self, end: End, value: Option<Borrowed<'_>>) {
        if !self.run.end() {
            return;
        }
        let span = self.span();
        self.with_measure(|meter, measure| {
            self.count(measure, span, end);
            trace::returned(self.state(), meter, measure, self.run.place(), value, span);
        });
    }

    fn finish_with(&self, raised: Raised) -> Raised {
        if !self.run.end() {
            return raised;
        }
        let span = self.span();
        self.with_measure(|_, measure| self.count(measure, span, End::Failed));
        let call = self.run.place();
        let Some(meter) = self.meter.get(self.object()) else {
            return raised;
        };
        let state = self.state();
        match Meter::of(meter.get(), state) {
            Some(meter) if call.0 != 0 => trace::raised(state, meter, call, raised, span),
            _ => raised,
        }
    }

    fn count(&self, measure: &Measure, span: Span, end: End) {
        let begun = self.run.active.load(Ordering::Relaxed) != 0 || span.total != 0;
        if begun {
            ended(measure, span, end == End::Failed);
        } else {
            measure.cells().end(end == End::Failed);
        }
    }

    /// It is dropped: whatever has not ended never will.
    pub(super) fn abandon(&self) {
        if self.is(Slot::measured_step) {
            self.item_done();
        } else {
            self.finish(End::Returned);
        }
    }
}
