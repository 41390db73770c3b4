"""Models ready to run, remembered by their hash: a pure function of bytes that the ledger holds."""

from __future__ import annotations

from muniment.core.state import Reader
from muniment.exact.card import Card
from muniment.exact.runner import Runner, load
from muniment.modules.models import state
from muniment.modules.models.errors import ModelUnknown

#: More models than this are not kept loaded at once.
MOST_LOADED = 32


class Runners:
    """Load each model once. What is remembered never decides whether a model exists: the state does."""

    def __init__(self) -> None:
        self._loaded: dict[bytes, Runner] = {}

    def runner(self, reader: Reader, model: bytes, /) -> Runner:
        """Return the model with this hash, whatever its standing: a port for other modules.

        Raises:
            ModelUnknown: no such model was published.
        """
        if state.origin(reader, model) is None:
            raise ModelUnknown(model=model.hex())
        found = self._loaded.get(model)
        return self._load(reader, model) if found is None else found

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
        found = load(artifact)
        if len(self._loaded) >= MOST_LOADED:
            self._loaded.clear()
        self._loaded[model] = found
        return found
