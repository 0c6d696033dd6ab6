-- The witness log: in a database of its own, in another failure domain than the main one. A line for
-- each transfer, written after its commit and before its first byte leaves. Nothing here is secret.
-- Locks: none that matter, everything is new. Undo: drop it; then a restore of the main database can
-- no longer be told from its truth.

CREATE TABLE witnessed_transfers (
  normalized_hash  text PRIMARY KEY,
  number           bigint NOT NULL,
  wallet           text NOT NULL,
  seqno            bigint NOT NULL,
  valid_until      timestamptz NOT NULL,
  orders           text[] NOT NULL,
  payload_hashes   text[] NOT NULL,
  payees           text[] NOT NULL,
  -- What a transfer is judged by, when nothing else is left of it.
  start_lt           bigint NOT NULL,       -- the wallet's last transaction when it was signed
  wallet_version     text NOT NULL,
  wallet_public_key  text NOT NULL,
  written_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX witnessed_by_number ON witnessed_transfers (number);
CREATE INDEX witnessed_by_valid_until ON witnessed_transfers (valid_until);
CREATE INDEX witnessed_by_wallet ON witnessed_transfers (wallet, number);
CREATE INDEX witnessed_by_order ON witnessed_transfers USING gin (orders);

CREATE FUNCTION witness_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the witness log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER witnessed_transfers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON witnessed_transfers
  FOR EACH STATEMENT EXECUTE FUNCTION witness_append_only();
