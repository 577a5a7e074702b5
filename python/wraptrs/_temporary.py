"""Wrappers for a time: while a block runs, or while the body of a decorated function runs."""

from types import FunctionType, MethodType, coroutine

from ._apply import install, unwrap_object
from ._missing import MISSING
from ._native import FunctionWrapper
from ._wrapper import describe, named_target, ready_wrapper

_CO_GENERATOR = 0x20
_CO_COROUTINE = 0x80
_CO_ITERABLE_COROUTINE = 0x100
_CO_ASYNC_GENERATOR = 0x200


class _Scope:
    """One layer, put on at entry and taken off at exit, once."""

    __slots__ = ("_entries", "_handle", "_name", "_target", "_wrapper")

    def __init__(self, target, name, wrapper):
        self._target = target
        self._name = name
        self._wrapper = wrapper
        self._entries = [1]  # the one that it serves for, taken by who enters it

    def __enter__(self):
        try:
            self._entries.pop()
        except IndexError:
            raise RuntimeError(
                f"this scope of {describe(self._target, self._name)} was used already; call "
                f"scoped_function_wrapper() for every with statement"
            ) from None
        self._handle = install(self._target, self._name, self._wrapper)

    def __exit__(self, *error):
        unwrap_object(self._target, self._name, self._handle)

    def __call__(self, function):
        """Decorate a function: each of its calls is a scope of its own."""
        return patched_while_running(
            function, lambda: _Scope(self._target, self._name, self._wrapper)
        )


def scoped_function_wrapper(target=MISSING, name=MISSING, wrapper=MISSING, *, module=MISSING):
    """Wrap a function for the length of a ``with`` block.

    The arguments are those of `wrap_function_wrapper`; ``module`` is the former name of
    ``target``. Returns a context manager that gives None and serves once; it can decorate a
    function as well. The layer is taken off by `unwrap_object`: layers put over it and left
    there stay.

    Raises ValueError for a deferred target (``"name?"``), TypeError for an unfit wrapper; on
    entry, what `resolve_path` raises, and RuntimeError when entered again; on exit, what
    `unwrap_object` raises if the layer was removed or buried meanwhile.

    Behaviour: wrapt's function of that name; it refuses earlier, and says why.
    """
    target = named_target("scoped_function_wrapper", target, module, name=name, wrapper=wrapper)
    _refuse_deferred(target, name)
    ready_wrapper(wrapper, None, target, name)
    return _Scope(target, name, wrapper)


def transient_function_wrapper(target=MISSING, name=MISSING, *, module=MISSING):
    """Make of a wrapper a decorator: ``target`` is wrapped while the decorated function runs.

    The arguments are those of `wrap_function_wrapper`; ``module`` is the former name of
    ``target``. The layer is in force while the body runs, which for a coroutine function, a
    generator function and an asynchronous generator function is from the first step of each
    object they return to its end, suspended or not.

    Raises ValueError for a deferred target, TypeError for a wrapper that is not callable; the
    call of the decorated function raises what `resolve_path` and, at the end, `unwrap_object` do.

    Behaviour: wrapt's function of that name, whose layer is gone before such a body runs.
    """
    target = named_target("transient_function_wrapper", target, module, name=name)
    _refuse_deferred(target, name)

    def decorate(wrapper):
        if not callable(wrapper) and not hasattr(type(wrapper), "__get__"):
            ready_wrapper(wrapper, None, target, name)

        def apply(wrapped, instance, args, kwargs):
            if len(args) != 1 or kwargs:
                raise TypeError(
                    f"the wrapper of {describe(target, name)} decorates one function at a time"
                )
            ready_wrapper(wrapped, None, target, name)
            return patched_while_running(args[0], lambda: _Scope(target, name, wrapped))

        return FunctionWrapper(wrapper, apply)

    return decorate


def _refuse_deferred(target, name):
    if isinstance(target, str) and target.endswith("?"):
        raise ValueError(
            f"{describe(target, name)} cannot wait for an import: a temporary wrapper is applied "
            f"when its scope begins; leave out the question mark"
        )


def patched_while_running(function, scope):
    """A function wrapped so that a context manager, of each call its own, is open for its body."""

    def call(wrapped, instance, args, kwargs):
        with scope():
            return wrapped(*args, **kwargs)

    body = _BODIES.get(_body_flag(function))
    if body is None:
        return FunctionWrapper(function, call)

    def start(wrapped, instance, args, kwargs):
        # Called at once, so that wrong arguments are reported here and not at the first step.
        running = call(wrapped, instance, args, kwargs)
        outer = body(scope, _Begun(running) if body is _run_coroutine else running)
        for attribute in ("__name__", "__qualname__"):
            setattr(outer, attribute, getattr(running, attribute, body.__name__))
        return outer

    return FunctionWrapper(function, start)


def _body_flag(function):
    """The code flag that says in what kind of object the body of ``function`` runs, or 0."""
    while not isinstance(function, (FunctionType, type)):
        if isinstance(function, (classmethod, staticmethod, MethodType)):
            function = function.__func__
        elif hasattr(function, "func") and hasattr(function, "keywords"):
            function = function.func  # functools.partial and partialmethod
        else:
            function = getattr(type(function), "__call__", None)  # noqa: B004 - the function is wanted
            if not isinstance(function, FunctionType):
                return 0
    flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
    for flag in (_CO_ITERABLE_COROUTINE, _CO_COROUTINE, _CO_ASYNC_GENERATOR, _CO_GENERATOR):
        if flags & flag:
            return flag
    return 0


def _run_generator(scope, running):
    with scope():
        return (yield from running)


async def _run_coroutine(scope, running):
    with scope():
        return await running.coroutine


class _Begun:
    """A coroutine that another one will await; closed where that one ends before it begins."""

    __slots__ = ("coroutine",)

    def __init__(self, coroutine):
        self.coroutine = coroutine

    def __del__(self):
        self.coroutine.close()


async def _run_async_generator(scope, running):
    with scope():
        step = running.__anext__()
        while True:
            try:
                value = await step
            except StopAsyncIteration:
                return
            try:
                sent = yield value
            except GeneratorExit:
                await running.aclose()
                raise
            except BaseException as error:
                step = running.athrow(error)
            else:
                step = running.asend(sent)


_BODIES = {
    _CO_GENERATOR: _run_generator,
    _CO_ITERABLE_COROUTINE: coroutine(_run_generator),
    _CO_COROUTINE: _run_coroutine,
    _CO_ASYNC_GENERATOR: _run_async_generator,
}
