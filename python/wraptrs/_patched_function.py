"""Functions that find other modules in ``sys.modules`` while their bodies run, and only then.

A generator or coroutine runs in steps, and the modules stand there during each of them: what runs
in between, of this thread too, finds the usual ones.
"""

from ._native import FunctionWrapper
from ._patch import Patch
from ._swaps import Swap


class _Wrapper(FunctionWrapper):
    def __init__(self, func, patch):
        super().__init__(func, patch._call, patch._is_on)
        self._self_patch = patch


class PatchedFunction(Patch):
    """The handle of a function made by `patch_function`; reverted, the function runs as it is."""

    kind = "patch_function"
    wrapper_type = _Wrapper

    def __init__(self, func, additional_modules, owner=None):
        if not callable(func) and not hasattr(func, "__func__"):
            raise TypeError(f"patch_function() takes a function: got {func!r}")
        super().__init__(func, owner)
        self.additional_modules = additional_modules
        self._modules = dict(additional_modules)
        self._run = _RUNNERS[_kind(func)]
        self._on = False

    @property
    def name(self):
        """The qualified name of the function."""
        return getattr(self.target, "__qualname__", None) or repr(self.target)

    @property
    def original(self):
        """The function as it was given."""
        return self.target

    def _is_on(self):
        return self._on

    def _put(self):
        self._on = True

    def _take(self, force):
        self._on = False

    def _call(self, wrapped, instance, args, kwargs):
        return self._run(wrapped, args, kwargs, self._modules)


def patch_function(func, *additional_modules):
    """A function that runs with other modules in the places of those it imports.

    ``func`` is a function, method, ``staticmethod`` or ``classmethod`` object. While its body runs,
    and in no other thread, its import statements find the modules given as pairs ``(name,
    module)``; without any, those of the provider of green modules. A generator, coroutine or
    asynchronous generator has them during each of its steps, not in between.

    Returns a wrapper of the same kind and signature. Raises TypeError for what is no function, or
    modules not given in pairs, LookupError where none are given and nobody provides any.

    Behaviour: eventlet's function of that name, extended to functions that can be suspended.
    """
    from ._greens import default_modules
    from .injection import as_pairs

    patch = PatchedFunction(func, as_pairs(additional_modules or default_modules()))
    return _Wrapper(func, patch.apply())


def _kind(func):
    import inspect

    func = getattr(func, "__func__", func)
    if inspect.iscoroutinefunction(func):
        return "coroutine"
    if inspect.isasyncgenfunction(func):
        return "async generator"
    if inspect.isgeneratorfunction(func):
        code = getattr(func, "__code__", None)
        legacy = code is not None and code.co_flags & inspect.CO_ITERABLE_COROUTINE
        return "awaitable generator" if legacy else "generator"
    return "function"


def _call(wrapped, args, kwargs, modules):
    with Swap(dict(modules)):
        return wrapped(*args, **kwargs)


def _call_coroutine(wrapped, args, kwargs, modules):
    return _like(_awaiting, wrapped(*args, **kwargs), modules)


def _call_generator(wrapped, args, kwargs, modules):
    return _like(_steps, wrapped(*args, **kwargs), modules)


def _call_awaitable(wrapped, args, kwargs, modules):
    from types import coroutine

    # It marks the function it is given, so that must not be _steps itself.
    def awaitable(inner, modules):
        return (yield from _steps(inner, modules))

    return _like(coroutine(awaitable), wrapped(*args, **kwargs), modules)


def _call_async_generator(wrapped, args, kwargs, modules):
    return _like(_iterating, wrapped(*args, **kwargs), modules)


_RUNNERS = {
    "function": _call,
    "coroutine": _call_coroutine,
    "generator": _call_generator,
    "awaitable generator": _call_awaitable,
    "async generator": _call_async_generator,
}


def _like(run, inner, modules):
    """What runs `inner` in steps, with its name."""
    outer = run(inner, modules)
    outer.__name__, outer.__qualname__ = inner.__name__, inner.__qualname__
    return outer


def _steps(inner, modules):
    """Drive a generator, a coroutine or a step of an asynchronous generator."""
    action, value = inner.send, None
    while True:
        try:
            with Swap(dict(modules)):
                item = action(value)
        except StopIteration as stop:
            return stop.value
        try:
            action, value = inner.send, (yield item)
        except GeneratorExit:
            with Swap(dict(modules)):
                inner.close()
            raise
        except BaseException as error:
            action, value = inner.throw, error


class _Await:
    """The awaitable of a coroutine that runs in steps."""

    def __init__(self, inner, modules):
        self.inner, self.modules = inner, modules

    def __await__(self):
        return _steps(self.inner, self.modules)


async def _awaiting(inner, modules):
    return await _Await(inner, modules)


async def _iterating(inner, modules):
    action, value = inner.asend, None
    while True:
        try:
            item = await _Await(action(value), modules)
        except StopAsyncIteration:
            return
        try:
            action, value = inner.asend, (yield item)
        except GeneratorExit:
            await _Await(inner.aclose(), modules)
            raise
        except BaseException as error:
            action, value = inner.athrow, error
