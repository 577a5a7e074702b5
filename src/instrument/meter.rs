//! The meter: the counts of one function as an object that Python reads, switches and clears, and
//! that is a wrapper in wrapt's sense: called with (wrapped, instance, args, kwargs) it calls the
//! wrapped function and measures that.

use super::life::{Kept, build_type, new};
use super::shards::Shards;
use super::stats::Cells;
use super::ticket::begin_entry;
use super::trace::Trace;
use super::{Meter, call};
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{GETSET_END, METHODS_END, Table, fastcall, getset, noargs, onearg, slot};
use crate::ffi::{Args, Borrowed, Raised, Raw, Res, api, c, world};
use crate::ffi::{Instance, Owned};
use crate::state::{Slot, State};
use core::ffi::c_int;
use core::sync::atomic::{AtomicU8, Ordering};

/// What a call does, decided where the meter is made or switched.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Mode {
    Off,
    Count,
    Time,
    /// It is traced, or may give what runs in steps.
    Full,
}

/// What is measured, and how it stands.
pub(super) struct Measure {
    mode: AtomicU8,
    timed: bool,
    stepped: bool,
    pub(super) trace: Option<Trace>,
    shards: Shards,
}

impl Measure {
    #[inline]
    pub(super) fn mode(&self) -> Mode {
        match self.mode.load(Ordering::Relaxed) {
            1 => Mode::Count,
            2 => Mode::Time,
            3 => Mode::Full,
            _ => Mode::Off,
        }
    }

    pub(super) fn is_on(&self) -> bool {
        !matches!(self.mode(), Mode::Off)
    }

