"""Options of the whole suite."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import settings

if profile := os.environ.get("HYPOTHESIS_PROFILE"):
    settings.load_profile(profile)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long random runs too")
    parser.addoption("--seed", type=int, default=None, help="seed of the random runs; each prints the one it used")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--soak"):
        skip = pytest.mark.skip(reason="a long random run: pass --soak")
        for item in items:
            if "soak" in item.keywords:
                item.add_marker(skip)


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """Random numbers of a run; the seed is printed with a failure and can be given again with `--seed`."""
    given = request.config.getoption("--seed")
    seed = random.SystemRandom().randrange(1 << 32) if given is None else given
    print(f"seed {seed}")
    return random.Random(seed)
