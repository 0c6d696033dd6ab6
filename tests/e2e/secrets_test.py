#!/usr/bin/python3
"""Canaries: nothing that was secret on its way in can be found in what the programs leave behind."""

import base64
import glob
import hashlib
import hmac
import os
import re
import unittest
import urllib.request

from e2e_case import E2eCase
from stack import House, HouseSession, HouseWallet, RpcFailure


def wallet_seed(mnemonic):
    """The Ed25519 seed of TON's 24 words without a password."""
    entropy = hmac.new(mnemonic.encode(), b"", hashlib.sha512).digest()
    return hashlib.pbkdf2_hmac("sha512", entropy, b"TON default seed", 100000)[:32]


def forms(secret):
    """How the bytes could be written somewhere."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    return {raw, raw.hex().encode(), raw.hex().upper().encode(), base64.b64encode(raw).rstrip(b"="),
            base64.urlsafe_b64encode(raw).rstrip(b"=")}


def payer_canaries(whose, mnemonic, cookies):
    """{what: forms} of a wallet and its session."""
    words = mnemonic.split()
    found = {whose + " mnemonic": set(), whose + " seed": forms(wallet_seed(mnemonic))}
    # Any four words in a row, with whatever stands between them in lists and JSON.
    for start in range(0, 24, 4):
        for between in (" ", '","', '", "', ",", "\n", "+", "%20"):
            found[whose + " mnemonic"].add(between.join(words[start:start + 4]).encode())
    for name, value in re.findall(r"(stel_\w+)=([^;\n]+)", cookies):
        if len(value) >= 8:
            found["%s cookie %s" % (whose, name)] = forms(value)
    return found


class SecretsTest(E2eCase):
    stack_options = {"house": House([HouseWallet("main")], [HouseSession("first", "main")])}

    def canaries(self):
        """{what: forms} of the last payer, of the tenant and of the house."""
        with open(self.stack.house.sessions[0].cookies_file, encoding="utf-8") as file:
            house_cookies = file.read()
        found = {"API key": forms(self.stack.api_key.split("_", 2)[2]),
                 "webhook secret": forms(self.stack.webhook_secret)
                 | forms(base64.b64decode(self.stack.webhook_secret[len("whsec_"):]))
                 | {self.stack.webhook_secret[len("whsec_"):].encode()}}
        found.update(payer_canaries("house", self.stack.house.wallet("main").minted["mnemonic"],
                                    house_cookies))
        if self.wallet is not None:
            found.update(payer_canaries("payer", self.wallet["mnemonic"], self.cookies))
        return found

    def places(self):
        """{where: bytes} of all that could hold one."""
        found = {}
        for path in glob.glob(self.stack.path("logs", "*")):
            with open(path, "rb") as file:
                found[path] = file.read()
        self.assertEqual(self.stack.redis.command("SAVE"), "OK")
        for folder, _, names in os.walk(self.stack.redis.folder):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    found["redis " + name] = file.read()
        with open(self.stack.postgres.log_path, "rb") as file:
            found["postgres log"] = file.read()
        found["database"] = self.stack.postgres.dump().encode()
        found["webhooks"] = "\n".join(r.body + str(r.headers) for r in self.receiver.received()).encode()
        for admin in [self.stack.api_admin] + [worker.admin for worker in self.stack.workers]:
            found["metrics " + admin] = self.metrics(admin)
        return found

    @staticmethod
    def metrics(admin):
        try:
            with urllib.request.urlopen("http://%s/metrics" % admin, timeout=5) as answer:
                return answer.read()
        except OSError:
            return b""

    def assert_clean(self):
        places = self.places()
        # What is not secret is found: the search looks where things are.
        self.assertIn(self.stack.tenant.encode(), places["database"])
        self.assertIn(b'"message":"call"', places[self.stack.path("logs", "api.log")])
        for what, written in self.canaries().items():
            for where, text in places.items():
                for form in written:
                    self.assertNotIn(form, text, "%s found in %s" % (what, where))

    def test_nothing_after_a_delivered_order(self):
        order = self.buy(callback_url=self.receiver.url)
        self.wait_delivered(order)
        self.receiver.wait_for(order.name, "order.delivered", 10)
        self.assert_clean()
        self.assertEqual(self.stack.postgres.query("SELECT count(*) FROM sealed_secrets"), "0")
        self.assertEqual(self.stack.postgres.query(
            "SELECT count(*) FROM session_jars JOIN sessions ON id = session_id "
            "WHERE kind = 'own' AND jar IS NOT NULL"), "0")

    def test_nothing_of_the_house_after_it_paid(self):
        self.stack.operator().book_credit(tenant=self.stack.tenant, request_id="credit", amount=10**10)
        order = self.client.create_order(**self.stars(
            funding="FUNDING_BALANCE", session_kind="SESSION_KIND_HOUSE", payment={}))
        self.wait_delivered(order)
        self.assert_clean()

    def test_nothing_while_an_order_is_on_its_way(self):
        for worker in self.stack.workers:
            worker.program.kill()
        try:
            self.buy()
            self.assertEqual(self.stack.postgres.query("SELECT count(*) FROM sealed_secrets"), "1")
            self.assert_clean()
        finally:
            for worker in self.stack.workers:
                self.stack.start_worker(worker)

    def test_nothing_after_refused_calls(self):
        good = self.new_payer()
        words = good["mnemonic"]
        for wrong in (dict(good, mnemonic=words[::-1]), dict(good, fragment_cookies=self.cookies + "\x01"),
                      dict(good, mnemonic_password="canary-password")):
            try:
                self.client.create_order(**self.stars(payment=wrong))
            except RpcFailure as failure:
                self.assertNotIn(words[0] + " " + words[1], failure.message)
        self.assert_clean()
        for where, text in self.places().items():
            self.assertNotIn(b"canary-password", text, where)

    def test_nothing_after_worker_crashes(self):
        order = self.buy()
        for worker in self.stack.workers:
            worker.program.kill()
            self.stack.start_worker(worker)
        self.wait_delivered(order)
        self.assert_clean()


if __name__ == "__main__":
    unittest.main()
