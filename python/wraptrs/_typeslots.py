"""The attributes of types that cannot be assigned to: layers on each, and the slots that follow.

A special method of a C type is a pointer in the type, and its dict entry only shows it. CPython
sets the pointer from the dict for classes that can be assigned to; here that is done for the
others, and for the subclasses among them that took the pointer over when they were made. Which
pointers belong to a name is found out from a class made for that purpose, and so are the functions
that look into the dict. What stood in a pointer first is kept, and stands there again when no patch
concerns it any more. Subclasses that can be assigned to have CPython find out anew.

Nothing here asks a container for its length, its truth or what is in it, dicts apart, or calls a
method of it, and little is made by calling a type: those may be what is patched.
"""

from _weakref import ref

from ._missing import MISSING
from ._native import _set_type_entry, _set_type_slot, _type_slots, _update_type_slots
from ._patch import PatchConflictError

_attributes = {}  # by the id of a class and a name: the layers of an attribute that is patched
_firsts = {}  # by the id of a class: a weak reference to it, the slots it had at first by place
_places = {}  # by name: the places that it decides
_space_of = vars(type)["__dict__"].__get__  # whatever a metaclass answers


class Attribute:
    """One patched attribute: how it was, and the layers on it.

    Layers that a definition carries are kept here too, but leave the entry as it is.
    """

    __slots__ = ("base", "cls", "fixed", "installed", "layers", "name")

    def __init__(self, cls, name):
        self.cls, self.name = cls, name
        self.fixed = not _assignable(cls)
        self.base = self.installed = entry_of(cls, name)
        self.layers = ()

    def entries(self):
        """The layers that stand in the dict when they are on, from the first to the last."""
        return [layer for layer in self.layers if layer.mode == "dict"]

    def beneath(self, layer):
        """What a layer lies on, or the first entry where it is not on."""
        below = self.base
        for other in self.entries():
            if other is layer:
                return below
            if other.enabled:
                below = other.replacement
        return self.base

    def without(self, layer):
        """The layers but for one."""
        return [other for other in self.layers if other is not layer]

    def change(self, layers, force=False):
        """Install other layers, or keep those that there are where that fails."""
        former, self.layers = self.layers, layers
        try:
            self.install(force)
        except BaseException:
            self.layers = former
            raise

    def install(self, force):
        """Make the entry what its layers say. Raises PatchConflictError, with nothing changed."""
        cls, name = self.cls, self.name
        present = entry_of(cls, name)
        if present is not self.installed and not force:
            raise PatchConflictError(
                f"{name} of {cls!r} was changed by somebody else since it was patched: revert that "
                "change first, or revert with force=True"
            )
        value = self.base
        for layer in self.entries():
            value = layer.replacement if layer.enabled else value
        touched = places_of(name) if self.fixed else ()
        classes = [cls, *subclasses(cls)] if any(True for _ in touched) else ()
        followers = [one for one in classes if _follows(one, name)]
        classes = [one for one in classes if not _follows(one, name)]
        for one in classes:
            _remember(one, touched)
        former, self.installed = self.installed, value
        try:
            if value is MISSING:  # no slot may look for what is not there any more
                _adjust(classes, touched)
            if value is not present:
                self._store(value)
            _adjust(classes, touched)
            _update(followers, name, touched)
        except BaseException:
            self.installed = former
            _adjust(classes, touched)
            raise

    def _store(self, value):
        if self.fixed:
            given = () if value is MISSING else (value,)
            _set_type_entry(self.cls, self.name, *given)
        elif value is MISSING:
            type.__delattr__(self.cls, self.name)
        else:
            type.__setattr__(self.cls, self.name, value)


def entry_of(cls, name):
    """The raw entry of a class under a name; MISSING where it has none."""
    space = _space_of(cls)
    return space[name] if name in space else MISSING  # noqa: SIM401 - calls no method


def having(name):
    """All classes that have an entry of their own under a name."""
    return [cls for cls in subclasses(object) if name in _space_of(cls)]


def attribute(cls, name):
    """The layers of an attribute, made where there are none."""
    key = id(cls), name
    if key not in _attributes:
        _attributes[key] = Attribute(cls, name)
    return _attributes[key]


def settle(attribute):
    """Forget an attribute that no patch concerns any more."""
    key = id(attribute.cls), attribute.name
    for _ in attribute.layers:
        return
    if key in _attributes:
        del _attributes[key]  # noqa: RUF051 - calls no method


