"""The file that a function is from, and its lines: on disk, in an archive, or in linecache."""


def path_of(function):
    """The file that the source of a function is in, as far as it has one."""
    filename, space = function.__code__.co_filename, function.__globals__
    # Of the standard library's frozen modules the loader knows the file, and the code does not.
    frozen = filename.startswith("<frozen ") and space.get("__file__")
    return frozen or filename


def lines_of(function, path):
    """The lines of the file that a function is from; none where nobody has them."""
    import linecache

    linecache.checkcache(path)
    try:
        lines = _packed(path, function.__globals__)
        lines = lines or linecache.getlines(path, function.__globals__)
        if not lines:
            import inspect  # knows where interactive sources are kept

            lines = inspect.findsource(function.__code__)[0]
    except Exception:  # a loader may raise anything, where its archive was replaced for example
        return []
    return lines


def _packed(path, space):
    """The lines of a file that is not on disk, from the bytes that the loader of a module has.

    What linecache asks it for is text, in which zipimport takes all for UTF-8, and splits it
    at form feeds as well, where the compiler begins no line.
    """
    import os

    get_data = getattr(loader_of(space), "get_data", None)
    if get_data is None or path.startswith("<") or os.path.exists(path):
        return None
    from importlib.util import decode_source
    from io import StringIO

    try:
        return StringIO(decode_source(get_data(path))).readlines()
    except (OSError, SyntaxError, ValueError):
        return None


def loader_of(space):
    """What loaded the module that has a namespace; None where that is not known."""
    return space.get("__loader__") or getattr(space.get("__spec__"), "loader", None)
