//! Attributes that every proxy's type has itself: those of the wrapped object that must be found
//! before the proxy's own, and those that only a proxy has.

use super::Proxy;
use super::attr::{set_target_attr, target_attr};
use crate::ffi::error::{Exc, raise};
use crate::ffi::shapes::entry;
use crate::ffi::typedef::{GETSET_END, Table, getset};
use crate::ffi::{Borrowed, Instance, Res, api, c};

/// A name of the wrapped object, readable and writable through the proxy.
macro_rules! delegated {
    ($($name:ident $set:ident;)*) => {$(
        entry!(getter $name: Proxy = |this: &Proxy| target_attr(this, this.state().names.$name.get()));
        entry!(setter $set: Proxy = |this: &Proxy, value: Option<Borrowed<'_>>| {
            set_target_attr(this, this.state().names.$name.get(), value)
        });
    )*};
}

delegated! {
    annotations set_annotations;
    class set_class;
    name set_name;
    qualname set_qualname;
}

entry!(getter dict: Proxy = |this: &Proxy| target_attr(this, this.state().names.dict.get()));
entry!(setter set_dict: Proxy = refuse_dict);
entry!(getter self_dict: Proxy = |this: &Proxy| this.dict.get_or_make(this.object(), api::dict));
entry!(getter wrapped: Proxy = Proxy::target);
entry!(setter set_wrapped: Proxy = Proxy::assign_wrapped);
entry!(getter base_kind: Proxy = |this: &Proxy| Ok(this.state().base_proxy()?.own()));
entry!(getter object_kind: Proxy = |this: &Proxy| Ok(this.state().object_proxy()?.own()));

fn refuse_dict(this: &Proxy, value: Option<Borrowed<'_>>) -> Res<()> {
    let name = api::type_name(this.object());
    let lacking = if value.is_some() { "setter" } else { "deleter" };
    let problem = format!("property '__dict__' of '{name}' object has no {lacking}");
    Err(raise(Exc::Attribute, &problem))
}

pub(super) static BASE: Table<c::PyGetSetDef> = Table(&[
    getset(c"__name__", name, Some(set_name)),
    getset(c"__qualname__", qualname, Some(set_qualname)),
    getset(c"__class__", class, Some(set_class)),
    getset(c"__annotations__", annotations, Some(set_annotations)),
    getset(c"__dict__", dict, Some(set_dict)),
    getset(c"__self_dict__", self_dict, None),
    getset(c"__wrapped__", wrapped, Some(set_wrapped)),
    getset(c"__object_proxy__", base_kind, None),
    GETSET_END,
]);

/// `ObjectProxy` says that results of its in-place operators are of its own kind.
pub(super) static OBJECT_PROXY: Table<c::PyGetSetDef> =
    Table(&[getset(c"__object_proxy__", object_kind, None), GETSET_END]);
