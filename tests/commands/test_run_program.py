"""What a program sees under ``python -m wraptrs run``: what it sees without."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import pytest

SHOW = """
    import sys
    print(__name__, globals().get("__file__"), __spec__ and __spec__.name, sys.argv, sys.path[0])
    print([entry for entry in sys.path if "_bootstrap" in entry], "sitecustomize" in sys.modules)
    print(sys.modules["__main__"].__dict__ is globals(), sys.flags.optimize, sys.flags.dev_mode)
    if sys.argv[-1] == "fail":
        def deeper():
            1 / 0
        deeper()
    sys.exit(int(sys.argv[-1]))
"""

FORMS = {
    "script": ["program.py"],
    "script elsewhere": ["folder/program.py"],
    "module": ["-m", "program"],
    "submodule": ["-m", "folder.program"],
    "package": ["-m", "folder"],
    "folder": ["folder"],
    "code": ["-c", textwrap.dedent(SHOW)],
}


@pytest.fixture
def programs(project):
    project.write(program=SHOW, folder__program=SHOW)
    project.folder.joinpath("folder", "__init__.py").touch()
    project.folder.joinpath("folder", "__main__.py").write_text(textwrap.dedent(SHOW))
    return project


def behaviour(result):
    return result.returncode, result.stdout, result.stderr


@pytest.mark.parametrize("end", ["3", "fail"])
@pytest.mark.parametrize("form", FORMS)
def test_the_same_as_without(programs, form, end):
    arguments = [*FORMS[form], "a", "--hooks", "-m", "--", end]
    plain = programs.python(*arguments, check=False)
    assert behaviour(programs.run(*arguments, check=False)) == behaviour(plain)
    assert plain.returncode == (1 if end == "fail" else int(end))


def test_own_options_of_the_implementation_are_kept(programs):
    options = ["-X", "int_max_str_digits=999", "-X", "no_debug_ranges", "-X", "mine=1"]
    code = ["-c", "import sys; print(sorted(sys._xoptions.items())); len(1, 2)"]
    plain = programs.python(*options, *code, check=False)
    assert "('mine', '1')" in plain.stdout and "^" not in plain.stderr
    ours = programs.python(*options, "-m", "wraptrs", "run", *code, check=False)
    assert behaviour(ours) == behaviour(plain)


def test_options_of_the_interpreter_are_kept(programs):
    options = ["-O", "-X", "dev", "-W", "ignore"]
    plain = programs.python(*options, *FORMS["script"], "0")
    assert "True 1 True" in plain.stdout
    ours = programs.python(*options, "-m", "wraptrs", "run", *FORMS["script"], "0")
    assert behaviour(ours) == behaviour(plain)


@pytest.mark.parametrize("program", ["absent.py", "-mabsent", "broken.py"])
def test_a_program_that_cannot_begin(programs, program):
    programs.write(broken="1 +")
    arguments = ["-m", program[2:]] if program.startswith("-m") else [program]
    plain = programs.python(*arguments, check=False)
    assert behaviour(programs.run(*arguments, check=False)) == behaviour(plain)
    assert plain.returncode


def test_a_double_dash_ends_our_options(programs):
    plain = programs.python(*FORMS["script"], "0")
    assert behaviour(programs.run("--", *FORMS["script"], "0")) == behaviour(plain)


def test_pytest_does_not_complain(programs):
    """Of modules with a plugin, as of wraptrs where it is installed, that were imported too early
    for it to rewrite; an error of its own if warnings are errors."""
    programs.install("plugged", "[pytest11]\nplugged = plugged", plugged="")
    record = programs.site.joinpath("plugged-1.0.dist-info", "RECORD")
    record.write_text("plugged.py,,\nwraptrs/__init__.py,,\n", encoding="utf-8")
    programs.write(test_it="def test(): pass")
    tests = ["-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_it.py"]
    programs.python(*tests)
    ours = programs.run(*tests)
    assert ours.stderr == "" and "1 passed in" in ours.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there a process cannot replace itself")
def test_the_process_is_the_program(programs):
    """Signals reach it, and it ends by them, for whoever waits for it."""
    programs.write(stop="import os, signal\nos.kill(os.getpid(), signal.SIGTERM)")
    assert programs.run("stop.py", check=False).returncode == -signal.SIGTERM


class TestInThisProcess:
    """Where the environment does not count, or no sitecustomize runs, there is no other way."""

    @pytest.fixture(params=["-E", "-S", "-I"])
    def run(self, programs, request):
        def run(*arguments, ours=True, check=False):
            start = ["-m", "wraptrs", "run"]
            options = [request.param]
            if request.param != "-S" and ours:
                # Nothing finds the package then, unless it is installed.
                begin = f"import sys; sys.path[1:1] = {programs.path()!r}; sys.argv[0] = 'wraptrs'"
                start = ["-c", f"{begin}; from wraptrs.__main__ import main; main()", "run"]
            if ours:
                options += start
            return programs.python(*options, *arguments, check=check)

        return run

    @pytest.mark.parametrize("form", FORMS)
    def test_what_it_sees(self, run, form):
        arguments = [*FORMS[form], "a", "--hooks", "-m", "--", "fail"]
        plain, ours = run(*arguments, ours=False), run(*arguments)
        assert ours.returncode == plain.returncode == 1
        assert self.shown(ours) == self.shown(plain)
        assert self.own_frames(ours) == self.own_frames(plain)
        assert "wraptrs" not in ours.stderr

    @staticmethod
    def shown(result):
        """Without the first place of the path: where -I leaves it out, another comes first."""
        return [line.rpartition(" ")[0] for line in result.stdout.splitlines()]

    @staticmethod
    def own_frames(result):
        """The places, without those where the interpreter itself begins a module; and the error.
        From 3.13 on it knows the lines of -c, which are not shown here."""
        lines = result.stderr.splitlines()
        places = [line for line in lines if line.startswith("  File") and "runpy" not in line]
        return [lines[0], *places, lines[-1]]

    def test_hooks_and_patches(self, run, programs):
        programs.write(mine="def patch(): print('patched')")
        result = run("--patch", "mine:patch", *FORMS["script"], "0", check=True)
        assert result.stdout.startswith("patched\n__main__")


class TestAsWrapt:
    """``python -m wraptrs --as-wrapt`` runs the program in its own process, too."""

    ENDS = """
        import atexit, os, sys
        atexit.register(lambda: print(sys.excepthook is sys.__excepthook__))
        print(__file__, sys.path[0], __annotations__ if sys.version_info < (3, 14) else {})
        def deeper(how):
            exec(how)
        deeper(sys.argv[1])
    """

    @pytest.mark.parametrize(
        ("end", "status"),
        [
            ("1 / 0", 1),
            ("raise KeyboardInterrupt", -signal.SIGINT),
            ("sys.excepthook = lambda *error: print(error[0], error[2].tb_lineno); 1 / 0", 1),
            ("sys.excepthook = lambda *error: sys.exit(7); 1 / 0", 7),
            ("raise SystemExit('text')", 1),
        ],
    )
    @pytest.mark.parametrize("form", [["./ends.py"], ["-m", "ends"], ["inner"]])
    def test_it_ends_as_without(self, programs, form, end, status):
        programs.write(ends=self.ENDS, inner__begin=self.ENDS)
        programs.folder.joinpath("inner", "begin.py").rename(programs.folder / "inner/__main__.py")
        plain = programs.python(*form, end, check=False)
        ours = programs.wraptrs("--as-wrapt", *form, end, check=False)
        assert behaviour(ours) == behaviour(plain)
        assert plain.returncode == status or sys.platform == "win32"

    def test_a_folder_is_found_from_anywhere(self, programs):
        programs.write(
            inner__begin="import os; os.chdir(os.sep); import beside",
            inner__beside="print('found')",
        )
        programs.folder.joinpath("inner", "begin.py").rename(programs.folder / "inner/__main__.py")
        assert programs.wraptrs("--as-wrapt", "inner").stdout == "found\n"

    def test_a_program_from_standard_input(self, programs):
        source = "import sys, wrapt; print(wrapt.__name__, sys.argv, __name__, repr(sys.path[0]))"
        start = f"""
            import subprocess, sys
            command = [sys.executable, "-m", "wraptrs", "--as-wrapt", "-", "a"]
            sys.exit(subprocess.run(command, input={source!r}, text=True).returncode)
        """
        assert programs.python(code=start).stdout == "wraptrs ['-', 'a'] __main__ ''\n"


class TestCommandLine:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([], "run needs a script, or -m and a module"),
            (["-m"], "run needs a script, or -m and a module"),
            (["--hooks"], "expected one argument"),
            (["--hooks", "a,b", "program.py"], "invalid group value"),
            (["--patch", "module", "program.py"], "invalid patch value: 'module'"),
            (["--patch", "module:", "program.py"], "invalid patch value"),
            (["--patch", ":function", "program.py"], "invalid patch value"),
            (["--patch", "=a:b", "program.py"], "invalid patch value"),
            (["--nonsense", "program.py"], "unrecognized arguments: --nonsense"),
        ],
    )
    def test_wrong_use(self, programs, arguments, message):
        result = programs.run(*arguments, check=False)
        assert result.returncode == 2
        assert message in result.stderr

    def test_help(self, programs):
        text = programs.run("--help").stdout
        assert "run [options] (script | -m module | -c code) ..." in text
        assert "WRAPTRS_DISABLE=1" in text
        assert "run" in programs.python("-m", "wraptrs", "--help").stdout

    def test_every_command_registers_itself(self):
        """As the modules that are there say, so that none is forgotten in the list."""
        from pathlib import Path

        from wraptrs import _commands

        found = {path.stem for path in Path(_commands.__file__).parent.glob("*.py")}
        commands = {
            name
            for name in found - {"__init__"}
            if hasattr(__import__(f"wraptrs._commands.{name}", fromlist=("*",)), "register")
        }
        assert commands == set(_commands.NAMES)

    def test_console_script(self):
        """What it calls is there; the name is bound where the package is installed."""
        from pathlib import Path

        project = Path(__file__).parents[2] / "pyproject.toml"
        assert 'wraptrs = "wraptrs.__main__:main"' in project.read_text(encoding="utf-8")
        start = "import sys; from wraptrs.__main__ import main; sys.exit(main(['--version']))"
        done = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True)
        assert done.stdout.startswith("wraptrs "), done.stderr
