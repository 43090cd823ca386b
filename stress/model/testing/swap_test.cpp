// Two lines exchanged, in a model or in the code that it models: conform must not agree any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "stress/model/agreement.h"
#include "stress/model/testing/changed_protocol.h"

namespace minusone {
namespace {

using testing::ChangedProtocol;
using testing::with_swapped;

enum class In { model, code };

/// The first line that contains `first`, and the next behind it that contains `second`.
struct Swap {
  In in;
  const char* protocol;
  const char* first;
  const char* second;
  ModelSize size = {1, 2, 1};
};

void PrintTo(const Swap& swap, std::ostream* out) {
  *out << swap.protocol << (swap.in == In::model ? " model: " : " code: ") << swap.first << " | "
       << swap.second;
}

ConformReport conform_at(const char* protocol, const ModelSize& size) {
  ConformOptions options;
  options.sizes = {size};
  options.rounds = 0;
  options.walks = 0;  // that a step stands in another line is not enough
  // What is looked at is counted, never timed: a slow machine comes to the same.
  options.executions = 20'000;
  options.exploration = options.verifier.time = std::chrono::hours(1);
  return conform(protocol, options);
}

const Swap swaps[] = {
    // A check that comes late, an act that comes early.
    {In::model, "naive/flag", "STEP(written == 0)", "STEP(text[0] = message)"},
    {In::model, "naive/flag", "STEP(written != 0)", "STEP(got[0] = text[0])"},
    {In::model, "naive/counter", "STEP(written == 0)", "STEP(text[0] = message)"},
    {In::model, "naive/counter", "STEP(text[1] = message)", "STEP(mine = written)"},
    {In::model, "naive/counter", "STEP(got[1] = text[1])", "STEP(mine = written)"},
    {In::model, "naive/atomic_counter", "STEP(written != 0)", "STEP(got[0] = text[0])"},
    {In::model, "naive/atomic_wait", "STEP(text[1] = message)", "STEP(length = 1)", {1, 1, 1}},
    {In::model, "naive/sem_undo_signal", "STEP(space > 0", "STEP(text[0] = message)"},
    {In::model, "naive/sem_undo_signal", "STEP(items > 0", "STEP(size = length)"},
    {In::model, "naive/cond_killed_waiter", "STEP(is_full != wanted)",
     "STEP(owner = NOBODY; waiting"},
    {In::model, "naive/two_slots", "wait_for(1);", "STEP(size = slots", {1, 1, 1}},
    {In::model, "safe/atomic_slot", "STEP(state == EMPTY", "STEP(text[0] = message)", {2, 1, 1}},
    {In::model, "safe/atomic_slot", "STEP(state == FULL", "STEP(size = length)"},
    {In::model, "safe/futex_slot", "STEP(length = 1)", "STEP(state = FULL)"},
    {In::model, "safe/futex_slot", "STEP(got[1] = text[1])", "STEP(state = EMPTY)", {2, 1, 1}},
    {In::model, "safe/posix_semaphore", "STEP(sem_full > 0", "STEP(size = length)"},
    {In::model, "safe/sysv_semaphore", "STEP(sem_empty > 0", "STEP(text[0] = message)", {2, 1, 1}},
    {In::model, "safe/robust_mutex", "STEP(got[1] = text[1])", "STEP(owner = NOBODY)", {2, 1, 1}},
    {In::model, "safe/robust_mutex", "STEP(is_full = 1)", "STEP(owner = NOBODY)", {2, 1, 1}},
    {In::model, "safe/spsc_ring", "% WRAP != SLOTS)", "text[0] = message", {1, 1, 5}},
    {In::model, "safe/spsc_ring", "STEP(head != at)", "STEP(size = ring", {1, 1, 1}},
    {In::code, "naive/flag", "std::memcpy(text, message, size);", "written = 1;"},
    {In::code, "naive/flag", "std::memcpy(message, text, room);", "written = 0;"},
    {In::code, "naive/counter", "std::memcpy(text, message, size);", "written = written + 1;"},
    {In::code, "naive/counter", "while (written == 0)", "std::memcpy(message, text, room);"},
    {In::code, "naive/sem_undo_signal", "length = size;", "change(items, +1);"},
    {In::code, "naive/two_slots", "slot.length = size;", "slot.full.store(1", {1, 1, 1}},
    {In::code, "safe/atomic_slot", "length = size;", "give(full);"},
    {In::code, "safe/atomic_slot", "size = length;", "std::memcpy(message, text"},
    {In::code, "safe/futex_slot", "state.store(to);", "FUTEX_WAKE"},
    {In::code, "safe/posix_semaphore", "length = size;", "sem_post(&full);"},
    {In::code, "safe/robust_mutex", "full = state;", "pthread_mutex_unlock(&mutex);"},
    {In::code, "safe/spsc_ring", "slot.length = size;", "head.store(at + 1", {1, 1, 1}},
    {In::code, "safe/sysv_semaphore", "length = size;", "give(empty, full);"},
};
static_assert(std::size(swaps) >= 25);

class SwappedLines : public ::testing::TestWithParam<Swap> {};

TEST_P(SwappedLines, MakeConformDisagree) {
  const Swap& swap = GetParam();
  ChangedProtocol changed(swap.protocol);
  if (swap.in == In::model) {
    changed.set_model(with_swapped(changed.model(), swap.first, swap.second));
  } else {
    changed.set_code(with_swapped(changed.code(), swap.first, swap.second));
  }
  const auto report = conform_at(swap.protocol, swap.size);
  // Not because something could not be built or searched.
  EXPECT_EQ(report.verdict(), Verdict::violated);
  ASSERT_FALSE(report.disagreements.empty());
  EXPECT_FALSE(report.disagreements[0].what.empty());
}

INSTANTIATE_TEST_SUITE_P(All, SwappedLines, ::testing::ValuesIn(swaps));

TEST(ChangedProtocol, AgreesWhereNothingIsSwapped) {
  ChangedProtocol changed("safe/futex_slot");
  changed.set_model(changed.model());
  changed.set_code(changed.code());
  const auto report = conform_at("safe/futex_slot", {1, 2, 1});
  EXPECT_EQ(report.verdict(), Verdict::holds)
      << (report.disagreements.empty() ? "" : report.disagreements[0].what);
}

}  // namespace
}  // namespace minusone
