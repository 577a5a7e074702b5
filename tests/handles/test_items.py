"""Items of mappings and lists, and variables of the environment, as members of sets."""

from __future__ import annotations

import os

import pytest

import wraptrs
from wraptrs import MISSING, PatchSet


class TestItems:
    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1)])
    @pytest.mark.parametrize("mapping", [{"k": 1}, {}], ids=["present", "absent"])
    def test_any_order(self, order, mapping):
        before = dict(mapping)
        stack = []
        for value in (10, 20, 30):
            patches = PatchSet()
            patches.item(mapping, "k", value)
            stack.append(patches.apply())
        left = [0, 1, 2]
        for index in order:
            stack[index].revert()
            left.remove(index)
            assert mapping.get("k") == ([10, 20, 30][left[-1]] if left else before.get("k"))
        assert mapping == before

    def test_drift(self):
        mapping = {"k": 1}
        patches = PatchSet()
        patches.item(mapping, "k", 2)
        patches.apply()
        mapping["k"] = 3
        with pytest.raises(wraptrs.PatchConflictError, match=r"dict\['k'\]"):
            patches.revert()
        patches.revert(force=True)
        assert mapping == {"k": 1}

    def test_missing_and_lists(self):
        mapping, items = {"k": 1}, [1, 2]
        with PatchSet() as patches:
            patches.item(mapping, "k", MISSING)
            patches.item(items, 1, "new")
            assert mapping == {} and items == [1, "new"]
        assert mapping == {"k": 1} and items == [1, 2]

    def test_environment(self, monkeypatch):
        monkeypatch.setenv("WRAPTRS_A", "1")
        monkeypatch.delenv("WRAPTRS_B", raising=False)
        with PatchSet() as patches:
            patches.env("WRAPTRS_A", MISSING)
            handle = patches.env("WRAPTRS_B", "2")
            assert handle.name == "$WRAPTRS_B" and handle.kind == "environment"
            assert "WRAPTRS_A" not in os.environ and os.environ["WRAPTRS_B"] == "2"
        assert os.environ["WRAPTRS_A"] == "1" and "WRAPTRS_B" not in os.environ
