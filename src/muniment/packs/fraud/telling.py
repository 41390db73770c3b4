"""The story of a run, told on a console."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from muniment.client.identities import write_identity
from muniment.packs.fraud import thresholds
from muniment.packs.fraud.chart import columns, explanation_chart, is_ascii_only
from muniment.packs.fraud.payments import LEGITIMATE_WEIGHT, is_fraud
from muniment.packs.fraud.streaming import AHEAD, BATCH

if TYPE_CHECKING:
    from rich.console import Console

    from muniment.exact import Card
    from muniment.node.divergence import Divergence
    from muniment.packs.fraud.evidence import Proven
    from muniment.packs.fraud.figures import Quality, Speed
    from muniment.packs.fraud.metrics import OutcomeFigures
    from muniment.packs.fraud.payments import Parts
    from muniment.packs.fraud.tampering import Tampered
    from muniment.packs.fraud.training import Trained

_FIELD = 26
_TITLES = ("outcome", "payments", "frauds", "precision", "recall", "per 1,000")


class Teller:
    """Writes the story, line by line, the same with and without colours.

    Args:
        console: Where to.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._steps = 0

    def step(self, title: str) -> None:
        """Begin the next step."""
        self._steps += 1
        self.line()
        self.line(Text(f"{self._steps}  {title}", style="bold"))

    def line(self, text: str | Text = "") -> None:
        """Write one line, never cut."""
        self.console.print(text, soft_wrap=True, highlight=False, markup=False)

    def field(self, name: str, value: str, style: str = "") -> None:
        """Write a name and its value."""
        self.line(Text.assemble((f"   {name:<{_FIELD}}", "dim"), (value, style)))

    def parts(self, parts: Parts) -> None:
        """Tell what the data is and how it is cut."""
        named = (
            ("to learn from", parts.training),
            ("to set thresholds on", parts.calibration),
            ("to stream", parts.later),
        )
        for name, part in named:
            self.field(name, f"{len(part):,} payments, {int(is_fraud(part).sum())} frauds")

    def trained(self, trained: Trained) -> None:
        """Tell which model was chosen and what compiling cost."""
        for choice in trained.choices:
            mark = "  <- chosen" if choice.name == trained.chosen else ""
            self.field(choice.name, f"average precision {choice.mean:.3f} looking forward{mark}")
        card, report = trained.model.card, trained.model.report
        self.field("exact model", f"{card.trees} trees, {card.nodes:,} nodes, {card.size_bytes:,} bytes of ONNX")
        if report is not None and report.difference is not None:
            cost = f"average precision {report.float_model:.4f} -> {report.exact_model:.4f}"
            self.field("cost of being exact", f"{cost} ({report.difference:+.1e}) on the calibration part")
        block, review = (card.score.text(score) for score in (trained.thresholds.block, trained.thresholds.review))
        rule = f"where {thresholds.BLOCK_PRECISION:.0%} are frauds"
        self.field("block from", f"{block} ({rule}, calibration part)")
        rule = f"{thresholds.ALERTS_PER_THOUSAND:g} alerts per 1,000 payments"
        self.field("review from", f"{review} ({rule}, calibration part)")
        self.field("took", f"{trained.took_s:.1f} s")

    def speed(self, speed: Speed) -> None:
        """Tell how fast it was."""
        self.field(
            "decided",
            f"{speed.payments:,} payments in {speed.took_s:.2f} s: {speed.per_second:,.0f} payments/s",
            "bold",
        )
        streamed, alone = speed.streamed, speed.alone
        self.field(
            "to a durable decision",
            f"p50 {streamed.p50_ms:.1f} ms, p99 {streamed.p99_ms:.1f} ms in batches of {BATCH}, {AHEAD} on their way",
        )
        self.field("the same, one at a time", f"p50 {alone.p50_ms:.1f} ms, p99 {alone.p99_ms:.1f} ms")
        self.field(
            "time spent on AI",
            f"{speed.ai_share:.0%} of the ledger's busy time ({speed.models_s:.2f} of {speed.busy_s:.2f} s)",
        )

    def quality(self, quality: Quality) -> None:
        """Tell how good it was."""
        figure = quality.average_precision
        text = "none: no fraud among these payments"
        if not math.isnan(figure.value):
            text = f"{figure.value:.3f} (95 % interval {figure.low:.3f} to {figure.high:.3f}, {quality.frauds} frauds)"
        self.field("average precision", text, "bold")
        self.line()
        for row in columns([_TITLES, *(_cells(one) for one in quality.outcomes)], right=range(1, len(_TITLES))):
            self.line(row)
        self.line()
        self.line(
            f"   A legitimate row stands for {LEGITIMATE_WEIGHT:.1f} payments of the original, a fraud for itself."
        )

    def proven(self, proven: Proven, card: Card) -> None:
        """Tell what was proven, and why the decision is what it is."""
        verified, replay = proven.verified, proven.replay
        self.field("proof", f"{proven.path} ({proven.path.stat().st_size:,} bytes, the model included)")
        self.field("verified", f"{proven.outcome!r}, signed by {verified.sender}")
        self.field("", f"block {verified.height}, {verified.standing} since, against a checkpoint of the log")
        same = "identical, bit for bit" if replay.identical else "NOT identical"
        self.field("replayed", f"score {card.score.text(replay.score)}: {same}", "green" if replay.identical else "red")
        self.field("because", f"base and {len(replay.inputs)} contributions add up to the score exactly")
        self.line()
        ascii_only = is_ascii_only(self.console)
        for row in explanation_chart(replay.explanation, card, replay.inputs, ascii_only=ascii_only):
            self.line(row)

    def tampered(self, tampered: Tampered) -> None:
        """Tell what the audit found."""
        intact, report = tampered.intact, tampered.report
        self.field("the ledger", f"{intact.transactions:,} transactions re-executed in {intact.seconds:.1f} s", "green")
        self.field("the copy", f"byte {tampered.byte:,} changed from {tampered.was} to {tampered.now}")
        divergence = report.divergence
        if divergence is None:
            self.field("the audit of the copy", "found nothing", "red")
            return
        self.field("the audit of the copy", f"{divergence.kind}: {', '.join(_places(divergence))}", "red")

    def commands(self, commands: Sequence[str]) -> None:
        """Tell what to try next."""
        for command in commands:
            self.line(f"   {command}")


def _cells(one: OutcomeFigures) -> tuple[str, ...]:
    shares = (_share(one.precision, digits=2), _share(one.recall))
    return (one.outcome, f"{one.payments:,}", f"{one.frauds:,}", *shares, f"{one.per_thousand:.1f}")


def _share(value: float | None, *, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}%}"


def _places(divergence: Divergence) -> Iterator[str]:
    """Yield where a ledger diverges, from the block down to the byte."""
    if divergence.height is not None:
        yield f"block {divergence.height}"
    if divergence.transaction is not None:
        yield f"transaction {divergence.transaction}"
    if divergence.identity is not None:
        yield write_identity("decision", divergence.identity)
    if divergence.file_bytes is not None:
        first, end = divergence.file_bytes
        yield f"byte {first:,}" if end == first + 1 else f"bytes {first:,} to {end - 1:,}"