def revert_all():
    """Take everything back, before the interpreter ends and takes types apart."""
    failure = None
    for key in [*_attributes]:
        for layer in _attributes[key].layers:
            try:
                layer.revert(force=True)
            except BaseException as error:  # the others come back nevertheless
                failure = error
    if failure is not None:
        raise failure


_INDEXES = tuple(range(1024))  # more than there are places of slots


def places_of(name):
    """The places of slots that a name decides; none for what is looked up in the dict alone."""
    if name not in _places:
        found = ()
        if name[:2] == name[-2:] == "__":
            found = _differences(_type_slots(_with(())), _type_slots(_with((name,))))
        _places[name] = found
    return _places[name]


def _decides(name, place):
    """Whether a place is one that a name decides."""
    return any(other is place for other in places_of(name))  # each is the one in _INDEXES


def asked_of(meta, name):
    """The class among a metaclass and its bases that answers for a name before any entry does."""
    for base in meta.__mro__:
        entry = type(entry_of(base, name))
        if hasattr(entry, "__set__") or hasattr(entry, "__delete__"):
            return base
    return None


def _assignable(cls):
    """Whether a class can be assigned to as Python classes can."""
    heap, immutable = 1 << 9, 1 << 8
    return cls.__flags__ & (heap | immutable) == heap


def _follows(cls, name):
    """Whether CPython itself gives a class the slots that go with a name, as it is assigned to."""
    return _assignable(cls) and asked_of(type(cls), name) is None


def _update(classes, name, places):
    """Have CPython give these classes the slots that go with what they have under a name."""
    for cls in classes:
        if name not in _space_of(cls):
            _update_type_slots(cls, name, _stand_in, places)


def _with(names, unhashable=False):
    """A class that has functions under these names."""
    made = type("slots", (), {})
    for name in names:
        if name != "__new__" and name != "__del__" and not asked_of(type, name):
            setattr(made, name, None if name == "__hash__" and unhashable else _stand_in)
    return made


def _stand_in(*args, **kwargs):
    """Only gives its class the slots that go with a function."""


def _differences(one, other):
    """The places where two types have different slots."""
    # Neither sums nor enumerate(): either may be what is patched.
    return [
        place
        for place, slot, another in zip(_INDEXES, one, other)
        if slot is not another and slot != another
    ]


def subclasses(cls):
    """All classes below one, each once."""
    found, newest = {}, [cls]
    while True:
        below = [sub for above in newest for sub in type.__subclasses__(above)]
        newest = [sub for sub in below if id(sub) not in found]
        for _ in newest:
            break
        else:
            return [found[key] for key in found]
        found = {**found, **{id(sub): sub for sub in newest}}


def _first(cls):
    """The slots that a class had at first, as far as they were kept."""
    key = id(cls)
    if key not in _firsts or _firsts[key][0]() is not cls:
        gone = ref(cls, lambda reference: _forget(key, reference))
        _firsts[key] = gone, {}
    return _firsts[key][1]


def _forget(key, reference):
    if key in _firsts and _firsts[key][0] is reference:
        del _firsts[key]


def _remember(cls, places):
    """Keep the slots that a class has at first.

    A class that was made while its base was patched never had others than looking into the dict.
    """
    known = _first(cls)
    new = [place for place in places if place not in known]
    late = any(_concerned(cls, place) for place in new)
    words = _effective(cls, places) if late else _type_slots(cls)
    for place in new:
        known[place] = words[place]


def _effective(cls, places):
    """The slots that a class would have if all its special methods were Python functions."""
    names, unhashable = {}, False
    for base in cls.__mro__[:-1] if cls is not object else ():
        space = _space_of(base)
        for name in space:
            if any(_decides(name, place) for place in places):
                if name == "__hash__" and name not in names and space[name] is None:
                    unhashable = True
                names[name] = None
    return _type_slots(_with(names, unhashable))


def _adjust(classes, places):
    """Give classes the slots in these places that go with their entries."""
    for cls in classes:
        first, present, effective = _first(cls), _type_slots(cls), None
        for place in places:
            value = first[place]
            if _concerned(cls, place):
                effective = _effective(cls, places) if effective is None else effective
                value = effective[place]
            if present[place] != value:
                _set_type_slot(cls, place, value)


def _concerned(cls, place):
    """Whether a patched entry decides a slot of a class."""
    for key in _attributes:
        attribute = _attributes[key]
        name = attribute.name
        if attribute.installed is attribute.base or not _decides(name, place):
            continue
        for base in cls.__mro__:
            if base is attribute.cls:
                return True
            if name in _space_of(base):
                break
    return False
