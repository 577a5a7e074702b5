"""What lies on an attribute: layers that link to what they wrap, and values put in its place.

A layer, such as a FunctionWrapper, holds what it replaced. A value cannot: it has a record, which
says what stood there before. Records are kept where they live no longer than the attribute: those
of a class in its own dict while there are any, under `KEY`, so that a class that nobody else holds
is collected with them; those of modules and instances here, until the object dies. Only an object
that does not allow weak references lives on until its records are gone.

All of this is called by the thread whose turn it is at the owner; only `links` by others too.
"""

from _weakref import ref
from time import sleep
from types import ModuleType

from ._descriptors import RebuiltDescriptor
from ._failures import UnfitReplacementError
from ._missing import MISSING
from ._native import (
    BaseObjectProxy,
    _place_attribute,
    _registry_discard,
    _registry_note,
    _swap_attribute,
)
from ._turns import is_taken, turn_at
from ._wrapper import describe

KEY = "__wraptrs_records__"
LOOKS = 100  # at what another thread is changing, before what is seen is believed

PLAIN = (ModuleType, type)  # whose attributes are in their dicts, and nowhere else
LAYERS = (BaseObjectProxy, RebuiltDescriptor)
_elsewhere = {}  # by id: the object or a weak reference to it, and its records by attribute


class Record:
    """One value that was put in the place of an attribute, and what stood there before."""

    __slots__ = ("__weakref__", "beneath", "replacement", "served")

    def __init__(self, beneath, replacement, served=False):
        self.beneath = beneath  # the raw entry, MISSING where the owner had none of its own
        self.replacement = replacement  # as it is read: a property may make another of it
        self.served = served  # whether the owner keeps it elsewhere than in its dict


def own(owner, attribute):
    """The raw value of an attribute that is the owner's own, MISSING where it has none."""
    if _is_slot(owner, attribute) or _is_served(owner, attribute):
        return getattr(owner, attribute, MISSING)
    return getattr(owner, "__dict__", {}).get(attribute, MISSING)


def _is_slot(owner, attribute):
    """Whether the owner's class puts a descriptor in front of the owner's dict: a slot, say."""
    for cls in type(owner).__mro__:
        if attribute in cls.__dict__:
            return hasattr(type(cls.__dict__[attribute]), "__set__")
    return False


def _is_served(owner, attribute):
    """Whether the owner keeps what is assigned where its own methods find it, and not in its dict:
    one that stands for another object, such as lazily loaded settings."""
    return any(record.served for record in records_at(owner, attribute))


def inherited(owner, attribute):
    """What an attribute gives where the owner has none of its own: raw for a class, else bound."""
    for cls in owner.__mro__[1:] if isinstance(owner, type) else ():
        if attribute in cls.__dict__:
            return cls.__dict__[attribute]
    for cls in type(owner).__mro__:
        if attribute in cls.__dict__:
            found = cls.__dict__[attribute]
            binds = hasattr(type(found), "__get__")
            return found.__get__(owner, type(owner)) if binds else found
    return _dynamic(owner, attribute)


def _dynamic(owner, attribute):
    """What the ``__getattr__`` of a module or of an object's class gives."""
    if isinstance(owner, ModuleType):
        ask, given = vars(owner).get("__getattr__"), (attribute,)
    else:
        ask, given = getattr(type(owner), "__getattr__", None), (owner, attribute)
    try:
        return MISSING if ask is None else ask(*given)
    except AttributeError:
        return MISSING


def swap(owner, attribute, expected, value):
    """Set an attribute, or delete it for MISSING, if `expected` is what it holds; tell whether.

    Layers are put on and taken off natively without a turn, so only one step may do this.
    """
    if _is_slot(owner, attribute) or _is_served(owner, attribute):
        now = getattr(owner, attribute, MISSING)
        # What gives another object each time tells nothing about who changed it.
        stands = now is expected or now is not getattr(owner, attribute, MISSING)
        if stands and value is not MISSING:
            setattr(owner, attribute, value)
        elif stands and expected is not MISSING:
            delattr(owner, attribute)
        return stands
    if expected is MISSING:
        return value is MISSING or _place_attribute(owner, attribute, value)
    if value is MISSING:
        return _swap_attribute(owner, attribute, expected)
    return _swap_attribute(owner, attribute, expected, value)


