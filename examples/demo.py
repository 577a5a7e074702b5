"""wraptrs at work on real code: wrap by name, watch, see that nothing else changed, take it back.

Everything printed as true is checked first; the exit status is not zero if any of it is false.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import operator
import pickle
import reprlib
import sys
import timeit
import types
from email.message import EmailMessage
from fractions import Fraction

import requests

import wraptrs

# What is wrapped: (module, path in it, what it is). Standard library first, then PyPI.
TARGETS = [
    ("json", "dumps", types.FunctionType),
    ("json", "JSONEncoder.encode", types.FunctionType),
    ("fractions", "Fraction.from_float", classmethod),
    ("email.headerregistry", "UnstructuredHeader.value_parser", staticmethod),
    ("textwrap", "shorten", types.FunctionType),
    ("requests", "Session.prepare_request", types.FunctionType),
    ("requests.models", "PreparedRequest.prepare_url", types.FunctionType),
]
LATER = ("colorsys", "rgb_to_hsv", types.FunctionType)

seen: list[str] = []


def raw(module, path):
    """What stands in the ``__dict__`` of the module or class, not bound to anything."""
    *parents, name = path.split(".")
    return vars(operator.attrgetter(".".join(parents))(module) if parents else module)[name]


def public(module, path):
    """What a caller gets."""
    return operator.attrgetter(path)(module)


def check(fact, claim):
    if not fact:
        sys.exit(f"FALSE: {claim}")
    print(f"  true: {claim}")


def watcher(name):
    """A wrapper that says what it sees, then calls what it wraps."""

    def watch(wrapped, instance, args, kwargs):
        seen.append(name)
        bound = "" if instance is None else f"   # on {reprlib.repr(instance)}"
        given = [*map(reprlib.repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())]
        print(f"  {name}({', '.join(given)}){bound}")
        return wrapped(*args, **kwargs)

    return watch


def work():
    """Ordinary use of the wrapped code; knows nothing of wrapping."""
    json, textwrap, colorsys = map(importlib.import_module, ("json", "textwrap", "colorsys"))
    message = EmailMessage()
    message["Subject"] = "wrapped"
    request = requests.Request("GET", "https://example.org/a path", params={"q": "x y"})
    return {
        "dumps": json.dumps({"b": [1, 2], "a": None}, sort_keys=True),
        "encode": json.JSONEncoder(indent=1).encode([1]),
        "from_float": Fraction.from_float(0.375),
        "subject": str(message["Subject"]),
        "shorten": textwrap.shorten("a long line of words", width=12),
        "url": requests.Session().prepare_request(request).url,
        "hsv": colorsys.rgb_to_hsv(0.2, 0.4, 0.6),
    }


def wrap_all():
    """Wrap every target by name; the handles take the wrappers back later."""
    handles = {}
    for module, path, _ in TARGETS:
        watch = watcher(f"{module}.{path}")
        if module == "textwrap":  # the decorator form; it gives back the wrapper function
            wraptrs.patch_function_wrapper(module, path)(watch)
            handles[module, path] = raw(sys.modules[module], path)
        else:
            handles[module, path] = wraptrs.wrap_function_wrapper(module, path, watch)
        print(f"  {module}.{path}")
    return handles


def wrap_later():
    """``?`` waits: the module is wrapped when, and only if, something imports it."""
    module, path, _ = LATER
    sys.modules.pop(module, None)
    wraptrs.wrap_function_wrapper(f"{module}?", path, watcher(f"{module}.{path}"))
    check(module not in sys.modules, f"{module} is not imported by asking for {path}")
    imported = importlib.import_module(module)
    handle = raw(imported, path)
    check(isinstance(handle, wraptrs.FunctionWrapper), f"once imported, {module}.{path} is wrapped")
    return {(module, path): handle}


def check_same_face(targets, signatures):
    """Signature, type and identity by pickle look as if nothing had been wrapped."""
    for module, path, kind in targets:
        name = f"{module}.{path}"
        function = public(sys.modules[module], path)
        signature = inspect.signature(function)
        check(signature == signatures[module, path], f"signature of {name} is {signature}")
        entry = raw(sys.modules[module], path)
        check(isinstance(entry, kind), f"isinstance: {name} is still a {kind.__name__}")
    json = sys.modules["json"]
    prepared = requests.Request("GET", "https://example.org/").prepare()
    for thing, name in ((json.JSONEncoder, "a class"), (Fraction(3, 8), "an instance")):
        check(pickle.loads(pickle.dumps(thing)) == thing, f"pickle: {name}, {thing!r}")
    url = pickle.loads(pickle.dumps(prepared)).url
    check(url == prepared.url, f"pickle: an instance of requests.PreparedRequest for {url}")
    for function in (json.dumps, sys.modules["textwrap"].shorten):
        same = pickle.loads(pickle.dumps(function)) is function
        check(same, f"pickle: the wrapped function {function.__qualname__}, by its name")


def measure():
    """Nanoseconds for one call: bare, through a ``functools.wraps`` closure, through a wrapper."""

    def bare(number):
        return number

    @functools.wraps(bare)
    def closure(*args, **kwargs):
        return bare(*args, **kwargs)

    @wraptrs.decorator
    def pass_on(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    subjects = {"bare function": bare, "closure": closure, "wraptrs wrapper": pass_on(bare)}
    best = dict.fromkeys(subjects, float("inf"))
    for _ in range(15):  # in turns, so that a busy moment hits all of them
        for name, subject in subjects.items():
            taken = timeit.timeit("call(1)", globals={"call": subject}, number=20_000)
            best[name] = min(best[name], taken / 20_000 * 1e9)
    for name, nanoseconds in best.items():
        ratio = nanoseconds / best["closure"]
        print(f"  {name:16} {nanoseconds:7.0f} ns   {ratio:.2f} of a functools.wraps closure")


def main():
    targets = [*TARGETS, LATER]
    modules = {module: importlib.import_module(module) for module, _, _ in targets}
    originals = {(m, path): raw(modules[m], path) for m, path, _ in targets}
    signatures = {(m, path): inspect.signature(public(modules[m], path)) for m, path, _ in targets}
    before = work()

    print(f"wraptrs {wraptrs.__version__} on Python {sys.version.split()[0]}: wrapping by name")
    handles = wrap_all()
    print("\nwrapping a module that is not imported yet")
    handles.update(wrap_later())
    originals[LATER[:2]] = handles[LATER[:2]].__wrapped__

    print("\nordinary work, each call seen")
    during = work()
    expected = {f"{module}.{path}" for module, path, _ in targets}
    check(set(seen) == expected, f"all {len(expected)} wrapped functions were seen")
    check(during == before, "every result is what it was before wrapping")

    print("\nfrom outside nothing has changed")
    check_same_face(targets, signatures)

    print("\ntaking everything back")
    for (module, path), handle in handles.items():
        wraptrs.unwrap_object(module, path, handle)
        restored = raw(sys.modules[module], path) is originals[module, path]
        check(restored, f"{module}.{path} is the very object that stood there before")
    seen.clear()
    check(work() == before and not seen, "the same work again, and no call seen")

    print("\nwhat a call costs (best of 15 rounds)")
    measure()


if __name__ == "__main__":
    main()
