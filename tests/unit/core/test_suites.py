from __future__ import annotations

import pytest

from muniment.core.suites import DUAL, ED25519, ML_DSA_65, SUITES, SuiteUnknown, suite_named, suite_of


def test_the_sizes_are_those_of_the_standards() -> None:
    assert SUITES[ED25519][2:] == (32, 64, 32)
    assert SUITES[ML_DSA_65][2:] == (1952, 3309, 32)


def test_dual_is_the_sum_of_both() -> None:
    one, other, both = SUITES[ED25519], SUITES[ML_DSA_65], SUITES[DUAL]
    assert both[2:] == tuple(a + b for a, b in zip(one[2:], other[2:], strict=True))


@pytest.mark.parametrize("suite", [1, 2, 3])
def test_a_suite_is_found_by_id_and_by_name(suite: int) -> None:
    assert suite_named(suite_of(suite).name).id == suite


@pytest.mark.parametrize("suite", [0, 4, -1, 257])
def test_an_unknown_id_is_refused(suite: int) -> None:
    with pytest.raises(SuiteUnknown):
        suite_of(suite)


@pytest.mark.parametrize("name", ["", "Ed25519", "rsa"])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(SuiteUnknown):
        suite_named(name)
