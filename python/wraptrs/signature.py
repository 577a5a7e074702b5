"""A signature of its own for a wrapped callable, without touching the callable.

Everything that introspection reads beside ``__signature__`` (annotations, defaults, the argument
fields of the code object) is derived from the one given signature on first read and then kept.
"""

from ._native import BaseObjectProxy, BoundFunctionWrapper, CallableObjectProxy, FunctionWrapper
from .doc import _Unset, bound_doc_property, call_through, doc_property

__all__ = ("with_signature",)


def _parameters(signature, *kinds):
    """The parameters of the named kinds, in the order of the kinds."""
    found = signature.parameters.values()
    return [each for kind in kinds for each in found if each.kind.name == kind]


def _annotations(signature):
    empty = signature.empty
    found = {
        name: each.annotation
        for name, each in signature.parameters.items()
        if each.annotation is not empty
    }
    if signature.return_annotation is not empty:
        found["return"] = signature.return_annotation
    return found


def _default_values(signature, *kinds):
    return {
        each.name: each.default
        for each in _parameters(signature, *kinds)
        if each.default is not each.empty
    }


_POSITIONAL = ("POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD")


def _defaults(signature):
    return tuple(_default_values(signature, *_POSITIONAL).values()) or None


def _kwdefaults(signature):
    return _default_values(signature, "KEYWORD_ONLY") or None


def _varnames(signature):
    # The order in which a code object lists its arguments: the starred ones come last.
    ordered = _parameters(signature, *_POSITIONAL, "KEYWORD_ONLY", "VAR_POSITIONAL", "VAR_KEYWORD")
    return tuple(each.name for each in ordered)


def _count(signature, *kinds):
    return len(_parameters(signature, *kinds))


def _flags(signature, flags):
    from inspect import CO_VARARGS, CO_VARKEYWORDS

    for kind, flag in (("VAR_POSITIONAL", CO_VARARGS), ("VAR_KEYWORD", CO_VARKEYWORDS)):
        flags = flags | flag if _parameters(signature, kind) else flags & ~flag
    return flags


def _kept(name, derive):
    """A read-only property whose value is computed once and kept in the proxy's own dict.

    ``functools.cached_property`` would write into the dict of the wrapped object.
    """
    slot = "_self_kept_" + name

    def read(self):
        own = self.__self_dict__
        if slot not in own:
            own[slot] = derive(self)
        return own[slot]

    return property(read)


class _ShownCode(BaseObjectProxy):
    """A code object that tells of the arguments in a signature, and of all else truly."""

    def __init__(self, wrapped, signature):
        super().__init__(wrapped)
        self._self_signature = signature

    co_argcount = _kept("co_argcount", lambda self: _count(self._self_signature, *_POSITIONAL))
    co_posonlyargcount = _kept(
        "co_posonlyargcount", lambda self: _count(self._self_signature, "POSITIONAL_ONLY")
    )
    co_kwonlyargcount = _kept(
        "co_kwonlyargcount", lambda self: _count(self._self_signature, "KEYWORD_ONLY")
    )
    co_varnames = _kept("co_varnames", lambda self: _varnames(self._self_signature))
    co_flags = _kept(
        "co_flags", lambda self: _flags(self._self_signature, self.__wrapped__.co_flags)
    )


class _ShownArguments:
    """What a proxy of a function shows in place of the function's own arguments."""

    __signature__ = property(lambda self: self._self_signature)
    __annotations__ = _kept("annotations", lambda self: _annotations(self._self_signature))
    __defaults__ = _kept("defaults", lambda self: _defaults(self._self_signature))
    __kwdefaults__ = _kept("kwdefaults", lambda self: _kwdefaults(self._self_signature))
    __code__ = _kept(
        "code", lambda self: _ShownCode(self.__wrapped__.__code__, self._self_signature)
    )


class _ShownFunction(_ShownArguments, CallableObjectProxy):
    """The ``__func__`` of a bound wrapper: ``inspect`` reads a method's arguments from there and
    leaves out the first."""

    def __init__(self, wrapped, signature):
        super().__init__(wrapped)
        self._self_signature = signature


class _BoundSignatureWrapper(BoundFunctionWrapper):
    __doc__ = bound_doc_property

    @property
    def __func__(self):
        return _ShownFunction(self.__wrapped__.__func__, self._self_parent._self_signature)

    @property
    def __signature__(self):
        return self._self_parent._self_signature


class _SignatureWrapper(_ShownArguments, FunctionWrapper):
    __doc__ = doc_property

    __bound_function_wrapper__ = _BoundSignatureWrapper

    def __init__(self, wrapped, signature, doc):
        super().__init__(wrapped, call_through)
        self._self_signature = signature
        self._self_doc = doc

    @property
    def __func__(self):
        return _ShownFunction(self.__wrapped__, self._self_signature)


def _as_signature(source):
    import inspect

    return source if isinstance(source, inspect.Signature) else inspect.signature(source)


def with_signature(wrapped=None, /, *, prototype=None, signature=None, factory=None, doc=None):
    """Give a callable another signature, as seen by ``inspect``, ``help`` and editors.

    ``prototype`` is a callable whose signature is shown, ``signature`` the ``inspect.Signature``
    itself. ``factory`` is called as ``factory(wrapped)`` when decorating, and returns one of
    them, or a pair of one of them and a docstring. ``doc`` is a docstring to show as well; it
    takes precedence over the factory's.

    Returns a wrapper that calls ``wrapped`` unchanged; without ``wrapped``, a decorator. Raises
    TypeError unless exactly one of ``prototype``, ``signature`` and ``factory`` is given.

    Behaviour: wrapt's decorator of that name.
    """
    if sum(source is not None for source in (prototype, signature, factory)) != 1:
        raise TypeError("with_signature() takes exactly one of prototype=, signature= and factory=")

    def decorate(wrapped):
        source = signature if prototype is None else prototype
        shown_doc = _Unset
        if factory is not None:
            source = factory(wrapped)
            if isinstance(source, tuple):
                source, shown_doc = source
        if doc is not None:
            shown_doc = doc
        # A given signature is shown as the very object it is, whatever its type.
        shown = source if signature is not None else _as_signature(source)
        return _SignatureWrapper(wrapped, shown, shown_doc)

    return decorate if wrapped is None else decorate(wrapped)
