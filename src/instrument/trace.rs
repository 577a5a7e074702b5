//! Telling of calls: which began inside of which, with what arguments, and how they ended.

use super::event::{Event, What};
use super::meter::{Measure, sink_of};
use super::show::{self, Limits};
use super::stats::Span;
use super::{Meter, Sink, sink, thread};
use crate::ffi::call::call_with;
use crate::ffi::error::{Exc, aside, raise};
use crate::ffi::{Args, Borrowed, Owned, Raised, Res, api};
use crate::state::State;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// How the calls of one function are told.
pub(super) struct Trace {
    name: Arc<str>,
    /// The positional parameters: their names, and whether their values are shown.
    parameters: Vec<(Arc<str>, bool)>,
    /// The name of what has none.
    nameless: Arc<str>,
    /// Whether the first parameter is the instance or class that it is called on.
    method: bool,
    limits: Limits,
    values: bool,
}

/// A traced call that has begun.
pub(super) struct Open {
    id: u64,
    depth: u32,
}

static LAST: AtomicU64 = AtomicU64::new(0);

impl Trace {
    /// (name, parameters, whether the first is the receiver, secrets, length, values)
    pub(super) fn from_tuple(given: Borrowed<'_>) -> Res<Trace> {
        let at = |index| {
            let missing = || raise(Exc::Type, "a trace is described by a tuple of six");
            Some(given)
                .filter(|given| api::is_tuple(*given))
                .and_then(|given| api::tuple_item(given, index))
                .ok_or_else(missing)
        };
        let name = api::text(at(0)?)?;
        let limits = Limits {
            length: usize::try_from(api::unsigned(at(4)?)?).unwrap_or(usize::MAX),
            secrets: texts(at(3)?)?,
        };
        let values = api::is_true(at(5)?)? && !limits.hides(&name);
        let parameters = texts(at(1)?)?.into_iter();
        Ok(Trace {
            name: name.into(),
            parameters: parameters
                .map(|name| (name.as_str().into(), !limits.hides(&name)))
                .collect(),
            nameless: "".into(),
            method: api::is_true(at(2)?)?,
            limits,
            values,
        })
    }

    fn arguments(&self, args: Args<'_>) -> Vec<(Arc<str>, String)> {
        let mut shown = Vec::with_capacity(args.len());
        for index in 0..args.len() {
            let Some(value) = args.at(index) else { break };
            let (name, open) = match self.parameters.get(index) {
                Some((name, open)) => (name, *open),
                None => (&self.nameless, true),
            };
            let text = if index == 0 && self.method {
                show::receiver(value)
            } else if open {
                self.limits.show(value)
            } else {
                show::REDACTED.to_owned()
            };
            shown.push((Arc::clone(name), text));
        }
        if args.has_keywords() {
            shown.extend(self.keywords(args));
        }
        shown
    }

    fn keywords(&self, args: Args<'_>) -> impl Iterator<Item = (Arc<str>, String)> {
        args.keywords().into_iter().map(|(name, value)| {
            let name = api::text(name.get()).unwrap_or_else(|raised| {
                raised.clear();
                "?".to_owned()
            });
            let text = self.limits.show_named(&name, value.get());
            (name.into(), text)
        })
    }
}

fn texts(tuple: Borrowed<'_>) -> Res<Vec<String>> {
    let count = api::tuple_len_of(tuple)?;
    let items = (0..count).filter_map(|index| api::tuple_item(tuple, index));
    items.map(api::text).collect()
}

impl Open {
    /// Makes it the call that others are inside of; gives what was.
    pub(super) fn enter(&self) -> (u64, u32) {
        thread::enter(self.id, self.depth + 1)
    }

    pub(super) fn place(&self) -> (u64, u32) {
        (self.id, self.depth)
    }

    /// Tells the end, and gives the result on.
    pub(super) fn close(
        self,
        state: &State,
        meter: &Meter,
        measure: &Measure,
        result: Res,
        span: Span,
    ) -> Res {
        match result {
            Ok(value) => {
                returned(state, meter, measure, self.place(), Some(value.get()), span);
                Ok(value)
            }
            Err(raised) => Err(self::raised(state, meter, self.place(), raised, span)),
        }
    }
}

/// Tells the beginning of a call; `None` where it is not traced.
pub(super) fn begin(
    state: &State,
    meter: &Meter,
    measure: &Measure,
    args: Args<'_>,
) -> Option<Open> {
    let trace = measure.trace.as_ref()?;
    let sink = sink_of(meter)?;
    let (parent, depth) = thread::place();
    // Whatever showing the arguments takes is no time of the call around this one.
    let stretch = thread::Stretch::begin();
    let open = thread::writing(|| {
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let what = What::Call(trace.arguments(args));
        emit(state, &sink, event(trace, what, (id, depth), parent, None));
        Open { id, depth }
    });
    stretch.end();
    open
}

/// Tells that a call has returned, something or, of what was dropped, nothing.
pub(super) fn returned(
    state: &State,
    meter: &Meter,
    measure: &Measure,
    call: (u64, u32),
    value: Option<Borrowed<'_>>,
    span: Span,
) {
    if let Some(trace) = measure.trace.as_ref().filter(|_| call.0 != 0) {
        tell(state, meter, || {
            let value = value.filter(|_| trace.values);
            let what = What::Return(value.map(|value| trace.limits.show(value)));
            event(trace, what, call, 0, Some(span))
        });
    }
}

/// Tells that a call has raised.
pub(super) fn raised(
    state: &State,
    meter: &Meter,
    call: (u64, u32),
    raised: Raised,
    span: Span,
) -> Raised {
    let Some(trace) = meter
        .measure
        .get()
        .and_then(|measure| measure.trace.as_ref())
    else {
        return raised;
    };
    raised.shown_to(|error| {
        tell(state, meter, || {
            let what = What::Raise(show::error(error, &trace.limits));
            event(trace, what, call, 0, Some(span))
        });
    })
}

fn tell(state: &State, meter: &Meter, make: impl FnOnce() -> Event) {
    if let Some(sink) = sink_of(meter) {
        // What is dropped while an exception is on its way must not disturb it.
        aside(|| thread::writing(|| emit(state, &sink, make())));
    }
}

fn event(trace: &Trace, what: What, call: (u64, u32), parent: u64, span: Option<Span>) -> Event {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Event {
        what,
        id: call.0,
        parent,
        depth: call.1,
        thread: api::thread_ident(),
        time: since.map_or(0, |passed| {
            u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX)
        }),
        name: Arc::clone(&trace.name),
        span,
    }
}

/// Hands an event to a sink. What a sink written in Python raises is reported, not raised: the
/// traced call has nothing to do with it.
fn emit(state: &State, sink: &Owned, event: Event) {
    if let Some(native) = Sink::of(sink.get(), state) {
        if let Some(place) = native.place.get() {
            place.put(event);
        }
        return;
    }
    let told = sink::as_tuple(&event).and_then(|tuple| call_with(sink.get(), [tuple.get()]));
    match told {
        Err(raised) if raised.is(Exc::KeyboardInterrupt) => raised.swallow(),
        Err(raised) => raised.unraisable(sink.get()),
        Ok(_) => {}
    }
}
