// The store contracts on PostgreSQL. The same suites run on the fakes in tests/unit.
#include <memory>

#include "adapters/postgres/witness_log.h"
#include "contract/era_store_contract.h"
#include "contract/lane_batch_contract.h"
#include "contract/lane_store_contract.h"
#include "contract/lane_verdict_contract.h"
#include "contract/order_store_contract.h"
#include "contract/purchase_store_contract.h"
#include "contract/session_place_contract.h"
#include "contract/witness_log_contract.h"
#include "integration/postgres_world.h"

namespace starlift {
namespace {

const MakeWorld kPostgresWorld = [] { return std::make_unique<PostgresWorld>(SharedDatabase()); };

INSTANTIATE_TEST_SUITE_P(Postgres, OrderStoreContract, testing::Values(kPostgresWorld), WorldName);
INSTANTIATE_TEST_SUITE_P(Postgres, PurchaseStoreContract, testing::Values(kPostgresWorld),
                         WorldName);
INSTANTIATE_TEST_SUITE_P(Postgres, SessionPlaceContract, testing::Values(kPostgresWorld),
                         WorldName);
INSTANTIATE_TEST_SUITE_P(Postgres, LaneStoreContract, testing::Values(kPostgresWorld), WorldName);
INSTANTIATE_TEST_SUITE_P(Postgres, LaneBatchContract, testing::Values(kPostgresWorld), WorldName);
INSTANTIATE_TEST_SUITE_P(Postgres, LaneVerdictContract, testing::Values(kPostgresWorld), WorldName);

// What is everybody's in a database needs one of its own for each test.
struct FreshDatabase {
  TestDatabase own;
};
class FreshPostgresWorld final : private FreshDatabase, public PostgresWorld {
 public:
  FreshPostgresWorld() : PostgresWorld(own) {}
};
const MakeWorld kFreshWorld = [] { return std::make_unique<FreshPostgresWorld>(); };
INSTANTIATE_TEST_SUITE_P(Postgres, EraStoreContract, testing::Values(kFreshWorld), WorldName);

struct FreshWitnessLog {
  TestDatabase database{"migrations/witness"};
  postgres::PostgresWitnessLog log{database.pool()};
};
const MakeWitnessLog kPostgresWitnessLog = [] {
  const auto fresh = std::make_shared<FreshWitnessLog>();
  return std::shared_ptr<WitnessLog>(fresh, &fresh->log);
};
INSTANTIATE_TEST_SUITE_P(Postgres, WitnessLogContract, testing::Values(kPostgresWitnessLog),
                         LogName);

}  // namespace
}  // namespace starlift
