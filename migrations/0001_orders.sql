-- The first schema: tenants, orders, sessions, sealed secrets, invoices, lanes, transfers, payments,
-- the outbox, webhook deliveries, the ledger, prices.
-- Locks: none that matter, everything is new. Undo: drop the schema; every order in it is lost.
-- States are text with a CHECK (a Postgres enum cannot drop a value). Times are the database's own.

CREATE TABLE tenants (
  id              text PRIMARY KEY,
  name            text NOT NULL,
  webhook_secret  bytea NOT NULL,            -- sealed to the webhook role's key
  webhook_key_id  text NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
  id          text PRIMARY KEY,              -- the 8 characters inside the key
  tenant_id   text NOT NULL REFERENCES tenants (id),
  hash        bytea NOT NULL CHECK (length(hash) = 32),  -- keyed BLAKE2b-256; the key itself is nowhere
  created_at  timestamptz NOT NULL DEFAULT now(),
  expires_at  timestamptz,
  revoked_at  timestamptz
);

-- A logged-in Fragment account. One account is one row everywhere: the id is a keyed hash of its login
-- token. One open order at a time, so that the session's purchase state speaks of that order alone.
CREATE TABLE sessions (
  id             text PRIMARY KEY,
  kind           text NOT NULL CHECK (kind IN ('own', 'house')),
  open_order     text,                        -- the order that has the session now
  foreign_payer  boolean NOT NULL DEFAULT false CHECK (NOT foreign_payer OR kind = 'house'),
  created_at     timestamptz NOT NULL DEFAULT now()
);

-- A session's cookies, one jar for each tenant that brought some: whoever knows another tenant's login
-- token can share the account's turn, but never replace the cookies that the other's orders use.
CREATE TABLE session_jars (
  session_id   text NOT NULL REFERENCES sessions (id),
  tenant_id    text NOT NULL REFERENCES tenants (id),  -- who brought it: part of the seal's context
  jar          bytea,                         -- sealed cookies; NULL: wiped
  jar_key_id   text,
  jar_version  bigint NOT NULL DEFAULT 1,     -- compare-and-set; never starts anew
  PRIMARY KEY (session_id, tenant_id),
  CHECK ((jar IS NULL) = (jar_key_id IS NULL))
);

