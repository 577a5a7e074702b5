"""Doing something in another thread, which this one waits for, and for a while only."""

from __future__ import annotations

import threading

OTHERS = 20.0  # seconds that other threads are given, far more than they need


def in_thread(function, *args):
    """What a function gives or raises in another thread, which is waited for."""
    outcome = []

    def run():
        try:
            outcome.append(function(*args))
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(OTHERS)
    assert outcome, "the other thread waits for this one"
    return outcome[0]
