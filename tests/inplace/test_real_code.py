"""Patching the standard library in place, and the four contracts of the hotpatch project."""

from __future__ import annotations

import functools
import io
import json
import logging
import subprocess
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
