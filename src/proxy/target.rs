//! The wrapped object of a proxy: read, built, bound, put in.

use super::{Proxy, lazy, native_base};
use crate::ffi::error::{Exc, no_attribute, raise, raise_class};
use crate::ffi::{Borrowed, Instance, Owned, Res, api, instance};
use core::sync::atomic::Ordering;

/// What stands between a proxy and the use of its wrapped object.
mod form {
    /// Nothing.
    pub(super) const PLAIN: u8 = 0;
    /// It forwards in C itself, so the depth must be counted.
    pub(super) const NESTED: u8 = 1;
    /// The slot holds a function, and the first extra field the instance to bind it to.
    pub(super) const UNBOUND: u8 = 2;
}

impl Proxy {
    /// Whether forwarding must count its depth.
    #[inline]
    pub(crate) fn is_nested(&self) -> bool {
        self.form.load(Ordering::Acquire) == form::NESTED
    }

    /// The wrapped object; builds a lazy one, raises where there is none.
    #[inline]
    pub(crate) fn target(&self) -> Res {
        if self.form.load(Ordering::Acquire) == form::UNBOUND {
            return self.bind_now();
        }
        match self.wrapped.get(self.object()) {
            Some(wrapped) => Ok(wrapped),
            None => self.missing(),
        }
    }

    /// The wrapped object if it is a plain function, and nothing is to be done before it is used.
    #[inline]
    pub(crate) fn plain_function(&self) -> Option<Owned> {
        if self.form.load(Ordering::Acquire) != form::PLAIN {
            return None;
        }
        self.wrapped_now()
            .filter(|wrapped| api::is_plain_function(wrapped.get()))
    }

    /// The function of a wrapper that was bound but whose bound method nobody has asked for yet.
    #[inline]
    pub(crate) fn unbound_function(&self) -> Option<Owned> {
        if self.form.load(Ordering::Acquire) != form::UNBOUND {
            return None;
        }
        // Another thread may have put the bound method in since: that is no plain function.
        self.wrapped_now()
            .filter(|wrapped| api::is_plain_function(wrapped.get()))
    }

    /// Makes the bound method that the wrapped object is, and keeps it.
    #[cold]
    #[inline(never)]
    fn bind_now(&self) -> Res {
        let this = self.object();
        let instance = self.extra().first().and_then(|field| field.get(this));
        if let (Some(function), Some(instance)) = (self.unbound_function(), instance) {
            let method = api::bind_method(function.get(), instance.get())?;
            drop(self.wrapped.replace_if(this, function.get(), method));
            self.form.store(form::PLAIN, Ordering::Release);
        }
        match self.wrapped_now() {
            Some(wrapped) => Ok(wrapped),
            None => self.missing(),
        }
    }

    #[inline]
    pub(crate) fn wrapped_now(&self) -> Option<Owned> {
        self.wrapped.get(self.object())
    }

    /// Does something with the wrapped object, counting the depth where proxies wrap proxies.
    #[inline]
    pub(crate) fn on_target<R>(&self, work: impl FnOnce(Borrowed<'_>) -> Res<R>) -> Res<R> {
        if self.form.load(Ordering::Acquire) == form::PLAIN {
            if let Some(target) = self.wrapped_now() {
                return work(target.get());
            }
        }
        self.on_unready(work)
    }

    #[cold]
    #[inline(never)]
    fn on_unready<R>(&self, work: impl FnOnce(Borrowed<'_>) -> Res<R>) -> Res<R> {
        let target = self.target()?;
        if self.is_nested() {
            return api::guarded(|| work(target.get()));
        }
        work(target.get())
    }

    #[cold]
    #[inline(never)]
    fn missing(&self) -> Res {
        if lazy::build(self)? {
            if let Some(wrapped) = self.wrapped_now() {
                return Ok(wrapped);
            }
        }
        if self.initialised.load(Ordering::Relaxed) {
            let class = self.state().not_initialized_error()?;
            let name = api::type_name(self.object());
            let problem =
                format!("'{name}' object has lost its __wrapped__: nothing to forward to");
            return Err(raise_class(class, &problem));
        }
        Err(no_attribute(self.object(), "__wrapped__"))
    }

    /// Puts the wrapped object into an instance that nobody else has seen.
    #[inline]
    pub(crate) fn init_fresh(&self, wrapped: Owned) {
        self.form.store(form_of(wrapped.get()), Ordering::Relaxed);
        self.wrapped.init_unshared(wrapped);
        self.initialised.store(true, Ordering::Relaxed);
    }

    /// As `init_fresh` with the method of a plain function and the instance in the first extra
    /// field, which is made when it is asked for.
    #[inline]
    pub(crate) fn init_unbound(&self, function: Owned) {
        self.form.store(form::UNBOUND, Ordering::Relaxed);
        self.wrapped.init_unshared(function);
        self.initialised.store(true, Ordering::Relaxed);
    }

    /// Puts in another wrapped object and gives back the former, to be dropped by the caller.
    #[inline]
    pub(crate) fn swap_wrapped(&self, value: Owned) -> Option<Owned> {
        self.form.store(form_of(value.get()), Ordering::Release);
        self.wrapped.swap(self.object(), Some(value))
    }

    /// `__init__` of every native type starts here. A target of None with a factory stays lazy.
    #[inline]
    pub(crate) fn init_target(&self, wrapped: Borrowed<'_>) -> Res<()> {
        if wrapped.is(api::none()) && lazy::has_factory(self)? {
            self.initialised.store(true, Ordering::Relaxed);
            return Ok(());
        }
        if instance::has_own_getattr(wrapped) && native_base(wrapped.ty()).is_none() {
            self.touch(wrapped)?;
        }
        drop(self.swap_wrapped(wrapped.own()));
        self.initialised.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Reads what wrapt reads of every object that it wraps: an object that cannot even be asked
    /// for its module or docstring is refused when it is wrapped, not when somebody prints it.
    #[cold]
    fn touch(&self, wrapped: Borrowed<'_>) -> Res<()> {
        let names = &self.state().names;
        api::get_optional_attr(wrapped, names.module.get())?;
        api::get_optional_attr(wrapped, names.doc.get())?;
        Ok(())
    }

    /// Assigns `__wrapped__` from Python: fixups of the class run afterwards.
    pub(crate) fn assign_wrapped(&self, value: Option<Borrowed<'_>>) -> Res<()> {
        let Some(value) = value else {
            return Err(raise(Exc::Type, "can't delete __wrapped__ attribute"));
        };
        drop(self.swap_wrapped(value.own()));
        let this = self.object();
        let hook = api::generic_get(this, self.state().names.setattr_fixups.get())?;
        if let Some(hook) = hook {
            crate::ffi::call::call_with(hook.get(), [])?;
        }
        Ok(())
    }
}

/// The form for a wrapped object: nested where it hands operations on to another in C, uncounted,
/// as other proxies of ours and weak proxies do.
#[inline]
fn form_of(object: Borrowed<'_>) -> u8 {
    if !api::is_plain_method(object)
        && !api::is_plain_function(object)
        && (native_base(object.ty()).is_some() || api::is_weak_proxy(object))
    {
        form::NESTED
    } else {
        form::PLAIN
    }
}
