"""Which runners are kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.harness.exact_models import linear

from muniment.exact.checker import prove
from muniment.exact.runner import Runner
from muniment.exact.shelf import Shelf


def runner(number: int) -> Runner:
    return Runner(prove(linear((number, 1))))


RUNNERS = [runner(number) for number in range(4)]
SIZE = RUNNERS[0].card.size_bytes


def kept(shelf: Shelf) -> list[int]:
    return [place for place, one in enumerate(RUNNERS) if shelf.find(one.card.id) is one]


def test_one_more_pushes_out_one() -> None:
    shelf = Shelf(count=3, size_bytes=1 << 20)
    for one in RUNNERS:
        assert shelf.keep(one) is one
    assert (kept(shelf), len(shelf)) == ([1, 2, 3], 3)


def test_the_one_not_used_for_longest_goes() -> None:
    shelf = Shelf(count=3, size_bytes=1 << 20)
    for one in RUNNERS[:3]:
        shelf.keep(one)
    assert shelf.find(RUNNERS[0].card.id) is RUNNERS[0]
    shelf.keep(RUNNERS[3])
    assert kept(shelf) == [0, 2, 3]


def test_bytes_are_bounded_too() -> None:
    shelf = Shelf(count=9, size_bytes=2 * SIZE)
    for one in RUNNERS * 2:
        shelf.keep(one)
        assert len(shelf) <= 2
    assert kept(shelf) == [2, 3]


def test_one_is_kept_however_large() -> None:
    shelf = Shelf(count=9, size_bytes=SIZE - 1)
    for one in RUNNERS:
        shelf.keep(one)
        assert (len(shelf), shelf.find(one.card.id)) == (1, one)


def test_the_first_of_two_alike_is_kept_and_counted_once() -> None:
    shelf = Shelf(count=9, size_bytes=2 * SIZE)
    first, *others = [runner(0) for _ in range(5)]
    shelf.keep(first)
    assert all(shelf.keep(other) is first for other in others)
    shelf.keep(RUNNERS[1])
    assert len(shelf) == 2


def test_threads_find_and_keep_at_once() -> None:
    shelf = Shelf(count=2, size_bytes=1 << 20)

    def use(turn: int) -> bool:
        one = RUNNERS[turn % 4]
        return (shelf.find(one.card.id) or shelf.keep(one)) is one

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(use, range(400)))
    assert len(shelf) == 2
