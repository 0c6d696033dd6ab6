// The store contracts on the fakes. The same suites run on PostgreSQL in tests/integration.
#include <memory>

#include "contract/era_store_contract.h"
#include "contract/lane_batch_contract.h"
#include "contract/lane_store_contract.h"
#include "contract/lane_verdict_contract.h"
#include "contract/order_store_contract.h"
#include "contract/purchase_store_contract.h"
#include "contract/session_place_contract.h"
#include "contract/witness_log_contract.h"
#include "fakes/fake_database.h"
#include "fakes/fake_era_store.h"
#include "fakes/fake_house_registry.h"
#include "fakes/fake_lane_store.h"
#include "fakes/fake_order_store.h"
#include "fakes/fake_purchase_store.h"
#include "fakes/fake_witness_log.h"
#include "fakes/manual_clock.h"
#include "fakes/plain_renderer.h"

namespace starlift {
namespace {

class FakeWorld final : public StoreWorld {
 public:
  OrderStore& orders() override { return orders_; }
  PurchaseStore& purchases() override { return purchases_; }
  LaneStore& lanes() override { return lanes_; }
  EraStore& eras() override { return eras_; }
  HouseRegistry& house() override { return house_; }
  TenantId NewTenant() override { return TenantId(absl::StrCat("tenant-", ++tenants_)); }
  void GiveCredit(const TenantId& tenant, Units amount) override {
    database_.Book(Credit(tenant, Asset::kTon, amount));
  }
  Units CreditOf(const TenantId& tenant) override {
    return database_.credits[CreditAccount(tenant)];
  }
  absl::Time Now() override { return clock_.Now(); }
  void Pass(absl::Duration duration) override { clock_.Advance(duration); }

  void MakeHouseLane(const std::string& wallet) override {
    database_.lanes.at(wallet).house = true;
  }
  void AllowForeignPayer(const SessionId& session) override {
    FakeSessionRow& row = database_.sessions.at(session.value());
    row.kind = SessionKind::kHouse;
    row.foreign_payer = true;
  }
  void MakeBalanceOrder(const OrderId& order) override {
    database_.Row(order)->order.funding = Funding::kBalance;
  }
  std::string EvidenceOf(const TransferId& transfer) override {
    return database_.transfer_notes[transfer.value()].evidence;
  }

  int SealedSecrets(const OrderId& order) override {
    const FakeOrderRow* row = database_.Row(order);
    return row != nullptr && row->wallet_key ? 1 : 0;
  }
  bool HasJar(const SessionId& session) override {
    const auto found = database_.sessions.find(session.value());
    return found != database_.sessions.end() && found->second.jar.has_value();
  }
  int Deliveries(const OrderId& order) override {
    int count = 0;
    for (const auto& [id, sequence] : database_.deliveries) count += id == order;
    return count;
  }
  Units LedgerSum() override {
    Units sum;
    for (const LedgerTransaction& transaction : database_.ledger) {
      for (const LedgerEntry& entry : transaction.entries) sum += entry.amount;
    }
    return sum;
  }
  int LedgerTransactions(const OrderId& order) override {
    int count = 0;
    for (const LedgerTransaction& transaction : database_.ledger)
      count += transaction.order == order;
    return count;
  }

 private:
  ManualClock clock_;
  PlainRenderer renderer_;
  FakeDatabase database_{clock_, renderer_};
  FakeOrderStore orders_{database_};
  FakePurchaseStore purchases_{database_};
  FakeLaneStore lanes_{database_};
  FakeEraStore eras_{database_};
  FakeHouseRegistry house_{database_};
  int tenants_ = 0;
};

const MakeWorld kFakeWorld = [] { return std::make_unique<FakeWorld>(); };

INSTANTIATE_TEST_SUITE_P(Fakes, OrderStoreContract, testing::Values(kFakeWorld), WorldName);
INSTANTIATE_TEST_SUITE_P(Fakes, PurchaseStoreContract, testing::Values(kFakeWorld), WorldName);
INSTANTIATE_TEST_SUITE_P(Fakes, SessionPlaceContract, testing::Values(kFakeWorld), WorldName);
INSTANTIATE_TEST_SUITE_P(Fakes, LaneStoreContract, testing::Values(kFakeWorld), WorldName);
INSTANTIATE_TEST_SUITE_P(Fakes, LaneBatchContract, testing::Values(kFakeWorld), WorldName);
INSTANTIATE_TEST_SUITE_P(Fakes, LaneVerdictContract, testing::Values(kFakeWorld), WorldName);
INSTANTIATE_TEST_SUITE_P(Fakes, EraStoreContract, testing::Values(kFakeWorld), WorldName);

const MakeWitnessLog kFakeWitnessLog = [] { return std::make_shared<FakeWitnessLog>(); };
INSTANTIATE_TEST_SUITE_P(Fakes, WitnessLogContract, testing::Values(kFakeWitnessLog), LogName);

}  // namespace
}  // namespace starlift
