"""docs/formats.md is a specification: its example is recomputed, and verified from the text as printed."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

from tests.conformance import independent_verifier as stranger
from tests.harness.worked_example import example

from muniment.core import claims, merkle
from muniment.core.proof import decode_proof, verify
from muniment.core.trust import Trust
from muniment.storage import layout

DOCUMENT = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
TRUST, PROOF = (block.encode() for block in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL))


def said(name: str) -> str:
    found = re.search(rf"^{name} +(\S+(?:\n +\S+)*)$", DOCUMENT, re.MULTILINE)
    assert found is not None, name
    return "".join(found[1].split())


def test_the_printed_example_is_the_one_made_from_the_seeds() -> None:
    made = example()
    assert decode_proof(PROOF) == made.proof
    assert Trust.decode(TRUST) == made.trust


def test_both_verifiers_believe_the_printed_example() -> None:
    assert verify(decode_proof(PROOF), Trust.decode(TRUST)).standing == "unchanged"
    found = stranger.verify(PROOF, TRUST)
    assert (found["identity"], found["standing"], found["signer"]) == (256, "unchanged", "self-certified")


def test_the_values_on_the_way_are_right() -> None:
    made = example()
    assert said("payload") == made.payload.hex()
    assert said("id") == sha256(made.payload).hexdigest()
    assert said("digest") == made.digest.hex()
    assert said("receipt") == made.proof.receipt.hex()
    assert said("leaf") == merkle.leaf_hash(made.proof.receipt).hex()
    assert said("log root") == made.head.log_root.hex()
    assert said("state root") == made.head.state_root.hex()
    assert said("app hash") == made.head.app_hash.hex()
    assert said("status key") == claims.status_key("record", int(said("identity"))).hex()


def test_every_table_of_the_store_is_described() -> None:
    section = DOCUMENT.split("Tables of the store")[1].split("## 13")[0]
    named = {name.encode() for row in re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE) for name in names(row)}
    assert named == set(layout.TABLES)


def names(row: str) -> list[str]:
    return re.findall(r"`([a-z-]+)`", row)


def test_every_field_of_a_proof_file_is_described() -> None:
    section = DOCUMENT.split("## 10. Proof file")[1].split("**Verification.**")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(json.loads(PROOF))
