"""One environment for a consumer, and its suite run there twice: beside wrapt, beside wraptrs.

The environment itself has neither: each library lies in a folder of its own, and PYTHONPATH names
one of the two. So nothing but the library differs, child processes of the suite included.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

WRAPT = "2.5.2"
PYTEST = "pytest>=8.4,<10"
RECORDER = Path(__file__).with_name("recorder.py")
SECONDS = 900  # for one suite; the longest takes a small part of it

# What `import wrapt` finds beside wraptrs. An installed copy of it would do the same for a program
# that cannot be started by `python -m wraptrs --as-wrapt`.
SHIM = """\
import sys
del sys.modules[__name__]  # this module stands for no part of the real wrapt
import wraptrs
wraptrs.install_as_wrapt()
"""
METADATA = f"Metadata-Version: 2.1\nName: wrapt\nVersion: {WRAPT}\n"


class Failed(Exception):
    """A command that prepares or runs a suite failed; the message holds its output."""


@dataclasses.dataclass
class Side:
    """The folder through which ``import wrapt`` gives one library, and only that one."""

    name: str
    path: Path

    def owns(self, file):
        return file is not None and self.path / self.name in Path(file).parents


@dataclasses.dataclass
class Result:
    """What became of each test of one suite, and where it got wrapt from."""

    outcomes: dict
    errors: dict
    wrapt: dict

    def count(self, outcome):
        return list(self.outcomes.values()).count(outcome)

    def __str__(self):
        found = sorted(set(self.outcomes.values()))
        return ", ".join(f"{self.count(outcome)} {outcome}" for outcome in found) or "nothing ran"


def run(*command, **options):
    finished = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        timeout=SECONDS,
        **options,
    )
    return finished.returncode, finished.stdout


def must(*command, **options):
    status, output = run(*command, **options)
    if status:
        raise Failed(f"{' '.join(map(str, command))}\nexit status {status}\n{output[-4000:]}")
    return output


def pip(python, *arguments):
    return must(python, "-m", "pip", "--disable-pip-version-check", *arguments)


def make_sides(home, wheel):
    """Install each library into a folder of its own, with the recorder beside it."""
    sides = [Side("wrapt", home / "with-wrapt"), Side("wraptrs", home / "with-wraptrs")]
    for side, source in zip(sides, (f"wrapt=={WRAPT}", wheel)):
        pip(sys.executable, "install", "--quiet", "--no-deps", "--target", side.path, source)
        shutil.copy(RECORDER, side.path / "consumer_recorder.py")
    ours = sides[1].path
    for name, text in (
        ("wrapt/__init__.py", SHIM),
        (f"wrapt-{WRAPT}.dist-info/METADATA", METADATA),  # some ask for the version of wrapt
    ):
        (ours / name).parent.mkdir()
        (ours / name).write_text(text, encoding="utf-8")
    return sides


def make_environment(consumer, home):
    """A virtual environment with the consumer and no wrapt: its Python, and the sdist if any."""
    folder = home / "environment"
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    sdist = download(consumer, python, home) if consumer.sha256 else None
    extra = f"[{consumer.extra}]" if consumer.extra else ""
    package = f"{sdist}{extra}" if sdist else f"{consumer.name}{extra}=={consumer.version}"
    pip(python, "install", "--quiet", PYTEST, package, f"wrapt=={WRAPT}", *consumer.needs)
    pip(python, "uninstall", "--quiet", "--yes", "wrapt")
    return python, sdist


def download(consumer, python, home):
    pin = home / "pin.txt"
    pin.write_text(f"{consumer.pin} --hash=sha256:{consumer.sha256}\n", encoding="utf-8")
    options = ["--quiet", "--no-deps", "--require-hashes", "--no-binary", consumer.name]
    pip(python, "download", *options, "--dest", home, "-r", pin)
    return next(home.glob("*.tar.gz"))


def unpack(consumer, sdist, folder):
    """A fresh copy of the sources, for a run may write there; an empty folder without an sdist."""
    tree = folder / str(consumer)
    tree.mkdir()
    if sdist is None:
        return tree
    with tarfile.open(sdist) as archive:
        # The hash vouches for the content; where Python can check paths too, it does.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tree)
    (tree,) = tree.iterdir()
    for name in consumer.supplied:
        (tree / name).touch()
    return tree


def surroundings(consumer, python, side, folder):
    """The whole environment of a run: nothing of this machine's settings reaches the suite."""
    kept = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env.update(
        HOME=str(folder),
        PYTHONPATH=str(side.path),
        PYTHONHASHSEED="0",
        CONSUMER_RECORD=str(folder / "record.json"),
    )
    if consumer.certificates:
        bundle = must(python, "-m", consumer.certificates).strip()
        env.update(REQUESTS_CA_BUNDLE=bundle, SSL_CERT_FILE=bundle)
    return env


def run_suite(consumer, python, sdist, side, home, **settings):
    """Run the suite in a fresh tree; a failing test is a result, a run without results is not.

    The settings are added to its environment.
    """
    folder = home / f"run-{side.name}"
    folder.mkdir()
    # A suite without settings must not find those of a project that it was unpacked inside.
    (folder / "pytest.ini").touch()
    tree = unpack(consumer, sdist, folder)
    env = {**surroundings(consumer, python, side, folder), **settings}
    plugins = ["-p", "consumer_recorder", "-p", "no:cacheprovider"]
    command = [python, "-m", "pytest", "-q", *plugins, *consumer.options, consumer.tests]
    status, output = run(*command, cwd=tree, env=env)
    record = Path(env["CONSUMER_RECORD"])
    if status not in (0, 1) or not record.exists():
        raise Failed(f"{consumer} beside {side.name}: exit status {status}\n{output[-4000:]}")
    return Result(**json.loads(record.read_text(encoding="utf-8")))


def differences(wrapt, wraptrs, names=("with wrapt", "with wraptrs")):
    """One line for each test whose outcome is not the same, with the error that came of it."""
    lines = []
    for test in sorted({*wrapt.outcomes, *wraptrs.outcomes}):
        before, after = (side.outcomes.get(test, "absent") for side in (wrapt, wraptrs))
        if before != after:
            why = wraptrs.errors.get(test) or wrapt.errors.get(test) or ""
            lines.append(f"{test}: {before} {names[0]}, {after} {names[1]}\n{why}")
    return lines
