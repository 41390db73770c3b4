"""The command line, called in this process; and a small world of files for it to work on."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from muniment.cli.main import run


@dataclass(frozen=True)
class Told:
    """What a command said.

    Attributes:
        code: Exit code.
        out: Stdout.
        err: Stderr.
    """

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout, which must be one JSON document."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The error of a command that was given --json."""
        return self.document["error"]


def cli(*arguments: object) -> Told:
    """Run a command line and return what it said."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run([str(one) for one in arguments])
    return Told(code, out.getvalue(), err.getvalue())


def done(*arguments: object) -> Any:
    """Run a command that must succeed, and return its JSON document."""
    told = cli(*arguments, "--json")
    assert told.code == 0, told.out + told.err
    return told.document


def refused(*arguments: object) -> Any:
    """Run a command that must be rejected, and return its error."""
    told = cli(*arguments, "--json")
    assert told.code == 3, told.out + told.err
    return told.error


def payments(rows: int = 300) -> pd.DataFrame:
    """Return made-up payments, some of them frauds."""
    dice = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "amount": np.round(dice.gamma(2, 40, rows), 2),
            "hour": dice.integers(0, 24, rows),
            "foreign": dice.integers(0, 2, rows),
        }
    )
    odds = 0.02 * frame["amount"] + 1.5 * frame["foreign"] + 0.05 * frame["hour"] - 3
    frame["fraud"] = (dice.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    return frame


class World:
    """A directory with a ledger, wallets, data, a model and a system.

    Attributes:
        path: The directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ledger = path / "ledger"
        self.trust = self.ledger / "trust.json"
        self.ann = path / "ann.wallet"
        self.bea = path / "bea.wallet"
        self.data = path / "data.csv"
        self.rows = path / "rows.csv"
        self.booster = path / "model.txt"
        self.model = path / "model.onnx"

    def build(self) -> World:
        """Make all of it, by commands only."""
        import lightgbm

        frame = payments()
        frame.to_csv(self.data, index=False)
        features = frame.drop(columns="fraud")
        features.head(20).to_csv(self.rows, index=False)
        options = {"objective": "binary", "num_leaves": 6, "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}
        lightgbm.train(options, lightgbm.Dataset(features, frame["fraud"]), 6).save_model(self.booster)
        done("init", self.ledger)
        for wallet in (self.ann, self.bea):
            done("keys", "create", wallet, "--plain")
        done("anchor", self.ledger, self.data, "--by", self.ann, "--name", "payments")
        options_of_target = ("--target", "fraud", "--out", self.model)
        done("models", "compile", self.booster, "--calibration", self.data, *options_of_target)
        published = ("--name", "card-fraud", "--trained-on", "record:0", "--metric", "recall=0.5")
        done("models", "publish", self.ledger, self.model, "--by", self.ann, *published)
        outcomes = ("--outcome", "approve=0", "--outcome", "review=30%", "--outcome", "block=60%")
        people = ("--overseer", self.ann, "--by", self.ann)
        done("systems", "deploy", self.ledger, "screening", "--model", "card-fraud", *outcomes, *people)
        return self

    def copied(self, to: Path) -> World:
        """Return a copy that a test may change."""
        shutil.copytree(self.path, to)
        return World(to)

    def decide(self, *options: object, row: str = '{"amount": 300.5, "hour": 3, "foreign": 1}') -> Any:
        """Decide one row and return the document."""
        return done("decide", self.ledger, "screening", "--row", row, "--by", self.ann, *options)
