"""The records module, wired."""

from __future__ import annotations

from muniment.core.module import Module
from muniment.modules.records import handlers, queries
from muniment.modules.records.errors import ERRORS
from muniment.modules.records.events import RecordAmended, RecordAnchored, RecordWithdrawn
from muniment.modules.records.messages import AmendRecord, AnchorRecord, WithdrawRecord


def module() -> Module:
    """Return the records module; it needs no other."""
    return Module(
        name="records",
        handlers={
            AnchorRecord: handlers.anchor_record,
            AmendRecord: handlers.amend_record,
            WithdrawRecord: handlers.withdraw_record,
        },
        events=(RecordAnchored, RecordAmended, RecordWithdrawn),
        errors=ERRORS,
        queries={"record": queries.record, "history": queries.history, "lineage": queries.lineage},
    )
