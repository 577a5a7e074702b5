"""``python -m wraptrs list``: what a program has patched, at its end and at a signal."""

from __future__ import annotations

import json
import os
import signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

PATCHES = """
    import atexit, os, sys
    import json
    import wraptrs

    def same(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    atexit.register(wraptrs.revert_all)
    wraptrs.wrap_function_wrapper("json", "loads", same)
    hot = wraptrs.hotwrap("json:JSONEncoder.default", same)
    wraptrs.replace("xml.dom?:Node", None).owner
    with wraptrs.owned_by("mine"):
        off = wraptrs.wrap("json:dumps", same)
    off.disable()
    wraptrs.wrap("json:dump", same).revert()
    wraptrs.register_post_import_hook(lambda module: None, "csv")
    exec(sys.argv[1])
"""
NAMES = ["json:loads", "json.encoder:JSONEncoder.default", "xml.dom:Node", "json:dumps"]


@pytest.fixture
def patches(project):
    project.write(patches=PATCHES)
    return project


def listed(text):
    return json.loads(text.splitlines()[-1])


def test_before_the_exit_functions_take_them_back(patches):
    result = patches.wraptrs("list", "--json", "patches.py", "print('done')")
    assert result.stdout == "done\n"
    found = listed(result.stderr)
    assert [patch["name"] for patch in found["patches"]] == NAMES
    states = [patch["state"] for patch in found["patches"]]
    assert states == ["active", "active", "pending", "active"]
    assert [patch["enabled"] for patch in found["patches"]] == [True, True, True, False]
    assert [patch["owner"] for patch in found["patches"]] == ["__main__"] * 3 + ["mine"]
    assert found["patches"][1]["mode"] is not None
    assert found["patches"][0]["location"].endswith("patches.py:10")
    assert [(hook["module"], hook["state"]) for hook in found["hooks"]] == [("csv", "pending")]


def test_table(patches):
    lines = patches.wraptrs("list", "patches.py", "").stderr.splitlines()
    assert lines[0].startswith("patches of process ") and lines[0].endswith(": 4")
    assert lines[1].split() == ["state", "kind", "name", "owner", "applied", "at"]
    rows = [line.split() for line in lines[2:6]]
    assert [row[0] for row in rows] == ["active", "active", "pending", "off"]
    assert rows[0] == ["active", "wrap", "json:loads", "__main__", "patches.py:10"]
    assert lines[6] == "import hooks: 1"
    assert lines[8].split() == ["pending", "csv", "__main__:<lambda>", "-"]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("command", ["list", "stat -p json:loads", "run -m wraptrs doctor"])
def test_json_of_a_program_that_patches_json(project, command):
    """It stands for itself: what writes it is not what the program has changed."""
    project.write(
        change="""
        import json, wraptrs
        def apply():
            wraptrs.replace("json", "dumps", lambda obj, **more: "changed", check=False)
            wraptrs.hotpatch(lambda self, o: "changed", json.JSONEncoder.encode)
            wraptrs.hotpatch(lambda self, o, _one_shot=False: "no", json.JSONEncoder.iterencode)
    """
    )
    program = [] if "doctor" in command else ["-c", "import json; json.loads('1')"]
    first, *words = command.split()
    ended = project.wraptrs(first, "--patch", "change:apply", *words, "--json", *program)
    found = listed(ended.stdout + ended.stderr)
    if first == "stat":
        assert found["functions"][0]["calls"] == 1
    else:
        assert found["patches"][0]["name"] == "json:dumps"


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    )
)  # fmt: skip
def test_json_is_read_as_it_was(value):
    from wraptrs._json import as_json

    written = as_json(value)
    assert json.loads(written) == value and written.isascii() and written.isprintable()


def test_the_hook_of_a_patch_that_waited_is_listed_as_the_patch_alone(project):
    code = "import wraptrs; wraptrs.replace('json?', 'dumps', print, check=False); import json"
    found = listed(project.wraptrs("list", "--json", "-c", code).stderr)
    assert [patch["state"] for patch in found["patches"]] == ["active"] and found["hooks"] == []


def test_a_table_of_long_names_has_80_columns():
    from wraptrs._listing import as_table

    patch = {
        "kind": "hotwrap", "mode": "vectorcall", "state": "active", "enabled": True,
        "name": "package." * 12 + "module:Class.method", "owner": "an.owner." * 5,
        "location": "/" + "folder/" * 9 + "a_module_with_a_long_name.py:1234",
    }  # fmt: skip
    hook = {"state": "pending", "module": "m." * 40, "name": "n" * 99, "source": "s" * 99}
    lines = as_table({"pid": 1, "patches": [patch], "hooks": [hook]}).splitlines()
    assert max(map(len, lines)) == 80
    row = lines[2]
    assert row.split()[0] == "active" and row.endswith(".py:1234") and "Class.method" in row


def test_nothing_patched(project):
    result = project.wraptrs("list", "-c", "import wraptrs; print('ran')")
    assert result.stdout == "ran\n"
    assert [line.partition(":")[2] for line in result.stderr.splitlines()] == [" none", " none"]


@pytest.mark.parametrize(
    ("end", "status", "last"),
    [
        ("sys.exit(3)", 3, None),
        ("raise LookupError('lost')", 1, "LookupError: lost"),
        ("raise KeyboardInterrupt", -2, "KeyboardInterrupt"),
        ("os.close(2); sys.stderr = None", 0, None),
    ],
)
def test_however_it_ends(patches, end, status, last):
    result = patches.wraptrs("list", "--json", "-o", "list.json", "patches.py", end, check=False)
    assert result.returncode == (status if os.name != "nt" or status >= 0 else result.returncode)
    assert result.stderr.splitlines()[-1:] == ([last] if last else [])
    found = listed(patches.folder.joinpath("list.json").read_text())
    assert [patch["name"] for patch in found["patches"]] == NAMES


