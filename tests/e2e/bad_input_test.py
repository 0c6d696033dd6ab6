#!/usr/bin/python3
"""Mistakes of a caller: each has its reason, and none leaves an order or a signature behind."""

import unittest

from e2e_case import E2eCase

WRONG_FIELDS = [
    # (reason, field, what is wrong)
    ("REQUEST_ID_REQUIRED", "request_id", {"request_id": ""}),
    ("REQUEST_ID_INVALID", "request_id", {"request_id": "no spaces"}),
    ("REQUEST_ID_INVALID", "request_id", {"request_id": "x" * 65}),
    ("INVALID_USERNAME", "recipient.username", {"recipient": {"username": ""}}),
    ("INVALID_USERNAME", "recipient.username", {"recipient": {"username": "not a name"}}),
    ("INVALID_USERNAME", "recipient.username", {"recipient": {"username": "a" * 33}}),
    ("INVALID_USERNAME", "recipient.username", {"recipient": {"username": "al<ice"}}),
    ("QUANTITY_OUT_OF_RANGE", "product.quantity", {"product": {"type": 1, "quantity": 49}}),
    ("QUANTITY_OUT_OF_RANGE", "product.quantity", {"product": {"type": 1, "quantity": -100}}),
    ("QUANTITY_OUT_OF_RANGE", "product.quantity", {"product": {"type": 1, "quantity": 1000001}}),
    ("INVALID_CALLBACK_URL", "callback_url", {"callback_url": "ftp://example.com/"}),
    ("INVALID_CALLBACK_URL", "callback_url", {"callback_url": "https://user@example.com/"}),
    ("INVALID_CALLBACK_URL", "callback_url", {"callback_url": "https://example.com:22/"}),
    ("INVALID_CALLBACK_URL", "callback_url", {"callback_url": "https://2130706433/"}),
]

NOT_BUILT = [
    ("PRODUCT_NOT_AVAILABLE", {"product": {"type": 2, "months": 3}}),
    ("PRODUCT_NOT_AVAILABLE", {"product": {"type": 3, "quantity": 5}}),
    ("FUNDING_NOT_AVAILABLE", {"funding": 2}),
    ("FUNDING_NOT_AVAILABLE", {"funding": 4, "session_kind": 2}),
    ("SESSION_KIND_NOT_AVAILABLE", {"session_kind": 2}),
    ("ASSET_NOT_AVAILABLE", {"asset": 2}),
]


