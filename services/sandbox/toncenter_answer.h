#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "sandbox/world.h"

namespace starlift::sandbox {

// Parameters of a call: from the query, or from the JSON body of a POST. A name may come
// repeatedly.
class Parameters {
 public:
  void Add(const std::string& name, std::string value) {
    values_[name].push_back(std::move(value));
  }
  std::string Text(const std::string& name) const;  // the first; empty: absent
  std::vector<std::string> All(const std::string& name) const;
  uint64_t Number(const std::string& name, uint64_t otherwise) const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

struct Answer {
  int status = 200;
  nlohmann::json body;
};

// 64 hex characters, or base64 of 32 bytes in either alphabet.
std::optional<ton::Hash256> ParseAnyHash(absl::string_view text);

// The world as one provider shows it. The world is locked.
struct View {
  World& world;
  Provider& provider;

  const Chain& chain() const { return world.chain; }
  int64_t now_ms() const { return world.MachineMs(); }
  AccountRead Read(const ton::Address& address) const { return provider.Read(address, now_ms()); }
  bool Indexed(const Transaction& transaction) const {
    return provider.Indexed(transaction, now_ms());
  }
};

// What a send came to; the same for both versions of the API.
struct SendReport {
  int status = 200;
  std::string error;  // empty: taken
  ton::Hash256 hash{};
  ton::Hash256 normalized{};
};
SendReport SendBoc(World& world, absl::string_view boc_base64);

// "wallet v5 r1", "wallet v4 r2".
const char* WalletType(WalletVersion version);

}  // namespace starlift::sandbox
