"""Interpreters end cleanly while C functions are patched, and patches outlive who made them.

Each case is a program of its own again, since it is its end that is looked at.
"""

import subprocess
import sys

COMMON = """
import atexit, gc, math, os, re, sys, threading, time
import wraptrs
from wraptrs import hotpatch, hotwrap

def wrapper(wrapped, instance, args, kwargs):
    return wrapped(*args, **kwargs)

def patch_some():
    return [
        hotwrap(str.upper, wrapper), hotwrap(dict.get, wrapper), hotwrap(math.gcd, wrapper),
        hotwrap(re.Pattern.search, wrapper), hotpatch(lambda: 1.0, time.time),
    ]

class Late:
    def __del__(self, upper="x".upper, now=time.time, gcd=math.gcd):
        assert upper() == "X" and now() > 0 and gcd(4, 6) == 2
"""

CASES = {
    "handles in globals": "patches = patch_some()",
    "no handles": "patch_some()",
    "finalizers that call": "late, patches = Late(), patch_some(); sys.late = gc.late = Late()",
    "atexit": """
atexit.register(lambda: (time.time(), "x".upper()))
patches = patch_some()
atexit.register(lambda: [patch.revert() for patch in patches])
""",
    "daemon threads that call": """
def work():
    while True:
        time.time(); "x".upper(); {}.get(1); math.gcd(4, 6)
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
patches = patch_some()
time.sleep(0.05)
""",
    "all modules gone": """
patch_some()
for name in [name for name in sys.modules if name.startswith("wraptrs")]:
    del sys.modules[name]
wraptrs = hotpatch = hotwrap = patch_some = wrapper = None
gc.collect()
assert time.time() == 1.0 and "x".upper() == "X" and math.gcd(4, 6) == 2
import wraptrs
patches = [wraptrs.hotwrap(math.sqrt, lambda wrapped, *rest: "new")]
assert math.sqrt(1) == "new"
""",
    "a fork": """
patches = patch_some()
if hasattr(os, "fork"):
    pid = os.fork()
    if pid == 0:
        assert time.time() == 1.0 and "x".upper() == "X"
        for patch in patches:
            patch.revert()
        assert time.time() > 1.0
        patches = patch_some()
        sys.exit(0)
    assert os.waitpid(pid, 0)[1] == 0
""",
    "an unhandled error in a replacement": """
def fail():
    raise LookupError
patches = [hotpatch(fail, time.time)]
try:
    time.time()
except LookupError as error:
    sys.last_error = error
""",
}

for name, body in CASES.items():
    for flags in ([], ["-X", "dev"]):
        result = subprocess.run(
            [sys.executable, "-X", "faulthandler", *flags, "-W", "ignore", "-c", COMMON + body],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        noise = [line for line in result.stderr.splitlines() if line.strip()]
        assert result.returncode == 0 and not noise, (
            f"{name} {flags}: exit code {result.returncode}\n{result.stdout}\n{result.stderr}"
        )
