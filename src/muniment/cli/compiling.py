"""`models compile`: from a model file of LightGBM or XGBoost to an exact model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from muniment.cli import files, tables
from muniment.cli.cards import card_document, show_card
from muniment.cli.commands import command
from muniment.cli.errors import LibraryMissing, ModelFileForeign
from muniment.cli.screen import Screen, Shown

if TYPE_CHECKING:
    from muniment.exact import ExactModel

#: Text forms of models this large are no models.
_LIMIT_BYTES = 1 << 30


def add(app: typer.Typer) -> None:
    """Add the command to the group of models."""
    example = "muniment models compile model.txt --calibration data.csv --target fraud --out model.onnx"
    command(app, "compile", example=example)(compile_file)


def compile_file(
    file: Annotated[
        Path,
        typer.Argument(metavar="MODEL_FILE", help="Saved by LightGBM (text) or XGBoost (JSON).", show_default=False),
    ],
    calibration: Annotated[
        Path, typer.Option("--calibration", metavar="DATA", help=".csv or .parquet of rows like those to come.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the ONNX file.")],
    target: Annotated[str | None, typer.Option("--target", help="Column of labels or values, for the report.")] = None,
    weights: Annotated[str | None, typer.Option("--weights", help="Column of row weights, for the report.")] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", metavar="COLUMN", help="Column that is no feature; may be repeated.")
    ] = None,
    decimals: Annotated[
        int | None,
        typer.Option(
            "--decimals", metavar="N", min=0, max=18, help="Decimals of all features; by the data if left out."
        ),
    ] = None,
) -> Shown:
    """Turn a trained model into an exact one, and report what that costs in quality.

    A scikit-learn estimator is compiled where it was trained, since its files run code when they are read:
    `muniment.exact.compile(estimator, calibration=frame).save("model.onnx")`.
    """
    booster = read_booster(file)
    frame = _without(tables.frame(calibration), drop or ())
    from muniment import exact

    model = exact.compile(booster, calibration=frame, target=target, weights=weights, decimals=decimals)
    files.write(out, model.artifact)
    report = msgspec.structs.asdict(model.report) if model.report else {}
    document = {"file": str(out), **card_document(model.card), "fidelity": report}
    return Shown(document=document, show=lambda screen: _show(screen, model, out))


def read_booster(file: Path) -> Any:
    """Return the booster in a model file, by its content; files that could run code are refused.

    Raises:
        FileUnreadable, ModelFileForeign, LibraryMissing: as their texts say.
    """
    data = files.read(file, limit_bytes=_LIMIT_BYTES)
    if data.startswith(b"tree\n"):
        return _lightgbm(file, data)
    if data.lstrip()[:1] == b"{" and b'"learner"' in data[:4096]:
        return _xgboost(file, data)
    if not data:
        reason = "it is empty"
    elif data.startswith(b"\x80") or file.suffix in (".pkl", ".pickle", ".joblib"):
        reason = "it is a pickle, which could run any code when it is read"
    else:
        reason = "it is neither LightGBM's text nor XGBoost's JSON"
    raise ModelFileForeign(path=str(file), reason=reason)


def _lightgbm(file: Path, data: bytes) -> Any:
    try:
        import lightgbm
    except ImportError:
        raise LibraryMissing(library="LightGBM", task="reading this model", extra="lightgbm") from None
    try:
        return lightgbm.Booster(model_str=data.decode())
    except (lightgbm.basic.LightGBMError, UnicodeDecodeError, ValueError) as error:
        raise ModelFileForeign(path=str(file), reason=str(error)) from None


def _xgboost(file: Path, data: bytes) -> Any:
    try:
        import xgboost
    except ImportError:
        raise LibraryMissing(library="XGBoost", task="reading this model", extra="xgboost") from None
    booster = xgboost.Booster()
    try:
        booster.load_model(bytearray(data))
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise ModelFileForeign(path=str(file), reason=str(error).splitlines()[0]) from None
    return booster


def _without(frame: Any, names: Any) -> Any:
    given = list(getattr(frame, "column_names", None) or frame.columns)
    return frame[[name for name in given if name not in names]] if hasattr(frame, "iloc") else frame.drop(list(names))


def _show(screen: Screen, model: ExactModel, out: Path) -> None:
    screen.title(f"Wrote {out}: proven exact.")
    show_card(screen, model.card)
    report = model.report
    if report is None:
        return
    screen.title("Against the float model, on the calibration data")
    rows: list[tuple[str, object]] = [("rows", f"{report.rows:,}")]
    if report.metric and report.difference is not None:
        said = f"{report.exact_model:.6f} (float {report.float_model:.6f}, difference {report.difference:+.2g})"
        rows.append((report.metric, said))
    rows += [
        ("rank agreement", f"{report.rank_agreement:.9f}"),
        ("largest difference", f"{report.max_score_error:.3g}"),
    ]
    screen.pairs(rows)
