"""Proofs in the SDK: take one from a ledger, save it, verify it, replay the decision in it."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from muniment.client.identities import kind_of, read_identity
from muniment.client.link import Link
from muniment.core import claims, sealing
from muniment.core.errors import Rejected, Unavailable
from muniment.core.proof import (
    Opening,
    Proof,
    Recorded,
    Verified,
    check_opening,
    decode_proof,
    plain,
    recorded,
    verify,
)
from muniment.core.proof_errors import ProofRejected
from muniment.core.trust import Trust, TrustMalformed

if TYPE_CHECKING:
    from muniment.client.openings import Opening as Disclosed
    from muniment.exact import Card, Explanation

#: No model is larger than this once inflated.
_MAX_MODEL_BYTES = 8 << 20

PathLike = str | os.PathLike[str]


class ProofMissing(Rejected, code=69):
    """A file that is not there or cannot be read."""

    path: str
    reason: str
    text = "{path} cannot be read: {reason}"
    fix = "check the path"


class NotReplayable(Rejected, code=70):
    """A proof from which the decision cannot be computed again."""

    reason: str
    text = "this decision cannot be replayed from the proof alone: {reason}"
    fix = "{fix_hint}"
    fix_hint: str


class NothingToProve(Rejected, code=77):
    """A place in the log where no such thing was made."""

    kind: str
    position: int
    text = "no {kind} was made at place {position} of the log"
    fix = "use an id that the ledger gave you"


class FieldUnknown(Rejected, code=78):
    """A field to lay open that the decision does not have."""

    field: str
    known: tuple[str, ...]
    text = "the decision has no field {field!r}"
    fix = "choose among {known}"


@dataclass(frozen=True)
class SavedProof:
    """A proof, ready to be saved or verified."""

    proof: Proof

    def encode(self) -> bytes:
        """Return the contents of the proof file."""
        return self.proof.encode()

    def save(self, path: PathLike) -> Path:
        """Write the proof file; an existing file is replaced in one step.

        Raises:
            Unavailable: the disk does not take it, or there is no such directory.
        """
        target = Path(path)
        temporary = target.with_name(f".{target.name}.new")
        try:
            temporary.write_bytes(self.encode())
            os.replace(temporary, target)
        except OSError as error:
            raise Unavailable(f"cannot write {target}: {error.strerror}") from None
        return target

    def verify(self, trust: PathLike | Trust) -> Verified:
        """Check it against a trust anchor, or the path of a trust.json."""
        return verify(self.proof, _trust(trust))


@dataclass(frozen=True)
class Replay:
    """A decision computed again.

    Attributes:
        identical: Whether the score is, bit for bit, the recorded one.
        score: As computed now.
        recorded: As recorded.
        explanation: Why, recomputed; sums to `score`.
        inputs: What it was computed from, by feature.
        card: What was proven about the model.
    """

    identical: bool
    score: int
    recorded: int
    explanation: Explanation
    inputs: dict[str, int | None]
    card: Card

    def _repr_html_(self) -> str:
        from muniment.client import display

        return display.replay(self)


def prove(
    link: Link, thing: Any, *, model: bool = True, show: Any = None, opening: Disclosed | None = None
) -> SavedProof:
    """Return the proof of a decision, a record or any transaction.

    Args:
        link: Way to the ledger.
        thing: A decision, a record, a receipt, or the text form of one (`decision:48213`).
        model: Put the model's file into the proof of a decision, so that it can be replayed anywhere.
        show: For a sealed decision: names of the fields to lay open to whoever gets the file, True for all.
        opening: What opens it, if `thing` is not the decision that was made here and carries it.

    Raises:
        PositionUnknown, NothingToProve: there is no such thing.
        FieldUnknown, NotReplayable: fields to lay open that are not there.
    """
    kind, identity = _kind(thing)
    keys = [claims.status_key(kind, identity)] if kind in claims.KINDS else []
    evidence = link.evidence(identity >> 8, keys)
    effects = msgspec.msgpack.decode(evidence.effects, type=list[tuple[int, dict[str, Any]]])
    place = _effect(effects, kind, identity)
    claim = effects[place][1]
    artifact = None
    if model and kind == "decision":
        artifact = zlib.compress(link.query("models", "model_artifact", model=claim["model"]), 9)
    return SavedProof(
        Proof(
            chain=link.chain,
            kind=kind,
            claim=plain(claim),
            effect=place,
            envelope=evidence.envelope,
            receipt=evidence.receipt,
            effects=evidence.effects,
            position=identity >> 8,
            path=evidence.path,
            checkpoint=evidence.checkpoint,
            state=evidence.state,
            model=artifact,
            opening=_opening(opening or getattr(thing, "opening", None), show),
        )
    )


def verify_file(path: PathLike | SavedProof, *, trust: PathLike | Trust = "trust.json") -> Verified:
    """Verify a proof file against a trust anchor; needs no ledger.

    Args:
        path: Of the `.mproof` file.
        trust: The trust anchor, or the path of a trust.json.

    Raises:
        ProofRejected: it does not show what it claims; says why.
        ProofMissing, TrustMalformed: a file cannot be read.
    """
    return verify(_proof(path), _trust(trust))


def replay_file(path: PathLike | SavedProof, *, model: PathLike | bytes | None = None) -> Replay:
    """Compute the decision in a proof again, from its inputs, with its model.

    This checks the arithmetic, and that the claim is what the transaction in the file did by its receipt. Whether the
    ledger has that receipt, and who signed, is what `verify` checks.

    Args:
        path: Of the `.mproof` file.
        model: The model's ONNX file, if the proof does not carry it.

    Raises:
        NotReplayable: no decision; sealed without an opening; no model.
        ProofRejected: the model or the inputs are not those of the decision, or the claim is not what the file holds.
    """
    from muniment import exact

    proof = _proof(path)
    if proof.kind != "decision":
        raise NotReplayable(reason=f"it is about a {proof.kind}", fix_hint="take the proof of a decision")
    kept = recorded(proof)
    runner = exact.load(_model(proof, model))
    names = runner.card.names
    # An event leaves out what has its default: the mode, if it is open.
    row = _opened_inputs(proof, names) if "mode" in kept.claim else _open_inputs(kept)
    score, claimed = int(runner.run([row])[0]), kept.claim.get("score")
    if not isinstance(claimed, int):
        raise ProofRejected(what="the proof", reason="its claim has no score")
    return Replay(
        identical=score == claimed,
        score=score,
        recorded=claimed,
        explanation=exact.explain(runner, row),
        inputs=dict(zip(names, row, strict=True)),
        card=runner.card,
    )


def _kind(thing: Any) -> tuple[str, int]:
    kind = kind_of(thing) or (thing.partition(":")[0] if isinstance(thing, str) else None)
    kind = kind if kind in claims.KINDS else "transaction"
    return kind, read_identity(kind, thing)


def _effect(effects: list[tuple[int, dict[str, Any]]], kind: str, identity: int) -> int:
    wanted = claims.KINDS[kind].fact if kind in claims.KINDS else None
    for place, (index, event) in enumerate(effects):
        if index == identity & 0xFF and wanted in (None, event.get("type")):
            return place
    raise NothingToProve(kind=kind, position=identity >> 8)


def _opening(held: Disclosed | None, show: Any) -> Opening | None:
    if show is None or show is False:
        return None
    if held is None:
        raise NotReplayable(reason="its opening is not here", fix_hint="pass opening=, as kept when it was made")
    wanted = held.names if show is True else (show,) if isinstance(show, str) else tuple(show)
    if unknown := sorted(set(wanted) - set(held.names)):
        raise FieldUnknown(field=unknown[0], known=held.names)
    places = [held.names.index(name) for name in wanted]
    return Opening(tuple(sealing.open_field(held.names, held.values, held.salts, index=place) for place in places))


def _proof(source: PathLike | SavedProof) -> Proof:
    return source.proof if isinstance(source, SavedProof) else decode_proof(_read(source))


def _trust(source: PathLike | Trust) -> Trust:
    if isinstance(source, Trust):
        return source
    try:
        return Trust.decode(Path(source).read_bytes())
    except OSError as error:
        raise TrustMalformed(reason=f"{source} cannot be read ({error.strerror})") from None


def _read(path: PathLike) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ProofMissing(path=str(path), reason=error.strerror or "unreadable") from None


def _model(proof: Proof, given: PathLike | bytes | None) -> bytes:
    if given is not None:
        artifact = given if isinstance(given, bytes) else _read(given)
    elif proof.model is None:
        raise NotReplayable(reason="it does not carry the model", fix_hint="pass the model's ONNX file")
    else:
        artifact = _inflated(proof.model)
    if sha256(artifact).hexdigest() != proof.claim.get("model"):
        raise ProofRejected(what="the replay", reason="the model is not the one that decided")
    return artifact


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        artifact = inflater.decompress(data, _MAX_MODEL_BYTES)
    except zlib.error as error:
        raise ProofRejected(what="the replay", reason=f"the model cannot be inflated: {error}") from None
    if inflater.unconsumed_tail:
        raise ProofRejected(what="the replay", reason=f"the model inflates to more than {_MAX_MODEL_BYTES} bytes")
    return artifact


def _open_inputs(kept: Recorded) -> tuple[int | None, ...]:
    from muniment.modules.decisions.messages import Decide

    try:
        return msgspec.msgpack.decode(kept.payload.messages[kept.message], type=Decide).inputs
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, IndexError) as error:
        raise ProofRejected(what="the replay", reason=f"the transaction holds no open decision: {error}") from None


def _opened_inputs(proof: Proof, names: tuple[str, ...]) -> tuple[int | None, ...]:
    if proof.opening is not None:
        check_opening(proof.opening, proof.claim)
    shown = () if proof.opening is None else proof.opening.fields
    fields = {field.name: field.value for field in shown}
    if missing := [name for name in names if name not in fields]:
        raise NotReplayable(
            reason=f"{len(missing)} of {len(names)} inputs are sealed",
            fix_hint="ask for a proof that lays all fields open (`show=True`, or `--show all`)",
        )
    if [(field.index, field.name, field.count) for field in sorted(shown, key=_place)] != [
        (place, name, len(names)) for place, name in enumerate(names)
    ]:
        # Else a deployer could commit two values under one name and show whichever suits.
        raise ProofRejected(what="the replay", reason="the sealed fields are not those of the model, in its order")
    return tuple(fields[name] for name in names)


def _place(field: sealing.FieldOpening) -> int:
    return field.index
