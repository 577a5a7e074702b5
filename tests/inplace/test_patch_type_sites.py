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
