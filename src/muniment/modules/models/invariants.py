"""What must hold of models after every block."""

from __future__ import annotations

from hashlib import sha256

from muniment.core.errors import Halted
from muniment.core.state import Reader
from muniment.modules.models import state

_RECOVER = "stop, keep the ledger as it is, and run `muniment audit` on it"


def every_version_has_its_artifact_and_papers(reader: Reader) -> None:
    """Check every version of every listed name: hash of the artifact, papers, number, owner."""
    for index in range(state.names_count(reader)):
        name = state.listed_name(reader, index)
        owned = state.name(reader, name) if name is not None else None
        if name is None or owned is None or owned.versions < 1:
            raise Halted(f"name {index} of the models is listed but not owned", recover=_RECOVER)
        for number in range(1, owned.versions + 1):
            _check_version(reader, name, number, owned.owner)
        if state.version(reader, name, owned.versions) != owned.latest:
            raise Halted(f"the latest version of model {name!r} is not its last", recover=_RECOVER)


def _check_version(reader: Reader, name: str, number: int, owner: bytes) -> None:
    digest = state.version(reader, name, number) or b""
    artifact = state.artifact(reader, digest)
    published = state.publication(reader, name, digest)
    papers = state.papers(reader, published.identity) if published else None
    sound = (
        artifact is not None
        and sha256(artifact).digest() == digest
        and published is not None
        and papers is not None
        and (papers.name, papers.number, papers.model, papers.owner) == (name, number, digest, owner)
        and published.number == number
        and state.origin(reader, digest) is not None
    )
    if not sound:
        raise Halted(f"version {number} of model {name!r} is not whole", recover=_RECOVER)
