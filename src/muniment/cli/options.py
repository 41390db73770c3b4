"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from muniment.cli.errors import OptionMalformed

LedgerDir = Annotated[Path, typer.Argument(metavar="DIR", help="Directory of the ledger.", show_default=False)]
By = Annotated[Path, typer.Option("--by", metavar="WALLET", help="Wallet file of who signs.", show_default=False)]
WalletFile = Annotated[Path, typer.Argument(metavar="WALLET", help="The wallet file.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why; say nothing about a person.", show_default=False)]
SystemName = Annotated[str, typer.Argument(metavar="SYSTEM", help="Name of the system.", show_default=False)]
DecisionId = Annotated[
    str, typer.Argument(metavar="ID", help="The decision, for example decision:48213.", show_default=False)
]
ModelName = Annotated[
    str, typer.Argument(metavar="NAME", help="A model: name, name@number or hash.", show_default=False)
]


def pairs(option: str, given: Sequence[str], *, expected: str) -> dict[str, str]:
    """Return options written as `name=value`, in the order given.

    Raises:
        OptionMalformed: one has no `=` or no name, or a name is there twice.
    """
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip() or name.strip() in found:
            raise OptionMalformed(option=option, given=one, expected=expected)
        found[name.strip()] = value.strip()
    return found
