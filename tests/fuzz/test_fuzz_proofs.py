"""Whatever the bytes: decoders and verifiers of proofs accept, or raise `Rejected`, and nothing else."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st

from muniment.core import authmap, map_ics23, merkle, note, tiles
from muniment.core.authmap import MapProof
from muniment.core.codec import encode
from muniment.core.errors import Rejected

KEY = note.VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
NOTE = (
    "This is an example message.\n\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZ"
    "XsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
CHECKPOINT = "example.com/log\n15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n"
PIECES = [
    "\n",
    "\n\n",
    "\u2014 ",
    "example.com/foo",
    " ",
    "+",
    "AAAA",
    "=",
    "0",
    "1",
    "9" * 19,
    NOTE,
    CHECKPOINT,
    "\x00",
]
TEXT = st.one_of(st.text(), st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=12).map("".join))
INTS = st.integers(-(1 << 70), 1 << 70)
HASHES = st.one_of(st.just(bytes(32)), st.binary(min_size=32, max_size=32), st.binary(max_size=40))
PROOF = st.lists(HASHES, max_size=80)

fuzz = settings(max_examples=200, deadline=None)


def mutated(text: str, at: int, char: str) -> str:
    at %= len(text)
    return text[:at] + char + text[at + 1 :]


@fuzz
@given(TEXT)
@example("")
@example("\ud800\n\n\u2014 a AAAAAAAA\n")
def test_notes_checkpoints_and_keys(text: str) -> None:
    with suppress(Rejected):
        note.open_note(text, [KEY])
    with suppress(Rejected):
        note.Checkpoint.parse(text)
    with suppress(Rejected):
        note.VerifierKey.parse(text)
    with suppress(Rejected):
        tiles.parse_path(text)


@fuzz
@given(st.integers(0, 500), st.characters(codec=None))
def test_one_changed_character(at: int, char: str) -> None:
    with suppress(Rejected):
        note.open_note(mutated(NOTE, at, char), [KEY])
    with suppress(Rejected):
        note.VerifierKey.parse(mutated(KEY.vkey(), at, char))
    with suppress(Rejected):
        parsed = note.Checkpoint.parse(mutated(CHECKPOINT, at, char))
        assert note.Checkpoint.parse(parsed.encode()) == parsed


@fuzz
@given(st.binary(max_size=600))
def test_bytes(data: bytes) -> None:
    with suppress(Rejected):
        note.open_note(data, [KEY])
    with suppress(Rejected):
        assert tiles.encode_bundle(tiles.decode_bundle(data)) == data
    with suppress(Rejected):
        assert merkle.Frontier.from_bytes(data).to_bytes() == data
    with suppress(Rejected):
        assert encode(authmap.PROOF_CODEC.decode(data)) == data


@fuzz
@given(st.builds(MapProof, depth=INTS, filled=st.binary(max_size=40), siblings=st.binary(max_size=200), other=HASHES))
def test_any_map_proof(proof: MapProof) -> None:
    for root in (bytes(32), b"r" * 32):
        with suppress(Rejected):
            authmap.verify_absence(root, b"key", proof)
        with suppress(Rejected):
            authmap.verify_presence(root, b"key", b"value", proof)
    with suppress(Rejected):
        map_ics23.existence_path(bytes(32), proof)


@fuzz
@given(st.one_of(INTS, st.integers(0, 300)), st.one_of(INTS, st.integers(0, 300)), HASHES, HASHES, PROOF)
def test_any_log_proof(first: int, second: int, one: bytes, other: bytes, proof: list[bytes]) -> None:
    with suppress(Rejected):
        merkle.verify_inclusion(one, first, second, proof, other)
    with suppress(Rejected):
        merkle.verify_consistency(first, one, second, other, proof)
    with suppress(Rejected):
        merkle.verify_subtree_inclusion(one, first, (first, second), proof, other)
    with suppress(Rejected):
        merkle.verify_subtree_consistency((first, second), one, second, other, proof)
