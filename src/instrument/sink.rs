//! Where events go that no Python code takes: a ring in memory that keeps the last ones, or a file,
//! a line of JSON for each.
//!
//! A line is written as soon as its event happens and in one piece, so that the file is whole up to
//! the last call even if the process is killed. What cannot be written is counted, not raised: the
//! traced program has nothing to do with it.

use super::Sink;
use super::event::{Event, What};
use super::life::{build_type, new};
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{METHODS_END, Table, noargs, slot};
use crate::ffi::{Args, Borrowed, Owned, Raised, Res, api, c};
use crate::state::{Slot, State};
use core::ffi::c_int;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) struct Place {
    kept: Mutex<Where>,
    dropped: AtomicU64,
}

enum Where {
    Ring(VecDeque<Event>, usize),
    /// And whether the last line was written in part only.
    Lines(File, bool),
    Closed,
}

impl Place {
    // Nothing of Python's happens under the lock, so that holding it cannot wait for anybody.
    fn lock(&self) -> MutexGuard<'_, Where> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn put(&self, event: Event) {
        let lost = match &mut *self.lock() {
            Where::Ring(events, most) => {
                let full = events.len() >= *most;
                if full {
                    events.pop_front();
                }
                events.push_back(event);
                full
            }
            Where::Lines(file, torn) => {
                let mut line = event.to_json();
                if *torn {
                    line.insert(0, '\n');
                }
                write(file, line.as_bytes(), torn).is_err()
            }
            Where::Closed => true,
        };
        if lost {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn take(&self) -> VecDeque<Event> {
        match &mut *self.lock() {
            Where::Ring(events, _) => core::mem::take(events),
            _ => VecDeque::new(),
        }
    }
}

/// Writes a whole line; where it ends before that, it is noted whether it is torn.
fn write(file: &mut File, mut rest: &[u8], torn: &mut bool) -> io::Result<()> {
    while !rest.is_empty() {
        match file.write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                rest = rest.get(count..).unwrap_or_default();
                *torn = !rest.is_empty();
            }
            Err(problem) if problem.kind() == io::ErrorKind::Interrupted => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(())
}

entry!(packed init: Sink => c_int = initialise);
entry!(lone take_entry: Sink = take);
entry!(lone dropped_entry: Sink = dropped);
entry!(lone close_entry: Sink = close);

/// `_TraceSink(capacity)` or `_TraceSink(0, path)`, a path as `os.fsencode` gives it
fn initialise(this: &Sink, args: Args<'_>) -> Res<()> {
    let [capacity, path] = args.parse("_TraceSink", ["capacity", "path"], 1)?;
    let capacity = capacity.map_or(Ok(0), api::unsigned)?;
    let kept = match path {
        Some(path) => Where::Lines(open(&api::encoded_path(path)?)?, false),
        None => Where::Ring(
            VecDeque::new(),
            usize::try_from(capacity).unwrap_or(usize::MAX),
        ),
    };
    let place = Place {
        kept: Mutex::new(kept),
        dropped: AtomicU64::new(0),
    };
    match this.place.set(Box::new(place)) {
        Ok(()) => Ok(()),
        Err(_) => Err(raise(Exc::Runtime, "a sink is made once")),
    }
}

fn open(path: &Path) -> Res<File> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened.map_err(|problem| {
        let shown = path.display();
        let message = format!("cannot write traces to {shown}: {problem}");
        raise(Exc::Os, &message)
    })
}

#[cold]
fn unmade() -> Raised {
    raise(Exc::Runtime, "this sink was never initialised")
}

fn place(this: &Sink) -> Res<&Place> {
    this.place.get().map(Box::as_ref).ok_or_else(unmade)
}

/// The events so far, which the ring then forgets.
fn take(this: &Sink) -> Res {
    let list = api::list()?;
    for event in place(this)?.take() {
        api::list_append(list.get(), as_tuple(&event)?.get())?;
    }
    Ok(list)
}

fn dropped(this: &Sink) -> Res {
    api::int(place(this)?.dropped.load(Ordering::Relaxed))
}

fn close(this: &Sink) -> Res {
    let former = core::mem::replace(&mut *place(this)?.lock(), Where::Closed);
    drop(former);
    Ok(api::none().own())
}

/// (kind, id, parent, depth, thread, time, name, args, total, active, own, text)
pub(super) fn as_tuple(event: &Event) -> Res {
    let none = || Ok(api::none().own());
    let number = |value: Option<u64>| value.map_or_else(none, api::int);
    let span = event.span;
    let (args, text) = match &event.what {
        What::Call(args) => (pairs(args)?, none()?),
        What::Return(None) => (none()?, none()?),
        What::Return(Some(text)) | What::Raise(text) => (none()?, api::string(text)?),
    };
    let some = |id: u64| Some(id).filter(|id| *id != 0);
    let values: [Owned; 12] = [
        api::interned(event.what.kind())?,
        api::int(event.id)?,
        number(some(event.parent))?,
        api::int(event.depth.into())?,
        api::int(event.thread)?,
        api::int(event.time)?,
        api::string(&event.name)?,
        args,
        number(span.map(|span| span.total))?,
        number(span.map(|span| span.active))?,
        number(span.map(|span| span.own))?,
        text,
    ];
    api::tuple(values.each_ref().map(Owned::get))
}

fn pairs(args: &[(Arc<str>, String)]) -> Res {
    let list = api::list()?;
    for (name, shown) in args {
        let (name, shown) = (api::string(name)?, api::string(shown)?);
        api::list_append(list.get(), api::tuple([name.get(), shown.get()])?.get())?;
    }
    api::PySequence_Tuple(list.get())
}

static METHODS: Table<c::PyMethodDef> = Table(&[
    noargs(c"take", take_entry),
    noargs(c"dropped", dropped_entry),
    noargs(c"close", close_entry),
    METHODS_END,
]);

pub(super) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    let slots = vec![slot::tp_init(init), slot::methods(&METHODS)];
    build_type::<Sink>(
        module,
        state,
        Slot::trace_sink,
        c"wraptrs._TraceSink",
        new::<Sink>,
        slots,
    )
}
