"""The side of ``attach`` that asks: a request in a queue, and its answer or why there is none.

`sys.remote_exec` has one slot in the other process: of two scripts that come before it looks, the
first is lost. So what it is made to run only says where the queue is, and is sent again as long as
a request waits; each run works off all of them, and none is done twice.
"""

import os
import stat
import sys
from _thread import get_ident
from contextlib import suppress
from marshal import dumps, load
from time import monotonic, sleep, time

from ._attached import ANSWER, REQUEST, TAKEN

_AGAIN = 1.0  # seconds after which a script may be taken for lost

# Run by the other process, without a trace in its __main__. It must not fail where there is no
# wraptrs: its caller waits for an answer. What comes while another one runs is left to that.
_SCRIPT = """\
exec({source!r}, {{"folder": {folder!r}}})
"""
_SOURCE = f"""\
import sys
def refuse(folder, problem):
    import marshal, os
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
    send = send or sys.remote_exec
    base = _put(pid, {**request, "until": time() + timeout})
    folder = os.path.dirname(base)
    try:
        _write(f"{base}.py", _SCRIPT.format(source=_SOURCE, folder=folder).encode(), pid)
        return _wait(pid, base, timeout, send)
    finally:
        for ending in (REQUEST, TAKEN, ANSWER, ".tmp", ".py"):
            _remove(base + ending)
        with suppress(OSError):  # others wait there
            os.rmdir(folder)


def _put(pid, request):
    """Put a request into the queue; returns the path that its files begin with."""
    name = f"{time():017.6f}-{os.getpid()}-{get_ident()}"
    while True:
        with suppress(FileNotFoundError):  # whoever was alone there has removed the folder
            base = os.path.join(_folder(pid), name)
            _write(base + REQUEST, dumps(request), pid)
            return base


def _wait(pid, base, timeout, send):
    end = monotonic() + timeout
    sent = None
    while not os.path.exists(base + ANSWER):
        now = monotonic()
        if now > end:
            raise UnreachableError(_late(pid, base, timeout))
        if (sent is None or now - sent > _AGAIN) and os.path.exists(base + REQUEST):
            _send(pid, f"{base}.py", send)
            sent = now
        sleep(0.01)
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
        f"process {pid} did not get to it {waited}, and nothing was changed: its main thread is "
        "in one long call (a sleep, a wait, C code), or it cannot see the folder of the request"
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
    return True


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
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return "0"


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
