"""Outcomes of two libraries made comparable: the names of the libraries taken out of the texts."""

from __future__ import annotations

import re

#: where the classes live; wrapt's C class of the base proxy has the shorter name; an object in a
#: repr; and the reason that wraptrs adds to a text of wrapt's
_CHANGES = [
    (re.compile(r"\b(_wrappers|wrapt\.proxies|wraptrs(\.(_native|proxies))?)\."), ""),
    (re.compile(r"\bBaseObjectProxy\b"), "ObjectProxy"),
    (re.compile(r"<[\w.]+ at 0x[^<>]*>"), "<at>"),
    (re.compile(r"(the first argument must be callable).*"), r"\1"),
]


def neutral(text):
    """The text without what may differ between the libraries."""
    for pattern, replacement in _CHANGES:
        text = pattern.sub(replacement, text)
    return text


def comparable(result):
    """An Outcome as a tuple that is equal for both libraries when they did the same."""
    detail = neutral(result.detail) if isinstance(result.detail, str) else result.detail
    return result.kind, neutral(result.type.__name__), detail
