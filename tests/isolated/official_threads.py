"""Gives no mixture of old and new to other threads: patching by CPython's own setters alone."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

from _tools import skip

if not getattr(sys, "_is_gil_enabled", lambda: True)():
    # The setters work one at a time; a call that runs meanwhile may read between two of them.
    skip("by setters alone there is no such promise without the GIL")

os.environ["WRAPTRS_OFFICIAL_SETTERS"] = "1"
runpy.run_path(str(Path(__file__).with_name("inplace_threads.py")))
