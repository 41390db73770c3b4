"""Run exact models in batches with ONNX Runtime.

Only artifacts that the checker has proven are loaded, so every correct runtime gives these scores; whether the runtime
at hand is correct is asked once per process. Graph optimisations are off: an artifact has a dozen operators and nothing
to fuse, and what does not run cannot be wrong.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np

from muniment.core.errors import Rejected
from muniment.exact.card import Card
from muniment.exact.checker import Proven, prove
from muniment.exact.graph import INPUT, OUTPUT
from muniment.exact.inputs import Inputs, as_array, as_checked_array, faulty_rows, sound_rows
from muniment.exact.selftest import check_runtime
from muniment.exact.wire import Int64s

_CACHE_MAX = 16
_cache: OrderedDict[bytes, Runner] = OrderedDict()
_cache_lock = threading.Lock()
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
        table = as_checked_array(self.card, rows)
        return self._scores(table)

    def run_each(self, rows: Sequence[Inputs]) -> list[int | Rejected]:
        """Return for each row its score, or why it is refused: one bad row spoils no other."""
        try:
            table = as_array(rows, len(self.card.features))
            if faulty_rows(self.card.features, table).size == 0:
                scores: list[int | Rejected] = self._scores(table).tolist()
                return scores
        except (Rejected, TypeError, OverflowError):
            pass
        faults = sound_rows(self.card, rows)
        good = [row for row, fault in zip(rows, faults, strict=True) if fault is None]
        fresh = iter(self.run(good).tolist() if good else ())
        return [next(fresh) if fault is None else fault for fault in faults]

    def _scores(self, table: Int64s) -> Int64s:
        if table.shape[0] == 0:
            return np.empty(0, dtype=np.int64)
        scores: Int64s = self.session.run([OUTPUT], {INPUT: table})[0].reshape(-1)
        return scores

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
    scores: Int64s = _session(artifact, 1).run([OUTPUT], {INPUT: rows})[0].reshape(-1)
    return scores


def _session(artifact: bytes, threads: int) -> Any:
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


def load(artifact: bytes) -> Runner:
    """Return a runner for `artifact`, after proving it exact. The last few are kept.

    Raises:
        NotExact: the artifact is not an exact model.
    """
    digest = hashlib.sha256(artifact).digest()
    with _cache_lock:
        found = _cache.get(digest)
        if found is not None:
            _cache.move_to_end(digest)
            return found
    runner = Runner(prove(artifact))
    with _cache_lock:
        kept = _cache.setdefault(digest, runner)
        while len(_cache) > _CACHE_MAX:
            _cache.popitem(last=False)
    return kept
