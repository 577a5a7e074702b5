"""A process to attach to, and what stands in for `sys.remote_exec`: a signal, whose handler does
what the interpreter does. It runs one script, the last that was sent, in the main thread.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

TARGET = """
    import os, signal, sys, threading, time
    slot = os.environ["SLOT"]

    def run_slot(*args):
        # As the interpreter does it: one slot, looked at between two instructions.
        with open(slot) as file:
            script = file.read()
        try:
            with open(script) as file:
                exec(compile(file.read(), script, "exec"), sys.modules["__main__"].__dict__)
        except BaseException as error:
            # Not raised into what it interrupts, and not through a stream that may be in use.
            os.write(2, repr(error).encode())

    signal.signal(signal.SIGUSR1, run_slot)

    import served
    from served import answer as held
    print("ready", flush=True)
    for line in sys.stdin:
        print(repr(eval(line)), flush=True)
"""
SERVED = """
    def answer():
        return "plain"

    def other():
        return "plain"

    class Thing:
        def method(self):
            return "plain"
"""
PATCH = """
    import wraptrs

    def shout(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs).upper()

    wraptrs.hotwrap("served:answer", shout)
    wraptrs.wrap_function_wrapper("served", "Thing.method", shout)
    wraptrs.replace("later?:thing", None)
    wraptrs.register_post_import_hook(lambda module: None, "csv")
"""


class Target:
    """A process to attach to."""

    def __init__(self, project, path=None, variables=(), program="target.py"):
        self.project = project
        self.slot = str(project.folder / "slot")
        path = project.path() if path is None else path
        self.process = subprocess.Popen(
            [sys.executable, program],
            cwd=project.folder,
            env={
                **os.environ, "PYTHONPATH": os.pathsep.join([str(project.folder), *path]),
                "SLOT": self.slot, **dict(variables),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self.pid = self.process.pid
        assert self.process.stdout.readline() == "ready\n"

    def eval(self, code):
        self.process.stdin.write(f"{code}\n")
        self.process.stdin.flush()
        return eval(self.process.stdout.readline())

    def behaviour(self):
        return self.eval("(served.answer(), held(), served.Thing().method(), served.other())")

    def send(self, pid, script):
        """What stands in for `sys.remote_exec`."""
        new = f"{self.slot}.{threading.get_ident()}"
        with open(new, "w") as file:
            file.write(script)
        os.replace(new, self.slot)
        os.kill(pid, signal.SIGUSR1)

    def ask(self, action, timeout=10, send=None, **request):
        from wraptrs._attaching import ask

        return ask(self.pid, {"action": action, **request}, timeout, send or self.send)

    def apply(self, source, owner="patch", **more):
        file = str(self.project.folder / f"{owner}.py")
        return self.ask("apply", owner=owner, file=file, source=textwrap.dedent(source), **more)

    def revert(self, owner="patch", force=False):
        return self.ask("revert", owner=owner, force=force)

    def names(self):
        return [patch["name"] for patch in self.ask("list")["patches"]]

    def end(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def places(project, monkeypatch, tmp_path):
    """The folder for temporary files, so that what stays there is seen."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", None)
    return place


@pytest.fixture
def start(project, places):
    project.write(target=TARGET, served=SERVED)
    started = []

    def begin(**options):
        started.append(Target(project, **options))
        return started[-1]

    yield begin
    for target in started:
        target.end()


@pytest.fixture
def target(start):
    return start()


PLAIN = ("plain",) * 4
PATCHED = ("PLAIN", "PLAIN", "PLAIN", "plain")
