"""What an operation did, as a comparable value: the result and its type, or the error raised."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


class Outcome:
    """`kind` is "value" or "error"; `type` and `detail` are what two runs must agree in."""

    def __init__(self, kind, type_, detail, raw):
        self.kind = kind
        self.type = type_
        self.detail = detail
        self.raw = raw

    def __eq__(self, other):
        return (self.kind, self.type, self.detail) == (other.kind, other.type, other.detail)

    def __repr__(self):
        return f"<{self.kind} {self.type.__name__}: {self.detail!r}>"


def outcome(function, *args, messages=True, **kwargs):
    """Call function and describe what happened; messages=False ignores the text of an error.

    Results are compared by repr, which tells -0.0 from 0.0, lets NaN equal itself and does not call
    the `==` of the objects under test. BaseException is caught too: it must travel too.
    """
    try:
        value = function(*args, **kwargs)
    except BaseException as error:
        text = _ADDRESS.sub("0x", str(error)) if messages else None
        return Outcome("error", type(error), text, error)
    return Outcome("value", type(value), _ADDRESS.sub("0x", repr(value)), value)
