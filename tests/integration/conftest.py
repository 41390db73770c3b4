"""A world for the command line, made once and copied for every test."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.harness.commandline import World


@pytest.fixture(scope="session")
def made_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world")).build()


@pytest.fixture
def world(made_world: World, tmp_path: Path) -> World:
    return made_world.copied(tmp_path / "world")