CREATE TABLE orders (
  id                text PRIMARY KEY,         -- derived from tenant and request id
  tenant_id         text NOT NULL REFERENCES tenants (id),
  request_id        text NOT NULL,
  fingerprint       text NOT NULL,            -- of the create, without secrets
  product           text NOT NULL CHECK (product IN ('stars', 'premium', 'ton_topup')),
  quantity          bigint NOT NULL CHECK (quantity >= 0),
  months            integer NOT NULL CHECK (months >= 0),
  recipient         text NOT NULL,
  funding           text NOT NULL CHECK (funding IN ('wallet', 'external', 'balance', 'invoice')),
  session_kind      text NOT NULL CHECK (session_kind IN ('own', 'house')),
  -- the quote; amounts in the asset's smallest unit
  asset             text NOT NULL CHECK (asset IN ('TON', 'USDT')),
  cost              bigint NOT NULL CHECK (cost > 0),
  commission        bigint NOT NULL CHECK (commission >= 0),
  commission_bps    integer NOT NULL CHECK (commission_bps BETWEEN 0 AND 10000),
  network_reserve   bigint NOT NULL CHECK (network_reserve >= 0),
  total             bigint NOT NULL CHECK (total = cost + commission + network_reserve),
  max_total         bigint NOT NULL CHECK (max_total >= total),
  tolerance_bps     integer NOT NULL CHECK (tolerance_bps BETWEEN 0 AND 10000),
  quoted_at         timestamptz NOT NULL,
  quote_valid_until timestamptz NOT NULL,
  -- the payer: set with the payment, nothing secret
  wallet_address    text,
  wallet_version    text CHECK (wallet_version IN ('v5r1', 'v4r2')),
  wallet_public_key text,
  session_id        text REFERENCES sessions (id),
  pay_request_id    text,
  pay_fingerprint   text,
  -- life
  state             text NOT NULL CHECK (state IN ('AWAITING_PAYMENT', 'QUEUED', 'INVOICED', 'PAYING',
                      'PAID', 'DELIVERED', 'FAILED', 'EXPIRED', 'CANCELLED', 'NEEDS_REVIEW', 'REVERSED')),
  reason            text NOT NULL DEFAULT 'NONE',
  reason_message    text NOT NULL DEFAULT '',
  reason_metadata   text NOT NULL DEFAULT '[]',  -- a JSON array of [name, value]
  evidence          text NOT NULL DEFAULT 'none'
                      CHECK (evidence IN ('none', 'session_state', 'history', 'operator')),
  normalized_hash   text NOT NULL DEFAULT '',
  transaction_hash  text NOT NULL DEFAULT '',
  transaction_lt    bigint NOT NULL DEFAULT 0,
  paid_amount       bigint NOT NULL DEFAULT 0,
  invoice_attempts  integer NOT NULL DEFAULT 0,
  payment_attempts  integer NOT NULL DEFAULT 0,
  sequence          bigint NOT NULL,          -- of the last event
  callback_url      text NOT NULL DEFAULT '',
  traceparent       text NOT NULL DEFAULT '',
  created_at        timestamptz NOT NULL,
  updated_at        timestamptz NOT NULL,
  expires_at        timestamptz NOT NULL,
  execute_by        timestamptz,
  queued_at         timestamptz,
  paid_at           timestamptz,
  ended_at          timestamptz,
  -- the lease: who works on it, until when, under which fence
  lease_owner       text,
  lease_until       timestamptz,
  fence             bigint NOT NULL DEFAULT 0,
  next_attempt_at   timestamptz,              -- when a worker should look; NULL: nobody need
  crashes           integer NOT NULL DEFAULT 0,  -- leases at this state that ended without a word
  tries             integer NOT NULL DEFAULT 0,  -- steps at this state without progress
  UNIQUE (tenant_id, request_id),
  -- money moves only with a known payer and session
  CHECK (state IN ('AWAITING_PAYMENT', 'EXPIRED', 'CANCELLED')
         OR (wallet_address IS NOT NULL AND session_id IS NOT NULL AND pay_request_id IS NOT NULL))
);
CREATE INDEX orders_by_tenant ON orders (tenant_id, created_at DESC, id DESC);
-- What the announce role looks for.
CREATE INDEX orders_due ON orders (next_attempt_at)
  WHERE state IN ('AWAITING_PAYMENT', 'QUEUED', 'PAID', 'NEEDS_REVIEW') AND next_attempt_at IS NOT NULL;
-- A lane's waiting orders, by arrival.
CREATE INDEX orders_waiting ON orders (wallet_address, queued_at) WHERE state = 'INVOICED';
-- Whether a tenant still has orders with a session.
CREATE INDEX orders_open_by_session ON orders (session_id, tenant_id)
  WHERE state NOT IN ('DELIVERED', 'FAILED', 'EXPIRED', 'CANCELLED', 'REVERSED');

ALTER TABLE sessions ADD FOREIGN KEY (open_order) REFERENCES orders (id);
CREATE UNIQUE INDEX sessions_by_open_order ON sessions (open_order) WHERE open_order IS NOT NULL;

-- What was sealed for an order; deleted in the transaction that ends it.
CREATE TABLE sealed_secrets (
  order_id  text NOT NULL REFERENCES orders (id),
  purpose   text NOT NULL CHECK (purpose IN ('wallet_key')),
  key_id    text NOT NULL,
  bytes     bytea NOT NULL,
  PRIMARY KEY (order_id, purpose)
);

