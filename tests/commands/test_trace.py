"""``python -m wraptrs trace``: the tree of calls while a program runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from unicodedata import combining, east_asian_width

import pytest

APP = """
    import time

    def outer(n, password=None):
        return inner(n) + inner(n + 1)

    def inner(n):
        return n * 2

    def fail(text):
        raise ValueError(text)

    def wide(values):
        return values

    def talk():
        print("talk", flush=True)

    def deep(n):
        return n and deep(n - 1)

    class Account:
        def __init__(self, owner):
            self.owner = owner

        def pay(self, amount):
            return inner(amount)
"""
TIME = re.compile(r" +(\d+ns|[\d.]+(us|ms|s))$")


@pytest.fixture
def app(project):
    project.write(app=APP)
    return project


def trace(app, code, *options, patterns=("app:*",), **more):
    chosen = [part for pattern in patterns for part in ("-p", pattern)]
    return app.wraptrs("trace", *chosen, *options, "--", "-c", f"import app\n{code}", **more)


def lines(result):
    """The lines of the tree, without the times at their right."""
    return [TIME.sub("", line) for line in result.stderr.splitlines()]


def test_calls_within_calls(app):
    assert lines(trace(app, "app.outer(1)")) == [
        "app:outer(n=1)",
        "  app:inner(n=1) -> 2",
        "  app:inner(n=2) -> 4",
        "app:outer -> 6",
    ]


def test_times_stand_at_the_right(app):
    result = trace(app, "app.outer(1)")
    ended = [line for line in result.stderr.splitlines() if "->" in line]
    assert len(ended) == 3
    assert all(len(line) == 80 and TIME.search(line) for line in ended)


def test_exceptions(app):
    result = trace(app, "app.fail('no')", check=False)
    assert result.returncode == 1
    assert lines(result)[0] == "app:fail(text='no') ! ValueError('no')"
    assert result.stderr.splitlines()[-1] == "ValueError: no"


def test_80_columns_whatever_is_shown(app):
    code = "app.wide('é' * 500)\napp.deep(60)\napp.wide('x' * 59)\napp.wide(list(range(99)))"
    found = trace(app, code).stderr.splitlines()
    assert max(map(len, found)) == 80
    assert any("[60] app:deep(n=0) -> 0" in line for line in found)
    # A call that fills its line has its result below.
    assert found[0].endswith("...)") and found[1].startswith("  -> 'ééé")


@pytest.mark.parametrize("text", ["\u6f22\u5b57" * 40, "\U0001f600" * 36, "a\u0301" * 60])
def test_80_columns_of_characters_that_take_two_or_none(app, text):
    found = trace(app, f"app.wide({text!r}); app.deep({text!r} == 0)").stderr.splitlines()
    wide = [
        sum({"W": 2}.get(east_asian_width(each), not combining(each)) for each in line)
        for line in found
    ]
    assert wide[0] <= 80 and wide[1:] == [80, 80]


@pytest.mark.parametrize(("width", "most"), [("120", 120), ("40", 40), ("0", None)])
def test_width(app, width, most):
    text = trace(app, "app.wide('x' * 76); app.deep(70)", "--width", width).stderr
    longest = max(map(len, text.splitlines()))
    assert longest == most if most else longest > 150


def test_a_receiver_is_shown_where_the_name_does_not_tell(app):
    app.write(
        shop="""
        import app

        class Late(app.Account):
            @classmethod
            def made(cls, owner):
                return cls(owner)
        """
    )
    code = "import shop; late = shop.Late.made('ann'); late.pay(3)"
    found = lines(trace(app, code, patterns=("app:Account.*", "shop:Late.*")))
    assert [line.partition(" at 0x")[0] for line in found] == [
        "shop:Late.made(owner='ann') -> <shop.Late object",
        "app:Account.pay(self=<Late object>, amount=3) -> 6",
    ]


def test_values_of_secret_names_are_not_shown(app):
    code = "app.outer(1, password='geheim'); app.Account('ann').pay(3)"
    options = ["--redact", "Owner"]
    result = trace(app, code, *options, patterns=("app:outer", "app:Account.*", "app:*.__init__"))
    assert "geheim" not in result.stderr and "ann" not in result.stderr
    assert lines(result) == [
        "app:outer(n=1, password=<redacted>) -> 6",
        "app:Account.__init__(owner=<redacted>) -> None",
        "app:Account.pay(amount=3) -> 6",
    ]


def test_length_of_values(app):
    result = trace(app, "app.wide('x' * 50)", "--length", "10")
    assert "xxxxxxxxxxxx" not in result.stderr and "app:wide(values='xxx" in result.stderr


def test_threads_are_told_apart(app):
    code = """
