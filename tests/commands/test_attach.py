"""``python -m wraptrs attach``: on 3.14 and later another process is patched while it works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from types import SimpleNamespace

import pytest

from support.attached import PATCH, PLAIN

REMOTE = hasattr(sys, "remote_exec")
needs_remote = pytest.mark.skipif(not REMOTE, reason="attaching needs sys.remote_exec of 3.14")

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="no signals to stand in for sys.remote_exec"),
]


class TestCommandLine:
    @pytest.fixture
    def attach(self, project, places):
        def attach(*words, check=False):
            return project.wraptrs("attach", *map(str, words), check=check)

        return attach

    @pytest.mark.skipif(REMOTE, reason="this Python can attach")
    @pytest.mark.parametrize(
        "words", [["1", "mine.py"], ["--revert", "mine", "1"], ["1", "--list"]]
    )
    def test_before_3_14_it_says_why_it_cannot(self, project, attach, words):
        project.write(mine="")
        result = attach(*words)
        assert result.returncode == 2 and result.stdout == ""
        assert "from CPython 3.14 on" in result.stderr and "python -m wraptrs run" in result.stderr

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ([], "a process number and a patch file must be given"),
            (["12"], "a process number and a patch file must be given"),
            (["--list"], "a process number must be given"),
            (["a", "b"], "a process number and a patch file"),
            (["--list", "--revert", "1"], "not allowed with"),
            (["1", "absent.py"], "cannot read the patch file: [Errno 2]"),
            (["1", "latin.py"], "cannot read the patch file"),
            (["1", "latin.py", "--timeout", "0"], "the timeout must be more than 0 seconds"),
            (["1", "latin.py", "--timeout", "nan"], "the timeout must be more than 0 seconds"),
        ],
    )
    def test_wrong_use(self, project, attach, words, message):
        project.folder.joinpath("latin.py").write_bytes(b"x = '\xff'\n")
        result = attach(*words)
        assert result.returncode == 2 and message in result.stderr

    def test_help(self, attach):
        text = attach("--help").stdout
        assert "attach [options] PID FILE" in text and "exit status" in text

    @pytest.fixture
    def through_signal(self, start, monkeypatch):
        """The command in this process, over what stands in for `sys.remote_exec`."""
        from wraptrs.__main__ import main

        target = start()
        # Also where there is the real one: the process waits for a line, and would not look.
        monkeypatch.setattr(sys, "remote_exec", target.send, raising=False)
        monkeypatch.setattr(sys, "is_remote_debug_enabled", lambda: True, raising=False)
        return SimpleNamespace(
            target=target, main=lambda *words: main(["attach", *map(str, words)])
        )

    def test_applied_listed_and_taken_back(self, project, through_signal, capsys):
        main, pid = through_signal.main, through_signal.target.pid
        project.write(mine=PATCH)
        file = project.folder / "mine.py"
        assert main(pid, file) == 0
        out = capsys.readouterr().out.splitlines()
        assert out[0] == f"mine applied 3 patches and 1 import hook in {pid}"
        assert [line.split()[0] for line in out[1:]] == ["state", "active", "active", "pending"]
        assert main("--list", pid) == 0
        out = capsys.readouterr().out
        assert "Thing.method" in out and max(map(len, out.splitlines())) <= 80
        assert main(pid, "--list", "--json") == 0
        assert len(json.loads(capsys.readouterr().out)["patches"]) == 3
        assert main("--revert", "mine", pid) == 0
        assert capsys.readouterr().out == (
            f"3 patches and 1 import hook of mine taken back in process {pid}\n"
        )
        assert through_signal.target.behaviour() == PLAIN
        assert main(pid, file) == 0 and main(pid, file, "--revert") == 0
        assert main("--revert", "mine", pid) == 1
        assert f"process {pid} has no patches of mine" in capsys.readouterr().err

    def test_errors_of_the_file(self, project, through_signal, capsys):
        project.write(mine="def f():\n    raise LookupError('lost')\nf()")
        file = project.folder / "mine.py"
        assert through_signal.main(through_signal.target.pid, file) == 1
        error = capsys.readouterr().err
        assert error.startswith("Traceback") and f'File "{file}", line 2, in f' in error
        assert "LookupError: lost" in error and "what it applied is taken back" in error
        assert through_signal.main(through_signal.target.pid, file, "--json") == 1
        assert json.loads(capsys.readouterr().out)["error"] == "LookupError: lost"

    @needs_remote
    def test_no_such_process(self, attach):
        process = subprocess.Popen([sys.executable, "-c", ""])
        process.wait()
        result = attach(process.pid, "--list")
        assert result.returncode == 3 and f"there is no process {process.pid}" in result.stderr
        for number in (0, 1 << 31, 10**30):
            result = attach(number, "--list")
            assert result.returncode == 3
            assert result.stderr == f"wraptrs: there is no process {number}\n"

    @needs_remote
    def test_a_process_that_forbids_it(self, attach, start):
        target = start(variables={"PYTHON_DISABLE_REMOTE_DEBUG": "1"})
        result = attach(target.pid, "--list")
        assert result.returncode == 3 and "cannot be attached to" in result.stderr
        assert result.stderr.count("\n") == 1

    @needs_remote
    def test_a_caller_that_is_forbidden_to(self, attach, monkeypatch):
        monkeypatch.setenv("PYTHON_DISABLE_REMOTE_DEBUG", "1")
        result = attach(os.getpid(), "--list")
        assert result.returncode == 2
        assert result.stderr.startswith("wraptrs: this Python cannot attach: it was started with")
        assert result.stderr.count("\n") == 1

    @needs_remote
    def test_a_process_in_one_long_call(self, project, attach, start):
        """What comes too late does nothing, and says nothing in the process either."""
        project.write(busy=BUSY)
        target = start(program="busy.py")
        result = attach(target.pid, "--list", "--timeout", "0.5")
        assert result.returncode == 3 and result.stderr.count("\n") == 1
        assert f"process {target.pid} did not get to it in 0.5 seconds" in result.stderr
        target.process.stdin.close()
        assert target.process.wait(60) == 0
        assert (project.folder / "errors").read_text() == ""


BUSY = """
    import os, sys
    os.dup2(os.open("errors", os.O_CREAT | os.O_WRONLY), 2)
    print("ready", flush=True)
    os.read(0, 1)  # as one long call: the interpreter does not look meanwhile
    for _ in range(100_000):
        pass
