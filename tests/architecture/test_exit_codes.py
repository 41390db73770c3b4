"""One table maps families of failure to exit codes, and it is complete."""

from __future__ import annotations

import inspect

from muniment.cli.exits import FAMILIES, UsageError, family
from muniment.cli.reference_commands import commands_page
from muniment.cli.reference_errors import import_everything
from muniment.core import errors
from muniment.core.codec import NotCanonical
from muniment.core.errors import Halted, Rejected, Unavailable
from muniment.node.divergence import Diverged, Divergence
from muniment.storage.errors import InUse

#: Never reach the edge: each is caught, and by whom.
INTERNAL = {
    "muniment.exact.ranges.Inexact",  # by the checker, which says where as NotExact
    "muniment.exact.wire.Malformed",  # the same
    "muniment.node.spans.Broken",  # by the audit, which reports a divergence
}


def declared(root: type[BaseException]) -> list[type[BaseException]]:
    """Return the exceptions this package declares."""
    found, waiting = {root}, [root]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if kind not in found:
                found.add(kind)
                waiting.append(kind)
    return [kind for kind in found if kind.__module__.partition(".")[0] == "muniment"]


def strangers(kinds: list[type[BaseException]]) -> set[str]:
    families = tuple(kind for kind in FAMILIES if kind is not BaseException)
    return {f"{kind.__module__}.{kind.__name__}" for kind in kinds if not issubclass(kind, families)}


def test_every_family_of_the_core_has_its_own_exit_code() -> None:
    heads = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]
    assert {Rejected, Unavailable, Halted} == set(heads)
    codes = [FAMILIES[kind][1] for kind in heads]
    assert len(set(codes)) == len(codes)


def test_exit_codes_are_those_of_the_house() -> None:
    assert {name: code for name, code in FAMILIES.values()} == {
        "rejected": 3,
        "unavailable": 69,
        "halted": 70,
        "usage": 2,
        "interrupted": 130,
        "unexpected": 1,
    }


def test_every_exception_of_the_package_belongs_to_a_family() -> None:
    import_everything()
    assert strangers(declared(BaseException)) == INTERNAL


def test_a_seeded_stranger_is_caught() -> None:
    class Stranger(Exception):
        pass

    assert strangers([Stranger]) == {f"{__name__}.Stranger"}


def test_a_rejection_exits_with_3() -> None:
    assert family(NotCanonical(what="a payload")) == ("rejected", 3)


def test_what_derives_from_a_family_exits_like_it() -> None:
    assert family(InUse("in use")) == ("unavailable", 69)
    assert family(Diverged(Divergence(kind="missing", table="blocks", sentence="gone"))) == ("halted", 70)


def test_the_last_row_takes_whatever_is_left() -> None:
    assert family(ZeroDivisionError()) == ("unexpected", 1)
    assert family(UsageError("x")) == ("usage", 2)


def test_the_reference_lists_every_exit_code() -> None:
    page = commands_page()
    for name, code in FAMILIES.values():
        assert f"| {code} | {name} |" in page
