"""What a verifier says when it does not believe: codes 20 to 39."""

from __future__ import annotations

from muniment.core.errors import Rejected


class ProofRejected(Rejected, code=20):
    """A proof does not show what it claims to show."""

    what: str
    reason: str
    text = "{what} does not hold: {reason}"
    fix = "ask for a fresh proof, and do not rely on this one"


class NoteMalformed(ProofRejected, code=21):
    """Text that is not a signed note, a checkpoint or a verifier key by its specification."""

    what: str
    reason: str
    text = "{what} is malformed: {reason}"
    fix = "use the text exactly as it was published"


class NoteNotTrusted(ProofRejected, code=22):
    """A well-formed note without a good signature of a known key, or with a bad one."""

    what: str
    reason: str
    text = "{what} is not trusted: {reason}"
    fix = "compare the verifier keys with those the log's operator published"


class TileMalformed(ProofRejected, code=23):
    """A tile or entry bundle that is missing, of the wrong length, or out of range."""

    what: str
    reason: str
    text = "{what} cannot be used: {reason}"
    fix = "fetch it again from the log"
