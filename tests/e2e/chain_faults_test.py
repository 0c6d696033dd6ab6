#!/usr/bin/python3
"""The chain misbehaving: lost messages, skipped and failed actions, slow and stale providers."""

import time
import unittest

from e2e_case import E2eCase


class ChainFaultsTest(E2eCase):
    stack_options = {"worker_overrides": {"payment.unknown_limit_ms": 4000}}

    def fault(self, name, **fields):
        self.stack.control("faults", dict(fields, name=name))
        self.addCleanup(self.stack.control, "faults", {"name": "clear"})

    def assert_delivered_once(self, order, seconds=40):
        self.wait_delivered(order, seconds)
        self.assert_paid(self.wallet, 1)

    def test_message_lost_before_it_was_included(self):
        self.fault("drop_external", count=1, forget=True)
        self.assert_delivered_once(self.buy())

    def test_message_that_is_never_included_dies_and_is_signed_anew(self):
        self.fault("drop_external", count=1)
        order = self.buy()
        first = self.wait_for(order.name, {"PAYING"}, 10).payment.normalized_hash
        self.assert_delivered_once(order, 60)
        self.assertNotEqual(self.client.get_order(order.name).payment.normalized_hash, first)
        rows = self.stack.postgres.query("SELECT count(*) || ' ' || count(DISTINCT seqno) FROM transfers "
                                         "WHERE wallet = '%s'" % self.wallet["address"])
        self.assertEqual(rows, "2 1")

    def test_answer_to_the_send_is_lost(self):
        for closing in (False, True):
            with self.subTest(close=closing):
                self.fault("lose_send_answer", count=1, close=closing)
                self.assert_delivered_once(self.buy())

    def test_action_skipped_is_not_paid_and_paid_anew(self):
        self.fault("skip_action", count=1)
        self.assert_delivered_once(self.buy(), 60)

    def test_failed_action_phase_leaves_the_message_alive(self):
        self.fault("fail_action_phase", count=1)
        self.assert_delivered_once(self.buy(), 60)

    def test_provider_refuses_for_a_while(self):
        for name in ("send_429", "read_429", "read_500"):
            with self.subTest(name):
                self.fault(name, count=4)
                self.assert_delivered_once(self.buy())

    def test_provider_behind(self):
        for name, fields in (("index_lag_ms", {"ms": 3000}),
                             ("provider_stale", {"lag_ms": 3000, "ms": 3000}),
                             ("hold_blocks", {"ms": 2000}),
                             ("delay_inclusion_ms", {"ms": 2000})):
            with self.subTest(name):
                payment = self.new_payer()
                time.sleep(3.5)  # older than what the provider will answer from: the wallet is known
                self.fault(name, **fields)
                self.assert_delivered_once(self.buy(payment=payment), 60)
                self.stack.control("faults", {"name": "clear"})

    def test_a_pause_of_the_chain_longer_than_a_signature_lives(self):
        self.fault("hold_blocks", ms=-1)
        order = self.buy()
        self.wait_for(order.name, {"PAYING"}, 10)
        time.sleep(9)
        # Our clock says that it is long dead; the chain has said nothing, so it still is on its way.
        self.assertEqual(self.state(self.client.get_order(order.name)), "PAYING")
        self.stack.control("faults", {"name": "hold_blocks", "ms": 0})
        self.assert_delivered_once(order, 60)


if __name__ == "__main__":
    unittest.main()
