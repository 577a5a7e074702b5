"""The side of ``attach`` that asks: a request in a queue, and its answer or why there is none.

`sys.remote_exec` has one slot in the other process: of two scripts that come before it looks, the
first is lost. So what it is made to run only says where the queue is, and is sent again as long as
a request waits; each run works off all of them, and none is done twice.

A script that is no longer there when the other process looks for it makes that complain on its
standard error. So each sending is a file of its own, which removes itself when it runs, and those
that may still be looked for stay: run late, they find nothing to do; where they never are, the next
caller removes them once the process has ended.
"""

import os
import stat
import sys
from _thread import get_ident
from contextlib import suppress
from marshal import dumps, load
from time import monotonic, sleep, time

from ._attached import ANSWER, REQUEST, SCRIPT, TAKEN

_NO_PROCESS = 1 << 31  # numbers of processes are less than that
_AGAIN = 1.0  # seconds after which a script may be taken for lost
_SOON = 0.5  # seconds in which a process that just answered gets to a script

# Run by the other process, without a trace in its __main__. It must not fail where there is no
# wraptrs: its caller waits for an answer. What comes while another one runs is left to that.
_SCRIPT = """\
exec({source!r}, {{"folder": {folder!r}, "script": {script!r}}})
"""
_SOURCE = f"""\
import os, sys
try:
    os.unlink(script)
except OSError:
    pass
def refuse(folder, problem):
    import marshal
    for name in os.listdir(folder):
        base, dot, end = os.path.join(folder, name).rpartition(".")
        if dot + end == {REQUEST!r}:
            os.rename(base + {REQUEST!r}, base + {TAKEN!r})
            with open(base + ".tmp", "wb") as file:
                marshal.dump({{"error": problem, "python": sys.executable}}, file)
            os.replace(base + ".tmp", base + {ANSWER!r})
def run(folder):
    try:
        from wraptrs._attached import serve
    except BaseException as error:
        # While the program imports it, that is not so: the script will come again.
        if "partially initialized" not in str(error):
            refuse(folder, f"{{type(error).__name__}}: {{error}}")
    else:
        serve(folder)
waiting = sys.__dict__.setdefault("_wraptrs_attach", [])
waiting.append(folder)
if len(waiting) == 1:
    try:
        while waiting:
            run(waiting[0])
            waiting.pop(0)
    finally:
        waiting.clear()
"""


class UnreachableError(RuntimeError):
    """Why a process cannot be attached to, or did not answer."""


def ask(pid, request, timeout, send=None):
    """Have a process work off a request; returns its answer.

    Raises UnreachableError.
    """
    if not 0 < pid < _NO_PROCESS:
        raise UnreachableError(f"there is no process {pid}")
    _sweep()
    base = _put(pid, {**request, "until": time() + timeout})
    scripts = _Scripts(pid, base, send or sys.remote_exec)
    try:
        return _wait(pid, base, timeout, scripts)
    finally:
        for ending in (REQUEST, TAKEN, ANSWER, ".tmp"):
            _remove(base + ending)
        if not _lives(pid):
            scripts.remove()
        with suppress(OSError):  # others wait there, or a script does
            os.rmdir(os.path.dirname(base))


def _sweep():
    """Remove what waits for processes that have ended."""
    import tempfile

    own = getattr(os, "getuid", int)()
    for found in os.scandir(tempfile.gettempdir()):
        name, _, started = found.name.rpartition("-")
        name, _, pid = name.rpartition("-")
        if name != f"wraptrs-{own}" or not pid.isdecimal():
            continue
        with suppress(OSError):  # another caller is at it too
            if found.is_dir(follow_symlinks=False) and not _is(int(pid), started):
                for path in os.scandir(found.path):
                    os.unlink(path.path)
                os.rmdir(found.path)


class _Scripts:
    """What is sent to a process for one request."""

    def __init__(self, pid, base, send):
        self._pid, self._base, self._send = pid, base, send
        self._paths = []

    def send(self):
        """Send a script, once more if need be."""
        path = f"{self._base}.{len(self._paths)}{SCRIPT}"
        names = {"folder": os.path.dirname(path), "script": path}
        _write(path, _SCRIPT.format(source=_SOURCE, **names).encode(), self._pid)
        self._paths.append(path)
        try:
            _send(self._pid, path, self._send)
        except BaseException:
            _remove(path)
            raise
        for former in self._paths[:-2]:  # the last but one may just be looked for
            _remove(former)

    def forget(self):
        """Remove what is left after an answer. Another caller's script may have seen to it, and
        ours be still to come: not for long, since the process was just there.
        """
        end = monotonic() + _SOON
        while any(map(os.path.exists, self._paths[-1:])) and monotonic() < end:
            sleep(0.01)
        self.remove()

    def remove(self):
        """Remove all of them."""
        for path in self._paths:
            _remove(path)


