-- Lanes that carry many payments, house wallets and sessions, tenant credit, the memory of database
-- rollbacks, and what operators decided.
-- Locks: ACCESS EXCLUSIVE on sessions, session_jars, orders, invoices, lanes, transfers and the ledger
-- while their columns are added; no table is rewritten but transfers and lanes, which are short. Workers of the
-- version before must have stopped: they know sessions.open_order, which is gone. Undo: not possible
-- without losing which orders share a session, and what was decided in review.

-- A session has one place (an own one) or several. Who has a place may talk to it.
ALTER TABLE sessions
  ADD COLUMN name                  text UNIQUE,   -- of a house session, as the configuration calls it
  ADD COLUMN wallet                text,          -- connected to it; raw form; NULL: the payer's own
  ADD COLUMN max_open_orders       integer NOT NULL DEFAULT 1 CHECK (max_open_orders BETWEEN 1 AND 1000),
  ADD COLUMN pace                  interval NOT NULL DEFAULT '0' CHECK (pace >= '0'),  -- between conversations
  ADD COLUMN next_conversation_at  timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN given_up_at           timestamptz,   -- logged out; new cookies end it
  ADD COLUMN retired_at            timestamptz,   -- not configured any more: no new orders
  ADD COLUMN cookies_digest        text,          -- keyed hash of the configured cookies: tells new ones
  ADD CONSTRAINT sessions_house_is_named CHECK (kind <> 'house' OR (name IS NOT NULL AND wallet IS NOT NULL)),
  ADD CONSTRAINT sessions_own_has_one_place CHECK (kind = 'house' OR max_open_orders = 1);