-- Invoices that passed every check. Kept for ever: they bind Fragment's request id and what is to be
-- paid to one order, so that no confusion elsewhere can pay one invoice for two orders.
CREATE TABLE invoices (
  id                   bigserial PRIMARY KEY,
  order_id             text NOT NULL REFERENCES orders (id),
  fragment_request_id  text NOT NULL UNIQUE,
  payee                text NOT NULL,
  amount               bigint NOT NULL CHECK (amount > 0),
  payload_boc          bytea NOT NULL,
  payload_hash         text NOT NULL,
  sender               text NOT NULL,
  valid_until          timestamptz NOT NULL,
  confirm_method       text NOT NULL,
  confirm_params       text NOT NULL,          -- a JSON array of [name, value]
  state_was_not_done   boolean NOT NULL,
  fetched_at           timestamptz NOT NULL DEFAULT now(),  -- the newest one of an order counts
  UNIQUE (payee, payload_hash)
);
CREATE INDEX invoices_by_order ON invoices (order_id, fetched_at DESC, id DESC);

-- One row a paying wallet.
CREATE TABLE lanes (
  wallet           text PRIMARY KEY,           -- raw form
  wallet_version   text NOT NULL CHECK (wallet_version IN ('v5r1', 'v4r2')),
  next_seqno       bigint CHECK (next_seqno >= 0),  -- NULL: nothing was signed here yet
  last_lt          bigint NOT NULL DEFAULT 0,
  shut             boolean NOT NULL DEFAULT false,
  shut_reason      text NOT NULL DEFAULT 'NONE',
  lease_owner      text,
  lease_until      timestamptz,
  fence            bigint NOT NULL DEFAULT 0,
  next_attempt_at  timestamptz,
  -- An order came since the lane was last taken. A column and not a look at the orders: whoever releases
  -- the lane reads its row anew after waiting for it, but other tables as they were before.
  called           boolean NOT NULL DEFAULT false
);
CREATE INDEX lanes_due ON lanes (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE TABLE transfers (
  id                text PRIMARY KEY,
  wallet            text NOT NULL REFERENCES lanes (wallet),
  seqno             bigint NOT NULL CHECK (seqno BETWEEN 0 AND 4294967295),
  valid_until       timestamptz NOT NULL,
  boc               bytea NOT NULL,            -- the exact bytes; committed before the first one leaves
  message_hash      text NOT NULL,
  normalized_hash   text NOT NULL UNIQUE,
  start_lt          bigint NOT NULL,
  verdict           text NOT NULL CHECK (verdict IN ('LIVE', 'PAID', 'DEAD', 'UNKNOWN')),
  provisional       boolean NOT NULL DEFAULT false CHECK (NOT provisional OR verdict = 'DEAD'),
  transaction_hash  text NOT NULL DEFAULT '',
  transaction_lt    bigint NOT NULL DEFAULT 0,
  fence             bigint NOT NULL,           -- of the lane, when it was signed
  created_at        timestamptz NOT NULL DEFAULT now(),
  sent_at           timestamptz,
  sends             integer NOT NULL DEFAULT 0,
  unknown_since     timestamptz,
  resolved_at       timestamptz
);
-- At most one unresolved transfer a lane.
CREATE UNIQUE INDEX transfers_one_unresolved ON transfers (wallet) WHERE verdict IN ('LIVE', 'UNKNOWN');
-- A seqno is used by one transfer that is not dead.
CREATE UNIQUE INDEX transfers_seqno ON transfers (wallet, seqno) WHERE verdict <> 'DEAD';

CREATE TABLE payments (
  transfer_id  text NOT NULL REFERENCES transfers (id),
  slot         integer NOT NULL CHECK (slot BETWEEN 0 AND 254),
  kind         text NOT NULL CHECK (kind IN ('purchase', 'commission')),
  order_id     text REFERENCES orders (id) CHECK (kind <> 'purchase' OR order_id IS NOT NULL),
  payee        text NOT NULL,
  amount       bigint NOT NULL CHECK (amount > 0),
  body_hash    text NOT NULL,
  verdict      text NOT NULL CHECK (verdict IN ('LIVE', 'PAID', 'DEAD', 'UNKNOWN')),
  PRIMARY KEY (transfer_id, slot),
  -- no two payments of a transfer can be taken for each other on the chain
  UNIQUE (transfer_id, payee, amount, body_hash)
);
-- At most one purchase payment an order that is not dead: the rule that all others serve.
CREATE UNIQUE INDEX payments_one_per_order ON payments (order_id)
  WHERE kind = 'purchase' AND verdict <> 'DEAD';
CREATE INDEX payments_by_order ON payments (order_id);

-- The outbox: one row a change, in the change's own transaction.
CREATE TABLE order_events (
  order_id    text NOT NULL REFERENCES orders (id),
  sequence    bigint NOT NULL CHECK (sequence > 0),
  state       text NOT NULL,
  body        text NOT NULL,                   -- what is told, byte for byte
  created_at  timestamptz NOT NULL,
  PRIMARY KEY (order_id, sequence)
);

CREATE TABLE webhook_deliveries (
  id               text PRIMARY KEY,           -- the webhook-id
  tenant_id        text NOT NULL REFERENCES tenants (id),
  order_id         text NOT NULL,
  sequence         bigint NOT NULL,
  url              text NOT NULL,
  status           text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'exhausted')),
  attempt          integer NOT NULL DEFAULT 0,
  next_attempt_at  timestamptz NOT NULL DEFAULT now(),
  lease_owner      text,
  lease_until      timestamptz,
  fence            bigint NOT NULL DEFAULT 0,
  last_status      integer NOT NULL DEFAULT 0,
  last_error       text NOT NULL DEFAULT '',
  last_answer      text NOT NULL DEFAULT '',
  last_took_ms     bigint NOT NULL DEFAULT 0,
  created_at       timestamptz NOT NULL DEFAULT now(),
  delivered_at     timestamptz,
  FOREIGN KEY (order_id, sequence) REFERENCES order_events (order_id, sequence),
  UNIQUE (order_id, sequence, url)
);
-- Who has something due, and each tenant's own queue: one tenant's backlog is never walked to find another's.
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (tenant_id, next_attempt_at)
  WHERE status = 'pending';
