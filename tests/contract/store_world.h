#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "contract/order_examples.h"
#include "domain/fulfillment/ports/house_registry.h"
#include "domain/fulfillment/ports/purchase_store.h"
#include "domain/order/ports/order_store.h"
#include "domain/payment/ports/era_store.h"
#include "domain/payment/ports/lane_store.h"

namespace starlift {

// The stores of one installation, and what a contract test needs besides. The same suites run on
// the fakes and on PostgreSQL: what a fake promises, the database keeps.
class StoreWorld {
 public:
  virtual ~StoreWorld() = default;
  virtual OrderStore& orders() = 0;
  virtual PurchaseStore& purchases() = 0;
  virtual LaneStore& lanes() = 0;
  virtual EraStore& eras() = 0;
  virtual HouseRegistry& house() = 0;
  virtual TenantId NewTenant() = 0;
  // An operator's booking of prepaid TON.
  virtual void GiveCredit(const TenantId& tenant, Units amount) = 0;
  virtual Units CreditOf(const TenantId& tenant) = 0;
  virtual absl::Time Now() = 0;
  // Lets time go by.
  virtual void Pass(absl::Duration duration) = 0;
  // What an operator's configuration says of a lane and of a session that are there.
  virtual void MakeHouseLane(const std::string& wallet) = 0;
  virtual void AllowForeignPayer(const SessionId& session) = 0;
  // Makes of an order one that the house pays.
  virtual void MakeBalanceOrder(const OrderId& order) = 0;
  // A look behind the ports.
  virtual std::string EvidenceOf(const TransferId& transfer) = 0;
  virtual int SealedSecrets(const OrderId& order) = 0;
  virtual bool HasJar(const SessionId& session) = 0;  // of a session that one tenant uses
  virtual int Deliveries(const OrderId& order) = 0;
  virtual Units LedgerSum() = 0;
  virtual int LedgerTransactions(const OrderId& order) = 0;
};

using MakeWorld = std::function<std::unique_ptr<StoreWorld>()>;

// The way of an order through the stores, for tests that start in the middle.
class StoreContract : public testing::TestWithParam<MakeWorld> {
 protected:
  StoreContract() : world_(GetParam()()), tenant_(world_->NewTenant()) {}

  absl::Time Now() { return absl::FromUnixMicros(absl::ToUnixMicros(world_->Now())); }

  ExamplePayer Payer(const std::string& name) {
    return {DerivedId("0:", {tenant_.value(), "wallet", name}),
            DerivedId("ses_", {tenant_.value(), "session", name})};
  }

  Order CreatePaid(const std::string& name, const ExamplePayer& payer,
                   const std::string& callback_url = "") {
    NewOrder fresh = Paid(tenant_, name, payer, Now());
    fresh.created.order.callback_url = fresh.queued->order.callback_url = callback_url;
    const CreateResult result = world_->orders().Create({&fresh, 1}).front();
    EXPECT_TRUE(result.status.ok()) << result.status;
    EXPECT_EQ(result.order.state, OrderState::kQueued);
    return result.order;
  }

  ClaimedOrder Claim(const OrderId& id, absl::Duration lease = absl::Seconds(30),
                     const std::string& owner = "worker-1") {
    const auto claimed = world_->purchases().Claim(id, owner, lease);
    EXPECT_TRUE(claimed.ok() && claimed->has_value()) << claimed.status();
    return claimed.ok() && claimed->has_value() ? **claimed : ClaimedOrder{};
  }

  Lane ClaimLane(const std::string& wallet, absl::Duration lease = absl::Seconds(30),
                 const std::string& owner = "worker-1") {
    const auto claimed = world_->lanes().Claim(wallet, owner, lease);
    EXPECT_TRUE(claimed.ok() && claimed->has_value()) << claimed.status();
    return claimed.ok() && claimed->has_value() ? **claimed : Lane{};
  }

  // Claims the order and stores an invoice named as the order.
  Invoice MakeInvoiced(const Order& order, const std::string& name) {
    const ClaimedOrder claimed = Claim(order.id);
    EXPECT_TRUE(world_->purchases().AcquireSession(claimed).ok());
    const Invoice invoice = ExampleInvoice(order, absl::StrCat(tenant_.value(), name), Now());
    const OrderChange invoiced{Move(claimed.order, OrderState::kInvoiced, Now()), {}};
    const absl::Status saved = world_->purchases().SaveInvoice(claimed, invoiced, invoice);
    EXPECT_TRUE(saved.ok()) << saved;
    return invoice;
  }

  Order Load(const OrderId& id) {
    const auto found = world_->orders().Find(tenant_, id);
    EXPECT_TRUE(found.ok() && found->has_value()) << found.status();
    return found.ok() && found->has_value() ? (*found)->order : Order{};
  }

  OrderChange Paying(const OrderId& id, const Transfer& transfer) {
    Order paying = Move(Load(id), OrderState::kPaying, Now());
    paying.payment.normalized_hash = transfer.normalized_hash;
    return {paying, {}};
  }

  const std::unique_ptr<StoreWorld> world_;
  const TenantId tenant_;
};

inline std::string WorldName(const testing::TestParamInfo<MakeWorld>&) { return "Stores"; }

}  // namespace starlift
