// The store contracts on PostgreSQL. The same suites run on the fakes in tests/unit.
#include <memory>

#include "contract/lane_store_contract.h"
#include "contract/order_store_contract.h"
#include "contract/purchase_store_contract.h"
#include "integration/postgres_world.h"

namespace starlift {
namespace {

const MakeWorld kPostgresWorld = [] { return std::make_unique<PostgresWorld>(SharedDatabase()); };

INSTANTIATE_TEST_SUITE_P(Postgres, OrderStoreContract, testing::Values(kPostgresWorld), WorldName);
INSTANTIATE_TEST_SUITE_P(Postgres, PurchaseStoreContract, testing::Values(kPostgresWorld),
                         WorldName);
INSTANTIATE_TEST_SUITE_P(Postgres, LaneStoreContract, testing::Values(kPostgresWorld), WorldName);

}  // namespace
}  // namespace starlift
