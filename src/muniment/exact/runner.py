"""Run exact models in batches with ONNX Runtime.

Only artifacts that the checker has proven are loaded, so every correct runtime gives these scores; whether the runtime
at hand is correct is asked once per process. Graph optimisations are off: an artifact has a dozen operators and nothing
to fuse, and what does not run cannot be wrong.

What goes wrong in the runtime (no memory, a file that is missing) depends on the machine, so it must never become a
verdict on a message: it stops the node.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from muniment.core.errors import Halted, Rejected
from muniment.exact.card import Card
from muniment.exact.checker import Proven, prove
from muniment.exact.graph import INPUT, OUTPUT
from muniment.exact.inputs import Inputs, as_array, as_checked_array, faulty_rows, limits_of, sound_rows
from muniment.exact.selftest import check_runtime
from muniment.exact.shelf import Shelf
from muniment.exact.wire import Int64s
from muniment.exact.work import SCORED_VALUES, slice_rows

_runtime_lock = threading.Lock()
_runtime_is_exact = False


class Runner:
    """A loaded exact model; safe to use from many threads.

    Args:
        proven: A checked artifact.
        threads: Threads within one call. They change the speed, never a bit of the result.
    """

    def __init__(self, proven: Proven, *, threads: int = 1) -> None:
        self.proven = proven
        self.threads = threads
        self._session: Any = None
        self._lock = threading.Lock()
        self.tables: dict[str, Any] = {}
        self._limits = limits_of(proven.card.features)
        self._rows_at_once = slice_rows(proven.card.columns, SCORED_VALUES)

    @property
    def card(self) -> Card:
        """What the checker proved."""
        return self.proven.card

    def run(self, rows: Int64s | Sequence[Inputs]) -> Int64s:
        """Return the score of each row, int64 [rows].

        Args:
            rows: Fixed-point inputs: int64 [rows, features] with `MISSING`, or rows of integers with `None`.

        Raises:
            InputsWrongLength: a row of another length.
            ValueMissing: the first missing value without a branch for it.
            ValueOutOfRange: the first value outside its declared range.
            ValueWrongType: the first value that is not an integer.
        """
        return self._scores(self.checked(rows))

    def checked(self, rows: Int64s | Sequence[Inputs]) -> Int64s:
        """Return rows as int64 [rows, features], or raise as `run` does."""
        return as_checked_array(self.card, self._limits, rows)

    def faulty(self, table: Int64s) -> Int64s:
        """Return the indices of the rows of an array with a value outside its declared range."""
        return faulty_rows(self._limits, table)

    def run_each(self, rows: Sequence[Inputs]) -> list[int | Rejected]:
        """Return for each row its score, or why it is refused: one bad row spoils no other."""
        try:
            table = as_array(rows, len(self.card.features))
            if self.faulty(table).size == 0:
                scores: list[int | Rejected] = self._scores(table).tolist()
                return scores
        except (Rejected, TypeError, OverflowError):
            pass
        faults = sound_rows(self.card, rows)
        good = [row for row, fault in zip(rows, faults, strict=True) if fault is None]
        fresh = iter(self.run(good).tolist() if good else ())
        return [next(fresh) if fault is None else fault for fault in faults]

    def _scores(self, table: Int64s) -> Int64s:
        """Score a few rows at a time: what that holds in memory is bounded, whatever the model makes of a row."""
        session, at_once = self.session, self._rows_at_once
        if table.shape[0] <= at_once:
            return _run(session, table)
        starts = range(0, table.shape[0], at_once)
        return np.concatenate([_run(session, table[start : start + at_once]) for start in starts])

    @property
    def session(self) -> Any:
        """The ONNX Runtime session, created when first needed."""
        if self._session is None:
            with self._lock:
                if self._session is None:
                    self._session = _checked_session(self.proven.artifact, self.threads)
        return self._session


def _checked_session(artifact: bytes, threads: int) -> Any:
    """Return a session, once the runtime is known to be exact on this machine."""
    global _runtime_is_exact
    with _runtime_lock:
        if not _runtime_is_exact:
            check_runtime(_scores_once)
            _runtime_is_exact = True
    return _session(artifact, threads)


def _scores_once(artifact: bytes, rows: Int64s) -> Int64s:
    return _run(_session(artifact, 1), rows)


def _run(session: Any, table: Int64s) -> Int64s:
    if table.shape[0] == 0:
        return np.empty(0, dtype=np.int64)
    try:
        scores: Int64s = session.run([OUTPUT], {INPUT: table})[0].reshape(-1)
    except MemoryError:
        raise
    except Exception as error:  # The runtime has no base class for what it raises.
        raise _stopped(error) from error
    return scores


def _session(artifact: bytes, threads: int) -> Any:
    try:
        return _new_session(artifact, threads)
    except MemoryError:
        raise
    except Exception as error:  # The runtime has no base class for what it raises.
        raise _stopped(error) from error


def _stopped(error: Exception) -> Halted:
    # The checker proved this artifact and these rows: a runtime that fails on them says something of the machine alone.
    return Halted(
        f"ONNX Runtime failed on a proven model ({type(error).__name__}: {error})",
        recover="see to it that onnxruntime is installed and memory is free, then start the node again",
    )


def _new_session(artifact: bytes, threads: int) -> Any:
    import onnxruntime as ort

    ort.disable_telemetry_events()
    ort.set_default_logger_severity(4)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(artifact, options, providers=["CPUExecutionProvider"])


#: The runners of this process.
shelf = Shelf(count=64, size_bytes=64 << 20)


def load(artifact: bytes) -> Runner:
    """Return a runner for `artifact`, after proving it exact. Those used last are kept.

    Raises:
        NotExact: the artifact is not an exact model.
    """
    return shelf.find(hashlib.sha256(artifact).digest()) or shelf.keep(Runner(prove(artifact)))
