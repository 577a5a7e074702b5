//! Taking a turn of the Python module `_turns`, and giving it back, each in one step: a signal handler
//! that raises does so before or after, so that what was taken is always known to a `with`.

use crate::ffi::call::{call_named, call_with};
use crate::ffi::error::{Exc, Raised, raise, shutting_down};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::fastcall;
use crate::ffi::{Args, Borrowed, Name, Owned, Res, api, c};
use crate::state::{Names, State};

entry!(function take_entry = take);
entry!(function give_back_entry = give_back);

pub(super) const TAKE: c::PyMethodDef = fastcall(
    c"_turn_take",
    take_entry,
    Some(
        c"_turn_take(turn)
--

Acquire the lock of a turn, by its `_wait()` if another thread has it, and note who has it.",
    ),
);

pub(super) const GIVE_BACK: c::PyMethodDef = fastcall(
    c"_turn_give_back",
    give_back_entry,
    Some(
        c"_turn_give_back(turn, kind=None, error=None, traceback=None)
--

Release the lock of a turn. Raises RuntimeError in another thread.",
    ),
);

fn take(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let [turn] = args.parse("_turn_take", ["turn"], 1)?;
    let turn = turn.ok_or_else(shutting_down)?;
    let names = &State::of(module)?.names;
    let lock = part(turn, &names.turn_lock)?;
    let lock = lock.get();
    let acquire = part(lock, &names.acquire)?;
    let acquired = call_with(acquire.get(), [api::false_()])?;
    if !api::is_true(acquired.get())? {
        // What is interrupted may have acquired it already, which it had not before.
        call_named(turn, names.turn_wait.get()).map_err(|raised| {
            raised.after(|| match is_owned(lock, names)? {
                true => release(lock, names),
                false => Ok(()),
            })
        })?;
    }
    note(turn, names).map_err(|raised| raised.after(|| release(lock, names)))?;
    Ok(turn.own())
}

/// Notes by whom a turn was taken, and once more.
fn note(turn: Borrowed<'_>, names: &Names) -> Result<(), Raised> {
    let process = part(turn, &names.process)?;
    let thread = api::int(api::thread_ident())?;
    // Nested, not counted: the sums of int may be what is patched.
    let held = api::tuple([part(turn, &names.turn_held)?.get()])?;
    api::set_attr(turn, names.turn_process.get(), Some(process.get()))?;
    api::set_attr(turn, names.turn_thread.get(), Some(thread.get()))?;
    api::set_attr(turn, names.turn_held.get(), Some(held.get()))
}

fn give_back(module: Borrowed<'_>, args: Args<'_>) -> Res {
    let parameters = ["turn", "kind", "error", "traceback"];
    let [turn, ..] = args.parse("_turn_give_back", parameters, 1)?;
    let turn = turn.ok_or_else(shutting_down)?;
    let names = &State::of(module)?.names;
    let lock = part(turn, &names.turn_lock)?;
    if !is_owned(lock.get(), names)? {
        let problem = "the turn to change something belongs to another thread";
        return Err(raise(Exc::Runtime, problem));
    }
    let held = part(turn, &names.turn_held)?;
    let none = api::none();
    let outer = api::tuple_item(held.get(), 0).unwrap_or(none);
    if outer.is(none) {
        // Also what somebody did not come to undo.
        api::set_attr(turn, names.turn_doing.get(), Some(none))?;
        api::set_attr(turn, names.turn_thread.get(), Some(none))?;
    }
    api::set_attr(turn, names.turn_held.get(), Some(outer))?;
    release(lock.get(), names)?;
    Ok(none.own())
}

fn part(object: Borrowed<'_>, name: &Name) -> Res {
    let found = api::get_optional_attr(object, name.get())?;
    found.ok_or_else(shutting_down)
}

fn is_owned(lock: Borrowed<'_>, names: &Names) -> Res<bool> {
    api::is_true(call_named(lock, names.is_owned.get())?.get())
}

fn release(lock: Borrowed<'_>, names: &Names) -> Res<()> {
    call_named(lock, names.release.get()).map(drop::<Owned>)
}
