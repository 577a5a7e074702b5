"""``python -m wraptrs stat``: the table of calls, whatever the program does and however it ends."""

from __future__ import annotations

import json
import os
import signal

import pytest

WORK = """
    import os, sys
    import worker
    from worker import add

    for number in range(3):
        worker.add(number, 1)
        worker.Thing().method()
    add(0, 0)
    try:
        worker.fail()
    except ValueError:
        pass
    exec(sys.argv[1] if len(sys.argv) > 1 else "")
"""
WORKER = """
    import time

    def add(a, b):
        return a + b

    def fail():
        raise ValueError

    def idle():
        pass

    def slow():
        time.sleep(0.02)

    class Thing:
        def method(self):
            return add(1, 1)
"""


@pytest.fixture
def work(project):
    project.write(work=WORK, worker=WORKER)
    return project


def counted(result):
    found = json.loads(result.stderr.splitlines()[-1])
    return {row["name"]: row for row in found["functions"]}


def test_counts_and_times(work):
    options = ["-p", "worker:*", "-p", "worker:Thing.*", "--json"]
    rows = counted(work.wraptrs("stat", *options, "work.py", "worker.slow()"))
    calls = {name: (row["calls"], row["errors"]) for name, row in rows.items()}
    assert calls == {
        "worker:add": (7, 0),
        "worker:fail": (1, 1),
        "worker:idle": (0, 0),
        "worker:slow": (1, 0),
        "worker:Thing.method": (3, 0),
    }
    assert next(iter(rows)) == "worker:slow"
    slow = rows["worker:slow"]
    assert slow["total"] >= 20_000_000 and slow["least"] <= slow["p50"] <= slow["p99"]
    method = rows["worker:Thing.method"]
    assert method["own"] < method["total"]


def test_table(work):
    result = work.wraptrs("stat", "-p", "worker:*", "--", "work.py")
    assert result.stdout == ""
    blank, title, _, *table, _, note = result.stderr.splitlines()
    assert blank == "" and title.startswith("calls in process ")
    heading = ["calls", "errors", "total", "self", "mean", "p50", "p99", "name"]
    assert table[0].split() == heading
    rows = {line.split()[-1]: line.split() for line in table[1:]}
    assert rows.keys() == {"worker:add", "worker:fail"}
    assert rows["worker:add"][:2] == ["7", "0"] and rows["worker:fail"][:2] == ["1", "1"]
    assert note == "4 functions were watched, 2 of them not called."


@pytest.mark.parametrize(
    ("column", "first"),
    [("calls", "worker:add"), ("errors", "worker:fail"), ("name", "worker:add"),
     ("total", "worker:slow"), ("self", "worker:slow"), ("p99", "worker:slow")],
)  # fmt: skip
def test_sorted(work, column, first):
    options = ["-p", "worker:*", "--sort", column]
    lines = work.wraptrs("stat", *options, "work.py", "worker.slow()").stderr.splitlines()
    assert lines[4].split()[-1] == first


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("sys.exit(3)", 3),
        ("raise LookupError", 1),
        ("raise KeyboardInterrupt", -2),
        ("from signal import *\n"
         "signal(SIGINT, default_int_handler); raise_signal(SIGINT)", -2),
        ("import atexit; atexit._run_exitfuncs()", 0),
        ("def interrupted():\n raise KeyboardInterrupt\n"
         "import threading; threading._shutdown = interrupted", None),
    ],
)  # fmt: skip
@pytest.mark.skipif(os.name == "nt", reason="exit statuses of signals differ there")
def test_however_it_ends(work, end, status):
    options = ["-p", "worker:add", "--json", "--output", "calls.json"]
    result = work.wraptrs("stat", *options, "work.py", end, check=False)
    if status is not None:
        assert result.returncode == status, result.stderr
    (line,) = work.folder.joinpath("calls.json").read_text().splitlines()
    (row,) = json.loads(line)["functions"]
    assert row["calls"] == 7


def test_exit_functions_and_threads_are_counted(work):
    code = """
import atexit, threading
atexit.register(add, 1, 1)
threading.Thread(target=lambda: (threading.main_thread().join(), worker.add(1, 1))).start()
"""
    rows = counted(work.wraptrs("stat", "-p", "worker:add", "--json", "work.py", code))
    assert rows["worker:add"]["calls"] == 9


def test_who_holds_the_function_already(work):
    work.write(early="from worker import add", start="import early\ndef begin(): pass")
    options = ["--json", "--patch", "start:begin"]
    code = "import early; early.add(1, 1)"
    for more, calls in (([], 8), (["--in-place"], 8)):
        rows = counted(work.wraptrs("stat", "-p", "worker:add", *more, *options, "work.py", code))
        assert rows["worker:add"]["calls"] == calls
    # What the interpreter has imported before anything of ours begins.
    code = "from posixpath import join; import os; os.path.join('a', 'b')"
    held = ["--json", "--in-place", "-p", "posixpath:join"]
    rows = counted(work.wraptrs("stat", *held, "-c", code))
    assert rows["posixpath:join"]["calls"] >= 1


