"""Hooks and patches that ``python -m wraptrs run`` arms: when, where, and when they fail."""

from __future__ import annotations

import pytest

USES = """
    import subprocess, sys
    before = "hook_code" in sys.modules
    import wanted
    print(before, getattr(wanted, "mark", None))
    if len(sys.argv) > 1:
        subprocess.run([sys.executable, *sys.argv[2:], __file__], check=True)
"""
ENTRY = """
    [our.hooks]
    wanted = hook_code:mark
    unwanted = absent_code:absent
"""
HOOK = """
    def mark(module):
        module.mark = "marked"
"""


@pytest.fixture
def project(project):
    project.write(uses=USES)
    project.install("hooks-of-ours", ENTRY, hook_code=HOOK)
    project.install("wanted", wanted="", broken="1 / 0")
    return project


class TestEntryPoints:
    def test_called_when_the_module_is_imported_and_loaded_no_sooner(self, project):
        assert project.run("--hooks", "our.hooks", "uses.py").stdout == "False marked\n"
        assert project.run("--hooks", "of.nobody", "uses.py").stdout == "False None\n"
        assert project.run("uses.py").stdout == "False None\n"

    def test_several_groups(self, project):
        more = "[more]\nwanted = more_code:count\n"
        code = "def count(module): module.mark = [getattr(module, 'mark', None)]\n"
        project.install("more", more, more_code=code)
        both = ["--hooks", "our.hooks", "--hooks=more"]
        assert project.run(*both, "uses.py").stdout == "False ['marked']\n"

    def test_of_what_is_further_back_on_the_path(self, project):
        """Only the distribution that is imported counts, not another version behind it."""
        older = project.folder.parent / "older"
        info = older / "hooks_of_ours-0.9.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hooks-of-ours\nVersion: 0.9\n")
        (info / "entry_points.txt").write_text("[our.hooks]\nwanted = absent_code:absent\n")
        project.places = [str(older)]
        result = project.run("--hooks", "our.hooks", "uses.py")
        assert (result.stdout, result.stderr) == ("False marked\n", "")


class TestPatches:
    def test_called_before_the_program(self, project):
        project.write(mine="import sys\ndef start(): print('started', sys.argv)")
        result = project.run("--patch", "mine:start", "uses.py")
        assert result.stdout == "started ['uses.py']\nFalse None\n"

    def test_called_when_a_module_is_imported(self, project):
        project.write(mine="class Patches:\n    def wanted(module): module.mark = 'mine'")
        for form in ("wanted=mine:Patches.wanted", "wanted?=mine:Patches.wanted"):
            assert project.run("--patch", form, "uses.py").stdout == "False mine\n"

    def test_in_the_order_of_the_command_line(self, project):
        project.write(mine="def one(): print(1)\ndef two(): print(2)")
        asked = ["--patch", "mine:two", "--patch", "mine:one"]
        assert project.run(*asked, "-c", "print(3)").stdout == "2\n1\n3\n"

    @pytest.mark.parametrize("arguments", [["folder/uses.py"], ["-m", "folder.uses"]])
    @pytest.mark.parametrize("lazy", ["", "wanted="])
    def test_found_beside_the_program_and_where_run_was_called(self, project, arguments, lazy):
        code = "def mark(*args):\n    import wanted\n    wanted.mark = 'found'\n"
        project.write(folder__uses=USES, called_here=code)
        asked = ["--patch", f"{lazy}called_here:mark"]
        assert project.run(*asked, *arguments).stdout == "False found\n"
        if arguments[0] != "-m":
            project.write(folder__beside=code)
            asked = ["--patch", f"{lazy}beside:mark"]
            assert project.run(*asked, *arguments).stdout == "False found\n"

    def test_the_path_of_the_program_stays(self, project):
        project.write(mine="def start(): pass", folder__show="import sys; print(sys.path)")
        plain = project.python("folder/show.py").stdout
        assert project.run("--patch", "mine:start", "folder/show.py").stdout == plain


