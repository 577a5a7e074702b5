"""``python -m wraptrs attach``: on 3.14 and later another process is patched while it works.

Before that `sys.remote_exec` is stood in for by a signal, whose handler does what the interpreter
does: it runs one script, the last that was sent, in the main thread. So the queue, the answers and
what is done in the process are tested on every version.
"""

from __future__ import annotations

import json
import marshal
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from types import SimpleNamespace

import pytest

REMOTE = hasattr(sys, "remote_exec")
needs_remote = pytest.mark.skipif(not REMOTE, reason="attaching needs sys.remote_exec of 3.14")

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="no signals to stand in for sys.remote_exec"),
]

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
        import textwrap

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


class TestRequests:
    def test_applied_and_taken_back(self, target, places):
        assert target.behaviour() == PLAIN
        answer = target.apply(PATCH)
        assert [patch["state"] for patch in answer["patches"]] == ["active", "active", "pending"]
        # Of the functions of wrapt's interface the owner is the module, which the file became.
        owners = [patch["owner"] for patch in answer["patches"]]
        assert owners == ["patch", "attached_patch", "patch"]
        assert answer["hooks"] == 1
        assert target.behaviour() == PATCHED
        assert target.names() == ["answer", "Thing:method", "later?:thing"]
        assert target.revert() == {"reverted": 3, "hooks": 1}
        assert target.behaviour() == PLAIN
        assert target.ask("list")["patches"] == target.ask("list")["hooks"] == []
        assert target.eval("'attached_patch' in sys.modules") is False
        assert not list(places.iterdir())

    def test_its_main_is_left_alone(self, target):
        before = target.eval("sorted(globals())")
        target.apply(PATCH)
        assert target.eval("sorted(globals())") == before

    def test_several_runs_are_reverted_together(self, target):
        target.apply(PATCH)
        target.apply(PATCH)
        target.apply("import wraptrs; wraptrs.replace('served:other', lambda: 'new')", "another")
        assert target.behaviour() == (*PATCHED[:3], "new")
        assert target.revert()["reverted"] == 6
        assert target.behaviour() == (*PLAIN[:3], "new")
        assert target.revert("another")["reverted"] == 1
        assert target.revert("another")["reverted"] == 0

    def test_owners_that_the_file_names_are_its_own_too(self, target):
        change = "wraptrs.replace('served:other', lambda: 'new')"
        source = f"import wraptrs\nwith wraptrs.owned_by('else'):\n    {change}"
        assert target.apply(source)["patches"][0]["owner"] == "else"
        assert target.revert()["reverted"] == 1
        assert target.behaviour() == PLAIN

    def test_what_the_program_patched_stays(self, target):
        target.eval("__import__('wraptrs').replace('served:other', lambda: 'its') and 1")
        target.apply(PATCH)
        target.apply("raise ValueError", "bad")
        target.revert()
        assert target.behaviour() == (*PLAIN[:3], "its")

    def test_classes_that_look_for_their_module(self, target):
        source = """
            import dataclasses
            @dataclasses.dataclass
            class Point:
                x: "int"
            assert Point.__module__ == __name__ and __file__.endswith("patch.py")
        """
        assert target.apply(source) == {"patches": [], "hooks": 0}


class TestFailures:
    @pytest.mark.parametrize(
        ("end", "error"),
        [
            ("1 / 0", "ZeroDivisionError: division by zero"),
            ("import sys; sys.exit(3)", "SystemExit: 3"),
            ("raise KeyboardInterrupt", "KeyboardInterrupt: "),
            ("wraptrs.replace('served:absent', 1)", "served"),
        ],
    )
    def test_nothing_stays_of_a_file_that_fails(self, target, end, error):
        answer = target.apply(f"{PATCH}\n    def last():\n        {end}\n    last()")
        assert error in answer["error"] and answer["problems"] == []
        assert 'patch.py", line 13, in last' in answer["traceback"]
        assert "_attached" not in answer["traceback"]
        assert target.behaviour() == PLAIN
        found = target.ask("list")
        assert found["patches"] == found["hooks"] == []
        assert target.eval("'attached_patch' in sys.modules") is False

    def test_code_that_cannot_be_compiled(self, target):
        answer = target.apply("def f(:\n    pass")
        assert "SyntaxError" in answer["error"] and "def f(:" in answer["traceback"]

    def test_a_conflict_is_told_and_forced(self, target):
        target.apply("import wraptrs; wraptrs.replace('served:other', lambda: 'new')")
        target.eval("setattr(served, 'other', lambda: 'foreign')")
        answer = target.revert()
        assert "PatchConflictError" in answer["error"]
        assert target.eval("served.other()") == "foreign"
        assert target.revert(force=True)["reverted"] == 1
        assert target.behaviour() == PLAIN

    def test_no_wraptrs_there(self, start, tmp_path, places):
        """Nothing but a folder in which the import fails, before any other."""
        hidden = tmp_path / "hidden"
        hidden.joinpath("wraptrs").mkdir(parents=True)
        hidden.joinpath("wraptrs", "__init__.py").write_text("raise ImportError('none here')")
        target = start(path=[str(hidden)])
        from wraptrs._attaching import UnreachableError

        message = f"process {target.pid} cannot import wraptrs .*none here.*install"
        with pytest.raises(UnreachableError, match=message):
            target.ask("list")
        assert not list(places.iterdir())


