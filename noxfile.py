"""Every chore of the project as one nox session; ``./dev test`` runs all that CI runs.

Each session that tests something fills a row; the table of rows and the sum close every run.
A wheel is built once per interpreter and source state, and reused by all sessions.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import os
import shlex
import shutil
import sys
import tarfile
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))  # nox loads this file without its folder

from tools import counts, interpreters

nox.needs_version = ">=2025.2.9"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["test"]

FOUND = interpreters.find()
MAIN = interpreters.newest(FOUND)
TABLE = counts.Table()
CACHE = Path(".nox").resolve()
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", "target")).resolve()

MATURIN = "maturin>=1.9.4,<2"
RUFF = "ruff>=0.15,<0.18"
MYPY = "mypy>=1.19,<3"
PYRIGHT = "pyright[nodejs]>=1.1.400,<2"
PYTEST = "pytest>=8.4,<10"
WRAPT = "wrapt==2.5.2"
XDIST = "pytest-xdist>=3.6,<4"  # the suite runs on all cores
HYPOTHESIS = "hypothesis>=6.140,<7"
PACKAGING = "packaging>=21"  # what the extra "guards" brings
CONSUMER = "Deprecated>=1.3,<4"  # of wrapt; the test of the drop-in switch runs it
TEST_DEPENDENCIES = (PYTEST, XDIST, HYPOTHESIS, WRAPT, CONSUMER, PACKAGING)
GREENS = ("eventlet>=0.41,<1", "gevent>=25.8,<27")  # what inject() takes its defaults from
APART = (f"--ignore=tests/{apart}" for apart in ("conformance", "rules", "typing"))
SUITE = ("tests", "-n", "auto", "--dist", "loadfile", *APART)


@atexit.register  # after nox's own report, so that these are the last lines of a run
def close():
    TABLE.close([version for version in interpreters.SUPPORTED if version not in FOUND])


# -- what sessions are made of -----------------------------------------------------------------


@contextlib.contextmanager
def counted(session):
    """The session's row; whatever failed in it fails the session."""
    with TABLE.row(session.name) as row:
        yield row
    if row.failed:
        session.error(f"{row.failed} failed")


def attempt(row, action, *arguments, **options):
    """Do one thing and count it; the next is done even when this one fails."""
    try:
        action(*arguments, **options)
        row.passed += 1
    except nox.command.CommandFailed:
        row.failed += 1


def check(session, row, command, **options):
    attempt(row, session.run, *shlex.split(command), **options)


def run_pytest(session, row, *arguments, env=None):
    report = CACHE / "results" / f"{session.name}.xml"
    report.unlink(missing_ok=True)
    command = ["python", "-m", "pytest", f"--junitxml={report}", *arguments]
    try:
        session.run(*command, *session.posargs, env=env)
    finally:
        if report.exists():
            row.add_junit(report)


