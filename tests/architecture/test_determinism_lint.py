"""What runs in consensus holds nothing that could differ from machine to machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.harness.determinism import Finding, findings

PACKAGE = Path(__file__).parents[2] / "src" / "muniment"

#: In `exact`, all but the compiler and what quantizes and shows values, which are the edge.
NOT_CONSENSUS = {"exact/display.py", "exact/fixedpoint.py", "exact/frames.py"}

#: (file, rule, what) -> why it cannot do harm. Every entry must still be needed.
_DISPLAY = "scores as people read them and thresholds as they type them: at the edge, never in a handler"
_LOCK = "locks around what is loaded once; they order threads and decide nothing"
ALLOWED: dict[tuple[str, str, str], str] = {
    ("core/machine.py", "import", "logging"): "tells people what failed unexpectedly; nothing reads it back",
    ("exact/__init__.py", "call", "globals"): "keeps a name once it was imported, so that the next look is fast",
    ("exact/card.py", "import", "math"): _DISPLAY,
    ("exact/card.py", "division", "score / int(10 ** self.decimals)"): _DISPLAY,
    ("exact/card.py", "division", "1 / (1 + small)"): _DISPLAY,
    ("exact/card.py", "division", "small / (1 + small)"): _DISPLAY,
    ("exact/runner.py", "import", "threading"): _LOCK,
    ("exact/shelf.py", "import", "threading"): _LOCK,
}


def files() -> list[str]:
    found = [*PACKAGE.glob("core/*.py"), *PACKAGE.glob("exact/*.py"), *PACKAGE.glob("modules/**/*.py")]
    names = {path.relative_to(PACKAGE).as_posix() for path in found}
    return sorted({*names, "app.py"} - NOT_CONSENSUS)


def scan() -> dict[tuple[str, str, str], list[int]]:
    found: dict[tuple[str, str, str], list[int]] = {}
    for name in files():
        for one in findings((PACKAGE / name).read_text()):
            found.setdefault((name, one.rule, one.what), []).append(one.line)
    return found


def test_there_are_files_to_scan() -> None:
    assert len(files()) > 80


def test_nothing_that_runs_in_consensus_could_differ_between_machines() -> None:
    assert {key: lines for key, lines in scan().items() if key not in ALLOWED} == {}


def test_every_exception_is_still_needed_and_has_a_reason() -> None:
    assert set(ALLOWED) - set(scan()) == set()
    assert all(len(reason) > 20 for reason in ALLOWED.values())


FAULTS = {
    "import time": "import",
    "from datetime import datetime": "import",
    "import os.path": "import",
    "from threading import Lock": "import",
    "x = open('state')": "call",
    "x = hash('name')": "call",
    "x = float(3)": "call",
    "x = id(object)": "call",
    "import numpy as np\nx = np.random.default_rng()": "call",
    "x = 0.5": "float",
    "x = 3 / 4": "division",
    "x = 3\nx /= 4": "division",
    "for x in {1, 2}:\n    pass": "set order",
    "def f(names: set[str]) -> list[str]:\n    return list(names)": "set order",
    "def f(names: frozenset[str]) -> str:\n    return ','.join(names)": "set order",
    "def f():\n    seen = set()\n    for one in seen:\n        yield one": "set order",
    "def f(a: set[int]):\n    return [x for x in a - {1}]": "set order",
    "def f(a: set[int]):\n    return (*a,)": "set order",
    "x = tuple({y for y in 'abc'})": "set order",
}


@pytest.mark.parametrize("source", FAULTS)
def test_a_seeded_fault_is_caught(source: str) -> None:
    assert FAULTS[source] in {one.rule for one in findings(source)}


HARMLESS = (
    "x = 3 // 4",
    "x = 1 << 20",
    "def f(names: set[str]):\n    return sorted(names)",
    "def f(names: set[str]):\n    return sorted(name for name in names)",
    "def f(names: set[str]):\n    return 'a' in names, len(names), max(names)",
    "def f(names: list[str]):\n    return [name for name in names]",
    "def f(names: set[str]):\n    return {name for name in names}",
    "def f(share: float) -> None: ...",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import time",
)


@pytest.mark.parametrize("source", HARMLESS)
def test_what_cannot_differ_is_left_alone(source: str) -> None:
    assert findings(source) == []


def test_a_finding_says_where() -> None:
    assert findings("x = 1\ny = 0.5\n") == [Finding("float", 2, "0.5")]
