"""Putting a layer on an attribute and taking it off again, so that no other layer gets lost.

The common case, a function in a module or an ordinary class, is native and cannot be interrupted.
For the rest, and for all of it without the GIL, one thread at a time has its turn at the owner of
an attribute, between reading what stands there and replacing it; the last step is native too and
happens only if what was read still stands there. Targets are resolved, and modules imported,
before. What may run meanwhile is the owner's own ``__setattr__`` or ``__getattr__``; see `_turns`.
"""

from types import ModuleType

from ._chain import wrapper_chain
from ._descriptors import RebuiltDescriptor, layer_for
from ._missing import MISSING
from ._native import (
    BaseObjectProxy,
    PathResolutionError,
    WrapperNotFoundError,
    WrapperNotOutermostError,
    _created_slot,
    _install_layer,
    _registry_discard,
    _relink,
    _remove_layer,
    _swap_attribute,
    _wrap_layer,
    resolve_owner,
    resolve_path,
)
from ._patch import PatchConflictError
from ._places import Record, forget, inherited, links, own, records_at, swap
from ._turns import turn_at
from ._wrapper import describe, ready_wrapper

_RELINKABLE = (BaseObjectProxy, RebuiltDescriptor, Record)
_PLAIN_HOLDERS = (ModuleType, type)

_splices = object()  # another one whenever a link between two layers was changed


def install(target, name, wrapper, enabled=None):
    """Wrap the attribute ``name`` of ``target`` with ``wrapper``, at once.

    Returns the new layer, the handle for `unwrap_object`. Raises TypeError for an unfit wrapper,
    and what `resolve_path` raises for a target that is not there; nothing is changed then.
    """
    layer = _install_layer(target, name, wrapper, enabled)
    if layer is not None:
        return layer
    wrapper, enabled = ready_wrapper(wrapper, enabled, target, name)
    if type(target) not in _PLAIN_HOLDERS or name not in target.__dict__:
        target, name, _ = resolve_path(target, name)
    with turn_at(target):
        return _wrap_layer(target, name, layer_for, (wrapper, enabled, target, name))


def unwrap_object(target, name, handle, *, missing_ok=False):
    """Take one layer off an attribute, wherever in the chain of layers it stands.

    ``target`` and ``name`` are as for `resolve_path`; ``handle`` is the layer, as the wrap
    functions returned it, found by identity. The outermost layer is replaced by what it wraps, in
    the object whose ``__dict__`` holds it, or deleted if there was nothing of the attribute's own
    before. A layer below another is taken out of the chain, and the attribute is left alone.

    Returns the handle; with ``missing_ok``, None if the layer is not there.

    Raises WrapperNotFoundError if the layer is not there, WrapperNotOutermostError if it lies
    under something that cannot be linked anew (a ``functools.wraps`` closure) or in a value that
    ``__getattr__`` serves, and WrapperChainTooDeepError as `wrapper_chain` does. Nothing is
    changed then.

    Behaviour: wrapt's function of that name; safe beside other threads that wrap and unwrap.
    """
    if _remove_layer(target, name, handle) is not None:
        return handle
    if handle is None:
        raise TypeError(
            f"no handle given for {describe(target, name)}; a deferred wrap returns none, look for "
            f"its layer with find_wrapper()"
        )
    if isinstance(target, str):
        target = target.rstrip("?")
    while True:
        splices = _splices
        place = _locate(target, name, handle)
        if place is not None:
            if _take_off(handle, splices, *place):
                _registry_discard(handle)
                return handle
        elif missing_ok:
            return None
        else:
            raise WrapperNotFoundError(
                f"this handle wraps nothing at {describe(target, name)}: it was removed already, "
                f"or the attribute was replaced"
            )


def _locate(target, name, handle):
    """Where the layer stands: (owner, attribute, outermost, those above it, wrapped)."""
    if type(target) in _PLAIN_HOLDERS and name in target.__dict__:
        owner, attribute = target, name
    else:
        try:
            owner, attribute, _ = resolve_owner(target, name)
        except PathResolutionError as error:
            _refuse_dynamic(target, name, handle, error)
            return None
    outermost = owner.__dict__[attribute]  # raw: through an instance it would come bound
    above = []
    if outermost is not handle:
        recorded = records_at(owner, attribute)
        for layer in links(owner, attribute, outermost) if recorded else wrapper_chain(outermost):
            if layer is handle:
                break
            above.append(layer)
        else:
            return None
    try:
        wrapped = handle.__wrapped__
    except AttributeError:
        return None  # the innermost object, which is no layer
    if above and not issubclass(type(above[-1]), _RELINKABLE):
        types = ", ".join(type(layer).__name__ for layer in above)
        raise WrapperNotOutermostError(
            f"cannot unwrap {describe(target, name)}: the layer lies under objects of type "
            f"{types}, the last of which cannot be linked past it; remove those first"
        )
    return owner, attribute, outermost, above, wrapped


