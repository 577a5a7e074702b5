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
import sys
from _thread import get_ident
from contextlib import suppress
from marshal import dumps, loads
from time import monotonic, sleep, time

from ._attached import ANSWER, REQUEST, SCRIPT, TAKEN
from ._queue import ForeignFolderError, Queue

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
    queue, base = _put(pid, {**request, "until": time() + timeout})
    scripts = _Scripts(pid, queue, base, send or sys.remote_exec)
    try:
        return _wait(pid, queue, base, timeout, scripts)
    finally:
        for ending in (REQUEST, TAKEN, ANSWER, ".tmp"):
            queue.remove(base + ending)
        if not _lives(pid):
            scripts.remove()
        queue.remove_folder()
        queue.close()


def _sweep():
    """Remove what waits for processes that have ended."""
    import tempfile

    own = getattr(os, "getuid", int)()
    for found in os.scandir(tempfile.gettempdir()):
        name, _, started = found.name.rpartition("-")
        name, _, pid = name.rpartition("-")
        if name != f"wraptrs-{own}" or not pid.isdecimal() or _is(int(pid), started):
            continue
        with suppress(OSError):  # another caller is at it too, or it is not ours
            # Root's may have been given to anybody.
            owners = (own,) if own else (found.stat(follow_symlinks=False).st_uid,)
            with Queue(found.path, owners) as queue:
                for left in queue.names():
                    queue.remove(left)
                queue.remove_folder()


class _Scripts:
    """What is sent to a process for one request."""

    def __init__(self, pid, queue, base, send):
        self._pid, self._queue, self._base, self._send = pid, queue, base, send
        self._names = []

    def send(self):
        """Send a script, once more if need be."""
        name = f"{self._base}.{len(self._names)}{SCRIPT}"
        path = os.path.join(self._queue.path, name)
        source = _SCRIPT.format(source=_SOURCE, folder=self._queue.path, script=path)
        self._queue.write(name, source.encode(), _other_user(self._pid))
        self._names.append(name)
        try:
            _send(self._pid, path, self._send)
        except BaseException:
            self._queue.remove(name)
            raise
        for former in self._names[:-2]:  # the last but one may just be looked for
            self._queue.remove(former)

    def forget(self):
        """Remove what is left after an answer. Another caller's script may have seen to it, and
        ours be still to come: not for long, since the process was just there.
        """
        end = monotonic() + _SOON
        while any(map(self._queue.has, self._names[-1:])) and monotonic() < end:
            sleep(0.01)
        self.remove()

    def remove(self):
        """Remove all of them."""
        for name in self._names:
            self._queue.remove(name)


def _put(pid, request):
    """Put a request into the queue; returns that, and the name that its files begin with."""
    base = f"{time():017.6f}-{os.getpid()}-{get_ident()}"
    while True:
        with suppress(FileNotFoundError):  # whoever was alone there has removed the folder
            queue = _queue_of(pid)
            try:
                queue.write(base + REQUEST, dumps(request), _other_user(pid))
            except BaseException:
                queue.close()
                raise
            return queue, base


def _wait(pid, queue, base, timeout, scripts):
    end = monotonic() + timeout
    sent = None
    while not queue.has(base + ANSWER):
        now = monotonic()
        if now > end:
            raise UnreachableError(_late(pid, queue, base, timeout))
        if (sent is None or now - sent > _AGAIN) and queue.has(base + REQUEST):
            scripts.send()
            sent = monotonic()
        sleep(0.01)
    scripts.forget()
    return _answer(pid, queue.read(base + ANSWER))


def _answer(pid, data):
    # No code in it: root may ask a process of somebody who is not to be trusted.
    plain = {"allow_code": False} if sys.version_info >= (3, 13) else {}
    try:
        answer = loads(data, **plain)
    except (ValueError, TypeError, EOFError) as error:
        raise UnreachableError(f"process {pid} gave no answer that can be read: {error}") from None
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


def _late(pid, queue, base, timeout):
    waited = f"in {timeout:g} seconds"
    if not queue.remove(base + REQUEST) and queue.has(base + TAKEN):
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


def _queue_of(pid):
    """The queue of one process, in a folder which nobody else can read or write.

    Raises FileNotFoundError where another caller has just removed it.
    """
    import tempfile

    own = getattr(os, "getuid", int)()
    folder = os.path.join(tempfile.gettempdir(), f"wraptrs-{own}-{pid}-{_started(pid)}")
    with suppress(FileExistsError):
        os.mkdir(folder, 0o700)
        user = _other_user(pid)
        if user is not None:
            os.chown(folder, user, -1, follow_symlinks=False)
    try:
        return Queue(folder, (own, _user(pid)))
    except ForeignFolderError:
        raise UnreachableError(f"{folder} is there, and not only ours: remove it") from None


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


def _other_user(pid):
    """Whom root must give what is for somebody else's process, so that it is readable there."""
    user = _user(pid)
    return user if user and getattr(os, "geteuid", int)() == 0 else None
