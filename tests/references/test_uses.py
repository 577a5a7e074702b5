"""What a replacement uses to reach the original is not rebound: it would call itself for ever."""

from __future__ import annotations

import pytest

from support.lib import package as wraptrs

USING = {
    "closure": "def make(f):\n def replacement(): return f()\n return replacement\n"
    "replacement = make(function)",
    "default": "def replacement(f=function): return f()",
    "global": "_original = function\ndef replacement(): return _original()",
    "helper": "_original = function\ndef help(): return _original()\n"
    "def replacement(): return help()",
    "inner": "_original = function\ndef replacement(): return (lambda: _original())()",
    "table": "_originals = {'f': function}\ndef replacement(): return _originals['f']()",
    "partial": "import functools\ndef call(f=function): return f()\n"
    "replacement = functools.partial(call)",
    "instance": "class R:\n def __init__(self, f): self.f = f\n"
    " def __call__(self): return self.f()\nreplacement = R(function)",
    "method": "class R:\n def __init__(self, f): self.f = f\n def call(self): return self.f()\n"
    "replacement = R(function).call",
    "wraps": "import functools\ndef make(f):\n @functools.wraps(f)\n def r(): return f()\n"
    " return r\nreplacement = make(function)",
}


@pytest.mark.parametrize("source", USING.values(), ids=USING)
def test_the_replacement_keeps_what_it_lives_on(module, example, source):
    """Otherwise it would call itself for ever."""
    function = example.function
    patcher = module("patcher", source, function=function)
    del patcher.function
    user = module("user", "held = [function]", function=function)
    with wraptrs.rebind(function, patcher.replacement) as handle:
        assert user.held == [patcher.replacement]
        assert example.function() == "original"
        kept = [r for r in handle.references if r.path.startswith(("patcher", "<"))]
        assert kept
        assert not any(r in handle.rebound for r in kept)
        assert {r.reason for r in kept if r.rebindable is False} >= {
            "the replacement itself uses it under this name"
        }
    assert user.held == [function]
