#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "domain/order/ports/work_signal.h"

namespace starlift {

// Remembers what was told.
class RecordingSignal final : public WorkSignal {
 public:
  void Announce(const WorkItem& item) override { announced.push_back(item); }
  void Changed(const Order& order) override { changed.push_back(order.id.value()); }

  bool Announced(WorkItem::Kind kind, const std::string& id) const {
    return std::find(announced.begin(), announced.end(), WorkItem{kind, id}) != announced.end();
  }
  void Forget() {
    announced.clear();
    changed.clear();
  }

  std::vector<WorkItem> announced;
  std::vector<std::string> changed;
};

}  // namespace starlift
