//! The arguments of a call as a C entry point received them: passed on as they are, sorted into
//! named parameters, or made a tuple and a dict where a Python wrapper asks for those.

use super::api;
use super::call::{OFFSET, call, vectorcall};
use super::error::{Exc, Res, raise};
use super::object::{Borrowed, Owned, Raw};
use super::spare::SpareDict;
use core::ptr;
use core::slice;
use pyo3::ffi;

/// The arguments of one call, borrowed from the caller.
#[derive(Clone, Copy)]
pub(crate) enum Args<'a> {
    /// The vectorcall convention: positional values, then the values of `names`.
    Vector {
        items: &'a [Borrowed<'a>],
        positional: usize,
        flags: usize,
        names: Option<Borrowed<'a>>,
    },
    /// The `tp_call` convention.
    Packed {
        tuple: Borrowed<'a>,
        dict: Option<Borrowed<'a>>,
    },
}

impl<'a> Args<'a> {
    /// # Safety
    /// The four values come from a vectorcall or fastcall entry.
    #[inline]
    pub(crate) unsafe fn from_vector(args: *const Raw, nargsf: usize, names: Raw) -> Args<'a> {
        let positional = nargsf & !OFFSET;
        // SAFETY: by the calling convention: a tuple or NULL, and as many values as it has names
        // after the positional ones; all alive until the call returns.
        unsafe {
            let names = Borrowed::from_nullable(names);
            let total = positional + names.map_or(0, api::tuple_len);
            // A call without arguments may come without an array; an empty array still has its
            // spare slot, which the next callee may use: the pointer must be the caller's.
            let (items, flags) = if args.is_null() {
                (&[][..], 0)
            } else {
                let items = slice::from_raw_parts(args.cast::<Borrowed<'a>>(), total);
                (items, nargsf & OFFSET)
            };
            Args::Vector {
                items,
                positional,
                flags,
                names,
            }
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            Args::Vector { positional, .. } => *positional,
            Args::Packed { tuple, .. } => api::tuple_len(*tuple),
        }
    }

