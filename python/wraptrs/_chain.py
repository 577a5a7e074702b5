"""Reading a chain of wrappers: each links to what it wraps by ``__wrapped__``, whoever made it."""

from ._native import WrapperChainTooDeepError


def wrapper_chain(obj, *, limit=64):
    """Walk from ``obj`` inwards, along ``__wrapped__``.

    Yields ``obj`` first and the innermost object last. The walk ends at an object without
    ``__wrapped__``, and before an object it has yielded already. An error other than
    AttributeError that reading ``__wrapped__`` raises (a lazy proxy's, say) is passed on.

    Raises WrapperChainTooDeepError when ``limit`` objects were yielded and there are more.

    Behaviour: wrapt's function of that name. The link is the convention of ``functools.wraps``,
    which all wrappers of this package follow.
    """
    # Compared by identity: proxies borrow equality and hash of what they wrap. Keeping the
    # objects, not only their ids, keeps a link made on the fly from being mistaken for another.
    seen = {}
    current = obj
    while id(current) not in seen:
        if len(seen) >= limit:
            raise WrapperChainTooDeepError(
                f"more than {limit} objects are linked by __wrapped__, starting at an object of "
                f"type {type(obj).__name__!r}; pass a higher limit if the chain is meant to be long"
            )
        seen[id(current)] = current
        yield current
        try:
            current = current.__wrapped__
        except AttributeError:
            return


def unwrapped(obj, *, limit=64):
    """Return the innermost object of the chain, ``obj`` itself when nothing is wrapped.

    Raises WrapperChainTooDeepError rather than return an object from the middle of a chain.

    Behaviour: wrapt's function of that name.
    """
    innermost = obj
    for layer in wrapper_chain(obj, limit=limit):
        innermost = layer
    return innermost


def find_wrapper(obj, handle=None, *, predicate=None, limit=64):
    """Return the first layer of the chain that is ``handle`` and satisfies ``predicate``.

    ``handle`` is compared by identity; it is what a wrap function returned. ``predicate`` is
    called with each layer in turn. Either may be left out, and the other decides alone. Returns
    None when no layer matches.

    Raises TypeError when both are left out, and WrapperChainTooDeepError as `wrapper_chain` does.

    Behaviour: wrapt's function of that name.
    """
    if handle is None and predicate is None:
        raise TypeError("nothing to look for: give find_wrapper() a handle, a predicate, or both")
    for layer in wrapper_chain(obj, limit=limit):
        if (handle is None or layer is handle) and (predicate is None or predicate(layer)):
            return layer
    return None


def is_wrapped_by(obj, handle=None, *, predicate=None, limit=64):
    """Tell whether `find_wrapper`, given the same arguments, finds a layer; errors as there.

    Behaviour: wrapt's function of that name.
    """
    return find_wrapper(obj, handle, predicate=predicate, limit=limit) is not None
