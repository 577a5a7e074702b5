"""What `super()` means in a function whose code came from elsewhere."""

from types import CellType

from ._fields import CLOSURE, CODE


def class_of(state, owner):
    """The class whose method a function is, as its own `super()` sees it or as it was found."""
    names = state[CODE].co_freevars
    if "__class__" in names:
        try:
            return state[CLOSURE][names.index("__class__")].cell_contents
        except ValueError:  # the class is still being made
            return owner
    return owner


def rebound(state, owner):
    """A state whose `super()` means the class that a method is patched into."""
    names = state[CODE].co_freevars
    if owner is None or "__class__" not in names:
        return state
    cells = list(state[CLOSURE])
    cells[names.index("__class__")] = CellType(owner)
    return (*state[:CLOSURE], tuple(cells), *state[CLOSURE + 1 :])


def check_super(code, replacement):
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
