#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/numbers.h"
#include "sandbox/executor.h"
#include "sandbox/transaction.h"
#include "ton/boc.h"

namespace starlift::sandbox {

// What the node's own executor was asked about: tests/data/vectors/ton.
inline nlohmann::json Vectors(const std::string& name) {
  std::ifstream file(STARLIFT_SOURCE_DIR "/tests/data/vectors/ton/" + name + ".json");
  return nlohmann::json::parse(file);
}

inline uint64_t NumberOf(const nlohmann::json& text) {
  uint64_t value = 0;
  EXPECT_TRUE(absl::SimpleAtoi(text.get<std::string>(), &value)) << text;
  return value;
}

inline ton::CellRef CellOf(const nlohmann::json& text) {
  const auto cell = ton::ReadBocBase64(text.get<std::string>());
  EXPECT_TRUE(cell.ok()) << cell.status();
  return cell.ok() ? *cell : nullptr;
}

// When a real transaction happened, read from its cell.
inline Moment MomentOf(const ton::CellRef& transaction) {
  ton::CellReader reader(transaction);
  EXPECT_TRUE(reader.Skip(4 + 256).ok());
  const uint64_t lt = *reader.Uint(64);
  EXPECT_TRUE(reader.Skip(256 + 64).ok());
  return {static_cast<uint32_t>(*reader.Uint(32)), lt};
}

// The message that a real transaction received.
inline ton::CellRef InMessage(const ton::CellRef& transaction) {
  return transaction->refs()[0]->refs()[0];
}

// The real transaction, but for what this chain invents: state hashes and the count of VM steps.
// The phases are the same cells, and so are the messages.
inline void ExpectSameTransaction(const Transaction& ours, const ton::CellRef& real) {
  EXPECT_EQ(ours.cell->data(), real->data());
  EXPECT_EQ(ton::HexOf(ours.cell->refs()[0]->hash()), ton::HexOf(real->refs()[0]->hash()));
  const ton::CellRef our_phases = ours.cell->refs()[2];
  const ton::CellRef real_phases = real->refs()[2];
  EXPECT_EQ(our_phases->data(), real_phases->data());
  ASSERT_EQ(our_phases->refs().size(), real_phases->refs().size());
  for (size_t i = 0; i < our_phases->refs().size(); ++i) {
    const bool computation = i == 0 && !ours.compute.skipped.has_value();
    if (computation) {
      EXPECT_EQ(our_phases->refs()[i]->bits(), real_phases->refs()[i]->bits());
    } else {
      EXPECT_EQ(ton::HexOf(our_phases->refs()[i]->hash()),
                ton::HexOf(real_phases->refs()[i]->hash()));
    }
  }
}

}  // namespace starlift::sandbox
