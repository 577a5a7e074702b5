"""Every operation while the cycle collector runs at almost every allocation, under debug malloc.

An object that is visible to the collector before it is whole, or freed while it is tracked, shows
here as a crash.
"""

import gc
import os
import subprocess
import sys
import time

if os.environ.get("PYTHONMALLOC") != "debug":
    environment = dict(os.environ, PYTHONMALLOC="debug")
    sys.exit(subprocess.run([sys.executable, *sys.argv], env=environment, check=False).returncode)

from _operations import OPERATIONS

SECONDS = 6
gc.set_threshold(1, 1, 1)
end = time.monotonic() + SECONDS
rounds = 0
while rounds == 0 or (time.monotonic() < end and rounds < 50):
    for operation in OPERATIONS.values():
        operation()
    rounds += 1