def _refuse_dynamic(target, name, handle, error):
    """Say so if the layer is there, but in a value that no ``__dict__`` holds."""
    try:
        value = resolve_path(target, name)[2]
    except PathResolutionError:
        return
    if any(layer is handle for layer in wrapper_chain(value)):
        raise WrapperNotOutermostError(
            f"cannot unwrap {describe(target, name)}: the value is served dynamically, so there "
            f"is no place to put back what the layer wraps"
        ) from error


def _take_off(handle, splices, owner, attribute, outermost, layers, wrapped):
    """Do it if all is still as it was located; tell whether it was."""
    global _splices
    above = layers[-1] if layers else None
    with turn_at(owner):
        if splices is not _splices:
            return False
        if isinstance(above, Record):
            made = wrapped is MISSING or _made_slot(handle, owner, attribute, wrapped)
            above.beneath = MISSING if made else wrapped
            _splices = object()
            return True
        if above is not None:
            relinked = _relink(owner, attribute, outermost, above, handle, wrapped, False)
            if relinked:
                _splices = object()
                _rebuild(layers)
            return relinked
        if wrapped is MISSING or _made_slot(handle, owner, attribute, wrapped):
            return _swap_attribute(owner, attribute, outermost)
        return _swap_attribute(owner, attribute, outermost, wrapped)


def _made_slot(handle, owner, attribute, wrapped):
    """Whether the layer put an entry into the owner's ``__dict__`` that was not there before."""
    note = _created_slot(handle)
    if note is not None:
        return note
    if not isinstance(owner, type):
        return False
    inherited = (vars(cls)[attribute] for cls in owner.__mro__[1:] if attribute in vars(cls))
    return next(inherited, MISSING) is wrapped


def take_out(owner, attribute, subject, force=False):
    """Take a layer or the record of a value out, wherever it lies among those at an attribute.

    With ``force``, what lies beneath it is put there whatever stands there now. Raises
    PatchConflictError where somebody else's change hides it; nothing is changed then.
    """
    global _splices
    with turn_at(owner):
        while not _take_out(owner, attribute, subject, force):
            pass  # a layer was put on or taken off natively, which takes no turn
        _splices = object()
        _registry_discard(subject)
        if isinstance(subject, Record):
            forget(subject, owner, attribute)


def _take_out(owner, attribute, subject, force):
    """Do it if what stands at the attribute still stands there at the end; tell whether."""
    outermost, layers, beneath = own(owner, attribute), [], _beneath(subject, owner, attribute)
    for thing in links(owner, attribute, outermost):
        if thing is subject:
            break
        layers.append(thing)
    else:
        if not force:
            raise _conflict(owner, attribute)
        layers = []
    if not layers:
        return swap(owner, attribute, outermost, beneath)
    above = layers[-1]
    if isinstance(above, Record):
        above.beneath = beneath
        return True
    created = beneath is MISSING
    if created:
        beneath = _base_of(above, owner, attribute)
    if not _relink(owner, attribute, outermost, above, subject, beneath, created):
        return False
    _rebuild(layers)
    return True


def _beneath(subject, owner, attribute):
    """What a layer or a record hides: a raw value, MISSING for none of the owner's own."""
    if isinstance(subject, Record):
        return subject.beneath
    wrapped = subject.__wrapped__
    if wrapped is MISSING or _made_slot(subject, owner, attribute, wrapped):
        return MISSING
    return wrapped


def _rebuild(layers):
    """Have the layers that are built of what they wrap follow when the innermost was relinked."""
    for layer in reversed(layers[:-1]):
        if isinstance(layer, RebuiltDescriptor):
            layer.__wrapped__ = layer.__wrapped__


def rebuild(owner, attribute, layer):
    """Have a layer that changed, and those above it, take what they wrap anew."""
    with turn_at(owner):
        layers = []
        for thing in links(owner, attribute, own(owner, attribute)):
            layers.append(thing)
            if thing is layer:
                break
        else:
            layers = [layer]  # somebody else hides it
        _rebuild([*layers, None])


def _base_of(above, owner, attribute):
    """What a layer is to wrap where the owner has nothing of its own."""
    found = inherited(owner, attribute)
    if found is MISSING:
        raise PatchConflictError(
            f"cannot take out what {describe(owner, attribute)} was made of: a layer above it "
            f"would wrap nothing; take that one off first"
        )
    return found


def _conflict(owner, attribute):
    standing = own(owner, attribute)
    there = "nothing" if standing is MISSING else f"{standing!r}"
    return PatchConflictError(
        f"{describe(owner, attribute)} was changed by somebody else since it was patched: {there} "
        f"stands there; take that change back first, or revert with leave=True or force=True"
    )
