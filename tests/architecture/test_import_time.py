"""Nothing heavy is imported until it is used, and a verifier needs the core only."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"numpy", "onnx", "onnxruntime", "pandas", "sklearn", "scipy", "pyarrow", "lightgbm", "xgboost"}
_REPORT = "import json, sys; sys.stdout.write('\\n' + json.dumps(sorted(sys.modules)))"


def imported(program: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", f"{program}\n{_REPORT}"], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def rooms(modules: set[str]) -> set[str]:
    return {name.split(".")[1] for name in modules if name.startswith("muniment.")}


@pytest.mark.parametrize(
    "program",
    ["import muniment", "import muniment.exact", "import muniment.cli.main", "import muniment; muniment.Wallet"],
)
def test_nothing_heavy_is_imported_until_it_is_used(program: str) -> None:
    assert packages(imported(program)) & HEAVY == set()


def test_the_proof_verifier_needs_the_core_only() -> None:
    modules = imported("import muniment.core.proof")
    assert rooms(modules) == {"core"}
    assert packages(modules) & (HEAVY | {"lmdb", "rich", "typer"}) == set()


def test_the_verify_command_needs_core_and_command_line_only(tmp_path: Path) -> None:
    arguments = ["verify", str(tmp_path / "none.mproof"), "--trust", str(tmp_path / "none.json")]
    modules = imported(f"from muniment.cli.main import run\nassert run({arguments!r}) == 3")
    assert rooms(modules) == {"cli", "core"}
    assert packages(modules) & (HEAVY | {"lmdb"}) == set()


def test_a_seeded_heavy_import_is_caught() -> None:
    assert packages(imported("import muniment, numpy")) & HEAVY == {"numpy"}
