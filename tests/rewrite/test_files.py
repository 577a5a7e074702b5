"""Where sources come from: archives, any encoding, any line; and sources that are hard to take."""

from __future__ import annotations

import ast
import importlib
import math
import sys
import zipfile

import pytest

from support.lib import package as wraptrs

rewrite = wraptrs.rewrite

PLAIN = "\nclass Shop:\n    def target(self, a):\n        return a + 1\n"


def hundred(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value == 1:
            node.value = 100
    return tree


@pytest.fixture(params=["file", "archive"])
def module(request, tmp_path, monkeypatch):
    """A function that makes a module of bytes, in a file or in an archive."""
    name = f"module_{abs(hash(request.node.name))}"

    def make(content):
        if request.param == "file":
            (tmp_path / f"{name}.py").write_bytes(content)
            monkeypatch.syspath_prepend(tmp_path)
        else:
            with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
                archive.writestr(f"{name}.py", content)
            monkeypatch.syspath_prepend(tmp_path / "all.zip")
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield make
    sys.modules.pop(name, None)


SOURCES = {
    "line ends": PLAIN.replace("\n", "\r\n").encode(),
    "byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "form feeds": f"import sys\n\x0c\n{PLAIN}".encode(),
    "separators": f"text = '\u2028', '\x1c\x85'\n{PLAIN}".encode(),
    "coding": f"# -*- coding: latin-1 -*-\ntext = '\xe9'\n{PLAIN}".encode("latin-1"),
    "no last end": PLAIN.rstrip().encode(),
}


@pytest.mark.parametrize("content", SOURCES.values(), ids=list(SOURCES))
def test_every_form_of_text(module, content):
    shop = module(content).Shop()
    with rewrite(shop.target, hundred) as handle:
        assert shop.target(5) == 105
        assert "+        return a + 100\n" in handle.diff()
        assert handle.source.endswith("        return a + 100\n")
    assert shop.target(5) == 6


def test_an_archive_that_is_gone(module):
    found = module(PLAIN.encode())
    path = found.__loader__.archive if hasattr(found.__loader__, "archive") else found.__file__
    with open(path, "wb"):
        pass  # as an upgrade of a program that runs may leave it
    with pytest.raises(wraptrs.UnpatchableError, match=r"not the source|no source is known"):
        rewrite(found.Shop.target, hundred)


def test_a_statement_of_many_branches(module):
    branches = "".join(f"    elif a == {n}:\n        return {n}\n" for n in range(2, 200))
    found = module(f"def target(a):\n    if a == 0:\n        return 0\n{branches}".encode())
    with rewrite(found.target, ast.NodeTransformer), rewrite(found.target, hundred):
        assert found.target(199) == 199 and found.target(100) == 100


def test_a_constant_that_is_no_number(module):
    found = module(b"def target():\n    return 1e999 - 1e999, 1\n")
    with rewrite(found.target, hundred):
        value, one = found.target()
        assert math.isnan(value) and one == 100
