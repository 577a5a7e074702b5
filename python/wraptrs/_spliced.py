"""The text of a changed tree: the file as it is written, with new text where statements changed.

Comments and layout stay wherever the tree is as it was; what changed is written anew, statement by
statement, and a statement that shares its line with others together with those around it.
"""

import ast
import copy
from difflib import SequenceMatcher

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def spliced(lines, old, new):
    """The lines of a file in which the function `old` became `new`."""
    edits = _Edits(lines)
    if isinstance(old, ast.Lambda):
        if ast.dump(old) != ast.dump(new):
            edits.expression(old, new)
    elif not edits.compare(old, new):
        edits.found = [edits.header(old, new)]
    made = list(lines)
    for first, last, text in sorted(edits.found, key=lambda edit: edit[:2], reverse=True):
        made[first:last] = text
    return made


class _Edits:
    """Ranges of lines, counted from 0, and the text for each."""

    def __init__(self, lines):
        self.lines = lines
        self.found = []

    def compare(self, old, new):
        """Note what turns one statement into another; False where only writing it anew does."""
        if type(old) is not type(new):
            return False
        pairs = [(field, value, getattr(new, field, None)) for field, value in ast.iter_fields(old)]
        mark = len(self.found)
        changed = any(
            field not in _BLOCKS and _text(one) != _text(other) for field, one, other in pairs
        )
        if changed and not self._header(old, new):
            return False
        for field, one, other in pairs:
            if field in _BLOCKS and not self._block(one, other):
                del self.found[mark:]
                return False
        return True

    def _block(self, old, new):
        """The same for statements that follow each other."""
        if _text(old) == _text(new):
            return True
        if not old or not new:
            return False
        matcher = SequenceMatcher(None, *[list(map(_head, it)) for it in (old, new)], False)
        for _, i1, i2, j1, j2 in matcher.get_opcodes():
            before, after = old[i1:i2], new[j1:j2]
            pairs = list(zip(before, after)) if len(before) == len(after) else []
            if pairs and all(self.compare(*pair) or self._anew(*pair) for pair in pairs):
                continue
            if pairs or not self._range(before, after, old, i1):
                return False
        return True

    def _header(self, old, new):
        """Note new lines for what stands above the body of a statement, if they are its own."""
        body = getattr(old, "body", None)
        decorators = [_text(getattr(node, "decorator_list", ())) for node in (old, new)]
        if not isinstance(body, list) or not hasattr(old, "lineno") or not getattr(new, "body", 0):
            return False
        first, last, indent = old.lineno - 1, _first(body[0]), self._before(old)
        shares = indent.strip() or self._before(body[0]).strip() or last <= first
        if shares or decorators[0] != decorators[1]:
            return False
        while last - 1 > first and self.lines[last - 1].strip()[:1] in ("", "#"):
            last -= 1  # comments in front of the body stay
        text = _written(_headed(new), indent)[:-1]
        if self._is_elif(old):
            text[0] = f"{indent}el{text[0].lstrip()}"
        self.found.append((first, last, text))
        return True

    def _anew(self, old, new):
        return self._range([old], [new], [old], 0)

    def _range(self, before, after, all_old, place):
        """Note that statements stand in the place of others, if lines are theirs alone."""
        anchor = before or [all_old[min(place, len(all_old) - 1)]]
        if not all(hasattr(node, "lineno") and self._alone(node) for node in anchor):
            return False
        indent = self._before(anchor[0])
        text = [line for node in after for line in _written(node, indent)]
        if before:
            first, last = _first(before[0]), before[-1].end_lineno
        else:
            first = last = _first(anchor[0]) if place < len(all_old) else anchor[0].end_lineno
        self.found.append((first, last, text))
        return True

    def header(self, old, new):
        """The whole function anew, under the decorators that it has."""
        indent = self._before(old)
        decorators, new.decorator_list = new.decorator_list, []
        try:
            text = _written(new, indent if not indent.strip() else "")
        finally:
            new.decorator_list = decorators
        return old.lineno - 1, old.end_lineno, text

    def expression(self, old, new):
        """A lambda anew, between what stands around it on its lines."""
        end = self.lines[old.end_lineno - 1].encode()[old.end_col_offset :].decode()
        text = self._before(old) + ast.unparse(new) + end
        self.found.append((old.lineno - 1, old.end_lineno, [text]))

    def _before(self, node):
        return self.lines[node.lineno - 1].encode()[: node.col_offset].decode()

    def _is_elif(self, node):
        line = self.lines[node.lineno - 1].encode()[node.col_offset :]
        return isinstance(node, ast.If) and line.startswith(b"elif")

    def _alone(self, node):
        if self._is_elif(node):  # a part of the statement that it is in
            return False
        end = self.lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode().strip()
        return not self._before(node).strip() and (not end or end.startswith("#"))


def _first(node):
    decorators = getattr(node, "decorator_list", None)
    return (decorators[0] if decorators else node).lineno - 1


def _headed(node):
    """A statement with nothing in it."""
    made = copy.copy(node)
    made.body = [ast.Pass()]
    for field in ("decorator_list", "orelse"):
        if hasattr(made, field):
            setattr(made, field, [])
    return made


def _written(node, indent):
    text = ast.unparse(node).strip("\n")
    inside = _within_strings(text)
    return [
        f"{'' if number in inside else indent}{line}\n" if line else "\n"
        for number, line in enumerate(text.split("\n"), 1)
    ]


def _within_strings(text):
    """The numbers of lines that begin within a string, and would change it if they were moved."""
    if '"""' not in text and "'''" not in text:
        return ()
    from io import StringIO
    from tokenize import generate_tokens

    tokens = generate_tokens(StringIO(text).readline)
    return {line for token in tokens for line in range(token.start[0] + 1, token.end[0] + 1)}


def _head(node):
    """A statement without the blocks that it has, to tell which one became which."""
    fields = [(field, value) for field, value in ast.iter_fields(node) if field not in _BLOCKS]
    return type(node).__name__ + repr([_text(value) for _, value in fields])


def _text(value):
    if isinstance(value, ast.AST):
        return ast.dump(value)
    if isinstance(value, list):
        return [_text(item) for item in value]
    return value
