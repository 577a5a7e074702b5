//! The loader of a module that somebody waits for: a proxy of the real one. Once it has a module at
//! hand it puts the real loader back in its place, so that nothing of it stays behind; when the
//! module has been executed it has the hooks called.

use super::layout::{Loader, Registry};
use crate::ffi::call::call_with;
use crate::ffi::error::{Exc, no_attribute, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{GETSET_END, METHODS_END, Table, getset, onearg, slot};
use crate::ffi::{Args, Borrowed, Instance, Owned, Raw, Res, api, c};
use crate::proxy::types::Kind;
use crate::state::{Slot, State};
use core::ffi::c_int;

entry!(packed init: Loader => c_int = initialise);
entry!(with_object exec_entry: Loader => Raw = execute);
entry!(with_object load_entry: Loader => Raw = load);
entry!(getter exec_module: Loader = |this: &Loader| ours(this, "exec_module", "_self_exec_module"));
entry!(getter load_module: Loader = |this: &Loader| ours(this, "load_module", "_self_load_module"));
entry!(getter get_code: Loader = code_getter);

fn initialise(this: &Loader, args: Args<'_>) -> Res<()> {
    let [spec] = args.parse("__init__", ["spec"], 1)?;
    let Some(spec) = spec else {
        return Err(raise(Exc::Type, "__init__() takes the spec of a module"));
    };
    let loader = api::PyObject_GetAttr(spec, api::interned("loader")?.get())?;
    this.proxy.init_target(loader.get())?;
    api::replace(&this.spec, this.proxy.object(), Some(spec.own()));
    Ok(())
}

impl Loader {
    fn spec(&self) -> Res {
        let owner = self.proxy.object();
        let spec = self.spec.get(owner);
        spec.ok_or_else(|| no_attribute(owner, "spec"))
    }

    /// Puts the real loader back into the spec.
    fn leave_spec(&self, loader: Borrowed<'_>) -> Res {
        let (spec, name) = (self.spec()?, api::interned("loader")?);
        let shown = api::get_optional_attr(spec.get(), name.get())?;
        if shown.is_some_and(|shown| shown.get().is(self.proxy.object())) {
            api::set_attr(spec.get(), name.get(), Some(loader))?;
        }
        Ok(spec)
    }

    /// Puts the real loader back into spec and module.
    fn step_aside(&self, loader: Borrowed<'_>, module: Borrowed<'_>) -> Res {
        let spec = self.leave_spec(loader)?;
        let name = api::interned("__loader__")?;
        let shown = api::get_optional_attr(module, name.get())?;
        let to_set = match shown {
            Some(shown) => shown.get().is(api::none()) || shown.get().is(self.proxy.object()),
            None => true,
        };
        if to_set {
            match api::set_attr(module, name.get(), Some(loader)) {
                // What a loader makes need not be a module, nor take attributes.
                Err(raised) if raised.is(Exc::Attribute) => raised.clear(),
                result => result?,
            }
        }
        Ok(spec)
    }

    /// Has the hooks of a module called, by the one or the other of the registry's functions.
    fn fire(&self, name: Borrowed<'_>, module: Borrowed<'_>, at_end: bool) -> Res<()> {
        let registry = self.proxy.state().hook_registry()?;
        let Some(registry) = Registry::of(registry) else {
            return Ok(());
        };
        if !registry.awaits(api::text_of(name)?) {
            return Ok(());
        }
        let field = if at_end {
            &registry.run_at_end
        } else {
            &registry.run
        };
        match field.get(registry.object()) {
            Some(run) => call_with(run.get(), [name, module]).map(drop),
            None => Ok(()),
        }
    }
}

/// A method of ours in place of one that the real loader has; the import system asks which of the
/// two protocols a loader knows by looking for its methods.
fn ours(this: &Loader, name: &str, own: &str) -> Res {
    let target = this.proxy.target()?;
    if api::get_optional_attr(target.get(), api::interned(name)?.get())?.is_none() {
        return Err(no_attribute(target.get(), name));
    }
    let found = api::generic_get(this.proxy.object(), api::interned(own)?.get())?;
    found.ok_or_else(|| no_attribute(this.proxy.object(), own))
}

/// Who asks for the code is about to run it as another module, as `runpy` does, and shows the spec
/// there.
fn code_getter(this: &Loader) -> Res {
    let target = this.proxy.target()?;
    let method = api::PyObject_GetAttr(target.get(), api::interned("get_code")?.get())?;
    this.leave_spec(target.get())?;
    Ok(method)
}

/// Whether a module is one that `importlib.util.LazyLoader` has yet to execute.
fn is_lazy(module: Borrowed<'_>) -> bool {
    api::type_name(module) == "_LazyModule"
}

fn execute(this: &Loader, module: Borrowed<'_>) -> Res {
    let loader = this.proxy.target()?;
    let spec = this.step_aside(loader.get(), module)?;
    let was_lazy = is_lazy(module);
    let method = api::PyObject_GetAttr(loader.get(), api::interned("exec_module")?.get())?;
    call_with(method.get(), [module])?;
    if is_lazy(module) && !was_lazy {
        // Nothing was executed yet; the loader in the spec will, on first use.
        let chained = call_with(this.proxy.state().import_hook_loader()?, [spec.get()])?;
        api::set_attr(
            spec.get(),
            api::interned("loader")?.get(),
            Some(chained.get()),
        )?;
        return Ok(api::none().own());
    }
    let name = api::PyObject_GetAttr(spec.get(), api::interned("name")?.get())?;
    if let Some(module) = present(name.get(), module, spec.get())? {
        this.fire(name.get(), module.get(), false)?;
    }
    Ok(api::none().own())
}

/// What stands in `sys.modules` after the execution of a module, which may have put something else
/// there; `None` where that makes the import fail.
fn present(name: Borrowed<'_>, module: Borrowed<'_>, spec: Borrowed<'_>) -> Res<Option<Owned>> {
    if let Some(found) = api::loaded_module(name)? {
        return Ok(Some(found).filter(|found| !found.get().is(api::none())));
    }
    let flag = api::get_optional_attr(spec, api::interned("_initializing")?.get())?;
    let imported = flag.map_or(Ok(false), |flag| api::is_true(flag.get()))?;
    Ok((!imported).then(|| module.own()))
}

fn load(this: &Loader, name: Borrowed<'_>) -> Res {
    let loader = this.proxy.target()?;
    let method = api::PyObject_GetAttr(loader.get(), api::interned("load_module")?.get())?;
    let module = call_with(method.get(), [name])?;
    this.step_aside(loader.get(), module.get())?;
    this.fire(name, module.get(), true)?;
    Ok(api::loaded_module(name)?.unwrap_or(module))
}

static METHODS: Table<c::PyMethodDef> = Table(&[
    onearg(c"_self_exec_module", exec_entry),
    onearg(c"_self_load_module", load_entry),
    METHODS_END,
]);
static GETSET: Table<c::PyGetSetDef> = Table(&[
    getset(c"exec_module", exec_module, None),
    getset(c"load_module", load_module, None),
    getset(c"get_code", get_code, None),
    GETSET_END,
]);

pub(super) fn build(module: Borrowed<'_>, state: &State) -> Res<()> {
    Kind {
        slot: Slot::import_hook_loader,
        name: c"wraptrs.importer._ImportHookChainedLoader",
        base: Some(state.base_proxy()?),
        basicsize: size_of::<Loader>(),
        call: None,
        constructor: None,
        doc: c"The loader of a module with waiting hooks: a proxy that puts the real one back.",
        slots: vec![
            slot::tp_init(init),
            slot::methods(&METHODS),
            slot::getset(&GETSET),
        ],
    }
    .build(module, state)
    .map(drop)
}
