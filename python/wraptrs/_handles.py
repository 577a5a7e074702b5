"""What `hotpatch` and `hotwrap` put into a function."""

from types import FunctionType

from . import _definitions, _layers
from ._fields import CODE, HOOK
from ._inplace import InPlacePatch
from ._lending import own_code
from ._native import _DefinitionWrap, _hook
from ._patch import Patch
from ._supers import check_super, class_of, rebound
from ._targets import UnpatchableError, check_kinds, replacement_kind
from ._templates import ITERABLE_COROUTINE, KINDS, dressed, kind_of, passing, wrapping
from ._vectorcall import chosen, passes_by, refusal


def _all_closures():
    from . import _closures

    return _closures


class Replacement(InPlacePatch):
    """A function with the behaviour of another callable."""

    kind = "hotpatch"
    replaces = True
    _adapted = False
    _state = None
    _shown = _layers.ABSENT

    def __init__(
        self, target, replacement, mode, kind, unwrap, clear_caches, owner=None, closures="this"
    ):
        Patch.__init__(self, target, owner)
        self.replacement, self._wanted, self._joined = replacement, mode, kind
        self._unwrap, self._clears = unwrap, clear_caches
        if closures != "this":
            self._reach = _all_closures()

    def _check(self, found):
        function, replacement = found.function, self.replacement
        if replacement is function:
            raise ValueError(f"cannot replace {function!r} by itself")
        if type(function) is not FunctionType:
            self._reach = None  # C functions have no closures
            _definitions.check(function, replacement, self._wanted)
            check_kinds(function, None, replacement, self._joined)
            self.mode = "methoddef"
            return
        if self._wanted == "methoddef":
            raise TypeError(f"{function!r} is no C function: use mode='auto'")
        self._adapted = check_kinds(function, function.__code__, replacement, self._joined)
        is_function = type(replacement) is FunctionType
        if self._wanted == "transplant" and (self._adapted or not is_function):
            what = "a replacement that is adapted" if self._adapted else repr(replacement)
            raise TypeError(
                f"{what} cannot be transplanted, only Python functions: use mode='auto'"
            )
        if self._wanted == "transplant" and not _layers.WORKS:
            raise UnpatchableError(
                "functions of this interpreter are laid out in an unknown way, and cannot be "
                "transplanted: use mode='auto'"
            )
        # As it is now: later patches of the replacement are none of this function.
        if is_function:
            self._state = _layers.state_of(replacement)
            self._shown = replacement.__dict__.get("__wrapped__", _layers.ABSENT)
        if self._wanted == "vectorcall":
            self._check_hook(found)
            return
        self._moves = is_function and not self._adapted and self._wanted != "trampoline"
        if self._moves:
            check_super(replacement.__code__, replacement)
            if self._reach is not None and "__class__" in replacement.__code__.co_freevars:
                raise TypeError(
                    f"{replacement!r} means its own class, and each closure has another: write "
                    "super(type(self), self) in it, or a method that does without"
                )
        self._passed_by = not self._moves and self._reach is None and passes_by(found)
        self.mode = _mode("transplant" if self._moves else "trampoline")

    def compose(self, record, below):
        """The state that makes a function behave as the replacement, and its `__wrapped__`."""
        replacement, base, state = self.replacement, record.base, self._state
        if self.mode == "vectorcall":
            return self._hooked(base)
        if self._moves:
            if "__class__" in state[CODE].co_freevars:
                self._found.settle()
                state = rebound(state, class_of(base, self._found.owner))
            return own_code(state, base), self._shown
        flags = KINDS | ITERABLE_COROUTINE
        kind = base[CODE].co_flags & flags
        if not self._adapted and replacement_kind(replacement) is not None:
            inner = replacement_kind(replacement)
            kind = inner if inner != kind & KINDS else kind
        parameters = state[CODE] if state else None
        template = passing(replacement, kind, parameters, self._adapted)
        taken = template.__code__.co_argcount or template.__code__.co_kwonlyargcount
        code = dressed(template.__code__, base[CODE], kind)
        defaults, keywords = (state[3:5]) if state and taken else (None, None)
        shape = (code, *base[1:3], defaults, keywords, template.__closure__)
        shown = replacement if self._shown is _layers.ABSENT else self._shown
        past = self._passed_by and not kind & KINDS
        return (*shape, *(state or base)[6:HOOK], self._led() if past else None), shown

    def over(self, below):
        """What calls of a C function go to: the replacement, whatever lies below."""
        return self.replacement

    def _hooked(self, base):
        """As `compose`, where calls go to the replacement without any code of the function."""
        if self._state is None:
            return (*base[:HOOK], self._led()), self.replacement
        shown = self.replacement if self._shown is _layers.ABSENT else self._shown
        return (*base[:6], *self._state[6:HOOK], self._led()), shown

    def _led(self):
        return _hook(self.replacement, None, None, False)

    def _check_hook(self, found):
        """Refuse what calls through the pointer of the function cannot do."""
        function, replacement = found.function, self.replacement
        found.settle()
        problem = refusal(found)
        if problem is not None:
            raise UnpatchableError(f"cannot patch {function!r} in mode 'vectorcall': {problem}")
        kind = replacement_kind(replacement)
        if self._adapted or kind not in (None, kind_of(function.__code__)):
            raise TypeError(
                f"{replacement!r} is of another kind than {function!r}, which in mode 'vectorcall' "
                "keeps its code and so its kind: use mode='auto'"
            )
        self.mode = "vectorcall"