"""
SERVER = """
    import http.server, threading
    import wraptrs

    def text():
        return b"plain"

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = text()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    open("port", "w").write(str(server.server_port))
    print("ready", flush=True)
    server.serve_forever(poll_interval=0.05)
"""
SERVER_PATCH = """
    import __main__, wraptrs
    wraptrs.hotpatch(lambda: b"patched", __main__.text)
"""


@needs_remote
def test_a_server_loses_no_request(start, project):
    """It answers in a loop while it is patched and unpatched, again and again."""
    project.write(server=SERVER, change=SERVER_PATCH)
    target = start(program="server.py")
    url = f"http://127.0.0.1:{project.folder.joinpath('port').read_text()}/"
    answers, failures, stop = [], [], threading.Event()

    def client():
        while not stop.is_set():
            try:
                with urllib.request.urlopen(url, timeout=30) as response:
                    answers.append(response.read())
            except Exception as error:
                failures.append(error)

    clients = [threading.Thread(target=client) for _ in range(3)]
    for thread in clients:
        thread.start()
    file = str(project.folder / "change.py")
    try:
        for _ in range(5):
            for words in ([file], ["--revert", "change"]):
                done = project.wraptrs("attach", str(target.pid), *words, "--timeout", "60")
                seen = len(answers)
                while len(answers) < seen + 10:
                    assert not failures and target.process.poll() is None, done
                    time.sleep(0.01)
                assert set(answers[-3:]) == {b"plain" if "--revert" in words else b"patched"}
    finally:
        stop.set()
        for thread in clients:
            thread.join(60)
    assert not failures
    assert set(answers) == {b"plain", b"patched"} and len(answers) >= 100


@needs_remote
def test_two_calls_before_the_process_looks(start, project, places):
    """Its main thread is in a call that takes a while; both are done when that ends."""
    target = start()
    target.process.stdin.write("time.sleep(2)\n")
    target.process.stdin.flush()
    time.sleep(0.3)
    answers = []

    def call(owner, name):
        source = f"import wraptrs; wraptrs.replace('served:{name}', lambda: {owner!r})"
        answers.append(target.apply(source, owner, timeout=30, send=sys.remote_exec))

    pairs = (("a", "answer"), ("b", "other"))
    threads = [threading.Thread(target=call, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [len(answer["patches"]) for answer in answers] == [1, 1]
    assert eval(target.process.stdout.readline()) is None
    assert target.eval("served.answer(), served.other()") == ("a", "b")
