"""What lies on an attribute: layers that link to what they wrap, and values put in its place.

A layer, such as a FunctionWrapper, holds what it replaced. A value cannot: it has a record, which
says what stood there before. Records are kept where they live no longer than the attribute: those
of a class in its own dict while there are any, under `KEY`, so that a class that nobody else holds
is collected with them; those of modules and instances here, until the object dies. Only an object
that does not allow weak references lives on until its records are gone.

All of this is called under the lock of `_apply`.
"""

from _weakref import ref

from ._descriptors import RebuiltDescriptor
from ._missing import MISSING
from ._native import (
    BaseObjectProxy,
    _place_attribute,
    _registry_discard,
    _registry_note,
    _swap_attribute,
)

KEY = "__wraptrs_records__"

LAYERS = (BaseObjectProxy, RebuiltDescriptor)
_elsewhere = {}  # by id: the object or a weak reference to it, and its records by attribute


class Record:
    """One value that was put in the place of an attribute, and what stood there before."""

    __slots__ = ("__weakref__", "beneath", "replacement")

    def __init__(self, beneath, replacement):
        self.beneath = beneath  # the raw entry, MISSING where the owner had none of its own
        self.replacement = replacement


def own(owner, attribute):
    """The raw value of an attribute that is the owner's own, MISSING where it has none."""
    if _is_slot(owner, attribute):
        return getattr(owner, attribute, MISSING)
    return getattr(owner, "__dict__", {}).get(attribute, MISSING)


def _is_slot(owner, attribute):
    """Whether the owner's class puts a descriptor in front of the owner's dict: a slot, say."""
    for cls in type(owner).__mro__:
        if attribute in cls.__dict__:
            return hasattr(type(cls.__dict__[attribute]), "__set__")
    return False


def inherited(owner, attribute):
    """What an attribute gives where the owner has none of its own: raw for a class, else bound."""
    is_class = isinstance(owner, type)
    for cls in owner.__mro__[1:] if is_class else type(owner).__mro__:
        if attribute in cls.__dict__:
            found = cls.__dict__[attribute]
            binds = not is_class and hasattr(type(found), "__get__")
            return found.__get__(owner, type(owner)) if binds else found
    return MISSING


def swap(owner, attribute, expected, value):
    """Set an attribute, or delete it for MISSING, if `expected` is what it holds; tell whether.

    Layers are put on and taken off natively without the lock, so only one step may do this.
    """
    if _is_slot(owner, attribute):
        stands = getattr(owner, attribute, MISSING) is expected
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
    while True:
        record = Record(own(owner, attribute), value)
        if swap(owner, attribute, record.beneath, value):
            break
    try:
        note(record, owner, attribute, kind)
    except BaseException:
        swap(owner, attribute, value, record.beneath)
        raise
    return record


def assign(owner, attribute, value, kind):
    """What `apply_patch` does where the value is no proxy, and `wrap_object` with such a result."""
    from ._apply import lock

    with lock:
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
