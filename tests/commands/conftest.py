"""wrapt has no command line: over wrapt there is nothing here that could be compared."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

from support.attached import places, start, target  # noqa: F401 - fixtures of several files
from support.child import run_child
from support.lib import IS_WRAPT

collect_ignore_glob = ["test_*.py"] if IS_WRAPT else []


class Project:
    """A folder with programs in it, and a site with packages beside it."""

    def __init__(self, folder):
        self.folder = folder / "project"
        self.site = folder / "site"
        self.folder.mkdir()
        self.site.mkdir()
        self.variables, self.places = {}, []

    def write(self, **sources):
        """Files of the project; "__" in a name stands for a folder."""
        self._write(self.folder, sources)

    def install(self, distribution, entry_points="", **sources):
        """Modules in the site, with the metadata that installing a wheel leaves."""
        self._write(self.site, sources)
        info = self.site / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(textwrap.dedent(entry_points), encoding="utf-8")

    def _write(self, place, sources):
        for name, source in sources.items():
            path = place.joinpath(*name.split("__")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(source), encoding="utf-8")

    def python(self, *arguments, check=True, cwd=None, **options):
        """Run the interpreter in the project with the site on its path."""
        return run_child(
            *arguments,
            cwd=cwd or self.folder,
            check=check,
            path=[str(self.site), *self.places],
            env=self.variables,
            **options,
        )

    def path(self):
        """Where a program finds the site and the package itself, if the environment counts."""
        import wraptrs

        return [str(self.site), str(Path(wraptrs.__file__).parents[1])]

    def run(self, *arguments, **options):
        """Run ``python -m wraptrs run`` in the project."""
        return self.wraptrs("run", *arguments, **options)

    def wraptrs(self, *arguments, **options):
        """Run ``python -m wraptrs`` in the project."""
        return self.python("-m", "wraptrs", *arguments, **options)


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("WRAPTRS_")]:
        monkeypatch.delenv(name)
    return Project(tmp_path)
