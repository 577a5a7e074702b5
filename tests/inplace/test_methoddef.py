"""C functions and methods in place: every holder sees it, whatever the calling convention."""

from __future__ import annotations

import _socket
import collections
import datetime
import functools
import inspect
import io
import math
import os
import pickle
import re
import sys
import time
from datetime import datetime as imported_class
from time import time as imported_time

import pytest

from support.lib import package as wraptrs

hotpatch, hotwrap = wraptrs.hotpatch, wraptrs.hotwrap

PATTERN = re.compile("b+")
DEQUE = collections.deque([1])
NOW = time.gmtime(0)
captured_upper = "q".upper
captured_now = datetime.datetime.now
captured_search = PATTERN.search
lookup = _socket.getaddrinfo
alias = io.open
PAIR, FORM = "a b", "{}{a}"


class Later(datetime.datetime):
    """A class that inherits C methods."""


class Recorder:
    """A wrapper that notes what it was called with and passes the call on."""

    def __init__(self):
        self.calls = []

    def __call__(self, wrapped, instance, args, kwargs):
        self.calls.append((instance, args, kwargs))
        return wrapped(*args, **kwargs)


# Target, a call that reaches it, and what a wrapper is told: instance, args, kwargs.
ROWS = {
    "NOARGS": (time.time, imported_time, None, (), {}),
    "O": (math.sqrt, lambda: math.sqrt(4.0), None, (4.0,), {}),
    "VARARGS": (time.strftime, lambda: time.strftime("%Y", NOW), None, ("%Y", NOW), {}),
    "VARARGS, KEYWORDS": (
        sys.getsizeof,
        lambda: sys.getsizeof(1, default=2),
        None,
        (1,),
        {"default": 2},
    ),
    "FASTCALL": (math.gcd, lambda: math.gcd(4, 6), None, (4, 6), {}),
    "FASTCALL, KEYWORDS": (
        open,
        lambda: alias(os.devnull, mode="rb"),
        None,
        (os.devnull,),
        {"mode": "rb"},
    ),
    "method, NOARGS": (str.upper, lambda: captured_upper(), "q", (), {}),
    "method, O": (str.join, lambda: ",".join("ab"), ",", ("ab",), {}),
    "method, VARARGS, KEYWORDS": (
        str.format,
        lambda: FORM.format(1, a=2),
        FORM,
        (1,),
        {"a": 2},
    ),
    "method, FASTCALL": (dict.get, lambda: {1: 2}.get(1), {1: 2}, (1,), {}),
    "method, FASTCALL, KEYWORDS": (
        str.split,
        lambda: PAIR.split(maxsplit=1),
        PAIR,
        (),
        {"maxsplit": 1},
    ),
    "method, METHOD": (
        re.Pattern.search,
        lambda: captured_search("abb", pos=1),
        PATTERN,
        ("abb",),
        {"pos": 1},
    ),
    "class method": (datetime.datetime.now, imported_class.now, imported_class, (), {}),
    "class method of a class": (dict.fromkeys, lambda: dict.fromkeys("a"), dict, ("a",), {}),
    "inherited class method": (Later.now, lambda: Later.now(tz=None), Later, (), {"tz": None}),
    "static method": (str.maketrans, lambda: str.maketrans("a", "b"), None, ("a", "b"), {}),
    "captured method": (captured_upper, lambda: str.upper("z"), "z", (), {}),
    "_socket": (_socket.getaddrinfo, lambda: lookup("127.0.0.1", 80), None, ("127.0.0.1", 80), {}),
    "heap type": (collections.deque.append, lambda: DEQUE.append(2), DEQUE, (2,), {}),
    "object's": (object.__dir__, lambda: object.__dir__(DEQUE), DEQUE, (), {}),
}


def test_the_rows_have_every_convention():
    flags = {wraptrs._native._definition(row[0])[1] & ~0x70 for row in ROWS.values()}
    assert flags >= {0x4, 0x8, 0x1, 0x3, 0x80, 0x82}
    assert 0x282 in flags or sys.version_info < (3, 10)


def close(value):
    getattr(value, "close", lambda: None)()
    return value


@pytest.mark.parametrize("row", ROWS)
def test_wrapped_with_what_the_caller_gave(row):
    target, call, instance, args, kwargs = ROWS[row]
    before, recorder = close(call()), Recorder()
    with hotwrap(target, recorder) as patch:
        assert patch.mode == "methoddef" and patch.state == "active"
        during = close(call())
    assert type(during) is type(before)
    [(its, positional, keywords)] = recorder.calls
    assert its is instance or (its == instance and type(its) is type(instance))
    assert (positional, keywords) == (args, kwargs)
    close(call())
    assert len(recorder.calls) == 1


@pytest.mark.parametrize("row", ROWS)
def test_replaced_with_the_instance_in_front(row):
    target, call, instance, args, kwargs = ROWS[row]
    seen = []

    def replacement(*args, **kwargs):
        seen.append((args, kwargs))
        return "new"

    with hotpatch(replacement, target):
        assert call() == "new"
    front = () if instance is None else (instance,)
    assert seen == [(front + args, kwargs)]
    assert close(call()) != "new" and len(seen) == 1


@pytest.mark.parametrize("row", ROWS)
def test_the_original_behaves_as_before(row):
    target, call, instance, args, kwargs = ROWS[row]
    patch = hotpatch(lambda *args, **kwargs: "new", target)
    try:
        front = () if instance is None else (instance,)
        result = close(patch.original(*front, *args, **kwargs))
        assert result != "new" and call() == "new"
        assert patch.original.__name__ == target.__name__
        assert re.split("[:.]", patch.name)[-1] == target.__name__
        assert patch.original.__doc__ == target.__doc__
    finally:
        patch.revert()
    assert type(close(call())) is type(result)


