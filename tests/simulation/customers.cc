#include "simulation/customers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "domain/order/funding_account.h"
#include "domain/order/order_machine.h"

namespace starlift::simulation {
namespace {

constexpr int32_t kToleranceBps = 200;
constexpr int32_t kHouseBps = 100;
constexpr int64_t kReserve = 52'000'000;

Quote QuoteFor(int64_t quantity, bool house, absl::Time now) {
  Quote quote;
  quote.cost = Units(quantity * FakeMarket::kPrice);
  if (house) {
    quote.commission_bps = kHouseBps;
    quote.commission = BpsCeil(quote.cost, kHouseBps);
  }
  quote.network_reserve = Units(kReserve);
  quote.total = quote.cost + quote.commission + quote.network_reserve;
  quote.max_total = quote.total + BpsCeil(quote.cost, kToleranceBps);
  quote.tolerance_bps = kToleranceBps;
  quote.quoted_at = now;
  quote.valid_until = now + absl::Minutes(10);
  return quote;
}

}  // namespace

Customers::Customers(World& world, Dice& dice) : world_(world) {
  for (int i = 0; i < world.plan.orders; ++i) Come(i, dice);
  GiveCredit(dice);
}

void Customers::Come(int number, Dice& dice) {
  const Plan& plan = world_.plan;
  Customer one;
  one.tenant = TenantId(absl::StrCat("ten_", dice.Roll(3)));
  one.request_id = absl::StrCat("o", number);
  one.id = OrderIdFor(one.tenant, one.request_id);
  one.recipient = absl::StrCat("user", dice.Percent(70) ? number : 0);
  one.quantity = 50 * dice.Between(1, 8);
  if (dice.Percent(plan.balance_orders)) {
    one.funding = Funding::kBalance;
  } else {
    one.wallet = world_.wallets[static_cast<size_t>(dice.Roll(plan.wallets))];
    const bool shared = number > 0 && dice.Percent(plan.shared_cookies);
    one.session = absl::StrCat("ses-", shared ? dice.Roll(number) : number);
  }
  one.pays_later = dice.Percent(plan.late_payers);
  one.cancels = one.pays_later && dice.Percent(10);
  // Some come at once, some one after the other.
  const int spread = dice.Percent(50) ? 2 : 300;
  one.at = world_.clock.Now() + absl::Milliseconds(dice.Roll(1000 * spread));
  all_.push_back(std::move(one));
}

// Most tenants can pay for everything, some cannot.
void Customers::GiveCredit(Dice& dice) {
  std::map<TenantId, Units> wanted;
  for (const Customer& one : all_) {
    if (one.funding != Funding::kBalance) continue;
    wanted[one.tenant] += QuoteFor(one.quantity, true, one.at).max_total;
  }
  for (const auto& [tenant, units] : wanted) {
    const int64_t percent = dice.Percent(80) ? 120 : dice.Between(30, 100);
    world_.database.Book(Credit(tenant, Asset::kTon, Units(units.value() / 100 * percent + 1)));
  }
}

Order Customers::Draft(const Customer& customer) const {
  const bool house = customer.funding == Funding::kBalance;
  Order order;
  order.id = customer.id;
  order.tenant = customer.tenant;
  order.request_id = customer.request_id;
  order.product = {ProductType::kStars, customer.quantity, 0};
  order.recipient = customer.recipient;
  order.funding = customer.funding;
  order.session_kind = house ? SessionKind::kHouse : SessionKind::kOwn;
  order.quote = QuoteFor(customer.quantity, house, world_.clock.Now());
  order.sequence = 1;
  order.created_at = order.updated_at = world_.clock.Now();
  order.expires_at = order.quote.valid_until;
  return order;
}

OrderChange Customers::Queue(const Customer& customer, Order order) const {
  if (customer.funding == Funding::kWallet) {
    order.payer = world_.keys.at(customer.wallet)->payer;
    order.session = SessionId(customer.session);
  }
  order.execute_by = world_.clock.Now() + world_.plan.execute_window;
  OrderChange change{Move(std::move(order), OrderState::kQueued, world_.clock.Now()), {}};
  change.ledger = {Hold(change.order.id, FundingAccount(change.order), change.order.quote.asset,
                        change.order.quote.max_total)};
  return change;
}

SecuredPayment Customers::Secure(const Customer& customer, const std::string& request_id) const {
  SecuredPayment payment;
  payment.request_id = request_id;
  payment.fingerprint = std::string(64, 'e');
  if (customer.funding == Funding::kBalance) return payment;
  payment.wallet_key =
      world_.vault.Seal(Secret(world_.keys.at(customer.wallet)->seed),
                        {customer.tenant, "order", customer.id.value(), "wallet_key"});
  payment.session = SessionId(customer.session);
  payment.session_jar =
      world_.vault.Seal(Secret::FromString("cookies=1"),
                        {customer.tenant, "session", customer.session, "session_jar"});
  return payment;
}

void Customers::Create(size_t number) {
  Customer& customer = all_[number];
  NewOrder fresh;
  fresh.created.order = Draft(customer);
  fresh.fingerprint = std::string(64, 'f');
  if (!customer.pays_later) {
    fresh.queued = Queue(customer, fresh.created.order);
    fresh.payment = Secure(customer, customer.request_id);
  }
  const CreateResult result = world_.orders.Create({&fresh, 1}).front();
  world_.Tell("customer ", customer.request_id, " creates: ",
              !result.status.ok() ? result.status.ToString()
              : result.created    ? "new"
                                  : OrderStateName(result.order.state));
  customer.created = result.status.ok();
}

void Customers::Pay(size_t number) {
  Customer& customer = all_[number];
  const auto stored = world_.orders.Find(customer.tenant, customer.id);
  if (!stored.ok() || !stored->has_value()) return;
  const StoredOrder& order = **stored;
  customer.pay_asked = true;
  if (!order.payment.request_id.empty() || order.order.state != OrderState::kAwaitingPayment) {
    return;
  }
  const auto paid = world_.orders.Pay(Queue(customer, order.order),
                                      Secure(customer, absl::StrCat(customer.request_id, "-pay")));
  world_.Tell("customer ", customer.request_id,
              " pays: ", paid.ok() ? (*paid ? "taken" : "refused") : paid.status().ToString());
}

void Customers::Cancel(size_t number) {
  const Customer& customer = all_[number];
  const auto stored = world_.orders.Find(customer.tenant, customer.id);
  if (!stored.ok() || !stored->has_value()) return;
  const Order& order = (*stored)->order;
  if (order.state != OrderState::kAwaitingPayment) return;
  const OrderChange ended{Move(order, OrderState::kCancelled, world_.clock.Now(),
                               {Reason::kCancelledByCaller, "cancelled by the caller", {}}),
                          {}};
  const auto written = world_.orders.EndUnpaid(ended);
  world_.Tell("customer ", customer.request_id,
              " cancels: ", written.ok() && *written ? "cancelled" : "too late");
}

}  // namespace starlift::simulation