class TestChildren:
    ARMED = ("--hooks", "our.hooks")

    def test_children_are_armed(self, project):
        assert project.run(*self.ARMED, "uses.py", "child").stdout.split("\n")[-2:] == [
            "False marked",
            "",
        ]

    @pytest.mark.parametrize("option", ["-S", "-E", "-I"])
    def test_what_cannot_be_armed(self, project, option):
        """As documented: these neither read the environment nor run a sitecustomize."""
        project.write(child="import sys\nprint('wraptrs' in sys.modules)")
        code = "import subprocess, sys; subprocess.run([sys.executable, sys.argv[1], 'child.py'])"
        assert project.run(*self.ARMED, "-c", code, option).stdout == "False\n"
        assert project.run(*self.ARMED, "-c", code, "-s").stdout == "True\n"

    def test_processes_of_multiprocessing(self, project):
        project.write(
            many="""
                import multiprocessing
                def work(number):
                    import wanted
                    return wanted.mark, __name__
                if __name__ == "__main__":
                    with multiprocessing.get_context("spawn").Pool(1) as pool:
                        print(pool.map(work, [1]), work(2))
            """
        )
        expected = "[('marked', '__mp_main__')] ('marked', '__main__')\n"
        assert project.run(*self.ARMED, "many.py").stdout == expected

    def test_a_run_within_a_run_adds(self, project):
        project.write(mine="def start(): print('started')")
        inner = ["-m", "wraptrs", "run", "--patch", "mine:start", "uses.py"]
        result = project.run(*self.ARMED, *inner)
        assert result.stdout == "started\nFalse marked\n"
        environ = "import os; print(os.environ['PYTHONPATH'].count('_bootstrap'))"
        assert project.run("-m", "wraptrs", "run", "-c", environ).stdout == "1\n"

    def test_a_python_that_does_not_find_the_package(self, project):
        """It is found where the bootstrap folder is."""
        code = """
            import os, subprocess, sys
            first = os.environ["PYTHONPATH"].split(os.pathsep)[0]
            environ = {**os.environ, "PYTHONPATH": os.pathsep.join([first, sys.argv[1]])}
            subprocess.run([sys.executable, "uses.py"], env=environ)
        """
        project.write(strip=code)
        assert project.run(*self.ARMED, "strip.py", str(project.site)).stdout == "False marked\n"

    def test_a_python_for_which_the_package_is_not_made(self, project):
        """It runs as if nothing were there."""
        import shutil
        from pathlib import Path

        import wraptrs

        package = Path(wraptrs.__file__).parent
        copy = project.folder.parent / "elsewhere" / "wraptrs"
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("*.so", "*.pyd"))
        project.write(child="import sys; print('wraptrs' in sys.modules, sys.path)")
        start = f"{copy / '_bootstrap'}"
        code = f"""
            import os, subprocess, sys
            environ = {{**os.environ, "PYTHONPATH": {start!r}, "WRAPTRS_HOOKS": "our.hooks"}}
            result = subprocess.run([sys.executable, "child.py"], env=environ, capture_output=True)
            assert result.returncode == 0 and not result.stderr, result
            assert {str(copy.parent)!r} not in result.stdout.decode()
            print(result.stdout.split()[0].decode())
        """
        project.write(start=code)
        installed = "site-packages" in package.parts
        assert project.python("start.py").stdout == f"{installed}\n"

    @pytest.mark.parametrize(
        ("value", "armed"), [("1", False), (" 1 ", False), ("0", True), ("an.owner", True)]
    )
    def test_switched_off(self, project, value, armed):
        project.variables["WRAPTRS_DISABLE"] = value
        expected = "False marked\n" if armed else "False None\n"
        result = project.run(*self.ARMED, "--patch", "absent:f", "uses.py")
        assert result.stdout == expected
        assert bool(result.stderr) == armed

    def test_switched_off_without_an_interpreter_that_reads_it(self, project):
        project.variables["WRAPTRS_DISABLE"] = "1"
        result = project.python("-S", "-m", "wraptrs", "run", *self.ARMED, "uses.py")
        assert result.stdout == "False None\n"


