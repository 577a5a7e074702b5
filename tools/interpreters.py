"""Which supported Python interpreters this machine has, without naming any place by heart."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

SUPPORTED = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15", "3.14t", "3.15t")
REQUIRED_IN_CI = ("3.9", "3.11", "3.12", "3.13")
EXTRA = "WRAPTRS_PYTHONS"  # further executables, separated as PATH is

PROBE = (
    "import sys, sysconfig as s; print(sys.implementation.name, '%d.%d' % sys.version_info[:2]"
    " + 't' * bool(s.get_config_var('Py_GIL_DISABLED')))"
)


def candidates() -> Iterator[str]:
    """Executables that may be a Python: those the user names, pyenv's, then PATH's."""
    yield from filter(None, os.environ.get(EXTRA, "").split(os.pathsep))
    # pyenv's shims are scripts that stand for the same interpreters, or for none.
    on_path = [Path(part) for part in os.get_exec_path() if Path(part).name != "shims"]
    for folder in [*pyenv_folders(), *on_path]:
        for path in sorted(folder.glob("python3.*")):
            if re.fullmatch(r"python3\.\d+t?(\.exe)?", path.name):
                yield str(path)


def pyenv_folders() -> list[Path]:
    """The bin folders of pyenv's versions, newest first; none without pyenv."""
    root = os.environ.get("PYENV_ROOT")
    if not root and shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True).stdout.strip()
    found = Path(root or Path.home() / ".pyenv", "versions").glob("3.*/bin")
    return sorted(found, key=lambda path: version_key(path.parent.name), reverse=True)


def version_key(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]


def identify(path: str) -> str | None:
    """``"3.14t"`` and the like for a CPython that runs, None for anything else."""
    try:
        answer = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = answer.stdout.split()
    return words[1] if answer.returncode == 0 and words[:1] == ["cpython"] else None


def find() -> dict[str, str]:
    """``{version: executable}`` of one interpreter for each supported version at hand."""
    found: dict[str, str] = {}
    for path in candidates():
        version = identify(path)
        if version in SUPPORTED:
            found.setdefault(version, path)
    return {version: found[version] for version in SUPPORTED if version in found}


def newest(found: dict[str, str]) -> str | None:
    """The version for sessions that need just one: the newest with a GIL."""
    ordered = [*filter(lambda v: v.endswith("t"), found), *filter(lambda v: v[-1] != "t", found)]
    return ordered[-1] if ordered else None
