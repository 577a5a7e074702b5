"""Compiling without warnings: those about a file were given when it was compiled for its import.

They come again for all of the file, whatever is changed in it, and would be errors where the
program has warnings raised. The filter is of this thread and this call alone, so that programs
which change the filters meanwhile find theirs, and what they copied does nothing later.
"""

from _thread import get_ident

# CPython 3.11 counts the depth of a tree together with those that other threads build meanwhile,
# and raises SystemError where the count is not as it was.
_ATTEMPTS = 10


class _Here:
    """In a filter: whatever is warned about, here and now."""

    __slots__ = ("thread",)

    def __init__(self):
        self.thread = get_ident()

    def match(self, text):
        return self.thread == get_ident()


def quietly_compiled(source, filename, mode, flags):
    """What ``compile`` gives, without any warnings and without the flags of the code around."""
    import warnings

    here = _Here()
    entry = "ignore", None, Warning, here, 0
    lists = [_filters(warnings)]
    lists[0].insert(0, entry)
    try:
        return _compiled(source, filename, mode, flags)
    finally:
        here.thread = None
        lists.append(_filters(warnings))
        for filters in lists:
            if entry in filters:
                filters.remove(entry)


def _compiled(source, filename, mode, flags):
    for _ in range(_ATTEMPTS):
        try:
            return compile(source, filename, mode, flags, True)
        except SystemError:
            continue
    return compile(source, filename, mode, flags, True)


def _filters(warnings):
    in_context = getattr(warnings, "_get_filters", None)  # 3.14
    return warnings.filters if in_context is None else in_context()
