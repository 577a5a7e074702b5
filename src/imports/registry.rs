//! The registry of hooks as an object: one per interpreter, one lock around each step, and none
//! around what a hook does. What a step takes out is dropped after it.

use super::layout::{self, Handle, Kept, Registry};
use super::pending::{Facts, Pending};
use crate::ffi::call::call_with;
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{METHODS_END, Table, TypeDef, add_to_module, fastcall, slot};
use crate::ffi::{Args, Borrowed, Instance, Res, api, c};
use crate::state::{Slot, State};

impl Registry {
    /// Whether a hook waits for the module of this name.
    #[inline]
    pub(super) fn awaits(&self, name: &str) -> bool {
        self.step(|pending| pending.waits(name)).unwrap_or(false)
    }

    fn step<R>(&self, work: impl FnOnce(&mut Pending<Kept>) -> R) -> Option<R> {
        self.pending.with(self.object(), work)
    }

    /// A step about one hook: with the name of its module and its facts.
    fn step_of<R>(
        &self,
        handle: &Handle,
        work: impl FnOnce(&mut Pending<Kept>, &str, &Facts) -> R,
    ) -> Res<Option<R>> {
        let module = handle.module()?;
        let name = api::text_of(module.get())?;
        Ok(self.step(|pending| work(pending, name, &handle.facts)))
    }
}

/// The handle that is the first argument, and whether the second is true.
fn handle_and(function: &str, args: Args<'_>) -> Res<(Kept, bool)> {
    let [handle, flag] = args.parse(function, ["handle", "flag"], 1)?;
    let handle = Kept::of(handle.unwrap_or(api::none()))?;
    Ok((handle, flag.map_or(Ok(false), api::is_true)?))
}

/// The name that is the first argument; what is no string is the name of no module.
fn name_in<'a>(args: &Args<'a>) -> Res<Option<&'a str>> {
    let name = args.at(0).filter(|name| api::is_string(*name));
    name.map(api::text_of).transpose()
}

fn number(args: &Args<'_>) -> Res<u64> {
    let given = args.at(1).map_or(Ok(0), api::integer_value)?;
    Ok(given.unsigned_abs())
}

fn yes(answer: Option<bool>) -> Res {
    Ok(api::bool_object(answer.unwrap_or(false)))
}

fn nothing() -> Res {
    Ok(api::none().own())
}

fn list(hooks: Option<Vec<Kept>>) -> Res {
    let list = api::list()?;
    for hook in hooks.into_iter().flatten() {
        api::list_append(list.get(), hook.into_object().get())?;
    }
    Ok(list)
}

fn add(this: &Registry, args: Args<'_>) -> Res {
    let (kept, _) = handle_and("add", args)?;
    let module = kept.handle().module()?;
    let name = api::text_of(module.get())?;
    drop(this.step(|pending| pending.add(name, kept)));
    nothing()
}

fn cancel(this: &Registry, args: Args<'_>) -> Res {
    let (kept, _) = handle_and("cancel", args)?;
    let taken = this.step_of(kept.handle(), |pending, name, facts| {
        pending.cancel(name, facts)
    })?;
    yes(Some(taken.flatten().is_some()))
}

fn claim(this: &Registry, args: Args<'_>) -> Res {
    let (kept, _) = handle_and("claim", args)?;
    yes(this.step_of(kept.handle(), |pending, name, facts| {
        pending.claim(name, facts)
    })?)
}

fn finish(this: &Registry, args: Args<'_>) -> Res {
    let (kept, good) = handle_and("finish", args)?;
    let step =
        |pending: &mut Pending<Kept>, name: &str, facts: &Facts| pending.finish(name, facts, good);
    drop(this.step_of(kept.handle(), step)?);
    nothing()
}

fn begin(this: &Registry, args: Args<'_>) -> Res {
    let Some(name) = name_in(&args)? else {
        return api::integer(0);
    };
    let round = this.step(|pending| pending.begin(name)).flatten();
    api::integer(i64::try_from(round.unwrap_or(0)).unwrap_or_default())
}

fn next(this: &Registry, args: Args<'_>) -> Res {
    let (name, round) = (name_in(&args)?.unwrap_or_default(), number(&args)?);
    let hook = this.step(|pending| pending.next(name, round)).flatten();
    hook.map_or_else(nothing, |hook| Ok(hook.into_object()))
}

fn end(this: &Registry, args: Args<'_>) -> Res {
    let (name, round) = (name_in(&args)?.unwrap_or_default(), number(&args)?);
    let undone = args.at(2).map_or(Ok(false), api::is_true)?;
    let ended = this.step(|pending| pending.end(name, round, undone));
    list(ended.map(|(done, _dropped)| done))
}

fn is_firing(this: &Registry, args: Args<'_>) -> Res {
    let name = name_in(&args)?.unwrap_or_default();
    yes(this.step(|pending| pending.is_firing(name)))
}

fn waits(this: &Registry, args: Args<'_>) -> Res {
    yes(Some(this.awaits(name_in(&args)?.unwrap_or_default())))
}

fn waiting(this: &Registry, args: Args<'_>) -> Res {
    let name = name_in(&args)?.unwrap_or_default();
    list(this.step(|pending| pending.waiting(name)))
}

fn names(this: &Registry, _args: Args<'_>) -> Res {
    let names = this.step(|pending| pending.modules().map(str::to_owned).collect::<Vec<_>>());
    let list = api::list()?;
    for name in names.unwrap_or_default() {
        api::list_append(list.get(), api::string(&name)?.get())?;
    }
    Ok(list)
}

fn all(this: &Registry, _args: Args<'_>) -> Res {
    list(this.step(|pending| pending.all()))
}

fn connect(this: &Registry, args: Args<'_>) -> Res {
    let names = ["run", "run_at_end", "watch"];
    let given = args.parse("connect", names, 3)?;
    for (field, function) in [&this.run, &this.run_at_end, &this.watch]
        .into_iter()
        .zip(given)
    {
        if !function.is_some_and(api::is_callable) {
            return Err(raise(Exc::Type, "connect() takes three callables"));
        }
        api::replace(field, this.object(), function.map(Borrowed::own));
    }
    nothing()
}

macro_rules! methods {
    ($($name:ident $entry:ident $text:literal;)*) => {
        $(entry!(method $entry: Registry = $name);)*

        static METHODS: Table<c::PyMethodDef> = Table(&[
            $(fastcall($text, $entry, None),)*
            METHODS_END,
        ]);
    };
}

methods! {
    add add_entry c"add";
    all all_entry c"all";
    begin begin_entry c"begin";
    cancel cancel_entry c"cancel";
    claim claim_entry c"claim";
    connect connect_entry c"connect";
    end end_entry c"end";
    finish finish_entry c"finish";
    is_firing is_firing_entry c"is_firing";
    names names_entry c"names";
    next next_entry c"next";
    waiting waiting_entry c"waiting";
    waits waits_entry c"waits";
}

pub(super) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    let mut slots = layout::registry_slots();
    slots.push(slot::methods(&METHODS));
    let class = TypeDef {
        name: c"wraptrs._native._HookRegistry",
        basicsize: size_of::<Registry>(),
        collected: true,
        base: false,
        vectorcall: false,
        slots,
    }
    .build(module, None)?;
    let registry = call_with(class.get(), [])?;
    add_to_module(module, c"_hook_registry", registry.get())?;
    state.fill(Slot::hook_registry, registry);
    Ok(())
}
