"""The folder in which the requests to one process wait, and what is done in it.

It lies where everybody may make one of that name, and that for a user's process is the user's, also
where root asks. So it is opened once, without following a link, and looked at then; its files are
reached from there by their names. Who puts something else into its place has nothing of that.
"""

import os
import stat
from contextlib import suppress


class ForeignFolderError(OSError):
    """That a folder is not what only the given users can read and write."""


class Queue:
    """An open folder. Raises ForeignFolderError, and FileNotFoundError where there is none.

    ``owners`` are the numbers of the users whose it may be.
    """

    def __init__(self, path, owners):
        self.path = path
        self._file = None
        self._place = {}
        if os.name == "nt":
            return
        try:
            self._file = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise
        except OSError as error:  # a file, a link, or shut
            raise ForeignFolderError(*error.args) from None
        self._place = {"dir_fd": self._file}
        found = os.fstat(self._file)
        if found.st_uid not in owners or stat.S_IMODE(found.st_mode) & 0o077:
            self.close()
            raise ForeignFolderError(f"{path} is open to others")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        """Let go of the folder."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def names(self):
        """The files in it."""
        return os.listdir(self.path if self._file is None else self._file)

    def has(self, name):
        """Whether there is such a file."""
        try:
            os.stat(self._at(name), follow_symlinks=False, **self._place)
        except FileNotFoundError:
            return False
        return True

    def read(self, name):
        """The content of a file."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        flags |= getattr(os, "O_BINARY", 0)
        with open(os.open(self._at(name), flags, **self._place), "rb") as stream:
            return stream.read()

    def write(self, name, data, user=None):
        """A file that comes into being whole, given to a user. Raises FileNotFoundError where the
        folder is gone.
        """
        new = f"{name}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with open(os.open(self._at(new), flags, 0o600, **self._place), "wb") as stream:
            stream.write(data)
            if user is not None:
                os.chown(stream.fileno(), user, -1)
        both = {f"{side}_dir_fd": self._file for side in ("src", "dst") if self._file is not None}
        os.replace(self._at(new), self._at(name), **both)

    def remove(self, name):
        """Remove a file that may be gone already; tells whether it was there."""
        with suppress(FileNotFoundError):
            os.unlink(self._at(name), **self._place)
            return True
        return False

    def remove_folder(self):
        """Remove the folder, if it is empty."""
        with suppress(OSError):  # others wait there, or a script does
            os.rmdir(self.path)

    def _at(self, name):
        return name if self._file is not None else os.path.join(self.path, name)
