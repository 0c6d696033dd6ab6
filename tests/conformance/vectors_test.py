#!/usr/bin/python3
"""Runs ton_probe over a file of test vectors and holds every answer against it.

Three passes: with the results taken out of the cases, with wrong results left in (the probe must
answer the same), and with broken lines (it must answer each with one line and refuse what is not a
case).
"""

import argparse
import base64
import copy
import json
import pathlib
import random
import subprocess
import sys
from collections import Counter

sys.dont_write_bytecode = True  # the source tree stays clean

from boc_check import root_hashes  # noqa: E402
from vector_fields import FIELDS  # noqa: E402

TIMEOUT_SECONDS = 240


def listed(path, names):
    """`names` hold whole paths, and prefixes that end in a dot."""
    return any(path == name or (name.endswith(".") and path.startswith(name)) for name in names)


def split(value, take, path=""):
    """A copy of `value` with only the leaves that `take(path, leaf)` wants; None without any."""
    if isinstance(value, dict):
        kept = {key: split(each, take, f"{path}.{key}" if path else key)
                for key, each in value.items()}
        kept = {key: each for key, each in kept.items() if each is not None}
        return kept or None
    if isinstance(value, list):
        if value and all(isinstance(each, dict) for each in value):
            kept = [split(each, take, path + "[]") or {} for each in value]
            return kept if any(kept) else None
        return value if take(path + "[]", value) else None
    return value if take(path, value) else None


class Case:
    """A case taken apart into what goes in and what must come out."""

    def __init__(self, case, fields):
        self.id, self.kind, self.fields = case["id"], case["kind"], fields
        self.verdict = case["expect"] if isinstance(case["expect"], str) else "accept"
        body = {key: value for key, value in case.items() if key not in ("id", "kind")}
        if isinstance(body["expect"], str):
            del body["expect"]
        self.unknown = []
        split(body, self._note_unknown)
        self.original = case
        self.input = {"id": self.id, "kind": self.kind, **(split(body, self._is_input) or {})}
        for key in ("words", "messages"):  # an empty list has no leaves but is an input
            if body.get(key) == []:
                self.input[key] = []
        self._complete_messages()
        self.results = self._wanted(body)

    def _note_unknown(self, path, _):
        parts = ("inputs", "results", "ignored")
        if not any(listed(path, self.fields[part]) for part in parts):
            self.unknown.append(path)
        return True

    def _is_input(self, path, _):
        return listed(path, self.fields["inputs"])

    def _complete_messages(self):
        for source, message in zip(self.original.get("messages", []), self.input.get("messages", [])):
            if "mode_given" not in source:
                message["mode"] = source["mode"]
            if source["body"]["kind"] == "cell":
                message["body"]["boc_base64"] = source["body"]["boc_base64"]

    def _wanted(self, body):
        results = split(body, lambda path, _: listed(path, self.fields["results"])) or {}
        results.update(results.pop("expect", {}))
        for key in ("out_list_hash_hex", "out_message_hashes_hex"):
            expect = body.get("expect", {})
            if key in expect and not expect[key]:
                results[key] = expect[key]  # null, or an empty list
        external = body.get("expect", {}).get("external_message")
        if external:
            results["external_message"]["state_init_in_ref"] = external["state_init_in_ref"]
        return results


