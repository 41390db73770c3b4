"""The generated reference says what docstrings and types say."""

from __future__ import annotations

from typing import Literal

import pytest

from muniment.cli.prose import cell, documented_fields, first_line, type_name


class Example:
    """Say a thing | or two,
    on two lines.

    Args:
        first: One line.
        second: Two lines, the other
            of which is indented.

    Raises:
        Nothing: at all.
    """


def test_fields_are_read_from_the_docstring() -> None:
    assert documented_fields(Example) == {"first": "One line.", "second": "Two lines, the other of which is indented."}
    assert documented_fields(int) == {}


def test_the_first_paragraph_fits_a_cell() -> None:
    assert first_line(Example) == "Say a thing \\| or two, on two lines."
    assert cell(None) == ""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int | None, "int | None"),
        (tuple[bytes, ...], "tuple[bytes, ...]"),
        (Literal["a", "b"], '"a" | "b"'),
        (dict[str, list[int]], "dict[str, list[int]]"),
        (Example, "Example"),
    ],
)
def test_types_are_written_as_in_the_code(kind: object, text: str) -> None:
    assert type_name(kind) == text
