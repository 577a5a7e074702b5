"""Several targets at once, and patterns: what they mean, now and in modules of later."""

from __future__ import annotations

import importlib
import sys
import types

import pytest

import wraptrs
from support.child import run_child
from wraptrs.instruments import InstrumentSet, instrument, trace

PACKAGE = {
    "__init__.py": "def start(): return 0\n",
    "shop.py": """
from json import dumps
from functools import lru_cache, wraps, partial

def shut(f):
    @wraps(f)
    def closed(*args): return f(*args)
    return closed

def buy(n): return n
def _pay(n): return n
@shut
def wrapped(): return 1
@lru_cache
def cached(): return 2
constant = 5
half = partial(buy, 2)

class Cart:
    def __init__(self): self.things = []
    def add(self, thing): self.things.append(thing); return self
    @classmethod
    def made(cls): return cls()
    @staticmethod
    def free(): return 1
    @property
    def size(self): return len(self.things)
    class Inner:
        def deep(self): return 1

class Sub(Cart):
    def own(self): return 1
""",
    "late.py": "def f(): return 1\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package `patterned` that can be imported and is forgotten afterwards."""
    home = tmp_path / "patterned"
    home.mkdir()
    for name, source in PACKAGE.items():
        (home / name).write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    finders = list(sys.meta_path)
    yield importlib.import_module
    for name in [name for name in sys.modules if name.partition(".")[0] == "patterned"]:
        del sys.modules[name]
    wraptrs.revert_all("patterns", leave=True)
    assert [finder for finder in sys.meta_path if type(finder).__name__ == "ModuleWatch"] == []
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder in finders]


def names(handles):
    return sorted(handle.name for handle in handles.instruments)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("patterned.shop:*", {"_pay", "buy", "cached", "shut", "wrapped"}),
        ("patterned.shop:b*", {"buy"}),
        ("patterned.shop:Cart.*", {"Cart.add", "Cart.made", "Cart.free"}),
        ("patterned.shop:Cart.__*__", {"Cart.__init__"}),
        (
            "patterned.shop:*.*",
            {"Cart.add", "Cart.made", "Cart.free", "Sub.own"},
        ),
        ("patterned.shop:Cart.*.*", {"Cart.Inner.deep"}),
        ("patterned.shop:Sub.*", {"Sub.own"}),
    ],
)
def test_what_a_pattern_means(package, pattern, expected):
    shop = package("patterned.shop")
    before = dict(vars(shop)), dict(vars(shop.Cart))
    with instrument(pattern, owner="patterns") as handles:
        assert isinstance(handles, InstrumentSet)
        assert names(handles) == sorted(f"patterned.shop:{name}" for name in expected)
        assert all(handle.state == "active" for handle in handles.instruments)
    assert (dict(vars(shop)), dict(vars(shop.Cart))) == before


def test_calls_are_counted_by_function(package):
    shop = package("patterned.shop")
    with instrument("patterned.shop:*", "patterned.shop:Cart.*", owner="patterns") as handles:
        assert shop.buy(3) == 3
        assert shop.Cart().add(shop.buy(1)).things == [1]
        assert shop.Sub.made().things == []
        assert handles["patterned.shop:buy"].calls == 2
        assert handles["patterned.shop:Cart.made"].calls == 1
        called = {stats.name: stats.calls for stats in handles.stats() if stats.calls}
        assert called == {
            "patterned.shop:buy": 2,
            "patterned.shop:Cart.add": 1,
            "patterned.shop:Cart.made": 1,
        }
        assert handles.table().splitlines()[0].split()[-1] == "name"
        assert len(handles.table().splitlines()) == 4
        assert handles.reset() is handles
        assert handles.table().splitlines()[1:] == []
        with pytest.raises(KeyError):
            handles["nothing"]


@pytest.mark.parametrize("pattern", ["patterned.*:*", "patterned.late?:*", "patterned.late?:f"])
def test_modules_imported_later_are_measured(package, pattern):
    handles = instrument(pattern, owner="patterns")
    late = package("patterned.late")
    assert late.f() == 1
    assert handles["patterned.late:f"].calls == 1 if "*" in pattern else True
    assert [stats.calls for stats in handles.stats()] == [1]
    handles.revert()
    assert type(late.f) is types.FunctionType


