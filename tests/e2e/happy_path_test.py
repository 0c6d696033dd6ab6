#!/usr/bin/python3
"""An order all the way, and what a caller can ask on the way."""

import unittest

from e2e_case import NODE_BUILD, VERIFIER, E2eCase
from stack.receiver import verify

WAY = ["order.created", "order.queued", "order.invoiced", "order.paying", "order.paid", "order.delivered"]


class HappyPathTest(E2eCase):
    def test_created_with_payment_is_delivered_and_paid_once(self):
        order = self.wait_delivered(self.buy(username="@Alice"))
        self.assertEqual(order.recipient.username, "alice")
        self.assertEqual(order.product.quantity, 100)
        self.assertEqual(order.quote.commission, 0)
        self.assertEqual(order.quote.total,
                         order.quote.cost + order.quote.commission + order.quote.network_reserve)
        self.assertGreaterEqual(order.quote.max_total, order.quote.total)
        self.assertRegex(order.payment.transaction_hash, "^[0-9a-f]{64}$")
        self.assertRegex(order.payment.normalized_hash, "^[0-9a-f]{64}$")
        self.assertEqual(order.payment.wallet_address, self.wallet["address"])
        self.assertEqual(order.delivery_evidence, 1)
        self.assert_paid(self.wallet, 1)
        paid = self.payments_of(self.wallet)[0]
        self.assertEqual(int(paid["amount_nano"]), order.payment.amount)
        self.assertEqual(paid["tx_hash"], order.payment.transaction_hash)
        self.assertIn("100 Telegram Stars", paid["comment"])

    def test_created_first_and_paid_later(self):
        order = self.client.create_order(**self.stars())
        self.assertEqual(self.state(order), "AWAITING_PAYMENT")
        payment = self.new_payer()
        paying = self.client.pay_order(name=order.name, request_id="pay-1", payment=payment)
        self.assertIn(self.state(paying), ("QUEUED", "INVOICED", "PAYING"))
        self.wait_delivered(order)
        self.assert_paid(self.wallet, 1)

    def test_same_request_gives_the_same_order_and_one_payment(self):
        fields = self.stars(payment=self.new_payer())
        first = self.client.create_order(**fields)
        self.assertEqual(self.client.create_order(**fields).name, first.name)
        self.wait_delivered(first)
        self.assertEqual(self.client.create_order(**fields).name, first.name)
        self.assert_paid(self.wallet, 1)

    def test_every_state_is_told_by_a_webhook_that_others_verify(self):
        order = self.buy(callback_url=self.receiver.url)
        self.assertTrue(self.receiver.wait_for(order.name, "order.delivered", 30))
        received = self.receiver.received(order.name)
        by_sequence = sorted(received, key=lambda r: int(r.event["data"]["order"]["sequence"]))
        self.assertEqual([r.type for r in by_sequence], WAY)
        self.assertEqual(len({r.headers["webhook-id"] for r in received}), len(WAY))
        verdicts = verify(received, self.stack.webhook_secret, NODE_BUILD, VERIFIER)
        self.assertEqual(verdicts, ["ok"] * len(WAY))
        received[0].body += " "
        self.assertNotEqual(
            verify(received[:1], self.stack.webhook_secret, NODE_BUILD, VERIFIER), ["ok"])

    def test_webhook_is_tried_again_after_a_failure(self):
        refused = set()

        def refuse_once(received):
            first = received.headers["webhook-id"] not in refused
            refused.add(received.headers["webhook-id"])
            return 503 if first and received.type == "order.created" else 200

        self.receiver.answer = refuse_once
        self.addCleanup(setattr, self.receiver, "answer", lambda received: 200)
        order = self.client.create_order(**self.stars(callback_url=self.receiver.url))
        self.assertTrue(self.receiver.wait_for(order.name, "order.created", 10))
        deadline_tries = 100
        while len(self.receiver.received(order.name)) < 2 and deadline_tries:
            deadline_tries -= 1
            self.receiver.wait_for(order.name, "never", 0.1)
        tries = self.receiver.received(order.name)
        self.assertEqual(len(tries), 2)
        self.assertEqual(tries[0].headers["webhook-id"], tries[1].headers["webhook-id"])
        self.assertGreater(tries[1].at - tries[0].at, 3.5)

    def test_watch_resumes_after_a_sequence_number(self):
        order = self.buy()
        events = list(self.client.watch_order(order.name, seconds=30))
        self.assertEqual([e.type for e in events], WAY)
        self.assertEqual([e.sequence for e in events], list(range(1, len(WAY) + 1)))
        later = list(self.client.watch_order(order.name, after_sequence=4, seconds=30))
        self.assertEqual([e.type for e in later], WAY[4:])

    def test_wait_answers_when_it_ends_or_time_is_up(self):
        waiting = self.client.create_order(**self.stars())
        self.assertEqual(self.state(self.client.wait_order(waiting.name, 0.5)), "AWAITING_PAYMENT")
        order = self.buy()
        self.assertEqual(self.state(self.client.wait_order(order.name, 30)), "DELIVERED")

    def test_cancelled_before_payment(self):
        order = self.client.create_order(**self.stars())
        self.assertEqual(self.state(self.client.cancel_order(order.name)), "CANCELLED")
        self.assertEqual(self.state(self.client.cancel_order(order.name)), "CANCELLED")
        self.assert_refused("ORDER_NOT_CANCELLABLE", self.client.cancel_order,
                            self.wait_delivered(self.buy()).name, code="FAILED_PRECONDITION")

    def test_lists_newest_first_in_pages_of_one_tenant(self):
        _, key, _ = self.stack.create_key("lister")
        client = self.stack.client(key)
        self.assertEqual(len(client.list_orders().orders), 0)
        names = [client.create_order(**self.stars()).name for _ in range(5)]
        first = client.list_orders(page_size=3)
        second = client.list_orders(page_size=3, page_token=first.next_page_token)
        listed = [order.name for order in list(first.orders) + list(second.orders)]
        self.assertEqual(listed, names[::-1])
        self.assertEqual(second.next_page_token, "")
        self.assert_refused("ORDER_NOT_FOUND", self.client.get_order, names[0], code="NOT_FOUND")
        self.assert_refused("ORDER_NOT_FOUND", self.client.cancel_order, names[0], code="NOT_FOUND")
        self.assert_refused("INVALID_PAGE_TOKEN", self.client.list_orders,
                            page_size=3, page_token=first.next_page_token)

    def test_validate_only_stores_nothing(self):
        _, key, _ = self.stack.create_key("validator")
        client = self.stack.client(key)
        priced = client.create_order(**self.stars(validate_only=True))
        self.assertEqual(priced.name, "")
        self.assertGreater(priced.quote.cost, 0)
        self.assertEqual(len(client.list_orders().orders), 0)

    def test_catalog(self):
        offers = {offer.type: offer for offer in self.client.list_products().products}
        self.assertEqual((offers[1].available, offers[1].min_quantity), (True, 50))
        pricing = self.client.get_pricing(product={"type": "PRODUCT_TYPE_STARS", "quantity": 100})
        self.assertGreater(pricing.quote.cost, 0)
        check = self.client.check_recipient(type="PRODUCT_TYPE_STARS", recipient={"username": "alice"})
        self.assertEqual(check.verdict, 1)

    def test_two_orders_of_one_wallet_are_paid_one_after_the_other(self):
        payment = self.new_payer()
        orders = [self.buy(payment=payment, quantity=quantity) for quantity in (60, 70)]
        for order in orders:
            self.wait_delivered(order, 60)
        self.assert_paid(self.wallet, 2)


if __name__ == "__main__":
    unittest.main()