-- A place is an order's until it ends. `sole`: no other order was on the session since, so that the
-- session's purchase state speaks of this order alone.
CREATE TABLE session_places (
  order_id    text PRIMARY KEY REFERENCES orders (id),
  session_id  text NOT NULL REFERENCES sessions (id),
  sole        boolean NOT NULL,
  -- how many of its rivals (see the view) were DELIVERED when its last conversation began
  delivered_before  integer NOT NULL DEFAULT 0,
  taken_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX session_places_by_session ON session_places (session_id);
CREATE UNIQUE INDEX session_places_sole ON session_places (session_id) WHERE sole;
INSERT INTO session_places (order_id, session_id, sole)
  SELECT open_order, id, true FROM sessions WHERE open_order IS NOT NULL;
DROP INDEX sessions_by_open_order;
ALTER TABLE sessions DROP COLUMN open_order;
-- The house's own cookies belong to no tenant: their tenant is the empty text.
ALTER TABLE session_jars DROP CONSTRAINT session_jars_tenant_id_fkey;

-- An order of `balance` gets session and wallet only when a worker takes it.
ALTER TABLE orders DROP CONSTRAINT orders_check2;
ALTER TABLE orders ADD CONSTRAINT orders_payer_known CHECK (
  state IN ('AWAITING_PAYMENT', 'EXPIRED', 'CANCELLED')
  OR (pay_request_id IS NOT NULL
      AND ((wallet_address IS NOT NULL AND session_id IS NOT NULL)
           -- DELIVERED and REVERSED: a transfer that was lost with the choice of wallet had paid it.
           OR (funding = 'balance'
               AND state IN ('QUEUED', 'FAILED', 'NEEDS_REVIEW', 'DELIVERED', 'REVERSED')))));
-- Rivals in a session's history.
CREATE INDEX orders_by_session_item ON orders (session_id, recipient, product, quantity, months)
  WHERE state IN ('PAID', 'NEEDS_REVIEW', 'DELIVERED') AND paid_at IS NOT NULL AND session_kind = 'house';
-- A lane's orders that wait for a person, unpaid.
CREATE INDEX orders_held ON orders (wallet_address, updated_at) WHERE state = 'NEEDS_REVIEW' AND paid_at IS NULL;
-- The sessions that are one Fragment account with `session_id`, itself among them. A new login of a house
-- account is a new session, and orders of the old one, which is retired then, may still be open: the
-- wallet that is connected to both tells.
CREATE INDEX sessions_by_wallet ON sessions (wallet) WHERE wallet IS NOT NULL;
CREATE VIEW same_account AS
  SELECT s.id AS session_id, same.id
    FROM sessions s
   CROSS JOIN LATERAL (
      SELECT s.id
      UNION ALL
      SELECT x.id FROM sessions x
       WHERE x.wallet = s.wallet AND x.id <> s.id
         AND (x.retired_at IS NOT NULL OR s.retired_at IS NOT NULL)) same;
-- The other orders whose rows in a house account's history look like those of `of_order`, once they are
-- paid. The last condition is that of the index orders_by_session_item.
CREATE VIEW rivals AS
  SELECT o.id AS of_order, r.id, r.state, r.evidence, r.paid_at
    FROM orders o
    JOIN same_account a ON a.session_id = o.session_id
    JOIN orders r ON r.session_id = a.id AND r.recipient = o.recipient
     AND r.product = o.product AND r.quantity = o.quantity AND r.months = o.months AND r.id <> o.id
   WHERE r.state IN ('PAID', 'NEEDS_REVIEW', 'DELIVERED') AND r.paid_at IS NOT NULL
     AND r.session_kind = 'house';
-- Reviews, for operators.
CREATE INDEX orders_in_review ON orders (updated_at) WHERE state = 'NEEDS_REVIEW';

ALTER TABLE invoices
  ADD COLUMN foreign_payer     boolean NOT NULL DEFAULT false,
  ADD COLUMN history_baseline  integer CHECK (history_baseline >= 0),
  ADD COLUMN delivered_before  integer NOT NULL DEFAULT 0;  -- of its rivals; their rows are in the baseline

ALTER TABLE lanes
  ADD COLUMN house         boolean NOT NULL DEFAULT false,
  ADD COLUMN retired_at    timestamptz,           -- of the house, and not configured any more: no new orders
  ADD COLUMN public_key    text,
  ADD COLUMN displaced_at  timestamptz[] NOT NULL DEFAULT '{}',  -- of the last ten minutes
  ADD COLUMN cool_until    timestamptz;                          -- not to be taken before
UPDATE lanes SET public_key = (
  SELECT o.wallet_public_key FROM orders o WHERE o.wallet_address = lanes.wallet LIMIT 1);
UPDATE lanes SET public_key = '' WHERE public_key IS NULL;
ALTER TABLE lanes ALTER COLUMN public_key SET NOT NULL;
-- The few among the callers' many.
CREATE INDEX lanes_of_the_house ON lanes (wallet) WHERE house;

-- Counts all transfers; the witness log compares. A restored database goes on where it was, which is
-- how a rollback shows: so the numbers are read from rows, never from the sequence (which a crash
-- may leave ahead).
ALTER TABLE transfers
  ADD COLUMN number    bigserial NOT NULL,
  ADD COLUMN evidence  text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX transfers_by_number ON transfers (number);
CREATE INDEX transfers_by_wallet_number ON transfers (wallet, number);
CREATE INDEX transfers_provisional ON transfers (wallet) WHERE provisional;

-- The rollbacks that were found.
CREATE TABLE eras (
  number           bigint PRIMARY KEY CHECK (number > 0),
  newest_transfer  bigint NOT NULL,       -- the witness log's highest number when it was found
  safe_after       timestamptz NOT NULL,  -- no wallet whose own state is older may sign
  begun_at         timestamptz NOT NULL DEFAULT now()
);
-- Transfers that the witness log knows and this database lost. Each can be judged by its row alone.
CREATE TABLE lost_transfers (
  normalized_hash   text PRIMARY KEY,
  number            bigint NOT NULL,
  wallet            text NOT NULL,
  seqno             bigint NOT NULL,
  valid_until       timestamptz NOT NULL,
  orders            text[] NOT NULL,      -- no reference: the orders may be lost as well
  payload_hashes    text[] NOT NULL,
  payees            text[] NOT NULL,
  start_lt           bigint NOT NULL,
  wallet_version     text NOT NULL CHECK (wallet_version IN ('v5r1', 'v4r2')),
  wallet_public_key  text NOT NULL,
  verdict           text NOT NULL CHECK (verdict IN ('LIVE', 'PAID', 'DEAD', 'UNKNOWN')),
  transaction_hash  text NOT NULL DEFAULT '',
  paid_orders       text[] NOT NULL DEFAULT '{}',
  recorded_at       timestamptz NOT NULL DEFAULT now(),
  judged_at         timestamptz             -- the last look at the chain; NULL: nobody looked yet
);
-- Those that wait for a final verdict; those of a wallet; and whether an order may have been paid so.
CREATE INDEX lost_transfers_open ON lost_transfers (judged_at NULLS FIRST) WHERE verdict IN ('LIVE', 'UNKNOWN');
CREATE INDEX lost_transfers_open_of ON lost_transfers (wallet, seqno) WHERE verdict IN ('LIVE', 'UNKNOWN');
CREATE INDEX lost_transfers_by_order ON lost_transfers USING gin (orders);

-- Tenant credit: booked by an operator, held by orders, posted or voided with them.
CREATE TABLE credit_bookings (
  id           text PRIMARY KEY,          -- derived from tenant and request id
  tenant_id    text NOT NULL REFERENCES tenants (id),
  request_id   text NOT NULL,
  asset        text NOT NULL CHECK (asset IN ('TON')),
  amount       bigint NOT NULL CHECK (amount <> 0),   -- negative: taken back
  operator     text NOT NULL CHECK (operator <> ''),
  reason       text NOT NULL CHECK (reason <> ''),
  created_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, request_id)
);
ALTER TABLE ledger_transactions
  ALTER COLUMN order_id DROP NOT NULL,
  ADD COLUMN booking_id text UNIQUE REFERENCES credit_bookings (id),
  DROP CONSTRAINT ledger_transactions_kind_check,
  ADD CONSTRAINT ledger_transactions_kind_check CHECK (kind IN ('hold', 'post', 'void', 'fee', 'credit')),
  ADD CONSTRAINT ledger_transactions_about CHECK ((kind = 'credit') = (booking_id IS NOT NULL)
                                                  AND (kind = 'credit') = (order_id IS NULL));