class BadInputTest(E2eCase):
    def setUp(self):
        super().setUp()
        self.before = len(self.client.list_orders(page_size=1000).orders)
        self.paid_before = len(self.stack.payments())

    def assert_nothing_stored(self):
        self.assertEqual(len(self.client.list_orders(page_size=1000).orders), self.before)
        self.assertEqual(len(self.stack.payments()), self.paid_before)

    def test_wrong_fields(self):
        for reason, field, wrong in WRONG_FIELDS:
            with self.subTest(**wrong):
                self.assert_refused(reason, self.client.create_order, code="INVALID_ARGUMENT", field=field,
                                    **dict(self.stars(), **wrong))
        self.assert_nothing_stored()

    def test_what_is_not_built_says_so(self):
        for reason, wanted in NOT_BUILT:
            with self.subTest(**wanted):
                self.assert_refused(reason, self.client.create_order, code="UNIMPLEMENTED",
                                    **dict(self.stars(), **wanted))
        self.assert_nothing_stored()

    def test_what_does_not_go_together(self):
        for wanted in ({"funding": 3}, {"funding": 3, "session_kind": 2, "asset": 2}):
            with self.subTest(**wanted):
                self.assert_refused("COMBINATION_NOT_ALLOWED", self.client.create_order,
                                    code="INVALID_ARGUMENT", **dict(self.stars(), **wanted))
        self.assert_refused("INVALID_FIELD", self.client.create_order, code="INVALID_ARGUMENT",
                            **self.stars(funding=3, session_kind=2, payment=self.new_payer()))
        # This phrase's V4R2 wallet is empty.
        self.assert_refused("INSUFFICIENT_BALANCE", self.client.create_order, code="FAILED_PRECONDITION",
                            **self.stars(payment=dict(self.new_payer(), wallet_version=2)))
        self.assert_nothing_stored()

    def test_wrong_mnemonics(self):
        good = self.new_payer()
        words = good["mnemonic"]
        causes = {
            "word_count": words[:23],
            "word_not_in_list": words[:23] + ["starlift"],
            "basic_seed_check_failed": words[1:] + words[:1],
        }
        for cause, wrong in causes.items():
            with self.subTest(cause):
                failure = self.assert_refused("INVALID_MNEMONIC", self.client.create_order,
                                              code="INVALID_ARGUMENT",
                                              **self.stars(payment=dict(good, mnemonic=wrong)))
                self.assertEqual(failure.metadata.get("cause"), cause)
                for word in words:
                    self.assertNotIn(" %s " % word, " %s " % failure.message)
        self.assert_nothing_stored()

    def test_wrong_cookies(self):
        good = self.new_payer()
        for wrong in ("", "nothing", "a=b; c=d", "stel_ssid=x\r\nx: y"):
            with self.subTest(wrong):
                self.assert_refused("INVALID_COOKIES", self.client.create_order, code="INVALID_ARGUMENT",
                                    **self.stars(payment=dict(good, fragment_cookies=wrong)))
        self.assert_nothing_stored()

    def test_request_id_reused_for_another_order(self):
        fields = self.stars()
        first = self.client.create_order(**fields)
        for field, other in (("product", {"product": {"type": 1, "quantity": 101}}),
                             ("recipient", {"recipient": {"username": "bob"}}),
                             ("callback_url", {"callback_url": self.receiver.url})):
            failure = self.assert_refused("REQUEST_ID_REUSED", self.client.create_order,
                                          code="INVALID_ARGUMENT", **dict(fields, **other))
            self.assertTrue(failure.metadata["field"].startswith(field), failure.metadata)
        self.client.cancel_order(first.name)

    def test_paid_twice_under_another_request_id(self):
        order = self.client.create_order(**self.stars())
        payment = self.new_payer()
        self.client.pay_order(name=order.name, request_id="one", payment=payment)
        self.assert_refused("ORDER_ALREADY_PAYING", self.client.pay_order, code="FAILED_PRECONDITION",
                            name=order.name, request_id="two", payment=payment)
        self.client.pay_order(name=order.name, request_id="one", payment=payment)
        self.wait_delivered(order)
        self.assert_paid(self.wallet, 1)

    def test_unknown_orders(self):
        for call, fields in ((self.client.get_order, {"name": "orders/ord_" + "0" * 32}),
                             (self.client.cancel_order, {"name": "orders/ord_" + "0" * 32})):
            self.assert_refused("ORDER_NOT_FOUND", call, code="NOT_FOUND", **fields)
        self.assert_refused("ORDER_NOT_FOUND", self.client.pay_order, code="NOT_FOUND", request_id="p",
                            name="orders/ord_" + "0" * 32, payment=self.new_payer())

    def test_wrong_keys(self):
        key = self.stack.api_key
        other = "A" if key[-1] != "A" else "B"
        for wrong in ("nonsense", key[:-1] + other, key + "A", "slk_00000000_" + "A" * 43):
            with self.subTest(wrong):
                self.assert_refused("API_KEY_INVALID", self.stack.client(wrong).list_products,
                                    code="UNAUTHENTICATED")

    def test_wallet_without_funds_says_what_is_missing(self):
        payment = self.new_payer(balance_nano=1_000_000)
        failure = self.assert_refused("INSUFFICIENT_BALANCE", self.client.create_order,
                                      code="FAILED_PRECONDITION", **self.stars(payment=payment))
        self.assertEqual(failure.metadata["available"], "1000000")
        self.assertGreater(int(failure.metadata["required"]), 1_000_000)
        self.assert_nothing_stored()

    def test_price_above_max_total(self):
        self.assert_refused("PRICE_ABOVE_MAX_TOTAL", self.client.create_order, code="FAILED_PRECONDITION",
                            **self.stars(max_total=1))
        self.assert_nothing_stored()

    def test_wrong_pages(self):
        self.assert_refused("INVALID_PAGE_TOKEN", self.client.list_orders, page_token="AAAA")
        self.assert_refused("INVALID_FIELD", self.client.list_orders, page_size=-1, field="page_size")


if __name__ == "__main__":
    unittest.main()
