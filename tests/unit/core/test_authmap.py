from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import pytest

from muniment.core import authmap
from muniment.core.authmap import EMPTY, MapProof
from muniment.core.codec import NotCanonical, NotDecodable, encode
from muniment.core.errors import Halted
from muniment.core.proof_errors import ProofRejected

Pages = dict[bytes, bytes]


def hashed(changes: Mapping[bytes, bytes | None]) -> dict[bytes, bytes | None]:
    return {
        authmap.key_hash(key): None if value is None else authmap.value_hash(value) for key, value in changes.items()
    }


def apply(pages: Pages, changes: Mapping[bytes, bytes | None]) -> bytes:
    root, changed = authmap.update(pages.get, hashed(changes))
    for path, page in changed.items():
        assert pages.get(path) != page
        if page is None:
            del pages[path]
        else:
            pages[path] = page
    assert authmap.root(pages.get) == root
    return root


def nothing(path: bytes) -> None:
    """Read from a map without pages."""


def filled(count: int) -> tuple[Pages, bytes]:
    pages: Pages = {}
    return pages, apply(pages, {b"key %d" % n: b"value %d" % n for n in range(count)})


def test_an_empty_map_has_the_empty_root_and_no_pages() -> None:
    assert authmap.root(nothing) == EMPTY == bytes(32)
    assert authmap.update(nothing, {}) == (EMPTY, {})
    assert list(authmap.leaves(nothing)) == []
    assert authmap.check(nothing) == (EMPTY, 0)


def test_one_leaf_is_the_root() -> None:
    pages: Pages = {}
    expected = sha256(b"\x00" + sha256(b"a").digest() + sha256(b"1").digest()).digest()
    assert apply(pages, {b"a": b"1"}) == expected


def test_two_leaves_are_divided_by_the_next_bit() -> None:
    low, high = sorted([b"a", b"b"], key=authmap.key_hash)
    assert authmap.key_hash(low)[0] < 128 <= authmap.key_hash(high)[0]
    nodes = [sha256(b"\x00" + authmap.key_hash(key) + authmap.value_hash(key)).digest() for key in (low, high)]
    assert apply({}, {low: low, high: high}) == sha256(b"\x01" + nodes[0] + nodes[1]).digest()


def test_setting_what_is_there_changes_no_page() -> None:
    pages, root = filled(500)
    assert authmap.update(pages.get, hashed({b"key 7": b"value 7"})) == (root, {})
    assert authmap.update(pages.get, {}) == (root, {})


def test_deleting_what_is_not_there_changes_no_page() -> None:
    pages, root = filled(500)
    assert authmap.update(pages.get, hashed({b"no": None})) == (root, {})
    assert authmap.update(nothing, hashed({b"no": None})) == (EMPTY, {})


def test_deleting_everything_leaves_nothing() -> None:
    pages, _ = filled(500)
    assert apply(pages, {b"key %d" % n: None for n in range(500)}) == EMPTY
    assert pages == {}


def test_the_pages_depend_on_the_contents_alone() -> None:
    pages, root = filled(200)
    other: Pages = {}
    apply(other, {b"key %d" % n: b"old" for n in range(900)})
    apply(other, {b"key %d" % n: None for n in range(200, 900)})
    for n in range(200):
        apply(other, {b"key %d" % n: b"value %d" % n})
    assert (other, authmap.root(other.get)) == (pages, root)


def test_leaves_come_sorted_and_check_counts_them() -> None:
    pages, root = filled(300)
    expected = sorted(hashed({b"key %d" % n: b"value %d" % n for n in range(300)}).items())
    assert list(authmap.leaves(pages.get)) == expected
    assert authmap.check(pages.get) == (root, 300)


def test_values_are_found_by_key_hash() -> None:
    pages, _ = filled(300)
    assert authmap.value_hash_at(pages.get, authmap.key_hash(b"key 9")) == authmap.value_hash(b"value 9")
    assert authmap.value_hash_at(pages.get, authmap.key_hash(b"no")) is None
    assert authmap.value_hash_at(nothing, authmap.key_hash(b"no")) is None


@pytest.mark.parametrize("count", [0, 1, 2, 5, 16, 100, 2000])
def test_presence_and_absence_are_proven(count: int) -> None:
    pages, root = filled(count)
    for n in range(0, count, 7):
        proof = authmap.prove(pages.get, b"key %d" % n)
        authmap.verify_presence(root, b"key %d" % n, b"value %d" % n, proof)
        with pytest.raises(ProofRejected):
            authmap.verify_presence(root, b"key %d" % n, b"another value", proof)
        with pytest.raises(ProofRejected):
            authmap.verify_absence(root, b"key %d" % n, proof)
    for n in range(50):
        proof = authmap.prove(pages.get, b"none %d" % n)
        authmap.verify_absence(root, b"none %d" % n, proof)
        with pytest.raises(ProofRejected):
            authmap.verify_presence(root, b"none %d" % n, b"value", proof)


def test_a_proof_is_small_and_crosses_the_wire() -> None:
    pages, root = filled(2000)
    proof = authmap.prove(pages.get, b"key 5")
    data = encode(proof)
    assert len(data) < 32 * 18
    authmap.verify_presence(root, b"key 5", b"value 5", authmap.PROOF_CODEC.decode(data))


