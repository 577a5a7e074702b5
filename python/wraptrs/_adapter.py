"""Function wrappers that show another signature than the function they wrap: decorator(adapter=).

Name, module, documentation and source stay the wrapped function's; what the inspect module reads
to learn the signature comes from a prototype function.
"""

from ._native import BoundFunctionWrapper, CallableObjectProxy, FunctionWrapper
from .decorators import AdapterFactory


def prototype_of(adapter, wrapped):
    """The function whose signature ``wrapped`` is to show, or None to leave its own.

    Raises ValueError for a text, or an argument specification, that is no signature.
    """
    # By type and first: a factory is meant to be called even if its truth value is false.
    if isinstance(adapter, AdapterFactory):
        adapter = adapter(wrapped)
    if not adapter:
        return None
    if callable(adapter):
        return adapter
    if isinstance(adapter, str):
        return _function(adapter)
    return _function_of_argspec(*adapter)


def _function_of_argspec(
    args,
    varargs=None,
    varkw=None,
    defaults=None,
    kwonlyargs=None,
    kwonlydefaults=None,
    annotations=None,
):
    from .arguments import formatargspec

    # The values themselves are set afterwards: not every default has a text that evaluates to it.
    text = formatargspec(
        args, varargs, varkw, defaults, kwonlyargs, kwonlydefaults, formatvalue=lambda _: "=None"
    )
    prototype = _function(text)
    prototype.__defaults__ = tuple(defaults) if defaults else None
    prototype.__kwdefaults__ = dict(kwonlydefaults) if kwonlydefaults else None
    if annotations:
        prototype.__annotations__ = dict(annotations)
    return prototype


def _function(signature):
    """A function that has the signature with this text, and does nothing."""
    namespace = {}
    try:
        exec(f"def adapter{signature}: pass", namespace)
    except (SyntaxError, NameError) as error:
        raise ValueError(
            f"the adapter {signature!r} is not the text of a signature, such as '(a, b=None)', "
            f"in which only builtins are named: {error}"
        ) from error
    return namespace["adapter"]


def _taken_from(holder, name):
    """A property that reads ``name`` off the object in the attribute ``holder``."""

    def read(self):
        return getattr(getattr(self, holder), name)

    return property(read)


class _AdapterFunctionCode(CallableObjectProxy):
    """The wrapped function's code object, with the parameters of the prototype's."""

    def __init__(self, wrapped_code, adapter_code):
        super(_AdapterFunctionCode, self).__init__(wrapped_code)  # noqa: UP008 - __class__ is delegated
        self._self_adapter_code = adapter_code

    co_argcount = _taken_from("_self_adapter_code", "co_argcount")
    co_code = _taken_from("_self_adapter_code", "co_code")
    co_flags = _taken_from("_self_adapter_code", "co_flags")
    co_kwonlyargcount = _taken_from("_self_adapter_code", "co_kwonlyargcount")
    co_posonlyargcount = _taken_from("_self_adapter_code", "co_posonlyargcount")
    co_varnames = _taken_from("_self_adapter_code", "co_varnames")


class _Adapted:
    """Mixin: what the inspect module reads of a function to learn its signature."""

    __defaults__ = _taken_from("_self_adapter", "__defaults__")
    __kwdefaults__ = _taken_from("_self_adapter", "__kwdefaults__")

    @property
    def __code__(self):
        return _AdapterFunctionCode(self.__wrapped__.__code__, self._self_adapter.__code__)

    @property
    def __signature__(self):
        from inspect import signature

        return signature(self._self_adapter)


class _AdapterFunctionSurrogate(_Adapted, CallableObjectProxy):
    """The function below a bound wrapper, seen with the prototype's signature."""

    def __init__(self, wrapped, adapter):
        super(_AdapterFunctionSurrogate, self).__init__(wrapped)  # noqa: UP008 - __class__ is delegated
        self._self_adapter = adapter


class _BoundAdapterFunctionWrapper(BoundFunctionWrapper):
    """What binding an adapted wrapper gives: inspect leaves out the first parameter itself."""

    @property
    def __func__(self):
        return _AdapterFunctionSurrogate(self.__wrapped__.__func__, self._self_parent._self_adapter)

    @property
    def __signature__(self):
        from inspect import signature

        return signature(self._self_parent._self_adapter)


class _AdapterFunctionWrapper(_Adapted, FunctionWrapper):
    """A function wrapper that shows the signature of ``adapter``."""

    __bound_function_wrapper__ = _BoundAdapterFunctionWrapper

    def __init__(self, wrapped, wrapper, enabled=None, *, adapter):
        super(_AdapterFunctionWrapper, self).__init__(wrapped, wrapper, enabled)  # noqa: UP008 - __class__ is delegated
        self._self_adapter = adapter
