from __future__ import annotations

from base64 import b64encode

import pytest
from nacl.signing import SigningKey

from muniment.core import note
from muniment.core.note import Checkpoint, SignatureType, Signer, VerifierKey
from muniment.core.proof_errors import NoteMalformed, NoteNotTrusted

EXAMPLE_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
TEXT = "An example.\n"


def signer(name: str, seed: int = 1) -> Signer:
    private = SigningKey(bytes([seed]) * 32)
    return VerifierKey.ed25519(name, bytes(private.verify_key)), lambda data: private.sign(data).signature


ANN, BEN = signer("ann.example"), signer("ben.example", 2)


def test_a_verifier_key_round_trips() -> None:
    key = VerifierKey.parse(EXAMPLE_VKEY)
    assert (key.name, key.kind, key.key_id.hex()) == ("example.com/foo", note.ED25519, "530d903a")
    assert key.vkey() == EXAMPLE_VKEY


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "example.com/foo+530d903a+",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "foo+530d903a+AQID",
        "f\ud800+530d903a+AQID",
    ],
)
def test_other_verifier_keys_are_refused(vkey: str) -> None:
    with pytest.raises(NoteMalformed):
        VerifierKey.parse(vkey)


def test_a_signed_note_opens_with_the_keys_that_signed() -> None:
    signed = note.sign_note(TEXT, [ANN, BEN])
    opened = note.open_note(signed, [ANN[0], BEN[0]])
    assert (opened.text, opened.keys) == (TEXT, (ANN[0], BEN[0]))
    assert note.open_note(signed.encode(), [BEN[0]]).keys == (BEN[0],)
    assert len(opened.signatures) == 2


def test_a_cosignature_line_can_be_appended() -> None:
    key, sign = BEN
    signed = note.sign_note(TEXT, [ANN]) + note.signature_line(key, sign(TEXT.encode()))
    assert note.open_note(signed, [ANN[0], key]).keys == (ANN[0], key)


def test_a_note_signed_by_strangers_is_not_trusted() -> None:
    with pytest.raises(NoteNotTrusted):
        note.open_note(note.sign_note(TEXT, [ANN]), [BEN[0]])


def test_one_bad_signature_of_a_known_key_spoils_the_note() -> None:
    signed = note.sign_note(TEXT, [ANN]) + note.signature_line(BEN[0], b"\x00" * 64)
    with pytest.raises(NoteNotTrusted):
        note.open_note(signed, [ANN[0], BEN[0]])
    assert note.open_note(signed, [ANN[0]]).keys == (ANN[0],)


def test_changed_text_is_not_trusted() -> None:
    signed = note.sign_note(TEXT, [ANN]).replace("example", "exempla", 1)
    with pytest.raises(NoteNotTrusted):
        note.open_note(signed, [ANN[0]])


def test_a_text_with_blank_lines_is_split_at_the_last() -> None:
    text = "one\n\ntwo\n\n"
    assert note.open_note(note.sign_note(text, [ANN]), [ANN[0]]).text == text


GOOD_LINE = note.signature_line(ANN[0], b"\x07" * 64)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\n\n",
        TEXT,
        TEXT + "\n",
        TEXT + GOOD_LINE,
        TEXT + "\n" + GOOD_LINE[:-1],
        TEXT + "\n" + GOOD_LINE + "\n",
        TEXT + "\n" + GOOD_LINE.replace("\u2014", "-"),
        TEXT + "\n" + GOOD_LINE.replace("ann.example", "ann+example"),
        TEXT + "\n" + GOOD_LINE.replace("ann.example", "ann\u00a0example"),
        TEXT + "\n" + GOOD_LINE.replace("ann.example", ""),
        TEXT + "\n\u2014 ann.example AAAA\n",
        TEXT + "\n\u2014 ann.example ????\n",
        TEXT + "\n\u2014 ann.example AAAAAAAAAAB=\n",
        TEXT + "\n" + GOOD_LINE * 65,
        "a\tb\n\n" + GOOD_LINE,
        "a\r\n\n" + GOOD_LINE,
        "a\ud800\n\n" + GOOD_LINE,
        "a" * (1 << 17) + "\n\n" + GOOD_LINE,
    ],
)
def test_malformed_notes_are_refused(text: str) -> None:
    with pytest.raises(NoteMalformed):
        note.open_note(text, [ANN[0]])


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(NoteMalformed):
        note.open_note(b"\xff\n\n" + GOOD_LINE.encode(), [ANN[0]])


