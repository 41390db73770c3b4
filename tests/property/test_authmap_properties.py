"""The authenticated map against a dict and the recursive definition of its root."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from muniment.core import authmap
from muniment.core.authmap import EMPTY, MapProof
from muniment.core.proof_errors import ProofRejected


def nothing(path: bytes) -> None:
    """Read from a map without pages."""


def naive_root(leaves: dict[bytes, bytes], depth: int = 0) -> bytes:
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        key, value = next(iter(leaves.items()))
        return sha256(b"\x00" + key + value).digest()
    sides: tuple[dict[bytes, bytes], dict[bytes, bytes]] = ({}, {})
    for key, value in leaves.items():
        sides[int.from_bytes(key, "big") >> (255 - depth) & 1][key] = value
    return sha256(b"\x01" + naive_root(sides[0], depth + 1) + naive_root(sides[1], depth + 1)).digest()


def close_key(drawn: tuple[int, int]) -> bytes:
    """Return a key hash that shares `drawn[0]` bits with the key hash of zeros, and then `drawn[1]`."""
    shared, rest = drawn
    return (rest << 248 >> shared).to_bytes(32, "big")


#: Half of the keys crowd around zero at all depths, so that chains of pages arise and vanish.
KEYS = st.one_of(
    st.tuples(st.integers(0, 248), st.integers(0, 255)).map(close_key),
    st.tuples(st.sampled_from([0, 3, 4, 244]), st.integers(0, 15)).map(close_key),
    st.integers(0, 40).map(lambda n: sha256(bytes([n])).digest()),
)
VALUES = st.integers(0, 3).map(lambda n: bytes([n]) * 32)
CHANGES = st.dictionaries(KEYS, st.one_of(st.none(), VALUES), max_size=30)


class MapMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[bytes, bytes] = {}
        self.model: dict[bytes, bytes] = {}
        self.root = EMPTY

    def _apply(self, changes: dict[bytes, bytes | None]) -> None:
        self.root, changed = authmap.update(self.pages.get, changes)
        for path, page in changed.items():
            assert 1 <= len(path) <= 65
            assert self.pages.get(path) != page
            if page is None:
                del self.pages[path]
            else:
                self.pages[path] = page
        for key, value in changes.items():
            if value is None:
                self.model.pop(key, None)
            else:
                self.model[key] = value

    @rule(changes=CHANGES)
    def change_some(self, changes: dict[bytes, bytes | None]) -> None:
        self._apply(changes)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def delete_some(self, data: st.DataObject) -> None:
        keys = data.draw(st.lists(st.sampled_from(sorted(self.model)), min_size=1, max_size=30))
        self._apply(dict.fromkeys(keys))

    @rule(key=KEYS, value=VALUES)
    def prove_one(self, key: bytes, value: bytes) -> None:
        proof = authmap.prove_hash(self.pages.get, key)
        held = self.model.get(key)
        assert authmap.value_hash_at(self.pages.get, key) == held
        if held is None:
            authmap.verify_no_leaf(self.root, key, proof)
        else:
            authmap.verify_leaf(self.root, key, held, proof)
        if held != value:
            with pytest.raises(ProofRejected):
                authmap.verify_leaf(self.root, key, value, proof)
        if held is not None:
            with pytest.raises(ProofRejected):
                authmap.verify_no_leaf(self.root, key, proof)

    @invariant()
    def root_is_the_definition(self) -> None:
        assert self.root == naive_root(self.model) == authmap.root(self.pages.get)

    @invariant()
    def pages_are_canonical(self) -> None:
        assert authmap.check(self.pages.get) == (self.root, len(self.model))
        rebuilt = authmap.update(nothing, dict(self.model))
        assert rebuilt == (self.root, self.pages)


MapMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestMap = MapMachine.TestCase


MODEL = {sha256(bytes([n])).digest(): bytes([n]) * 32 for n in range(40)} | {
    close_key((shared, 200)): b"c" * 32 for shared in (0, 5, 17, 60)
}
ROOT, _PAGES = authmap.update(nothing, dict(MODEL))
PAGES = {path: page for path, page in _PAGES.items() if page is not None}


def bit_flips(data: bytes) -> list[bytes]:
    whole = int.from_bytes(data, "big")
    return [(whole ^ 1 << bit).to_bytes(len(data), "big") for bit in range(8 * len(data))]


def mutations(proof: MapProof) -> list[MapProof]:
    """Return a proof with each single bit of it turned, and with near depths."""
    depths = [proof.depth + step for step in (-8, -1, 1, 8)]
    return (
        [MapProof(depth, proof.filled, proof.siblings, proof.other) for depth in depths]
        + [MapProof(proof.depth, filled, proof.siblings, proof.other) for filled in bit_flips(proof.filled)]
        + [MapProof(proof.depth, proof.filled, siblings, proof.other) for siblings in bit_flips(proof.siblings)]
        + [MapProof(proof.depth, proof.filled, proof.siblings, other) for other in bit_flips(proof.other)]
    )


def verify(key: bytes, value: bytes | None, proof: MapProof) -> None:
    if value is None:
        authmap.verify_no_leaf(ROOT, key, proof)
    else:
        authmap.verify_leaf(ROOT, key, value, proof)


@pytest.mark.parametrize("key", [sha256(b"\x03").digest(), close_key((60, 200)), close_key((61, 200)), b"\xff" * 32])
def test_every_single_bit_of_a_proof_matters(key: bytes) -> None:
    proof = authmap.prove_hash(PAGES.get, key)
    value = MODEL.get(key)
    tried = 0
    for forged in mutations(proof):
        tried += 1
        with pytest.raises(ProofRejected):
            verify(key, value, forged)
    assert tried > 256


@settings(max_examples=200, deadline=None)
@given(KEYS, KEYS)
def test_a_proof_speaks_of_its_own_key_only(key: bytes, asked: bytes) -> None:
    proof = authmap.prove_hash(PAGES.get, key)
    if asked in MODEL:
        with pytest.raises(ProofRejected):
            authmap.verify_no_leaf(ROOT, asked, proof)
    elif key in MODEL:
        with pytest.raises(ProofRejected):
            authmap.verify_leaf(ROOT, asked, MODEL[key], proof)


@settings(max_examples=30, deadline=None)
@given(st.permutations(sorted(MODEL)), st.integers(1, 12))
def test_no_order_and_no_batches_leave_a_trace(keys: list[bytes], batch: int) -> None:
    pages: dict[bytes, bytes] = {}
    for at in range(0, len(keys), batch):
        root, changed = authmap.update(pages.get, {key: MODEL[key] for key in keys[at : at + batch]})
        pages.update({path: page for path, page in changed.items() if page is not None})
    assert (root, pages) == (ROOT, PAGES)
