"""A real session of ftplib over a module put under it: a wrapped socket, eventlet's, gevent's."""

from __future__ import annotations

import importlib.util
import socket
import sys
import threading
import time
import types
from pathlib import Path

import pytest

import wraptrs
from support.child import run_child
from support.modules import Snapshot

LISTING = "first.txt\r\nsecond.txt\r\n"


class Server:
    """As much of an FTP server as one session needs; it runs in a thread of its own."""

    def __init__(self, delay=0):
        self.delay = delay
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.commands = []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        connection, _ = self.listener.accept()
        with connection, connection.makefile("r", encoding="ascii") as lines:
            say = lambda text: connection.sendall(text.encode() + b"\r\n")  # noqa: E731 - short
            say("220 ready")
            for line in lines:
                command = line.split()[0].upper()
                self.commands.append(command)
                if command == "QUIT":
                    say("221 bye")
                    return
                time.sleep(self.delay)
                self.answer(command, say)

    def answer(self, command, say):
        if command in ("PASV", "EPSV"):
            self.data = socket.create_server(("127.0.0.1", 0))
            port = self.data.getsockname()[1]
            place = f"127,0,0,1,{port >> 8},{port & 255}"
            say(f"227 ({place})" if command == "PASV" else f"229 (|||{port}|)")
        elif command == "NLST":
            say("150 here it comes")
            with self.data, self.data.accept()[0] as connection:
                connection.sendall(LISTING.encode())
            say("226 done")
        else:
            say({"USER": "331 password", "PASS": "230 in"}.get(command, "200 fine"))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.thread.join(10)
        self.listener.close()


def session(names, address):
    """List a folder with the names of an ftplib, as code that owns them would."""
    ftp = names["FTP"]()
    ftp.connect(*address, timeout=10)
    ftp.login("user", "secret")
    found = ftp.nlst()
    ftp.quit()
    return found


@pytest.fixture
def fake_socket():
    """A socket module whose sockets count what they send."""
    module = types.ModuleType("socket")
    module.__dict__.update(vars(socket))
    module.sent = []

    class Socket(socket.socket):
        def sendall(self, data, *flags):
            module.sent.append(data)
            return super().sendall(data, *flags)

    def create_connection(address, timeout=None, source_address=None):
        made = Socket(socket.AF_INET, socket.SOCK_STREAM)
        made.settimeout(timeout)
        made.connect(address)
        return made

    module.socket, module.create_connection = Socket, create_connection
    return module


def test_a_session_through_a_fake_socket(fake_socket):
    import ftplib

    with Server() as server:
        assert session(vars(ftplib), server.address) == ["first.txt", "second.txt"]
    before = Snapshot()
    names = {"__name__": "mine"}
    copy = wraptrs.inject("ftplib", names, ("socket", fake_socket))
    with Server() as server:
        assert session(names, server.address) == ["first.txt", "second.txt"]
    assert b"USER user\r\n" in fake_socket.sent
    assert server.commands[0] == "USER"

    fake_socket.sent.clear()
    assert ftplib.socket is socket
    assert sys.modules["ftplib"] is ftplib is not copy
    with Server() as server:
        assert session(vars(ftplib), server.address) == ["first.txt", "second.txt"]
    assert fake_socket.sent == []

    wraptrs.patch_of(copy).revert()
    assert names == {"__name__": "mine"}
    assert before.difference() == []


# Run in a process of its own: a hub is for the whole process, and so are the modules it makes.
GREEN = """
    import sys
    import {library}
    import ftplib, socket
    import wraptrs
    sys.path.insert(0, {tests!r})
    from inject.test_ftp import Server, session
    names = {{}}
    before = dict(sys.modules)
    copy = {call}
    assert copy is not ftplib and copy.socket is not socket
    assert ftplib.socket is socket
    for name, module in before.items():
        assert sys.modules[name] is module, name
    ticks = []
    def tick():
        while True:
            ticks.append(1)
            {library}.sleep(0.001)
    {library}.spawn(tick)
    with Server(delay=0.02) as server:
        found = session(names, server.address)
    assert found == ["first.txt", "second.txt"], found
    # The other green thread ran while the session waited for the server.
    assert len(ticks) > 3, ticks
    del ticks[:]
    with Server(delay=0.02) as server:
        assert session(vars(ftplib), server.address) == found
    assert ticks == []
    print(copy.socket.__name__)
"""


def run_green(library, call):
    tests = str(Path(__file__).parents[1])
    return run_child(code=GREEN.format(library=library, call=call, tests=tests)).stdout


class TestEventlet:
    library = "eventlet"

    @pytest.fixture(autouse=True)
    def installed(self):
        if importlib.util.find_spec(self.library) is None:
            pytest.skip(f"{self.library} is not installed; the session `greens` has it")

    def test_given_its_socket(self):
        green = "__import__('eventlet.green.socket').green.socket"
        run_green(self.library, f"wraptrs.inject('ftplib', names, ('socket', {green}))")

    def test_given_nothing(self):
        run_green(self.library, "wraptrs.inject('ftplib', names)")

    def test_the_same_as_its_own(self):
        theirs = run_green(self.library, "eventlet.patcher.inject('ftplib', names)")
        ours = run_green(self.library, "wraptrs.inject('ftplib', names)")
        assert ours == theirs == "eventlet.green.socket\n"


class TestGevent(TestEventlet):
    library = "gevent"
    test_given_its_socket = test_the_same_as_its_own = None

    def test_the_modules_above_threads(self):
        run_child(
            code="""
                import gevent, queue, threading
                import wraptrs
                green = wraptrs.import_patched("threading")
                waiting = wraptrs.import_patched("queue").Queue()
                assert green is not threading
                seen = []
                thread = green.Thread(target=lambda: seen.append(waiting.get()))
                thread.start()
                waiting.put("done")
                thread.join()
                assert seen == ["done"]
                assert threading.active_count() == 1
            """
        )
