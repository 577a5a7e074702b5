"""The operations of instruments that the scripts repeat, apart from attaching them."""

from __future__ import annotations

from wraptrs import _native

NAMED = ("place:f", ("a", "password"), False, ("password",), 40, True)


def target(a, password=None, *rest, **more):
    return a


def items(number):
    received = yield number
    yield received
    return [number]


async def answer(value):
    return value


class Bad:
    def __repr__(self):
        raise LookupError


counted = _native._instrumented(target, _native._Meter(False, False))
timed = _native._instrumented(target, _native._Meter(True, False))
traced = _native._instrumented(target, _native._Meter(True, False, _native._TraceSink(4), NAMED))
told = _native._instrumented(target, _native._Meter(True, False, tuple, NAMED))
stepped = _native._instrumented(items, _native._Meter(True, True))
awaited = _native._instrumented(answer, _native._Meter(True, True))
METER = timed._self_wrapper


class Holder:
    method = _native._instrumented(target, _native._Meter(True, False))
    kind = _native._instrumented(classmethod(target), _native._Meter(True, False))
    free = _native._instrumented(staticmethod(target), _native._Meter(True, False))


def calls():
    for function in (counted, timed, traced, told):
        function([1, "a"], {1: 2}, Bad(), key=b"x")


def binds():
    holder = Holder()
    holder.method(1)
    Holder.method(holder, 1)
    Holder.kind(1)
    holder.kind(1)
    Holder.free(1)


def steps():
    list(stepped(1))
    generator = stepped([1])
    next(generator)
    generator.send((1, 2))
    generator.close()
    next(stepped(1))
    coroutine = awaited([1])
    try:
        coroutine.send(None)
    except StopIteration as stop:
        assert stop.value == [1]
    awaited(1).close()


def reading():
    METER.read()
    METER.quantiles(0.1, 0.5)
    METER.buckets()
    METER.clear()


def making():
    meter = _native._Meter(True, True, _native._TraceSink(2), NAMED)
    layer = _native._instrumented(items, meter)
    list(layer(layer))


OPERATIONS = {
    f"measured {operation.__name__}": operation
    for operation in (calls, binds, steps, reading, making)
}
WITNESSES = [target, items, answer, Bad, METER, Holder, counted, traced]
