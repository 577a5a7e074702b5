"""LazyObjectProxy and lazy_import: built once, on first use, by whoever comes first."""

import gc
import sys
import threading
import typing
import weakref

import pytest

import wraptrs


def run_all(*functions):
    """Run the functions in threads; whether all of them came back."""
    threads = [threading.Thread(target=function, daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return not any(thread.is_alive() for thread in threads)


def test_proxies_with_the_same_interface_share_a_class():
    assert type(wraptrs.LazyObjectProxy(list)) is type(wraptrs.LazyObjectProxy(dict))


def test_interface_gives_way_to_the_object():
    proxy = wraptrs.LazyObjectProxy(lambda: 42, interface=list)
    assert hasattr(type(proxy), "__iter__")
    assert proxy == 42
    assert not hasattr(type(proxy), "__iter__")


@pytest.mark.parametrize("interface", [typing.Iterable, list[int], list], ids=str)
def test_interface_may_be_generic(interface):
    assert hasattr(type(wraptrs.LazyObjectProxy(list, interface=interface)), "__iter__")


def test_building_one_touches_another_in_another_thread():
    inner = wraptrs.LazyObjectProxy(lambda: "inner")
    seen = []

    def build_outer():
        assert run_all(lambda: seen.append(str(inner)))
        return "outer"

    outer = wraptrs.LazyObjectProxy(build_outer)
    assert run_all(lambda: seen.append(str(outer)))
    assert seen == ["inner", "outer"]


def test_built_once_for_many_threads():
    built = []
    start = threading.Barrier(8)

    def build():
        built.append(1)
        return object()

    proxy = wraptrs.LazyObjectProxy(build)
    results = []

    def use():
        start.wait()
        results.append(proxy.__wrapped__)

    assert run_all(*[use] * 8)
    assert len(built) == 1
    assert len(set(map(id, results))) == 1


def test_a_failing_factory_is_tried_again():
    answers = [ValueError("not yet"), "there"]

    def build():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    proxy = wraptrs.LazyObjectProxy(build)
    with pytest.raises(ValueError, match="not yet"):
        str(proxy)
    assert str(proxy) == "there"


def test_what_the_factory_itself_was_given_stays_the_object():
    first = []
    depth = [0]

    def build():
        depth[0] += 1
        if depth[0] == 1:
            first.append(proxy.__wrapped__)  # as two modules importing each other do
        return object()

    proxy = wraptrs.LazyObjectProxy(build)
    assert proxy.__wrapped__ is first[0]


def test_no_lock_stays_behind():
    proxy = wraptrs.LazyObjectProxy(list)
    len(proxy)
    assert "_self_build_lock" not in proxy.__self_dict__


def test_a_built_proxy_can_be_collected():
    proxy = wraptrs.LazyObjectProxy(list)
    len(proxy)
    reference = weakref.ref(proxy)
    del proxy
    gc.collect()
    assert reference() is None


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Writes modules that can be imported during the test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    written = []

    def write(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source)
            written.append(name)

    yield write
    for name in written:
        sys.modules.pop(name, None)


def test_two_threads_importing_in_opposite_order(modules):
    """The import system sees that the two wait for each other; no lock of ours stands around it."""
    modules(
        lazy_cross_a="import lazy_cross as x\nx.first.wait(5)\nseen = x.b.__wrapped__.__name__\n",
        lazy_cross_b="import lazy_cross as x\nx.first.wait(5)\nseen = x.a.__wrapped__.__name__\n",
        lazy_cross="import threading, wraptrs\nfirst = threading.Barrier(2)\n"
        "a = wraptrs.lazy_import('lazy_cross_a')\nb = wraptrs.lazy_import('lazy_cross_b')\n",
    )
    import lazy_cross

    seen = []
    assert run_all(lambda: seen.append(lazy_cross.a.seen), lambda: seen.append(lazy_cross.b.seen))
    assert sorted(seen) == ["lazy_cross_a", "lazy_cross_b"]


def test_import_error_reaches_the_user_each_time(modules):
    proxy = wraptrs.lazy_import("lazy_not_there")
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError, match="lazy_not_there"):
            _ = proxy.name
    modules(lazy_not_there="name = 'now'\n")
    assert proxy.name == "now"


def test_attribute_of_a_module(modules):
    modules(lazy_part="def double(x): return 2 * x\n")
    double = wraptrs.lazy_import("lazy_part", "double")
    assert callable(double)
    assert "lazy_part" not in sys.modules
    assert double(4) == 8
