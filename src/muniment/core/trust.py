"""What a verifier starts from: which ledger it believes, by chain id and keys."""

from __future__ import annotations

import msgspec

from muniment.core.codec import format_of
from muniment.core.errors import Rejected
from muniment.core.note import VerifierKey

FORMAT = "muniment trust 1"


class TrustMalformed(Rejected, code=30):
    """A trust anchor that cannot be read."""

    reason: str
    text = "this is not a trust anchor: {reason}"
    fix = "ask the operator of the ledger for its trust.json, over a channel you believe"


class Trust(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A trust anchor: everything else is proven from it.

    Attributes:
        chain: Chain id.
        keys: Verifier keys of the ledger's checkpoints (C2SP signed-note), any one of which suffices.
        format: Names this form.
    """

    chain: str
    keys: tuple[str, ...]
    format: str = FORMAT

    def verifier_keys(self) -> list[VerifierKey]:
        """Return the keys, parsed."""
        return [VerifierKey.parse(key) for key in self.keys]

    def encode(self) -> bytes:
        """Return the contents of a trust.json."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Trust:
        """Return the anchor in the contents of a trust.json.

        Raises:
            TrustMalformed: not one, or of an unknown format.
        """
        if (found := format_of(data)) != FORMAT:
            raise TrustMalformed(reason=f"its format is {found!r}, not {FORMAT!r}" if found else "it has no format")
        try:
            trust = msgspec.json.decode(data, type=cls)
            trust.verifier_keys()
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise TrustMalformed(reason=str(error)) from None
        return trust
