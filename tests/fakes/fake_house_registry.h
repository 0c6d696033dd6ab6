#pragma once

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "domain/fulfillment/ports/house_registry.h"
#include "fakes/fake_database.h"

namespace starlift {

class FakeHouseRegistry final : public HouseRegistry {
 public:
  explicit FakeHouseRegistry(FakeDatabase& database) : database_(database) {}

  absl::Status Register(absl::Span<const Payer> wallets,
                        absl::Span<const HouseSession> sessions) override {
    for (const Payer& wallet : wallets) RETURN_IF_ERROR(CheckWallet(wallet));
    for (const HouseSession& session : sessions) RETURN_IF_ERROR(CheckSession(session));
    for (auto& [address, lane] : database_.lanes) lane.retired = lane.house;
    for (const Payer& wallet : wallets) {
      FakeLaneRow& lane = database_.AddLane(wallet);
      lane.version = wallet.version;
      lane.public_key = wallet.public_key_hex;
      lane.house = true;
      lane.retired = false;
    }
    for (auto& [id, session] : database_.sessions) {
      session.retired = session.kind == SessionKind::kHouse;
    }
    for (const HouseSession& session : sessions) Keep(session);
    return absl::OkStatus();
  }

 private:
  absl::Status CheckWallet(const Payer& wallet) {
    const auto found = database_.lanes.find(wallet.wallet_address);
    if (found == database_.lanes.end()) return absl::OkStatus();
    const FakeLaneRow& lane = found->second;
    const bool same = lane.public_key == wallet.public_key_hex && lane.version == wallet.version;
    const bool used =
        lane.next_seqno || lane.last_lt != 0 ||
        std::any_of(database_.orders.begin(), database_.orders.end(), [&](const auto& entry) {
          return entry.second.order.payer.wallet_address == wallet.wallet_address;
        });
    return (lane.house ? same : !used) ? absl::OkStatus() : Refused(wallet.wallet_address);
  }

  absl::Status CheckSession(const HouseSession& session) {
    const auto found = database_.sessions.find(session.id.value());
    if (found == database_.sessions.end() || found->second.kind == SessionKind::kHouse) {
      return absl::OkStatus();
    }
    const auto open = database_.open_of.find(session.id.value());
    const bool used = open != database_.open_of.end() && !open->second.empty();
    return used ? Refused(session.name) : absl::OkStatus();
  }

  static absl::Status Refused(absl::string_view what) {
    return Fail(Reason::kCombinationNotAllowed, absl::StrCat(what, " is a caller's."));
  }

  void Keep(const HouseSession& session) {
    FakeSessionRow& row = database_.sessions[session.id.value()];
    if (row.kind == SessionKind::kOwn) {
      const FakeJarRow callers = row;
      row.other_jars[callers.jar_tenant.value()] = callers;
      row.jar_tenant = TenantId();
      row.jar.reset();
    }
    row.kind = SessionKind::kHouse;
    row.name = session.name;
    row.wallet = session.wallet;
    row.foreign_payer = session.foreign_payer;
    row.max_open_orders = session.max_open_orders;
    row.pace = session.pace;
    row.next_conversation_at =
        std::min(row.next_conversation_at, database_.clock.Now() + session.pace);
    row.retired = false;
    if (row.cookies_digest == session.cookies_digest) return;
    row.cookies_digest = session.cookies_digest;
    row.given_up_at = absl::InfiniteFuture();
    row.jar = session.jar;
    ++row.jar_version;
  }

  FakeDatabase& database_;
};

}  // namespace starlift