def _put(pid, request):
    """Put a request into the queue; returns the path that its files begin with."""
    name = f"{time():017.6f}-{os.getpid()}-{get_ident()}"
    while True:
        with suppress(FileNotFoundError):  # whoever was alone there has removed the folder
            base = os.path.join(_folder(pid), name)
            _write(base + REQUEST, dumps(request), pid)
            return base


def _wait(pid, base, timeout, scripts):
    end = monotonic() + timeout
    sent = None
    while not os.path.exists(base + ANSWER):
        now = monotonic()
        if now > end:
            raise UnreachableError(_late(pid, base, timeout))
        if (sent is None or now - sent > _AGAIN) and os.path.exists(base + REQUEST):
            scripts.send()
            sent = monotonic()
        sleep(0.01)
    scripts.forget()
    return _answer(pid, base)


def _answer(pid, base):
    with open(base + ANSWER, "rb") as file:
        answer = load(file)
    if "python" in answer:
        raise UnreachableError(
            f"process {pid} cannot import wraptrs ({answer['error']}): install this version of it "
            f"for {answer['python']}, or start the process with it on PYTHONPATH"
        )
    return answer


def _send(pid, script, send):
    try:
        send(pid, script)
    except ProcessLookupError:
        raise UnreachableError(f"there is no process {pid}") from None
    except PermissionError as error:
        raise UnreachableError(
            f"no permission to attach to process {pid} ({error}): be its user or root; on Linux "
            "the setting kernel.yama.ptrace_scope must be 0 or the capability SYS_PTRACE given, on "
            "macOS it takes root"
        ) from None
    except (OSError, RuntimeError) as error:
        if not _lives(pid):
            raise UnreachableError(f"there is no process {pid}, or it ended") from None
        raise UnreachableError(
            f"process {pid} cannot be attached to: {error}. It must be a CPython "
            f"{sys.version_info[0]}.{sys.version_info[1]} like this one, and not be started with "
            "PYTHON_DISABLE_REMOTE_DEBUG or -X disable-remote-debug"
        ) from error


def _late(pid, base, timeout):
    waited = f"in {timeout:g} seconds"
    try:
        os.unlink(base + REQUEST)
    except FileNotFoundError:
        if os.path.exists(base + TAKEN):
            return f"process {pid} began with it, did not finish {waited}, and goes on by itself"
    if not _lives(pid):
        return f"process {pid} ended before it answered"
    return (
        f"process {pid} did not get to it {waited}, and nothing was changed: it is stopped, its "
        "main thread is in one long call (a sleep, a wait, C code), or it cannot see the folder "
        "of the request"
    )


def _lives(pid):
    if os.name == "nt":  # there, os.kill ends it
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return _stat(pid)[:1] != [b"Z"]  # a zombie has ended


def _is(pid, started):
    """Whether a process is still the one that has, or had, this number."""
    return _lives(pid) and _started(pid) == started


def _folder(pid):
    """A folder for the requests to one process, which nobody else can read or write."""
    import tempfile

    own = getattr(os, "getuid", int)()
    folder = os.path.join(tempfile.gettempdir(), f"wraptrs-{own}-{pid}-{_started(pid)}")
    try:
        os.mkdir(folder, 0o700)
        _hand_over(folder, pid)
    except FileExistsError:
        found = os.lstat(folder)
        known = found.st_uid in (own, _user(pid)) or os.name == "nt"
        shut = os.name == "nt" or not stat.S_IMODE(found.st_mode) & 0o077
        if not (stat.S_ISDIR(found.st_mode) and known and shut):
            raise UnreachableError(f"{folder} is there, and not only ours: remove it") from None
    return folder


def _started(pid):
    """What tells a process from an earlier one of the same number, where that can be known."""
    return b"".join(_stat(pid)[19:20]).decode() or "0"


def _stat(pid):
    """What Linux tells of a process, from its state on."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return []


def _user(pid):
    try:
        return os.stat(f"/proc/{pid}").st_uid
    except OSError:
        return None


def _hand_over(path, pid):
    """What root makes for somebody else's process must be readable there."""
    user = _user(pid)
    if user is not None and getattr(os, "geteuid", int)() == 0 and user != 0:
        os.chown(path, user, -1, follow_symlinks=False)


def _write(path, data, pid):
    """A file that comes into being whole. Raises FileNotFoundError where its folder is gone."""
    file = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(file, "wb") as stream:
        stream.write(data)
    _hand_over(f"{path}.new", pid)
    os.replace(f"{path}.new", path)


def _remove(path):
    with suppress(FileNotFoundError):
        os.unlink(path)