-- What a tenant may still spend: the sum of the entries of its account "credit:<tenant>", kept by a
-- trigger, so that no writer can forget it, and never below zero, so that two orders cannot spend the
-- same credit.
CREATE TABLE credits (
  account    text NOT NULL,
  asset      text NOT NULL,
  available  bigint NOT NULL,
  PRIMARY KEY (account, asset),
  CONSTRAINT credits_not_negative CHECK (available >= 0)
);
CREATE FUNCTION ledger_keep_credit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE credits SET available = available + NEW.amount WHERE account = NEW.account AND asset = NEW.asset;
  IF NOT FOUND THEN
    INSERT INTO credits (account, asset, available) VALUES (NEW.account, NEW.asset, NEW.amount)
    ON CONFLICT (account, asset) DO UPDATE SET available = credits.available + NEW.amount;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_credit AFTER INSERT ON ledger_entries
  FOR EACH ROW WHEN (NEW.account LIKE 'credit:%') EXECUTE FUNCTION ledger_keep_credit();

-- What operators decided, and why. Append-only.
CREATE TABLE operator_decisions (
  id          bigserial PRIMARY KEY,
  operator    text NOT NULL CHECK (operator <> ''),
  action      text NOT NULL CHECK (action IN ('requeue', 'fail', 'delivered', 'accept_loss', 'open_lane')),
  order_id    text REFERENCES orders (id),
  sequence    bigint,                     -- of the order's last event then: tells one review from the next
  wallet      text,
  reason      text NOT NULL CHECK (reason <> ''),
  decided_at  timestamptz NOT NULL DEFAULT now(),
  CHECK ((order_id IS NULL) <> (wallet IS NULL)),
  CHECK ((order_id IS NULL) = (sequence IS NULL))
);
CREATE INDEX operator_decisions_by_order ON operator_decisions (order_id);
CREATE TRIGGER operator_decisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_decisions
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
