#include "stress/check/linearizability.h"

#include <algorithm>
#include <deque>
#include <set>

namespace minusone {
namespace {

bool must_take_effect(const Operation& operation) { return operation.ending == Ending::done; }

/// Gives operations their points one after the other, and takes them back where it went wrong.
/// Without recursion: a history may be long.
class Linearizer {
 public:
  Linearizer(const History& history, int capacity) : capacity_(static_cast<std::size_t>(capacity)) {
    for (const Operation& operation : history) {
      if (operation.ending == Ending::timed_out) continue;
      operations_.push_back(&operation);
      left_ += must_take_effect(operation);
    }
    done_.resize(operations_.size());
  }

  bool succeeds() {
    path_.push_back({0, first_return(), {}});
    while (left_ > 0) {
      if (go_on()) continue;
      if (path_.size() == 1) return false;
      came_to_nothing_.insert(state());
      path_.pop_back();
      take_back();
    }
    return true;
  }

 private:
  /// A point in the order: which operation is tried there, and what it took if it is a read.
  struct Point {
    std::size_t operation;
    std::uint64_t first_return;  ///< of those without a point; the next one was called before it
    MessageId taken;
  };
  using State = std::pair<std::vector<bool>, std::vector<MessageId>>;

  State state() const { return {done_, {queue_.begin(), queue_.end()}}; }

  std::uint64_t first_return() const {
    std::uint64_t first = UINT64_MAX;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (!done_[i] && must_take_effect(*operations_[i]))
        first = std::min(first, operations_[i]->returned);
    }
    return first;
  }

  // Gives the last point its next operation. @return false: there is none
  bool go_on() {
    for (;;) {
      Point& last = path_.back();
      while (last.operation < operations_.size() && !comes(last.operation)) ++last.operation;
      if (last.operation == operations_.size()) return false;
      const std::size_t chosen = last.operation;
      done_[chosen] = true;
      left_ -= must_take_effect(*operations_[chosen]);
      if (came_to_nothing_.empty() || !came_to_nothing_.contains(state())) {
        path_.push_back({0, first_return(), {}});
        return true;
      }
      take_back();
    }
  }

  // Lets the operation take effect at the last point, if it may.
  bool comes(std::size_t i) {
    return !done_[i] && operations_[i]->called <= path_.back().first_return &&
           take_effect(*operations_[i]);
  }

  bool take_effect(const Operation& operation) {
    if (operation.kind == Operation::Kind::write) {
      if (queue_.size() == capacity_) return false;
      queue_.push_back(operation.message);
      return true;
    }
    if (queue_.empty() || operation.torn) return false;
    if (must_take_effect(operation) && queue_.front() != operation.message) return false;
    path_.back().taken = queue_.front();
    queue_.pop_front();
    return true;
  }

  // Takes the last point's operation back, and goes on to the next.
  void take_back() {
    Point& last = path_.back();
    const Operation& operation = *operations_[last.operation];
    if (operation.kind == Operation::Kind::write) {
      queue_.pop_back();
    } else {
      queue_.push_front(last.taken);
    }
    left_ += must_take_effect(operation);
    done_[last.operation++] = false;
  }

  const std::size_t capacity_;
  std::vector<const Operation*> operations_;
  std::vector<bool> done_;
  std::size_t left_ = 0;  ///< operations that still need a point
  std::deque<MessageId> queue_;
  std::vector<Point> path_;
  std::set<State> came_to_nothing_;
};

}  // namespace

bool is_linearizable(const History& history, int capacity) {
  return Linearizer(history, capacity).succeeds();
}

}  // namespace minusone
