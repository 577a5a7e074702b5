"""The modules that stand in for others where nobody names any: those of a registered provider.

Two are ready, for eventlet and for gevent, and are used where those are installed; one that the
program has imported goes first.
"""

import sys

_providers = []
_made = {}  # what the provider for gevent had to make, by name


def register_green_modules(provider):
    """Have a provider asked for the modules when `inject` and its kin are given none.

    ``provider`` is called without arguments and returns pairs ``(name, module)``. The one that was
    registered last is asked. Returns the provider, so it may be a decorator. Raises TypeError if
    it cannot be called.
    """
    if not callable(provider):
        raise TypeError(f"a provider of green modules must be callable: got {provider!r}")
    _providers.append(provider)
    return provider


def unregister_green_modules(provider):
    """Forget a provider. Raises LookupError if it is not registered."""
    try:
        _providers.remove(provider)
    except ValueError:
        raise LookupError(f"{provider!r} is no registered provider of green modules") from None


def default_modules():
    """The pairs of the provider. Raises LookupError where there is none."""
    if _providers:
        provider = _providers[-1]
        pairs = tuple(provider())
        if not pairs:
            raise LookupError(f"the provider of green modules {provider!r} gave none")
        return pairs
    from importlib.util import find_spec

    for library in sorted(_READY, key=lambda name: name not in sys.modules):
        if library in sys.modules or find_spec(library) is not None:
            return tuple(_READY[library]())
    raise LookupError(
        "no modules were given to stand in for others, and nobody provides a default: pass pairs "
        "(name, module), call register_green_modules(), or install eventlet or gevent"
    )


def _of_eventlet():
    names = "os select selectors socket ssl queue:Queue _thread:thread threading time"
    for name, _, green in (item.partition(":") for item in names.split()):
        try:
            yield name, _import(f"eventlet.green.{green or name}")
        except ImportError:
            if name != "ssl":  # Python itself may be built without
                raise


def _of_gevent():
    """gevent's modules hold what differs, so each is laid over a copy of the usual one; and the
    modules above threads are executed again over those."""
    if not _made:
        for name, green in (
            ("os", "os"),
            ("select", "select"),
            ("selectors", "selectors"),
            ("socket", "socket"),
            ("ssl", "ssl"),
            ("_thread", "thread"),
            ("time", "time"),
        ):
            _made[name] = _overlaid(name, _import(f"gevent.{green}"))
        for name, needs in (("threading", ("_thread", "time")), ("queue", ("threading", "time"))):
            _made[name] = _executed(name, {need: _made[need] for need in needs})
    return _made.items()


def _overlaid(name, green):
    usual = _import(name)
    module = type(sys)(name, usual.__doc__)
    module.__dict__.update(vars(usual))
    for attribute in getattr(green, "__implements__", ()):
        if hasattr(green, attribute):
            setattr(module, attribute, getattr(green, attribute))
    return module


def _executed(name, needs):
    from ._reexecution import execute

    module = execute(name, needs, lambda module: None)[1]
    if name == "queue":
        module.SimpleQueue = module._PySimpleQueue  # the one in C blocks the whole thread
    return module


def _import(name):
    from importlib import import_module

    return import_module(name)


_READY = {"eventlet": _of_eventlet, "gevent": _of_gevent}
