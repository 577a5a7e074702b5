//! Calls of an unbound wrapper, and the last step that bound ones share: the user's wrapper gets
//! `(wrapped, instance, args, kwargs)`. No Python frame of ours stands between caller and wrapper.

use super::{Function, self_of};
use crate::ffi::call::call_with;
use crate::ffi::shapes::entry;
use crate::ffi::{Args, Borrowed, Raw, Res, api};
use crate::state::State;

entry!(packed call: Function => Raw = run);
entry!(vector vectorcall: Function = run_vector);

pub(super) fn run(this: &Function, args: Args<'_>) -> Res {
    let target = this.proxy.target()?;
    let wrapper = this.wrapper()?;
    if !this.is_enabled()? {
        return pass(target.get(), args);
    }
    let given = |instance| {
        let call = [target.get(), instance];
        invoke(this.proxy.state(), wrapper.get(), call, args, 0)
    };
    if !this.instance.holds(api::none()) {
        return given(this.field(&this.instance, "_self_instance")?.get());
    }
    if this.binding().may_have_self() {
        return given(self_of(this, target.get())?.get());
    }
    given(api::none())
}

fn run_vector(this: &Function, args: Args<'_>) -> Res {
    if !this.proxy.is_called_by(call) {
        return this.proxy.call_again(args);
    }
    run(this, args)
}

/// Calls the wrapped function itself, as if there were no wrapper.
#[inline]
pub(crate) fn pass(target: Borrowed<'_>, args: Args<'_>) -> Res {
    if api::counts_recursion(target) {
        return args.forward(target);
    }
    api::guarded(|| args.forward(target))
}

/// Calls the user's wrapper with what is wrapped, the instance, and the arguments from `start` on.
#[inline]
pub(crate) fn invoke(
    state: &State,
    wrapper: Borrowed<'_>,
    [wrapped, instance]: [Borrowed<'_>; 2],
    args: Args<'_>,
    start: usize,
) -> Res {
    let spare = &state.spare_dict;
    let tuple = args.tuple(start)?;
    let dict = args.dict_from(spare)?;
    let arguments = [wrapped, instance, tuple.get(), dict.get()];
    let result = if api::counts_recursion(wrapper) {
        call_with(wrapper, arguments)
    } else {
        api::guarded(|| call_with(wrapper, arguments))
    };
    spare.give_back(dict);
    result
}
