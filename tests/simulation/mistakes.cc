#include "simulation/mistakes.h"

namespace starlift::simulation {

const std::vector<Mistake>& AllMistakes() {
  static const auto* const all = [] {
    auto* list = new std::vector<Mistake>;
    AddVerdictMistakes(list);
    AddSeqnoMistakes(list);
    AddStoreMistakes(list);
    return list;
  }();
  return *all;
}

}  // namespace starlift::simulation
