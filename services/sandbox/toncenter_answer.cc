#include "sandbox/toncenter_answer.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "ton/base64.h"

namespace starlift::sandbox {

std::string Parameters::Text(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? "" : found->second.front();
}

std::vector<std::string> Parameters::All(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>() : found->second;
}

uint64_t Parameters::Number(const std::string& name, uint64_t otherwise) const {
  uint64_t number = 0;
  return absl::SimpleAtoi(Text(name), &number) ? number : otherwise;
}

std::optional<ton::Hash256> ParseAnyHash(absl::string_view text) {
  const absl::StatusOr<ton::Hash256> hex = ton::ParseHash(text);
  if (hex.ok()) return *hex;
  const auto bytes = ton::DecodeBase64(text, ton::Base64Padding::kOptional);
  if (!bytes.ok() || bytes->size() != 32) return std::nullopt;
  ton::Hash256 hash;
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

const char* WalletType(WalletVersion version) {
  return version == WalletVersion::kV5R1 ? "wallet v5 r1" : "wallet v4 r2";
}

SendReport SendBoc(World& world, absl::string_view boc_base64) {
  SendReport report;
  if (boc_base64.empty()) {
    report.status = 422;
    report.error = "failed to validate request: empty boc";
    return report;
  }
  const auto bytes = ton::DecodeBase64(boc_base64, ton::Base64Padding::kOptional);
  if (!bytes.ok()) {
    report.status = 422;
    report.error = "failed to validate request: boc is not base64";
    return report;
  }
  const SendAnswer answer = world.chain.Send(*bytes, world.MachineMs());
  report.hash = answer.hash;
  report.normalized = answer.normalized;
  if (!answer.taken) {
    report.status = 500;
    report.error = answer.error;
  } else if (!world.faults.lose_by_closing && TakeOne(&world.faults.lose_send_answer)) {
    report.status = 500;
    report.error = "LITE_SERVER_TIMEOUT: timeout";
  }
  return report;
}

}  // namespace starlift::sandbox
