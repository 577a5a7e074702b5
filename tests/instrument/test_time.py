"""Timing: sums, self time, extremes, quantiles; what holds whatever the clock says.

No test asserts how long something takes, only how the numbers stand to each other.
"""

from __future__ import annotations

import threading
import time as clock

import pytest

from wraptrs.instruments import Stats, time


def spin(nanoseconds):
    """Be busy for so long at least; gives how long that was for sure."""
    start = clock.perf_counter_ns()
    while clock.perf_counter_ns() - start < nanoseconds:
        pass
    return nanoseconds


def test_numbers_agree_with_each_other(place):
    place.spin = spin
    handle = time(place, "spin")
    asked = sum(place.spin(amount) for amount in (20_000, 50_000, 400_000, 100_000))
    stats = handle.stats()
    assert isinstance(stats, Stats)
    assert (stats.calls, stats.errors, stats.in_flight) == (4, 0, 0)
    assert stats.total >= asked
    assert stats.total == stats.active == stats.own
    assert 20_000 <= stats.least <= stats.p50 <= stats.p90 <= stats.p99 <= stats.most
    assert stats.most >= 400_000
    assert stats.least <= stats.mean <= stats.most
    assert stats.as_dict()["p99"] == stats.p99


def test_own_time_leaves_out_what_is_measured_inside(place):
    def outer():
        spin(300_000)
        place.inner()
        place.inner()

    def inner():
        spin(1_000_000)

    place.outer, place.inner = outer, inner
    with time(place, "outer") as out, time(place, "inner") as within:
        place.outer()
        a, b = out.stats(), within.stats()
    assert b.own == b.total >= 2_000_000
    assert a.total >= 2_300_000
    assert a.own == a.total - b.total
    assert a.own >= 300_000


def test_own_times_of_a_recursion_add_up_to_the_outermost(place):
    def down(depth):
        spin(50_000)
        return depth and place.down(depth - 1)

    place.down = down
    with time(place, "down") as handle:
        place.down(4)
        stats = handle.stats()
    assert stats.calls == 5
    assert stats.own == stats.most < stats.total


def test_an_exception_is_timed_too(place):
    def late():
        spin(100_000)
        raise LookupError

    place.late = late
    with time(place, "late") as handle, pytest.raises(LookupError):
        place.late()
    assert (handle.calls, handle.errors) == (1, 1)
    assert handle.stats().least >= 100_000


def test_quantiles_and_histogram_are_of_all_calls(place):
    handle = time(place, "add")
    for _ in range(1000):
        place.add(1)
    buckets = handle.histogram()
    assert sum(number for _, _, number in buckets) == 1000
    assert all(start < end for start, end, _ in buckets)
    assert [bucket[0] for bucket in buckets] == sorted(bucket[0] for bucket in buckets)
    low, middle, high = handle.quantile(0, 0.5, 1)
    stats = handle.stats()
    assert (low, high) == (
        pytest.approx(stats.least, rel=0.03),
        pytest.approx(stats.most, rel=0.03),
    )
    assert handle.quantile(0.5) == middle == stats.p50
    with pytest.raises(TypeError):
        handle.quantile("median")


def test_nothing_timed_has_no_times(place):
    handle = time(place, "add")
    stats = handle.stats()
    assert (stats.total, stats.own, stats.least, stats.p50, stats.mean) == (None,) * 5
    assert handle.quantile(0.5) is None
    assert handle.histogram() == []
    place.add(1)
    handle.reset()
    assert handle.stats() == stats
    assert handle.histogram() == []


def test_threads_keep_their_own_stacks(place):
    """A call in another thread, while this one is inside a measured call, is not inside of it."""

    def outer():
        worker = threading.Thread(target=place.inner)
        worker.start()
        worker.join()

    place.outer, place.inner = outer, lambda: spin(2_000_000)
    with time(place, "outer") as out, time(place, "inner") as within:
        place.outer()
        a, b = out.stats(), within.stats()
    assert a.total >= b.total >= 2_000_000
    assert a.own == a.total


def test_the_mean_is_of_what_was_timed(place):
    """Also where calls were in flight as all was forgotten, or were never begun."""

    def work(reset):
        if reset:
            handle.reset()
            spin(1_000_000)

    async def never():
        pass

    place.work, place.never = work, never
    handle, begun = time(place, "work"), time(place, "never")
    place.work(True)
    place.work(False)
    stats = handle.stats()
    assert stats.calls == 1
    assert stats.least <= stats.mean <= stats.most
    assert stats.mean == stats.total // 2
    with pytest.warns(RuntimeWarning, match="never awaited"):
        place.never()
    assert begun.stats().calls == 1
    assert begun.stats().mean is None
    with pytest.raises(StopIteration):
        place.never().send(None)
    stats = begun.stats()
    assert stats.calls == 2
    assert stats.mean == stats.total == stats.most
