#include "sandbox/dictionary.h"

#include <bit>

#include "base/status_macros.h"

namespace starlift::sandbox {
namespace {

constexpr int kKeyBits = 15;

// A run of keys that agree in all but their last `bits` bits.
struct Branch {
  const std::vector<ton::CellRef>* values;
  uint32_t first;
  uint32_t last;  // inclusive
  int bits;
};

int CommonBits(const Branch& branch) {
  const uint32_t differing = branch.first ^ branch.last;
  return branch.bits - (32 - std::countl_zero(differing));
}

// The label of a node in the shortest of its three forms, ties broken as the reference node does.
void PutLabel(uint32_t label, int length, int most, ton::CellBuilder* builder) {
  const int size_bits = 32 - std::countl_zero(static_cast<uint32_t>(most));
  const bool zeros = label == 0;
  const bool ones = label == (1u << length) - 1;
  if (length > 1 && (zeros || ones) && size_bits < 2 * length - 1) {
    builder->Uint(0b11, 2).Bit(ones).Uint(static_cast<uint64_t>(length), size_bits);
  } else if (size_bits < length) {
    builder->Uint(0b10, 2).Uint(static_cast<uint64_t>(length), size_bits).Uint(label, length);
  } else {
    builder->Bit(false);
    for (int i = 0; i < length; ++i) builder->Bit(true);
    builder->Bit(false).Uint(label, length);
  }
}

absl::StatusOr<ton::CellRef> BuildNode(const Branch& branch) {
  ton::CellBuilder builder;
  const int common = CommonBits(branch);
  const int below = branch.bits - common;
  const uint32_t mask = (1u << branch.bits) - 1;
  PutLabel((branch.first & mask) >> below, common, branch.bits, &builder);
  if (below == 0) return builder.Ref((*branch.values)[branch.first]).Build();
  const uint32_t middle = (branch.last >> (below - 1)) << (below - 1);
  ASSIGN_OR_RETURN(ton::CellRef left,
                   BuildNode({branch.values, branch.first, middle - 1, below - 1}));
  ASSIGN_OR_RETURN(ton::CellRef right, BuildNode({branch.values, middle, branch.last, below - 1}));
  return builder.Ref(std::move(left)).Ref(std::move(right)).Build();
}

}  // namespace

absl::StatusOr<ton::CellRef> BuildMessageDictionary(const std::vector<ton::CellRef>& messages) {
  if (messages.empty()) return ton::CellRef();
  return BuildNode({&messages, 0, static_cast<uint32_t>(messages.size()) - 1, kKeyBits});
}

}  // namespace starlift::sandbox