    fn switch(&self, on: bool) {
        let mode = match (on, self.timed) {
            (false, _) => Mode::Off,
            _ if self.stepped || self.trace.is_some() => Mode::Full,
            (_, true) => Mode::Time,
            (_, false) => Mode::Count,
        };
        self.mode.store(mode as u8, Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn is_timed(&self) -> bool {
        self.timed
    }

    /// Whether what a call gives may run in steps.
    #[inline]
    pub(super) fn is_stepped(&self) -> bool {
        self.stepped
    }

    #[inline]
    pub(super) fn cells(&self) -> &Cells {
        self.shards.mine()
    }
}

entry!(packed init: Meter => c_int = initialise);
entry!(packed call_entry: Meter => Raw = called);
entry!(lone read_entry: Meter = read);
entry!(lone clear_entry: Meter = clear);
entry!(with_object switch_entry: Meter => Raw = switch);
entry!(method quantiles_entry: Meter = quantiles);
entry!(lone buckets_entry: Meter = buckets);
entry!(getter on_entry: Meter = is_on);

fn is_on(this: &Meter) -> Res {
    call::is_on(this.object(), this.state())
}

/// `_Meter(timed, stepped, sink=None, trace=None)`
fn initialise(this: &Meter, args: Args<'_>) -> Res<()> {
    let [timed, stepped, sink, trace] =
        args.parse("_Meter", ["timed", "stepped", "sink", "trace"], 2)?;
    let (Some(timed), Some(stepped)) = (timed, stepped) else {
        return Err(raise(Exc::Type, "_Meter() takes two flags"));
    };
    let timed = api::is_true(timed)?;
    let trace = trace.filter(|given| !given.is(api::none()));
    let measure = Measure {
        mode: AtomicU8::new(0),
        timed,
        stepped: api::is_true(stepped)?,
        trace: trace.map(Trace::from_tuple).transpose()?,
        shards: Shards::new(timed),
    };
    measure.switch(true);
    if this.measure.set(Box::new(measure)).is_err() {
        return Err(raise(Exc::Runtime, "a meter is made once"));
    }
    api::replace(&this.sink, this.object(), sink.map(Borrowed::own));
    Ok(())
}

/// `meter(wrapped, instance, args, kwargs)`
fn called(this: &Meter, args: Args<'_>) -> Res {
    let names = ["wrapped", "instance", "args", "kwargs"];
    let [wrapped, _, tuple, dict] = args.parse("_Meter", names, 4)?;
    match (wrapped, tuple, dict) {
        (Some(wrapped), Some(tuple), Some(dict)) if api::is_tuple(tuple) && api::is_dict(dict) => {
            let dict = Some(dict).filter(|dict| api::dict_len(*dict) != 0);
            call::run(this.state(), this, wrapped, Args::Packed { tuple, dict })
        }
        _ => Err(raise(
            Exc::Type,
            "a meter is called as wrapper(wrapped, instance, args: tuple, kwargs: dict)",
        )),
    }
}

#[cold]
fn unmade() -> Raised {
    raise(Exc::Runtime, "this meter was never initialised")
}

fn measure(this: &Meter) -> Res<&Measure> {
    this.measure.get().map(Box::as_ref).ok_or_else(unmade)
}

fn number(value: Option<u64>) -> Res {
    value.map_or_else(|| Ok(api::none().own()), api::int)
}

fn list_of(values: impl IntoIterator<Item = Res>) -> Res {
    let list = api::list()?;
    for value in values {
        api::list_append(list.get(), value?.get())?;
    }
    Ok(list)
}

/// Calls, errors, in flight; total, active, own, least, most; p50, p90, p99; how many were timed.
fn read(this: &Meter) -> Res {
    let measure = measure(this)?;
    let sum = measure.shards.sum();
    let seen = |value| sum.least().map(|_| value);
    list_of([
        api::int(sum.calls),
        api::int(sum.errors),
        api::int(sum.in_flight()),
        number(seen(sum.span.total)),
        number(seen(sum.span.active)),
        number(seen(sum.span.own)),
        number(sum.least()),
        number(sum.most()),
        number(sum.quantile(0.5)),
        number(sum.quantile(0.9)),
        number(sum.quantile(0.99)),
        api::int(sum.counts.iter().sum()),
    ])
}

fn quantiles(this: &Meter, args: Args<'_>) -> Res {
    let sum = measure(this)?.shards.sum();
    let ranks = (0..args.len()).filter_map(|index| args.at(index));
    list_of(ranks.map(|rank| number(sum.quantile(api::float_of(rank)?))))
}

/// The buckets that hold anything: (least value, least value of the next, count).
fn buckets(this: &Meter) -> Res {
    use super::histogram::start_of;
    let sum = measure(this)?.shards.sum();
    let filled = sum
        .counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count != 0);
    list_of(filled.map(|(bucket, count)| {
        let (start, end) = (api::int(start_of(bucket))?, api::int(start_of(bucket + 1))?);
        api::tuple([start.get(), end.get(), api::int(*count)?.get()])
    }))
}

fn clear(this: &Meter) -> Res {
    let measure = measure(this)?;
    world::stopped(|| measure.shards.clear());
    Ok(api::none().own())
}

fn switch(this: &Meter, on: Borrowed<'_>) -> Res {
    measure(this)?.switch(api::is_true(on)?);
    Ok(api::none().own())
}

static METHODS: Table<c::PyMethodDef> = Table(&[
    noargs(c"read", read_entry),
    noargs(c"clear", clear_entry),
    noargs(c"buckets", buckets_entry),
    onearg(c"switch", switch_entry),
    fastcall(c"quantiles", quantiles_entry, None),
    METHODS_END,
]);

static GETSET: Table<c::PyGetSetDef> = Table(&[getset(c"on", on_entry, None), GETSET_END]);

pub(super) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    let slots = vec![
        slot::tp_init(init),
        slot::tp_call(call_entry),
        slot::nb_invert(begin_entry),
        slot::methods(&METHODS),
        slot::getset(&GETSET),
    ];
    build_type::<Meter>(
        module,
        state,
        Slot::meter,
        c"wraptrs._Meter",
        new::<Meter>,
        slots,
    )
}

/// The sink of a meter, where it has one.
pub(super) fn sink_of(meter: &Meter) -> Option<Owned> {
    let sink = meter.sink.get(meter.object());
    sink.filter(|sink| !sink.get().is(api::none()))
}
