"""The tables of code objects, in the format of each CPython: where instructions come from in the
source, and which handlers of exceptions cover them. Everything is counted in code units.
"""

import sys

PLACES = sys.version_info[:2]
PLACES_FIELD = "co_linetable" if PLACES >= (3, 10) else "co_lnotab"
HANDLERS = "co_exceptiontable" if PLACES >= (3, 11) else None

_LONG, _NO_COLUMNS, _NO_LINE = 14, 13, 15  # kinds of entries from 3.11 on
_LONGEST = 8  # units that one of those can cover


def places_of(code):
    """For each unit of the code: line, last line, column, last column; None where unknown."""
    if PLACES >= (3, 11):
        return list(code.co_positions())
    lines = [code.co_firstlineno] * (len(code.co_code) // 2)
    if PLACES >= (3, 10):
        for start, stop, line in code.co_lines():
            lines[start // 2 : stop // 2] = [line] * (stop // 2 - start // 2)
    else:
        at, line, table = 0, code.co_firstlineno, code.co_lnotab
        for step, change in zip(table[::2], table[1::2]):
            at += step
            line += change - 256 if change > 127 else change
            lines[at // 2 :] = [line] * (len(lines) - at // 2)
    return [(line, None, None, None) for line in lines]


def written_places(places, first):
    """The table for code whose units have these places, and whose first line is `first`."""
    write = _locations if PLACES >= (3, 11) else _ranges if PLACES >= (3, 10) else _steps
    table, line = bytearray(), first
    start = 0
    for stop in range(1, len(places) + 1):
        if stop == len(places) or places[stop] != places[start]:
            line = write(table, stop - start, places[start], line)
            start = stop
    return bytes(table)


def _locations(table, units, place, line):
    """Entries of 3.11 and later. Gives the line that the next ones are counted from."""
    now, last, column, last_column = place
    while units > 0:
        size = min(units, _LONGEST)
        units -= size
        exact = None not in place and last >= now
        kind = _NO_LINE if now is None else _LONG if exact else _NO_COLUMNS
        table.append(0x80 | kind << 3 | size - 1)
        if kind != _NO_LINE:
            change, line = now - line, now
            _put(table, -change << 1 | 1 if change < 0 else change << 1)
        if kind == _LONG:
            for number in (last - now, column + 1, last_column + 1):
                _put(table, number)
    return line


def _put(table, number):
    """A number in groups of six bits, the lowest first."""
    while number >= 64:
        table.append(0x40 | number & 0x3F)
        number >>= 6
    table.append(number)


def _ranges(table, units, place, line):
    """Entries of 3.10: so many bytes, and how much further the line is."""
    now, size = place[0], 2 * units
    change = 0 if now is None else now - line
    while not -128 < change < 128:
        step = 127 if change > 0 else -127
        table += bytes((0, step & 0xFF))
        change -= step
    mark = 0x80 if now is None else change & 0xFF  # -128 is: none
    while size > 254:
        table += bytes((254, mark))
        mark = 0x80 if now is None else 0
        size -= 254
    table += bytes((size, mark))
    return line if now is None else now


def _steps(table, units, place, line):
    """Entries of 3.9: the lines are counted on where a range begins, so its length comes last."""
    change = place[0] - line
    while change > 127 or change < -128:
        step = 127 if change > 0 else -128
        table += bytes((0, step & 0xFF))
        change -= step
    if change:
        table += bytes((0, change & 0xFF))
    size = 2 * units
    while size > 254:
        table += bytes((254, 0))
        size -= 254
    table += bytes((size, 0))
    return place[0]


def handlers_of(code):
    """The handlers of exceptions: first unit, unit after the last, unit of the handler, how many
    values then lie on the stack, and whether the instruction that raised is put on top."""
    numbers, found = _numbers(getattr(code, "co_exceptiontable", b"")), []
    for start, size, target, depth in zip(*[iter(numbers)] * 4):
        found.append((start, start + size, target, depth >> 1, depth & 1))
    return found


def _numbers(table):
    """The numbers of an exception table, which are written in groups of six bits, highest first."""
    numbers, number = [], 0
    for byte in table:
        number = number << 6 | byte & 0x3F
        if not byte & 0x40:
            numbers.append(number)
            number = 0
    return numbers


def written_handlers(handlers):
    """The exception table with these."""
    table = bytearray()
    for start, stop, target, depth, lasti in handlers:
        begin = len(table)
        for number in (start, stop - start, target, depth << 1 | lasti):
            shift = max(0, (number.bit_length() - 1) // 6) * 6
            while shift:
                table.append(0x40 | number >> shift & 0x3F)
                shift -= 6
            table.append(number & 0x3F)
        table[begin] |= 0x80
    return bytes(table)
