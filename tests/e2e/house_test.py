#!/usr/bin/python3
"""The installation's own wallets and accounts: orders that a tenant pays from its credit."""

import time
import unittest
import uuid

from e2e_case import E2eCase
from stack import House, HouseSession, HouseWallet

EVIDENCE_HISTORY = 2
CREDIT = 50_000_000_000


class HouseTest(E2eCase):
    """Two wallets, one of each version. `first` is connected to `main`; `second` belongs to a stranger's
    wallet, and any of ours may pay for it."""

    stack_options = {"house": House(
        [HouseWallet("main"), HouseWallet("old", version="v4r2")],
        [HouseSession("first", "main"), HouseSession("second", foreign_payer=True)])}

    def setUp(self):
        super().setUp()
        self.operator = self.stack.operator()
        self.tenant, key, _ = self.stack.create_key("tenant")
        self.client = self.stack.client(key)

    def book(self, amount=CREDIT):
        return self.operator.book_credit(tenant=self.tenant, request_id=str(uuid.uuid4()), amount=amount)

    def buy_by_balance(self, username="alice", quantity=100, **more):
        return self.client.create_order(**self.stars(
            username, quantity, funding="FUNDING_BALANCE", session_kind="SESSION_KIND_HOUSE",
            **dict({"payment": {}}, **more)))

    def house_payments(self):
        house = {wallet.address for wallet in self.stack.house.wallets}
        return [p for p in self.stack.payments() if p["wallet"] in house]

    def payments_for(self, order):
        return [p for p in self.house_payments() if p["tx_hash"] == order.payment.transaction_hash]

    def test_credit_is_held_then_spent_and_the_rest_comes_back(self):
        self.book()
        self.assertEqual(self.operator.get_credit(self.tenant), CREDIT)
        order = self.wait_delivered(self.buy_by_balance())
        self.assertGreater(order.quote.commission, 0)
        self.assertIn(order.payment.wallet_address, [w.address for w in self.stack.house.wallets])
        self.assertEqual(len(self.payments_for(order)), 1)
        left = self.operator.get_credit(self.tenant)
        spent = CREDIT - left
        self.assertGreaterEqual(spent, order.payment.amount + order.quote.commission)
        self.assertLessEqual(spent, order.quote.max_total)
        ledger = self.stack.postgres.query("SELECT COALESCE(sum(amount), 0) FROM ledger_entries")
        self.assertEqual(ledger, "0")

    def test_many_orders_of_one_product_are_told_apart_by_the_history(self):
        self.book()
        orders = [self.buy_by_balance(username, 50 + i % 2) for i, username in
                  enumerate(("bob", "bob", "bob", "bob", "carol", "carol"))]
        delivered = [self.wait_delivered(order, 60) for order in orders]
        self.assertIn(EVIDENCE_HISTORY, {order.delivery_evidence for order in delivered})
        arrived = self.stack.control("deliveries")
        arrived = arrived["deliveries"] if isinstance(arrived, dict) else arrived
        for username, times in (("bob", 4), ("carol", 2)):
            self.assertEqual(len([d for d in arrived if d["username"] == username]), times)

    def test_created_first_and_paid_later_by_credit(self):
        self.book()
        order = self.buy_by_balance(payment=None)
        self.assertEqual(self.state(order), "AWAITING_PAYMENT")
        self.assertEqual(self.operator.get_credit(self.tenant), CREDIT)
        self.client.pay_order(name=order.name, request_id="pay-1")
        self.assertLess(self.operator.get_credit(self.tenant), CREDIT)
        self.wait_delivered(order)

    def test_credit_that_is_too_small_is_refused_and_nothing_is_kept(self):
        self.assert_refused("CREDIT_INSUFFICIENT", self.buy_by_balance, code="FAILED_PRECONDITION")
        self.book(1_000_000)
        before = len(self.house_payments())
        failure = self.assert_refused("CREDIT_INSUFFICIENT", self.buy_by_balance)
        self.assertEqual(failure.metadata["available"], "1000000")
        self.assertEqual(self.operator.get_credit(self.tenant), 1_000_000)
        self.assertEqual(len(self.house_payments()), before)

    def test_two_orders_cannot_spend_the_same_credit(self):
        priced = self.buy_by_balance(validate_only=True, payment=None).quote
        self.book(priced.max_total + priced.max_total // 2)
        self.buy_by_balance()
        self.assert_refused("CREDIT_INSUFFICIENT", self.buy_by_balance)

    def test_a_booking_is_made_once(self):
        booking = {"tenant": self.tenant, "request_id": "gift", "amount": 5_000_000_000}
        self.assertFalse(self.operator.book_credit(**booking).replayed)
        self.assertTrue(self.operator.book_credit(**booking).replayed)
        self.assertEqual(self.operator.get_credit(self.tenant), 5_000_000_000)
        self.assert_refused("REQUEST_ID_REUSED", self.operator.book_credit, **dict(booking, amount=1))
        self.assert_refused("CREDIT_INSUFFICIENT", self.operator.book_credit,
                            **dict(booking, request_id="back", amount=-6_000_000_000))

    def test_an_order_that_fails_gives_the_credit_back(self):
        self.book()
        order = self.buy_by_balance("test_refused")
        self.wait_for(order.name, {"FAILED"})
        self.assertEqual(self.operator.get_credit(self.tenant), CREDIT)

    def test_both_sessions_are_used(self):
        self.book(10 * CREDIT)
        orders = [self.buy_by_balance("dora%d" % i, 50) for i in range(8)]
        for order in orders:
            self.wait_delivered(order, 60)
        used = self.stack.postgres.query(
            "SELECT count(DISTINCT session_id) FROM orders WHERE session_kind = 'house' AND state = 'DELIVERED'")
        self.assertEqual(used, "2")

    def test_metrics_tell_of_lanes_wallets_and_providers(self):
        deadline = time.monotonic() + 20
        wanted = ("starlift_house_wallet_balance_nano{wallet=\"main\"}", "starlift_house_wallet_low",
                  "starlift_lanes{state=\"shut\"} 0", "starlift_transfers_unknown 0",
                  "starlift_provider_proved", "starlift_provider_head_age_seconds")
        while True:
            text = self.stack.metrics(self.stack.workers[0].admin)
            missing = [name for name in wanted if name not in text]
            if not missing or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
