#include "adapters/toncenter/network.h"

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "adapters/toncenter/answer.h"
#include "base/status_macros.h"

namespace starlift::toncenter {
namespace {

struct Network {
  int32_t global_id;
  absl::string_view name;
  absl::string_view root_hash;  // of the zerostate; hex
  absl::string_view file_hash;
};

// ton.org/global.config.json and ton.org/testnet-global.config.json, validator.zero_state.
constexpr Network kNetworks[] = {
    {-239, "mainnet", "17a3a92992aabea785a7a090985a265cd31f323d849da51239737e321fb05569",
     "5e994fcf4d425c0a6ce6a792594b7173205f740a39cd56f537defd28b48a0f6e"},
    {-3, "testnet", "823f81f306ff02694f935cf5021548e3ce2b86b529812af6a12148879e95a128",
     "67e20ac184b9e039a62667acc3f9c00f90f359a76738233379efa47604980ce8"},
};

const Network* FindNetwork(int32_t global_id) {
  for (const Network& network : kNetworks) {
    if (network.global_id == global_id) return &network;
  }
  return nullptr;
}

std::string NameOf(absl::string_view root_hash, absl::string_view file_hash) {
  for (const Network& network : kNetworks) {
    if (network.root_hash == root_hash && network.file_hash == file_hash) {
      return absl::StrCat(network.name, " (", network.global_id, ")");
    }
  }
  return absl::StrCat("a network whose zerostate is ", root_hash);
}

}  // namespace

bool IsKnownNetwork(int32_t network_global_id) { return FindNetwork(network_global_id) != nullptr; }

absl::Status CheckNetwork(int http_status, absl::string_view body, int32_t network_global_id) {
  const Network* wanted = FindNetwork(network_global_id);
  if (wanted == nullptr) {
    return ChainFailure("configuration",
                        absl::StrCat("network ", network_global_id, " is not known here"));
  }
  ASSIGN_OR_RETURN(const nlohmann::json result, ReadV2Result(http_status, body));
  FieldReader fields(result, "the masterchain");
  const nlohmann::json& init = fields.Object("init");
  RETURN_IF_ERROR(fields.status());
  FieldReader init_fields(init, "the zerostate");
  const std::string root_hash = init_fields.HexHash("root_hash");
  const std::string file_hash = init_fields.HexHash("file_hash");
  RETURN_IF_ERROR(init_fields.status());
  if (root_hash == wanted->root_hash && file_hash == wanted->file_hash) return absl::OkStatus();
  return ChainFailure("configuration",
                      absl::StrCat("the provider serves ", NameOf(root_hash, file_hash),
                                   ", this installation is on ", wanted->name, " (",
                                   wanted->global_id, "): nothing is sent to it"));
}

}  // namespace starlift::toncenter
