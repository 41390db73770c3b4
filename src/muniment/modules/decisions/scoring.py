"""Run models: a block's decisions in one batch a model, or one decision by itself, to the same result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from muniment.core.errors import Rejected
from muniment.core.module import Slot
from muniment.core.state import Reader
from muniment.exact.attribution import Explanation, explain
from muniment.exact.errors import ExplanationTooCostly
from muniment.exact.inputs import as_array
from muniment.exact.runner import Runner
from muniment.exact.work import EXPLAINING_STEPS_MAX
from muniment.modules.decisions.ports import Ports, System
from muniment.modules.decisions.types import Prepared

Inputs = tuple[int | None, ...]
#: A model, and the challenger that scores the same rows, None if the system has none.
_Batch = tuple[bytes, bytes | None]
#: The wire form also carries integers from 2^63 up to 2^64 - 1; none below -2^63.
_INT64_MAX = 2**63 - 1


def explained(runner: Runner, inputs: Inputs) -> Explanation:
    """Return why a row gets its score.

    Raises:
        ExplanationTooCostly: it would take the ledger too long; what it takes follows from the model alone.
        InputsWrongLength, ValueMissing, ValueOutOfRange: naming the feature, its value and range.
    """
    steps = runner.card.explaining_steps
    if steps > EXPLAINING_STEPS_MAX:
        raise ExplanationTooCostly(steps=steps, maximum=EXPLAINING_STEPS_MAX)
    return explain(runner, inputs)


def score_one(runner: Runner, inputs: Inputs) -> int:
    """Return the score of one row.

    Raises:
        InputsWrongLength, ValueMissing, ValueOutOfRange: naming the feature, its value and range.
    """
    (outcome,) = runner.run_each((inputs,))
    if isinstance(outcome, Rejected):
        raise outcome
    return outcome


def score_many(runner: Runner, rows: Sequence[Inputs]) -> Sequence[int | None]:
    """Return the score of each row, None for those the model was not proven for; these do not spoil the others."""
    try:
        whole: list[int | None] = runner.run(rows).tolist()
    except (Rejected, OverflowError):
        return _score_sound(runner, rows)
    return whole


def _score_sound(runner: Runner, rows: Sequence[Inputs]) -> list[int | None]:
    features = runner.card.features
    scores: list[int | None] = [None] * len(rows)
    places = [place for place, row in enumerate(rows) if len(row) == len(features)]
    try:
        table = as_array([rows[place] for place in places], len(features))
    except OverflowError:
        places = [place for place in places if all(_is_plain(value) for value in rows[place])]
        table = as_array([rows[place] for place in places], len(features))
    sound = np.delete(np.arange(len(places)), runner.faulty(table))
    for index, score in zip(sound.tolist(), runner.run(table[sound]).tolist(), strict=True):
        scores[places[index]] = score
    return scores


def _is_plain(value: int | None) -> bool:
    # -2^63 stands for None in arrays: as an input it is out of range like all that 64 bits do not hold.
    return value is None or -_INT64_MAX <= value <= _INT64_MAX


def prepare(ports: Ports, reader: Reader, slots: Sequence[Slot]) -> Mapping[tuple[bytes, int], Prepared]:
    """Score all open decisions of a block, each model once, as things stand at the start of the block.

    What is refused anyway is left out. A row that a model was not proven for gets no score: its handler will say why.
    """
    prepared: dict[tuple[bytes, int], Prepared] = {}
    for (model, challenger), batch in _batches(ports, reader, slots).items():
        rows = [slot.content.inputs for slot in batch]
        scores = score_many(ports.runner(reader, model), rows)
        beside: Iterable[int | None] = [None] * len(rows)
        if challenger is not None:
            beside = score_many(ports.runner(reader, challenger), rows)
        for slot, score, other in zip(batch, scores, beside, strict=True):
            if score is not None:
                prepared[slot[:2]] = Prepared(model, score, challenger, other)
    return prepared


def _batches(ports: Ports, reader: Reader, slots: Sequence[Slot]) -> dict[_Batch, list[Slot]]:
    by_system: dict[str, list[Slot]] = {}
    for slot in slots:
        name = slot.content.system
        group = by_system.get(name)
        if group is None:
            group = by_system[name] = []
        group.append(slot)
    batches: dict[_Batch, list[Slot]] = {}
    for name, group in by_system.items():
        system = _deciding(ports, reader, name)
        if system is None:
            continue
        terms = system.terms
        deciders = {system.deployer, *terms.operators}
        challenger = None if terms.challenger is None else terms.challenger.model
        batch = batches.setdefault((terms.model.model, challenger), [])
        batch += [slot for slot in group if slot.sender in deciders]
    return batches


def _deciding(ports: Ports, reader: Reader, name: str) -> System | None:
    """Return the system if it would decide in the open, None if every decision of it will be refused."""
    try:
        system = ports.running_system(reader, name)
        ports.check_usable(reader, system.terms.model.name, system.terms.model.model)
    except Rejected:
        return None
    return None if system.terms.mode == "sealed" else system
