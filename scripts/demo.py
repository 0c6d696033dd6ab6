#!/usr/bin/python3
"""Buys 100 Stars through the gRPC API, from a throwaway wallet on the sandbox's chain, and shows how.

scripts/run calls it; see there for the options.
"""

import argparse
import os
import sys
import time
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from private_services import exit_on_signals  # noqa: E402
from stack import RpcFailure, Stack, WebhookReceiver, stop_recorded  # noqa: E402
from stack.receiver import verify  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VERIFIER = os.path.join(SOURCE, "tests/conformance/node/verify_webhook.js")
BUILD = os.path.join(SOURCE, "build")
BINARIES = os.environ.get("STARLIFT_BUILD", os.path.join(BUILD, "release"))
STARS, RECIPIENT, BALANCE_NANO = 100, "alice", 5_000_000_000
PATIENCE_SECONDS = 120

# Colour only where a person looks.
BOLD, DIM, GREEN, RED, PLAIN = ("\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m") \
    if sys.stdout.isatty() else ("",) * 5


def say(text=""):
    print(text.rstrip(), flush=True)


def row(label, text):
    say("  %s%-12s%s%s" % (DIM, label, PLAIN, text))


def ton(nano):
    text = ("%d.%09d" % divmod(nano, 10**9)).rstrip("0").rstrip(".")
    return text + " TON"


def show_start(stack):
    say("%sStarting%s" % (BOLD, PLAIN))
    began = time.monotonic()
    stack.start(told=lambda what: row("%5.1f s" % (time.monotonic() - began), what))
    row("%5.1f s" % (time.monotonic() - began), "ready: gRPC with TLS on " + stack.api_address)
    say()


def show_order(order):
    quote = order.quote
    row("order", order.name)
    row("price", ton(quote.cost) + " for %d Stars, commission %s" % (STARS, ton(quote.commission)))
    row("at most", ton(quote.max_total) + ", network reserve of %s included" % ton(quote.network_reserve))
    say()


def remark(client, event):
    """What is worth saying beside a state."""
    payment, name = event.order.payment, client.state_name(event)
    if name == "PAYING":
        return "message      " + payment.normalized_hash
    if name == "PAID":
        return "transaction  " + payment.transaction_hash
    if name == "DELIVERED":
        evidence = event.order.DESCRIPTOR.fields_by_name["delivery_evidence"].enum_type
        return "evidence     " + evidence.values_by_number[event.order.delivery_evidence].name[
            len("DELIVERY_EVIDENCE_"):].lower().replace("_", " ")
    return event.order.reason_message


def buy(stack, client, wallet, cookies, receiver):
    """Creates the order, prints its states as they come, and returns how it ended."""
    began = time.monotonic()
    order = client.create_order(
        request_id=str(uuid.uuid4()),
        product={"type": "PRODUCT_TYPE_STARS", "quantity": STARS},
        recipient={"username": RECIPIENT},
        callback_url=receiver.url,
        payment={"mnemonic": wallet["mnemonic"].split(), "fragment_cookies": cookies})
    created = time.monotonic() - began
    show_order(order)
    say("  %sTime        State             %s" % (DIM, PLAIN))
    last = order
    for event in client.watch_order(order.name, seconds=PATIENCE_SECONDS):
        at = created if event.type == "order.created" else time.monotonic() - began
        state = "CREATED" if event.type == "order.created" else client.state_name(event)
        colour = GREEN if state == "DELIVERED" else RED if state in ("FAILED", "NEEDS_REVIEW") else ""
        row("%7.3f s" % at, "%s%-18s%s%s" % (colour, state, PLAIN, remark(client, event)))
        last = event.order
    say()
    return last


def check_webhooks(stack, receiver, order):
    """Whether every event came, and a verifier that is not ours accepts each."""
    receiver.wait_for(order.name, "order.delivered", 15)
    received = receiver.received(order.name)
    verdicts = verify(received, stack.webhook_secret, BUILD, VERIFIER)
    accepted = verdicts.count("ok")
    told = {r.event["data"]["order"]["sequence"] for r in received}
    complete = len(told) == order.sequence and accepted == len(received)
    row("webhooks", "%s%d of %d events received, %d signatures accepted by npm standardwebhooks%s" % (
        GREEN if complete else RED, len(told), order.sequence, accepted, PLAIN))
    return complete


def check_chain(stack, wallet):
    """Whether exactly one payment left the wallet, by the chain's own books."""
    payments = [p for p in stack.payments() if p["wallet"] == wallet["address"]]
    for payment in payments:
        row("on chain", "%s to %s" % (ton(int(payment["amount_nano"])), payment["payee"]))
        row("", "comment: " + " ".join(payment["comment"].split()))
    if len(payments) != 1:
        row("on chain", "%s%d payments left the wallet%s" % (RED, len(payments), PLAIN))
    return len(payments) == 1


def demonstrate(stack):
    """The whole demo; the wallet and cookies for a stack that is left up, and whether all was well."""
    show_start(stack)
    receiver = WebhookReceiver()
    client = stack.client()
    wallet = stack.new_wallet(BALANCE_NANO)
    cookies = stack.new_session(wallet)
    say("%sBuying %d Stars for @%s%s" % (BOLD, STARS, RECIPIENT, PLAIN))
    row("wallet", "%s, a new W5 with %s" % (wallet["address"], ton(BALANCE_NANO)))
    try:
        order = buy(stack, client, wallet, cookies, receiver)
    except RpcFailure as failure:
        say("%sThe call failed: %s%s" % (RED, failure, PLAIN))
        return wallet, cookies, False
    say("%sChecks by others%s" % (BOLD, PLAIN))
    good = client.state_name(order) == "DELIVERED"
    good &= check_webhooks(stack, receiver, order)
    good &= check_chain(stack, wallet)
    receiver.close()
    say()
    if good:
        say("%sDelivered.%s One payment, on the chain; everything told, and signed.\n" % (GREEN, PLAIN))
    return wallet, cookies, good


def leave_up(stack, wallet, cookies):
    stack.endpoints(wallet, cookies)
    say("%sLeft running%s" % (BOLD, PLAIN))
    row("endpoints", stack.path("endpoints.env"))
    row("logs", stack.path("logs"))
    row("end it", "scripts/run --stop --state " + stack.folder)


def usable(folder):
    """A state folder is new, empty, or holds only logs of an earlier run."""
    return not os.path.exists(folder) or set(os.listdir(folder)) <= {"logs"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--state", metavar="DIR")
    options = parser.parse_args()
    if (options.keep or options.stop) and not options.state:
        parser.error("--state DIR says where")
    if options.stop:
        if not os.path.exists(os.path.join(options.state, "pids")):
            parser.error("nothing was left running by " + options.state)
        row("ended", ", ".join(stop_recorded(options.state)))
        return 0
    if options.state and not usable(options.state):
        parser.error(options.state + " is in use: choose an empty folder, or --stop first")
    exit_on_signals()
    stack = Stack(BINARIES, folder=options.state)
    kept = False
    try:
        wallet, cookies, good = demonstrate(stack)
        if options.keep:
            leave_up(stack, wallet, cookies)
            kept = True
        return 0 if good else 1
    finally:
        if not kept:
            stack.stop()


if __name__ == "__main__":
    sys.exit(main())
