"""Code that counts and times itself: no wrapper, no second frame, nothing of the function changed
but the code it runs.

It begins with ``~meter``, which notes that a call has begun and gives a ticket. That stays at the
bottom of the value stack until the function returns, and its death is the end of the call (see
`src/instrument/ticket.rs`). An exception that leaves the frame takes the ticket with it, so only
returns need an instruction.

Whether an interpreter runs such code is tried out, on a function made for that, before first use.
"""

import sys
from opcode import opmap

from ._assembly import Assembly, Instruction
from ._native import _Meter
from ._templates import ITERABLE_COROUTINE, KINDS

_NEWEST = (3, 15)  # of those whose instructions are known to be what this takes them for
_UNITS = 30_000  # of longer code what is gained per call is nothing, but rewriting it takes time
_works = None


def measured_code(code, meter):
    """The code with a meter in it that counts its calls; None where that cannot be done.

    That of coroutine and generator functions cannot: their calls last longer than the frame runs.
    """
    fit = not code.co_flags & (KINDS | ITERABLE_COROUTINE) and len(code.co_code) <= 2 * _UNITS
    return _measured(code, meter) if fit and (_works or works()) else None


def _measured(code, meter):
    try:
        parts = Assembly(code)
    except ValueError:
        return None
    found = parts.instructions
    entry = _entry(found)
    if entry is None:
        return None
    made = found[:entry]
    place = found[entry].place if _FIRST is None else (None,) * 4
    made.append(Instruction(opmap["LOAD_CONST"], len(code.co_consts), place))
    made.append(Instruction(opmap["UNARY_INVERT"], 0, place))
    for each in found[entry:]:
        made.append(each)
        if each.op in _RETURNS:
            made += _leaving(each)
    parts.instructions = made
    parts.handlers = [(*where, depth + 1, lasti) for *where, depth, lasti in parts.handlers]
    return parts.assembled(co_consts=(*code.co_consts, meter), co_stacksize=code.co_stacksize + 2)


# What a frame begins with before the function itself runs: its variables are set up.
_FIRST = opmap.get("RESUME")
_RETURNS = {opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opmap}
_SWAP = (opmap["SWAP"], 2) if "SWAP" in opmap else (opmap.get("ROT_TWO", 0), 0)


def _entry(found):
    """The index of the first instruction of the function itself; None where it cannot be told."""
    if _FIRST is None:
        return 0
    for index, each in enumerate(found[:-1]):
        if each.op == _FIRST:
            return index + 1
    return None


def _leaving(each):
    """Turn a return into the dropping of the ticket; gives the instructions that follow then.

    What jumps to the return thereby jumps to the dropping.
    """
    back = Instruction(each.op, each.arg, each.place, each.caches)
    drop = opmap["POP_TOP"]
    if back.op == opmap["RETURN_VALUE"]:
        each.op, each.arg = _SWAP
        each.caches = 0
        return [Instruction(drop, 0, each.place), back]
    each.op, each.arg, each.caches = drop, 0, 0
    return [back]


def works():
    """Whether code that measures itself was seen to do so here."""
    global _works
    if _works is None:
        _works = sys.version_info[:2] <= _NEWEST and _tried()
    return _works


def _tried():
    def sample(number, *more, key=None):
        found = []
        for item in more:
            if item is None:
                return None
            try:
                found.append(number // item)
            except ZeroDivisionError:
                found.append(key)
            finally:
                number += 1
        with memoryview(b""):
            while number < 0:
                number += 1
            return [number, [2 * item for item in found], lambda: found]

    plain, meter = sample.__code__, _Meter(False, False)
    code = _measured(plain, meter)
    if code is None:
        return False
    expected = [_answers(sample, *arguments) for arguments in _ARGUMENTS]
    sample.__code__ = code
    answers = [_answers(sample, *arguments) for arguments in _ARGUMENTS]
    raised = sum(answer[0] == "raised" for answer in answers)
    return answers == expected and meter.read()[:3] == [len(answers), raised, 0]


_ARGUMENTS = (1,), (1, None), (4, 2, 0, 1), (7, "x"), (-9, 1, 2), ("x", 3)


def _answers(sample, *arguments):
    try:
        made = sample(*arguments, key="none")
    except Exception as error:
        return "raised", type(error), error.__traceback__.tb_next.tb_lineno
    return "returned", made[:2] if made else made, made and made[2]()