def test_modules_imported_later_and_never(work):
    work.write(plugins__one="def run(): pass", plugins__two="def run(): pass")
    work.folder.joinpath("plugins", "__init__.py").touch()
    code = "import importlib; importlib.import_module('plugins.one').run()"
    options = ["-p", "plugins.*:run", "-p", "absent:f", "-p", "worker:nothing", "-p", "xml.*:*"]
    result = work.wraptrs("stat", *options, "work.py", code)
    assert "plugins.one:run" in result.stderr and "plugins.two" not in result.stderr
    assert result.stderr.splitlines()[0] == (
        "wraptrs: cannot watch worker:nothing: there is no such thing"
    )
    assert [line for line in result.stderr.splitlines() if line.startswith("nothing")] == [
        "nothing was found for: absent:f (never imported)",
        "nothing was found for: worker:nothing",
        "nothing was found for: xml.*:* (never imported)",
    ]


def test_modules_that_nobody_imports(work):
    """Those that mypyc compiles put each other into sys.modules."""
    code = """
        import sys, types
        for name in ('made.one', 'made.two'):
            sys.modules[name] = types.ModuleType(name)
            sys.modules[name].f = lambda: None
    """
    work.write(making=code)
    options = ["-p", "made.one:f", "-p", "made.two:*", "-p", "made.*:f", "-p", "making:absent*"]
    result = work.wraptrs("stat", *options, "-c", "import making")
    assert [line for line in result.stderr.splitlines() if line.startswith("nothing")] == [
        *(
            f"nothing was found for: {pattern} (put into sys.modules without an import)"
            for pattern in ("made.one:f", "made.two:*", "made.*:f")
        ),
        "nothing was found for: making:absent*",
    ]


def test_what_a_pattern_means_and_cannot_be_watched(work):
    """It is told at the end, in a line each, and not at every import."""
    options = ["-p", "builtins:memoryview.*", "-p", "worker:add"]
    result = work.wraptrs("stat", *options, "work.py")
    lines = result.stderr.splitlines()
    told = [line for line in lines if line.startswith("cannot watch ")]
    assert told == lines[-4:] and told[3].endswith(" more") and "worker:add" in result.stderr
    reason = "type 'memoryview'"
    assert all(reason in line for line in told[:3])
    found = json.loads(work.wraptrs("stat", "--json", *options, "work.py").stderr)
    assert len(found["refused"]) > 3 and reason in found["refused"]["builtins:memoryview.tolist"]
    result = work.wraptrs("trace", *options, "work.py")
    assert result.stderr.splitlines()[-1] == f"wraptrs: {told[3]}"


def test_calls_that_have_not_ended(work):
    work.write(worker="import time\ndef forever(): time.sleep(1000)")
    code = """
import threading, time, worker
threading.Thread(target=worker.forever, daemon=True).start()
time.sleep(0.1)
"""
    result = work.wraptrs("stat", "-p", "worker:*", "-c", code)
    assert "calls that have not ended: worker:forever (1)" in result.stderr


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no such signals")
def test_at_a_signal(work):
    code = "import signal; os.kill(os.getpid(), signal.SIGUSR1); add(1, 1)"
    options = ["-p", "worker:add", "--json", "--signal", "USR1"]
    result = work.wraptrs("stat", *options, "work.py", code)
    found = [json.loads(line)["functions"][0]["calls"] for line in result.stderr.splitlines()]
    assert found == [7, 8]


class TestChildren:
    OPTIONS = ("-p", "worker:add", "--json")
    START = "import subprocess; subprocess.run([sys.executable, sys.argv[0], 'add(1, 1)'])"

    def test_not_counted_unless_asked_for(self, work):
        result = work.wraptrs("stat", *self.OPTIONS, "work.py", self.START)
        assert self.calls(result) == [7]

    def test_each_for_itself(self, work):
        result = work.wraptrs("stat", *self.OPTIONS, "--children", "work.py", self.START)
        assert self.calls(result) == [8, 7]

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
    @pytest.mark.parametrize(("options", "calls"), [([], [8]), (["--children"], [2, 8])])
    def test_forked_ones_begin_anew(self, work, options, calls):
        code = "add(1, 1)\npid = os.fork()\nif pid: os.waitpid(pid, 0)\nelse: add(1, 1), add(1, 1)"
        result = work.wraptrs("stat", *self.OPTIONS, *options, "work.py", code)
        assert self.calls(result) == calls

    @pytest.mark.parametrize("method", ["spawn", "fork"])
    def test_of_multiprocessing(self, work, method):
        if method == "fork" and not hasattr(os, "fork"):
            pytest.skip("no fork here")
        work.write(
            many=f"""
            import multiprocessing, worker
            if __name__ == "__main__":
                context = multiprocessing.get_context({method!r})
                process = context.Process(target=worker.add, args=(1, 1))
                process.start()
                process.join()
            """
        )
        result = work.wraptrs("stat", *self.OPTIONS, "--children", "many.py")
        assert self.calls(result) == [1, 0]

    def calls(self, result):
        found = map(json.loads, result.stderr.splitlines())
        return [sum(row["calls"] for row in each["functions"]) for each in found]


