"""What each message does."""

from __future__ import annotations

from muniment.core.keys import encode_account
from muniment.core.module import Context
from muniment.modules.records import rules, standing, state
from muniment.modules.records.errors import RecordNotOwned
from muniment.modules.records.events import RecordAmended, RecordAnchored, RecordWithdrawn
from muniment.modules.records.messages import AmendRecord, AnchorRecord, WithdrawRecord
from muniment.modules.records.types import Status


def anchor_record(ctx: Context, msg: AnchorRecord) -> int:
    """Keep a record under the identity of its message; return the identity.

    Rejects:
        RecordFieldOutOfBounds, SourceRepeated: a field breaks its bound.
        RecordUnknown, RecordNotUsable: a source does not exist or was withdrawn.
    """
    rules.check_content(msg)
    rules.check_name(msg.name)
    if msg.derived_from:
        standing.check_sources(ctx.store, msg.derived_from)
    fact = RecordAnchored(
        ctx.sender,
        msg.root,
        msg.rows,
        msg.name,
        msg.kind,
        msg.row_bytes,
        msg.schema,
        msg.salts,
        msg.derived_from,
        msg.note,
        ctx.time_ms,
    )
    return ctx.keep(state.RECORDS, fact)


def amend_record(ctx: Context, msg: AmendRecord) -> int:
    """Keep the next version of a record and mark the old one as superseded; return the identity of the new one.

    Rejects:
        RecordFieldOutOfBounds, SourceRepeated: a field breaks its bound.
        RecordUnknown, RecordNotOwned, RecordSuperseded, RecordNotUsable: the record cannot be amended by the
            sender, or a source does not exist or was withdrawn.
    """
    rules.check_content(msg)
    rules.check_reason(msg.reason)
    old = _own_active(ctx, msg.record)
    standing.check_sources(ctx.store, msg.derived_from)
    first = standing.first_version(msg.record, old)
    fact = RecordAnchored(
        old.owner,
        msg.root,
        msg.rows,
        old.name,
        old.kind,
        msg.row_bytes,
        msg.schema,
        msg.salts,
        msg.derived_from,
        msg.note,
        ctx.time_ms,
        version=old.version + 1,
        supersedes=msg.record,
        first=first,
    )
    identity = ctx.keep(state.RECORDS, fact)
    state.put_status(ctx.store, msg.record, Status("superseded", identity, msg.reason, ctx.time_ms))
    state.put_latest(ctx.store, first, identity)
    ctx.emit(RecordAmended(msg.record, identity, msg.reason))
    return identity


def withdraw_record(ctx: Context, msg: WithdrawRecord) -> None:
    """Mark a record as withdrawn.

    Rejects:
        RecordFieldOutOfBounds: the reason is empty or too long.
        RecordUnknown, RecordNotOwned, RecordSuperseded, RecordNotUsable: as their texts say.
    """
    rules.check_reason(msg.reason)
    _own_active(ctx, msg.record)
    state.put_status(ctx.store, msg.record, Status("withdrawn", 0, msg.reason, ctx.time_ms))
    ctx.emit(RecordWithdrawn(msg.record, msg.reason))


def _own_active(ctx: Context, record: int) -> RecordAnchored:
    found = standing.known_record(ctx.store, record)
    if found.owner != ctx.sender:
        raise RecordNotOwned(record=record, owner=encode_account(found.owner))
    standing.check_active(ctx.store, record, found)
    return found
