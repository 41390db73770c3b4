"""The bytes of an artifact's metadata, held for ever: a library that writes them otherwise would refuse every model."""

from __future__ import annotations

import sys
import unicodedata

import msgspec
import pytest

from muniment.exact.card import Feature, Schema, ScoreSchema, feature_faults, is_plain, schema_faults

GOLDEN = [
    ("plain", b'"plain"'),
    ("", b'""'),
    ('"', rb'"\""'),
    ("\\", rb'"\\"'),
    ("/", b'"/"'),
    ("\b\f\n\r\t", rb'"\b\f\n\r\t"'),
    ("\x00\x01\x1f", rb'"\u0000\u0001\u001f"'),
    ("\x7f\x80", b'"\x7f\xc2\x80"'),
    ("<&>'", b'"<&>\'"'),
    ("é", b'"\xc3\xa9"'),
    ("\u2028\u2029", b'"\xe2\x80\xa8\xe2\x80\xa9"'),
    ("日", b'"\xe6\x97\xa5"'),
    ("\uffff", b'"\xef\xbf\xbf"'),
    ("\U0001f512", b'"\xf0\x9f\x94\x92"'),
    (0, b"0"),
    (-1, b"-1"),
    (2**53 - 1, b"9007199254740991"),
    (-(2**53) + 1, b"-9007199254740991"),
    (True, b"true"),
    ((), b"[]"),
    ((1, -2), b"[1,-2]"),
]


@pytest.mark.parametrize(("value", "encoded"), GOLDEN)
def test_values_are_written_as_ever(value: object, encoded: bytes) -> None:
    assert msgspec.json.encode(value) == encoded
    assert msgspec.json.decode(encoded, type=type(value)) == value


def test_a_schema_is_written_as_ever() -> None:
    features = (
        Feature("amount", unit="€", decimals=2, minimum=-5, maximum=10, nullable=True),
        Feature('a"b', maximum=1, categories=("x\\y", "é")),
    )
    schema = Schema(1, features, ScoreSchema("risk", "log-odds", 9, "logit"), (0, 1))
    assert msgspec.json.encode(schema) == (
        b'{"version":1,"features":[{"name":"amount","unit":"\xe2\x82\xac","decimals":2,"minimum":-5,"maximum":10,'
        b'"nullable":true,"categories":[]},{"name":"a\\"b","unit":"","decimals":0,"minimum":0,"maximum":1,'
        b'"nullable":false,"categories":["x\\\\y","\xc3\xa9"]}],'
        b'"score":{"name":"risk","unit":"log-odds","decimals":9,"link":"logit"},"baseline":[0,1]}'
    )


#: Every character that a text of an artifact may not have.
REFUSED = {*range(0x20), *range(0x7F, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000)}


def test_the_characters_that_are_refused_are_these_and_no_others() -> None:
    assert {code for code in range(sys.maxunicode + 1) if not is_plain(chr(code))} == REFUSED


def test_characters_that_this_python_does_not_know_are_taken() -> None:
    unknown = "\u0378"
    assert unicodedata.category(unknown) == "Cn"
    assert not unknown.isprintable()
    assert list(feature_faults(Feature(f"x{unknown}", maximum=1))) == []


@pytest.mark.parametrize("odd", ["\n", "\x7f", "\x85", "\u2028", "\u202e", "\u2067"])
def test_no_text_of_a_schema_controls_how_others_are_shown(odd: str) -> None:
    text = f"a{odd}b"
    assert list(feature_faults(Feature(text, maximum=1)))
    assert list(feature_faults(Feature("x", unit=text, maximum=1)))
    assert list(feature_faults(Feature("x", maximum=1, categories=(text, "b"))))
    sound = (Feature("x", maximum=1),)
    assert list(schema_faults(Schema(1, sound, ScoreSchema("s", "u", 0, "logit")))) == []
    assert list(schema_faults(Schema(1, sound, ScoreSchema(text, "u", 0, "logit"))))
    assert list(schema_faults(Schema(1, sound, ScoreSchema("s", text, 0, "logit"))))


def test_texts_have_their_lengths() -> None:
    assert list(feature_faults(Feature("x" * 128, unit="u" * 64, maximum=0, categories=("c" * 1024,)))) == []
    assert list(feature_faults(Feature("x" * 129, maximum=1)))
    assert list(feature_faults(Feature("", maximum=1)))
    assert list(feature_faults(Feature("x", unit="u" * 65, maximum=1)))
    assert list(feature_faults(Feature("x", maximum=0, categories=("c" * 1025,))))
