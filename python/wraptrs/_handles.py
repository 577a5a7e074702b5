"""The handles of changes made in place: what each puts into a function, and how it comes back."""

import sys
from types import FunctionType

from . import _layers
from ._layers import CLOSURE, CODE
from ._native import _function_state, resolve_path
from ._patch import Patch, imported, module_target
from ._targets import check_kinds, find, replacement_kind
from ._templates import ITERABLE_COROUTINE, KINDS, dressed, passing, wrapping


class InPlacePatch(Patch):
    """One change of one function, made by `hotpatch` or `hotwrap`: the handle to take it back."""

    replaces = False  # whether what lies beneath is of no account
    rewrites = False  # whether it changes the function itself, under the wrappers around it
    _stays = True

    def __init__(self, target, owner=None):
        super().__init__(target, owner)
        self._record = None
        self._found = None
        self.function = None  # the Python function that changes; None while pending
        self.mode = None

    @property
    def name(self):
        """The qualified name of the function, or the string that was given while it is pending."""
        return self.target if self.function is None else self.function.__qualname__

    @property
    def original(self):
        """A callable with the behaviour beneath this patch; None while it is pending."""
        if self._record is None:
            return None
        with _layers.lock:
            return self._record.beneath(self)

    def running(self):
        """The frames, of all threads, that still run the code the function had at first.

        Each such call finishes as it began. Generators and coroutines that wait are not listed.
        """
        if self._record is None:
            return []
        code, found = self._record.base[CODE], []
        for frame in sys._current_frames().values():
            while frame is not None:
                if frame.f_code is code:
                    found.append(frame)
                frame = frame.f_back
        return found

    def __repr__(self):
        return f"<{self.kind} of {self.name}, {self.mode or 'no mode'}, {self.state}>"

    def _guarded(self, module):
        if not isinstance(self.target, str):
            return self.target
        name, _, path = module_target(self.target)
        return _place(imported(name) if module is None else module, path)["raw"]

    def _put(self):
        if self.function is not None:
            self._lay()
            return None
        if not isinstance(self.target, str):
            self._find()
            self._lay()
            return None
        module, waits, path = module_target(self.target)
        if waits:
            return self._wait_for(module, lambda found: self._put_on(found, path))
        return self._put_on(imported(module), path)

    def _locate(self):
        """Find the function, importing its module, and change nothing."""
        place = {}
        if isinstance(self.target, str):
            module, _, path = module_target(self.target)
            place = _place(imported(module), path)
        self._find(**place)

    def _put_on(self, module, path):
        self._find(**_place(module, path))
        self._lay()

    def _take(self, force):
        _layers.remove(self._record, self, force)
        self._clear_caches()

    def _switch(self, on):
        with _layers.lock:
            _layers.install(self._record)
        self._clear_caches()

    def _find(self, **place):
        """Fix the function that the target means, and check that this patch fits it."""
        found = find(self.target, self._unwrap, **place)
        self._check(found)
        self._found, self.function = found, found.function

    def _lay(self):
        self._record = _layers.add(self.function, self)
        self._clear_caches()

    def _clear_caches(self):
        if self._clears:
            for cache in self._found.caches:
                cache.cache_clear()


