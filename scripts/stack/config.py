"""The programs' configuration files."""

import json


def toml(sections):
    """TOML text of {section: {key: value}}; JSON's texts, numbers, flags and lists are TOML's too. A value
    that is a list of {key: value} becomes tables."""
    lines = []
    for section, keys in sections.items():
        tables = {key: rows for key, rows in keys.items() if is_tables(rows)}
        lines.append("[%s]" % section)
        lines += ["%s = %s" % (key, json.dumps(value)) for key, value in keys.items() if key not in tables]
        for key, rows in tables.items():
            for row in rows:
                lines.append("[[%s.%s]]" % (section, key))
                lines += ["%s = %s" % (name, json.dumps(value)) for name, value in row.items()]
        lines.append("")
    return "\n".join(lines)


def is_tables(value):
    return isinstance(value, list) and len(value) > 0 and isinstance(value[0], dict)


def merged(sections, overrides):
    """`sections` with {"section.key": value} put in."""
    for name, value in overrides.items():
        section, key = name.split(".", 1)
        sections.setdefault(section, {})[key] = value
    return sections


# Every wait of the worker shortened, so that a test of a fault takes seconds. Bounds that are safety
# margins on a real chain fit the sandbox's blocks here.
SHORT_WAITS = {
    "worker.lease_ms": 1000,
    "worker.announce_interval_ms": 200,
    "worker.drain_s": 0,
    "fragment.timeout_ms": 3000,
    "fragment.outage_first_ms": 200,
    "fragment.outage_most_ms": 1000,
    "fragment.session_busy_ms": 200,
    "fragment.session_busy_most_ms": 400,
    "toncenter.timeout_ms": 3000,
    "quote.price_interval_ms": 500,
    "payment.valid_for_ms": 6000,
    "payment.expiry_margin_ms": 1500,
    "payment.resend_every_ms": 500,
    "payment.poll_every_ms": 100,
    "payment.read_retry_ms": 200,
    "payment.review_poll_ms": 500,
    "payment.head_bound_ms": 1500,
    "payment.displaced_rest_ms": 5000,
    "house.balance_interval_ms": 500,
    "delivery.poll_ms": 100,
    "delivery.slow_poll_ms": 500,
    "webhooks.poll_ms": 50,
}


def api_config(stack):
    keys = stack.path("keys")
    return merged({
        "profile": {"name": "test"},
        "log": {"level": "info"},
        "server": {"listen": stack.api_address, "admin_listen": stack.api_admin, "reflection": True,
                   "drain_s": 0, "tls_certificate_file": stack.path("tls", "server.pem"),
                   "tls_key_file": stack.path("tls", "server.key")},
        "database": {"url": stack.postgres.url},
        "redis": {"address": stack.redis.address},
        "quote_service": {"targets": [worker.quote for worker in stack.workers]},
        "keys": {"pepper_file": keys + "/pepper", "page_token_file": keys + "/page_token",
                 "identity_file": keys + "/identity", "wallet_public_key_file": keys + "/wallet.pub",
                 "endpoint_public_key_file": keys + "/endpoint.pub"},
        "webhooks": {"allow_private_callbacks": True},
        "operator": {"listen": stack.operator_address},
    }, stack.api_overrides)


def worker_config(stack, worker):
    keys = stack.path("keys")
    sections = {
        "profile": {"name": "test"},
        "log": {"level": "info"},
        "worker": {"name": worker.name, "roles": ["purchase", "quote", "announce", "webhook"],
                   "admin_listen": worker.admin, "drain_s": 0},
        "database": {"url": stack.postgres.url},
        # Another server in a real installation; here both are private and gone afterwards.
        "witness": {"url": stack.postgres.witness_url, "allow_same_server": True},
        "redis": {"address": stack.redis.address},
        "keys": {"wallet_private_key_file": keys + "/wallet",
                 "endpoint_private_key_file": keys + "/endpoint", "identity_file": keys + "/identity"},
        "fragment": {"base_url": stack.sandbox_url},
        "toncenter": {"base_urls": stack.provider_urls},
        "quote": {"listen": worker.quote},
        "webhooks": {"allow_private_callbacks": True},
    }
    if stack.house.wallets:
        sections["house"] = {"wallets": stack.house.wallet_tables(),
                             "sessions": stack.house.session_tables()}
    if stack.short_waits:
        merged(sections, SHORT_WAITS)
    return merged(sections, stack.worker_overrides)