import threading
app.inner(1)
thread = threading.Thread(target=app.inner, args=(2,), name="worker")
thread.start(); thread.join()
app.inner(3)
"""
    shown = [re.sub(r"\d{4,}", "N", line) for line in lines(trace(app, code))]
    assert shown == [
        "app:inner(n=1) -> 2",
        "-- thread N worker",
        "app:inner(n=2) -> 4",
        "-- thread N MainThread",
        "app:inner(n=3) -> 6",
    ]


def test_while_the_program_runs(app):
    """A call that blocks is seen before it has ended."""
    code = "import app, sys; app.wide(sys.stdin).read()"
    app.write(app="def wide(stream):\n    return stream.read()")
    command = [sys.executable, "-m", "wraptrs", "trace", "-p", "app:*", "-c"]
    code = "import app, sys; app.wide(sys.stdin)"
    path = os.pathsep.join([str(app.folder), *app.path()])
    process = subprocess.Popen(
        [*command, code],
        cwd=app.folder,
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    seen = b""
    while not seen.endswith(b")"):
        read = os.read(process.stderr.fileno(), 1000)
        assert read, seen
        seen += read
    assert seen.startswith(b"app:wide(stream=<")
    _, rest = process.communicate(b"go")
    assert process.returncode == 0 and b"-> 'go'" in rest


def test_a_call_that_never_ends(app):
    code = """