def test_after_threads_have_ended(patches):
    code = """
import threading, time
def late():
    threading.main_thread().join()
    wraptrs.replace("json:JSONDecodeError", KeyError)
threading.Thread(target=late).start()
"""
    names = [row["name"] for row in listed(self_json(patches, code))["patches"]]
    assert names == [*NAMES, "json:JSONDecodeError"]


def self_json(patches, code):
    return patches.wraptrs("list", "--json", "patches.py", code).stderr


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no such signals")
@pytest.mark.parametrize("name", ["USR1", "sigusr1"])
def test_at_a_signal(patches, name):
    code = "import signal; os.kill(os.getpid(), signal.SIGUSR1); wraptrs.revert_all(); print('on')"
    result = patches.wraptrs("list", "--json", "--signal", name, "patches.py", code)
    first, last = map(json.loads, result.stderr.splitlines())
    assert [patch["name"] for patch in first["patches"]] == NAMES
    assert last["patches"] == [] and last["pid"] == first["pid"]
    assert result.stdout == "on\n"


@pytest.fixture
def interruptible():
    """Programs end by SIGINT, also where this was started by `nohup ... &` and is to ignore it."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.mark.skipif(os.name == "nt", reason="there is no such signal here")
@pytest.mark.parametrize(("name", "status"), [("TERM", -signal.SIGTERM), ("INT", 130)])
@pytest.mark.usefixtures("interruptible")
def test_at_the_signal_that_ends_the_program(patches, name, status):
    code = (
        f"import signal, time; os.kill(os.getpid(), signal.SIG{name}); time.sleep(9); print('on')"
    )
    result = patches.wraptrs("list", "--json", "--signal", name, "patches.py", code, check=False)
    first = json.loads(result.stderr.splitlines()[0])
    assert [patch["name"] for patch in first["patches"]] == NAMES
    assert result.stdout == "" and result.returncode in (status, -signal.SIGINT)


def test_to_the_stderr_it_began_with(patches):
    """Whatever the program makes of it, and never into a file that has taken its place."""
    result = patches.wraptrs(
        "list", "--json", "patches.py", "import io; sys.stderr = io.StringIO()"
    )
    assert len(listed(result.stderr)["patches"]) == 4
    steal = "file = open('victim', 'w'); [os.dup2(file.fileno(), n) for n in range(2, 20)]"
    result = patches.wraptrs("list", "--json", "patches.py", steal, check=False)
    assert not patches.folder.joinpath("victim").read_text().count("json:loads")


def test_output_is_of_this_run_and_from_here(patches):
    patches.folder.joinpath("list.json").write_text("old\n")
    code = "os.mkdir('sub'); os.chdir('sub')"
    result = patches.wraptrs("list", "--json", "--output", "list.json", "patches.py", code)
    assert result.stderr == ""
    (line,) = patches.folder.joinpath("list.json").read_text().splitlines()
    assert len(json.loads(line)["patches"]) == 4


class TestChildren:
    CODE = """
import subprocess
if len(sys.argv) == 2:
    subprocess.run([sys.executable, sys.argv[0], "", "below"], check=True)
    subprocess.run([sys.executable, "-c", ""], check=True)
"""

    def test_not_listed_unless_asked_for(self, patches):
        result = patches.wraptrs("list", "--json", "patches.py", self.code())
        assert len(result.stderr.splitlines()) == 1

    def test_listed_each_for_itself_if_there_is_something(self, patches):
        result = patches.wraptrs("list", "--json", "--children", "patches.py", self.code())
        found = [json.loads(line) for line in result.stderr.splitlines()]
        assert [len(each["patches"]) for each in found] == [4, 4]
        assert found[0]["pid"] != found[1]["pid"]

    def code(self):
        return self.CODE

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
    @pytest.mark.parametrize(("options", "reports"), [([], 1), (["--children"], 2)])
    def test_forked(self, patches, options, reports):
        code = "pid = os.fork()\nif pid: os.waitpid(pid, 0)"
        result = patches.wraptrs("list", "--json", *options, "patches.py", code)
        assert len(result.stderr.splitlines()) == reports


def test_hooks_of_the_command_line(project):
    project.write(mine="def late(module): pass")
    result = project.wraptrs("list", "--json", "--patch", "csv=mine:late", "-c", "")
    (hook,) = listed(result.stderr)["hooks"]
    assert hook["module"] == "csv" and "csv=mine:late" in hook["name"]


def test_in_this_process_where_the_environment_does_not_count(patches):
    path = patches.path()
    code = f"import sys; sys.path[1:1] = {path!r}; from wraptrs.__main__ import main; main()"
    result = patches.python("-I", "-c", code, "list", "--json", "patches.py", "")
    assert [patch["name"] for patch in listed(result.stderr)["patches"]] == NAMES


def test_switched_off(patches):
    patches.variables["WRAPTRS_DISABLE"] = "1"
    assert patches.wraptrs("list", "patches.py", "off.revert()").stderr.count("patches of") == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "list needs a script, or -m and a module"),
        (["--signal", "KILL", "x.py"], "'KILL' is no signal that a program can get"),
        (["--signal", "NOPE", "x.py"], "'NOPE' is no signal"),
        (["--output", "absent/folder/file", "x.py"], "cannot write to absent/folder/file: No such"),
    ],
)
def test_wrong_use(project, arguments, message):
    result = project.wraptrs("list", *arguments, check=False)
    assert result.returncode == 2 and message in result.stderr
