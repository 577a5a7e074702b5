"""Statistics as a table for people: of 80 columns, the slowest first."""

_UNITS = ((1, "ns"), (1_000, "us"), (1_000_000, "ms"), (1_000_000_000, "s"))
_COLUMNS = (
    ("calls", "calls", False),
    ("errors", "errors", False),
    ("total", "total", True),
    ("self", "own", True),
    ("mean", "mean", True),
    ("p50", "p50", True),
    ("p99", "p99", True),
)
_DISPENSABLE = ("p50", "p99", "mean", "own", "errors")  # where lines are narrow, in this order
_LEAST = 12  # characters of a name


def duration(nanoseconds):
    """A time in three digits and a unit: "1.23ms"; "-" for None."""
    if nanoseconds is None:
        return "-"
    size, unit = next(
        (pair for pair in reversed(_UNITS) if nanoseconds >= pair[0]),
        _UNITS[0],
    )
    if size == 1:
        return f"{nanoseconds}{unit}"
    value = nanoseconds / size
    # What would round up to a fourth digit has one less behind the point.
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f}{unit}"


def amount(number):
    """A count in at most six characters: "12345", "1.23M"."""
    if number < 100_000:
        return str(number)
    for size, unit in ((1_000, "k"), (1_000_000, "M"), (1_000_000_000, "G")):
        value = number / size
        if value < 999.5 or unit == "G":
            digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
            return f"{value:.{digits}f}{unit}"
    raise AssertionError("the last unit takes every number")


def render_table(stats, *, width=80, sort="total"):
    """Statistics as lines of text, with a heading; the largest first.

    ``stats`` are `Stats`, ``width`` is how wide the lines may be (names are cut in the
    middle to fit, to 12 characters at least; then columns are left out, the quantiles first),
    ``sort`` is the attribute of `Stats` to sort by.
    Returns one string without a newline at its end. Columns of times are left out where none
    were taken.

    Raises ValueError for an attribute that `Stats` do not have.
    """
    rows = list(stats)
    known = {"name", "calls", "errors", "in_flight", "total", "active", "own", "least", "most"}
    if sort not in known | {"mean", "p50", "p90", "p99"}:
        raise ValueError(f"cannot sort by {sort!r}: that is no attribute of Stats")
    if sort == "name":
        rows.sort(key=lambda row: row.name)
    else:
        rows.sort(key=lambda row: (-(getattr(row, sort) or 0), -row.calls, row.name))
    timed = any(row.total is not None for row in rows)
    columns = [column for column in _COLUMNS if timed or not column[2]]
    cells = _cells(rows, columns)
    for least in _DISPENSABLE:
        if width - _room(cells) >= _LEAST:
            break
        columns = [column for column in columns if column[1] != least or least == sort]
        cells = _cells(rows, columns)
    widths = [max(map(len, column)) for column in zip(*cells)]
    room = max(_LEAST, width - _room(cells))
    names = ["name", *(shortened(row.name, room) for row in rows)]
    lines = []
    for line, name in zip(cells, names):
        numbers = "  ".join(cell.rjust(size) for cell, size in zip(line, widths))
        lines.append(f"{numbers}  {name}")
    return "\n".join(lines)


def _cells(rows, columns):
    """The heading and the rows, without names, as text."""
    cells = [[heading for heading, _, _ in columns]]
    for row in rows:
        values = [(getattr(row, attribute), time) for _, attribute, time in columns]
        cells.append([duration(value) if time else amount(value) for value, time in values])
    return cells


def _room(cells):
    """How many columns of the terminal the cells take, with the space behind each."""
    return sum(max(map(len, column)) + 2 for column in zip(*cells))


def shortened(name, room):
    """A name cut in the middle where it takes more columns than there is room for."""
    if columns(name) <= room:
        return name
    tail = (room - 2) * 2 // 3
    return f"{clipped(name, room - 2 - tail)}..{clipped(name[::-1], tail)[::-1]}"


def columns(text):
    """How many columns a text takes in a terminal: Chinese characters, say, take two each."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def clipped(text, room):
    """As much of the beginning of a text as takes so many columns."""
    if text.isascii():
        return text[:room]
    for at, character in enumerate(text):
        room -= _columns_of(character)
        if room < 0:
            return text[:at]
    return text


def padded(text, size):
    """A text with spaces behind it, up to so many columns."""
    return text + " " * (size - columns(text))


def _columns_of(character):
    from unicodedata import category, east_asian_width

    if category(character) in ("Mn", "Me", "Cf"):
        return 0  # it changes the one before
    return 2 if east_asian_width(character) in "WF" else 1
