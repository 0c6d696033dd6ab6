#!/usr/bin/python3
"""fragment.com misbehaving: the sandbox's usernames and faults, and how an order ends with each."""

import time
import unittest

from e2e_case import E2eCase
import grpc  # noqa: E402  after the stack, which tells gRPC not to mind forks
from stack import RpcFailure

# Refused before anything is stored: (username, reason, code).
REFUSED_AT_CREATE = [
    ("test_not_found", "RECIPIENT_NOT_FOUND", "NOT_FOUND"),
    ("test_not_a_user", "RECIPIENT_NOT_FOUND", "NOT_FOUND"),
]

# Refused by a check of the invoice or by Fragment: (username, reasons that say it).
FAILED_UNSIGNED = [
    ("test_refused", {"RECIPIENT_REFUSED"}),
    ("test_price_up", {"INVOICE_AMOUNT_TOO_HIGH"}),
    ("test_price_always_changes", {"PRICE_CHANGED", "INVOICE_ATTEMPTS_EXHAUSTED"}),
    ("test_foreign_payee", {"INVOICE_WRONG_PAYEE"}),
    ("test_wrong_from", {"INVOICE_WRONG_SENDER"}),
    ("test_wrong_quantity", {"INVOICE_WRONG_TEXT"}),
    ("test_wrong_text", {"INVOICE_WRONG_TEXT"}),
    ("test_truncated_payload", {"INVOICE_UNREADABLE"}),
    ("test_state_init", {"INVOICE_STATE_INIT"}),
    ("test_two_messages", {"INVOICE_MESSAGE_COUNT"}),
    ("test_short_invoice", {"INVOICE_EXPIRES_TOO_SOON", "INVOICE_ATTEMPTS_EXHAUSTED"}),
    ("test_kyc", {"KYC_REQUIRED"}),
    ("test_dead_session", {"SESSION_DEAD"}),
]

# Only a delay.
DELIVERED = ["test_price_changed", "test_slow_delivery", "test_two_cells", "test_http_403", "test_http_429",
             "test_http_500", "test_not_json"]

FRAGMENT_METHODS = ["searchStarsRecipient", "initBuyStarsRequest", "getBuyStarsLink", "updateStarsBuyState"]


