"""Places that hold an object and can be given another: one small class for each way of holding.

A place is found once and used later, when much may have changed, so it reads again each time. What
can be referred to weakly is: a place keeps neither a function nor an instance alive, only a list,
dict, set or cell, which Python cannot refer to weakly. No code of a user's runs here but a
metaclass's ``__setattr__``, an audit hook's, and comparisons of keys and members.
"""

from types import GetSetDescriptorType, MemberDescriptorType
from weakref import ref

from ._native import _swap_attribute

ABSENT = type("_Absent", (), {"__slots__": (), "__repr__": lambda self: "<absent>"})()

_dict_of_type = type.__dict__["__dict__"].__get__
_mro_of_type = type.__dict__["__mro__"].__get__
_HEAP, _IMMUTABLE = 1 << 9, 1 << 8  # bits of __flags__
_DESCRIPTORS = (GetSetDescriptorType, MemberDescriptorType)


def weakly(obj):
    """What gives the object when called; None once it is gone, where that can be."""
    try:
        return ref(obj)
    except TypeError:
        return lambda: obj


def own_dict(obj):
    """The dict of an object's own attributes, found without its class having a say; or None."""
    for cls in _mro_of_type(type(obj)):
        descriptor = _dict_of_type(cls).get("__dict__")
        if type(descriptor) in _DESCRIPTORS:
            found = descriptor.__get__(obj)
            return found if issubclass(type(found), dict) else None
    return None


def slots_of(obj):
    """The slots that the classes of an object declare: pairs of name and descriptor."""
    for cls in _mro_of_type(type(obj)):
        space = _dict_of_type(cls)
        if "__slots__" in space:
            for name, descriptor in space.items():
                if type(descriptor) is MemberDescriptorType:
                    yield name, descriptor


def attributes_of(obj):
    """What an instance holds: triples of name, value and place."""
    for name, value in list(dict.items(own_dict(obj) or {})):
        yield name, value, OwnAttribute(obj, name)
    for name, descriptor in slots_of(obj):
        place = Slot(obj, descriptor)
        yield name, place.get(), place


class Item:
    """A value in a dict: of a module, an instance, a function, or one that stands for itself."""

    __slots__ = ("key", "space")

    def __init__(self, space, key):
        self.space = space  # gives the dict when called, or None
        self.key = key

    def get(self):
        space = self.space()
        return ABSENT if space is None else dict.get(space, self.key, ABSENT)

    def put(self, value):
        dict.__setitem__(self.space(), self.key, value)


class OwnAttribute(Item):
    """An attribute in the dict of an instance, a module or a function."""

    __slots__ = ()

    def __init__(self, owner, key):
        owner = weakly(owner)
        super().__init__(lambda: None if (alive := owner()) is None else own_dict(alive), key)


class KeywordDefault(Item):
    """The default of a parameter that is given by name."""

    __slots__ = ()

    def __init__(self, function, key):
        function = weakly(function)
        super().__init__(lambda: getattr(function(), "__kwdefaults__", None), key)


class Annotation(Item):
    """An annotation of a function."""

    __slots__ = ()

    def __init__(self, function, key):
        function = weakly(function)
        super().__init__(lambda: getattr(function(), "__annotations__", None), key)


class ClassAttribute:
    """An entry of a class: written through the class, so that its method caches know."""

    __slots__ = ("_cls", "_name")

    def __init__(self, cls, name):
        self._cls, self._name = weakly(cls), name

    def entry(self):
        cls = self._cls()
        return ABSENT if cls is None else _dict_of_type(cls).get(self._name, ABSENT)

    get = entry

    def put(self, value):
        _swap_attribute(self._cls(), self._name, self.entry(), value)


