"""A verifier of proof files written from docs/formats.md and docs/keys.md alone. It knows nothing of muniment.

It checks Ed25519 signatures only; for the other suites it says `NotSupported`, and never guesses.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import struct
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

STATUS_PREFIX = {"record": b"Rs", "decision": b"Ds"}
FACT = {"record": "RecordAnchored", "decision": "DecisionMade"}
ORDER = 2**252 + 27742317777372353535851937790883648493
PRIME = 2**255 - 19
EMPTY = bytes(32)
#: y coordinates of the eight points whose order divides 8.
SMALL_ORDER_Y = {
    0,
    1,
    PRIME - 1,
    2707385501144840649318225287225658788936804267575313519463743609750303021522,
    55188659117513257062467267217118295137698188065244968500265048394206261417927,
}
REQUIRED = {"format", "chain", "kind", "claim", "effect", "envelope", "receipt", "effects", "position", "path"}
#: Lines that a ledger adds to a checkpoint.
LINES = {"height": "0|[1-9][0-9]{0,18}", "time": "0|[1-9][0-9]{0,18}", "state": "[0-9a-f]{64}"}
OPTIONAL = {"state", "model", "opening"}


class Refused(Exception):
    """The proof does not show what it claims."""


class NotSupported(Exception):
    """The proof needs an algorithm this verifier lacks."""


def need(holds: bool, why: str) -> None:
    if not holds:
        raise Refused(why)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# Section 1: bytes.


class Reader:
    """A reader of canonical MessagePack."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        need(len(piece) == count, "it ends too early")
        self.at += count
        return piece

    def number(self, code: str, least: int) -> int:
        (value,) = struct.unpack(">" + code, self.take(struct.calcsize(code)))
        need(value >= least, "a longer form than needed")
        return int(value)

    def signed(self, code: str, most: int) -> int:
        (value,) = struct.unpack(">" + code, self.take(struct.calcsize(code)))
        need(value < most, "a longer form than needed")
        return int(value)

    def text(self, count: int) -> str:
        try:
            return self.take(count).decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("text that is not UTF-8") from None

    def array(self, count: int, depth: int) -> list[Any]:
        return [self.value(depth) for _ in range(count)]

    def map(self, count: int, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(count):
            key = self.value(depth)
            need(isinstance(key, str) and key not in found, "a key that is no text, or is there twice")
            found[key] = self.value(depth)
        return found

    def value(self, depth: int = 0) -> Any:
        need(depth < 16, "it is nested too deeply")
        (head,) = self.take(1)
        if head < 0x80 or head >= 0xE0:
            return head if head < 0x80 else head - 256
        if head < 0xC0:
            return self.short(head, depth + 1)
        return self.long(head, depth + 1)

    def short(self, head: int, depth: int) -> Any:
        if head < 0x90:
            return self.map(head & 0x0F, depth)
        return self.array(head & 0x0F, depth) if head < 0xA0 else self.text(head & 0x1F)

    def long(self, head: int, depth: int) -> Any:
        simple = {0xC0: None, 0xC2: False, 0xC3: True}
        if head in simple:
            return simple[head]
        unsigned = {0xCC: ("B", 1 << 7), 0xCD: ("H", 1 << 8), 0xCE: ("I", 1 << 16), 0xCF: ("Q", 1 << 32)}
        if head in unsigned:
            return self.number(*unsigned[head])
        signed = {0xD0: ("b", -32), 0xD1: ("h", -(1 << 7)), 0xD2: ("i", -(1 << 15)), 0xD3: ("q", -(1 << 31))}
        if head in signed:
            return self.signed(*signed[head])
        lengths = {
            0xC4: ("B", 0, "bytes"),
            0xC5: ("H", 1 << 8, "bytes"),
            0xC6: ("I", 1 << 16, "bytes"),
            0xD9: ("B", 1 << 5, "text"),
            0xDA: ("H", 1 << 8, "text"),
            0xDB: ("I", 1 << 16, "text"),
            0xDC: ("H", 1 << 4, "array"),
            0xDD: ("I", 1 << 16, "array"),
            0xDE: ("H", 1 << 4, "map"),
            0xDF: ("I", 1 << 16, "map"),
        }
        need(head in lengths, f"byte {head:02x} does not occur")
        code, least, what = lengths[head]
        count = self.number(code, least)
        if what == "bytes":
            return self.take(count)
        if what == "text":
            return self.text(count)
        return self.array(count, depth) if what == "array" else self.map(count, depth)


def unpacked(data: bytes) -> Any:
    reader = Reader(data)
    value = reader.value()
    need(reader.at == len(data), "bytes after the value")
    return value


def fields(value: Any, *types: Any) -> list[Any]:
    need(isinstance(value, list) and len(value) == len(types), "an array of another length")
    for item, kind in zip(value, types, strict=True):
        need(isinstance(item, kind) and (kind is not int or not isinstance(item, bool)), "a value of another type")
    return list(value)


# Section 4: log.


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def check_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    """RFC 9162 section 2.1.3.2."""
    need(0 <= index < size < 2**63, "the log is not that long")
    need(all(len(item) == 32 for item in path), "a hash is not 32 bytes")
    fn, sn, found = index, size - 1, leaf
    for item in path:
        need(sn != 0, "the path is too long")
        if fn & 1 or fn == sn:
            found = node_hash(item, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, item)
        fn, sn = fn >> 1, sn >> 1
    need(sn == 0, "the path is too short")
    need(found == root, "the path does not lead to the root")


# docs/keys.md: the Ed25519 rule, account ids.


def is_good(key: bytes, message: bytes, signature: bytes) -> bool:
    if len(key) != 32 or len(signature) != 64 or int.from_bytes(signature[32:], "little") >= ORDER:
        return False
    for point in (key, signature[:32]):
        y = int.from_bytes(point, "little") & ((1 << 255) - 1)
        if y >= PRIME or y in SMALL_ORDER_Y:
            return False
    try:
        VerifyKey(key).verify(message, signature)
    except BadSignatureError:
        return False
    return True


def account_of(suite: int, key: bytes) -> bytes:
    return sha256(b"muniment account v1\0" + bytes([suite]) + key)


# Sections 5 and 9: checkpoint, trust anchor.


def base64_bytes(text: Any) -> bytes:
    need(isinstance(text, str), "bytes are base64 text")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("not base64") from None
    need(base64.b64encode(data).decode() == text, "base64 in another spelling")
    return data


def verifier_key(text: str) -> tuple[str, bytes, bytes]:
    name, _, rest = text.partition("+")
    key_id, _, material = rest.partition("+")
    data = base64_bytes(material)
    need(len(data) == 33 and data[0] == 1, "not an Ed25519 verifier key")
    need(key_id == sha256(name.encode() + b"\n" + data)[:4].hex(), "the key id is of another key")
    return name, bytes.fromhex(key_id), data[1:]


def opened_note(note: str, keys: list[tuple[str, bytes, bytes]]) -> str:
    need(len(note.encode("utf-8", "surrogatepass")) <= 131_072, "too long")
    need(not re.search("[\x00-\x09\x0b-\x1f]", note), "a control character")
    need(not re.search("[\ud800-\udfff]", note), "not UTF-8")
    text, blank, block = note.rpartition("\n\n")
    need(bool(blank) and block.endswith("\n"), "not a note")
    text += "\n"
    lines = block[:-1].split("\n")
    need(len(lines) <= 64, "too many signatures")
    signed = False
    for line in lines:
        match = re.fullmatch("— ([^ +]+) (.+)", line)
        if match is None:
            raise Refused("not a signature line")
        data = base64_bytes(match[2])
        need(len(data) >= 5, "a signature without a key id")
        for name, key_id, public in keys:
            if (name, key_id) == (match[1], data[:4]):
                need(is_good(public, text.encode(), data[4:]), "a known key's signature is bad")
                signed = True
    need(signed, "no known key signed")
    return text


class Checkpoint:
    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        need(len(lines) >= 4 and lines.pop() == "" and all(lines), "not a checkpoint")
        self.origin = lines[0]
        need(bool(re.fullmatch("0|[1-9][0-9]{0,18}", lines[1])) and int(lines[1]) < 2**63, "not a size")
        self.size = int(lines[1])
        self.root = base64_bytes(lines[2])
        need(len(self.root) == 32, "a root of another length")
        said: dict[str, str] = {}
        for line in lines[3:]:
            name, _, value = line.partition(" ")
            if name in LINES:
                need(name not in said and bool(re.fullmatch(LINES[name], value)), "a line twice, or malformed")
                said[name] = value
        self.height, self.time_ms = (int(said[name]) if name in said else None for name in ("height", "time"))
        need(max(self.height or 0, self.time_ms or 0) < 2**63, "a number that is too large")
        self.state = bytes.fromhex(said["state"]) if "state" in said else None


# Section 6: map.


def check_entry(root: bytes, key: bytes, value: bytes | None, proof: bytes) -> None:
    depth, filled, kept, other = fields(unpacked(proof), int, bytes, bytes, bytes)
    need(0 <= depth <= 256 and len(filled) == (depth + 7) // 8, "the levels do not fit the depth")
    bits = [filled[level // 8] >> (7 - level % 8) & 1 for level in range(len(filled) * 8)]
    need(not any(bits[depth:]), "a level beyond the depth")
    need(depth == 0 or bits[depth - 1] == 1, "the lowest sibling is empty")
    need(len(kept) == 32 * sum(bits), "not the siblings that are marked")
    siblings = []
    for bit in bits[:depth]:
        siblings.append(kept[:32] if bit else EMPTY)
        need(not bit or kept[:32] != EMPTY, "an empty sibling is included")
        kept = kept[32:] if bit else kept
    way = sha256(key)
    if value is not None:
        need(other == b"", "a proof of absence")
        node = sha256(b"\x00" + way + sha256(value))
    elif other == b"":
        node = EMPTY
    else:
        need(len(other) == 64 and other[:32] != way, "the other leaf is not another")
        need(key_bits(way)[:depth] == key_bits(other[:32])[:depth], "the other leaf stands elsewhere")
        node = sha256(b"\x00" + other)
    for level in range(depth - 1, -1, -1):
        right = key_bits(way)[level] == "1"
        node = sha256(b"\x01" + (siblings[level] + node if right else node + siblings[level]))
    need(node == root, "the path does not lead to the state root")


def key_bits(key_hash: bytes) -> str:
    return format(int.from_bytes(key_hash, "big"), "0256b")


# Section 10: proof file.


def verify(data: bytes, trust_data: bytes) -> dict[str, Any]:
    """Return what a proof file shows; raise `Refused` if it shows nothing."""
    proof, trust = _file(data), _trust(trust_data)
    need(proof["chain"] == trust["chain"], "another chain")
    checkpoint = Checkpoint(opened_note(_typed(proof, "checkpoint", str), [verifier_key(k) for k in trust["keys"]]))
    need(checkpoint.origin == trust["chain"], "a checkpoint of another log")
    receipt_bytes = base64_bytes(proof["receipt"])
    transaction, height, time_ms, code, _, effects_hash = fields(
        unpacked(receipt_bytes), bytes, int, int, int, bytes, bytes
    )
    path = [base64_bytes(item) for item in _typed(proof, "path", list)]
    check_inclusion(leaf_hash(receipt_bytes), _typed(proof, "position", int), checkpoint.size, path, checkpoint.root)
    sender, signer = _sender(base64_bytes(proof["envelope"]), transaction, trust["chain"])
    need(code == 0, "the ledger rejected it")
    message, event = _event(proof, effects_hash)
    identity = proof["position"] * 256 + message
    return {
        "chain": trust["chain"],
        "kind": proof["kind"],
        "identity": identity,
        "claim": event,
        "sender": sender,
        "signer": signer,
        "transaction": transaction,
        "height": height,
        "time_ms": time_ms,
        "standing": _standing(proof, checkpoint, identity),
        "opened": _opened(proof, event),
        "as_of_height": checkpoint.height,
        "as_of_time_ms": checkpoint.time_ms,
    }


def _typed(proof: dict[str, Any], name: str, kind: Any) -> Any:
    value = proof[name]
    need(isinstance(value, kind) and not isinstance(value, bool), f"{name} is of another type")
    return value


def _json(data: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused(f"not {what}") from None
    need(isinstance(found, dict), f"not {what}")
    return dict(found)


def _trust(data: bytes) -> dict[str, Any]:
    trust = _json(data, "a trust anchor")
    need(set(trust) == {"format", "chain", "keys"} and trust["format"] == "muniment trust 1", "not a trust anchor")
    return trust


def _file(data: bytes) -> dict[str, Any]:
    need(len(data) <= 16 << 20, "too large")
    proof = _json(data, "a proof file")
    need(REQUIRED | {"checkpoint"} <= set(proof) <= REQUIRED | {"checkpoint"} | OPTIONAL, "missing or unknown fields")
    need(proof["format"] == "muniment proof 1", "another format")
    need(proof.get("model") is None or bool(base64_bytes(proof["model"])), "a model without bytes")
    return proof


def _sender(envelope: bytes, transaction: bytes, chain: str) -> tuple[bytes, str]:
    need(len(envelope) <= 6_291_456, "too large an envelope")
    payload_bytes, signatures = fields(unpacked(envelope), bytes, list)
    need(len(signatures) == 1, "not exactly one signature")
    suite, key, signature = fields(signatures[0], int, bytes, bytes)
    need(sha256(payload_bytes) == transaction, "another transaction")
    kinds = (str, bytes, list, int, bytes, (int, type(None)))
    named, sender, *_ = fields(unpacked(payload_bytes), *kinds)
    need(named == chain, "a transaction for another chain")
    need(len(sender) == 32, "a sender of another length")
    need(suite in (1, 2, 3), "no such suite")
    if suite != 1:
        raise NotSupported("this verifier has no ML-DSA-65")
    name = chain.encode()
    domain = b"muniment transaction v1\0" + bytes([suite, len(name)]) + name
    need(is_good(key, sha256(domain + sha256(payload_bytes)), signature), "the signature is bad")
    return sender, "self-certified" if account_of(suite, key) == sender else "rotated"


def _event(proof: dict[str, Any], effects_hash: bytes) -> tuple[int, dict[str, Any]]:
    effects_bytes = base64_bytes(proof["effects"])
    need(sha256(effects_bytes) == effects_hash, "other effects")
    effects, place = unpacked(effects_bytes), _typed(proof, "effect", int)
    need(isinstance(effects, list) and 0 <= place < len(effects), "no such effect")
    message, event = fields(effects[place], int, dict)
    event = _hexed(event)
    need(event == proof["claim"], "the claim is not the event")
    kind = proof["kind"]
    need(kind in (*FACT, "transaction"), "no such kind")
    need(kind == "transaction" or event.get("type") == FACT[kind], "the event is of another type")
    return message, event


def _hexed(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: _hexed(item) for key, item in value.items()}
    return [_hexed(item) for item in value] if isinstance(value, list) else value


def _standing(proof: dict[str, Any], checkpoint: Checkpoint, identity: int) -> str:
    shown: dict[bytes, bytes | None] = {}
    for entry in proof.get("state", []):
        need(isinstance(entry, dict) and set(entry) == {"key", "value", "proof"}, "not an entry of the map")
        key = base64_bytes(entry["key"])
        value = None if entry["value"] is None else base64_bytes(entry["value"])
        need(checkpoint.state is not None, "the checkpoint has no state root")
        check_entry(checkpoint.state or EMPTY, key, value, base64_bytes(entry["proof"]))
        shown[key] = value
    status = STATUS_PREFIX.get(proof["kind"], b"?") + identity.to_bytes(8, "big")
    if status not in shown:
        return "unknown"
    return "unchanged" if shown[status] is None else "changed"


# Section 8: sealed inputs.


def _opened(proof: dict[str, Any], event: dict[str, Any]) -> dict[str, int | None]:
    opening = proof.get("opening")
    if opening is None:
        return {}
    need(isinstance(opening, dict) and set(opening) == {"fields"}, "not an opening")
    need(isinstance(event.get("commitment"), str) and type(event.get("fields")) is int, "nothing was sealed")
    commitment = bytes.fromhex(event["commitment"])
    found: dict[str, int | None] = {}
    places: set[int] = set()
    for one in opening["fields"]:
        name, value, salt_text, index, count, path = fields(one, str, (int, type(None)), str, int, int, list)
        salt = base64_bytes(salt_text)
        need(len(salt) == 16 and count <= 4096, "a salt of another length, or too many fields")
        need(count == event["fields"], "out of another number of fields than were sealed")
        need(name not in found and index not in places, "a name or a place twice")
        places.add(index)
        leaf = leaf_hash(salt + b"\x92" + packed_text(name) + packed_integer(value))
        check_inclusion(leaf, index, count, [base64_bytes(item) for item in path], commitment)
        found[name] = value
    return found


def packed_text(text: str) -> bytes:
    data = text.encode()
    size = len(data)
    need(size < 1 << 16, "too long a name")
    if size < 32:
        return bytes([0xA0 | size]) + data
    return (bytes([0xD9, size]) if size < 256 else b"\xda" + struct.pack(">H", size)) + data


def packed_integer(value: int | None) -> bytes:
    if value is None:
        return b"\xc0"
    if -32 <= value < 128:
        return struct.pack(">b", value)
    forms = zip(range(4), "BHIQ", strict=True) if value >= 0 else zip(range(4), "bhiq", strict=True)
    for place, code in forms:
        try:
            return bytes([(0xCC if value >= 0 else 0xD0) + place]) + struct.pack(">" + code, value)
        except struct.error:
            continue
    raise Refused("an integer of more than 64 bits")
