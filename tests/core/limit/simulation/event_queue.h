// What happens next on the virtual clock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace sluice::limit::simulation {

// A heap of events by time, and by the order in which they were added where times are equal, so
// that a run depends on nothing but its seed. O(log n).
template <typename What>
class EventQueue {
 public:
  struct Event {
    double at_ms;
    uint64_t order;
    What what;
  };

  void Add(double at_ms, const What& what) {
    events_.push_back({at_ms, added_++, what});
    std::push_heap(events_.begin(), events_.end(), IsLater);
  }
  bool empty() const { return events_.empty(); }
  Event Next() {
    std::pop_heap(events_.begin(), events_.end(), IsLater);
    const Event next = events_.back();
    events_.pop_back();
    return next;
  }

 private:
  static bool IsLater(const Event& x, const Event& y) {
    return x.at_ms != y.at_ms ? x.at_ms > y.at_ms : x.order > y.order;
  }

  std::vector<Event> events_;
  uint64_t added_ = 0;
};

}  // namespace sluice::limit::simulation