class TestSitecustomize:
    def test_the_one_that_is_there_runs_first(self, project):
        project.install("custom", sitecustomize="import sys\nsys.custom = 'wraptrs' in sys.modules")
        project.write(
            show="import sys, sitecustomize\nprint(sys.custom, sitecustomize.__file__)",
        )
        expected = f"False {project.site / 'sitecustomize.py'}\n"
        assert project.python("show.py").stdout == expected
        project.write(mine="def start(): print('started')")
        assert project.run("--patch", "mine:start", "show.py").stdout == f"started\n{expected}"

    def test_one_that_fails(self, project):
        """It is told as ever, and the hooks are armed."""
        project.install("custom", sitecustomize="import absent_module")
        plain = project.python("uses.py")
        assert "absent_module" in plain.stderr
        result = project.run("--hooks", "our.hooks", "uses.py")
        assert result.stdout == "False marked\n"
        assert "absent_module" in result.stderr

    def test_without_one_there_is_none_for_the_program(self, project):
        code = (
            "import importlib.util as u\nprint(getattr(u.find_spec('sitecustomize'), 'origin', 0))"
        )
        project.write(show=code)
        plain = project.python("show.py").stdout
        assert project.run("show.py").stdout == plain


class TestErrors:
    @pytest.mark.parametrize(
        ("asked", "label", "error"),
        [
            (["--patch", "absent_code:f"], "--patch absent_code:f", "ModuleNotFoundError"),
            (["--patch", "broken:f"], "--patch broken:f", "ZeroDivisionError"),
            (["--patch", "hook_code:f"], "--patch hook_code:f", "AttributeError"),
            (["--patch", "hook_code:mark"], "--patch hook_code:mark", "TypeError"),
            (["--patch", "sys:exit"], "--patch sys:exit", "SystemExit"),
            (["--patch", "wanted=broken:f"], "--patch wanted=broken:f", "ZeroDivisionError"),
            (["--hooks", "bad"], "wanted = broken:f of bad (bad)", "ZeroDivisionError"),
            (["--as-wrapt", "--patch", "wrapt.absent:f"], "wrapt.absent:f", "ModuleNotFoundError"),
        ],
    )
    def test_the_program_runs_and_they_are_told(self, project, asked, label, error):
        project.install("bad", "[bad]\nwanted = broken:f\n")
        result = project.run(*asked, "uses.py")
        assert result.stdout.endswith(" None\n")
        first, second, *_ = result.stderr.splitlines()
        assert first.startswith("wraptrs: the hook ")
        assert f"{label} failed; the program goes on." in first
        assert second.startswith(("Traceback", error))  # no frame of ours is shown
        assert error in result.stderr
        assert "_arming" not in result.stderr

    def test_once_for_a_program_and_its_children(self, project):
        project.install("bad", "[bad]\nwanted = broken:f\n")
        asked = ["--hooks", "bad", "--patch", "broken:f", "--patch", "absent_code:f"]
        result = project.run(*asked, "uses.py", "child")
        assert result.stdout.count("False None") == 2
        assert result.stderr.count("the hook") == 3

    def test_the_others_run(self, project):
        project.install("bad", "[bad]\nwanted = broken:f\n")
        asked = ["--patch", "broken:f", "--hooks", "bad", "--hooks", "our.hooks"]
        assert project.run(*asked, "uses.py").stdout == "False marked\n"

    def test_names_of_distributions(self, project):
        project.install("two-words", "[bad]\nwanted = broken:f\n")
        assert "broken:f of two-words (bad) failed" in project.run("--hooks=bad", "uses.py").stderr

    def test_variables_set_by_hand(self, project):
        """They may be wrong, and count only where the bootstrap folder is on the path."""
        project.variables["WRAPTRS_PATCH"] = "nonsense,hook_code:absent"
        assert project.python("uses.py").stderr == ""
        result = project.run("uses.py")
        assert "the hook --patch nonsense failed" in result.stderr
        assert "the hook --patch hook_code:absent failed" in result.stderr
        assert result.stdout == "True None\n"

    def test_nowhere_to_tell(self, project):
        code = "import subprocess, sys; subprocess.run([sys.executable, 'uses.py'], stderr=None)"
        project.write(mine="import sys\nsys.stderr = None\ndef f(): 1 / 0")
        result = project.run("--patch", "mine:f", "-c", code)
        assert result.stdout == "False None\n"


def test_as_wrapt(project):
    project.write(show="import wrapt, wraptrs, sys\nprint(wrapt is wraptrs)")
    code = "import subprocess, sys; subprocess.run([sys.executable, 'show.py'], check=True)"
    assert project.run("--as-wrapt", "show.py").stdout == "True\n"
    assert project.run("--as-wrapt", "-c", code).stdout == "True\n"
