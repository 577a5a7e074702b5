"""Bad input and failing hooks: the caller gets the right exception, the proxy keeps its state."""

from __future__ import annotations

import pytest

from support.lib import (
    PROXIES,
    TYPES,
    BaseObjectProxy,
    BoundFunctionWrapper,
    FunctionWrapper,
    FunctionWrapperBase,
    ObjectProxy,
    build,
    init_arguments,
    passthrough,
)


class Trouble(Exception):
    """Raised by hooks; not an AttributeError, so nothing may swallow it."""


BAD_CONSTRUCTION = [
    *[
        (cls, args, kwargs)
        for cls in PROXIES
        for args, kwargs in [
            ((), {}),
            ((1, 2), {}),
            ((1,), {"wrapped": 1}),
            ((), {"obj": 1}),
            ((1,), {"extra": 1}),
        ]
    ],
    (FunctionWrapper, (), {}),
    (FunctionWrapper, (len,), {}),
    (FunctionWrapper, (len, passthrough, None, None), {}),
    (FunctionWrapper, (len,), {"wrapped": len}),
    (FunctionWrapper, (len, passthrough), {"nope": 1}),
    (FunctionWrapper, (), {"wrapper": passthrough}),
    *[
        (cls, args, kwargs)
        for cls in (FunctionWrapperBase, BoundFunctionWrapper)
        for args, kwargs in [
            ((), {}),
            ((len, None), {}),
            ((len, None, passthrough, 1, "callable", 3, 4, 5), {}),
            ((len, None, passthrough), {"nope": 1}),
            ((len,), {"wrapper": passthrough}),
        ]
    ],
]


@pytest.mark.parametrize("cls, args, kwargs", BAD_CONSTRUCTION)
def test_wrong_arguments(cls, args, kwargs):
    with pytest.raises(TypeError):
        cls(*args, **kwargs)
    instance = cls.__new__(cls)
    with pytest.raises(TypeError):
        instance.__init__(*args, **kwargs)
    assert not hasattr(instance, "__wrapped__")


@pytest.mark.parametrize("cls, args, kwargs", BAD_CONSTRUCTION)
def test_wrong_arguments_to_a_second_init_change_nothing(cls, args, kwargs):
    proxy = build(cls, len)
    with pytest.raises(TypeError):
        proxy.__init__(*args, **kwargs)
    assert proxy.__wrapped__ is len


@pytest.mark.parametrize("cls", TYPES)
def test_methods_of_a_proxy_refuse_strangers(cls):
    for use in (
        lambda: cls.__repr__(3),
        lambda: cls.__init__(3, 3),
        lambda: cls.__dir__(3),
        lambda: BaseObjectProxy.__wrapped__.__get__(3),
    ):
        with pytest.raises(TypeError):
            use()
    with pytest.raises(TypeError):
        cls.__new__(int)
    with pytest.raises(TypeError):
        cls.__new__()


@pytest.mark.parametrize("error", [Trouble, KeyboardInterrupt, RecursionError, StopIteration])
@pytest.mark.parametrize("name", ["__module__", "__doc__"])
@pytest.mark.parametrize("cls", PROXIES)
def test_a_target_whose_module_or_doc_fails(cls, name, error):
    """Construction may look or not; a read has to pass the error on."""

    class Target:
        pass

    def fail(self):
        raise error("reading")

    setattr(Target, name, property(fail))
    try:
        proxy = cls(Target())
    except error:
        return
    with pytest.raises(error, match="reading"):
        getattr(proxy, name)


@pytest.mark.parametrize(
    "name", ["__name__", "__qualname__", "__module__", "__doc__", "__annotations__", "plain"]
)
@pytest.mark.parametrize("cls", PROXIES)
def test_a_target_that_refuses_writes(cls, name):
    class Target:
        def __setattr__(self, attr, value):
            raise Trouble(f"set {attr}")

        def __delattr__(self, attr):
            raise Trouble(f"del {attr}")

    proxy = cls(Target())
    before = dict(proxy.__self_dict__)
    with pytest.raises(Trouble, match=f"set {name}"):
        setattr(proxy, name, "x")
    with pytest.raises(Trouble, match=f"del {name}"):
        delattr(proxy, name)
    assert proxy.__self_dict__ == before


