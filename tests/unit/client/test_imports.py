"""Importing muniment costs nothing: what is heavy is imported when it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import muniment as mu

HEAVY = ("onnxruntime", "onnx", "pandas", "sklearn", "pyarrow", "rich", "typer", "lmdb")


def _imported(statement: str) -> set[str]:
    script = f"import sys; {statement}; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(found.stdout.split())


@pytest.mark.parametrize("statement", ["import muniment", "import muniment; muniment.Wallet, muniment.Trust"])
def test_nothing_heavy_is_imported_at_first(statement: str) -> None:
    assert not _imported(statement) & {*HEAVY, "numpy"}


def test_verifying_needs_the_core_only() -> None:
    found = _imported("import muniment; muniment.verify")
    assert not found & {*HEAVY, "numpy"}
    rooms = {name.split(".")[1] for name in found if name.startswith("muniment.")}
    assert rooms <= {"client", "core", "engines"}


def test_every_name_that_is_announced_is_there() -> None:
    assert set(mu.__all__) == set(dir(mu))
    for name in mu.__all__:
        assert getattr(mu, name) is not None
    with pytest.raises(AttributeError):
        mu.nothing  # noqa: B018