@pytest.mark.parametrize("first", ["", "wraptrs.register_post_import_hook(print, 'absent')"])
def test_it_does_not_matter_who_looks_for_modules_first(first):
    code = f"""
import sys, wraptrs
from wraptrs.instruments import instrument
handles = instrument("colors*:*", "fract?:*", kind="count")
{first}
import colorsys
colorsys.rgb_to_hsv(1, 1, 1)
assert handles["colorsys:rgb_to_hsv"].calls == 1
"""
    run_child(code=code)


def test_modules_imported_before_are_measured_too(package):
    shop = package("patterned.shop")
    handles = instrument("patterned*:*", owner="patterns")
    late = package("patterned.late")
    shop.buy(1)
    late.f()
    sys.modules["patterned"].start()
    called = sorted(stats.name for stats in handles.stats() if stats.calls)
    assert called == ["patterned.late:f", "patterned.shop:buy", "patterned:start"]
    handles.revert()


def test_after_the_revert_nothing_waits(package):
    handles = instrument("patterned.*:*", "patterned.late?:f", owner="patterns").revert()
    late = package("patterned.late")
    assert type(late.f) is types.FunctionType
    assert handles.state == "reverted"
    handles.apply()
    assert type(late.f) is not types.FunctionType
    handles.revert()


def test_switching_reaches_all_and_later_ones(package):
    shop = package("patterned.shop")
    handles = instrument("patterned.*:*", owner="patterns").disable()
    shop.buy(1)
    package("patterned.late").f()
    assert {stats.calls for stats in handles.stats()} == {0}
    handles.enable()
    shop.buy(1)
    assert handles["patterned.shop:buy"].calls == 1
    handles.revert()


def test_all_or_none(package):
    shop = package("patterned.shop")
    for bad in ("patterned.shop:nothing", "patterned.shop:nothing*", "no_such_module_at_all:*"):
        with pytest.raises((LookupError, AttributeError, ImportError), match=r"nothing|no_such"):
            instrument("patterned.shop:buy", bad, owner="patterns")
        assert type(shop.buy) is types.FunctionType
        assert wraptrs.patches("patterns") == ()


def test_in_place_by_pattern(package):
    shop = package("patterned.shop")
    buy = shop.buy
    with instrument("patterned.shop:b*", "patterned.shop:Cart.*", in_place=True) as handles:
        assert shop.buy is buy
        assert buy(2) == 2
        assert shop.Cart.made().add(1).things == [1]
        assert sum(stats.calls for stats in handles.stats()) == 3
    assert buy(2) == 2


def test_one_function_is_measured_once_however_often_it_is_meant(package):
    shop = package("patterned.shop")
    exact, first, last = "patterned.shop:buy", "patterned.shop:b*", "patterned.shop:*y"
    for targets in [(first, last), (exact, first), (last, exact), (exact, exact)]:
        with instrument(*targets) as handles:
            shop.buy(1)
            assert [stats.calls for stats in handles.stats() if stats.name == exact] == [1]


def test_a_trace_of_many_goes_to_one_sink(package):
    shop = package("patterned.shop")
    with instrument("patterned.shop:*", kind="trace") as handles:
        shop.buy(shop._pay(1))
        told = [event.name.partition(":")[2] for event in handles.sink.take()]
        assert told == ["_pay", "_pay", "buy", "buy"]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: instrument(), TypeError),
        (lambda: instrument("json:dumps", kind="sum"), ValueError),
        (lambda: instrument("json*"), ValueError),
        (lambda: trace("json"), ValueError),
    ],
)
def test_unfit_arguments_are_refused(call, error):
    with pytest.raises(error):
        call()


def test_what_cannot_be_measured_later_is_reported_and_the_import_goes_on(package, monkeypatch):
    from wraptrs import _instruments

    def fails(self, key, target, name=None):
        raise LookupError(f"no {name}")

    reported = []
    handle = instrument("patterned.late?:*", owner="patterns")
    monkeypatch.setattr(_instruments.InstrumentSet, "_hold", fails)
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    late = package("patterned.late")
    assert late.f() == 1 and names(handle) == []
    assert [str(report.exc_value) for report in reported] == ["no f"]
    assert "an imported module" in "".join(getattr(reported[0].exc_value, "__notes__", ()))
