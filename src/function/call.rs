//! Calls of an unbound wrapper, and the last step that bound ones share: the user's wrapper gets
//! `(wrapped, instance, args, kwargs)`. No Python frame of ours stands between caller and wrapper.

use super::{Function, self_of};
use crate::ffi::call::call_with;
use crate::ffi::shapes::entry;
use crate::ffi::{Args, Borrowed, Raw, Res, api};

entry!(packed call: Function => Raw = run);
entry!(vector vectorcall: Function = run_vector);

pub(super) fn run(this: &Function, args: Args<'_>) -> Res {
    let target = this.proxy.target()?;
    let wrapper = this.wrapper()?;
    if !this.is_enabled()? {
        return pass(target.get(), args);
    }
    if this.instance.holds(api::none()) {
        if this.binding().may_have_self() {
            let instance = self_of(this, target.get())?;
            return invoke(this, wrapper.get(), target.get(), instance.get(), args, 0);
        }
        return invoke(this, wrapper.get(), target.get(), api::none(), args, 0);
    }
    let instance = this.field(&this.instance, "_self_instance")?;
    invoke(this, wrapper.get(), target.get(), instance.get(), args, 0)
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

/// Calls the user's wrapper with the arguments from `start` on.
#[inline]
pub(super) fn invoke(
    this: &Function,
    wrapper: Borrowed<'_>,
    wrapped: Borrowed<'_>,
    instance: Borrowed<'_>,
    args: Args<'_>,
    start: usize,
) -> Res {
    let spare = &this.proxy.state().spare_dict;
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
