"""Models ready to run: a pure function of bytes that the ledger holds."""

from __future__ import annotations

from muniment.core.state import Reader
from muniment.exact.card import Card
from muniment.exact.runner import Runner, load, shelf
from muniment.modules.models import state
from muniment.modules.models.errors import ModelUnknown


class Runners:
    """Answer for the models of a ledger.

    Loaded ones are kept for the whole process, by the hash of their bytes. That changes no result: whether a model
    exists is asked of the state each time, and what it computes follows from bytes that its hash names.
    """

    def runner(self, reader: Reader, model: bytes, /) -> Runner:
        """Return the model with this hash, whatever its standing: a port for other modules.

        Raises:
            ModelUnknown: no such model was published.
        """
        if state.origin(reader, model) is None:
            raise ModelUnknown(model=model.hex())
        return shelf.find(model) or self._load(reader, model)

    def card(self, reader: Reader, model: bytes, /) -> Card:
        """Return what was proven about the model with this hash: a port for other modules, and a query.

        Raises:
            ModelUnknown: no such model was published.
        """
        return self.runner(reader, model).card

    def _load(self, reader: Reader, model: bytes) -> Runner:
        artifact = state.artifact(reader, model)
        if artifact is None:
            raise ModelUnknown(model=model.hex())
        return load(artifact)
