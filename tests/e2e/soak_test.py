#!/usr/bin/python3
"""Minutes of orders while everything that can fail does: label long, with STARLIFT_SOAK_SECONDS.

A failing run prints the seed that chose what was broken when.
"""

import os
import random
import threading
import time
import unittest

from e2e_case import TERMINAL, E2eCase
from stack import RpcFailure

SECONDS = float(os.environ.get("STARLIFT_SOAK_SECONDS", "120"))
SEED = int(os.environ.get("STARLIFT_SOAK_SEED", str(random.SystemRandom().randrange(10**6))))

CHAIN_FAULTS = [("drop_external", {"count": 1}), ("drop_external", {"count": 1, "forget": True}),
                ("lose_send_answer", {"count": 1}), ("skip_action", {"count": 1}),
                ("fail_action_phase", {"count": 1}), ("read_500", {"count": 5}), ("send_429", {"count": 3}),
                ("index_lag_ms", {"ms": 1500}), ("hold_blocks", {"ms": 1000}),
                ("fragment_http", {"status": "500", "count": 2}), ("clear", {})]


class SoakTest(E2eCase):
    def kill_worker(self, chooser):
        worker = chooser.choice(self.stack.workers)
        worker.program.kill()
        self.stack.start_worker(worker)

    def kill_api(self, _):
        self.stack.api.kill()
        self.stack.start_api()

    def restart_postgres(self, _):
        self.stack.postgres.stop_immediate()
        self.stack.postgres.start()

    def empty_redis(self, _):
        self.stack.redis.command("FLUSHALL")

    def break_chain(self, chooser):
        name, fields = chooser.choice(CHAIN_FAULTS)
        self.stack.control("faults", dict(fields, name=name))

    def destroy(self, stop, chooser, broken):
        acts = [self.kill_worker, self.kill_worker, self.kill_api, self.restart_postgres, self.empty_redis,
                self.break_chain, self.break_chain, self.break_chain]
        while not stop.wait(chooser.uniform(0.2, 1.5)):
            act = chooser.choice(acts)
            self.acts[act.__name__] = self.acts.get(act.__name__, 0) + 1
            try:
                act(chooser)
            except RuntimeError as error:
                # A program that starts while Postgres is away says so and ends; its keeper tries again.
                broken.append(str(error))
                time.sleep(0.5)
                self.restart_ended()

    def restart_ended(self):
        if not self.stack.api.running():
            self.stack.start_api()
        for worker in self.stack.workers:
            if not worker.program.running():
                self.stack.start_worker(worker)

    def order_until_taken(self, fields, deadline):
        while time.monotonic() < deadline:
            try:
                return self.client.create_order(**fields)
            except RpcFailure as failure:
                if failure.code.name in ("INVALID_ARGUMENT", "FAILED_PRECONDITION"):
                    raise
                time.sleep(0.2)
        return self.fail("no answer")

    def test_every_order_ends_and_none_is_paid_twice(self):
        self.acts, stop, broken, bought = {}, threading.Event(), [], []
        destroyer = threading.Thread(target=self.destroy, args=(stop, random.Random(SEED), broken))
        destroyer.start()
        until = time.monotonic() + SECONDS
        try:
            while time.monotonic() < until:
                fields = self.stars(payment=self.new_payer())
                bought.append((self.wallet, self.order_until_taken(fields, until + 60).name))
        finally:
            stop.set()
            destroyer.join()
        self.stack.control("faults", {"name": "clear"})
        self.restart_ended()
        ends, deadline = {}, time.monotonic() + 120
        for wallet, name in bought:
            state = self.settled(name, deadline)
            ends[state] = ends.get(state, 0) + 1
            paid = len(self.payments_of(wallet))
            self.assertLessEqual(paid, 1, "seed %d: %s paid twice" % (SEED, name))
            if state == "DELIVERED":
                self.assertEqual(paid, 1, "seed %d: %s" % (SEED, name))
            if state == "FAILED":
                self.assertEqual(paid, 0, "seed %d: %s" % (SEED, name))
        print("seed %d: %d orders: %s; %s; %d starts failed" % (SEED, len(bought), ends, self.acts, len(broken)))
        self.assertEqual(set(ends), {"DELIVERED"}, "seed %d: %s" % (SEED, ends))
        self.assertEqual(self.stack.postgres.query(
            "SELECT count(*) FROM (SELECT asset FROM ledger_entries GROUP BY asset HAVING sum(amount) <> 0) x"),
            "0")

    def settled(self, name, deadline):
        while True:
            order = self.client.get_order(name)
            state = self.state(order)
            if state in TERMINAL or time.monotonic() > deadline:
                if state != "DELIVERED":
                    print("seed %d: %s is %s %s %s" % (SEED, name, state, order.reason, order.reason_message))
                return state
            time.sleep(0.1)


if __name__ == "__main__":
    unittest.main()
