"""Cycles of patch and revert leave memory flat: patching by CPython's own setters alone."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

os.environ["WRAPTRS_OFFICIAL_SETTERS"] = "1"
runpy.run_path(str(Path(__file__).with_name("cycles_inplace.py")))
