"""Objects that `gc.freeze` has set aside, which the collector lists no more.

Servers freeze what they have loaded before they fork. What was set aside is found through what
leads to it: modules, all objects that are still listed, and the variables of calls that run.
"""

import gc
import sys

# CPython 3.12 itself sets some hundred objects aside as it starts, none of which is ours to find.
# Who freezes sets everything aside: thousands of objects in the smallest program.
_AT_START = 1000 if sys.version_info[:2] == (3, 12) else 0


def set_aside():
    """The objects that were set aside, as far as something leads to them; mostly none at all."""
    if gc.get_freeze_count() <= _AT_START:
        return []
    waiting, found, variables = gc.get_objects(), [], _variables()
    seen = set(map(id, waiting))
    seen.update(map(id, (seen, waiting, found, variables, *variables)))  # frames lead to them
    waiting.append(sys.modules)
    waiting += variables
    while waiting:
        for held in gc.get_referents(waiting.pop()):
            if id(held) not in seen and (gc.is_tracked(held) or isinstance(held, type)):
                seen.add(id(held))
                found.append(held)
                waiting.append(held)
    return found


def objects():
    """All objects that the collector knows, those that were set aside among them."""
    return gc.get_objects() + set_aside()


def referrers(thing, aside):
    """What refers to a thing, as `gc.get_referrers`, and what among those set aside does."""
    found = [other for other in aside if any(it is thing for it in gc.get_referents(other))]
    return gc.get_referrers(thing) + found


def _variables():
    """The variables of all calls that run but ours, which nothing leads to."""
    found = []
    for frame in sys._current_frames().values():
        while frame is not None:
            if frame.f_globals.get("__package__") != __package__:
                found.append(list(frame.f_locals.values()))
            frame = frame.f_back
    return found
