"""The free variables of a function as a mapping: read and written where the function has them."""

from collections.abc import MutableMapping
from types import CellType

from ._fields import CLOSURE, CODE
from ._layers import state_of

_EMPTY = CellType()  # equal to empty cells, and to no other


class Closure(MutableMapping):
    """A view of a function's free variables: names to values, those that have none left out.

    It always shows the closure that the function has now. Setting a value is seen by every function
    that shares the variable, deleting one makes it unbound. Names cannot be added.
    """

    __slots__ = ("function",)

    def __init__(self, function):
        self.function = function

    @property
    def cells(self):
        """The cells themselves, by name."""
        state = state_of(self.function)
        return dict(zip(state[CODE].co_freevars, state[CLOSURE] or ()))

    def __getitem__(self, name):
        try:
            return self.cells[name].cell_contents
        except ValueError:
            raise KeyError(name) from None

    def __setitem__(self, name, value):
        self._cell(name).cell_contents = value

    def __delitem__(self, name):
        self[name]  # raises where it has no value
        del self._cell(name).cell_contents

    def __iter__(self):
        return iter([name for name, cell in self.cells.items() if cell != _EMPTY])

    def __len__(self):
        return sum(1 for _ in self)

    def __repr__(self):
        return f"<closure of {self.function.__qualname__}: {dict(self)!r}>"

    def _cell(self, name):
        cells = self.cells
        if name not in cells:
            has = f"has {', '.join(cells)}" if cells else "has none"
            raise KeyError(
                f"{name!r} is no free variable of {self.function.__qualname__}: it {has}"
            )
        return cells[name]
