#!/usr/bin/python3
"""The witness log: nothing is signed without it, and a database that was restored pays nobody twice."""

import time
import unittest

from e2e_case import E2eCase

NEXT_ERA = 1_000_000


class RollbackTest(E2eCase):
    def witness(self, open_to_all):
        """Lets connections to the witness log's database in, or ends all of them."""
        query = self.stack.postgres.query
        query("ALTER DATABASE witness ALLOW_CONNECTIONS %s" % ("true" if open_to_all else "false"))
        if not open_to_all:
            query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'witness'")

    def halt(self):
        for program in [worker.program for worker in self.stack.workers] + [self.stack.api]:
            program.stop()

    def go_on(self):
        for worker in self.stack.workers:
            self.stack.start_worker(worker)
        self.stack.start_api()
        self.client = self.stack.client()

    def database(self, command):
        """Run while nobody is connected to the main database."""
        self.stack.postgres.query(command, "witness")

    def test_nothing_is_signed_while_the_witness_log_is_away(self):
        self.witness(False)
        self.addCleanup(self.witness, True)
        order = self.buy()
        self.wait_for(order.name, {"INVOICED"}, 10)
        time.sleep(2)
        self.assertEqual(self.state(self.client.get_order(order.name)), "INVOICED")
        self.assertEqual(self.stack.postgres.query(
            "SELECT count(*) FROM transfers WHERE wallet = '%s'" % self.wallet["address"]), "0")
        self.witness(True)
        self.wait_delivered(order, 30)
        self.assert_paid(self.wallet, 1)

    def test_every_transfer_was_witnessed(self):
        self.wait_delivered(self.buy())
        hashes = [self.stack.postgres.query("SELECT normalized_hash FROM %s WHERE wallet = '%s'" % (
            table, self.wallet["address"]), database)
            for table, database in (("transfers", "starlift"), ("witnessed_transfers", "witness"))]
        self.assertEqual(hashes[0], hashes[1])
        self.assertRegex(hashes[0], "^[0-9a-f]{64}$")

    def test_a_restored_database_pays_nobody_twice(self):
        self.halt()
        self.database("CREATE DATABASE backup TEMPLATE starlift")
        self.go_on()
        fields = self.stars(payment=self.new_payer())
        paid = self.wait_delivered(self.client.create_order(**fields))
        self.assert_paid(self.wallet, 1)

        self.halt()
        self.database("DROP DATABASE starlift")
        self.database("ALTER DATABASE backup RENAME TO starlift")
        self.go_on()
        again = self.client.create_order(**fields)
        self.assertEqual(again.name, paid.name)
        review = self.wait_for(again.name, {"NEEDS_REVIEW"}, 40)
        self.assertEqual(review.reason, "PAYMENT_WITHOUT_RECORD")
        self.assertGreater(review.sequence, NEXT_ERA)
        self.assert_paid(self.wallet, 1)
        self.assertEqual(self.stack.postgres.query("SELECT count(*) FROM eras"), "1")
        lost = self.stack.postgres.query("SELECT verdict || ' ' || transaction_hash FROM lost_transfers "
                                         "WHERE wallet = '%s'" % self.wallet["address"])
        self.assertEqual(lost, "PAID " + paid.payment.transaction_hash)
        # Everybody else's orders go on, and their numbers above those that were told before.
        other = self.wait_delivered(self.buy(), 40)
        self.assertGreater(other.sequence, NEXT_ERA)
        self.assert_paid(self.wallet, 1)


if __name__ == "__main__":
    unittest.main()
