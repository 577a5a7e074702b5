"""What every test file shares: how long hypothesis tries, and which build is being tested."""

from __future__ import annotations

import importlib.util
import os

import hypothesis

# Runs pytest within a test; only the uppermost conftest may ask for it.
pytest_plugins = ["pytester"]

# The machine that runs this may be busy, so no example has a deadline; a test asserts no time.
hypothesis.settings.register_profile("quick", max_examples=50, deadline=None)
hypothesis.settings.register_profile("thorough", max_examples=2000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_report_header():
    spec = importlib.util.find_spec("wraptrs")
    return f"wraptrs: {spec.origin if spec else 'not installed here'}"
