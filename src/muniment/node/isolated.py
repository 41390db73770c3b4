"""Audit in a process of its own: what a damaged file does to LMDB is then a finding, not the end of the caller."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec

from muniment.core.errors import Rejected, Unavailable
from muniment.core.trust import Trust
from muniment.node.audit import AuditReport, Progress
from muniment.node.audit_child import Line, Task
from muniment.node.divergence import Divergence
from muniment.storage.errors import FormatUnknown, NotALedger

#: A child that has said nothing for so long is stopped.
STALL_S = 900.0

_COMMAND = [sys.executable, "-m", "muniment.node.audit_child"]
_REJECTIONS: dict[str, type[Rejected]] = {kind.__name__: kind for kind in (NotALedger, FormatUnknown)}


def audit_isolated(
    path: Path,
    *,
    progress: Progress | None = None,
    threads: int | None = None,
    trust: Trust | None = None,
    stall_s: float = STALL_S,
) -> AuditReport:
    """Audit as `audit` does, in a child process; this process may have the ledger open.

    A child that crashes, or says nothing for `stall_s` seconds, is reported as damage of the store's structure.

    Raises:
        NotALedger, FormatUnknown: it is no ledger, or of another format.
        Unavailable: the ledger cannot be read now.
    """
    pipe = subprocess.PIPE
    with subprocess.Popen(_COMMAND, stdin=pipe, stdout=pipe, stderr=pipe) as child:  # noqa: S603 - this program itself
        try:
            return _followed(child, Task(str(path), threads, trust), progress, stall_s)
        finally:
            child.kill()


def _followed(child: subprocess.Popen[bytes], task: Task, progress: Progress | None, stall_s: float) -> AuditReport:
    if child.stdin is None or child.stdout is None or child.stderr is None:
        raise Unavailable("the audit's process could not be started")
    said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    errors: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    for stream, lines in ((child.stdout, said), (child.stderr, errors)):
        threading.Thread(target=_listen, args=(stream, lines), daemon=True).start()
    # A child that is gone already says why by its silence, below.
    with suppress(BrokenPipeError), child.stdin as asking:
        asking.write(msgspec.json.encode(task) + b"\n")
    at = 0
    while True:
        try:
            text = said.get(timeout=stall_s)
        except queue.Empty:
            return _broken(task, f"the audit said nothing for {stall_s:g} s after block {at}")
        if not text:
            return _broken(task, f"the audit's process {_ending(child)} after block {at}{_last(errors)}")
        line = msgspec.json.decode(text, type=Line)
        if line.report is not None:
            return line.report
        _raise_if_refused(line)
        if line.progress is not None:
            at = line.progress[0]
            if progress:
                progress(*line.progress)


def _raise_if_refused(line: Line) -> None:
    if line.rejected is not None:
        kind, fields = line.rejected
        raise _REJECTIONS[kind](**fields)
    if line.unavailable is not None:
        raise Unavailable(line.unavailable)


def _listen(stream: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(b"")


def _ending(child: subprocess.Popen[bytes]) -> str:
    code = child.wait()
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"


def _last(errors: queue.SimpleQueue[bytes]) -> str:
    last = b""
    while text := errors.get():
        last = text
    return f" ({last.decode('utf-8', 'replace').strip()})" if last else ""


def _broken(task: Task, what: str) -> AuditReport:
    sentence = f"{what}: the store's structure is damaged where LMDB follows it blindly"
    return AuditReport(path=task.path, divergence=Divergence(kind="structure", table="", sentence=sentence))
