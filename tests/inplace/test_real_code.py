"""Patching the standard library in place, and the four contracts of the hotpatch project."""

from __future__ import annotations

import functools
import io
import json
import logging
import subprocess
import sys
import textwrap
from json import dumps  # bound before any patch, which is the point

import pytest

from support.inplace import MODES
from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap


def test_a_name_imported_before_sees_the_patch():
    with hotpatch(lambda value, **options: f"patched {value}", json.dumps):
        assert dumps([1]) == "patched [1]"
    with hotpatch(lambda value, **options: f"patched {value}", "json:dumps"):
        assert dumps([1]) == "patched [1]"
    with hotwrap(dumps, lambda wrapped, instance, args, kwargs: wrapped(*args, sort_keys=True)):
        assert json.dumps({"b": 1, "a": 2}) == '{"a": 2, "b": 1}'
    assert dumps({"b": 1, "a": 2}) == '{"b": 1, "a": 2}'


def test_a_logger_method_that_handlers_hold():
    stream = io.StringIO()
    logger = logging.Logger("patched")
    logger.addHandler(logging.StreamHandler(stream))
    log, emit = logger.info, logger.handlers[0].emit
    seen = []

    def wrapper(wrapped, instance, args, kwargs):
        seen.append((instance, args))
        return wrapped("<%s>", *args, **kwargs)

    with hotwrap(logging.Logger.info, wrapper):
        log("one")
    log("two")
    assert seen == [(logger, ("one",))] and stream.getvalue() == "<one>\ntwo\n"
    with hotpatch(lambda self, record: stream.write("emitted"), logging.StreamHandler.emit):
        emit(None)
    assert stream.getvalue().endswith("emitted")


def test_a_method_of_a_class_derived_before():
    class Popen(subprocess.Popen):
        pass

    with (
        hotpatch(lambda self, *args, **kwargs: None, subprocess.Popen.__init__),
        hotpatch(lambda self: None, subprocess.Popen.__del__),
    ):
        assert Popen(["no such program"]).__dict__ == {}


def test_a_module_goes_on_working_under_wrappers():
    calls = []

    def wrapper(wrapped, instance, args, kwargs):
        calls.append(wrapped.__name__)
        return wrapped(*args, **kwargs)

    functions = [
        function
        for space in (vars(textwrap), vars(textwrap.TextWrapper))
        for function in space.values()
        if getattr(function, "__module__", None) == "textwrap" and not isinstance(function, type)
    ]
    text = "some words that are wrapped\n  over two lines, " * 20
    use = lambda: (textwrap.fill(text, 30), textwrap.dedent(text), textwrap.shorten(text, 20))  # noqa: E731 short on purpose
    expected = use()
    patches = [hotwrap(function, wrapper) for function in functions]
    assert use() == expected and {"wrap", "fill", "dedent", "_split"} <= set(calls)
    for patch in patches:
        patch.revert()
    count = len(calls)
    assert use() == expected and len(calls) == count


@pytest.mark.parametrize("mode", MODES)
def test_the_contracts_of_hotpatch(mode):
    def arguments(*args, **kwargs):
        return args, kwargs

    one, two = 1, 2

    def no_free(a, b=0):
        return a

    def one_free(a, b=5):
        return a, b, one

    def two_free(a, b=7):
        return a, b, one, two

    restore = hotpatch(arguments, no_free, mode=mode)
    assert no_free(1, 2, c=3) == ((1, 2), {"c": 3})
    restore.revert()
    for replacement, target in [(two_free, one_free), (one_free, two_free), (two_free, no_free)]:
        expected = functools.partial(replacement)
        result = expected(1), expected(1, b=3)
        with hotpatch(replacement, target, mode=mode):
            assert (target(1), target(1, b=3)) == result
    assert (no_free(1), one_free(1), two_free(1)) == (1, (1, 5, 1), (1, 7, 1, 2))


def test_the_examples_of_hotpatch(tmp_path, monkeypatch):
    """A name taken from its module, a bound method given away, and a default made at run time."""
    (tmp_path / "greetings.py").write_text(
        "def message():\n    return 'hello'\n"
        "class Greeter:\n    def greet(self):\n        return 'hello', self\n"
        "def outer():\n    variable = 123\n"
        "    def inner(x=variable):\n        return x, variable\n    return inner\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "greetings", raising=False)
    import greetings
    from greetings import message

    monkeypatch.setattr(greetings, "message", lambda: "replaced by name")
    assert message() == "hello"  # which is what the project was made against
    with hotpatch(lambda: "goodbye", message):
        assert message() == "goodbye" and greetings.message() == "replaced by name"
    greeter = greetings.Greeter()
    callbacks = [greeter.greet]
    with hotpatch(lambda self: ("goodbye", self), greetings.Greeter.greet):
        assert callbacks[0]() == ("goodbye", greeter)
    inner, other = greetings.outer(), greetings.outer()
    with hotpatch(lambda x=456: x, inner):
        assert (inner(), inner(1), other(), other(1)) == (456, 1, (123, 123), (1, 123))
    assert inner() == (123, 123)
    del sys.modules["greetings"]


def test_json_and_logging_in_every_way():
    """Names bound before, and bound methods in the tables of somebody else."""
    stream, handled = io.StringIO(), []
    logger = logging.Logger("patched")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    table = {"write": handler.handle, "dump": dumps, "later": functools.partial(dumps, indent=None)}

    def handle(self, record):
        handled.append((self, record.getMessage()))
        return original(self, record)

    with hotpatch(handle, logging.Handler.handle) as patch:
        original = patch.original
        logger.warning("one %d", 1)
        table["write"](logging.LogRecord("n", 30, "p", 1, "two", (), None))
    logger.warning("three")
    assert handled == [(handler, "one 1"), (handler, "two")]
    assert stream.getvalue() == "one 1\ntwo\nthree\n"
    with hotwrap(json.JSONEncoder.default, lambda wrapped, instance, args, kwargs: repr(args[0])):
        assert table["dump"]({1: {2}}) == table["later"]({1: {2}}) == '{"1": "{2}"}'
    with pytest.raises(TypeError, match="not JSON serializable"):
        table["dump"]({1: {2}})