class TriggersTest(E2eCase):
    stack_options = {"worker_overrides": {"delivery.wait_ms": 8000}}

    def fault(self, name, **fields):
        self.stack.control("faults", dict(fields, name=name))
        self.addCleanup(self.stack.control, "faults", {"name": "clear"})

    def test_recipients_that_cannot_receive(self):
        for username, reason, code in REFUSED_AT_CREATE:
            with self.subTest(username):
                self.assert_refused(reason, self.client.create_order, code=code,
                                    **self.stars(username, payment=self.new_payer()))

    def test_bad_invoices_are_never_signed(self):
        bought = []
        for username, reasons in FAILED_UNSIGNED:
            bought.append((username, reasons, self.buy(username), self.wallet))
        for username, reasons, order, wallet in bought:
            with self.subTest(username):
                failed = self.wait_for(order.name, {"FAILED"}, 40)
                self.assertIn(failed.reason, reasons)
                self.assertEqual(failed.payment.normalized_hash, "")
                self.assert_paid(wallet, 0)

    def test_delays_end_in_delivery(self):
        bought = [(username, self.buy(username), self.wallet) for username in DELIVERED]
        for username, order, wallet in bought:
            with self.subTest(username):
                self.wait_delivered(order, 60)
                self.assert_paid(wallet, 1)

    def test_fragment_down_in_the_middle(self):
        for status in ("403", "429", "500", "not_json", "close"):
            with self.subTest(status):
                self.fault("fragment_http", status=status, count=2)
                order = self.buy()
                self.wait_delivered(order, 40)
                self.assert_paid(self.wallet, 1)

    def test_cookies_and_hash_change_on_the_way(self):
        self.fault("rotate_cookies", count=3)
        order = self.buy()
        self.stack.control("faults", {"name": "rotate_hash"})
        self.wait_delivered(order)
        self.assert_paid(self.wallet, 1)

    def test_no_evidence_of_delivery_is_a_review_and_late_evidence_closes_it(self):
        self.fault("slow_delivery_ms", ms=14000)
        order = self.buy("test_slow_delivery")
        self.addCleanup(self.stack.control, "faults", {"name": "slow_delivery_ms", "ms": 5000})
        review = self.wait_for(order.name, {"NEEDS_REVIEW"}, 30)
        self.assertEqual(review.reason, "DELIVERY_UNCONFIRMED")
        self.wait_delivered(order, 40)
        self.assert_paid(self.wallet, 1)

    def test_wallet_emptied_after_the_order_was_taken(self):
        for worker in self.stack.workers:
            worker.program.kill()
        # The quote service is down with the workers: "cannot tell now" accepts.
        order = self.buy()
        self.stack.control("balances", {"address": self.wallet["address"], "balance_nano": "1000000"})
        for worker in self.stack.workers:
            self.stack.start_worker(worker)
        failed = self.wait_for(order.name, {"FAILED"})
        self.assertEqual(failed.reason, "INSUFFICIENT_BALANCE")
        self.assertEqual(failed.reason_metadata["available"], "1000000")
        self.assertGreater(int(failed.reason_metadata["required"]), 1_000_000)
        self.assert_paid(self.wallet, 0)

    def test_session_killed_while_it_waits(self):
        for worker in self.stack.workers:
            worker.program.kill()
        order = self.buy()
        self.stack.control("sessions/kill", {"cookies": self.cookies})
        for worker in self.stack.workers:
            self.stack.start_worker(worker)
        self.assertEqual(self.wait_for(order.name, {"FAILED"}).reason, "SESSION_DEAD")
        self.assert_paid(self.wallet, 0)

    def test_prices_that_nobody_refreshes_are_stale(self):
        # Postgres holds the price; made old there, the api must not sell by it.
        for worker in self.stack.workers:
            worker.program.kill()
        self.stack.control("faults", {"name": "fragment_http", "status": "500", "count": 10000})
        try:
            table = self.stack.postgres.query(
                "SELECT table_name || ' ' || column_name FROM information_schema.columns WHERE "
                "table_name LIKE 'price%' AND data_type LIKE 'timestamp%' LIMIT 1").split()
            self.stack.postgres.query("UPDATE %s SET %s = %s - interval '2 minutes'"
                                      % (table[0], table[1], table[1]))
            time.sleep(1.5)
            self.assert_refused("PRICES_STALE", self.client.create_order, code="UNAVAILABLE", **self.stars())
        finally:
            self.stack.control("faults", {"name": "clear"})
            for worker in self.stack.workers:
                self.stack.start_worker(worker)
        self.wait_until_priced()

    def wait_until_priced(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                return self.client.get_pricing(product={"type": "PRODUCT_TYPE_STARS", "quantity": 100})
            except RpcFailure:
                time.sleep(0.1)
        return self.fail("no price came back")


def authority_of(stack):
    with open(stack.ca_file, "rb") as file:
        return grpc.ssl_channel_credentials(file.read())


def reflect(channel):
    """Answers to the question which services there are (ServerReflectionRequest.list_services)."""
    return channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")(iter([b"\x3a\x00"]))


class ReflectionTest(E2eCase):
    def test_reflection_that_is_on_names_the_services(self):
        with grpc.secure_channel(self.stack.api_address, authority_of(self.stack)) as channel:
            self.assertIn(b"starlift.v1.OrderService", next(reflect(channel)))


class ExpiryTest(E2eCase):
    stack_options = {"api_overrides": {"pricing.quote_lifetime_s": 1, "server.reflection": False}}

    def test_reflection_that_is_off_answers_nobody(self):
        with grpc.secure_channel(self.stack.api_address, authority_of(self.stack)) as channel:
            with self.assertRaises(grpc.RpcError) as refused:
                next(reflect(channel))
        self.assertEqual(refused.exception.code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_an_order_that_is_not_paid_in_time_expires(self):
        order = self.client.create_order(**self.stars())
        time.sleep(1.2)
        self.assert_refused("ORDER_EXPIRED", self.client.pay_order, code="FAILED_PRECONDITION",
                            name=order.name, request_id="late", payment=self.new_payer())
        self.wait_for(order.name, {"EXPIRED"}, 10)
        self.assert_paid(self.wallet, 0)


if __name__ == "__main__":
    unittest.main()
