// Defects of the article's counter, of the compiler, and of half-cures, each on the protocol that
// it is about, with the protocol that does not have it as the negative twin: D14, D28, D51, D52.
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <cstring>
#include <string>
#include <system_error>

#include "protocol/testing/child.h"
#include "protocol/testing/on_one_cpu.h"
#include "stress/subjects/channel_machine.h"
#include "stress/testing/defects/channel.h"

namespace minusone {
namespace {

int word_of(const ChannelMachine& machine) {
  int word;
  std::memcpy(&word, machine.segment().data() + machine.protocol().word.offset, sizeof word);
  return word;
}

void run(ChannelMachine& machine, int agent) {
  while (machine.state(agent) == AgentState::ready) {
    ASSERT_NE(machine.step(agent), Effect::violation) << machine.violation();
  }
}

ChannelMachine machine_of(const std::string& name, const Workload& workload) {
  return {std::string(MINUSONE_MODULES) + "/" + name + "/traced.so", workload};
}

TEST(Counter, D14_WithNReadersReachesMinusNPlusOne) {
  for (int readers = 2; readers <= 4; ++readers) {
    auto machine = machine_of("naive/counter", {.writers = 1, .readers = readers, .messages = 1});
    machine.reset();
    run(machine, 0);
    for (int reader = 1; reader <= readers; ++reader) machine.step(reader);  // past the check
    for (int reader = 1; reader <= readers; ++reader) run(machine, reader);
    EXPECT_EQ(word_of(machine), 1 - readers);
  }
}

TEST(Counter, D14_WithTwoWritersReachesTwo) {
  auto machine = machine_of("naive/counter", {.writers = 2, .readers = 1, .messages = 1});
  machine.reset();
  for (int writer = 0; writer < 2; ++writer) machine.step(writer);
  for (int writer = 0; writer < 2; ++writer) run(machine, writer);
  EXPECT_EQ(word_of(machine), 2);
}

TEST(Counter, D14_BelowZeroReadersRunAwayAndTheWriterIsStuck) {
  auto machine = machine_of("naive/counter", {.writers = 1, .readers = 2, .messages = 3});
  machine.reset();
  run(machine, 0);  // one message, then it waits
  machine.step(1);
  machine.step(2);
  run(machine, 1);  // to 0
  run(machine, 2);  // to -1, and on
  run(machine, 1);
  run(machine, 0);
  EXPECT_EQ(machine.state(0), AgentState::blocked);
  EXPECT_EQ(machine.state(1), AgentState::finished) << "it read three messages of one";
  EXPECT_EQ(machine.state(2), AgentState::finished);
  EXPECT_LT(word_of(machine), 0);
}

TEST(Cured, D14_InTheFourStateSlotTheSecondReaderDoesNotPass) {
  auto machine = machine_of("safe/atomic_slot", {.writers = 1, .readers = 2, .messages = 1});
  machine.reset();
  run(machine, 0);
  machine.step(1);
  machine.step(2);
  run(machine, 1);
  run(machine, 2);
  EXPECT_EQ(machine.state(1), AgentState::finished);
  EXPECT_EQ(machine.state(2), AgentState::blocked);
  EXPECT_EQ(word_of(machine), 0);
}

/// All general registers of a child that stands still.
std::string registers(const Child& child) {
  std::string all(4096, '\0');
  iovec into{all.data(), all.size()};
  if (ptrace(PTRACE_GETREGSET, child.process(), NT_PRSTATUS, &into) != 0) return {};
  all.resize(into.iov_len);
  return all;
}

/// Whether a traced child comes, on its way, to registers that it had before (Brent's algorithm).
/// While nobody writes to its memory, it then does so for ever: this proves an endless loop.
bool goes_in_circles(Child& child) {
  auto earlier = registers(child);
  for (int steps = 0, power = 1; child.step(1); ++steps) {
    const auto now = registers(child);
    if (now == earlier) return true;
    if (steps == power) {
      earlier = now;
      steps = 0;
      power *= 2;
    }
  }
  return false;  // it ended
}

/// A child that reads one message, with as few instructions as it takes.
class TracedReader {
 public:
  explicit TracedReader(const std::string& protocol)
      : channel(protocol),
        child(
            [this] {
              char text[8];
              std::size_t size = 0;
              channel.protocol().read(channel.at(), text, sizeof text, &size, nullptr);
            },
            true) {}