import threading, time
threading.Thread(target=app.wide, args=([],), daemon=True).start()
time.sleep(0.2)
"""
    app.write(app="import time\ndef wide(values): time.sleep(1000)")
    assert trace(app, code).stderr == "app:wide(values=[])\n"


def test_output_of_the_program_stays_apart(app):
    result = trace(app, "app.talk()")
    assert result.stdout == "talk\n" and lines(result) == ["app:talk() -> None"]
    result = trace(app, "app.talk()", "--output", "tree.txt")
    assert result.stderr == ""
    assert app.folder.joinpath("tree.txt").read_text().startswith("app:talk() -> None ")


def test_no_colour(app):
    assert "\x1b" not in trace(app, "app.wide('\\x1b[31mred')").stderr


def test_coroutines_and_generators(app):
    app.write(
        app="""
        import asyncio

        async def nap():
            await asyncio.sleep(0)
            return step(1)

        def step(n):
            return n

        def steps():
            for n in range(2):
                yield step(n)
        """
    )
    assert lines(trace(app, "import asyncio; asyncio.run(app.nap()); list(app.steps())")) == [
        "app:nap()",
        "  app:step(n=1) -> 1",
        "app:nap -> 1",
        "app:steps()",
        "  app:step(n=0) -> 0",
        "  app:step(n=1) -> 1",
        "app:steps -> None",
    ]


def test_json(app):
    app.folder.joinpath("calls.jsonl").write_text("of another run\n")
    code = "import os; os.mkdir('sub'); os.chdir('sub'); app.outer(1, password='geheim')"
    result = trace(app, code, "--json", "calls.jsonl")
    assert result.stderr == ""
    text = app.folder.joinpath("calls.jsonl").read_text()
    events = [json.loads(line) for line in text.splitlines()]
    kinds = [(event["event"], event["depth"], event["name"]) for event in events]
    assert kinds[:3] == [
        ("call", 0, "app:outer"),
        ("call", 1, "app:inner"),
        ("return", 1, "app:inner"),
    ]
    assert len(events) == 6 and "geheim" not in text


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no disk to be full")
def test_events_that_cannot_be_written_are_told(app):
    result = trace(app, "app.outer(1)", "--json", "/dev/full")
    assert result.stderr == "wraptrs: 6 events could not be written to /dev/full\n"
    result = trace(app, "app.outer(1)\napp.outer(2)", "-o", "/dev/full")
    assert result.stderr == "wraptrs: cannot write to /dev/full: No space left on device\n"


def test_what_was_not_found(app):
    result = trace(app, "pass", patterns=("app:absent", "never:*", "app:Account.*"))
    assert result.stderr.splitlines() == [
        "wraptrs: cannot watch app:absent: there is no such thing",
        "wraptrs: nothing was traced for: app:absent, never:* (never imported)",
    ]


def test_modules_that_are_imported_within_a_call(app):
    app.write(plugins__one="def run(): return 1")
    app.folder.joinpath("plugins", "__init__.py").touch()
    app.write(app="def load():\n    import plugins.one\n    return plugins.one.run()")
    result = trace(app, "app.load()", patterns=("app:*", "plugins.*:*"))
    assert lines(result) == ["app:load()", "  plugins.one:run() -> 1", "app:load -> 1"]


class TestChildren:
    START = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import app; app.inner(2)'])"
    )

    def test_not_traced_unless_asked_for(self, app):
        assert lines(trace(app, f"app.inner(1)\n{self.START}")) == ["app:inner(n=1) -> 2"]

    def test_told_apart_by_their_number(self, app):
        *first, call, end = lines(trace(app, f"app.inner(1)\n{self.START}", "--children"))
        assert first == ["app:inner(n=1)", "app:inner -> 2"]
        assert re.fullmatch(r"\[\d+\] app:inner\(n=2\)", call)
        assert re.fullmatch(r"\[\d+\] app:inner -> 4", end)

    def test_lines_of_several_are_not_mixed(self, app):
        """Each is written whole, though calls of two processes overlap."""
        app.write(
            app="""
            import subprocess, sys, time
            def outer():
                begin = "import app, time; app.inner(); time.sleep(0.1)"
                command = [sys.executable, "-c", begin]
                with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
                    child.stdout.readline()
                    child.wait()
            def inner():
                print("in it", flush=True)
        """
        )
        found = lines(trace(app, "app.outer()", "--children"))
        found = [re.sub(r"^\[\d+\]", "[..]", line) for line in found]
        assert found == [
            "app:outer()", "[..] app:inner()", "[..] app:inner -> None", "app:outer -> None",
        ]  # fmt: skip

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
    @pytest.mark.parametrize("options", [[], ["--children"]])
    @pytest.mark.parametrize("form", [[], ["--json", "calls.jsonl"]])
    def test_forked(self, app, options, form):
        code = """
import os
pid = os.fork()
if pid:
    os.waitpid(pid, 0)
else:
    app.inner(1)
app.inner(2)
"""
        result = trace(app, code, *options, *form)
        text = app.folder.joinpath("calls.jsonl").read_text() if form else result.stderr
        calls = 3 if options else 1
        assert len(text.splitlines()) == (2 * calls if form or options else calls)


def test_standard_library_by_itself(project):
    """What writes the trace uses what is traced: the events of that do not pile up."""
    patterns = ["-p", "io:*", "-p", "os:*", "-p", "threading:*.*", "-p", "codecs:*"]
    code = "import threading; threading.Thread(target=print, args=('ran',)).start()"
    result = project.wraptrs("trace", *patterns, "-c", code)
    assert result.stdout == "ran\n" and result.returncode == 0
    assert "threading:Thread.start" in result.stderr
    assert len(result.stderr.splitlines()) < 400
