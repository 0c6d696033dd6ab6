#pragma once

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "adapters/postgres/credit_store.h"
#include "adapters/postgres/era_store.h"
#include "adapters/postgres/house_registry.h"
#include "adapters/postgres/key_store.h"
#include "adapters/postgres/lane_store.h"
#include "adapters/postgres/order_store.h"
#include "adapters/postgres/purchase_store.h"
#include "base/random.h"
#include "contract/store_world.h"
#include "fakes/plain_renderer.h"
#include "integration/postgres_database.h"

namespace starlift {

// The PostgreSQL stores on one database. Tests keep apart by their tenants.
class PostgresWorld : public StoreWorld {
 public:
  explicit PostgresWorld(TestDatabase& database) : database_(database) {}

  OrderStore& orders() override { return orders_; }
  PurchaseStore& purchases() override { return purchases_; }
  LaneStore& lanes() override { return lanes_; }
  EraStore& eras() override { return eras_; }
  HouseRegistry& house() override { return house_; }

  TenantId NewTenant() override {
    SystemRandom random;
    NewTenant_ tenant;
    tenant.id = TenantId(NewId("ten_", absl::ToUnixMillis(Now()), random));
    tenant.name = "a tenant";
    tenant.key.id = tenant.id.value().substr(22);
    tenant.key.hash = std::string(32, '\x80');
    tenant.webhook_secret = {"key0000000000003", "sealed webhook secret"};
    const absl::Status made = postgres::PostgresKeyStore(database_.pool()).CreateTenant(tenant);
    EXPECT_TRUE(made.ok()) << made;
    return tenant.id;
  }

  void GiveCredit(const TenantId& tenant, Units amount) override {
    SystemRandom random;
    const std::string id = NewId("b", absl::ToUnixMillis(Now()), random);
    const auto booked = credits_.Book({tenant, id, amount, "operator", "a test"});
    EXPECT_TRUE(booked.ok()) << booked.status();
  }
  Units CreditOf(const TenantId& tenant) override {
    return credits_.Available(tenant).value_or(Units(-1));
  }

  absl::Time Now() override { return clock_.Now(); }
  void Pass(absl::Duration duration) override {
    std::this_thread::sleep_for(absl::ToChronoMicroseconds(duration));
  }

  void MakeHouseLane(const std::string& wallet) override {
    database_.Ask("UPDATE lanes SET house = true WHERE wallet = '" + wallet + "'");
  }
  void AllowForeignPayer(const SessionId& session) override {
    database_.Ask(
        "UPDATE sessions SET kind = 'house', name = id, wallet = '0:w', foreign_payer = true "
        "WHERE id = '" +
        session.value() + "'");
  }
  void MakeBalanceOrder(const OrderId& order) override {
    database_.Ask("UPDATE orders SET funding = 'balance' WHERE id = '" + order.value() + "'");
  }
  std::string EvidenceOf(const TransferId& transfer) override {
    return database_.Ask("SELECT evidence FROM transfers WHERE id = '" + transfer.value() + "'");
  }

  int SealedSecrets(const OrderId& order) override {
    return Count("sealed_secrets WHERE order_id = '" + order.value() + "'");
  }
  bool HasJar(const SessionId& session) override {
    return Count("session_jars WHERE jar IS NOT NULL AND session_id = '" + session.value() + "'") >
           0;
  }
  int Deliveries(const OrderId& order) override {
    return Count("webhook_deliveries WHERE order_id = '" + order.value() + "'");
  }
  Units LedgerSum() override {
    return Units(std::stoll(database_.Ask("SELECT COALESCE(sum(amount), 0) FROM ledger_entries")));
  }
  int LedgerTransactions(const OrderId& order) override {
    return Count("ledger_transactions WHERE order_id = '" + order.value() + "'");
  }

 private:
  using NewTenant_ = starlift::NewTenant;
  int Count(const std::string& what) {
    return std::stoi(database_.Ask("SELECT count(*) FROM " + what));
  }

  TestDatabase& database_;
  SystemClock clock_;
  PlainRenderer renderer_;
  postgres::PostgresCreditStore credits_{database_.pool()};
  postgres::PostgresOrderStore orders_{database_.pool(), renderer_};
  postgres::PostgresPurchaseStore purchases_{database_.pool(), renderer_, clock_};
  postgres::PostgresLaneStore lanes_{database_.pool(), renderer_, clock_};
  postgres::PostgresEraStore eras_{database_.pool()};
  postgres::PostgresHouseRegistry house_{database_.pool()};
};

// One database for all tests of the binary that share it.
inline TestDatabase& SharedDatabase() {
  static TestDatabase database;
  return database;
}

}  // namespace starlift
