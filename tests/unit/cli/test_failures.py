"""Failures as documents and sentences."""

from __future__ import annotations

import pytest

from muniment.cli.errors import FileExists
from muniment.cli.exits import family
from muniment.cli.files import check_free, kept_unless_rejected
from muniment.cli.main import document, sentence
from muniment.core.errors import Halted, Unavailable
from muniment.modules.decisions.errors import DecisionUnknown
from muniment.node.divergence import Diverged, Divergence


def told(error: BaseException) -> dict[str, object]:
    return document(error, family(error)[0])


def test_a_rejection_carries_its_code_and_fields() -> None:
    found = told(FileExists(path="x"))
    assert (found["family"], found["code"], found["slug"]) == ("rejected", FileExists.code, "file-exists")
    assert found["fields"] == {"path": "x"}


def test_a_busy_ledger_says_when_to_come_back() -> None:
    found = told(Unavailable("full", retry_after_ms=40))
    assert found["fields"] == {"reason": "full", "retry_after_ms": 40}
    assert found["code"] is None


def test_a_halt_says_how_to_recover() -> None:
    assert told(Halted("damaged", recover="restore a copy"))["fields"] == {
        "reason": "damaged",
        "recover": "restore a copy",
    }


def test_a_divergence_says_where() -> None:
    fields = told(Diverged(Divergence(kind="missing", table="blocks", sentence="gone", height=3)))["fields"]
    assert isinstance(fields, dict)
    assert fields["divergence"]["height"] == 3


def test_numbers_of_things_are_written_as_people_type_them() -> None:
    error = DecisionUnknown(decision=7 << 8 | 2)
    assert "7.2" in sentence(error, "rejected")
    assert told(error)["fields"] == {"decision": 7 << 8 | 2}


def test_a_secret_goes_only_if_what_it_belongs_to_was_rejected(tmp_path_factory: pytest.TempPathFactory) -> None:
    for error, stays in ((FileExists(path="x"), False), (Unavailable("full"), True), (KeyboardInterrupt(), True)):
        path = tmp_path_factory.mktemp("secrets") / "row.secret"
        with pytest.raises(type(error)), kept_unless_rejected(path, b"secret"):
            raise error
        assert path.exists() == stays


def test_a_taken_path_is_refused_before_any_work(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("taken")
    check_free(directory / "new")
    with pytest.raises(FileExists):
        check_free(directory)
