#pragma once

#include <string>
#include <vector>

#include "simulation/dice.h"
#include "simulation/world.h"

namespace starlift::simulation {

// Who orders. Each sends its requests as the API would store them, and sends the same ones again
// whenever it is not sure.
class Customers {
 public:
  struct Customer {
    OrderId id;
    TenantId tenant;
    std::string request_id;
    std::string recipient;
    int64_t quantity = 0;
    Funding funding = Funding::kWallet;
    std::string wallet;   // empty: the house's
    std::string session;  // empty: the house's
    bool pays_later = false;
    bool cancels = false;
    absl::Time at;           // when it comes
    bool created = false;    // the api said that the order is there
    bool pay_asked = false;  // the second request was sent
  };

  Customers(World& world, Dice& dice);

  // CreateOrder, with the payment or without. Safe to repeat.
  void Create(size_t number);
  // PayOrder. Safe to repeat.
  void Pay(size_t number);
  void Cancel(size_t number);

  const std::vector<Customer>& all() const { return all_; }
  std::vector<Customer>& all() { return all_; }

 private:
  void Come(int number, Dice& dice);
  void GiveCredit(Dice& dice);
  Order Draft(const Customer& customer) const;
  OrderChange Queue(const Customer& customer, Order order) const;
  SecuredPayment Secure(const Customer& customer, const std::string& request_id) const;

  World& world_;
  std::vector<Customer> all_;
};

}  // namespace starlift::simulation
