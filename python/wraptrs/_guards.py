"""Whether a patch may be applied here: guards on the target, and the switch in the environment."""

import os

from ._patch import SWITCH

_said = set()


class GuardError(RuntimeError):
    """Why a patch was not applied; kept as its ``error`` and logged once, not raised."""


class Guard:
    """A condition that a patch is applied under, made by `only_if`."""

    __slots__ = ("_fingerprints", "_predicate", "_version")

    def __init__(self, version, fingerprint, predicate):
        self._version = version
        self._fingerprints = fingerprint
        self._predicate = predicate

    def refusal(self, find):
        """Why the patch must not be applied, None if it may. `find` gives the patch's target."""
        if self._version is not None:
            name, specifiers = self._version
            installed = _installed(name)
            if installed is None:
                return f"{name} is not installed"
            if not specifiers.contains(installed, prereleases=True):
                return f"{name} {installed} is installed, not {specifiers}"
        if self._fingerprints is not None:
            found = fingerprint(find())
            if found not in self._fingerprints:
                return f"the target's code has the fingerprint {found}, not the expected one"
        if self._predicate is not None and not self._predicate():
            return f"{getattr(self._predicate, '__qualname__', self._predicate)!s} said no"
        return None


def only_if(*, version=None, fingerprint=None, predicate=None):
    """Make a guard for the ``guard`` argument of patches and sets: all that is given must hold.

    ``version`` is a requirement such as "requests>=2,<3" on an installed distribution, for which
    the package "packaging" is needed; ``fingerprint`` what `fingerprint` gave for the target, or
    several such; ``predicate`` a callable without arguments. Where the guard does not hold when
    the patch is applied, the program is left as it is, the patch's state is "failed", its ``error``
    says why, and so does a warning of the logger "wraptrs", once.

    Raises TypeError when nothing is given, ValueError for a requirement that cannot be read, and
    ModuleNotFoundError without the package "packaging". What a predicate raises, applying raises.
    """
    if version is None and fingerprint is None and predicate is None:
        raise TypeError("only_if() takes version=, fingerprint= or predicate=: none was given")
    if predicate is not None and not callable(predicate):
        raise TypeError(f"only_if() takes a callable as predicate, got {predicate!r}")
    if fingerprint is not None:
        fingerprint = (fingerprint,) if isinstance(fingerprint, str) else tuple(fingerprint)
    return Guard(None if version is None else _requirement(version), fingerprint, predicate)


def _requirement(text):
    try:
        from packaging.requirements import InvalidRequirement, Requirement
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"the guard on {text!r} needs the package 'packaging': pip install wraptrs[guards]",
            name=error.name,
        ) from error
    try:
        read = Requirement(text)
    except InvalidRequirement as error:
        raise ValueError(f"only_if() cannot read the requirement {text!r}: {error}") from error
    return read.name, read.specifier


def _installed(name):
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


def fingerprint(function):
    """A short text that changes when the code of a function changes; for `only_if`.

    ``function`` is a Python function, or what holds one, as `hotpatch` takes it. The text is that
    of one minor version of Python: code is compiled anew for each.

    Raises UnpatchableError for what holds no Python function.
    """
    import hashlib
    import sys

    from ._targets import UnpatchableError, find

    found = find(function, True).function
    if not hasattr(found, "__code__"):
        raise UnpatchableError(f"{found!r} is written in C and has no code to compare")
    digest = hashlib.sha256()
    _feed(digest, found.__code__)
    return f"{sys.implementation.cache_tag}:{digest.hexdigest()[:24]}"


def _feed(digest, code):
    shape = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    digest.update(repr((shape, code.co_names, code.co_varnames, code.co_freevars)).encode())
    digest.update(code.co_code)
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            _feed(digest, constant)
        elif isinstance(constant, frozenset):
            digest.update(repr(sorted(map(repr, constant))).encode())
        else:
            digest.update(repr(constant).encode())


def switched_off(owner, environ=os.environ):
    """Whether the environment switches off all patches, or those of this owner."""
    value = environ.get(SWITCH, "").strip()
    if not value or value == "0":
        return False
    return value == "1" or (owner is not None and owner in map(str.strip, value.split(",")))


def refusal(patch, find):
    """Why a patch must not be applied here, None if it may. Says so once, in the log."""
    if switched_off(patch.owner):
        reason = f"the environment variable {SWITCH} switches it off"
    elif patch.guard is not None:
        reason = patch.guard.refusal(find)
    else:
        return None
    if reason is None:
        return None
    message = f"{patch.kind} of {patch.name} is not applied: {reason}"
    if message not in _said:
        import logging

        _said.add(message)
        logging.getLogger("wraptrs").warning("%s", message)
    return GuardError(message)
