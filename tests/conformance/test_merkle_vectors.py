"""Public vectors: transparency-dev proofs, a tessera tile log, signed notes, CometBFT's RFC 6962 hashes."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from muniment.core import merkle, note, tiles
from muniment.core.proof_errors import ProofRejected

VECTORS = Path(__file__).parent / "vectors" / "merkle_tlog"
TESSERA_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


def proof_cases(kind: str) -> list[dict[str, Any]]:
    with gzip.open(VECTORS / "rfc6962_rfc9162_proofs.json.gz") as file:
        cases: list[dict[str, Any]] = json.load(file)[kind]
    return cases


def tessera_log() -> dict[str, bytes]:
    data = (VECTORS / "tlog_tiles_tessera_testdata.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name.removeprefix("log/"): archive.read(name) for name in archive.namelist()}


def run_proofs(kind: str, verify: Callable[[dict[str, Any], list[bytes]], None]) -> tuple[int, int]:
    """Return how many cases ran and how many of them were refused; every verdict must be as labelled."""
    refused = 0
    cases = proof_cases(kind)
    for case in cases:
        proof = [base64.b64decode(item) for item in case["proof"] or ()]
        try:
            verify(case, proof)
        except ProofRejected:
            refused += 1
            assert case["wantErr"], case["name"]
        else:
            assert not case["wantErr"], case["name"]
    return len(cases), refused


def b64(case: dict[str, Any], name: str) -> bytes:
    return base64.b64decode(case[name] or "")


def test_inclusion_proofs() -> None:
    def verify(case: dict[str, Any], proof: list[bytes]) -> None:
        merkle.verify_inclusion(b64(case, "leafHash"), case["leafIdx"], case["treeSize"], proof, b64(case, "root"))

    assert run_proofs("inclusion", verify) == (49, 46)


def test_consistency_proofs() -> None:
    def verify(case: dict[str, Any], proof: list[bytes]) -> None:
        merkle.verify_consistency(case["size1"], b64(case, "root1"), case["size2"], b64(case, "root2"), proof)

    assert run_proofs("consistency", verify) == (49, 46)


def test_subtree_inclusion_proofs() -> None:
    def verify(case: dict[str, Any], proof: list[bytes]) -> None:
        span = (case["start"], case["end"])
        merkle.verify_subtree_inclusion(b64(case, "leafHash"), case["leafIdx"], span, proof, b64(case, "root"))

    assert run_proofs("subtreeinclusion", verify) == (102, 96)


def test_subtree_consistency_proofs() -> None:
    def verify(case: dict[str, Any], proof: list[bytes]) -> None:
        span = (case["start"], case["end"])
        merkle.verify_subtree_consistency(span, b64(case, "root1"), case["size"], b64(case, "root2"), proof)

    assert run_proofs("subtreeconsistency", verify) == (59, 53)


def test_signed_notes() -> None:
    cases = json.loads((VECTORS / "signed_notes.json").read_text(encoding="utf-8"))
    for case in cases:
        key = note.VerifierKey.parse(case["vkey"])
        assert key.vkey() == case["vkey"]
        assert note.open_note(case["note"], [key]).keys == (key,)
        assert case["valid"] is True
    assert len(cases) == 18


def test_tessera_checkpoints_tiles_and_bundles() -> None:
    log = tessera_log()
    key = note.VerifierKey.parse(TESSERA_KEY)
    checked = 0
    for size in range(16):
        checkpoint = note.open_checkpoint(log[f"checkpoint.{size}"], [key])
        assert checkpoint.size == size
        entries = tiles.decode_bundle(log[tiles.bundle_path(0, size)]) if size else []
        leaves = merkle.leaf_hashes(entries)
        assert merkle.root(leaves) == checkpoint.root
        for path in tiles.tile_paths(size):
            assert log[path] == b"".join(leaves)
            checked += 1
        assert tiles.encode_bundle(entries) == (log[tiles.bundle_path(0, size)] if size else b"")
    assert checked == 15
    assert note.open_checkpoint(log["checkpoint"], [key]).size == 15


def test_tessera_log_grows_as_published() -> None:
    log = tessera_log()
    leaves = tiles.tile_hashes(log[tiles.tile_path(0, 0, 15)])
    for old in range(15):

        def before(level: int, index: int, size: int = old) -> bytes:
            return log[tiles.tile_path(level, index, size)]

        for new in range(old + 1, 16):
            changed = tiles.changed_tiles(old, leaves[old:new], before)
            assert changed == {(0, 0): log[tiles.tile_path(0, 0, new)]}


def test_cometbft_rfc6962_hashes() -> None:
    cases = {case["desc"]: case for case in json.loads((VECTORS / "cometbft_merkle_rfc6962.json").read_text())["cases"]}
    assert bytes.fromhex(cases["empty tree"]["root"]) == merkle.EMPTY_ROOT
    for name in ("empty leaf", "leaf"):
        assert merkle.leaf_hash(cases[name]["leaf_ascii"].encode()).hex() == cases[name]["hash"]
    inner = cases["inner node"]
    assert merkle.node_hash(inner["left_ascii"].encode(), inner["right_ascii"].encode()).hex() == inner["hash"]
    assert len(cases) == 4