def replace(owner, attribute, value, kind):
    """Put a value in the place of an attribute and give back the record of it."""
    plain = type(owner) in PLAIN
    while True:
        record = Record(own(owner, attribute), value, not plain and _is_served(owner, attribute))
        seen = record.beneath
        if seen is MISSING and not plain:
            seen = getattr(owner, attribute, MISSING)
        if swap(owner, attribute, record.beneath, value):
            break
    if not plain and value is not MISSING and own(owner, attribute) is not value:
        _find(record, seen, owner, attribute)
    try:
        note(record, owner, attribute, kind)
    except BaseException:
        swap(owner, attribute, value, record.beneath)
        raise
    return record


def _find(record, seen, owner, attribute):
    """Find out what became of a value that was put in vain, as it seems; refuse what is so.

    ``seen`` is what the attribute gave before.
    """
    stands = getattr(owner, attribute, MISSING)
    if stands is not seen and stands is getattr(owner, attribute, MISSING):
        record.replacement = stands
        if not _is_slot(owner, attribute):
            record.served, record.beneath = True, seen
        return
    if seen is not MISSING:
        setattr(owner, attribute, seen)
    elif stands is not MISSING:
        delattr(owner, attribute)
    what = "what it gave before" if stands is seen else "another object each time"
    raise UnfitReplacementError(
        f"cannot replace {describe(owner, attribute)}: it was set to {record.replacement!r} and "
        f"still gives {what}; replace the attribute of its class instead"
    )


def assign(owner, attribute, value, kind):
    """What `apply_patch` does where the value is no proxy, and `wrap_object` with such a result."""
    with turn_at(owner):
        replace(owner, attribute, value, kind)


def note(record, owner, attribute, kind):
    """Keep the record of a value that stands at an attribute, and list it."""
    _registry_note(record, kind, owner, attribute)
    records = _records(owner)
    if records is None:
        records = _keep_records(owner)
    records[attribute] = (*records.get(attribute, ()), record)


def forget(record, owner, attribute):
    """Let go of a record."""
    _registry_discard(record)
    records = _records(owner)
    if records is None:
        return
    left = tuple(other for other in records.pop(attribute, ()) if other is not record)
    if left:
        records[attribute] = left
    elif not records and isinstance(owner, type):
        type.__delattr__(owner, KEY)
    elif not records:
        del _elsewhere[id(owner)]


def records_at(owner, attribute):
    """The records of an attribute, the oldest first."""
    records = _records(owner)
    return records.get(attribute, ()) if records else ()


def _records(owner):
    """The records of an object by attribute, None where it has none."""
    if isinstance(owner, type):
        return type.__dict__["__dict__"].__get__(owner).get(KEY)
    kept = _elsewhere.get(id(owner))
    return None if kept is None else kept[1]


def _keep_records(owner):
    records, key = {}, id(owner)
    if isinstance(owner, type):
        type.__setattr__(owner, KEY, records)
        return records

    def gone(reference):
        if _elsewhere.get(key, (None,))[0] is reference:
            _elsewhere.pop(key, None)

    try:
        holder = ref(owner, gone)
    except TypeError:
        holder = owner
    _elsewhere[key] = holder, records
    return records


def links(owner, attribute, outermost):
    """Walk from the outermost thing on an attribute inwards: records of values, and layers.

    The walk ends at what is neither: the original, or what somebody else put there.
    """
    records, seen = list(records_at(owner, attribute)), set()
    current = outermost
    while True:
        for i in reversed(range(len(records))):
            if records[i].replacement is current:
                record = records[i]
                del records[i:]  # what is newer lies above, or was passed by
                yield record
                current = record.beneath
                break
        else:
            if not issubclass(type(current), LAYERS) or id(current) in seen:
                return
            seen.add(id(current))
            yield current
            try:
                current = current.__wrapped__
            except AttributeError:
                return


def is_hidden(subject, owner, attribute):
    """Whether a layer or record does not lie on an attribute any more, as far as can be seen.

    Nobody is waited for: while another thread changes the attribute, it is what was seen last.
    """
    for _ in range(LOOKS):
        taken = is_taken(owner)
        if any(thing is subject for thing in links(owner, attribute, own(owner, attribute))):
            return False
        if not (taken or is_taken(owner)):
            break
        sleep(0.001)
    return True