def source_state(version):
    """A digest of everything that a wheel for this interpreter is made from."""
    digest = hashlib.sha256(str(Path(FOUND[version]).resolve()).encode())
    names = ("Cargo.toml", "Cargo.lock", "build.rs", "pyproject.toml", "README.md", "LICENSE")
    trees = [path for top in ("src", "python") for path in Path(top).rglob("*")]
    for path in sorted({Path(name) for name in names}.union(trees)):
        if path.is_file() and path.suffix not in (".pyc", ".so", ".pyd"):
            digest.update(f"{path.as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def wheel(session, version):
    """The wheel for this interpreter, built now only if the sources changed since."""
    folder = CACHE / "wheels" / version
    state = source_state(version)
    home = folder / state
    if not home.is_dir():
        session.install(MATURIN)
        fresh = folder / f"building-{os.getpid()}"
        command = ["maturin", "build", "--release", "--locked", "--auditwheel", "skip"]
        places = ["--interpreter", FOUND[version], "--target-dir", str(TARGET), "--out", str(fresh)]
        session.run(*command, *places)
        if source_state(version) != state:
            session.error("the sources changed while they were being built; run this again")
        for old in folder.iterdir():
            if old != fresh:
                shutil.rmtree(old)
        fresh.rename(home)
    return str(next(home.glob("*.whl")))


def install(session, version, *others):
    built = wheel(session, version)
    session.install(*others)
    session.install("--force-reinstall", "--no-deps", built)


def plan(session, *names):
    for name in names:
        TABLE.planned.append(name)
        session.notify(name)


def each_interpreter(function, *, alone=FOUND):
    """Register ``name-3.X`` for every interpreter found, and ``name`` for those that count."""
    name = function.__name__
    for version, path in FOUND.items():
        single = functools.wraps(function)(functools.partial(function, version=version))
        nox.session(name=f"{name}-{version}", python=path)(single)

    def every(session):
        plan(session, *(f"{name}-{version}" for version in alone))

    every.__doc__ = f"{function.__doc__} Here: {', '.join(alone)}."
    nox.session(name=name, python=False)(every)
    return function


# The plain name takes the newest interpreter only; the others can be asked for by theirs.
any_interpreter = functools.partial(each_interpreter, alone=[MAIN] if MAIN else [])
main_interpreter = nox.session(python=FOUND.get(MAIN))


# -- the sessions ------------------------------------------------------------------------------


@nox.session(python=False)
def test(session):
    """All that CI runs."""
    lacking = [version for version in interpreters.REQUIRED_IN_CI if version not in FOUND]
    if not FOUND or (os.environ.get("CI") == "true" and lacking):
        TABLE.planned.extend(f"unit-{version}" for version in lacking)
        session.error(f"no interpreter found for Python {', '.join(lacking)}")
    plan(session, "lint", "rules", "rust", "build", "types")
    # CI has 25 minutes: an interpreter that it does not require is tested by wrapt's suite alone,
    # and the debugging allocator on one. Each has a session of its own for whoever has the time.
    tested = interpreters.REQUIRED_IN_CI if os.environ.get("CI") == "true" else FOUND
    plan(session, *(f"unit-{version}" for version in tested), f"debug_malloc-{MAIN}")
    plan(session, *(f"conformance-{version}" for version in FOUND))
    plan(session, f"mirror-{MAIN}", "demo", *["greens-3.13"][: "3.13" in FOUND])


@main_interpreter
def lint(session):
    """Format and lint Rust and Python; warnings are errors here, never in Cargo.toml."""
    with counted(session) as row:
        session.install(RUFF)
        clippy = "cargo clippy --all-targets --locked -- -D warnings"
        check(session, row, "cargo fmt --check", external=True)
        check(session, row, clippy, env=rust_environment(), external=True)
        check(session, row, "ruff check .")
        check(session, row, "ruff format --check .")


def rust_environment():
    return {"PYO3_PYTHON": FOUND[MAIN], "CARGO_TARGET_DIR": str(TARGET)}


@main_interpreter
def rust(session):
    """The tests in Rust: of what needs no Python."""
    with counted(session) as row:
        options = {"external": True, "silent": True, "success_codes": [0, 101]}
        command = ["cargo", "test", "--locked"]
        row.add_cargo(session.run(*command, env=rust_environment(), **options))


@main_interpreter
def rules(session):
    """Tests that read the sources: layers, unsafe islands, versions, file lengths."""
    with counted(session) as row:
        session.install(PYTEST, HYPOTHESIS)
        run_pytest(session, row, "tests/rules")


@main_interpreter
def build(session):
    """One wheel for each interpreter."""
    with counted(session) as row:
        for version in FOUND:
            attempt(row, wheel, session, version)


@main_interpreter
def types(session):
    """Stubs: strict under mypy and pyright, and true to the built module."""
    with counted(session) as row:
        install(session, MAIN, *TEST_DEPENDENCIES, MYPY, PYRIGHT)
        run_pytest(session, row, "tests/typing", env={"WRAPT_TESTS": fetch_wrapt_tests(session)})


@each_interpreter
def unit(session, version):
    """The project's own tests, leak scripts included."""
    with counted(session) as row:
        install(session, version, *TEST_DEPENDENCIES)
        run_pytest(session, row, *SUITE)


@each_interpreter
def isolated(session, version):
    """Only the leak, crash and stress scripts, a process each (``unit`` has them too)."""
    with counted(session) as row:
        install(session, version, *TEST_DEPENDENCIES)
        run_pytest(session, row, "tests/test_isolated.py")


@each_interpreter
def debug_malloc(session, version):
    """The project's tests with the debugging allocator and in development mode."""
    with counted(session) as row:
        install(session, version, *TEST_DEPENDENCIES)
        # By the environment, so that scripts in processes of their own have it too.
        run_pytest(session, row, *SUITE, env={"PYTHONMALLOC": "debug", "PYTHONDEVMODE": "1"})


@each_interpreter
def conformance(session, version):
    """wrapt's own tests/core, unchanged, with ``wrapt`` standing for wraptrs."""
    with counted(session) as row:
        install(session, version, PYTEST)
        run_wrapt_tests(session, row)
        if version.endswith("t"):
            run_wrapt_stress(session, row)


@each_interpreter
def reference(session, version):
    """The same on the real wrapt, to see that the runner itself is sound."""
    with counted(session) as row:
        session.install(PYTEST, WRAPT)
        run_wrapt_tests(session, row, "--reference")


@each_interpreter
def mirror(session, version):
    """The project's tests on wrapt: shared behaviour passes, what is better here must fail."""
    with counted(session) as row:
        install(session, version, *TEST_DEPENDENCIES)
        run_pytest(session, row, *SUITE, env={"WRAPTRS_TEST_LIBRARY": "wrapt"})


@any_interpreter
def consumers(session, version):
    """Suites of users of wrapt on wrapt and on wraptrs, of others while patched: same outcomes."""
    with counted(session) as row:
        session.install(PYTEST, HYPOTHESIS)
        place = CACHE / "consumers" / version
        place.parent.mkdir(parents=True, exist_ok=True)
        options = [f"--basetemp={place}", "-o", "tmp_path_retention_policy=failed"]  # it is large
        env = {"WRAPTRS_WHEEL": wheel(session, version)}
        suites = [f"tests/consumers/{name}.py" for name in ("suites", "patched")]
        run_pytest(session, row, *options, *suites, env=env)


@each_interpreter
def greens(session, version):
    """inject() with the modules of eventlet and gevent, beside eventlet's own."""
    with counted(session) as row:
        install(session, version, *TEST_DEPENDENCIES, *GREENS)
        run_pytest(session, row, "tests/inject")


def run_wrapt_tests(session, row, *options):
    tests = fetch_wrapt_tests(session)
    ours = ["-p", "wrapt_is_wraptrs", "-c", "tests/conformance/pytest.ini", "--rootdir", tests]
    path = {"PYTHONPATH": str(Path("tests/conformance").resolve())}
    run_pytest(session, row, *ours, *options, f"{tests}/core", env=path)


def run_wrapt_stress(session, row):
    """wrapt's stress scripts, which mean something without the GIL only; a skip is a failure."""
    for script in sorted(Path(fetch_wrapt_tests(session), "stress").glob("stress_*.py")):
        attempt(row, session.run, "python", "-m", "wraptrs", "--as-wrapt", str(script))


def fetch_wrapt_tests(session):
    """Unpack the tests, and nothing else, of wrapt's pinned source distribution."""
    pin = Path("tests/conformance/wrapt.txt")
    home = CACHE / "wrapt" / hashlib.sha256(pin.read_bytes()).hexdigest()[:16]
    if not home.is_dir():
        fresh = home.with_name(f"fetching-{os.getpid()}")
        options = ["--no-deps", "--no-binary", ":all:", "--require-hashes"]
        session.run("python", "-m", "pip", "download", *options, "-r", str(pin), "-d", str(fresh))
        with tarfile.open(next(fresh.glob("*.tar.gz"))) as archive:
            # The hash vouches for the content; where Python can check paths too, it does.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(fresh, [m for m in archive if m.name.split("/")[1:2] == ["tests"]])
        fresh.rename(home)
    return str(next(home.glob("*/tests")))


@main_interpreter
def demo(session):
    """wraptrs at work on standard-library modules and on a package from PyPI."""
    with counted(session) as row:
        install(session, MAIN, "requests>=2.32,<3")
        check(session, row, "python examples/demo.py")
        check(session, row, "python examples/rollback.py")


@any_interpreter
def bench(session, version):
    """Bare, wrapt and wraptrs side by side, for every case, with both ratios."""
    with counted(session) as row:
        install(session, version, WRAPT)
        attempt(row, session.run, "python", "benches/bench.py", *session.posargs)


@any_interpreter
def instr(session, version):
    """Instructions counted under callgrind: repeatable where wall clock is not."""
    with counted(session) as row:
        if not shutil.which("valgrind"):
            session.error("valgrind is not installed; it counts the instructions")
        install(session, version, WRAPT)
        attempt(row, session.run, "python", "benches/instr.py", *session.posargs)