def test_a_call_site_that_is_hot_follows_at_the_next_call():
    results = []

    def loop(text, patch):
        for turn in range(3000):
            if turn in (1000, 2000):
                patch.apply() if turn == 1000 else patch.revert()
            results.append((math.sqrt(4.0), text.upper()))

    roots = hotpatch(lambda x: "root", math.sqrt).revert()
    both = hotpatch(lambda text: "UP", str.upper).revert()
    loop("x", roots)
    assert results == [(2.0, "X")] * 1000 + [("root", "X")] * 1000 + [(2.0, "X")] * 1000
    results.clear()
    loop("x", both)
    assert results == [(2.0, "X")] * 1000 + [(2.0, "UP")] * 1000 + [(2.0, "X")] * 1000


def test_many_arguments_and_names():
    seen = []
    many, names = tuple(range(300)), {f"n{i}": i for i in range(300)}
    with hotpatch(lambda *a, **k: seen.append((a, k)), str.format):
        "x".format(*many, **names)
        "x".format(*many)
        "x".format(**names)
        "x".format(*many[:8], **dict(list(names.items())[:2]))
    assert seen == [
        (("x", *many), names),
        (("x", *many), {}),
        (("x",), names),
        (("x", *many[:8]), {"n0": 0, "n1": 1}),
    ]


def test_calls_that_the_interpreter_refuses_do_not_arrive():
    """Arguments of a convention without them, or keywords without them, never reach C."""
    seen = []

    def note(*args, **kwargs):
        seen.append(args)

    with hotpatch(note, time.time), pytest.raises(TypeError, match="takes no arguments"):
        time.time(1)
    with hotpatch(note, math.sqrt):
        with pytest.raises(TypeError, match="exactly one argument"):
            math.sqrt(1, 2)
        with pytest.raises(TypeError, match="no keyword arguments"):
            math.sqrt(x=1)
    with hotpatch(note, str.upper):
        with pytest.raises(TypeError, match="takes no arguments"):
            "x".upper(1)
        with pytest.raises(TypeError, match="'str' object"):
            str.upper(1)
    assert not seen
    # Any number of arguments is let through: the replacement answers for itself.
    with hotpatch(lambda: 1, math.gcd), pytest.raises(TypeError, match="positional argument"):
        math.gcd(1, 2)


def test_exceptions_go_to_the_caller():
    def fail(*args):
        raise LookupError("mine")

    for target, call in ((time.time, imported_time), (str.upper, captured_upper)):
        with hotpatch(fail, target), pytest.raises(LookupError, match="mine") as caught:
            call()
        assert caught.traceback[-1].name == "fail"
        with hotwrap(target, lambda wrapped, *rest: fail()), pytest.raises(LookupError):
            call()
    with (
        hotwrap(math.sqrt, Recorder()),
        pytest.raises(ValueError, match=r"math domain|nonneg"),
    ):
        math.sqrt(-1.0)


def test_recursion_ends_in_an_error():
    with hotpatch(lambda text: text.upper(), str.upper), pytest.raises(RecursionError):
        "x".upper()

    def again(wrapped, instance, args, kwargs):
        return math.sqrt(*args)

    with hotwrap(math.sqrt, again), pytest.raises(RecursionError):
        math.sqrt(4.0)
    with hotpatch(functools.partial(math.sqrt), math.sqrt), pytest.raises(RecursionError):
        math.sqrt(4.0)
    assert ("x".upper(), math.sqrt(4.0)) == ("X", 2.0)


def test_recursion_by_way_of_the_original():
    def wrapper(wrapped, instance, args, kwargs):
        if len(instance) > 1:
            return "".join(part.upper() for part in instance)
        return wrapped() * 2

    with hotwrap(str.upper, wrapper):
        assert "abc".upper() == "AABBCC"
    assert "abc".upper() == "ABC"


def test_a_replacement_may_revert_while_it_runs():
    def once():
        patch.revert()
        return "once"

    patch = hotpatch(once, time.time)
    del once
    assert imported_time() == "once" and imported_time() > 0


def test_what_is_known_of_the_function_stays():
    before = repr(str.upper), str.upper.__doc__, str.upper.__qualname__, hash(str.upper)
    signature = inspect.signature(math.sqrt)
    with hotpatch(lambda text: "new", str.upper), hotpatch(lambda x: "new", math.sqrt):
        assert (repr(str.upper), str.upper.__doc__, str.upper.__qualname__) == before[:3]
        assert hash(str.upper) == before[3] and "q".upper == captured_upper.__self__.upper
        assert inspect.signature(math.sqrt) == signature
        assert pickle.loads(pickle.dumps(math.sqrt)) is math.sqrt
        assert math.sqrt.__self__ is math and isinstance(math.sqrt, type(len))


def test_replaced_by_another_c_function():
    with hotpatch(time.monotonic, time.time), hotpatch(str.lower, str.upper):
        assert imported_time() <= time.monotonic() and "Aa".upper() == "aa"
    with hotpatch(list, str.upper), hotpatch(Recorder, time.time):
        assert "ab".upper() == ["a", "b"] and isinstance(time.time(), Recorder)
    with hotpatch(list.count, str.upper):  # of another class: it says so
        with pytest.raises(TypeError, match="'list' object"):
            "x".upper()
        with hotwrap(str.upper, Recorder()), pytest.raises(TypeError, match="'list' object"):
            "x".upper()
