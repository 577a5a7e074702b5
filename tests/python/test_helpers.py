"""json_default, unwrap_deep, issubclass_of: where code looks past a proxy."""

import abc
import collections
import json

import pytest

from support.lib import better
from support.lib import package as wraptrs


def proxy(obj):
    return wraptrs.ObjectProxy(obj)


@better("there is no such helper")
def test_json_of_proxies_at_any_depth():
    data = {"a": proxy([1, proxy({"b": proxy("c")})]), "d": proxy(proxy(2.5))}
    assert json.dumps(data, default=wraptrs.json_default) == '{"a": [1, {"b": "c"}], "d": 2.5}'


@better("there is no such helper")
def test_json_of_something_else_fails_as_ever():
    with pytest.raises(TypeError, match="complex is not JSON serializable"):
        json.dumps(1j, default=wraptrs.json_default)
    with pytest.raises(TypeError, match="complex is not JSON serializable"):
        json.dumps(proxy(1j), default=wraptrs.json_default)


@better("there is no such helper")
def test_unwrap_deep_reaches_everything():
    Pair = collections.namedtuple("Pair", "left right")
    data = {
        proxy("key"): [proxy(1), (proxy(2), {proxy(3)})],
        "set": frozenset({proxy(4)}),
        "pair": Pair(proxy(5), proxy([proxy(6)])),
        "ordered": collections.OrderedDict(x=proxy(7)),
    }
    bare = wraptrs.unwrap_deep(proxy(data))
    assert bare == {
        "key": [1, (2, {3})],
        "set": frozenset({4}),
        "pair": Pair(5, [6]),
        "ordered": collections.OrderedDict(x=7),
    }
    found = [bare["key"][0], *bare["set"], bare["pair"].left, bare["ordered"]["x"], *bare]
    assert all(type(each) in (int, str) for each in found)
    assert type(bare["pair"]) is Pair
    assert json.loads(json.dumps(bare["key"][0])) == 1


@better("there is no such helper")
def test_unwrap_deep_keeps_cycles_and_sharing():
    shared = [proxy(1)]
    data = [shared, proxy(shared)]
    data.append(proxy(data))
    bare = wraptrs.unwrap_deep(data)
    assert bare[2] is bare
    assert bare[0] is bare[1]
    assert data[0] is shared
    assert type(shared[0]) is wraptrs.ObjectProxy


@better("there is no such helper")
def test_unwrap_deep_keeps_the_state_of_subclasses():
    counts = collections.defaultdict(list, a=proxy(1))
    bare = wraptrs.unwrap_deep(counts)
    assert type(bare["a"]) is int
    assert bare["new"] == []


@better("there is no such helper")
def test_unwrap_deep_of_other_objects():
    thing = object()
    assert wraptrs.unwrap_deep(thing) is thing
    assert wraptrs.unwrap_deep(proxy(thing)) is thing


class Base(abc.ABC):
    @abc.abstractmethod
    def run(self):
        """What a concrete class does."""


class Child(Base):
    def run(self):
        return "done"


@better("there is no such helper")
def test_issubclass_of_a_proxy():
    assert wraptrs.issubclass_of(proxy(Child), Base)
    assert wraptrs.issubclass_of(proxy(Child), proxy(Base))
    assert wraptrs.issubclass_of(proxy(Child), (int, proxy(Base)))
    assert wraptrs.issubclass_of(Child, Base)
    assert not wraptrs.issubclass_of(proxy(Base), Child)
    with pytest.raises(TypeError, match="class"):
        wraptrs.issubclass_of(proxy(3), Base)
