"""What the module refuses: codes 500 to 599."""

from __future__ import annotations

from muniment.core.errors import Rejected


class DecisionUnknown(Rejected, code=500):
    """No decision has this identity."""

    decision: int
    text = "there is no decision {decision}"
    fix = "the identity is in the answer to the decision; check that it is of this ledger"


class DecisionFieldOutOfBounds(Rejected, code=501):
    """A field of a message is too short, too long, or of the wrong length."""

    field: str
    value: int
    minimum: int
    maximum: int
    text = "{field} has length {value}, allowed are {minimum} to {maximum}"
    fix = "shorten or complete it; long texts stay off the ledger, under a commitment"


class ModeRefused(Rejected, code=502):
    """The system does not decide this way."""

    system: str
    mode: str
    asked: str
    text = "system {system!r} decides in mode {mode!r}, not {asked!r}"
    fix = "send the other kind of decision, or update the system"


class NotDecider(Rejected, code=503):
    """The sender may not let the system decide."""

    system: str
    sender: str
    text = "{sender} is neither the deployer nor an operator of system {system!r}"
    fix = "ask the deployer to add the account to the operators"


class ModelNotInForce(Rejected, code=504):
    """A sealed decision was computed with another model than the one in force."""

    system: str
    model: str
    in_force: str
    text = "system {system!r} decides with model {in_force}, not {model}"
    fix = "compute the decision again with the model in force"


class ScoreOutOfRange(Rejected, code=505):
    """A score that the model cannot give."""

    score: int
    minimum: int
    maximum: int
    text = "the score {score} is outside {minimum} .. {maximum}, what the model can give"
    fix = "compute it again; scores are integers in the fixed point of the model's card"


class OutcomeInconsistent(Rejected, code=506):
    """An outcome that does not follow from the score."""

    outcome: str
    expected: str
    score: int
    text = "from score {score} follows {expected!r}, not {outcome!r}"
    fix = "apply the thresholds in force, or override the decision with a reason once it is made"


class FieldsUncovered(Rejected, code=507):
    """A commitment to more or fewer fields than the model has features."""

    covered: int
    expected: int
    text = "the commitment covers {covered} fields, the model has {expected} features"
    fix = "seal one field a feature, missing ones too, in the order of the model's card"


class NotSealed(Rejected, code=508):
    """An open decision needs no dispute: everyone computed it."""

    decision: int
    text = "decision {decision} was made in the open"
    fix = "replay it: its inputs are in its transaction"


class OpeningWrong(Rejected, code=509):
    """Values and salts that are not those that were sealed."""

    decision: int
    commitment: str
    computed: str
    text = "the opening of decision {decision} leads to {computed}, sealed was {commitment}"
    fix = "give every value and salt as sealed, in the order of the model's card"


class DisputeResolved(Rejected, code=510):
    """The ledger recomputed this decision before."""

    decision: int
    verdict: str
    text = "decision {decision} was disputed already and {verdict}"
    fix = "nothing: recomputing gives the same for ever"


class NotParty(Rejected, code=511):
    """The sender has no part in the decision."""

    decision: int
    sender: str
    text = "{sender} is neither the decider, the deployer nor an overseer, and did not prove to be the subject"
    fix = "give the salt of the subject commitment, and sign with the account it commits to"


class SubjectNotProven(Rejected, code=512):
    """A salt that does not open the subject commitment to the sender."""

    decision: int
    sender: str
    text = "the salt does not show that decision {decision} is about {sender}"
    fix = "ask the deployer for the salt of this decision, and sign with the account it was made for"


class AppealIsOpen(Rejected, code=513):
    """There is an open appeal against the decision."""

    decision: int
    text = "an appeal against decision {decision} is open"
    fix = "wait for an overseer to uphold or override the decision"


class NoOpenAppeal(Rejected, code=514):
    """There is no open appeal to close."""

    decision: int
    text = "no appeal against decision {decision} is open"
    fix = "nothing: the decision stands"


class NotOverseer(Rejected, code=515):
    """The sender does not oversee the system."""

    system: str
    sender: str
    text = "{sender} is not an overseer of system {system!r}"
    fix = "ask one of its overseers"


class OutcomeUnknown(Rejected, code=516):
    """An outcome the system did not have when it decided."""

    outcome: str
    known: tuple[str, ...]
    text = "{outcome!r} is not an outcome of the system; it had {known}"
    fix = "choose one of these"


class OutcomeUnchanged(Rejected, code=517):
    """An override with the outcome that holds already."""

    decision: int
    outcome: str
    text = "the outcome of decision {decision} is {outcome!r} already"
    fix = "uphold it if an appeal is open, else do nothing"


class InputsDiffer(Rejected, code=518):
    """Inputs that do not give the score of the decision they are meant to explain."""

    decision: int
    score: int
    computed: int
    text = "these inputs give the score {computed}, decision {decision} has {score}"
    fix = "give the inputs of this very decision"


class TermsChanged(Rejected, code=519):
    """A decision asked for under terms of the system that are not, or no longer, in force."""

    system: str
    asked: int
    in_force: int
    text = "the decision was asked for under version {asked} of system {system!r}, version {in_force} is in force"
    fix = "look the system up again and ask anew: its model, and how it reads inputs, may have changed"


class SealingSound(Rejected, code=520):
    """A field that is sealed where it belongs, which refutes nothing."""

    decision: int
    field: str
    index: int
    text = "field {index} of decision {decision} is {field!r}, as the model's card says"
    fix = "nothing is wrong with its place; to question the score, dispute it with the whole opening"


ERRORS: tuple[type[Rejected], ...] = (
    DecisionUnknown,
    DecisionFieldOutOfBounds,
    ModeRefused,
    NotDecider,
    ModelNotInForce,
    ScoreOutOfRange,
    OutcomeInconsistent,
    FieldsUncovered,
    NotSealed,
    OpeningWrong,
    DisputeResolved,
    NotParty,
    SubjectNotProven,
    AppealIsOpen,
    NoOpenAppeal,
    NotOverseer,
    OutcomeUnknown,
    OutcomeUnchanged,
    InputsDiffer,
    TermsChanged,
    SealingSound,
)
