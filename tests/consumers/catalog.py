"""The packages from PyPI whose own test-suites must not notice which of the two they run on.

Chosen: well-kept, importing wrapt at run time, with their tests in the source distribution. Each
is pinned by version and hash; what else it needs is resolved once and shared by both runs.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Consumer:
    """One source distribution, what its suite needs beside it, and how the suite is run."""

    name: str
    version: str
    #: of the source distribution; empty if the tests are in the wheel, one for each platform
    sha256: str
    tests: str = "tests"
    extra: str = ""
    needs: tuple[str, ...] = ()
    requires_python: tuple[int, int] = (3, 9)
    options: tuple[str, ...] = ()
    #: files that the suite reads though the source distribution leaves them out; made empty
    supplied: tuple[str, ...] = ()
    #: a module that prints the certificates which requests has to trust
    certificates: str = ""

    @property
    def pin(self) -> str:
        return f"{self.name}=={self.version}"

    def __str__(self) -> str:
        return f"{self.name}-{self.version}"


# One version for all, since each of these pins the others; none is left to pip's choice.
OPENTELEMETRY = "0.66b1"


def opentelemetry(name, sha256, *needs):
    package = f"opentelemetry-instrumentation{name}"
    common = (f"opentelemetry-test-utils=={OPENTELEMETRY}",)
    return Consumer(package, OPENTELEMETRY, sha256, needs=common + needs, requires_python=(3, 10))


CONSUMERS = (
    Consumer(
        "Deprecated",
        "1.3.1",
        "b1b50e0ff0c1fddaa5708a2c6b0a6588bb09b892825ab2b214ac9ea9d92a5223",
        needs=("setuptools<81",),  # its tests import pkg_resources
    ),
    Consumer(
        "Deprecated",
        "3.0.1",
        "2f5a9fecc9961e26462846cf1e57f73a612b1d0b79c27dceeed8de647beadcee",
        needs=("packaging>=25",),
        requires_python=(3, 12),
    ),
    Consumer(
        "vcrpy",
        "9.4.2",
        "2ffc051adf50d9a83326c8d365c29929cd6788cef647326b55502b59276d443a",
        extra="tests",
        requires_python=(3, 11),
        options=(
            *("-m", "not online"),  # its mark for what talks to servers of other people
            # The test server closes the connection before all is sent, half of the time on wrapt.
            *("--deselect", "tests/integration/test_requests.py::test_post_chunked_binary"),
        ),
        supplied=(".editorconfig",),
        certificates="pytest_httpbin.certs",
    ),
    Consumer(
        "debtcollector",
        "3.1.0",
        "278a45608cf16e79c0ae10851d869185c6b78f86610df8f27a451a18c1fec732",
        tests="debtcollector/tests",
        needs=("testtools>=2.2", "fixtures>=3"),
        requires_python=(3, 10),
    ),
    # By wrapt's author, and the one that leans most on its inner parts.
    Consumer(
        "wrapture",
        "1.0.0b4",
        "946d141a10071d75e393d3bbc2a9f589f035e2e52ec8a43d1c80678f98ce5684",
        extra="otel",
        needs=("setuptools",),
        requires_python=(3, 12),
        options=("-p", "pytester"),
    ),
    # Its core in C++ walks trees of proxies by the abstract protocols.
    Consumer(
        "dm-tree",
        "0.1.10",
        "",
        tests="tree.tree_test",
        needs=("absl-py>=2", "attrs>=23", "numpy>=1.26"),
        requires_python=(3, 10),
        options=("--pyargs",),
    ),
    opentelemetry("", "e79a510f7d87c72d95e964ddb42193a0d9a75668c027d980eab032ea1322a5ce"),
    opentelemetry("-asyncio", "c2a593daee5eadd487fd08608b506da25f8e3805cbce1d5595097f8b427991d0"),
    opentelemetry("-dbapi", "715be3080f644de2314d84388a73571acdbeca85bfbc7dc682f214c88cc18022"),
    opentelemetry("-logging", "2250240ecb1fce36939f64eafd988832338684564fb4c7b401c9b9af0ee11d46"),
    opentelemetry(
        "-requests",
        "28578f72e68e3a5be3226c618ac9570ed360ef1dd22d5d6e0721c6905a4ccc67",
        "requests>=2.32,<3",
        "mocket>=3.13,<4",
    ),
    opentelemetry("-sqlite3", "e5d672a347deac385a71fb52d556ea443e2f3cc51eac05cac8f0a739cac0bb38"),
    opentelemetry("-threading", "2c217359439d09ca4a4be524db368c05a3cc7f218b85e8086f22664db0a03538"),
    opentelemetry(
        "-urllib3",
        "31e84a2ccfa86ca1d4f1209ea66c1f709c335348d5c487477d3843172efcc408",
        "urllib3>=2,<3",
        "mocket>=3.13,<4",
    ),
)
