"""What an exact model says about itself: its features, its score, its size."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from fractions import Fraction

import msgspec

#: Stands for a missing value in an int64 array; `None` stands for it in a tuple.
MISSING = -(2**63)
#: Features, scores and everything between them stay below this in magnitude at the edges (exact in JSON too).
SAFE_INTEGER = 2**53

_TEXT_MAX = 1024
#: C0, DEL and C1; line and paragraph separators; embeddings, overrides and isolates of the bidirectional algorithm
#: (Unicode Standard Annex 9); surrogates.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

LINKS = ("logit", "identity", "probability", "path-length", "log")


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One input of a model, a fixed-point integer: value = integer / 10**decimals.

    Args:
        name: Its column.
        unit: For people, for example "EUR"; may be empty.
        decimals: Digits after the point, 0 to 18.
        minimum: Smallest allowed integer (in fixed point).
        maximum: Largest allowed integer (in fixed point).
        nullable: Whether the model has a branch for a missing value.
        categories: Names of the codes 0..n-1; empty for a number.
    """

    name: str
    unit: str = ""
    decimals: int = 0
    minimum: int = 0
    maximum: int = 0
    nullable: bool = False
    categories: tuple[str, ...] = ()

    def text(self, value: int | None) -> str:
        """Return the integer `value` as people write it: with its point, or as its category.

        >>> Feature("amount", decimals=2).text(1999)
        '19.99'
        """
        if value is None:
            return "missing"
        if self.categories and 0 <= value < len(self.categories):
            return self.categories[value]
        return decimal_text(value, self.decimals)


class ScoreType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the integer score of a model means: value = integer / 10**decimals.

    Args:
        name: What is scored.
        unit: For people, for example "log-odds".
        decimals: Digits after the point.
        minimum: No input scores below this integer (proven).
        maximum: No input scores above this integer (proven).
        link: How a value becomes a quantity: "logit" (log-odds of the positive class), "log" (of an expectation),
            "identity", "probability", "path-length" (minus the mean depth in an isolation forest).
    """

    name: str
    unit: str
    decimals: int
    minimum: int
    maximum: int
    link: str

    def to_float(self, score: int) -> float:
        """Return the value of an integer score, for display."""
        return score / int(10**self.decimals)

    def from_float(self, value: float) -> int:
        """Return the integer score nearest to `value`, ties to even."""
        return round(Fraction(value) * int(10**self.decimals))

    def to_probability(self, score: int) -> float:
        """Return the probability of the positive class, for display.

        Raises:
            ValueError: The score has no probability (links other than logit and probability).
        """
        value = self.to_float(score)
        if self.link == "probability":
            return value
        if self.link != "logit":
            raise ValueError(f"a score with link {self.link!r} has no probability")
        small = math.exp(-abs(value))
        return 1 / (1 + small) if value >= 0 else small / (1 + small)

    def from_probability(self, probability: float) -> int:
        """Return the integer score at which the probability reaches `probability`: a threshold.

        Probabilities at or beyond 0 and 1 give the end of the score's range.
        """
        if self.link not in ("logit", "probability"):
            raise ValueError(f"a score with link {self.link!r} has no probability")
        if probability <= 0:
            return self.minimum
        if probability >= 1:
            return self.maximum
        value = probability if self.link == "probability" else math.log(probability) - math.log1p(-probability)
        return self.from_float(value)

    def text(self, score: int) -> str:
        """Return an integer score as people write it, with its point."""
        return decimal_text(score, self.decimals)


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the checker proved about an artifact, derived from its bytes alone.

    Args:
        id: SHA-256 of the artifact, 32 bytes.
        features: The inputs, in order.
        score: The output.
        kind: "linear", "trees" or "mlp".
        trees: Number of trees (0 unless kind is "trees").
        nodes: Tree nodes, or weights of a linear model or perceptron.
        depth: Deepest tree, or number of layers.
        size_bytes: Length of the artifact.
        baseline: The row explanations of linear models and perceptrons start from; empty for trees.
        columns: Values that scoring holds for each row, in all tensors together.
        scoring_steps: What scoring a row costs, see `muniment.exact.work`.
        explaining_steps: What explaining the score of a row costs, in the same unit.
    """

    id: bytes
    features: tuple[Feature, ...]
    score: ScoreType
    kind: str
    trees: int
    nodes: int
    depth: int
    size_bytes: int
    baseline: tuple[int, ...] = ()
    columns: int = 0
    scoring_steps: int = 0
    explaining_steps: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The feature names, in order."""
        return tuple(feature.name for feature in self.features)

    def _repr_html_(self) -> str:
        from muniment.exact import display

        return display.card_html(self)


class ScoreSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The part of `ScoreType` that is declared; the range is proven, not declared."""

    name: str
    unit: str
    decimals: int
    link: str


