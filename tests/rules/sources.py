"""The project's own files, as the rule tests read them: paths, code without comments, imports."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]

# What a build, an editor or git leaves behind; no part of the sources.
LEFT_BEHIND = {"target", "dist", "build", "__pycache__", "site"}


def tracked(*suffixes):
    """Every source file below the root, as paths relative to it; all suffixes if none is given."""
    found = []
    for path in sorted(ROOT.rglob("*")):
        relative = path.relative_to(ROOT)
        hidden = any(part.startswith(".") and part not in (".ci",) for part in relative.parts[:-1])
        if hidden or LEFT_BEHIND & set(relative.parts) or not path.is_file():
            continue
        if path.suffix in (suffixes or (path.suffix,)) and path.suffix not in (".so", ".pyd"):
            found.append(relative)
    return found


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


RUST_TOKENS = re.compile(
    r"""
    (?P<comment> //[^\n]* | /\*.*?\*/ )
  | (?P<string> b?c?r(?P<hash>\#*)".*?"(?P=hash) | [bc]?"(?:\\.|[^"\\])*" | b?'(?:\\.|[^'\\])' )
    """,
    re.VERBOSE | re.DOTALL,
)


def rust_code(path):
    """The file with comments and literals blanked out, so that only code is left on each line."""
    return RUST_TOKENS.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text(path))


def crate_names(code):
    """The first name after every ``crate::``, those inside ``crate::{a, b::c}`` included."""
    names = re.findall(r"\bcrate::(\w+)", code)
    for start in re.finditer(r"\bcrate::\{", code):
        depth, names_here, at = 1, [""], start.end()
        while depth and at < len(code):
            char = code[at]
            depth += {"{": 1, "}": -1}.get(char, 0)
            if depth == 1 and char == ",":
                names_here.append("")
            elif depth:
                names_here[-1] += char
            at += 1
        names += [match.group() for match in map(re.compile(r"\w+").search, names_here) if match]
    return names
