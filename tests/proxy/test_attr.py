"""Where a proxy's attribute is read, written and deleted: its type, its own dict, the target."""

from __future__ import annotations

import pytest

from support.lib import PROXIES, TYPES, BaseObjectProxy, ObjectProxy, build


class Target:
    """Target's docstring."""

    shared = "class value"

    def __init__(self):
        self.own = "instance value"

    def method(self):
        return self


def function(a: int, b: str = "b") -> None:
    """Function's docstring."""


def fresh(name):
    """The string built at run time, which no compiler interned."""
    return "".join(list(name))


@pytest.mark.parametrize("cls", PROXIES)
class TestRouting:
    def test_read_falls_to_the_target(self, cls):
        target = Target()
        proxy = cls(target)
        assert proxy.own == "instance value"
        assert proxy.shared == "class value"
        assert proxy.method() is target
        assert getattr(proxy, "missing", "default") == "default"
        with pytest.raises(AttributeError, match="'Target' object has no attribute 'missing'"):
            proxy.missing

    def test_write_and_delete_reach_the_target(self, cls):
        target = Target()
        proxy = cls(target)
        proxy.added = 1
        assert target.added == 1 and "added" not in proxy.__self_dict__
        proxy.own = 2
        assert target.own == 2
        del proxy.own
        assert not hasattr(target, "own")
        with pytest.raises(AttributeError, match="own"):
            del proxy.own

    @pytest.mark.parametrize("name", ["_self_", "_self_x", "_self_x.y", "_self_\u00e9"])
    def test_self_prefix_stays_on_the_proxy(self, cls, name):
        target = Target()
        proxy = cls(target)
        setattr(proxy, name, 1)
        assert getattr(proxy, name) == 1
        assert proxy.__self_dict__[name] == 1
        assert not hasattr(target, name)
        delattr(proxy, name)
        assert not hasattr(proxy, name)
        with pytest.raises(AttributeError):
            delattr(proxy, name)

    @pytest.mark.parametrize("name", ["_sel", "_self", "self_x", "x_self_", "__self_x", "_Self_x"])
    def test_names_near_the_prefix_go_to_the_target(self, cls, name):
        target = Target()
        proxy = cls(target)
        setattr(proxy, name, 1)
        assert vars(target)[name] == 1
        assert name not in proxy.__self_dict__

    def test_prefixed_read_falls_to_the_target(self, cls):
        target = Target()
        target._self_there = "from target"
        proxy = cls(target)
        assert proxy._self_there == "from target"
        proxy._self_there = "own"
        assert (proxy._self_there, target._self_there) == ("own", "from target")

    def test_class_attribute_of_a_subclass_is_a_place_on_the_proxy(self, cls):
        class Sub(cls):
            level = 0
            _private = None

        target = Target()
        proxy = Sub(target)
        proxy.level = 5
        proxy._private = 6
        assert (proxy.level, Sub.level, proxy._private) == (5, 0, 6)
        assert vars(target) == {"own": "instance value"}
        del proxy.level
        assert proxy.level == 0
        with pytest.raises(AttributeError):
            del proxy.level

    def test_own_dict_is_live(self, cls):
        proxy = cls(Target())
        own = proxy.__self_dict__
        assert type(own) is dict and own is proxy.__self_dict__
        own["direct"] = 1
        assert proxy.direct == 1
        proxy._self_later = 2
        assert own["_self_later"] == 2
        del own["direct"]
        assert not hasattr(proxy, "direct")

    def test_own_dict_cannot_be_replaced(self, cls):
        proxy = cls(Target())
        with pytest.raises(AttributeError):
            proxy.__self_dict__ = {}
        with pytest.raises(AttributeError):
            del proxy.__self_dict__

    def test_dict_is_the_targets(self, cls):
        target = Target()
        proxy = cls(target)
        assert proxy.__dict__ is target.__dict__
        assert vars(proxy) == {"own": "instance value"}
        assert dir(proxy) == dir(target)
        with pytest.raises(AttributeError):
            proxy.__dict__ = {}
        with pytest.raises(AttributeError):
            del proxy.__dict__
        assert vars(target) == {"own": "instance value"}
        with pytest.raises((AttributeError, TypeError)):
            vars(cls(3))

    def test_self_setattr_stores_any_name_on_the_proxy(self, cls):
        target = Target()
        proxy = cls(target)
        assert proxy.__self_setattr__("own", "mine") is None
        assert (proxy.own, target.own) == ("mine", "instance value")
        proxy.__self_setattr__(fresh("other"), 3)
        assert proxy.__self_dict__["other"] == 3
        assert not hasattr(target, "other")

    def test_self_setattr_honours_descriptors_of_the_type(self, cls):
        class Sub(cls):
            @property
            def watched(self):
                return self._self_watched

            @watched.setter
            def watched(self, value):
                self._self_watched = value * 2

        proxy = Sub(Target())
        proxy.__self_setattr__("watched", 4)
        assert proxy.watched == 8
        proxy.watched = 5
        assert proxy.watched == 10

    @pytest.mark.parametrize("arguments", [(), ("a",), ("a", 1, 2), (1, 2), (None, 1), (b"a", 1)])
    def test_self_setattr_bad_arguments(self, cls, arguments):
        with pytest.raises(TypeError):
            cls(Target()).__self_setattr__(*arguments)


