#pragma once

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "simulation/plan.h"
#include "simulation/world.h"

namespace starlift::simulation {

// What stands in the doors of a world while a mistake is planted there.
class Planted {
 public:
  virtual ~Planted() = default;
};

// A mistake that a worse program would make. The domain's own code is not changed for it: a door
// between it and the world answers, or writes, so that what happens is what the mistaken code would
// do. A simulation that does not catch it would not catch the real one either.
struct Mistake {
  absl::string_view name;
  // Turns up the faults under which it shows: the search is shorter then.
  void (*weather)(Plan* plan);
  std::unique_ptr<Planted> (*plant)(World& world);
};

const std::vector<Mistake>& AllMistakes();

template <typename Kind>
std::unique_ptr<Planted> Plant(World& world) {
  return std::make_unique<Kind>(world);
}

// The parts of the list: mistaken verdicts, mistaken seqnos and chains, mistaken bookkeeping.
void AddVerdictMistakes(std::vector<Mistake>* all);
void AddSeqnoMistakes(std::vector<Mistake>* all);
void AddStoreMistakes(std::vector<Mistake>* all);

}  // namespace starlift::simulation
