"""The verbs that put one thing on an attribute by name and give back its handle."""

from ._named import IN_TARGET, Value, Wrapped, named

_REFERENCES = (None, "report", "rebind", "in-place")


def replace(
    target, name, value=IN_TARGET, *, create=False, check=True, scope=None, guard=None, owner=None
):
    """Put a value in the place of an attribute.

    ``target`` is a module, a class, an instance, or the name of a module, which is imported; with
    a ``?`` at the end, the value is put when, and only if, that module is imported. ``name`` is the
    dotted path from there. Both may be one string, "package.module:Class.name", before the value.
    MISSING as the value takes the attribute away. ``create`` allows an attribute that is not there.

    A function given for a static or class method becomes one, for a property its getter; setter and
    deleter stay. What those who use the attribute could not use the same way is refused: a value
    that cannot be called, a plain function for a coroutine function, a signature that does not take
    the calls of the old one. With ``check`` false the value is put as it is. ``scope="context"``
    puts it in force for the current task or thread only, ``guard`` is a condition made by
    `only_if`, and ``owner`` a label for the list of patches.

    Returns the handle, a `Patch`. Raises UnfitReplacementError for a value that does not fit,
    PathResolutionError and TargetModuleNotFoundError for a target that is not there, and what
    setting the attribute raises; nothing is changed then.
    """
    return replacing(target, name, value, create, check, scope, guard, owner).apply()


def wrap(
    target,
    name,
    wrapper=IN_TARGET,
    *,
    enabled=None,
    scope=None,
    guard=None,
    references=None,
    owner=None,
):
    """Wrap a function by name, as `wrap_function_wrapper` does, and give back a handle.

    ``target`` and ``name`` are as for `replace`; the wrapper is called as
    ``wrapper(wrapped, instance, args, kwargs)``. ``enabled`` switches it: a truth value, or a
    callable asked at each call. ``references`` says what to do about others who hold the function
    already: "report" lists them as ``references`` of the handle, "rebind" gives them the wrapper
    too where they can be changed, "in-place" changes the function itself, as `hotwrap`. ``scope``,
    ``guard`` and ``owner`` are as for `replace`.

    Returns the handle, a `Patch`. Raises TypeError for an unfit wrapper, TargetModuleNotFoundError
    and PathResolutionError for a target that is not there; nothing is changed then.
    """
    return wrapping(target, name, wrapper, enabled, scope, guard, references, owner).apply()


def replacing(target, name, value, create, check, scope, guard, owner):
    """The handle of `replace`, not applied yet."""
    target, path, value = named("replace", target, name, value)
    check_scope(scope)
    if scope is None:
        patch = Value(target, path, value, create=create, check=check, owner=owner)
    else:
        from ._scopes import scoped_value

        patch = scoped_value(target, path, value, owner)
    patch.guard = guard
    return patch


def wrapping(target, name, wrapper, enabled, scope, guard, references, owner):
    """The handle of `wrap`, not applied yet."""
    target, path, wrapper = named("wrap", target, name, wrapper)
    check_scope(scope)
    if references not in _REFERENCES:
        known = ", ".join(map(repr, _REFERENCES))
        raise ValueError(f"references must be one of {known}: got {references!r}")
    if references is not None:
        from ._following import following

        patch = following(target, path, wrapper, enabled, scope, references, owner)
    elif scope is not None:
        from ._scopes import scoped_wrap

        patch = scoped_wrap(target, path, wrapper, enabled, owner)
    else:
        patch = Wrapped(target, path, wrapper, enabled, owner)
    patch.guard = guard
    return patch


def check_scope(scope):
    """Refuse a scope that there is none of."""
    if scope not in (None, "context"):
        raise ValueError(f"scope must be None or 'context': got {scope!r}")