@pytest.mark.parametrize("cls", TYPES)
@pytest.mark.parametrize("make", [str, fresh])
class TestDelegatedNames:
    def test_name_qualname_module_doc(self, cls, make):
        def local():
            """Doc."""

        proxy = build(cls, local)
        for name, value in [
            ("__name__", "renamed"),
            ("__qualname__", "A.renamed"),
            ("__module__", "elsewhere"),
            ("__doc__", "New."),
        ]:
            assert getattr(proxy, make(name)) == getattr(local, name)
            setattr(proxy, make(name), value)
            assert getattr(local, name) == value == getattr(proxy, name)

    def test_module_and_doc_are_deleted_on_the_target(self, cls, make):
        def local():
            """Doc."""

        proxy = build(cls, local)
        delattr(proxy, make("__doc__"))
        assert local.__doc__ is None is proxy.__doc__
        delattr(proxy, make("__module__"))
        assert getattr(local, "__module__", None) is None is getattr(proxy, "__module__", None)

    def test_name_of_a_function_cannot_be_deleted(self, cls, make):
        proxy = build(cls, lambda: 1)
        for name in ("__name__", "__qualname__"):
            with pytest.raises(TypeError):
                delattr(proxy, make(name))
            assert isinstance(getattr(proxy, name), str)

    def test_annotations(self, cls, make):
        def local(a: int):
            """Doc."""

        local.__annotations__ = {"a": int}
        proxy = build(cls, local)
        name = make("__annotations__")
        assert getattr(proxy, name) is local.__annotations__
        setattr(proxy, name, {"a": str})
        assert local.__annotations__ == {"a": str}
        delattr(proxy, name)
        assert local.__annotations__ == {}
        with pytest.raises(TypeError):
            setattr(proxy, name, 3)

    def test_wrapped(self, cls, make):
        proxy = build(cls, function)
        assert getattr(proxy, make("__wrapped__")) is function
        setattr(proxy, make("__wrapped__"), print)
        assert proxy.__wrapped__ is print
        assert proxy.__name__ == "print"
        with pytest.raises(TypeError):
            delattr(proxy, make("__wrapped__"))


@pytest.mark.parametrize("cls", PROXIES)
class TestClass:
    def test_class_assignment_changes_the_target(self, cls):
        class Other(Target):
            pass

        target = Target()
        proxy = cls(target)
        proxy.__class__ = Other
        assert type(target) is Other is proxy.__class__
        assert type(proxy) is cls

    def test_refused_class_assignment_leaves_the_target(self, cls):
        proxy = cls(3)
        with pytest.raises(TypeError):
            proxy.__class__ = str
        with pytest.raises(TypeError):
            del proxy.__class__
        assert proxy.__class__ is int

    def test_a_lying_target_is_believed(self, cls):
        class Liar:
            __class__ = property(lambda self: str)

        proxy = cls(Liar())
        assert proxy.__class__ is str
        assert isinstance(proxy, str) and isinstance(proxy, cls)

    def test_isinstance_sees_both(self, cls):
        assert isinstance(cls([]), list)
        assert isinstance(cls([]), BaseObjectProxy)
        assert not isinstance(cls([]), dict)


@pytest.mark.parametrize("name", ["__doc__", "__module__"])
@pytest.mark.parametrize("cls", PROXIES)
def test_type_level_doc_and_module_survive_instance_writes(cls, name):
    before = getattr(cls, name)
    proxy = cls(function)
    original = getattr(function, name)
    try:
        setattr(proxy, name, "changed")
        assert getattr(cls, name) == before
        assert getattr(type(proxy), name) == before
    finally:
        setattr(function, name, original)


def test_proxy_of_proxy_routes_through():
    target = Target()
    outer = ObjectProxy(BaseObjectProxy(target))
    outer.added = 1
    assert target.added == 1
    outer._self_mark = 2
    assert not hasattr(outer.__wrapped__, "_self_mark")
    assert outer.__wrapped__.__wrapped__ is target
    assert outer.__class__ is Target
