"""AutoObjectProxy: the protocols of its object, without a class per proxy."""

import collections.abc
import enum
import gc
import weakref

import pytest

from support.lib import better
from support.lib import package as wraptrs


class Iterable:
    def __iter__(self):
        return iter("ab")


class Callable:
    def __call__(self):
        return "called"


@better("each proxy has a class of its own")
def test_proxies_with_the_same_protocols_share_a_class():
    one, two = wraptrs.AutoObjectProxy([1]), wraptrs.AutoObjectProxy(Iterable())
    assert type(one) is type(two)
    assert type(one) is not type(wraptrs.AutoObjectProxy(Callable()))


@better("each proxy has a class of its own")
def test_many_proxies_make_no_more_classes():
    class Proxy(wraptrs.AutoObjectProxy):
        pass

    kept = [Proxy(obj) for obj in ([], {}, set(), "", (), b"") * 50]
    assert len({type(proxy) for proxy in kept}) == 1
    assert len(Proxy.__subclasses__()) == 1


def test_another_object_changes_this_proxy_only():
    one, two = wraptrs.AutoObjectProxy([1]), wraptrs.AutoObjectProxy([2])
    one.__wrapped__ = Callable()
    assert one() == "called"
    assert not isinstance(one, collections.abc.Iterable)
    assert list(two) == [2]
    assert not callable(two)


def test_back_to_the_first_object_is_back_to_the_first_class():
    proxy = wraptrs.AutoObjectProxy([1])
    first = type(proxy)
    proxy.__wrapped__ = Callable()
    proxy.__wrapped__ = [2]
    assert type(proxy) is first
    assert list(proxy) == [2]


def test_own_state_survives_the_change_of_class():
    class Proxy(wraptrs.AutoObjectProxy):
        def __init__(self, wrapped, label):
            super().__init__(wrapped)
            self._self_label = label

        def label(self):
            return self._self_label

    proxy = Proxy([1], "x")
    proxy.__wrapped__ = Callable()
    assert (proxy.label(), proxy()) == ("x", "called")
    assert isinstance(proxy, Proxy)


@better("assigning the object looks at its metaclass too")
def test_a_metaclass_gives_no_protocol_to_instances():
    class Colour(enum.Enum):
        RED = 1

    # EnumMeta iterates over the class; its members are not iterable.
    proxy = wraptrs.AutoObjectProxy(Colour)
    assert list(proxy) == [Colour.RED]
    proxy.__wrapped__ = Colour.RED
    assert not isinstance(proxy, collections.abc.Iterable)


@better("only the presence of the name counts")
def test_none_switches_a_protocol_off():
    class Child(Iterable):
        __iter__ = None

    proxy = wraptrs.AutoObjectProxy(Child())
    assert not isinstance(proxy, collections.abc.Iterable)
    assert "__iter__" not in type(proxy).__dict__


def test_a_method_added_to_a_class_later_counts():
    class Late:
        pass

    assert not callable(wraptrs.AutoObjectProxy(Late()))
    Late.__call__ = lambda self: "late"
    assert wraptrs.AutoObjectProxy(Late())() == "late"


def test_a_subclass_keeps_its_own_protocol():
    class Proxy(wraptrs.AutoObjectProxy):
        def __iter__(self):
            return iter(["mine"])

    proxy = Proxy(Iterable())
    assert list(proxy) == ["mine"]
    proxy.__wrapped__ = 3
    assert list(proxy) == ["mine"]


@better("each proxy makes a class, past the metaclass's __init__")
def test_metaclass_of_a_subclass_makes_its_variants():
    class Meta(type):
        made = 0

        def __init__(cls, *args):
            super().__init__(*args)
            Meta.made += 1

    class Proxy(wraptrs.AutoObjectProxy, metaclass=Meta):
        pass

    assert type(type(Proxy([]))) is Meta
    assert Meta.made == 2
    Proxy([])
    assert Meta.made == 2


def test_an_unused_subclass_goes_away_with_its_variants():
    class Proxy(wraptrs.AutoObjectProxy):
        pass

    gone = weakref.ref(Proxy), weakref.ref(type(Proxy([])))
    del Proxy
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


PROTOCOLS = {
    "__call__": (1, 2),
    "__iter__": (),
    "__next__": (),
    "__aiter__": (),
    "__length_hint__": (),
    "__fspath__": (),
    "__get__": (1, int),
    "__set__": (1, 2),
    "__delete__": (1,),
    "__set_name__": (int, "name"),
}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_each_protocol_reaches_the_object(name):
    seen = []

    def method(self, *args):
        seen.append(args)
        return iter("result")

    proxy = wraptrs.AutoObjectProxy(type("Target", (), {name: method})())
    getattr(type(proxy), name)(proxy, *PROTOCOLS[name])
    assert seen == [PROTOCOLS[name]]
    assert [each for each in PROTOCOLS if each in vars(type(proxy))] == [name]


@better("the second class cannot lose what it never defined")
def test_the_class_of_a_proxy_can_be_called():
    again = type(wraptrs.AutoObjectProxy([1]))(Callable())
    assert again() == "called"
    again.__wrapped__ = 3
    assert not callable(again)


@better("the proxy has a coroutine and a generator of its own")
@pytest.mark.parametrize("name", ["__anext__", "__await__"])
def test_awaitables_are_handed_on(name):
    proxy = wraptrs.AutoObjectProxy(type("Target", (), {name: lambda self: "awaitable"})())
    assert getattr(type(proxy), name)(proxy) == "awaitable"


def test_call_takes_a_keyword_named_self():
    assert wraptrs.AutoObjectProxy(dict)(self=1) == {"self": 1}


def test_without_object():
    with pytest.raises(TypeError, match="wrapped"):
        wraptrs.AutoObjectProxy()
