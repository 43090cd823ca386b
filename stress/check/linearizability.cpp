#include "stress/check/linearizability.h"

#include <algorithm>
#include <deque>
#include <set>

namespace minusone {
namespace {

class Linearizer {
 public:
  Linearizer(const History& history, int capacity) : capacity_(static_cast<std::size_t>(capacity)) {
    for (const Operation& operation : history) {
      if (operation.ending != Ending::timed_out) operations_.push_back(&operation);
    }
    for (std::size_t i = 0; i < operations_.size() && i < 64; ++i) {
      if (must_take_effect(*operations_[i])) required_ |= std::uint64_t{1} << i;
    }
  }

  bool is_too_long() const { return operations_.size() > 64; }

  /// From here on, with the operations in `done` behind us, can the others be given their points?
  bool goes_on(std::uint64_t done) {
    if ((required_ & ~done) == 0) return true;
    if (!tried_.insert({done, {queue_.begin(), queue_.end()}}).second) return false;
    // Who may come next was called before any of the others returned.
    std::uint64_t first_return = UINT64_MAX;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if ((done >> i & 1) == 0 && (required_ >> i & 1) != 0)
        first_return = std::min(first_return, operations_[i]->returned);
    }
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if ((done >> i & 1) != 0 || operations_[i]->called > first_return) continue;
      if (takes_effect(*operations_[i], done | std::uint64_t{1} << i)) return true;
    }
    return false;
  }

 private:
  static bool must_take_effect(const Operation& operation) {
    return operation.ending == Ending::done;
  }

  bool takes_effect(const Operation& operation, std::uint64_t done) {
    if (operation.kind == Operation::Kind::write) {
      if (queue_.size() == capacity_) return false;
      queue_.push_back(operation.message);
      const bool fits = goes_on(done);
      queue_.pop_back();
      return fits;
    }
    if (queue_.empty() || operation.torn) return false;
    const MessageId front = queue_.front();
    if (operation.ending == Ending::done && front != operation.message) return false;
    queue_.pop_front();
    const bool fits = goes_on(done);
    queue_.push_front(front);
    return fits;
  }

  const std::size_t capacity_;
  std::vector<const Operation*> operations_;
  std::uint64_t required_ = 0;
  std::deque<MessageId> queue_;
  std::set<std::pair<std::uint64_t, std::vector<MessageId>>> tried_;
};

}  // namespace

bool is_linearizable(const History& history, int capacity) {
  Linearizer linearizer(history, capacity);
  return linearizer.is_too_long() || linearizer.goes_on(0);
}

}  // namespace minusone