class Wrap(InPlacePatch):
    """A function with a wrapper around it."""

    kind = "hotwrap"
    _asked = None  # what tells at each call whether to wrap it

    def __init__(
        self,
        target,
        wrapper,
        enabled,
        unwrap,
        clear_caches,
        owner=None,
        mode="auto",
        closures="this",
    ):
        Patch.__init__(self, target, owner)
        self.replacement, self._wanted = wrapper, mode
        self._unwrap, self._clears = unwrap, clear_caches
        if enabled is not None:
            self._asked = enabled if callable(enabled) else None
            self.enabled = self._asked is not None or bool(enabled)
        if closures != "this":
            self._reach = _all_closures()

    def _check(self, found):
        if type(found.function) is not FunctionType:
            if self._wanted not in ("auto", "methoddef"):
                raise UnpatchableError(
                    f"cannot wrap {found.function!r} in mode {self._wanted!r}: it is implemented "
                    f"in C; use mode='auto'"
                )
            self.mode, self._reach = "methoddef", None
        elif self._wanted == "methoddef":
            raise UnpatchableError(
                f"cannot wrap {found.function!r} in mode 'methoddef': it is no C function; "
                f"use mode='auto'"
            )
        else:
            found.settle()
            wanted = self._wanted
            if wanted == "auto" and self._reach is not None:
                wanted = "trampoline"  # as for those that are born later
            self.mode = _mode(chosen(wanted, found))

    def over(self, below):
        """What calls of a C function go to: the wrapper around a callable with its arguments."""
        return _DefinitionWrap(self.replacement, below, bool(self._found.binding), self._asked)

    def compose(self, record, below):
        """The state that calls the wrapper, and the `__wrapped__` that it wraps."""
        base = record.base
        if self.mode == "vectorcall":
            hook = _hook(self.replacement, below, self._asked, bool(self._found.binding))
            state = _layers.state_of(below)[:HOOK]
            return (*state, hook), below.__dict__.get("__wrapped__", _layers.ABSENT)
        code = below.__code__
        kind = code.co_flags & (KINDS | ITERABLE_COROUTINE)
        template = wrapping(self.replacement, below, self._asked, self._found.binding, kind)
        fields = (template.__defaults__, None, template.__closure__)
        own = _layers.state_of(below)
        state = (dressed(template.__code__, base[CODE], kind), *base[1:3], *fields)
        return (*state, *own[6:HOOK], None), below


def _mode(wanted):
    return wanted if _layers.WORKS else "code"
