"""Where the demo keeps what it makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from muniment.packs.fraud.errors import DirectoryForeign
from muniment.packs.fraud.place import DEFAULT, prepare


def test_the_default_is_made_where_one_stands(tmp_path: Path) -> None:
    place = prepare(None, within=tmp_path)
    assert place.directory == tmp_path / DEFAULT
    assert place.directory.is_dir()


def test_a_second_run_gets_a_directory_of_its_own(tmp_path: Path) -> None:
    first = prepare(None, within=tmp_path)
    first.proof.write_bytes(b"kept")
    second = prepare(None, within=tmp_path)
    assert second.directory == tmp_path / f"{DEFAULT}-2"
    assert first.proof.read_bytes() == b"kept"


def test_an_empty_directory_is_used(tmp_path: Path) -> None:
    assert prepare(tmp_path).directory == tmp_path


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("mine")
    with pytest.raises(DirectoryForeign):
        prepare(tmp_path / "run")
    assert (tmp_path / "run").read_text() == "mine"
    (tmp_path / DEFAULT).write_text("mine")
    assert prepare(None, within=tmp_path).directory == tmp_path / f"{DEFAULT}-2"
