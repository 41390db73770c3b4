"""Looking at a ledger while another process writes it, and proving its state at earlier blocks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.harness.commandline import done
from tests.harness.ledger import wallet

import muniment as mu
from muniment.core.claims import status_key
from muniment.core.proof_errors import ProofRejected
from muniment.core.state_proof import StateProof, verify_state
from muniment.storage.errors import HeightUnknown, NotALedger

WRITER = """
import sys
from pathlib import Path
from tests.harness.ledger import wallet
import muniment as mu
with mu.open(Path(sys.argv[1])) as ledger:
    for number in range(3):
        ledger.records.anchor([b"row"], by=wallet(), name=f"batch {number}")
        print("written", flush=True)
        sys.stdin.readline()
"""


def test_a_reader_sees_each_durable_block_of_another_process(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == "written\n"
        with mu.open(path, read_only=True) as ledger:
            assert ledger.status().log_size == 1
            writer.stdin.write("\n")
            writer.stdin.flush()
            assert writer.stdout.readline() == "written\n"
            assert ledger.status().log_size == 2
            assert ledger.records.get("record:1").name == "batch 1"
            assert mu.verify(ledger.prove("record:1"), trust=ledger.trust).kind == "record"
            with pytest.raises(mu.Unavailable):
                ledger.records.anchor([b"row"], by=wallet(), name="mine")
        assert done("status", str(path))["log_size"] == 2
        writer.communicate("\n\n")


def test_a_reader_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotALedger):
        mu.open(tmp_path / "absent", read_only=True)
    assert not (tmp_path / "absent").exists()


def test_state_is_proven_at_the_head_and_at_earlier_blocks(tmp_path: Path) -> None:
    ann = wallet()
    with mu.open(tmp_path / "ledger") as ledger:
        record = ledger.records.anchor([b"row"], by=ann, name="data")
        key = status_key("record", record.identity)
        before = ledger.status().height
        ledger.records.withdraw(record, by=ann, reason="wrong")
        now = ledger.prove_state(key, b"no such key")
        then = ledger.prove_state(key, height=before)
        with pytest.raises(HeightUnknown):
            ledger.prove_state(key, height=99)
        trust = ledger.trust
    checkpoint, values = verify_state(StateProof.decode(now.encode()), trust)
    assert values[key] is not None
    assert values[b"no such key"] is None
    earlier, values = verify_state(then, trust)
    assert values == {key: None}
    assert earlier.size == checkpoint.size - 1
    swapped = StateProof(now.chain, then.checkpoint, now.entries)
    for lie in (swapped, StateProof("other", now.checkpoint, now.entries)):
        with pytest.raises(ProofRejected):
            verify_state(lie, trust)
    for data in (b"", b"{}", now.encode().replace(b"proof 1", b"proof 2"), bytes(9 << 20)):
        with pytest.raises(ProofRejected):
            StateProof.decode(data)
