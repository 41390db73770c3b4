"""Why the accounts module rejects. Codes 100 to 199; accounts are shown in their text form."""

from __future__ import annotations

from muniment.core.errors import Rejected


class KeyNotAuthorised(Rejected, code=100):
    """The key that signed is not the current key of the sender."""

    account: str
    suite: int
    text = "the key that signed (suite {suite}) is not the current key of account {account}"
    fix = "sign with the current key of the account; `muniment keys show` tells which it is"


class AccountNotRegistered(Rejected, code=101):
    """On a closed ledger: nobody registered this account."""

    account: str
    text = "account {account} is not registered on this ledger"
    fix = "ask an admin of the ledger to register its key"


class AccountIsRevoked(Rejected, code=102):
    """The account was revoked; nothing is accepted from it."""

    account: str
    since_ms: int
    text = "account {account} was revoked at {since_ms} ms"
    fix = "use another account: a revocation is final"


class SequenceOutOfOrder(Rejected, code=103):
    """The transaction asks for an order and is not the next."""

    account: str
    given: int
    expected: int
    text = "account {account} sent sequence {given}, the next is {expected}"
    fix = "send the missing ones first, or leave the sequence out if order does not matter"


class NotAdmin(Rejected, code=104):
    """Only an admin may do this."""

    account: str
    text = "account {account} is not an admin of this ledger"
    fix = 'ask one of the admins: `ledger.query("accounts", "registration")` names them'


class AccountKnown(Rejected, code=105):
    """The account is registered already."""

    account: str
    text = "account {account} is registered already"
    fix = "nothing: it can be used"


class KeyNotProven(Rejected, code=106):
    """The proof that the new key is held by whoever wants to bind it does not verify."""

    account: str
    suite: int
    text = "the proof by the new key (suite {suite}) of account {account} is not a valid signature"
    fix = "sign the rotation digest of this account, old key and new key with the new key"


class SuiteDowngraded(Rejected, code=107):
    """The new key would drop an algorithm that protects the account now."""

    account: str
    old_suite: int
    suite: int
    text = "account {account} would go from suite {old_suite} to the weaker suite {suite}"
    fix = "keep every algorithm of the old key; on a closed ledger an admin can make this change"


class KeyUnchanged(Rejected, code=108):
    """The new key is the old one."""

    account: str
    text = "the new key of account {account} is its current key"
    fix = "make a new key: `muniment keys create`"


class OldKeyWrong(Rejected, code=109):
    """The key to be replaced is not the current key of the account."""

    account: str
    text = "the key to be replaced is not the current key of account {account}"
    fix = "look up the current key: the account may have been rotated in the meantime"


class LastAdmin(Rejected, code=110):
    """The last admin cannot be removed."""

    account: str
    text = "account {account} is the last admin"
    fix = "add another admin first"


class AdminKnown(Rejected, code=111):
    """The account is an admin already."""

    account: str
    text = "account {account} is an admin already"
    fix = "nothing: it is what you asked for"


class AdminUnknown(Rejected, code=112):
    """The account is not an admin."""

    account: str
    text = "account {account} is not an admin"
    fix = 'check the id: `ledger.query("accounts", "registration")` names the admins'


class AdminNotRevocable(Rejected, code=113):
    """An admin is removed before it is revoked, so that the ledger always has one that can act."""

    account: str
    text = "account {account} is an admin and cannot be revoked"
    fix = "remove it as an admin first"


class TooManyAdmins(Rejected, code=114):
    """The list of admins is full."""

    limit: int
    text = "a ledger has at most {limit} admins"
    fix = "remove one first"


class NotOwnAccount(Rejected, code=115):
    """Somebody tried to act for an account that is not theirs."""

    account: str
    sender: str
    text = "account {sender} may not do this for account {account}"
    fix = "send it from that account itself"


class AccountTextTooLong(Rejected, code=116):
    """A name or a reason is too long, or holds control characters."""

    field: str
    size_bytes: int
    limit_bytes: int
    text = "{field} has {size_bytes} bytes; at most {limit_bytes} are allowed, without control characters"
    fix = "shorten it"


class GenesisWithoutAdmin(Rejected, code=117):
    """The genesis of a closed ledger names no admin, or one twice, or too many."""

    admins: int
    limit: int
    text = "the genesis names {admins} admins; a closed ledger needs 1 to {limit} different ones"
    fix = "list the account ids of the admins in the accounts part of the genesis"


ERRORS: tuple[type[Rejected], ...] = (
    KeyNotAuthorised,
    AccountNotRegistered,
    AccountIsRevoked,
    SequenceOutOfOrder,
    NotAdmin,
    AccountKnown,
    KeyNotProven,
    SuiteDowngraded,
    KeyUnchanged,
    OldKeyWrong,
    LastAdmin,
    AdminKnown,
    AdminUnknown,
    AdminNotRevocable,
    TooManyAdmins,
    NotOwnAccount,
    AccountTextTooLong,
    GenesisWithoutAdmin,
)
