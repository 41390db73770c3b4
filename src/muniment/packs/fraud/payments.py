"""Card payments of September 2013: reading them, their features, their weights, their order in time."""

from __future__ import annotations

import io
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from muniment.exact.card import Feature
from muniment.packs.fraud.errors import DataAltered, DataMissing

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DATA = Path(__file__).parent / "data" / "card_payments.csv.gz"
SHA256 = "c34a56d5b98650ea6ef6ef7fb9fab49ba1b6622d0f91d54eb8a730ea98108245"

#: How many legitimate payments of the original each legitimate row stands for; a fraud stands for itself.
LEGITIMATE_WEIGHT = 284_315 / 20_657

_COMPONENTS = tuple(f"V{number}" for number in range(1, 29))
#: The columns a model sees. Time is not among them: two days say nothing about the hours of a third.
COLUMNS = (*_COMPONENTS, "Amount")

#: Domain of the components, wide enough for every payment of the original; four decimals stay exact in float32.
_COMPONENT_LIMIT = 160
_COMPONENT_DECIMALS = 4
_AMOUNT_LIMIT_EUR = 100_000
_AMOUNT_DECIMALS = 2


@dataclass(frozen=True)
class Parts:
    """Payments cut twice by time: what a model learns from, what thresholds are set on, what is streamed."""

    training: pd.DataFrame
    calibration: pd.DataFrame
    later: pd.DataFrame


def load(path: Path | None = None) -> pd.DataFrame:
    """Return the card payments in order of time: Time (s), V1 to V28, Amount (EUR), Class (1 = fraud).

    Args:
        path: The gzipped CSV file; the one shipped with the pack unless given.

    Raises:
        DataMissing: it is not there.
        DataAltered: it is another file.
    """
    import pandas as pd

    source = DATA if path is None else path
    try:
        packed = source.read_bytes()
    except OSError:
        raise DataMissing(path=str(source)) from None
    digest = sha256(packed).hexdigest()
    if digest != SHA256:
        raise DataAltered(path=str(source), expected=SHA256, found=digest)
    types: dict[str, Any] = {**dict.fromkeys(COLUMNS, "float64"), "Time": "int64", "Class": "int64"}
    return pd.read_csv(io.BytesIO(packed), compression="gzip", dtype=types)


def features() -> tuple[Feature, ...]:
    """Return what a model declares about its inputs: a domain known beforehand, not one read off the data."""
    reach = _COMPONENT_LIMIT * 10**_COMPONENT_DECIMALS
    components = [Feature(name, decimals=_COMPONENT_DECIMALS, minimum=-reach, maximum=reach) for name in _COMPONENTS]
    most = _AMOUNT_LIMIT_EUR * 10**_AMOUNT_DECIMALS
    return (*components, Feature("Amount", decimals=_AMOUNT_DECIMALS, minimum=0, maximum=most, unit="EUR"))


def inputs(payments: pd.DataFrame) -> pd.DataFrame:
    """Return the columns a model sees."""
    return payments[list(COLUMNS)]


def is_fraud(payments: pd.DataFrame) -> Bools:
    """Return for each payment whether it was a fraud."""
    return np.asarray(payments["Class"].to_numpy() == 1)


def weights(fraud: Bools) -> Floats:
    """Return how many payments of the original each row stands for: what restores the original prevalence."""
    return np.where(fraud, 1.0, LEGITIMATE_WEIGHT)


def split(payments: pd.DataFrame, *, training: float = 0.60, calibration: float = 0.15) -> Parts:
    """Cut payments by time; payments of the same second stay together.

    Args:
        payments: In order of time.
        training: Share of rows to learn from, the earliest.
        calibration: Share of rows after that to set thresholds on; the rest is streamed.
    """
    first = _cut(payments, training)
    second = _cut(payments, training + calibration)
    return Parts(payments.iloc[:first], payments.iloc[first:second], payments.iloc[second:].reset_index(drop=True))


def _cut(payments: pd.DataFrame, share: float) -> int:
    """Return the first row that is later than the one at `share` of all."""
    times = payments["Time"].to_numpy()
    last = min(int(len(times) * share), len(times)) - 1
    return int(np.searchsorted(times, times[last], side="right"))