def test_signing_a_text_that_is_no_note_is_refused() -> None:
    for text in ("no newline", "a\tb\n"):
        with pytest.raises(NoteMalformed):
            note.sign_note(text, [ANN])
    with pytest.raises(NoteMalformed):
        note.sign_note(TEXT, [])


def test_two_known_keys_that_cannot_be_told_apart_are_refused() -> None:
    class Twin(VerifierKey, frozen=True):
        @property
        def key_id(self) -> bytes:
            return ANN[0].key_id

    twin = Twin(name=ANN[0].name, kind=note.ED25519, public=BEN[0].public)
    with pytest.raises(NoteNotTrusted):
        note.open_note(note.sign_note(TEXT, [ANN]), [ANN[0], twin])


def test_another_signature_type_can_be_added() -> None:
    key = VerifierKey(name="pq.example", kind=0xFF, public=b"p" * 40)
    assert VerifierKey.parse(key.vkey()) == key
    signed = note.sign_note(TEXT, [(key, lambda data: b"sig")])
    with pytest.raises(NoteNotTrusted):
        note.open_note(signed, [key])
    types = {**note.SIGNATURE_TYPES, 0xFF: SignatureType(40, lambda public, data, sig: sig == b"sig")}
    assert note.open_note(signed, [key], types=types).keys == (key,)


def test_a_small_order_key_signs_nothing() -> None:
    assert not note.verify_ed25519(b"\x01" + b"\x00" * 31, b"data", b"\x01" + b"\x00" * 63)


CHECKPOINT = Checkpoint(origin="log.example/a", size=42, root=b"r" * 32)


@pytest.mark.parametrize("extensions", [(), ("one", "two")])
def test_a_checkpoint_round_trips(extensions: tuple[str, ...]) -> None:
    checkpoint = Checkpoint(origin="log.example/a", size=0, root=b"r" * 32, extensions=extensions)
    assert Checkpoint.parse(checkpoint.encode()) == checkpoint


def test_a_signed_checkpoint_opens() -> None:
    signed = note.sign_note(CHECKPOINT.encode(), [ANN])
    assert note.open_checkpoint(signed, [ANN[0]]) == CHECKPOINT


ROOT = b64encode(b"r" * 32).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        f"a\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"a\n01\n{ROOT}\n",
        f"a\n-1\n{ROOT}\n",
        f"a\n+1\n{ROOT}\n",
        f"a\n\u0661\n{ROOT}\n",
        f"a\n1_0\n{ROOT}\n",
        f"a\n{1 << 63}\n{ROOT}\n",
        f"a\n1\n{ROOT[:-1]}\n",
        f"a\n1\n{ROOT[:-4]}\n",
        f"a\n1\n {ROOT}\n",
        f"a\n1\n{ROOT}\n\n",
        f"a\n1\n{ROOT}\n\nb\n",
        f"a\t\n1\n{ROOT}\n",
    ],
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(NoteMalformed):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "checkpoint",
    [
        Checkpoint(origin="", size=1, root=b"r" * 32),
        Checkpoint(origin="a\nb", size=1, root=b"r" * 32),
        Checkpoint(origin="a", size=-1, root=b"r" * 32),
        Checkpoint(origin="a", size=1 << 63, root=b"r" * 32),
        Checkpoint(origin="a", size=1, root=b"r" * 31),
        Checkpoint(origin="a", size=1, root=b"r" * 32, extensions=("",)),
    ],
)
def test_values_without_a_text_are_refused(checkpoint: Checkpoint) -> None:
    with pytest.raises(NoteMalformed):
        checkpoint.encode()
