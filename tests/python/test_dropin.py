"""install_as_wrapt() and ``python -m wraptrs --as-wrapt``: import wrapt, get wraptrs."""

from __future__ import annotations

import textwrap

import pytest

from support.child import run_child
from support.lib import IS_WRAPT

if IS_WRAPT:
    pytest.skip("wrapt has no switch that makes it stand for wrapt", allow_module_level=True)

# Stands where the real wrapt would, whether that is installed or not.
DECOY = "raise SystemExit('the real wrapt was imported')\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "wrapt").mkdir()
    (tmp_path / "wrapt" / "__init__.py").write_text(DECOY)
    (tmp_path / "wrapt" / "importer.py").write_text(DECOY)
    return tmp_path


@pytest.fixture
def run(folder):
    def run(code, **options):
        return run_child(code=code, cwd=folder, **options)

    return run


class TestInstall:
    def test_names_and_modules_are_ours(self, run):
        run(
            """
            import wraptrs
            wraptrs.install_as_wrapt()
            import sys
            assert "wraptrs.importer" not in sys.modules
            import wrapt
            import wrapt.importer
            import wrapt._wrappers
            from wrapt import decorator, ObjectProxy
            from wrapt.patches import resolve_path
            assert wrapt is wraptrs
            assert wrapt.importer is wraptrs.importer is sys.modules["wrapt.importer"]
            assert wrapt._wrappers is sys.modules["wraptrs._wrappers"]
            assert decorator is wraptrs.decorator
            assert resolve_path is wraptrs.resolve_path
            assert all(getattr(wrapt, name) is getattr(wraptrs, name) for name in wrapt.__all__)
            """
        )

    def test_modules_keep_their_own_names_and_specs(self, run):
        run(
            """
            import wraptrs
            wraptrs.install_as_wrapt()
            import wrapt.wrappers
            assert wrapt.__name__ == wrapt.__spec__.name == "wraptrs"
            assert wrapt.wrappers.__name__ == "wraptrs.wrappers"
            assert wrapt.wrappers.__spec__.name == "wraptrs.wrappers"
            assert wrapt.wrappers.__spec__.loader is wrapt.wrappers.__loader__
            import importlib
            assert importlib.reload(wrapt.arguments) is wrapt.arguments
            """
        )

    def test_every_submodule_of_wrapt(self, run):
        run(
            """
            import importlib, sys, wraptrs
            wraptrs.install_as_wrapt()
            for name in (
                "__wrapt__ _wrappers arguments caching decorators doc exceptions importer patches "
                "proxies signature synchronization weakrefs wrappers"
            ).split():
                ours = importlib.import_module("wraptrs." + name)
                assert importlib.import_module("wrapt." + name) is ours, name
            """
        )

    def test_unknown_submodule(self, run):
        result = run(
            """
            import wraptrs
            wraptrs.install_as_wrapt()
            import wrapt.nonsense
            """,
            check=False,
        )
        assert "ModuleNotFoundError: No module named 'wrapt.nonsense'" in result.stderr

    def test_find_spec_sees_it_without_importing(self, run):
        run(
            """
            import wraptrs
            wraptrs.install_as_wrapt()
            import importlib.util, sys
            assert importlib.util.find_spec("wrapt.caching").origin.endswith("caching.py")
            assert "wraptrs.caching" not in sys.modules
            assert importlib.util.find_spec("wrapt.nonsense") is None
            assert importlib.util.find_spec("wrapture_is_another_name") is None
            """
        )

    def test_again_changes_nothing(self, run):
        run(
            """
            import sys, wraptrs
            wraptrs.install_as_wrapt()
            import wrapt.doc
            before = list(sys.meta_path)
            wraptrs.install_as_wrapt()
            assert sys.meta_path == before
            assert sys.modules["wrapt"] is wraptrs
            """
        )

    @pytest.mark.parametrize("module", ["wrapt", "wrapt.importer"])
    def test_refused_once_the_real_one_is_imported(self, run, module):
        run(
            f"""
            import sys, types, wraptrs
            real = sys.modules[{module!r}] = types.ModuleType({module!r})
            before = list(sys.meta_path)
            try:
                wraptrs.install_as_wrapt()
            except RuntimeError as error:
                assert "wrapt itself is imported already ({module})" in str(error)
                assert "--as-wrapt" in str(error)
            else:
                raise SystemExit("it was not refused")
            assert sys.modules[{module!r}] is real
            assert sys.meta_path == before
            """
        )

    def test_two_threads_importing_at_once(self, run):
        run(
            """
            import threading, wraptrs
            wraptrs.install_as_wrapt()
            found, barrier = [], threading.Barrier(8)
            def work():
                barrier.wait()
                import wrapt.synchronization
                found.append(wrapt.synchronization)
            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            assert found == [wraptrs.synchronization] * 8
            """
        )


PROGRAM = """
    import sys, wrapt, wraptrs, beside
    assert wrapt is wraptrs
    assert __name__ == "__main__"
    print(sys.argv[1:], beside.where)
    sys.exit(3)
"""


class TestCommandLine:
    @pytest.fixture
    def program(self, folder):
        (folder / "sub").mkdir()
        (folder / "sub" / "program.py").write_text(textwrap.dedent(PROGRAM))
        (folder / "sub" / "beside.py").write_text("where = 'beside the script'\n")
        (folder / "beside.py").write_text("where = 'in the working directory'\n")
        (folder / "module.py").write_text(textwrap.dedent(PROGRAM))
        return folder / "sub" / "program.py"

    def run(self, folder, *arguments):
        return run_child("-m", "wraptrs", *arguments, cwd=folder, check=False)

    def test_script(self, folder, program):
        result = self.run(folder, "--as-wrapt", "sub/program.py", "a", "--version", "-m", "--", "b")
        assert result.returncode == 3, result.stderr
        assert result.stdout == "['a', '--version', '-m', '--', 'b'] beside the script\n"

    def test_module(self, folder, program):
        result = self.run(folder, "--as-wrapt", "-m", "module", "--as-wrapt", "x")
        assert result.returncode == 3, result.stderr
        assert result.stdout == "['--as-wrapt', 'x'] in the working directory\n"

    def test_argv_zero(self, folder, program):
        code = "import sys; print(sys.argv[0])\n"
        program.write_text(code)
        (folder / "module.py").write_text(code)
        assert self.run(folder, "--as-wrapt", "sub/program.py").stdout == "sub/program.py\n"
        path = self.run(folder, "--as-wrapt", "-m", "module").stdout.strip()
        assert path == str(folder / "module.py")

    def test_error_of_the_program_is_its_own(self, folder, program):
        program.write_text("1 / 0\n")
        result = self.run(folder, "--as-wrapt", "sub/program.py")
        assert result.returncode == 1
        assert "ZeroDivisionError" in result.stderr

    @pytest.mark.parametrize("arguments", [["--as-wrapt"], ["--as-wrapt", "-m"]])
    def test_nothing_to_run(self, folder, arguments):
        result = self.run(folder, *arguments)
        assert result.returncode == 2
        assert "--as-wrapt needs a script, or -m and a module" in result.stderr

    def test_script_that_is_not_there(self, folder):
        result = self.run(folder, "--as-wrapt", "absent.py")
        assert result.returncode == 2
        assert "absent.py" in result.stderr

    def test_nothing_asked_shows_the_help(self, folder):
        result = self.run(folder)
        assert result.returncode == 2
        assert "--as-wrapt" in result.stdout

    def test_version(self, folder):
        import wraptrs

        assert self.run(folder, "--version").stdout == f"wraptrs {wraptrs.__version__}\n"
