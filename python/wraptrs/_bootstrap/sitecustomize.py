"""Runs when a Python process starts below ``python -m wraptrs run``, which puts this folder first.

The sitecustomize that would have run comes first: it may have to set up where modules are found.
Then wraptrs arms what the environment asks for, as far as this interpreter has it. What is written
here is understood by any Python that such a program may start.
"""

import os
import sys


def _run_next(here):
    """Run the sitecustomize behind this one; False where there is none."""
    # Out of the way at once: the program's path is the same as without us.
    sys.path[:] = [entry for entry in sys.path if entry != here]
    sys.path_importer_cache.pop(here, None)
    del sys.modules[__name__]
    try:
        import sitecustomize  # noqa: F401 - it takes our place in sys.modules
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
        return False
    return True


def _arm(here):
    if os.environ.get("WRAPTRS_DISABLE", "").strip() == "1":
        return
    place = os.path.dirname(os.path.dirname(here))
    try:
        from wraptrs import _arming
    except ImportError:
        # Installed elsewhere, or for another Python, which has nothing to arm then.
        sys.path.append(place)
        try:
            from wraptrs import _arming
        except ImportError:
            return
        finally:
            sys.path.remove(place)
    _arming.arm()


def _start():
    here = os.path.dirname(os.path.abspath(__file__))
    try:
        found = _run_next(here)
    finally:
        _arm(here)
    if not found:
        # To the program, as to site.py, there is no such module.
        raise ImportError("No module named 'sitecustomize'", name="sitecustomize")


_start()