def close(shared_bits: int, tail: int) -> bytes:
    """Return a key hash that shares its first bits with all others of the same number and differs then."""
    value = (1 << 255 - shared_bits if tail else 0) | (tail & (1 << 255 - shared_bits) - 1 if tail else 0)
    return value.to_bytes(32, "big")


@pytest.mark.parametrize("shared_bits", [0, 3, 4, 63, 251, 252, 255])
def test_key_hashes_that_share_a_long_prefix(shared_bits: int) -> None:
    pages: Pages = {}
    first, second, value = bytes(32), close(shared_bits, 1), b"v" * 32
    root, changed = authmap.update(pages.get, {first: value, second: value})
    pages.update({path: page for path, page in changed.items() if page is not None})
    proof = authmap.prove_hash(pages.get, second)
    assert (proof.depth, len(proof.siblings)) == (shared_bits + 1, 32)
    authmap.verify_leaf(root, second, value, proof)
    assert authmap.check(pages.get) == (root, 2)


GOOD = MapProof(depth=9, filled=b"\xff\x80", siblings=b"s" * 288)


@pytest.mark.parametrize(
    "proof",
    [
        MapProof(depth=-1, filled=b"", siblings=b""),
        MapProof(depth=257, filled=b"\xff" * 33, siblings=b"s" * 32 * 257),
        MapProof(depth=9, filled=b"\xff", siblings=b"s" * 288),
        MapProof(depth=9, filled=b"\xff\xc0", siblings=b"s" * 320),
        MapProof(depth=9, filled=b"\xff\x00", siblings=b"s" * 256),
        MapProof(depth=9, filled=b"\xff\x80", siblings=b"s" * 256),
        MapProof(depth=9, filled=b"\xff\x80", siblings=b"s" * 289),
        MapProof(depth=9, filled=b"\xff\x80", siblings=b"s" * 256 + bytes(32)),
        MapProof(depth=9, filled=b"\xff\x80", siblings=b"s" * 288, other=b"o" * 63),
        MapProof(depth=-1, filled=b"\xff\x80", siblings=b"s" * 288, other=b"o" * 64),
        MapProof(depth=1 << 60, filled=b"", siblings=b"", other=b"o" * 64),
        GOOD,
    ],
)
def test_malformed_proofs_are_refused(proof: MapProof) -> None:
    for root in (EMPTY, b"r" * 32):
        with pytest.raises(ProofRejected):
            authmap.verify_presence(root, b"k", b"v", proof)
        with pytest.raises(ProofRejected):
            authmap.verify_absence(root, b"k", proof)


def test_a_root_of_the_wrong_length_is_refused() -> None:
    pages, root = filled(3)
    with pytest.raises(ProofRejected):
        authmap.verify_presence(root[:-1], b"key 1", b"value 1", authmap.prove(pages.get, b"key 1"))


def test_another_leaf_must_stand_in_the_place_of_the_key() -> None:
    pages, root = filled(2)
    leaf = authmap.key_hash(b"key 0") + authmap.value_hash(b"value 0")
    proof = authmap.prove(pages.get, b"key 0")
    forged = MapProof(depth=proof.depth, filled=proof.filled, siblings=proof.siblings, other=leaf)
    with pytest.raises(ProofRejected):
        authmap.verify_absence(root, b"key 0", forged)
    with pytest.raises(ProofRejected):
        authmap.verify_absence(root, b"key 1", forged)


def test_an_oversized_proof_is_not_looked_at() -> None:
    with pytest.raises(NotDecodable):
        authmap.PROOF_CODEC.decode(encode(MapProof(depth=1, filled=b"\x80", siblings=b"s" * 20_000)))


def test_a_proof_in_other_bytes_is_refused() -> None:
    data = encode(MapProof(depth=0, filled=b"", siblings=b""))
    with pytest.raises(NotCanonical):
        authmap.PROOF_CODEC.decode(data.replace(b"\x94\x00", b"\x94\xcc\x00"))


def test_corrupt_pages_halt() -> None:
    pages, _ = filled(500)
    for path, page in sorted(pages.items()):
        for bad in (page[:-1], page + b"x", b"", None):
            broken = {**pages, path: bad}
            if path == b"\x00" and bad is None:
                continue
            with pytest.raises(Halted):
                authmap.check(broken.get)
    with pytest.raises(Halted):
        authmap.update({**pages, b"\x00": b""}.get, hashed({b"key 7": b"new"}))


def test_check_finds_every_flipped_byte() -> None:
    pages, root = filled(60)
    for path, page in sorted(pages.items()):
        for at in range(0, len(page), 5):
            bad = page[:at] + bytes([page[at] ^ 1]) + page[at + 1 :]
            try:
                assert authmap.check({**pages, path: bad}.get)[0] != root
            except Halted:
                continue


def test_a_proof_from_corrupt_pages_is_never_given() -> None:
    pages, root = filled(200)
    top = bytearray(pages[b"\x00"])
    top[16 + 32 * 5] ^= 1
    broken = {**pages, b"\x00": bytes(top)}
    refused = 0
    for n in range(200):
        key = b"key %d" % n
        try:
            authmap.verify_presence(root, key, b"value %d" % n, authmap.prove(broken.get, key))
        except Halted:
            refused += 1
    assert refused > 0
