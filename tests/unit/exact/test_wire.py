"""Reading the wire format: what is refused, and how little is read before it is."""

from __future__ import annotations

import numpy as np
import pytest

from muniment import exact
from muniment.exact import graph as graphs
from muniment.exact import wire
from muniment.exact.graph import INPUT, OUTPUT, Graph, Node, encode_graph
from muniment.exact.wire import FIELDS_MAX, Malformed, Reader

SOUND = encode_graph(Graph((Node(OUTPUT, "Add", (INPUT, "one")),), {"one": np.array([1])}, 1, b"{}"))


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[Reader]:
    """All readers that are made from now on."""
    made: list[Reader] = []

    def reader() -> Reader:
        made.append(Reader())
        return made[-1]

    monkeypatch.setattr(graphs, "Reader", reader)
    return made


def node(fields: int) -> bytes:
    return wire.data(1, wire.data(1, b"") * fields + wire.text(3, "a") + wire.text(4, "Add"))


def artifact(graph: bytes) -> bytes:
    """A file with this graph, and else as short as can be."""
    entry = wire.data(14, wire.text(1, "muniment") + wire.data(2, b"{}"))
    return wire.data(7, graph) + entry


@pytest.mark.parametrize(
    "garbage",
    [
        artifact(node(0) * 400_000),
        artifact(node(250) * 8_000),
        artifact(node(2_000) * 1_000),
        artifact(node(2_000_000)),
        artifact(wire.data(5, wire.number(1, 1) * 1_000_000)),
        artifact(wire.data(5, b"") * 1_000_000),
        wire.number(1, 0) * 2_000_000,
        bytes(4_000_000),
        b"\xff" * 4_000_000,
    ],
)
def test_garbage_is_refused_after_few_fields(garbage: bytes, readers: list[Reader]) -> None:
    with pytest.raises(exact.NotExact) as refused:
        exact.check(garbage)
    assert refused.value.node == "file"
    assert [reader.count <= FIELDS_MAX for reader in readers] == [True]


def test_too_many_operators_are_not_even_decoded(readers: list[Reader]) -> None:
    with pytest.raises(exact.NotExact):
        exact.check(artifact(node(3) * (graphs.NODES_MAX + 1)))
    (reader,) = readers
    assert reader.count < graphs.NODES_MAX + 10


def test_the_fields_of_all_messages_are_counted_together(readers: list[Reader]) -> None:
    assert graphs.decode_graph(SOUND).columns == 1
    assert readers[0].count > 20
    reader = Reader()
    reader.fields(wire.number(1, 5) * FIELDS_MAX, {1: "one"})
    with pytest.raises(Malformed):
        reader.fields(wire.number(1, 5), {1: "one"})


def test_a_packed_list_is_read_back() -> None:
    values = np.array([0, 127, 128, 16383, 16384, 2**21, 2**28 - 1])
    assert wire.unpacked(wire.packed(values), most=7).tolist() == values.tolist()


@pytest.mark.parametrize("body", [b"", b"\x80", b"\x01\x80", b"\x80\x80\x80\x80\x01", bytes(8)])
def test_an_odd_list_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        wire.unpacked(body, most=7)
