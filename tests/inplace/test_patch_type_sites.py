"""What is seen of a patch by classes that hold instances of the type, are such, or are derived."""

from __future__ import annotations

import datetime
import operator
from collections import OrderedDict

import pytest

from support.lib import native
from support.lib import package as wraptrs

patch_type, MISSING = wraptrs.patch_type, wraptrs.MISSING

DAY, OFTEN = datetime.date(2020, 1, 2), 10_000


def test_an_added_get_is_seen_where_attributes_were_read_often():
    class Holder:
        day = DAY

    def of_instance(holder):
        return holder.day

    def of_class():
        return Holder.day

    def read():
        return [(of_instance(holder), of_class()) for _ in range(OFTEN)]

    holder = Holder()
    assert set(read()) == {(DAY, DAY)}
    with patch_type(datetime.date, "__get__", lambda self, instance, owner=None: instance):
        assert set(read()) == {(holder, None)}
    assert set(read()) == {(DAY, DAY)}


def test_an_added_set_is_seen_where_attributes_were_set_often():
    class Holder:
        pass

    def write(holder):
        holder.day = None

    seen, holder = [], Holder()
    holder.day, Holder.day = None, DAY
    for _ in range(OFTEN):
        write(holder)
    with patch_type(datetime.date, "__set__", lambda *args: seen.append(args)):
        write(holder)
    assert seen == [(DAY, holder, None)]
    write(holder)
    assert len(seen) == 1


def test_an_added_property_of_type_is_seen_where_classes_were_asked_often():
    class Holder:
        added = 1

    def read():
        return {Holder.added for _ in range(OFTEN)}

    assert read() == {1}
    with patch_type(type, "added", property(lambda cls: cls.__name__)):
        assert read() == {"Holder"}
    assert read() == {1}


def test_a_hash_may_be_given_to_what_has_none():
    class Sub(OrderedDict):
        pass

    class Own(OrderedDict):
        __hash__ = None

    with patch_type(OrderedDict, "__hash__", lambda self: 42):
        assert hash(OrderedDict()) == hash(Sub()) == 42
        assert Own.__hash__ is None
    for cls in (OrderedDict, Sub, Own):
        with pytest.raises(TypeError, match="unhashable"):
            hash(cls())


def test_types_that_share_slots_in_c_are_left_alone():
    """Such as set and frozenset, or static classes and their bases."""
    before = [native._type_slots(cls) for cls in (set, frozenset)]
    with patch_type(frozenset, "__len__", MISSING):
        assert len({1}) == 1
        with pytest.raises(TypeError, match="has no len"):
            len(frozenset())
    with patch_type(frozenset, "__getitem__", lambda self, index: index):
        assert frozenset()[2] == 2
        with pytest.raises(TypeError, match="not subscriptable"):
            operator.getitem({1}, 0)
    one = patch_type(frozenset, "__len__", lambda self: 42)
    other = patch_type(set, "__len__", lambda self: 43)
    assert (len(frozenset()), len(set())) == (42, 43)
    one.revert()
    assert (len(frozenset()), len(set())) == (0, 43)
    other.revert()
    assert [native._type_slots(cls) for cls in (set, frozenset)] == before


PROBES = [
    ("__call__", callable),
    ("__len__", bool),
    ("__len__", len),
    ("__index__", operator.index),
    ("__getitem__", iter),
    ("__next__", next),
    ("__neg__", operator.neg),
    ("__init__", lambda day: type(day)(2020, 1, 2) == day),
]


@pytest.mark.parametrize(("name", "probe"), PROBES)
def test_a_class_made_meanwhile_is_like_any_other_afterwards(name, probe):
    def outcome(cls):
        try:
            return probe(cls(2020, 1, 2))
        except Exception as error:
            return str(error).replace(cls.__name__, "class")

    with patch_type(datetime.date, name, lambda self, *args: 1):
        Late = type("Late", (datetime.date,), {})
        Later = type("Later", (Late,), {})
    After = type("After", (datetime.date,), {})
    assert outcome(Late) == outcome(Later) == outcome(After)
    assert native._type_slots(Late) == native._type_slots(Later) == native._type_slots(After)


def test_what_a_class_is_given_meanwhile_stays():
    class Own(datetime.date):
        pass

    with patch_type(datetime.date, "__len__", lambda self: 1):
        assert len(Own(2020, 1, 2)) == 1
        Own.__len__ = lambda self: 7
        assert len(Own(2020, 1, 2)) == 7
    assert len(Own(2020, 1, 2)) == 7


def test_slots_that_a_name_shares_come_back_in_classes_too():
    class Own(OrderedDict):
        pass

    class Below(Own):
        pass

    before = [native._type_slots(cls) for cls in (OrderedDict, Own, Below)]
    for name in ("__setitem__", "__len__", "__add__", "__delitem__"):
        try:
            patch_type(OrderedDict, name, lambda self, *args: 1).revert()
        except wraptrs.UnpatchableError:
            continue
    assert [native._type_slots(cls) for cls in (OrderedDict, Own, Below)] == before
