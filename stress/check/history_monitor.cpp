#include "stress/check/history_monitor.h"

#include <algorithm>
#include <set>
#include <span>

#include "protocol/check.h"

namespace minusone {
namespace {

constexpr std::uint32_t code_of(const MessageId& id) { return id.writer << 16 | (id.sequence + 1); }

/// What of an operation's call or end the past goes by.
std::uint32_t event_of(const Operation& operation, bool ends) {
  const std::uint32_t kind = !ends            ? 0
                             : operation.torn ? 1
                                              : 2 + static_cast<std::uint32_t>(operation.ending);
  const bool names = operation.kind == Operation::Kind::write || (ends && !operation.torn);
  return kind << 29 | static_cast<std::uint32_t>(operation.agent) << 23 |
         (names ? operation.message.writer << 16 | ((operation.message.sequence + 1) & 0xffff) : 0);
}

}  // namespace

HistoryMonitor::HistoryMonitor(int writers, int agents, int capacity, bool reorders)
    : writers_(static_cast<std::size_t>(writers)),
      agents_(static_cast<std::size_t>(agents)),
      capacity_(static_cast<std::size_t>(capacity)),
      reorders_(reorders) {
  Past start;
  start.called.resize(agents_);
  start.configurations.push_back({{}, std::vector<Code>(agents_)});
  if (reorders_) {
    start.newest.resize(writers_);
    start.asked.resize(agents_ * writers_);
  }
  number_of(std::move(start));
}

int HistoryMonitor::number_of(Past past) {
  const auto [known, is_new] =
      numbers_.try_emplace(std::move(past), static_cast<int>(pasts_.size()));
  if (is_new) pasts_.push_back(&known->first);
  return known->second;
}

int HistoryMonitor::behind(int past, const Operation& operation, bool ends) {
  MINUSONE_CHECK(
      operation.message.sequence < 0xffff && operation.message.writer < 128 && operation.agent < 64,
      "an event has few bits for its agent and its message");
  const std::uint64_t event = static_cast<std::uint64_t>(past) << 32 | event_of(operation, ends);
  if (const auto known = behind_.find(event); known != behind_.end()) return known->second;
  Past next = at(past);
  ends ? end(next, operation) : call(next, operation);
  return behind_[event] = number_of(std::move(next));
}

void HistoryMonitor::call(Past& past, const Operation& operation) const {
  const std::size_t agent = operation.agent;
  const bool writes = operation.kind == Operation::Kind::write;
  if (!past.broken) past.called[agent] = writes ? code_of(operation.message) : 1;
  if (!reorders_ || writes) return;
  std::ranges::copy(past.newest,
                    past.asked.begin() + static_cast<std::ptrdiff_t>(agent * writers_));
}

void HistoryMonitor::end(Past& past, const Operation& operation) const {
  const std::size_t agent = operation.agent;
  if (!past.broken) {
    take_effect(past, operation);
    past.called[agent] = 0;
    if (past.configurations.empty()) {
      past.broken = true;
      std::ranges::fill(past.called, 0);
    }
  }
  if (!reorders_ || operation.kind == Operation::Kind::write) return;
  const std::span asked = std::span(past.asked).subspan(agent * writers_, writers_);
  // A message that nobody of the workload's wrote has no order; it breaks other properties.
  if (operation.ending == Ending::done && !operation.torn &&
      operation.message.writer - 1 < writers_) {
    const std::size_t writer = operation.message.writer - 1;
    const Code number = operation.message.sequence + 1;
    past.reordered += number < asked[writer];
    past.newest[writer] = std::max(past.newest[writer], number);
  }
  std::ranges::fill(asked, 0);
}

// The configurations in which the operation has taken effect as it says, behind the effects of
// those others that it needs.
void HistoryMonitor::take_effect(Past& past, const Operation& operation) const {
  const std::size_t agent = operation.agent;
  const bool reads = operation.kind == Operation::Kind::read;
  const auto before = std::move(past.configurations);
  past.configurations.clear();
  if (operation.ending == Ending::done && operation.torn) return;  // fits nowhere
  std::set<Configuration> seen(before.begin(), before.end()), behind;
  std::vector<Configuration> left(before.begin(), before.end());
  while (!left.empty()) {
    Configuration now = std::move(left.back());
    left.pop_back();
    if (operation.ending != Ending::done) {  // had no effect
      if (now.effects[agent] == 0) behind.insert(std::move(now));
      continue;
    }
    if (now.effects[agent] != 0) {
      if (reads && now.effects[agent] != code_of(operation.message)) continue;
      now.effects[agent] = 0;
      behind.insert(std::move(now));
      continue;
    }
    for (std::size_t other = 0; other < agents_; ++other) {
      if (past.called[other] == 0 || now.effects[other] != 0) continue;
      Configuration next = now;
      if (other < writers_) {
        if (next.queue.size() == capacity_) continue;
        next.queue.push_back(next.effects[other] = past.called[other]);
      } else {
        if (next.queue.empty()) continue;
        next.effects[other] = next.queue.front();
        next.queue.erase(next.queue.begin());
      }
      if (seen.insert(next).second) left.push_back(std::move(next));
    }
  }
  past.configurations.assign(behind.begin(), behind.end());
}

}  // namespace minusone
