// What is judged as a history goes on agrees with what is judged at its end.
#include "stress/check/history_monitor.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>

#include "stress/check/channel_oracle.h"
#include "stress/check/linearizability.h"

namespace minusone {
namespace {

struct Drawn {
  History history;
  bool linearizes = true;
  unsigned reordered = 0;
};

/// Agents that call and return at random; a read gets some message, mostly one that was written.
Drawn drawn(unsigned seed, int writers, int readers, int messages, int capacity) {
  std::mt19937 random(seed);
  const auto below = [&](int most) {
    return static_cast<int>(random() % static_cast<unsigned>(most));
  };
  const int agents = writers + readers;
  HistoryMonitor monitor(writers, agents, capacity, messages > 1);
  std::vector<std::vector<Operation>> operations(static_cast<std::size_t>(agents));
  std::vector<MessageId> written;
  int past = HistoryMonitor::nothing;
  std::uint64_t clock = 0;
  const int events = below(4 * agents * messages) + 1;
  for (int i = 0; i < events; ++i) {
    const int agent = below(agents);
    auto& mine = operations[static_cast<std::size_t>(agent)];
    const bool writes = agent < writers;
    if (mine.empty() || mine.back().ending != Ending::pending) {
      if (static_cast<int>(mine.size()) == messages) continue;
      Operation operation;
      operation.kind = writes ? Operation::Kind::write : Operation::Kind::read;
      operation.agent = static_cast<std::uint16_t>(agent);
      if (writes) {
        operation.message = {static_cast<std::uint32_t>(agent + 1),
                             static_cast<std::uint32_t>(mine.size())};
        written.push_back(operation.message);
      }
      operation.called = ++clock;
      mine.push_back(operation);
      past = monitor.behind_call(past, operation);
      continue;
    }
    Operation& operation = mine.back();
    const int luck = below(20);
    if (!writes && luck > 0) {
      if (written.empty()) continue;
      // Most take the oldest one that nobody has taken yet.
      const auto at = luck < 4 ? below(static_cast<int>(written.size())) : 0;
      operation.message = written[static_cast<std::size_t>(at)];
      if (luck != 1) written.erase(written.begin() + at);
    }
    operation.torn = !writes && luck == 0;
    operation.ending = luck == 19 ? Ending::timed_out : Ending::done;
    operation.returned = ++clock;
    past = monitor.behind_end(past, operation);
  }
  Drawn all{{}, monitor.linearizes(past), monitor.reordered(past)};
  for (const auto& mine : operations)
    all.history.insert(all.history.end(), mine.begin(), mine.end());
  return all;
}

RC_GTEST_PROP(HistoryMonitor, AgreesWithTheJudgesOfWholeHistories, ()) {
  const auto capacity = *rc::gen::inRange(1, 4);
  const auto messages = *rc::gen::inRange(1, 4);
  const auto all = drawn(*rc::gen::arbitrary<unsigned>(), *rc::gen::inRange(1, 4),
                         *rc::gen::inRange(1, 4), messages, capacity);
  const bool linearizes = is_linearizable(all.history, capacity);
  RC_CLASSIFY(linearizes && all.history.size() > 4, "long and a queue's");
  RC_CLASSIFY(!linearizes, "no queue's");
  RC_ASSERT(all.linearizes == linearizes);
  if (messages > 1)
    RC_ASSERT(all.reordered == judge_channel(all.history, {.capacity = capacity}).reordered);
}

// Two histories of one number have the same future, whatever was before.
TEST(HistoryMonitor, ForgetsWhatIsOver) {
  HistoryMonitor monitor(2, 3, 1, false);
  const auto through = [&](std::uint32_t first, std::uint32_t second) {
    int past = HistoryMonitor::nothing;
    for (const auto writer : {first, second}) {
      const Operation write{.kind = Operation::Kind::write,
                            .ending = Ending::done,
                            .agent = static_cast<std::uint16_t>(writer - 1),
                            .message = {writer, 0}};
      const Operation read{.kind = Operation::Kind::read,
                           .ending = Ending::done,
                           .agent = 2,
                           .message = {writer, 0}};
      for (const auto& operation : {write, read}) {
        past = monitor.behind_call(past, operation);
        past = monitor.behind_end(past, operation);
      }
    }
    return past;
  };
  EXPECT_EQ(through(1, 2), through(2, 1));
  EXPECT_EQ(through(1, 2), HistoryMonitor::nothing);
}

}  // namespace
}  // namespace minusone
