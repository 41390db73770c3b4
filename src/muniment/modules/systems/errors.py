"""What the module refuses: codes 400 to 499."""

from __future__ import annotations

from muniment.core.errors import Rejected


class SystemNameMalformed(Rejected, code=400):
    """A name of a system or outcome that cannot be one."""

    name: str
    text = "{name!r} cannot name a system or an outcome"
    fix = "use 1 to 64 of a-z 0-9 . _ -"


class SystemUnknown(Rejected, code=401):
    """No system has this name."""

    system: str
    text = "system {system!r} is not known"
    fix = "deploy it first, or check the spelling"


class SystemNameTaken(Rejected, code=402):
    """A system of this name exists."""

    system: str
    deployer: str
    text = "there is a system {system!r} already, deployed by {deployer}"
    fix = "choose another name, or update it if it is yours"


class SystemFieldOutOfBounds(Rejected, code=403):
    """A field of a message is too short, too long, or of the wrong length."""

    field: str
    value: int
    minimum: int
    maximum: int
    text = "{field} has length {value}, allowed are {minimum} to {maximum}"
    fix = "shorten or complete it"


class ThresholdOutOfRange(Rejected, code=404):
    """A threshold that the model's score can never reach, or always reaches."""

    outcome: str
    threshold: int
    minimum: int
    maximum: int
    text = (
        "the threshold {threshold} of outcome {outcome!r} is outside {minimum} .. {maximum}, what the model can score"
    )
    fix = "give thresholds in units of the score; the model's card says its range and decimals"


class OutcomesUnordered(Rejected, code=405):
    """Outcomes whose thresholds do not ascend, or two of one name."""

    outcome: str
    text = "outcome {outcome!r} comes twice, or its threshold is not above the one before"
    fix = "list each outcome once, by ascending threshold, the first as the floor"


class NotDeployer(Rejected, code=406):
    """Somebody else's system."""

    system: str
    sender: str
    deployer: str
    text = "system {system!r} was deployed by {deployer}, not by {sender}"
    fix = "ask the deployer, or sign with the deployer's key"


class NotInCharge(Rejected, code=407):
    """The sender may not stop or resume the system."""

    system: str
    sender: str
    allowed: str
    text = "{sender} may not do this to system {system!r}; allowed: {allowed}"
    fix = "ask one of its overseers; `muniment systems show` names them"


class SystemIsStopped(Rejected, code=408):
    """The system is stopped."""

    system: str
    reason: str
    text = "system {system!r} is stopped: {reason}"
    fix = "a person has to decide; it runs again when it is resumed"


class SystemIsRunning(Rejected, code=409):
    """The system is not stopped, so it cannot be resumed."""

    system: str
    text = "system {system!r} is running"
    fix = "nothing"


class OverseersFixed(Rejected, code=410):
    """The overseers who can act cannot change while an overseer's stop stands."""

    system: str
    text = "system {system!r} was stopped by an overseer: its active overseers cannot be changed now"
    fix = "keep all whose accounts are active and no others, or let one of them resume the system first"


class AccountTwice(Rejected, code=411):
    """An account that is listed twice."""

    field: str
    account: str
    text = "{field} lists {account} twice"
    fix = "list it once"


class AccountNotActive(Rejected, code=413):
    """An account that cannot act, because it is revoked or was never registered."""

    field: str
    account: str
    text = "{account}, named in {field}, is not an active account"
    fix = "register it first, or name another"


class ChallengerDiffers(Rejected, code=412):
    """A challenger that does not take the same inputs as the model, or is the model."""

    reason: str
    text = "the challenger cannot run beside the model: {reason}"
    fix = "compile both with the same features= (names, units, decimals, ranges)"


class NoOverseerActive(Rejected, code=414):
    """A system whose overseers were all revoked: nobody could stop it or rule on what it decides."""

    system: str
    text = "no overseer of system {system!r} is an active account any more, so it decides nothing"
    fix = "let its deployer update it with overseers who can act"


ERRORS: tuple[type[Rejected], ...] = (
    SystemNameMalformed,
    SystemUnknown,
    SystemNameTaken,
    SystemFieldOutOfBounds,
    ThresholdOutOfRange,
    OutcomesUnordered,
    NotDeployer,
    NotInCharge,
    SystemIsStopped,
    SystemIsRunning,
    OverseersFixed,
    AccountTwice,
    AccountNotActive,
    ChallengerDiffers,
    NoOverseerActive,
)