    /// The positional argument at an index.
    #[inline]
    pub(crate) fn at(&self, index: usize) -> Option<Borrowed<'a>> {
        match *self {
            Args::Vector {
                items, positional, ..
            } if index < positional => items.get(index).copied(),
            Args::Vector { .. } => None,
            Args::Packed { tuple, .. } => api::tuple_item(tuple, index),
        }
    }

    /// The positional arguments from `start` on as a tuple.
    #[inline]
    pub(crate) fn tuple(&self, start: usize) -> Res {
        match *self {
            Args::Vector {
                items, positional, ..
            } => pack(items.get(start..positional).unwrap_or_default()),
            Args::Packed { tuple, .. } if start == 0 => Ok(tuple.own()),
            Args::Packed { tuple, .. } => api::tuple_from(tuple, start),
        }
    }

    /// As [`dict`](Self::dict), from the spare one where there is nothing to put in.
    #[inline]
    pub(crate) fn dict_from(&self, spare: &SpareDict) -> Res {
        match self {
            Args::Vector { names: None, .. } | Args::Packed { dict: None, .. } => spare.take(),
            _ => self.dict(),
        }
    }

    /// The keyword arguments as a dict that the callee may change.
    #[inline]
    pub(crate) fn dict(&self) -> Res {
        match *self {
            Args::Vector { names: None, .. } | Args::Packed { dict: None, .. } => api::dict(),
            Args::Vector {
                items,
                positional,
                names: Some(names),
                ..
            } => {
                let dict = api::dict()?;
                for (index, value) in items.iter().skip(positional).enumerate() {
                    if let Some(name) = api::tuple_item(names, index) {
                        api::dict_set(dict.get(), name, *value)?;
                    }
                }
                Ok(dict)
            }
            Args::Packed {
                dict: Some(dict), ..
            } => Ok(dict.own()),
        }
    }

    #[inline]
    pub(crate) fn has_keywords(&self) -> bool {
        match self {
            Args::Vector { names, .. } => names.is_some_and(|names| api::tuple_len(names) != 0),
            Args::Packed { dict, .. } => dict.is_some_and(|dict| api::dict_len(dict) != 0),
        }
    }

    /// Passes the very same arguments on.
    #[inline]
    pub(crate) fn forward(&self, callable: Borrowed<'_>) -> Res {
        match *self {
            Args::Vector {
                items,
                positional,
                flags,
                names,
            } => {
                // SAFETY: the arguments are as they came, flag included: what the caller allowed to
                // be overwritten may be overwritten by the next callee too.
                unsafe {
                    Owned::from_new(vectorcall(
                        callable.as_raw(),
                        items.as_ptr().cast::<Raw>(),
                        positional | flags,
                        names.map_or(ptr::null_mut(), Borrowed::as_raw),
                    ))
                }
            }
            Args::Packed { tuple, dict } => call(callable, tuple, dict),
        }
    }

    /// Passes on all but the first positional argument, which there must be.
    #[inline]
    pub(crate) fn forward_rest(&self, callable: Borrowed<'_>) -> Res {
        match *self {
            Args::Vector {
                items,
                positional,
                names,
                ..
            } => {
                let rest = items.get(1..).unwrap_or_default();
                // SAFETY: the values after the first, in the caller's array. No slot may be
                // overwritten: the one before them holds the first.
                unsafe {
                    Owned::from_new(vectorcall(
                        callable.as_raw(),
                        rest.as_ptr().cast::<Raw>(),
                        positional.saturating_sub(1),
                        names.map_or(ptr::null_mut(), Borrowed::as_raw),
                    ))
                }
            }
            Args::Packed { tuple, dict } => call(callable, api::tuple_from(tuple, 1)?.get(), dict),
        }
    }

    /// Sorts the arguments into named parameters; `None` for each that was not given.
    #[cold]
    #[inline(never)]
    pub(crate) fn parse<const N: usize>(
        &self,
        function: &str,
        names: [&str; N],
        required: usize,
    ) -> Res<[Option<Borrowed<'a>>; N]> {
        let mut values = [None; N];
        if self.len() > N {
            let given = self.len();
            return Err(raise(
                Exc::Type,
                &format!("{function}() takes at most {N} arguments ({given} given)"),
            ));
        }
        for (index, value) in values.iter_mut().enumerate() {
            *value = self.at(index);
        }
        self.each_keyword(&mut |name, value| {
            let name = api::text(name)?;
            let Some(slot) = names.iter().position(|known| **known == name) else {
                let problem = format!("{function}() got an unexpected keyword argument '{name}'");
                return Err(raise(Exc::Type, &problem));
            };
            match values.get_mut(slot) {
                Some(empty @ None) => *empty = Some(value),
                _ => {
                    let problem = format!("{function}() got multiple values for argument '{name}'");
                    return Err(raise(Exc::Type, &problem));
                }
            }
            Ok(())
        })?;
        for (name, value) in names.iter().zip(&values).take(required) {
            if value.is_none() {
                let problem = format!("{function}() missing required argument '{name}'");
                return Err(raise(Exc::Type, &problem));
            }
        }
        Ok(values)
    }

    /// The keyword arguments, taken out: the caller's dict may change while they are used.
    pub(crate) fn keywords(&self) -> Vec<(Owned, Owned)> {
        let mut found = Vec::new();
        let visited = self.each_keyword(&mut |name, value| {
            found.push((name.own(), value.own()));
            Ok(())
        });
        if let Err(raised) = visited {
            raised.clear();
        }
        found
    }

    fn each_keyword(
        &self,
        visit: &mut dyn FnMut(Borrowed<'a>, Borrowed<'a>) -> Res<()>,
    ) -> Res<()> {
        match *self {
            Args::Vector { names: None, .. } | Args::Packed { dict: None, .. } => Ok(()),
            Args::Vector {
                items,
                positional,
                names: Some(names),
                ..
            } => {
                for (index, value) in items.iter().skip(positional).enumerate() {
                    if let Some(name) = api::tuple_item(names, index) {
                        visit(name, *value)?;
                    }
                }
                Ok(())
            }
            Args::Packed {
                dict: Some(dict), ..
            } => {
                let (mut place, mut key, mut value) = (0, ptr::null_mut(), ptr::null_mut());
                // SAFETY: the dict is the caller's for the whole call and the visits read names
                // and store borrowed values only, so it does not change under the iteration.
                while unsafe { ffi::PyDict_Next(dict.as_raw(), &mut place, &mut key, &mut value) }
                    != 0
                {
                    // SAFETY: a live item of the dict.
                    unsafe { visit(Borrowed::from_raw(key), Borrowed::from_raw(value))? };
                }
                Ok(())
            }
        }
    }
}

fn pack(items: &[Borrowed<'_>]) -> Res {
    // SAFETY: every slot of the new tuple is filled, with a reference of its own, before it is seen.
    unsafe {
        let tuple = Owned::from_new(ffi::PyTuple_New(items.len() as ffi::Py_ssize_t))?;
        for (index, item) in items.iter().enumerate() {
            let item = item.own().into_raw();
            ffi::PyTuple_SET_ITEM(tuple.get().as_raw(), index as ffi::Py_ssize_t, item);
        }
        Ok(tuple)
    }
}
