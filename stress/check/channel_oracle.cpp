#include "stress/check/channel_oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "protocol/workload.h"

namespace minusone {
namespace {

struct Hash {
  std::size_t operator()(const MessageId& id) const {
    return std::hash<std::uint64_t>{}(std::uint64_t{id.writer} << 32 | id.sequence);
  }
};

bool was_received(const Operation& operation) {
  return operation.kind == Operation::Kind::read && operation.ending == Ending::done &&
         !operation.torn;
}

// A message is out of order when, before it was first asked for, a later one of its writer had
// already been returned: no linearization puts the two right.
unsigned count_reordered(const History& history, std::uint16_t drainer) {
  std::map<std::uint32_t, std::vector<const Operation*>> reads;
  for (const Operation& operation : history) {
    if (was_received(operation) && operation.agent != drainer)
      reads[operation.message.writer].push_back(&operation);
  }
  unsigned reordered = 0;
  for (auto& [writer, by_call] : reads) {
    auto by_return = by_call;
    std::ranges::sort(by_call, {}, &Operation::called);
    std::ranges::sort(by_return, {}, &Operation::returned);
    auto returned = by_return.begin();
    std::int64_t newest = -1;
    for (const Operation* read : by_call) {
      for (; returned != by_return.end() && (*returned)->returned < read->called; ++returned) {
        newest = std::max<std::int64_t>(newest, (*returned)->message.sequence);
      }
      if (read->message.sequence < newest) ++reordered;
    }
  }
  return reordered;
}

}  // namespace

Outcome judge_channel(const History& history, const ChannelEnd& end) {
  std::unordered_map<MessageId, unsigned, Hash> received;
  Outcome outcome;
  unsigned drained = 0, dead_readers = 0, dead_writers = 0, pending_readers = 0,
           pending_writers = 0;
  for (const Operation& operation : history) {
    const bool writes = operation.kind == Operation::Kind::write;
    if (operation.ending == Ending::pending && operation.agent != end.drainer) {
      ++(writes ? pending_writers : pending_readers);
    }
    if (operation.ending == Ending::dead) ++(writes ? dead_writers : dead_readers);
    if (!writes && operation.ending == Ending::done && operation.torn &&
        operation.agent != end.drainer) {
      ++outcome.torn;
    }
    if (was_received(operation) && operation.agent != end.drainer) {
      if (++received[operation.message] > 1) ++outcome.duplicated;
    }
  }
  // The drainer finds what was in the channel; an old message that it finds again says nothing.
  for (const Operation& operation : history) {
    if (operation.agent == end.drainer && was_received(operation) &&
        received.try_emplace(operation.message, 1).second) {
      ++drained;
    }
  }
  unsigned undelivered = 0;
  for (const Operation& operation : history) {
    if (operation.kind == Operation::Kind::write && operation.ending == Ending::done &&
        !received.contains(operation.message)) {
      ++undelivered;
    }
  }
  // A torn read delivered its message, if badly; a dead reader's message may be gone.
  const unsigned excused = outcome.torn + dead_readers;
  outcome.lost = undelivered > excused ? undelivered - excused : 0;
  outcome.reordered = count_reordered(history, end.drainer);
  // While a writer is pending nobody drained: what is undelivered may still lie in the channel, and
  // so may what a dead writer was sending. A writer may wait at a full channel only, a reader at an
  // empty one, so never both.
  if (pending_writers > 0) {
    const auto capacity = static_cast<unsigned>(end.capacity);
    if (undelivered + dead_writers >= capacity) {
      outcome.lost -= std::min(outcome.lost, capacity);
      outcome.stuck += pending_readers;
    } else {
      outcome.stuck += pending_writers;
    }
  }
  outcome.stuck += std::min(pending_readers, drained);
  return outcome;
}

std::vector<std::string> describe_history(const History& history, int writers,
                                          const ChannelEnd& end) {
  std::vector<const Operation*> by_call;
  std::unordered_map<MessageId, bool, Hash> received;
  for (const Operation& operation : history) {
    if (operation.agent != end.drainer && was_received(operation))
      received[operation.message] = true;
  }
  for (const Operation& operation : history) {
    const bool found_new = was_received(operation) && !received.contains(operation.message);
    if (operation.agent != end.drainer || found_new) by_call.push_back(&operation);
  }
  std::ranges::sort(by_call, {}, &Operation::called);
  std::vector<std::string> lines;
  for (const Operation* operation : by_call) {
    const bool writes = operation->kind == Operation::Kind::write;
    const auto agent = operation->agent == end.drainer ? std::string("a reader afterwards")
                                                       : name_of_agent(operation->agent, writers);
    const auto message =
        operation->torn ? std::string("a torn message")
        : operation->message.writer == 0
            ? std::string("a message")
            : fmt::format("message {} of writer {}", operation->message.sequence + 1,
                          operation->message.writer);
    const char* verb =
        operation->ending == Ending::pending ? (writes ? "still writes" : "still waits for")
        : operation->ending == Ending::dead  ? (writes ? "died writing" : "died reading")
                                             : (writes ? "wrote" : "read");
    lines.push_back(fmt::format("{} {} {}", agent, verb, message));
  }
  return lines;
}

}  // namespace minusone
