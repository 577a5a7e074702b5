"""Classes with synchronized methods, and what it takes to get into their way."""

from __future__ import annotations

import asyncio
import threading

from support.lib import package as wraptrs


class Account:
    def __init__(self):
        self.total = 0

    @wraptrs.synchronized
    def add(self, amount):
        self.total += amount
        return self.total

    @wraptrs.synchronized
    async def add_later(self, amount):
        await asyncio.sleep(0)
        self.total += amount
        return self.total


class Slotted:
    __slots__ = ("busy", "most")

    def __init__(self):
        self.busy = self.most = 0

    def _enter(self):
        self.busy += 1
        self.most = max(self.most, self.busy)

    @wraptrs.synchronized
    def work(self):
        self._enter()
        threading.Event().wait(0.01)
        self.busy -= 1

    @wraptrs.synchronized
    async def work_later(self):
        self._enter()
        await asyncio.sleep(0.01)
        self.busy -= 1

    @wraptrs.synchronized
    def nested(self, depth):
        return depth if depth == 0 else self.nested(depth - 1)


def in_threads(function, count=6):
    """Call the function in several threads at once; an error in one is an error here."""
    errors = []

    def call():
        try:
            function()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=call, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    if errors:
        raise errors[0]
    assert not any(thread.is_alive() for thread in threads)


async def gather(call, count=5):
    await asyncio.gather(*(call() for _ in range(count)))
