"""MISSING: the mark of an argument, or an attribute, that is not there, where None is a value."""


class _MissingType:
    """The type of MISSING, which has one instance, whatever creates, copies or unpickles it."""

    __slots__ = ()

    _instance = None

    def __new__(cls):
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self):
        return "<wrapt.MISSING>"

    def __reduce__(self):
        return _MissingType, ()


MISSING = _MissingType()