def compare(wanted, got, path, errors):
    """BoCs by root hash, everything else as it stands."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key, value in wanted.items():
            compare(value, got.get(key, "(missing)"), f"{path}.{key}", errors)
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for index, value in enumerate(wanted):
            compare(value, got[index], f"{path}[{index}]", errors)
    elif isinstance(wanted, str) and isinstance(got, str) and "boc" in path:
        try:
            same = root_hashes(wanted) == root_hashes(got)
        except (AttributeError, IndexError, TypeError, ValueError):
            same = False  # one of them is no BoC
        if not same:
            errors.append(f"{path}: another root hash")
    elif type(wanted) is not type(got) or wanted != got:
        errors.append(f"{path}: wanted {str(wanted)[:80]!r}, got {str(got)[:80]!r}")


def check(case, answer):
    errors = [f"unknown field {path}" for path in case.unknown]
    if answer.get("id") != case.id:
        errors.append(f"answer for {answer.get('id')}")
    if case.verdict not in ("accept", "reject", "either", "reject_or_replace"):
        errors.append(f"unknown verdict {case.verdict}")
    accepted = answer.get("accepted")
    may_refuse = case.verdict in ("reject", "either", "reject_or_replace")
    may_accept = case.verdict != "reject"
    if not isinstance(accepted, bool) or (accepted and not may_accept):
        errors.append(f"accepted is {accepted}, expected {case.verdict}")
    elif not accepted and not may_refuse:
        errors.append(f"refused: {answer.get('reason')}")
    wanted = dict(case.results)
    if not accepted:
        # A refused case has no results but those that do not depend on being accepted.
        wanted = {key: value for key, value in wanted.items() if key in ("reason", "hash_hex")}
        if case.verdict != "reject":
            wanted.pop("hash_hex", None)
    elif case.verdict == "reject_or_replace":
        wanted = {}  # which text replaces the broken bytes is not said
    compare(wanted, answer, "", errors)
    return errors


def probe(command, lines):
    """One answer for each line, or the test is over. Lines are bytes."""
    done = subprocess.run([command], input=b"\n".join(lines) + b"\n", stdout=subprocess.PIPE,
                          timeout=TIMEOUT_SECONDS, check=False)
    answers = done.stdout.split(b"\n")[:-1]
    if done.returncode != 0 or len(answers) != len(lines):
        sys.exit(f"probe: exit {done.returncode}, {len(lines)} lines, {len(answers)} answers")
    return [json.loads(answer) for answer in answers]


def poison(value, path, case):
    """The whole case with every result replaced by a wrong one of the same type."""
    if isinstance(value, dict):
        return {key: poison(each, f"{path}.{key}" if path else key, case)
                for key, each in value.items()}
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return [poison(each, path + "[]", case) for each in value]
    leaf = path + "[]" if isinstance(value, list) else path
    if path in ("id", "kind") or listed(leaf, case.fields["inputs"]):
        return value
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return "00" * 32 if isinstance(value, str) else []


def poisoned(case):
    broken = poison(case.original, "", case)
    for target, source in zip(broken.get("messages", []), case.input.get("messages", [])):
        target["body"].update(source["body"])
        if "mode" in source:
            target["mode"] = source["mode"]
    return broken


def flip_bit(text, rng):
    data = bytearray(base64.b64decode(text + "=" * (-len(text) % 4)))
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return base64.b64encode(bytes(data)).decode()


def mutate(value, rng):
    """Changes one thing somewhere inside."""
    junk = [None, True, -1, 2**63, 2**64, 1e300, "", "x" * 300, [], {}, [[]], {"a": 1}, "\u0000"]
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(sorted(value))
        changed = dict(value)
        if key in ("id", "kind") or rng.random() < 0.1:
            changed.pop(key)
        elif "boc" in key and isinstance(value[key], str) and rng.random() < 0.8:
            changed[key] = flip_bit(value[key], rng)
        else:
            changed[key] = mutate(value[key], rng)
        return changed
    if isinstance(value, list) and value and rng.random() < 0.9:
        changed = list(value)
        index = rng.randrange(len(changed))
        changed[index] = mutate(changed[index], rng)
        return changed
    return copy.deepcopy(rng.choice(junk))


GARBAGE = [
    b"", b" ", b"{", b"}", b"null", b"[]", b"{}", b"17", b'"id"', b"\xff\xfe", b"\x00",
    b'{"kind":1}', b'{"id":1,"kind":"valid"}', b'{"id":"a","kind":"no such kind"}',
    b'{"id":"a","kind":"valid","words":"abandon"}', b'{"id":"a","kind":"roundtrip"}',
    b'{"id":"a","kind":"valid","words":[1,2]}', b'{"id":"a","kind":"valid","words":[' +
    b",".join([b'"abandon"'] * 100000) + b"]}",
    b'{"id":"a","kind":"tree","table":[{"bits":0,"data_hex":"","refs":[0]}]}',
    b'{"id":"a","kind":"tree","table":[{"bits":1,"data_hex":"","refs":[]}]}',
    b'{"id":"a","kind":"tree","table":[{"bits":0,"data_hex":"","refs":[18446744073709551615]}]}',
    b"[" * 200000, b'{"a":' * 200000, b"[" * 200000 + b"]" * 200000, b"1" * 5000,
    b'{"id":"a","kind":"malformed","boc_base64":"' + b"A" * 1000000 + b'"}',
    b'{"id":"\\ud800","kind":"valid"}',
]


def broken_lines(cases, rng):
    """Lines that are surely refused, and lines of which only an answer is asked."""
    surely = list(GARBAGE)
    perhaps = []
    for case in cases:
        line = json.dumps(case.input).encode()
        if len(line) > 20000 and rng.random() < 0.8:
            continue
        surely.append(line[: rng.randrange(len(line))])
        scrambled = bytearray(line)
        scrambled[rng.randrange(len(line))] ^= 1 << rng.randrange(8)
        perhaps.append(bytes(scrambled).replace(b"\n", b" "))
        perhaps += [json.dumps(mutate(case.input, rng)).encode() for _ in range(6)]
    return surely, perhaps


def check_broken(command, cases):
    rng = random.Random(20)
    surely, perhaps = broken_lines(cases, rng)
    errors = []
    for line, answer in zip(surely, probe(command, surely)):
        if answer.get("accepted") is not False:
            errors.append(f"accepted {line[:80]!r}")
    for line, answer in zip(perhaps, probe(command, perhaps)):
        if not isinstance(answer.get("accepted"), bool):
            errors.append(f"no verdict on {line[:80]!r}")
    return errors, len(surely) + len(perhaps)


def load(path):
    """The cases, and what is wrong with the file itself."""
    data = json.loads(path.read_text(encoding="utf-8"))
    known = FIELDS[path.name]
    kinds = Counter(case["kind"] for case in data["cases"])
    errors = []
    if len(data["cases"]) != data["count"]:
        errors.append(f"{len(data['cases'])} cases, the file says {data['count']}")
    if dict(kinds) != data["kinds"]:
        errors.append("the kinds are not as many as the file says")
    errors += [f"unknown kind {kind}" for kind in kinds if kind not in known]
    return [Case(each, known[each["kind"]]) for each in data["cases"] if each["kind"] in known], errors


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--probe", required=True)
    parser.add_argument("file", type=pathlib.Path)
    options = parser.parse_args()
    cases, errors = load(options.file)

    answers = probe(options.probe, [json.dumps(case.input).encode() for case in cases])
    failed = 0
    for case, answer in zip(cases, answers):
        found = check(case, answer)
        failed += bool(found)
        errors += [f"{case.id}: {error}" for error in found]
    again = probe(options.probe, [json.dumps(poisoned(case)).encode() for case in cases])
    errors += [f"{case.id}: looks at the expected results"
               for case, one, two in zip(cases, answers, again) if one != two]
    broken, count = check_broken(options.probe, cases)
    errors += broken

    for error in errors[:40]:
        print(error)
    print(f"{options.file.name}: {len(cases) - failed} of {len(cases)} cases, {count} broken lines, "
          f"{len(errors)} errors")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
