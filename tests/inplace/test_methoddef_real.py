"""C functions of the standard library and of other packages, patched as programs hold them."""

from __future__ import annotations

import contextvars
import datetime
import functools
import json
import math
import operator
import socket
import sys
import time
from datetime import datetime as imported_class
from json.encoder import encode_basestring_ascii as encode_string
from time import time as imported_time

import pytest

from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap

captured_now = datetime.datetime.now


class Later(datetime.datetime):
    """A class that inherits C methods."""


class Recorder:
    """A wrapper that notes what it was called with and passes the call on."""

    def __init__(self):
        self.calls = []

    def __call__(self, wrapped, instance, args, kwargs):
        self.calls.append((instance, args, kwargs))
        return wrapped(*args, **kwargs)


def run(function):
    return function()


def test_time_stands_still_for_whoever_imported_it_by_name():
    """The real input: code that holds the function in every way there is."""
    holders = [imported_time, functools.partial(imported_time), lambda now=imported_time: now()]
    space = {}
    exec("from time import time\ndef stamp(): return time()", space)
    holders += [space["stamp"], staticmethod(imported_time).__func__, {"now": time.time}["now"]]
    with hotpatch(lambda: 1234.5, time.time):
        assert [hold() for hold in holders] == [1234.5] * len(holders)
        assert list(map(run, holders)) == [1234.5] * len(holders)
        with hotpatch(lambda cls, tz=None: cls(2020, 1, 2), datetime.datetime.now):
            assert captured_now() == imported_class.now() == imported_class(2020, 1, 2)
            assert functools.partial(captured_now)() == imported_class(2020, 1, 2)
            assert type(Later.now()) is Later
    assert all(hold() > 1.6e9 for hold in holders)
    assert captured_now().year > 2020


def test_callers_written_in_c_see_it():
    words = ["b", "a"]
    with hotpatch(lambda text: "<" + text + ">", str.lower):
        assert list(map(str.lower, words)) == ["<b>", "<a>"]
        assert sorted(words, key=str.lower) == ["a", "b"]
        assert operator.methodcaller("lower")("A") == "<A>"
        assert functools.partial(str.lower, "B")() == "<B>"
        assert functools.lru_cache(str.lower)("C") == "<C>"
    assert list(map(str.lower, ["B", "A"])) == ["b", "a"]


def test_functions_that_patching_itself_uses():
    """Whatever they answer, the way back stands open."""
    machinery = (dict.get, dict.pop, list.index, list.remove, list.insert, sys.audit, str.partition)
    for target in machinery:
        patch = hotpatch(lambda *args, **kwargs: "nonsense", target)
        more = hotwrap(target, Recorder())
        patch.revert()
        more.revert()
        assert (patch.state, more.state) == ("reverted", "reverted")
    assert {1: 2}.get(1) == 2 and [5].index(5) == 0 and "a:b".partition(":")[2] == "b"


def test_functions_that_extensions_turn_into_methods():
    """pybind11 makes methods so: the function gets the instance as its first argument."""
    ctypes = pytest.importorskip("ctypes")
    make = ctypes.pythonapi.PyInstanceMethod_New
    make.restype, make.argtypes = ctypes.py_object, [ctypes.py_object]
    method = make(math.floor)

    class Number(float):
        down = method

    number, recorder = Number(2.5), Recorder()
    with hotwrap(method, recorder):
        assert number.down() == 2
    assert recorder.calls == [(number, (), {})]
    with hotpatch(lambda it: type(it), vars(Number)["down"]):
        assert number.down() is Number and math.floor(1.5) is float
    assert number.down() == 2


def test_a_socket_finds_no_host():
    def nobody(host, *args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is not for tests")

    with hotpatch(nobody, "_socket:getaddrinfo"):
        with pytest.raises(socket.gaierror, match="not for tests"):
            socket.create_connection(("127.0.0.1", 9))
        with pytest.raises(socket.gaierror, match="not for tests"):
            socket.getaddrinfo("localhost", 80)
    assert socket.getaddrinfo("127.0.0.1", 80)


def test_the_encoder_that_json_has_bound_already():
    if type(encode_string) is not type(len):
        pytest.skip("this CPython has no encoder written in C")
    recorder = Recorder()
    with hotwrap(encode_string, recorder):
        assert json.JSONEncoder(indent=1).encode("x") == '"x"'
    assert recorder.calls == [(None, ("x",), {})]


def test_methods_of_a_third_party_extension():
    """wrapt's own proxies, whose methods are written in C and inherited by classes in Python."""
    wrapt = pytest.importorskip("wrapt")
    method = wrapt.ObjectProxy.__dir__
    if type(method) is not type(str.upper):
        pytest.skip("wrapt was built without its extension")
    proxy, recorder = wrapt.ObjectProxy([1]), Recorder()
    before = dir(proxy)
    with hotwrap(method, recorder) as patch:
        assert dir(proxy) == before and patch.function is method
    assert len(recorder.calls) == 1 and recorder.calls[0][0] is proxy
    with hotpatch(lambda self: ["only"], method):
        assert dir(proxy) == dir(wrapt.FunctionWrapper(len, recorder)) == ["only"]
    assert dir(proxy) == before


def test_a_set_is_applied_whole_or_not_at_all():
    patches = wraptrs.PatchSet("clock")
    patches.hotpatch(lambda: 1.0, time.time)
    patches.hotwrap(str.upper, lambda wrapped, instance, args, kwargs: wrapped() + "!")
    with patches:
        assert imported_time() == 1.0 and "x".upper() == "X!"
        assert [patch.mode for patch in wraptrs.patches("clock")] == ["methoddef"] * 2
    assert imported_time() > 1.6e9 and "x".upper() == "X"
    patches.hotpatch(lambda *args: 1, int.__add__)
    with pytest.raises(wraptrs.PatchSetError):
        patches.apply()
    assert imported_time() > 1.6e9 and "x".upper() == "X"


def test_in_one_context_alone():
    patches = wraptrs.PatchSet(scope="context")
    patches.hotpatch(lambda: 1.0, time.time)
    patches.hotpatch(lambda text: f"<{text}>", str.upper)
    elsewhere = contextvars.Context()
    with patches:
        assert (imported_time(), "x".upper()) == (1.0, "<x>")
        assert elsewhere.run(imported_time) > 1.6e9 and elsewhere.run("x".upper) == "X"
    assert imported_time() > 1.6e9


def test_code_in_c_has_no_fingerprint():
    with pytest.raises(wraptrs.UnpatchableError, match="written in C"):
        wraptrs.fingerprint(time.time)
