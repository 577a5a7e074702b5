//! Copying and pickling of function wrappers, as functions and methods are copied and pickled: an
//! unbound wrapper is the same object after copying and goes by its qualified name, a bound one by
//! the object that it is bound to and its name there. Proxies of anything else leave this to the
//! classes derived from them.

use super::Function;
use crate::ffi::call::call_with;
use crate::ffi::shapes::entry;
use crate::ffi::{Borrowed, Instance, Owned, Raw, Res, api};
use crate::proxy::attr::target_attr;

entry!(lone copy: Function = same);
entry!(with_object deepcopy: Function => Raw = same_with_memo);
entry!(lone reduce: Function = by_name);
entry!(with_object bound_deepcopy: Function => Raw = rebound);
entry!(lone bound_reduce: Function = by_holder);

fn same(this: &Function) -> Res {
    Ok(this.object().own())
}

fn same_with_memo(this: &Function, _memo: Borrowed<'_>) -> Res {
    same(this)
}

/// The string that pickle looks up in the module; it refuses what is not found there again.
fn by_name(this: &Function) -> Res {
    let names = &this.proxy.state().names;
    match api::get_optional_attr(this.proxy.target()?.get(), names.qualname.get())? {
        Some(name) => Ok(name),
        None => target_attr(&this.proxy, names.name.get()),
    }
}

/// The object to ask for the attribute of this name: the instance, else the class.
fn holder(this: &Function) -> Res {
    let instance = this.field(&this.instance, "_self_instance")?;
    if instance.get().is(api::none()) {
        return this.field(&this.owner, "_self_owner");
    }
    Ok(instance)
}

/// `getattr(holder, name)`, the way bound methods pickle.
fn by_holder(this: &Function) -> Res {
    let name = target_attr(&this.proxy, this.proxy.state().names.name.get())?;
    let getattr = api::PyObject_GetAttr(
        api::import("builtins")?.get(),
        api::interned("getattr")?.get(),
    )?;
    let arguments = api::tuple([holder(this)?.get(), name.get()])?;
    api::tuple([getattr.get(), arguments.get()])
}

/// The same wrapper bound to a deep copy of the instance, the way bound methods are copied.
fn rebound(this: &Function, memo: Borrowed<'_>) -> Res {
    let instance: Owned = this.field(&this.instance, "_self_instance")?;
    if instance.get().is(api::none()) {
        return same(this);
    }
    let copy = api::import("copy")?;
    let deepcopy = api::PyObject_GetAttr(copy.get(), api::interned("deepcopy")?.get())?;
    let instance = call_with(deepcopy.get(), [instance.get(), memo])?;
    let parent = this.field(&this.parent, "_self_parent")?;
    let owner = this.field(&this.owner, "_self_owner")?;
    api::descriptor_get(parent.get(), Some(instance.get()), Some(owner.get()))
        .unwrap_or_else(|| same(this))
}
