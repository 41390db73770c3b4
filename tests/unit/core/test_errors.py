"""Rejections: declared once, with code, slug, sentence and remedy."""

from __future__ import annotations

import pickle

import pytest

from muniment.core.errors import Halted, Rejected, Unavailable


class CupTooSmall(Rejected, code=9_100):
    """A cup holds less than was poured."""

    held_ml: int
    poured_ml: int
    text = "the cup holds {held_ml} ml, {poured_ml} ml were poured"
    fix = "take a cup of {poured_ml} ml"


def test_a_rejection_carries_code_slug_fields_and_sentence() -> None:
    rejected = CupTooSmall(held_ml=200, poured_ml=300)
    assert (rejected.code, rejected.slug) == (9_100, "cup-too-small")
    assert rejected.fields == {"held_ml": 200, "poured_ml": 300}
    assert str(rejected) == "the cup holds 200 ml, 300 ml were poured; take a cup of 300 ml"


def test_slugs_part_words_and_single_letters() -> None:
    class NotACup(Rejected, code=9_101):
        """Not a cup."""

    assert NotACup.slug == "not-a-cup"


def test_fields_must_be_the_declared_ones() -> None:
    with pytest.raises(TypeError):
        CupTooSmall(held_ml=200)
    with pytest.raises(TypeError):
        CupTooSmall(held_ml=200, poured_ml=300, colour="blue")


def test_field_types_are_known_to_the_edges() -> None:
    assert CupTooSmall.field_types() == {"held_ml": int, "poured_ml": int}


def test_a_rejection_survives_pickling() -> None:
    copy = pickle.loads(pickle.dumps(CupTooSmall(held_ml=1, poured_ml=2)))
    assert isinstance(copy, CupTooSmall)
    assert copy.fields == {"held_ml": 1, "poured_ml": 2}


def test_unavailable_says_when_to_come_back() -> None:
    assert "try again in 40 ms" in str(Unavailable("full", retry_after_ms=40))


def test_halted_says_how_to_recover() -> None:
    assert str(Halted("broken", recover="mend it")) == "broken; mend it"