class InDescriptor(ClassAttribute):
    """What a static method, class method or property of a class holds: a new one takes its place,
    and the very one that stood there comes back."""

    __slots__ = ("_field", "_former", "_made")

    def __init__(self, cls, name, field):
        super().__init__(cls, name)
        self._field = field
        self._former = self._made = ABSENT

    def get(self):
        entry = self.entry()
        holds = issubclass(type(entry), (staticmethod, classmethod, property))
        return getattr(entry, self._field, ABSENT) if holds else ABSENT

    def put(self, value):
        entry = self.entry()
        if entry is self._made and getattr(self._former, self._field) is value:
            super().put(self._former)
            self._former = self._made = ABSENT
            return
        made = _remade(entry, self._field, value)
        super().put(made)
        self._former, self._made = entry, made


def _remade(entry, field, value):
    """A descriptor as the entry is, around another function."""
    if field == "__func__":
        return type(entry)(value)
    return getattr(entry, {"fget": "getter", "fset": "setter", "fdel": "deleter"}[field])(value)


class Slot:
    """A slot of an instance."""

    __slots__ = ("_descriptor", "_owner")

    def __init__(self, owner, descriptor):
        self._owner, self._descriptor = weakly(owner), descriptor

    def get(self):
        owner = self._owner()
        try:
            return ABSENT if owner is None else self._descriptor.__get__(owner)
        except AttributeError:
            return ABSENT

    def put(self, value):
        self._descriptor.__set__(self._owner(), value)


class Cell:
    """A variable that functions share: a closure's cell."""

    __slots__ = ("cell",)

    def __init__(self, cell):
        self.cell = cell

    def get(self):
        try:
            return self.cell.cell_contents
        except ValueError:
            return ABSENT

    def put(self, value):
        self.cell.cell_contents = value


class Default:
    """The default of a parameter: the tuple of them is replaced, and the same one comes back."""

    __slots__ = ("_former", "_function", "_index", "_made")

    def __init__(self, function, index):
        self._function, self._index = weakly(function), index
        self._former = self._made = ABSENT

    def get(self):
        function = self._function()
        defaults = () if function is None else function.__defaults__ or ()
        return defaults[self._index] if self._index < len(defaults) else ABSENT

    def put(self, value):
        function, index = self._function(), self._index
        defaults = function.__defaults__
        if defaults is self._made and self._former[index] is value:
            function.__defaults__ = self._former
            self._former = self._made = ABSENT
            return
        made = (*defaults[:index], value, *defaults[index + 1 :])
        function.__defaults__ = made
        self._former, self._made = defaults, made


class Element:
    """An element of a list or a deque, wherever it has moved since it was found."""

    __slots__ = ("_index", "_put", "_sequence")

    def __init__(self, sequence, index):
        self._sequence, self._index, self._put = sequence, index, ABSENT

    def get(self):
        """What was put last if it is still in the sequence, else what stands at the index."""
        if self._put is not ABSENT and self._where() is not None:
            return self._put
        if self._put is not ABSENT or self._index >= len(self._sequence):
            return ABSENT
        return self._base().__getitem__(self._sequence, self._index)

    def put(self, value):
        index = self._index if self._put is ABSENT else self._where()
        self._base().__setitem__(self._sequence, index, value)
        self._index, self._put = index, value

    def _where(self):
        """Where that which was put last stands now: at the same index, or else the first found."""
        elements = list(self._sequence)
        if self._index < len(elements) and elements[self._index] is self._put:
            return self._index
        return next((i for i, element in enumerate(elements) if element is self._put), None)

    def _base(self):
        """The type whose operations do just what they say, and no subclass's more."""
        return next(filter(fixed_class, _mro_of_type(type(self._sequence))))


class Member:
    """A member of a set."""

    __slots__ = ("_held", "_set")

    def __init__(self, members, held):
        self._set, self._held = members, held

    def get(self):
        here = any(member is self._held for member in set.copy(self._set))
        return self._held if here else ABSENT

    def put(self, value):
        """The new member first: if it cannot be hashed, nothing happened."""
        hash(value)
        set.discard(self._set, self._held)
        set.add(self._set, value)
        self._held = value


def fixed_class(cls):
    """Whether the attributes of a class cannot be assigned: it is built in, or as good as that."""
    return not cls.__flags__ & _HEAP or bool(cls.__flags__ & _IMMUTABLE)
