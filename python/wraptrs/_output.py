"""Where reports on a program go: its standard error as it was at the start, or a file.

The program may put something else in the place of ``sys.stderr``, change its folder, or close all
files that it knows of; what another file has taken the place of is never written to.
"""

import os
import sys


class Output:
    """A stream to write text to, which never raises and never writes into the program's files."""

    _whole = True  # whether all was written to the file so far

    def __init__(self, path=None):
        self._path = path
        self._file = self._known = None
        self._encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
        try:
            self._file = os.dup(2)
            self._known = _identity(self._file)
        except OSError:
            self._file = None  # there is no standard error

    def write(self, text):
        """Write all of a text; what cannot be written is lost. Of a file, that is told once."""
        if self._path is None:
            self._tell(text)
            return
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                _write(file, text.encode("utf-8", "backslashreplace"))
            finally:
                os.close(file)
        except OSError as error:
            if self._whole:
                self._whole = False
                self._tell(f"wraptrs: cannot write to {self._path}: {error.strerror}\n")
        except TypeError:
            pass  # at the very end of the interpreter functions are None

    def _tell(self, text):
        try:
            if self._file is not None and _identity(self._file) == self._known:
                _write(self._file, text.encode(self._encoding, "backslashreplace"))
        except (OSError, TypeError):
            pass  # full or gone

    def flush(self):
        """Nothing is held back."""


def _identity(file):
    found = os.fstat(file)
    return found.st_dev, found.st_ino, found.st_mode


def _write(file, data):
    while data:
        data = data[os.write(file, data) :]