-- How many deliveries of each tenant a sender holds now.
CREATE INDEX webhook_deliveries_held ON webhook_deliveries (lease_owner, tenant_id)
  WHERE status = 'pending' AND lease_owner IS NOT NULL;

-- Double entry, append-only.
CREATE TABLE ledger_transactions (
  id          bigserial PRIMARY KEY,
  order_id    text NOT NULL REFERENCES orders (id),
  kind        text NOT NULL CHECK (kind IN ('hold', 'post', 'void', 'fee')),
  number      integer NOT NULL CHECK (number > 0),
  created_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (order_id, kind, number)
);
-- A hold is resolved once: by a post or by a void.
CREATE UNIQUE INDEX ledger_one_resolution ON ledger_transactions (order_id, number) WHERE kind IN ('post', 'void');
CREATE TABLE ledger_entries (
  transaction_id  bigint NOT NULL REFERENCES ledger_transactions (id),
  account         text NOT NULL,
  asset           text NOT NULL CHECK (asset IN ('TON', 'USDT')),
  amount          bigint NOT NULL CHECK (amount <> 0)
);
CREATE INDEX ledger_entries_by_transaction ON ledger_entries (transaction_id);

-- The entries of a transaction sum to zero per asset when it commits.
CREATE FUNCTION ledger_check_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM ledger_entries WHERE transaction_id = NEW.transaction_id
             GROUP BY asset HAVING sum(amount) <> 0) THEN
    RAISE EXCEPTION 'ledger transaction % does not sum to zero', NEW.transaction_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_sum_zero AFTER INSERT ON ledger_entries
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_sum();

-- What is written stays written; a correction is another transaction.
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

-- Fragment's public prices, one row: all packages that were read together.
CREATE TABLE price_table (
  only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  packages     text NOT NULL,                  -- JSON: [{"product","quantity","months","ton"}], ton in nanoton
  usd_per_ton  text NOT NULL,
  quoted_at    timestamptz NOT NULL
);
