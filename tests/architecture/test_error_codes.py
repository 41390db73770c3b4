"""Codes of rejections are unique, and every rejection says what was wrong and what to do."""

from __future__ import annotations

import string
from collections.abc import Iterable

from muniment.cli.reference_errors import import_everything, rejections
from muniment.core.codec import NotDecodable
from muniment.core.errors import UNFORESEEN, Rejected


def all_kinds() -> list[type[Rejected]]:
    import_everything()
    return rejections()


def duplicates(kinds: Iterable[type[Rejected]]) -> list[tuple[int, str, str]]:
    seen: dict[int, type[Rejected]] = {}
    found = []
    for kind in kinds:
        if kind.code in seen:
            found.append((kind.code, seen[kind.code].__name__, kind.__name__))
        seen[kind.code] = kind
    return found


def faults(kind: type[Rejected]) -> list[str]:
    known = {field for text in (kind.text, kind.fix) for _, field, _, _ in string.Formatter().parse(text) if field}
    hints = kind.field_types()
    found = {
        "it has no code of its own": kind.code < UNFORESEEN or "code" not in vars(kind),
        "it has no sentence": not kind.text,
        "it says nothing about what to do": not kind.fix,
        "it is not documented": not (kind.__doc__ or "").strip() or kind.__doc__ == Rejected.__doc__,
        f"its sentence names {sorted(known - set(hints))}": not known <= set(hints),
        "its sentence ends in punctuation": kind.text.endswith((".", ";")) or kind.fix.endswith((".", ";")),
    }
    return [fault for fault, is_there in found.items() if is_there]


def test_there_are_rejections_to_check() -> None:
    assert len(all_kinds()) > 100


def test_codes_are_unique_over_the_whole_package() -> None:
    assert duplicates(all_kinds()) == []


def test_every_rejection_is_whole() -> None:
    found = {f"{kind.__module__}.{kind.__name__}": faults(kind) for kind in all_kinds()}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_a_seeded_duplicate_is_caught() -> None:
    class Twice(Rejected, code=NotDecodable.code):
        "Takes a code that is taken."

        text = "taken"
        fix = "take another"

    assert duplicates([*all_kinds(), Twice]) == [(NotDecodable.code, "NotDecodable", "Twice")]


def test_seeded_silence_is_caught() -> None:
    class Mute(Rejected, code=1_000_000):
        text = "{value} is wrong."

    assert len(faults(Mute)) == 4
