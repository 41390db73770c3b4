"""Children that may be killed: a server that has imported everything forks one in milliseconds.

    with Forks() as forks:
        child = forks.start("tests.faults.jobs:write", str(path))
        child.kill()
        child.wait(), child.lines

The server has a single thread and no ledger open, so that forking it is safe; what a child prints goes to a file and
survives it.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: A child that has not ended by then hangs.
TIMEOUT_S = 60


class Child:
    """A job in a process of its own."""

    def __init__(self, forks: Forks, pid: int, output: Path) -> None:
        self._forks = forks
        self._output = output
        self.pid = pid

    def kill(self) -> None:
        """End it at once, wherever it is."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end; returns its exit code, or minus the signal that ended it."""
        return int(self._forks.ask(wait=self.pid))

    @property
    def lines(self) -> list[str]:
        """What it has said so far, in whole lines."""
        return self._output.read_text().split("\n")[:-1] if self._output.exists() else []

    @property
    def errors(self) -> str:
        """What it said on the standard error."""
        return self._output.with_suffix(".err").read_text()


class Forks:
    """The server of children."""

    def __enter__(self) -> Forks:
        self._directory = tempfile.TemporaryDirectory()
        self._count = 0
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.harness.forks"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.communicate()
        self._directory.cleanup()

    def start(self, job: str, *arguments: Any) -> Child:
        """Run `module:function` with arguments that JSON can carry."""
        self._count += 1
        output = Path(self._directory.name) / f"{self._count}.out"
        return Child(self, int(self.ask(job=job, arguments=arguments, output=str(output))), output)

    def run(self, job: str, *arguments: Any) -> Child:
        """Run a job to its end, which must be a good one."""
        child = self.start(job, *arguments)
        status = child.wait()
        assert status == 0, f"{job} ended with {status}: {child.errors}"
        return child

    def ask(self, **request: Any) -> str:
        """Send one request and return the answer."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(request).encode() + b"\n")
        self._server.stdin.flush()
        return self._server.stdout.readline().decode()


def say(line: str) -> None:
    """Say one line at once: what was said is known even if the process is killed the moment after."""
    os.write(1, line.encode() + b"\n")


def _serve() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            _, status = os.waitpid(request["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        module, _, function = request["job"].partition(":")
        job = getattr(importlib.import_module(module), function)
        pid = os.fork()
        if pid == 0:
            _work(job, request)
        print(pid, flush=True)


def _work(job: Any, request: dict[str, Any]) -> None:
    for stream, suffix in ((1, ".out"), (2, ".err")):
        path = Path(request["output"]).with_suffix(suffix)
        os.dup2(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), stream)
    signal.alarm(TIMEOUT_S)
    status = 1
    try:
        job(*request["arguments"])
        status = 0
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    os._exit(status)


if __name__ == "__main__":
    _serve()
