"""Helpers shared by the tests of the native core; each module says what it is for."""
