"""What the end-to-end tests share: one stack for a test class, and how an order is bought in it."""

import os
import sys
import time
import unittest
import uuid

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, "scripts"))

from private_services import exit_on_signals  # noqa: E402
from stack import RpcFailure, Stack, WebhookReceiver  # noqa: E402

BUILD = os.environ.get("STARLIFT_BUILD", os.path.join(SOURCE, "build", "release"))
# The locked npm packages; scripts/install puts them there whatever the preset.
NODE_BUILD = os.path.join(SOURCE, "build")
VERIFIER = os.path.join(SOURCE, "tests", "conformance", "node", "verify_webhook.js")

TERMINAL = {"DELIVERED", "FAILED", "EXPIRED", "CANCELLED", "REVERSED"}


class E2eCase(unittest.TestCase):
    """A stack with short waits, started once for the class."""

    stack_options = {}

    @classmethod
    def setUpClass(cls):
        exit_on_signals()
        options = dict({"short_waits": True, "block_ms": 100}, **cls.stack_options)
        cls.stack = Stack(BUILD, **options)
        cls.addClassCleanup(cls._tear_down)
        cls.stack.start()
        cls.receiver = WebhookReceiver()
        cls.client = cls.stack.client()

    @classmethod
    def _tear_down(cls):
        if sys.exc_info()[0] is not None or os.environ.get("STARLIFT_E2E_LOGS"):
            for program in cls.stack.programs():
                print("--- %s\n%s" % (program.name, program.log_tail()), file=sys.stderr)
        cls.stack.stop()

    def setUp(self):
        self.wallet = self.cookies = None

    def new_payer(self, **wallet):
        """A wallet and its session, remembered by the test; the payment's fields."""
        self.wallet = self.stack.new_wallet(**wallet)
        self.cookies = self.stack.new_session(self.wallet)
        return {"mnemonic": self.wallet["mnemonic"].split(), "fragment_cookies": self.cookies}

    @staticmethod
    def stars(username="alice", quantity=100, **more):
        """The fields of a CreateOrderRequest."""
        return dict({"request_id": str(uuid.uuid4()),
                     "product": {"type": "PRODUCT_TYPE_STARS", "quantity": quantity},
                     "recipient": {"username": username}}, **more)

    def buy(self, username="alice", quantity=100, **more):
        """An order that is paid for when it is created."""
        payment = more.pop("payment", None) or self.new_payer()
        return self.client.create_order(**self.stars(username, quantity, payment=payment, **more))

    def state(self, order):
        return self.client.state_name(order)

    def wait_for(self, name, states, seconds=30):
        """The order once it is in one of `states`; fails when it ends elsewhere or takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            order = self.client.get_order(name)
            state = self.state(order)
            if state in states:
                return order
            if state in TERMINAL or time.monotonic() > deadline:
                self.fail("%s is %s (%s %s), not one of %s" % (name, state, order.reason,
                                                               order.reason_message, sorted(states)))
            time.sleep(0.05)

    def wait_delivered(self, order, seconds=30):
        return self.wait_for(order.name, {"DELIVERED"}, seconds)

    def payments_of(self, wallet):
        """What the chain saw leave the wallet for Fragment."""
        return [p for p in self.stack.payments() if p["wallet"] == wallet["address"]]

    def assert_paid(self, wallet, times):
        self.assertEqual(len(self.payments_of(wallet)), times, self.stack.payments())

    def assert_refused(self, reason, call, *arguments, code=None, field=None, **fields):
        """The call fails with the reason; the failure for further looks."""
        with self.assertRaises(RpcFailure) as caught:
            call(*arguments, **fields)
        failure = caught.exception
        self.assertEqual(failure.reason, reason, failure)
        if code is not None:
            self.assertEqual(failure.code.name, code, failure)
        if field is not None:
            self.assertIn(field, failure.fields, failure)
        return failure
