"""How traces show values: in short, without harm, and some of them never."""

from __future__ import annotations

import signal

import pytest

from wraptrs.instruments import TraceRing, instrument, trace


class Bad:
    def __init__(self, error):
        self.error = error

    def __repr__(self):
        raise self.error


def shown(place, value, **options):
    handle = trace(place, name="show", **options)
    place.show(value)
    call, _ = handle.sink.take()
    handle.revert()
    ((_, text),) = call.args
    return text


@pytest.fixture
def show(place):
    place.show = lambda value: None
    return lambda value, **options: shown(place, value, **options)


class Mine(list):
    def __iter__(self):
        raise AssertionError("nobody iterates over this")

    def __repr__(self):
        return "mine"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (1.5, "1.5"),
        ("a\nb", r"'a\nb'"),
        (b"\x00", r"b'\x00'"),
        ((1,), "(1,)"),
        (
            (),
            "()",
        ),
        ([1, [2, [3, [4]]]], "[1, [2, [3, ...]]]"),
        ({}, "{}"),
        ({"a": {1}}, "{'a': {1}}"),
        (set(), "set()"),
        (int, "<class int>"),
        (Mine(), "mine"),
        (list(range(100)), "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
        (dict.fromkeys(range(9)), None),
        ("x" * 1000, "'" + "x" * 79 + "..."),
        (b"x" * 1000, "b'" + "x" * 78 + "..."),
        (1 << 100_000, "<int of 100001 bits>"),
        (-(1 << 70), str(-(1 << 70))),
        ("\ud800", r"'\ud800'"),
        ("é", "'é'"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_are_shown_in_short(show, value, text):
    if text is None:
        assert show(value).endswith("..., 7: None, ...}") or show(value).endswith("...}")
    else:
        assert show(value) == text


def test_the_length_is_bounded(show):
    for value in (["x" * 100] * 8, dict.fromkeys(range(8), "y" * 50), Bad(ValueError("z" * 500))):
        assert len(show(value, length=20)) <= 23
    endless = []
    endless.append(endless)
    assert show(endless) == "[[[...]]]"


@pytest.mark.parametrize("error", [ValueError(), RecursionError(), SystemExit(3), GeneratorExit()])
def test_no_error_of_a_repr_gets_out(show, error):
    text = f"<Bad object: repr() raised {type(error).__name__}>"
    assert show(Bad(error)) == text
    assert show([Bad(error), 1]) == f"[{text}, 1]"[:80] + ("..." if len(text) > 76 else "")


def test_a_repr_that_gives_no_string_is_said(show):
    class Odd:
        def __repr__(self):
            return 5

    assert show(Odd()) == "<Odd object: repr() raised TypeError>"


def test_an_interrupt_while_showing_is_not_lost(place):
    """It comes after the call has begun and been told, and the call itself is not torn."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    done = []
    place.show = lambda value: done.append(1)
    handle = trace(place, name="show")
    try:
        with pytest.raises(KeyboardInterrupt):
            place.show(Bad(KeyboardInterrupt()))
            for _ in range(1000):
                done.append(2)
    finally:
        signal.signal(signal.SIGINT, before)
    assert handle.calls == 1
    assert handle.sink.take()[0].args[0][1] == "<Bad object: repr() raised KeyboardInterrupt>"


def test_what_a_repr_calls_is_not_traced(place):
    class Loud:
        def __repr__(self):
            return str(place.add(1))

    place.show = lambda value: value
    ring = TraceRing()
    with trace(place, ring, name="add") as inner, trace(place, ring, name="show"):
        place.show(Loud())
        names = [event.name for event in ring.take()]
        assert names == ["place:show", "place:show"]
        assert inner.calls == 2, "calls are counted all the same"


def test_secrets_are_not_shown(place):
    def login(user, password, *rest, api_key=None, **more):
        return "fine"

    place.login, place.get_token = login, lambda: "s3cr3t"
    ring = TraceRing()
    with trace(place, ring, name="login"), trace(place, ring, name="get_token"):
        place.login(
            "ann", "s3cr3t", {"Authorization": "s3cr3t"}, api_key="s3cr3t", my_TOKEN="s3cr3t"
        )
        place.login(user="ann", password="s3cr3t")
        place.get_token()
    events = ring.take()
    assert "s3cr3t" not in "".join(map(str, events))
    assert dict(events[0].args)["password"] == "<redacted>"
    assert dict(events[0].args)["user"] == "'ann'"
    assert dict(events[0].args)[""] == "{'Authorization': <redacted>}"


def test_secrets_are_found_in_headers_of_all_forms(place):
    def send(headers, auth=None, author=None):
        return headers

    place.send, ring = send, TraceRing()
    with trace(place, ring, name="send"):
        for pair in (
            ("Authorization", "s3cr3t"),
            (b"Cookie", b"s3cr3t"),
            ("proxy_AUTH", b"s3cr3t"),
        ):
            place.send([pair, ("Accept", "any")], auth=("ann", "s3cr3t"), author="Bob")
            place.send({pair[0]: pair[1], "auth": "s3cr3t"}, ("ann", "s3cr3t"))
    events = ring.take()
    assert "s3cr3t" not in "".join(map(str, events))
    assert dict(events[0].args) == {
        "headers": "[('Authorization', <redacted>), ('Accept', 'any')]",
        "auth": "<redacted>",
        "author": "'Bob'",
    }
    assert dict(events[6].args)["headers"] == "{b'Cookie': <redacted>, 'auth': <redacted>}"


def test_what_is_secret_can_be_said(place):
    with trace(place, name="add", secrets=["A"]) as handle:
        place.add(1, 2, c=3)
        assert dict(handle.sink.take()[0].args) == {"a": "<redacted>", "b": "2", "c": "3"}
    place.tell = lambda a, b=None: None
    with trace(place, name="tell", secrets=["^b$", "^x", "x$"]) as handle:
        place.tell({"ab": 1, "xa": 2, "ax": 3, "axa": 4, "b": 5}, 6)
        shown = dict(handle.sink.take()[0].args)
    hidden = "'xa': <redacted>, 'ax': <redacted>, 'axa': 4, 'b': <redacted>"
    assert shown == {"a": f"{{'ab': 1, {hidden}}}", "b": "<redacted>"}
    with trace(place, name="add", secrets=(), results=False) as handle:
        place.add(1)
        call, end = handle.sink.take()
        assert (call.args, end.value) == ((("a", "1"),), None)


def test_receivers_are_shown_by_their_class(place):
    class Half:
        def __init__(self, x):
            self.x = x

        def __repr__(self):
            return f"Half({self.x})"

        @classmethod
        def made(cls, x):
            return cls(x)

    ring = TraceRing()
    with instrument((Half.__init__), kind="trace", sink=ring, in_place=True):
        Half(1)
    with trace(Half, ring, name="made"):
        Half.made(2)
    events = ring.take()
    assert events[0].args[0][1].endswith("Half object>")
    assert events[2].args[0][0] == "cls"
    assert events[2].args[0][1].endswith("Half>")
    assert events[3].value == "Half(2)"
