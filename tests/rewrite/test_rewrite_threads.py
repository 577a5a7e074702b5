"""Rewrites while other threads switch, add and remove those beneath."""

from __future__ import annotations

import ast
import threading

import pytest

from support.lib import package as wraptrs

rewrite = wraptrs.rewrite


def target():
    return 1


def becoming(value, then=None):
    """A transformer that sets what the function returns, and does something else on the way."""

    def change(tree):
        tree.body = [ast.Return(ast.Constant(value))]
        if then is not None:
            then()
        return tree

    return change


@pytest.mark.parametrize("way", ["disable", "revert"])
def test_what_lies_beneath_changes_while_the_source_is_looked_for(way, monkeypatch):
    """The source of a rewritten function is that of the rewrite, whatever became of it since."""
    from wraptrs import _rewriting

    below = rewrite(target, becoming(2))
    beneath = _rewriting.Rewrite._beneath

    def late(self, *given):
        if self is not below:  # which is composed with the lock taken
            monkeypatch.undo()
            thread = threading.Thread(target=getattr(below, way))
            thread.start()
            thread.join()
        return beneath(self, *given)

    monkeypatch.setattr(_rewriting.Rewrite, "_beneath", late)
    seen = []
    above = rewrite(target, lambda tree: seen.append(ast.unparse(tree.body[0])) or tree)
    assert seen == ["return 2", "return 1"] and target() == 1
    above.revert()
    below.revert()
    assert target() == 1


def test_a_rewrite_is_switched_while_those_above_are_composed():
    below = rewrite(target, becoming(2))
    above = rewrite(target, lambda tree: tree)
    record = above._record
    function = above._below(record)
    below.enabled = False  # as another thread has it just before it waits for its turn
    assert above.compose(record, function)[0][0].co_consts[-1] == 2
    below.enabled = True
    above.revert()
    below.revert()
    assert target() == 1


def test_threads_that_rewrite_the_same_function():
    failures = []

    def use(value):
        try:
            for _ in range(20):
                with rewrite(target, becoming(value)), rewrite(target, lambda tree: tree) as handle:
                    handle.disable().enable()
                    assert target() in (2, 3)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=use, args=(value,)) for value in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and target() == 1 and not wraptrs.patches()


def test_the_compiler_of_an_interpreter_that_fails_when_threads_use_it_is_asked_again(monkeypatch):
    from wraptrs import _compiling

    failing = [SystemError, SystemError]

    def compile_late(*args):
        if failing:
            raise failing.pop()
        return compile(*args)

    monkeypatch.setattr(_compiling, "compile", compile_late, raising=False)
    with rewrite(target, becoming(5)):
        assert target() == 5 and not failing