@pytest.mark.parametrize("error", [Trouble, KeyboardInterrupt, AttributeError])
def test_object_proxy_hook_that_fails(error):
    class Sub(ObjectProxy):
        @property
        def __object_proxy__(self):
            raise error("hook")

    proxy = kept = Sub(1)
    with pytest.raises(error):
        proxy += 1
    assert proxy is kept and proxy == 1


@pytest.mark.parametrize("hook", [3, None, "text"])
def test_object_proxy_hook_that_cannot_be_called(hook):
    class Sub(ObjectProxy):
        __object_proxy__ = hook

    proxy = kept = Sub(1)
    with pytest.raises(TypeError, match="not callable"):
        proxy += 1
    assert proxy is kept and proxy == 1


def test_object_proxy_hook_whose_result_fails_to_build():
    class Sub(ObjectProxy):
        def __object_proxy__(self, value):
            raise Trouble(value)

    proxy = Sub(1)
    with pytest.raises(Trouble, match="3"):
        proxy += 2
    assert proxy == 1


@pytest.mark.parametrize("error", [Trouble, KeyboardInterrupt])
def test_inplace_lookup_that_fails(error):
    """The lookup may pass the error on, or never see it by asking the type: never swallow it."""

    class Target:
        value = 1

        def __add__(self, other):
            return "sum"

        def __getattr__(self, name):
            raise error(name)

    proxy = ObjectProxy(Target())
    try:
        result = proxy.__iadd__(1)
    except error:
        assert type(proxy.__wrapped__) is Target
    else:
        assert result == "sum"


def test_inplace_failure_keeps_the_target():
    class Target:
        def __iadd__(self, other):
            raise Trouble

    target = Target()
    proxy = ObjectProxy(target)
    with pytest.raises(Trouble):
        proxy += 1
    assert proxy.__wrapped__ is target


@pytest.mark.parametrize("cls", TYPES)
def test_class_property_that_fails(cls):
    class Target:
        def __call__(self):
            """Callable, so that every type takes it."""

        @property
        def __class__(self):
            raise Trouble("class")

    if issubclass(cls, FunctionWrapper):
        with pytest.raises(Trouble, match="class"):
            cls(*init_arguments(cls, Target()))
        return
    proxy = build(cls, Target())
    with pytest.raises(Trouble, match="class"):
        proxy.__class__
    with pytest.raises(Trouble, match="class"):
        isinstance(proxy, dict)


@pytest.mark.parametrize(
    "method, use",
    [
        ("__bool__", bool),
        ("__len__", len),
        ("__hash__", hash),
        ("__int__", int),
        ("__str__", str),
        ("__float__", float),
        ("__index__", lambda p: [1][p]),
        ("__contains__", lambda p: 1 in p),
        ("__iter__", iter),
        ("__format__", format),
        ("__dir__", dir),
        ("__bytes__", bytes),
        ("__round__", round),
        ("__complex__", complex),
        ("__reversed__", reversed),
    ],
)
@pytest.mark.parametrize("wrong", ["text", -1, None, 2.5])
def test_wrong_results_of_target_methods(method, use, wrong):
    """What the bare object refuses, the proxy refuses."""
    Target = type("Target", (), {method: lambda self, *args: wrong})
    try:
        expected = use(Target())
    except Exception as error:
        with pytest.raises(type(error)):
            use(ObjectProxy(Target()))
    else:
        result = use(ObjectProxy(Target()))
        assert type(result) is type(expected)


def test_errors_are_not_chained_to_internal_lookups():
    try:
        ObjectProxy(3).missing
    except AttributeError as error:
        assert error.__context__ is None and error.__cause__ is None
