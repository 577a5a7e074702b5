"""Code objects taken apart into instructions, and put together again with others in between.

Jumps and exception handlers are kept as the instructions that they lead to, and all tables are
written anew, so instructions may be put anywhere.
"""

from opcode import EXTENDED_ARG, hasjabs, hasjrel, opmap, opname

from ._codetables import (
    HANDLERS,
    PLACES,
    PLACES_FIELD,
    handlers_of,
    places_of,
    written_handlers,
    written_places,
)

_CACHES = opmap.get("CACHE") == 0  # inline caches, which are all zero in `co_code`
_UNIT = 1 if PLACES >= (3, 10) else 2  # what jumps are counted in: instructions, or bytes
_NOWHERE = None, None, None, None


class Instruction:
    """One instruction: its number, its argument, what it jumps to, how many inline caches follow,
    and its place in the source: line, last line, column, last column."""

    __slots__ = ("arg", "caches", "op", "place", "target")

    def __init__(self, op, arg=0, place=_NOWHERE, caches=0):
        self.op, self.arg, self.place, self.caches = op, arg, place, caches
        self.target = None

    @property
    def name(self):
        """The name by which the module `opcode` knows it."""
        return opname[self.op]

    def units(self):
        """How many units it takes, those in front that extend its argument included."""
        return 1 + (self.arg > 0xFF) + (self.arg > 0xFFFF) + (self.arg > 0xFFFFFF) + self.caches

    def encoded(self, units):
        """Its bytes, in so many units."""
        extending = range(units - 1 - self.caches, 0, -1)
        raw = [byte for i in extending for byte in (EXTENDED_ARG, self.arg >> 8 * i & 0xFF)]
        return bytes([*raw, self.op, self.arg & 0xFF, *bytes(2 * self.caches)])


class Assembly:
    """The instructions of a code object, in a list that may be changed.

    Raises ValueError for code that no compiler makes.
    """

    def __init__(self, code):
        self.code = code
        self.instructions = []
        starts = self._parse(code.co_code, places_of(code))
        starts[len(code.co_code) // 2] = None
        try:
            self.handlers = [
                (starts[start], starts[stop], starts[target], depth, lasti)
                for start, stop, target, depth, lasti in handlers_of(code)
            ]
        except KeyError:
            raise ValueError("the exception table leads into an instruction") from None

    def _parse(self, raw, places):
        """Fill the list. Gives the instructions by the unit in which they start."""
        starts, jumps = {}, []
        units = len(raw) // 2
        start = at = extended = 0
        while at < units:
            op, arg = raw[2 * at], raw[2 * at + 1] | extended
            at += 1
            if op == EXTENDED_ARG:
                extended = arg << 8
                continue
            made = starts[start] = Instruction(op, arg, places[at - 1])
            while _CACHES and at < units and raw[2 * at] == 0:
                made.caches += 1
                at += 1
            if op in hasjrel or op in hasjabs:
                jumps.append((made, at))
            self.instructions.append(made)
            start, extended = at, 0
        for jump, after in jumps:
            jump.target = starts.get(_led_to(jump, after))
            if jump.target is None:
                raise ValueError("a jump leads into an instruction")
        return starts

    def assembled(self, **changes):
        """The code object, with other fields changed as by `code.replace`."""
        sizes, starts = self._laid_out()
        raw, places = bytearray(), []
        for each, units in zip(self.instructions, sizes):
            raw += each.encoded(units)
            places += [each.place] * units
        changes["co_code"] = bytes(raw)
        changes[PLACES_FIELD] = written_places(places, self.code.co_firstlineno)
        if HANDLERS:
            ranges = [
                (starts[start], starts[stop], starts[target], depth, lasti)
                for start, stop, target, depth, lasti in self.handlers
            ]
            changes[HANDLERS] = written_handlers(ranges)
        return self.code.replace(**changes)

    def _laid_out(self):
        """Set the arguments of jumps; the units that each instruction takes, and where it starts.

        A jump that needs more room makes others longer: it goes on until nothing grows.
        """
        sizes = [each.units() for each in self.instructions]
        while True:
            starts, at = {}, 0
            for each, units in zip(self.instructions, sizes):
                starts[each] = at
                at += units
            starts[None] = at
            needed = []
            for each, units in zip(self.instructions, sizes):
                if each.target is not None:
                    each.arg = _argument(each, starts[each] + units, starts[each.target])
                needed.append(max(units, each.units()))
            if needed == sizes:
                return sizes, starts
            sizes = needed


def _led_to(jump, after):
    """The unit that a jump leads to, from the one after it."""
    arg = jump.arg // _UNIT
    if jump.op in hasjabs:
        return arg
    return after - arg if "BACKWARD" in jump.name else after + arg


def _argument(jump, after, target):
    """The argument with which a jump leads to a unit."""
    if jump.op in hasjabs:
        return target * _UNIT
    return (after - target if "BACKWARD" in jump.name else target - after) * _UNIT
