#!/usr/bin/python3
"""Programs killed, Redis emptied, Postgres restarted: the order still ends right, paid once."""

import os
import random
import shutil
import threading
import time
import unittest

from e2e_case import E2eCase


class FaultsTest(E2eCase):
    def buy_many(self, count):
        """(wallet, order name) of `count` orders from as many wallets."""
        bought = []
        for _ in range(count):
            order = self.buy()
            bought.append((self.wallet, order.name))
        return bought

    def assert_all_delivered_once(self, bought, seconds=60):
        for wallet, name in bought:
            self.wait_for(name, {"DELIVERED"}, seconds)
            self.assert_paid(wallet, 1)

    def test_worker_killed_while_orders_are_on_their_way(self):
        bought = self.buy_many(4)
        for moment in (0.05, 0.2, 0.4):
            time.sleep(moment)
            for worker in self.stack.workers:
                worker.program.kill()
            for worker in self.stack.workers:
                self.stack.start_worker(worker)
        self.assert_all_delivered_once(bought)

    def test_api_killed_after_the_answer_and_before_it(self):
        bought = self.buy_many(1)
        fields = self.stars(payment=self.new_payer())
        killer = threading.Timer(0.15, self.stack.api.kill)
        killer.start()
        try:
            name = self.client.create_order(**fields).name
        except Exception:  # noqa: BLE001  the connection broke: whether it was stored is not known
            name = None
        killer.join()
        self.stack.start_api()
        again = self.client.create_order(**fields, seconds=30)
        self.assertIn(name, (None, again.name))
        bought.append((self.wallet, again.name))
        self.assert_all_delivered_once(bought)

    def test_one_dead_worker_is_replaced_by_the_other(self):
        dead, _ = self.stack.workers
        dead.program.kill()
        self.addCleanup(self.stack.start_worker, dead)
        self.assert_all_delivered_once(self.buy_many(3))

    def test_redis_emptied(self):
        bought = self.buy_many(2)
        for _ in range(5):
            self.stack.redis.command("FLUSHALL")
            time.sleep(0.1)
        bought += self.buy_many(1)
        self.assert_all_delivered_once(bought)

    def test_redis_away_and_back_empty(self):
        bought = self.buy_many(1)
        self.stack.redis.kill()
        bought += self.buy_many(2)
        shutil.rmtree(os.path.join(self.stack.redis.folder, "appendonlydir"))
        time.sleep(2)
        self.stack.redis.start()
        self.assert_all_delivered_once(bought, 20)

    def test_postgres_restarted(self):
        bought = self.buy_many(3)
        time.sleep(0.2)
        self.stack.postgres.stop_immediate()
        time.sleep(0.5)
        self.stack.postgres.start()
        self.assert_all_delivered_once(bought)

    def test_chaos(self):
        """Somebody kills something twice a second while orders come in."""
        chooser = random.Random(20)
        bought, failure = [], []
        stop = threading.Event()

        def destroy():
            while not stop.wait(0.5):
                try:
                    victim = chooser.choice(self.stack.workers)
                    victim.program.kill()
                    self.stack.start_worker(victim)
                    if chooser.random() < 0.3:
                        self.stack.redis.command("FLUSHALL")
                except Exception as error:  # noqa: BLE001
                    failure.append(error)
                    return

        destroyer = threading.Thread(target=destroy)
        destroyer.start()
        try:
            for _ in range(10):
                bought += self.buy_many(1)
                time.sleep(0.4)
        finally:
            stop.set()
            destroyer.join()
        self.assertEqual(failure, [])
        self.assert_all_delivered_once(bought)

    def test_zz_programs_leave_by_themselves_on_sigterm(self):
        order = self.client.create_order(**self.stars())
        ended = []
        watching = threading.Thread(target=lambda: ended.append(self._watch_to_the_end(order.name)))
        watching.start()
        time.sleep(0.3)
        self.assertEqual(self.stack.api.stop(15), 0)
        watching.join(15)
        self.assertEqual(ended, ["SHUTTING_DOWN"])
        for worker in self.stack.workers:
            self.assertEqual(worker.program.stop(15), 0)
        self.stack.start_api()
        for worker in self.stack.workers:
            self.stack.start_worker(worker)

    def _watch_to_the_end(self, name):
        try:
            for _ in self.client.watch_order(name, seconds=30):
                pass
            return "ended"
        except Exception as failure:  # noqa: BLE001
            return getattr(failure, "reason", str(failure))


if __name__ == "__main__":
    unittest.main()