@pytest.mark.parametrize("program", [["work.py"], ["-m", "work"]])
def test_a_pattern_for_the_script_itself(work, program):
    result = work.wraptrs("stat", "-p", "work:*", "-p", "no:f", *program)
    assert result.stderr.splitlines()[-2:] == [
        "nothing was found for: work:* (the program itself cannot be watched)",
        "nothing was found for: no:f (never imported)",
    ]


def test_a_single_function_that_is_not_called(work):
    result = work.wraptrs("stat", "-p", "worker:idle", "work.py")
    assert result.stderr.splitlines()[-1] == "1 function was watched, and not called."


def test_line_breaks_of_other_kinds_in_a_name(work):
    """They are part of it; what splits lines of text takes them for the end of one."""
    output = "a\u2028command=list\x0cb.json"
    work.wraptrs("stat", "-p", "worker:add", "--json", "-o", output, "work.py")
    assert json.loads(work.folder.joinpath(output).read_text())["functions"][0]["calls"] == 7


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no disk to be full")
def test_a_file_that_cannot_be_written(work):
    result = work.wraptrs("stat", "-p", "worker:add", "-o", "/dev/full", "work.py")
    assert result.stderr == "wraptrs: cannot write to /dev/full: No space left on device\n"


@pytest.mark.parametrize("options", [["-E"], ["-S"]])
def test_in_this_process(work, options):
    result = work.python(*options, "-m", "wraptrs", "stat", "-p", "worker:add", "--json", "work.py",
                         check=False)  # fmt: skip
    if options == ["-E"] and "No module named" in result.stderr:
        pytest.skip("the package is not installed")
    assert counted(result)["worker:add"]["calls"] == 7


def test_json_tool(project):
    """A program of the standard library behaves and prints as it does without us."""
    project.folder.joinpath("data.json").write_text('{"b": [1, 2], "a": null}')
    plain = project.python("-m", "json.tool", "--sort-keys", "data.json")
    options = ["-p", "json:load", "-p", "json.decoder:JSONDecoder.*", "--json"]
    ours = project.wraptrs("stat", *options, "-m", "json.tool", "--sort-keys", "data.json")
    assert (ours.stdout, ours.returncode) == (plain.stdout, plain.returncode)
    assert counted(ours)["json.decoder:JSONDecoder.decode"]["calls"] == 1


def test_pip(project):
    """A large program, all of whose functions are watched."""
    plain = project.python("-m", "pip", "--version", check=False)
    if plain.returncode:
        pytest.skip("pip is not here")
    ours = project.wraptrs("stat", "-p", "pip.*:*", "-p", "pip.*:*.*", "-m", "pip", "--version")
    assert ours.stdout == plain.stdout
    assert "pip._in" in ours.stderr and max(map(len, ours.stderr.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["work.py"], "at least one pattern is needed: -p MODULE:NAME"),
        (["-p", "json", "work.py"], "'json' is not of the form MODULE:NAME"),
        (["-p", "json:a..b", "work.py"], "'json:a..b' is not of the form MODULE:NAME"),
        (["-p", ".json:*", "work.py"], "is not of the form MODULE:NAME"),
        (["-p", "json.:a", "work.py"], "is not of the form MODULE:NAME"),
        (["-p", "json:a:b", "work.py"], "is not of the form MODULE:NAME"),
        (["-p", "__main__:f", "work.py"], "the program's own script cannot be watched"),
        (["-p", "a:b", "--sort", "colour", "work.py"], "invalid choice: 'colour'"),
        (["-p", "a:b", "--width", "10", "work.py"], "'10' is neither 0 nor a width"),
        (["-p", "a:b\nc=d", "work.py"], "a line break"),
        (["-p", "a:b"], "stat needs a script"),
    ],
)
def test_wrong_use(work, arguments, message):
    result = work.wraptrs("stat", *arguments, check=False)
    assert result.returncode == 2 and message in result.stderr
