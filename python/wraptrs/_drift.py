"""What somebody else changed of a patched function where comparing by identity does not tell.

Keyword defaults are a dict, which anybody may change in place. Annotations are computed when they
are first read, which is no change of anybody's, or else set, which is.
"""

from ._fields import ANNOTATE, ANNOTATIONS, HOOK, KEYWORDS, TYPE_PARAMETERS


def with_keywords(now, keywords):
    """Whether keyword defaults hold other values than `keywords`, None for nothing."""
    found = now[KEYWORDS]
    return bool(keywords or found) and not _same(found or {}, keywords or {})


def annotated(now, former):
    """Whether annotations or type parameters were set in between two states of a function."""
    if now[ANNOTATE] is not former[ANNOTATE] or now[TYPE_PARAMETERS] is not former[TYPE_PARAMETERS]:
        return True
    found, expected = now[ANNOTATIONS], former[ANNOTATIONS]
    return found is not expected and not _computed(found, expected, former[ANNOTATE])


def with_annotations(state, other):
    """A state with the annotations and type parameters of another."""
    return (*state[:ANNOTATIONS], *other[ANNOTATIONS:HOOK], *state[HOOK:])


def _same(found, expected):
    if len(found) != len(expected):
        return False
    return all(key in found and found[key] is value for key, value in expected.items())


def _computed(found, expected, annotate):
    """Whether annotations are what CPython made of those that stood there."""
    if expected is None:
        return annotate is not None or not found  # reading none makes an empty dict
    if type(expected) is not tuple or found is None:
        return False
    return _same(found, dict(zip(expected[::2], expected[1::2])))
