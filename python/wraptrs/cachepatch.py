"""Caching the results of a function that exists, as a patch: it is listed, and comes back."""

__all__ = ("cached",)


def cached(
    target,
    *,
    maxsize=128,
    typed=False,
    ttl=None,
    key=None,
    in_place=None,
    unwrap=True,
    owner=None,
):
    """Put a cache around a function that others use already.

    ``target`` is a Python function or what holds one, as for `hotpatch`: the function itself is
    changed, so everybody who holds it has the cache. Or it is a string
    "package.module:Class.method": the cache is put on that name, which costs a hit less; with a
    ``?`` after the module's name it waits until that is imported. ``in_place`` chooses between the
    two for a string.

    In place, calls that give the parameters the same values are the same call, whether by position,
    by keyword or by default; by name they are the same if they are written the same way, as with
    ``functools.lru_cache``. ``maxsize`` and ``typed`` are those of ``functools.lru_cache``. ``ttl``
    is the number of seconds that a result is kept for. ``key`` is called with the arguments of the
    call, without the instance, and returns what to look up instead of them: arguments that have no
    hash can be cached by it. In place it gets them as the parameters have bound them, by position
    where that is possible. ``unwrap`` and ``owner`` are as for `hotpatch`.

    Methods have a cache for each instance, and class methods for each class, which does not keep it
    alive (see `lru_cache`); of a property the getter is cached. Of a coroutine function the results
    are kept, and while a call is under way, others with the same key wait for it; if the task that
    makes the call is cancelled, one of those that wait makes it again. A call that raises is not
    kept: who waited for it gets the same exception.

    Returns the handle, a `Patch` with ``cache_info(instance=None)`` and
    ``cache_clear(instance=None)``, of all caches together or of one; what calls under way return is
    not kept after that, but by ``functools.lru_cache``. Raises TypeError for generator
    functions and unfit arguments, ValueError for a ``ttl`` that is not positive, UnpatchableError
    for a target without a Python function, and what resolving a string raises; nothing is changed
    then.

    Behaviour: the cache is ``functools.lru_cache`` where neither ``ttl`` nor ``key`` is given and
    the function is no coroutine function.
    """
    from ._cached import CachedByName, CachedInPlace, Plan

    plan = Plan(maxsize, typed, ttl, key)
    by_name = isinstance(target, str)
    if by_name if in_place is None else not in_place:
        if not by_name:
            raise TypeError(
                "cached(in_place=False) takes the name of the function, as "
                f"'package.module:Class.method': got {target!r}"
            )
        from ._patch import module_target

        module, waits, path = module_target(target)
        return CachedByName(module + "?" * waits, path, plan, owner).apply()
    return CachedInPlace(target, plan, unwrap, owner).apply()
