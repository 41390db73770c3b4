"""What can be wrong with what a command was given: codes 90 to 97."""

from __future__ import annotations

from muniment.core.errors import Rejected


class FileUnreadable(Rejected, code=90):
    """A file that a command was told to read."""

    path: str
    reason: str
    text = "{path} cannot be read: {reason}"
    fix = "check the path and its permissions"


class FileExists(Rejected, code=91):
    """A file that a command would have to overwrite, and that may hold the only copy of a secret."""

    path: str
    text = "{path} exists, and may hold the only copy of a secret"
    fix = "move it away, or choose another path"


class FileUnwritable(Rejected, code=92):
    """A file that a command was told to write."""

    path: str
    reason: str
    text = "{path} cannot be written: {reason}"
    fix = "check the directory and its permissions"


class LibraryMissing(Rejected, code=93):
    """A library that is an extra of this package, and is not installed."""

    library: str
    task: str
    extra: str
    text = "{task} needs {library}, which is not installed"
    fix = "install it with: pip install 'muniment[{extra}]'"


class OptionMalformed(Rejected, code=94):
    """The value of an option that cannot be read."""

    option: str
    given: str
    expected: str
    text = "{option} {given!r} cannot be read"
    fix = "write it as {expected}"


class DataMalformed(Rejected, code=95):
    """A data file whose content is not what its name says."""

    path: str
    reason: str
    text = "{path} cannot be used: {reason}"
    fix = "mend the file; tables are read from .csv, .parquet and .jsonl"


class ModelFileForeign(Rejected, code=96):
    """A file that is not a trained model a command can compile."""

    path: str
    reason: str
    text = "{path} cannot be compiled: {reason}"
    fix = (
        "give a model saved by LightGBM (booster.save_model('model.txt')) or XGBoost (model.save_model('model.json')); "
        "a scikit-learn estimator is compiled where it was trained, since its files run code when they are read: "
        "muniment.exact.compile(estimator, calibration=frame).save('model.onnx')"
    )


class LedgerExists(Rejected, code=97):
    """A directory in which a ledger was made already."""

    path: str
    text = "there is a ledger in {path} already"
    fix = "use it, or give another directory"
