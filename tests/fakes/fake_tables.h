#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "domain/access/sealed.h"
#include "domain/ledger/ledger.h"
#include "domain/order/ports/order_store.h"
#include "domain/payment/ports/era_store.h"
#include "domain/payment/transfer.h"

namespace starlift {

// What a lease is in every fake store: who, until when, under which fence.
struct FakeLease {
  std::string owner;  // empty: free
  absl::Time until = absl::InfinitePast();
  int64_t fence = 0;
  absl::Time due = absl::InfiniteFuture();

  bool Takeable(absl::string_view by, absl::Time now) const {
    return due <= now + absl::Milliseconds(20) && (owner.empty() || owner == by || until < now);
  }
  void Take(absl::string_view by, absl::Time until_when) {
    owner = std::string(by);
    until = until_when;
    ++fence;
  }
  void Free() {
    owner.clear();
    until = absl::InfinitePast();
  }
};

struct FakeOrderRow {
  Order order;
  std::string fingerprint;
  PaymentIdentity payment;
  std::optional<SealedSecret> wallet_key;
  std::vector<StoredEvent> events;
  FakeLease lease;
  int32_t crashes = 0;
  int32_t tries = 0;
  std::vector<std::pair<LedgerKind, int32_t>> booked;  // kind and number of its ledger transactions
};

// One tenant's cookies of a session.
struct FakeJarRow {
  std::optional<SealedSecret> jar;
  TenantId jar_tenant;
  int64_t jar_version = 1;
};

// An order's place on a session.
struct FakePlaceRow {
  bool sole = true;
  absl::Time taken_at;
  int32_t delivered_before = 0;  // rivals, when its last conversation began
};

// The session, and the jar of the tenant that came first. The house's own jar is the one of the
// empty tenant.
struct FakeSessionRow : FakeJarRow {
  std::map<std::string, FakeJarRow> other_jars;  // by tenant
  std::map<std::string, FakePlaceRow> places;    // by order; until that ends
  SessionKind kind = SessionKind::kOwn;
  bool foreign_payer = false;
  std::string name;    // of a house session
  std::string wallet;  // connected to it, raw form; empty: the payer's own
  int32_t max_open_orders = 1;
  absl::Duration pace;
  absl::Time next_conversation_at = absl::InfinitePast();
  absl::Time given_up_at = absl::InfiniteFuture();  // InfiniteFuture: it is not
  bool retired = false;                             // not configured any more
  std::string cookies_digest;

  FakeJarRow& JarOf(const TenantId& tenant) {
    if (jar_tenant.empty()) jar_tenant = tenant;
    if (jar_tenant == tenant) return *this;
    FakeJarRow& other = other_jars[tenant.value()];
    other.jar_tenant = tenant;
    return other;
  }
};

struct FakeLaneRow {
  WalletVersion version = WalletVersion::kV5R1;
  FakeLease lease;
  std::optional<int64_t> next_seqno;
  int64_t last_lt = 0;
  bool shut = false;
  Reason shut_reason = Reason::kNone;
  bool called = false;
  bool house = false;
  bool retired = false;  // a house wallet that is not configured any more
  std::string public_key;
  std::vector<absl::Time> displaced_at;
  absl::Time cool_until = absl::InfinitePast();
};

// Invoices by the time of their fetching, and found by what is unique about them.
class FakeInvoices {
 public:
  using value_type = Invoice;
  using iterator = std::vector<Invoice>::iterator;
  using const_iterator = std::vector<Invoice>::const_iterator;

  iterator begin() { return rows_.begin(); }
  iterator end() { return rows_.end(); }
  const_iterator begin() const { return rows_.begin(); }
  const_iterator end() const { return rows_.end(); }
  size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  Invoice& operator[](size_t i) { return rows_[i]; }
  const Invoice& operator[](size_t i) const { return rows_[i]; }
  Invoice& front() { return rows_.front(); }
  Invoice& back() { return rows_.back(); }

  void push_back(Invoice invoice) {
    rows_.push_back(std::move(invoice));
    Index(rows_.size() - 1);
  }
  void erase(iterator row) {
    rows_.erase(row);
    by_request_.clear();
    by_payload_.clear();
    by_order_.clear();
    for (size_t i = 0; i < rows_.size(); ++i) Index(i);
  }

  // Null: no such invoice.
  const Invoice* OfRequest(const std::string& fragment_request_id) const {
    return At(by_request_, fragment_request_id);
  }
  const Invoice* OfPayload(absl::string_view payee, absl::string_view payload_hash) const {
    return At(by_payload_, absl::StrCat(payee, "/", payload_hash));
  }
  const Invoice* NewestOf(const OrderId& order) const { return At(by_order_, order.value()); }

 private:
  using Positions = std::unordered_map<std::string, size_t>;
  const Invoice* At(const Positions& positions, const std::string& key) const {
    const auto found = positions.find(key);
    return found == positions.end() ? nullptr : &rows_[found->second];
  }
  void Index(size_t i) {
    const Invoice& row = rows_[i];
    by_request_[row.fragment_request_id] = i;
    by_payload_[absl::StrCat(row.payee, "/", row.payload_hash)] = i;
    by_order_[row.order.value()] = i;
  }

  std::vector<Invoice> rows_;
  Positions by_request_, by_payload_, by_order_;
};

// What a transfer's row holds beside the transfer.
struct FakeTransferNotes {
  std::string transaction_hash;
  int64_t transaction_lt = 0;
  std::string evidence;
};

// All tables. A copy is a backup of the database, to be restored later.
struct FakeTables {
  std::map<std::string, FakeOrderRow> orders;
  std::map<std::string, FakeSessionRow> sessions;
  FakeInvoices invoices;
  std::map<std::string, int32_t> delivered_before;  // of a place, by its invoice's request id
  std::map<std::string, FakeLaneRow> lanes;
  std::map<std::string, Transfer> transfers;  // added by FakeDatabase::AddTransfer
  std::map<std::string, FakeTransferNotes> transfer_notes;
  int64_t transfer_numbers = 0;  // the last one given out
  std::vector<LedgerTransaction> ledger;
  std::map<std::string, Units> credits;  // by account: what a tenant may still spend
  std::vector<std::pair<OrderId, int64_t>> deliveries;
  std::vector<Era> eras;
  std::map<std::string, LostTransfer> lost;     // by normalized hash
  std::map<std::string, absl::Time> judged_at;  // of these; absent: nobody has looked yet

  // Indices. Who changes the state of an order or the verdict of a transfer by hand, behind the
  // stores, leaves them behind.
  std::map<std::string, std::set<std::string>> waiting_of;   // wallet -> INVOICED orders
  std::map<std::string, std::set<std::string>> reviewed_of;  // wallet -> orders in NEEDS_REVIEW
  std::map<std::string, std::set<std::string>> open_of;  // session -> orders that have not ended
  std::unordered_map<std::string, std::vector<std::string>> transfers_of;  // wallet -> by number
  std::unordered_map<std::string, std::vector<std::string>> paying_of;     // order -> transfers
  std::unordered_map<std::string, std::string> transfer_of;    // normalized hash -> transfer
  std::unordered_map<std::string, std::string> unresolved_of;  // wallet -> transfer
};

}  // namespace starlift
