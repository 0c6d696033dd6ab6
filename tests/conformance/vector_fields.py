"""Which fields of the test vectors are inputs and which are results.

A path is written as `expect.external_message.bits`; list elements add `[]`. Fields of `expect` stand
at the top of an answer. A field that is in neither list makes the test fail: it would otherwise go
unchecked.
"""

MNEMONIC = {
    "inputs": {"words[]", "password"},
    "results": {
        "entropy_hex", "seed64_hex", "ed25519_seed_hex", "secret_key64_hex", "public_key_hex",
        "w5r1_mainnet_address", "w5r1_testnet_address", "v4r2_address", "reason",
    },
    "ignored": {"library_valid", "note", "bip39."},
}
SIGNATURE = {
    "inputs": {"ed25519_seed_hex", "message_hex"},
    "results": {"public_key_hex", "signature_hex"},
    "ignored": set(),
}
ADDRESS_TEXT = {
    "inputs": {"input"},
    "results": {"workchain", "hash_hex", "bounceable", "test_only"},
    "ignored": {"reason", "note", "library_ton_core", "library_tonweb"},
}
ADDRESS = {"inputs": {"workchain", "hash_hex"}, "results": {"raw", "friendly."}, "ignored": set()}
CELL_TABLE = {
    "inputs": {"table[]."},
    "results": {"root_hash", "depth", "cells", "bits", "level", "boc."},
    "ignored": {"name"},
}
BOC = {
    "inputs": {"boc_base64"},
    "results": {"root_hashes[]"},
    "ignored": {
        "name", "reason", "note", "bytes", "reference_node", "ton_core", "multi_root",
        "single_root_context",
    },
}
BOC_TEXT = {"inputs": {"text", "form"}, "results": {"root_hash"}, "ignored": {"reason"}}
COMMENT_RESULTS = {
    "text_utf8_hex", "utf8_bytes", "hash_hex", "cells", "bits", "depth", "boc_base64",
    "boc_base64url_nopad", "boc_base64_nocrc", "boc_base64url_nopad_nocrc", "boc_base64_idx_crc",
}
COMMENT = {"inputs": {"text"}, "results": COMMENT_RESULTS, "ignored": set()}
COMMENT_FILE = {
    "inputs": {"boc_base64"},
    "results": (COMMENT_RESULTS | {"text", "bytes_hex"}) - {"boc_base64"},
    "ignored": {"chunk_first", "chunk_rest", "note", "reason"},
}
MESSAGE_INPUTS = {
    "messages[]", "key.ed25519_seed_hex", "wallet.version", "wallet.workchain", "seqno",
    "valid_until", "include_state_init", "messages[].to_raw", "messages[].amount_nano",
    "messages[].bounce", "messages[].mode_given", "messages[].body.kind", "messages[].body.text",
    "messages[].state_init_boc_base64",
}
# Where they are inputs as well: `mode` without `mode_given`, the BoC of a body of kind `cell`.
MESSAGE_RESULTS = {
    "key.public_key_hex", "state_init.", "address.", "message_count", "messages[].to",
    "messages[].mode", "messages[].body.hash_hex", "messages[].body.boc_base64",
    "expect.out_message_hashes_hex[]", "expect.unsigned_body_boc_base64",
    "expect.unsigned_body_hash_hex", "expect.signature_hex", "expect.body_hash_hex",
    "expect.external_message.",
}
WALLET_V5 = {
    "inputs": MESSAGE_INPUTS | {
        "wallet.network_global_id", "wallet.subwallet_number", "wallet.custom_context", "auth",
    },
    "results": MESSAGE_RESULTS | {
        "wallet.wallet_id_uint32", "wallet.wallet_id_int32", "expect.out_list_hash_hex",
        "expect.internal_body_boc_base64",
    },
    "ignored": {"expect.emulated."},
}
WALLET_V4 = {
    "inputs": MESSAGE_INPUTS | {"wallet.wallet_id_uint32"},
    "results": MESSAGE_RESULTS,
    "ignored": {"expect.emulated."},
}

FIELDS = {
    "mnemonic.json": {
        **dict.fromkeys(
            ["valid", "valid_after_normalisation", "valid_with_password", "invalid_word",
             "invalid_count", "short_but_self_consistent", "invalid_seed_version",
             "password_not_needed", "password_missing", "password_wrong", "bip39"], MNEMONIC),
        "ed25519_sign": SIGNATURE,
    },
    "address.json": {
        "roundtrip": ADDRESS,
        **dict.fromkeys(
            ["parse_friendly", "parse_raw", "bad_checksum", "bad_length", "bad_tag",
             "bad_alphabet", "bad_raw", "not_an_address", "either_mixed_alphabet"], ADDRESS_TEXT),
    },
    "cell_boc.json": {
        **dict.fromkeys(["single", "tree", "chain", "shared", "known", "exotic"], CELL_TABLE),
        **dict.fromkeys(["variant", "malformed", "tolerated_by_reference"], BOC),
        **dict.fromkeys(["malformed_text", "text_form"], BOC_TEXT),
    },
    "comment_payload.json": {
        **dict.fromkeys(["fragment_style", "length", "cyrillic", "emoji_cjk", "control"], COMMENT),
        **dict.fromkeys(["other_chunking", "not_a_comment", "invalid_utf8"], COMMENT_FILE),
    },
    "wallet_v5r1.json": dict.fromkeys(
        ["single", "undeployed", "batch_small", "batch_large", "batch_max", "testnet", "subwallet",
         "custom_context", "masterchain_wallet", "modes", "body_placement", "amounts",
         "deploys_another", "comments", "same_message_repeated", "signed_internal", "no_messages"],
        WALLET_V5),
    "wallet_v4r2.json": dict.fromkeys(
        ["single", "batch", "undeployed", "subwallet", "masterchain_wallet", "modes",
         "body_placement", "no_messages"], WALLET_V4),
}
