"""Many threads at once: every call is counted, however the threads come and go."""

from __future__ import annotations

import contextlib
import sys
import threading

import pytest

from wraptrs.instruments import TraceRing, count, time, trace

THREADS, CALLS = 8, 2_000


@pytest.fixture(autouse=True)
def eager_switching():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(work):
    barrier = threading.Barrier(THREADS)
    failures = []

    def run(number):
        barrier.wait()
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


@pytest.mark.parametrize("measure", [count, time])
@pytest.mark.parametrize("in_place", [False, True])
def test_sums_are_exact(place, measure, in_place):
    def sometimes(number):
        if number % 4 == 0:
            raise LookupError
        return number

    place.sometimes = sometimes
    target = (place.sometimes,) if in_place else (place, "sometimes")
    handle = measure(*target, in_place=in_place)

    def work(_):
        for number in range(CALLS):
            with contextlib.suppress(LookupError):
                place.sometimes(number)

    in_threads(work)
    total = THREADS * CALLS
    assert (handle.calls, handle.errors, handle.in_flight) == (total, total // 4, 0)
    if measure is time:
        assert sum(number for _, _, number in handle.histogram()) == total


def test_threads_that_have_ended_are_not_forgotten(place):
    handle = count(place, "add")
    for rounds in range(1, 6):
        in_threads(lambda _: [place.add(1) for _ in range(100)])
        assert handle.calls == rounds * THREADS * 100


def test_generators_may_change_threads(place):
    def items():
        yield from range(THREADS)

    place.items = items
    handle = time(place, "items")
    generators = [place.items() for _ in range(50)]
    for _ in range(THREADS):
        worker = threading.Thread(target=lambda: [next(generator) for generator in generators])
        worker.start()
        worker.join()
    assert handle.in_flight == 50
    assert [list(generator) for generator in generators] == [[]] * 50
    assert (handle.calls, handle.errors, handle.in_flight) == (50, 0, 0)


def test_reading_switching_and_resetting_meanwhile_is_safe(place):
    handle = time(place, "add")

    def work(number):
        for turn in range(300):
            if number == 0:
                handle.reset() if turn % 3 else handle.disable()
                handle.enable()
            elif number == 1:
                stats = handle.stats()
                assert stats.calls >= 0
                assert stats.in_flight <= THREADS
                handle.quantile(0.5)
            else:
                assert place.add(turn) == turn + 1

    in_threads(work)
    assert handle.in_flight == 0
    handle.reset()
    place.add(1)
    assert handle.calls == 1


def test_attaching_and_taking_off_meanwhile_is_safe(place):
    original = place.add

    def work(number):
        for turn in range(100):
            if number < 3:
                handle = count(place, "add")
                assert place.add(turn) == turn + 1
                handle.revert()
            else:
                assert place.add(turn) == turn + 1

    in_threads(work)
    assert place.add is original


def test_a_trace_of_many_threads_is_whole(place):
    ring = TraceRing(10 * THREADS * 200)
    with trace(place, ring, name="add"):
        in_threads(lambda _: [place.add(1) for _ in range(200)])
    events = ring.take()
    assert len(events) == 2 * THREADS * 200
    assert len({event.id for event in events}) == THREADS * 200
    assert {event.depth for event in events} == {0}
