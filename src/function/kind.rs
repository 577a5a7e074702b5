//! How a wrapped function binds: decided once, when the wrapper is made. Python sees the kind as the
//! string `_self_binding`; calls and binding ask the questions below.

#![forbid(unsafe_code)]

/// What was wrapped, as far as binding and the `instance` argument depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Binding {
    /// Anything else that can be called.
    Callable,
    /// A function written in Python.
    Function,
    /// A method that is bound to an instance already.
    InstanceMethod,
    ClassMethod,
    StaticMethod,
    /// A function written in C.
    Builtin,
    Class,
}

impl Binding {
    pub(crate) const ALL: [Binding; 7] = [
        Binding::Callable,
        Binding::Function,
        Binding::InstanceMethod,
        Binding::ClassMethod,
        Binding::StaticMethod,
        Binding::Builtin,
        Binding::Class,
    ];

    /// The number that an instance keeps. Unknown numbers cannot occur; they read as `Callable`.
    #[inline]
    pub(crate) fn from_number(number: u8) -> Binding {
        match number {
            1 => Binding::Function,
            2 => Binding::InstanceMethod,
            3 => Binding::ClassMethod,
            4 => Binding::StaticMethod,
            5 => Binding::Builtin,
            6 => Binding::Class,
            _ => Binding::Callable,
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Binding> {
        Binding::ALL
            .into_iter()
            .find(|binding| binding.text() == text)
    }

    pub(crate) fn text(self) -> &'static str {
        match self {
            Binding::Callable => "callable",
            Binding::Function => "function",
            Binding::InstanceMethod => "instancemethod",
            Binding::ClassMethod => "classmethod",
            Binding::StaticMethod => "staticmethod",
            Binding::Builtin => "builtin",
            Binding::Class => "class",
        }
    }

    /// Attribute access gives the wrapper itself, as it would give the C function or class.
    #[inline]
    pub(crate) fn never_binds(self) -> bool {
        matches!(self, Binding::Builtin | Binding::Class)
    }

    /// Bound through a class, it may still be bound to an instance.
    #[inline]
    pub(crate) fn rebinds(self) -> bool {
        matches!(
            self,
            Binding::Function | Binding::InstanceMethod | Binding::Callable
        )
    }

    /// Called through the class, the instance is the first argument.
    #[inline]
    pub(crate) fn takes_instance(self) -> bool {
        matches!(self, Binding::Function | Binding::Callable)
    }

    /// An unbound wrapper passes the `__self__` of what it wraps as the instance.
    #[inline]
    pub(crate) fn may_have_self(self) -> bool {
        self.rebinds() || self == Binding::ClassMethod
    }
}

#[cfg(test)]
mod tests {
    use super::Binding;

    #[test]
    fn numbers_and_texts_lead_back() {
        for binding in Binding::ALL {
            assert_eq!(Binding::from_number(binding as u8), binding);
            assert_eq!(Binding::parse(binding.text()), Some(binding));
        }
        assert_eq!(Binding::parse("method"), None);
    }

    #[test]
    fn what_never_binds_never_rebinds() {
        for binding in Binding::ALL {
            assert!(!(binding.never_binds() && binding.rebinds()));
            assert!(!binding.takes_instance() || binding.rebinds());
        }
    }
}