class Replacement(InPlacePatch):
    """A function with the behaviour of another callable."""

    kind = "hotpatch"
    replaces = True

    def __init__(self, target, replacement, mode, kind, unwrap, clear_caches, owner=None):
        super().__init__(target, owner)
        self.replacement = replacement
        self._wanted, self._joined, self._adapted = mode, kind, False
        self._unwrap, self._clears = unwrap, clear_caches

    def _check(self, found):
        function, replacement = found.function, self.replacement
        if replacement is function:
            raise ValueError(f"cannot replace {function!r} by itself")
        self._adapted = check_kinds(function, function.__code__, replacement, self._joined)
        is_function = type(replacement) is FunctionType
        if self._wanted == "transplant" and (self._adapted or not is_function):
            what = "a replacement that is adapted" if self._adapted else repr(replacement)
            raise TypeError(
                f"{what} cannot be transplanted, only Python functions: use mode='auto'"
            )
        direct = is_function and not self._adapted
        if direct and self._wanted != "trampoline":
            _check_super(replacement.__code__, replacement)
        self.mode = "transplant" if direct and self._wanted != "trampoline" else "trampoline"

    def compose(self, record, below):
        """The state that makes a function behave as the replacement, and its `__wrapped__`."""
        replacement, base = self.replacement, record.base
        if self.mode == "transplant":
            state = _function_state(replacement)
            if "__class__" in state[CODE].co_freevars:
                self._found.settle()
                state = _layers.rebound(state, _class_of(base, self._found.owner))
            shown = replacement.__dict__.get("__wrapped__", _layers.ABSENT)
            return _layers.own_code(state, base), shown
        flags = KINDS | ITERABLE_COROUTINE
        kind = base[CODE].co_flags & flags
        parameters = state = None
        if type(replacement) is FunctionType:
            state = _function_state(replacement)
            parameters = state[CODE]
        if not self._adapted and replacement_kind(replacement) is not None:
            inner = replacement_kind(replacement)
            kind = inner if inner != kind & KINDS else kind
        template = passing(replacement, kind, parameters, self._adapted)
        taken = template.__code__.co_argcount or template.__code__.co_kwonlyargcount
        code = dressed(template.__code__, base[CODE], kind)
        defaults, keywords = (state[3:5]) if state and taken else (None, None)
        shape = (code, *base[1:3], defaults, keywords, template.__closure__)
        if state:
            return (*shape, *state[6:]), replacement.__dict__.get("__wrapped__", replacement)
        return (*shape, *base[6:]), replacement


class Wrap(InPlacePatch):
    """A function with a wrapper around it."""

    kind = "hotwrap"

    def __init__(self, target, wrapper, enabled, unwrap, clear_caches, owner=None):
        super().__init__(target, owner)
        self.replacement = wrapper
        self._asked = enabled if callable(enabled) else None
        self.enabled = enabled is None or callable(enabled) or bool(enabled)
        self._unwrap, self._clears = unwrap, clear_caches
        self.mode = "trampoline"

    def _check(self, found):
        found.settle()

    def compose(self, record, below):
        """The state that calls the wrapper, and the `__wrapped__` that it wraps."""
        base = record.base
        code = below.__code__
        kind = code.co_flags & (KINDS | ITERABLE_COROUTINE)
        template = wrapping(self.replacement, below, self._asked, self._found.binding, kind)
        fields = (template.__defaults__, None, template.__closure__)
        own = _function_state(below)
        return (dressed(template.__code__, base[CODE], kind), *base[1:3], *fields, *own[6:]), below


def _place(module, path):
    """What a path leads to: the class that holds it and its raw entry, or the object itself."""
    parent, attribute, found = resolve_path(module, path)
    if isinstance(parent, type):
        for cls in parent.__mro__:
            if attribute in cls.__dict__:
                return {"owner": cls, "raw": cls.__dict__[attribute]}
    return {"raw": found}


def _class_of(state, owner):
    """The class whose method a function is, as its own `super()` sees it or as it was found."""
    names = state[CODE].co_freevars
    if "__class__" in names:
        try:
            return state[CLOSURE][names.index("__class__")].cell_contents
        except ValueError:  # the class is still being made
            return owner
    return owner


def _check_super(code, replacement):
    """Refuse a function that calls `super()` without being written in a class."""
    if "super" not in code.co_names or "__class__" in code.co_freevars:
        return
    from dis import get_instructions

    pending = False
    for instruction in get_instructions(code):
        if instruction.opname in ("CACHE", "PRECALL", "PUSH_NULL", "RESUME"):
            continue
        if pending and instruction.opname.startswith("CALL") and not instruction.arg:
            raise TypeError(
                f"{replacement!r} calls super() but was not written in a class, so it cannot know "
                "which class is meant: write super(Class, self)"
            )
        pending = instruction.argval == "super" and instruction.opname.startswith("LOAD_")