class Schema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an artifact declares in its metadata, as canonical JSON."""

    version: int
    features: tuple[Feature, ...]
    score: ScoreSchema
    baseline: tuple[int, ...] = ()


def schema_faults(schema: Schema) -> Iterator[str]:
    """Yield what is wrong with a declared schema; nothing if it is sound."""
    if schema.version != 1:
        yield f"schema version {schema.version}, this release knows 1"
    if not 1 <= len(schema.features) <= 4096:
        yield f"{len(schema.features)} features, allowed 1 to 4096"
    if len({feature.name for feature in schema.features}) != len(schema.features):
        yield "two features share a name"
    if not 0 <= schema.score.decimals <= 18 or schema.score.link not in LINKS:
        yield f"score has {schema.score.decimals} decimals and link {schema.score.link!r}"
    if not _is_label(schema.score.name) or not is_plain(schema.score.unit, most=64):
        yield "score has no sound name or unit"
    if schema.baseline and not _is_row(schema.baseline, schema.features):
        yield "the baseline is not a row within the declared ranges"
    for feature in schema.features:
        yield from feature_faults(feature)


def feature_faults(feature: Feature) -> Iterator[str]:
    """Yield what is wrong with one declared feature."""
    label = f"feature {feature.name[:64]!r}"
    if not _is_label(feature.name) or not is_plain(feature.unit, most=64):
        yield f"{label}: needs a name of 1 to 128 characters and a unit of at most 64, without control characters"
    if not 0 <= feature.decimals <= 18:
        yield f"{label}: {feature.decimals} decimals, allowed 0 to 18"
    if not -SAFE_INTEGER < feature.minimum <= feature.maximum < SAFE_INTEGER:
        yield f"{label}: range {feature.minimum} .. {feature.maximum} is empty or beyond 2**53"
    if feature.categories:
        yield from _category_faults(feature, label)


def _category_faults(feature: Feature, label: str) -> Iterator[str]:
    count = len(feature.categories)
    if count > 65536 or len(set(feature.categories)) != count:
        yield f"{label}: {count} categories, or two of the same name"
    if not all(map(is_plain, feature.categories)):
        yield f"{label}: a category has control characters, or more than {_TEXT_MAX}"
    if (feature.minimum, feature.maximum, feature.decimals) != (0, count - 1, 0):
        yield f"{label}: categories have the codes 0 .. {count - 1} and no decimals"


def _is_label(text: str) -> bool:
    return text != "" and is_plain(text, most=128)


def is_plain(text: str, *, most: int = _TEXT_MAX) -> bool:
    """Say whether a text has at most so many characters, and none that controls how others are shown.

    A fixed list, and not `str.isprintable`, whose tables change with the version of Python: what is a model must not.
    """
    return len(text) <= most and _CONTROLS.search(text) is None


def _is_row(row: tuple[int, ...], features: tuple[Feature, ...]) -> bool:
    return len(row) == len(features) and all(
        feature.minimum <= value <= feature.maximum for value, feature in zip(row, features, strict=True)
    )


def decimal_text(value: int, decimals: int) -> str:
    """Return `value` / 10**`decimals` in plain decimal notation.

    >>> decimal_text(-5, 2)
    '-0.05'
    """
    if decimals == 0:
        return str(value)
    digits = str(abs(value)).rjust(decimals + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"