  Channel channel;
  Child child;
};

TEST(HoistedFlag, D28_WhoWaitsNeverSeesTheFlagThatIsUp) {
  TracedReader reader("naive/hoisted_flag");
  ASSERT_TRUE(goes_in_circles(reader.child)) << "it waits in its loop";
  reader.channel.write("up");
  const auto& word = reader.channel.protocol().word;
  int written = 0;
  std::memcpy(&written, static_cast<char*>(reader.channel.at()) + word.offset, sizeof written);
  ASSERT_EQ(written, 1);
  EXPECT_TRUE(goes_in_circles(reader.child)) << "the flag is up, and it has read";
}

TEST(Cured, D28_AnAtomicFlagIsSeen) {
  TracedReader reader("safe/atomic_slot");
  ASSERT_TRUE(goes_in_circles(reader.child)) << "it waits in its loop";
  reader.channel.write("up");
  EXPECT_FALSE(goes_in_circles(reader.child));
  EXPECT_EQ(reader.child.end(), 0);
}

TEST(SemUndoSignal, D51_AWritersExitTakesItsMessageBack) {
  Channel channel("naive/sem_undo_signal");
  const int set = *static_cast<int*>(channel.at());
  constexpr int items = 1;
  Child writer([&] {
    channel.write("soon gone");
    if (semctl(set, items, GETVAL) != 1) _exit(3);
  });
  ASSERT_EQ(writer.end(), 0);
  EXPECT_EQ(semctl(set, items, GETVAL), 0);
}

TEST(SemUndoSignal, D51_TheKernelRefusesToRememberMoreThan32767Signals) {
  Channel channel("naive/sem_undo_signal");
  Child reader([&] {
    for (;;) channel.read();
  });
  int sent = 0;
  try {
    for (; sent < 40'000; ++sent) channel.write("x");
    FAIL() << "40 000 messages passed";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ERANGE);
    EXPECT_EQ(sent, 32767);
  }
}

TEST(Cured, D51_ALeaseIsGivenBackAndNothingAddsUp) {
  Channel channel("safe/sysv_semaphore");
  Child writer([&] { channel.write("stays"); });
  ASSERT_EQ(writer.end(), 0);
  std::string text;
  ASSERT_TRUE(channel.try_read(text));
  EXPECT_EQ(text, "stays");
  for (int i = 0; i < 40'000; ++i) {
    channel.write("x");
    channel.read();
  }
}

TEST(AtomicWait, D52_AWaiterInAnotherProcessSleepsOn) {
  const OnOneCpu here;
  Channel channel("naive/atomic_wait");
  Child reader([&] { channel.read(); });
  ASSERT_TRUE(reader.comes_to_sleep_in(SYS_futex));
  channel.write("unheard");
  EXPECT_TRUE(reader.sleeps_in(SYS_futex)) << "the notify did not wake it";
}

TEST(Cured, D52_ASharedFutexWakesTheWaiter) {
  const OnOneCpu here;
  Channel channel("safe/futex_slot");
  Child reader([&] {
    if (channel.read() != "heard") _exit(3);
  });
  ASSERT_TRUE(reader.comes_to_sleep_in(SYS_futex));
  channel.write("heard");
  ASSERT_FALSE(reader.sleeps_in(SYS_futex));
  EXPECT_EQ(reader.end(), 0);
}

}  // namespace
}  // namespace minusone
