"""Interpreters end cleanly with live wrappers everywhere: globals, atexit, threads, cycles, types.

Each case is a program of its own again, since it is its end that is looked at.
"""

import subprocess
import sys

COMMON = """
import atexit, gc, sys, threading, time, weakref
import wraptrs
from wraptrs import (BaseObjectProxy, BoundFunctionWrapper, CallableObjectProxy, FunctionWrapper,
                     ObjectProxy, PartialCallableObjectProxy)

def passthrough(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)

class Holder:
    method = FunctionWrapper(lambda self, *args: args, passthrough)
    def __del__(self):
        self.method(1)
"""

CASES = {
    "module globals": """
proxy = ObjectProxy([1]); wrapper = FunctionWrapper(len, passthrough)
partial = PartialCallableObjectProxy(print, proxy); bound = Holder().method
own = CallableObjectProxy(sys.modules[__name__]); own._self_me = own
""",
    "finalizers that use wrappers": """
class Dying(ObjectProxy):
    def __del__(self):
        self.append(1)
        len(self), self + [2], repr(self), Holder().method(3)
proxy = Dying([])
proxy._self_me = proxy
sys.kept = Dying([])
gc.kept = Dying([])
""",
    "atexit": """
proxy = ObjectProxy([1])
atexit.register(FunctionWrapper(lambda: proxy.append(2), passthrough))
atexit.register(CallableObjectProxy(lambda: print(proxy + [3], Holder().method(4))))
atexit.register(Holder().method, 5)
atexit.register(PartialCallableObjectProxy(print, "partial"))
""",
    "weak references": """
proxy = ObjectProxy([1])
ref = weakref.ref(proxy, FunctionWrapper(lambda r: None, passthrough))
weakref.finalize(proxy, FunctionWrapper(print, passthrough), "finalized")
""",
    "replaced builtins": """
import builtins
builtins.print = FunctionWrapper(builtins.print, passthrough)
builtins.len = FunctionWrapper(builtins.len, passthrough)
sys.stdout.write = FunctionWrapper(sys.stdout.write, passthrough)
print(len("abc"))
""",
    "wrapped modules and types in sys.modules": """
sys.modules["held"] = ObjectProxy(sys)
sys.held = type("Sub", (FunctionWrapper,), {})(len, passthrough)
import wraptrs._native as native
del sys.modules["wraptrs"], sys.modules["wraptrs._native"]
native = wraptrs = None
gc.collect()
assert sys.held("abc") == 3 and ObjectProxy(1) + 1 == 2
""",
    "daemon threads in the middle of calls": """
def work():
    wrapper = FunctionWrapper(lambda *a: a, passthrough)
    proxy = ObjectProxy([1])
    while True:
        wrapper(1, 2); Holder().method(3); proxy += [4]; proxy.__wrapped__ = [1]; proxy.copy()
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.1)
""",
    "threads joined at the end": """
def work():
    for _ in range(2000):
        Holder().method(3); ObjectProxy([1]) + [2]
for _ in range(3):
    threading.Thread(target=work).start()
""",
    "an unhandled error through a wrapper": """
try:
    FunctionWrapper(lambda: 1 / 0, passthrough)()
except ZeroDivisionError as error:
    sys.last_error = error
sys.excepthook = FunctionWrapper(lambda *args: None, passthrough)
""",
    "sys.exit inside a wrapper": """
FunctionWrapper(sys.exit, passthrough)(0)
""",
    "imported twice": """
first = ObjectProxy([1])
for name in [name for name in sys.modules if name.startswith("wraptrs")]:
    del sys.modules[name]
import wraptrs as again
second = again.ObjectProxy(first)
assert second == [1] and second + [2] == [1, 2] and first + again.ObjectProxy([2]) == [1, 2]
""",
    "import hooks that wait and finders that stay": """
wraptrs.register_post_import_hook(lambda module: print(module), "never_imported")
wraptrs.register_post_import_hook("no_module:function", "never_imported_either")
sys.held = [wraptrs.post_import_hooks(), wraptrs.importer.ImportHookFinder(), sys.meta_path]
sys.held.append(sys.held)
""",
    "imports while hooks wait, at the end": """
seen = []
wraptrs.register_post_import_hook(seen.append, "colorsys")
wraptrs.register_post_import_hook(print, "wave")
@atexit.register
def late():
    import colorsys
    assert seen == [colorsys]
    wraptrs.register_post_import_hook(seen.append, "sndhdr")
class Later:
    def __del__(self, meta_path=sys.meta_path, finder=wraptrs.importer.ImportHookFinder):
        try:
            import wave
        except ImportError:
            pass
        for each in meta_path:
            if isinstance(each, finder):
                each.find_spec("wave")
        try:
            wraptrs.register_post_import_hook(print, "calendar")
        except (AttributeError, ImportError, TypeError):
            pass
sys.later = later = Later()
later.me = later
""",
    "a registry that is cleared before its handles": """
import wraptrs._hooks as hooks
handle = wraptrs.register_post_import_hook(lambda module: handle, "never_imported")
finder = next(f for f in sys.meta_path if isinstance(f, wraptrs.importer.ImportHookFinder))
class Later:
    def __del__(self):
        handle.state, handle.cancel()
        finder.find_spec("never_imported"), finder.in_progress
handle.__class__.later = Later()
sys.held = [handle, finder, Later()]
""",
    "functions wrapped in place to the end": """
class Patched:
    def method(self, *args, key=1):
        return args
    def __del__(self):
        self.method(1); function(2); self.method(3, key=4)
def function(*args):
    return args
wraptrs.hotwrap(Patched.method, passthrough)
patch = wraptrs.hotwrap(function, passthrough, enabled=lambda: True)
wraptrs.hotpatch(lambda *args: args, function)
Patched.own = sys.kept = gc.kept = Patched()
atexit.register(function, 5)
atexit.register(Patched().method)
def work():
    while True:
        function(6); Patched().method(7); wraptrs.hotwrap(function, passthrough).revert()
threading.Thread(target=work, daemon=True).start()
time.sleep(0.05)
""",
    "a fork": """
import os
proxy = ObjectProxy([1])
if hasattr(os, "fork"):
    pid = os.fork()
    if pid == 0:
        proxy += [2]; Holder().method(1)
        sys.exit(0)
    assert os.waitpid(pid, 0)[1] == 0
""",
}

for name, body in CASES.items():
    for flags in ([], ["-X", "dev"]):
        result = subprocess.run(
            [sys.executable, "-X", "faulthandler", *flags, "-c", COMMON + body],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        noise = [line for line in result.stderr.splitlines() if line.strip()]
        assert result.returncode == 0 and not noise, (
            f"{name} {flags}: exit code {result.returncode}\n{result.stdout}\n{result.stderr}"
        )