class TestQueue:
    def test_two_requests_before_it_looks(self, target):
        """The first script is lost in the slot; the request is not."""
        begun, sent = threading.Event(), []

        def hold(pid, script):
            sent.append(script)
            if len(sent) == 2:
                begun.set()

        def both(pid, script):
            hold(pid, script)
            begun.wait(10)
            if script == sent[-1]:
                target.send(pid, script)

        answers = []

        def call(owner, name):
            source = f"import wraptrs; wraptrs.replace('served:{name}', lambda: {owner!r})"
            answers.append(target.apply(source, owner, send=both))

        threads = [
            threading.Thread(target=call, args=pair) for pair in (("a", "answer"), ("b", "other"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert [len(answer["patches"]) for answer in answers] == [1, 1]
        assert target.eval("served.answer(), served.other()") == ("a", "b")
        assert len(sent) == 2

    def test_many_callers(self, target, places):
        def call(number):
            source = "import wraptrs; wraptrs.wrap('served:other', lambda w, i, a, k: w() + '+')"
            answers.append(target.apply(source, f"owner{number}", timeout=60))

        answers = []
        threads = [threading.Thread(target=call, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(90)
        assert [len(answer.get("patches", ())) for answer in answers] == [1] * 12
        assert target.eval("served.other()") == "plain" + "+" * 12
        assert not list(places.iterdir())

    def test_a_script_that_got_lost_is_sent_again(self, target):
        sent = []

        def lossy(pid, script):
            sent.append(script)
            if len(sent) > 1:
                target.send(pid, script)

        assert target.ask("list", send=lossy)["pid"] == target.pid
        assert len(sent) == 2

    def test_no_answer_in_time_and_nothing_done_later(self, target, places):
        from wraptrs._attaching import UnreachableError

        scripts = []
        with pytest.raises(UnreachableError, match=r"did not get to it in 0\.3 seconds"):
            target.apply(PATCH, timeout=0.3, send=lambda pid, script: scripts.append(script))
        assert scripts and not list(places.iterdir())
        target.ask("list")
        assert target.behaviour() == PLAIN

    def test_a_file_that_takes_longer(self, target):
        from wraptrs._attaching import UnreachableError

        target.ask("list")  # it has imported what that takes
        source = "import time, wraptrs; time.sleep(1); wraptrs.replace('served:other', lambda: 1)"
        with pytest.raises(UnreachableError, match=r"did not finish in 0\.5 seconds, and goes on"):
            target.apply(source, timeout=0.5)
        assert target.eval("time.sleep(1) or served.other()") == 1

    def test_a_request_whose_caller_was_killed(self, target, places):
        from wraptrs import _attaching

        folder = _attaching._folder(target.pid)
        request = {"action": "apply", "owner": "old", "file": "old.py", "source": PATCH, "until": 0}
        _attaching._write(f"{folder}/0-1.request", marshal.dumps(request), target.pid)
        assert target.names() == []
        assert target.behaviour() == PLAIN

    def test_a_process_that_ended(self, target):
        from wraptrs._attaching import UnreachableError

        target.process.kill()
        target.process.wait()
        with pytest.raises(UnreachableError, match=f"there is no process {target.pid}"):
            target.ask("list")

    def test_the_folder_is_private(self, target, places):
        seen = []

        def look(pid, script):
            seen.extend(os.stat(path).st_mode & 0o777 for path in (os.path.dirname(script), script))
            target.send(pid, script)

        target.ask("list", send=look)
        assert seen[:2] == [0o700, 0o600]

    def test_a_folder_of_somebody_elses_making_is_not_used(self, target, places):
        from wraptrs import _attaching

        folder = _attaching._folder(target.pid)
        os.chmod(folder, 0o777)
        with pytest.raises(_attaching.UnreachableError, match="not only ours"):
            target.ask("list")


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
        assert "Thing:method" in out and max(map(len, out.splitlines())) <= 80
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

    @needs_remote
    def test_a_process_that_forbids_it(self, attach, start):
        target = start(variables={"PYTHON_DISABLE_REMOTE_DEBUG": "1"})
        result = attach(target.pid, "--list")
        assert result.returncode == 3 and "cannot be attached to" in result.stderr


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
