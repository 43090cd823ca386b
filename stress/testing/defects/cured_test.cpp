// What the article's programs get wrong, the safe protocols and segments do not: one negative test
// for each row shown on the programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "protocol/os_error.h"
#include "protocol/testing/child.h"
#include "stress/native/engine.h"
#include "stress/report/terminal.h"
#include "stress/testing/defects/channel.h"

namespace minusone {
namespace {

std::vector<std::string> safe_protocols() {
  auto names = protocol_names();
  std::erase_if(names, [](const std::string& name) { return !name.starts_with("safe/"); });
  return names;
}

class Cured : public testing::TestWithParam<std::string> {
 protected:
  Result forced(Workload workload) {
    StressOptions options;
    options.workload = workload;
    options.place = Place::same;
    options.widen = {Widen::By::yield, 0};
    options.segment = SegmentKind::memfd;
    options.rounds = 40;
    options.time_limit = std::chrono::minutes(2);
    options.seed = 1;
    return stress(Module::load(GetParam(), ModuleKind::widened), options);
  }
  bool one_to_one() const {
    return Module::load(GetParam(), ModuleKind::native).protocol().max_writers == 1;
  }
};

TEST_P(Cured, D1_D2_WhoComesLaterDiscardsNothing) {
  Channel channel(GetParam(), SegmentKind::sysv);
  const auto& protocol = channel.protocol();
  channel.write("early");
  // Both find the segment by its key, and the first is gone before the second comes.
  Child leaves_again([&] { Segment::attach(channel.key(), protocol.bytes); });
  ASSERT_EQ(leaves_again.end(), 0);
  Child reader([&] {
    const auto segment = Segment::attach(channel.key(), protocol.bytes);
    char text[8] = {};
    std::size_t size = 0;
    const timespec past{0, 0};
    if (!protocol.read(segment.payload(), text, sizeof text, &size, &past)) _exit(3);
    if (std::string(text, size) != "early") _exit(4);
  });
  EXPECT_EQ(reader.end(), 0);
}

TEST_P(Cured, D3_WhatWasReadIsACopyOfItsOwn) {
  Channel channel(GetParam());
  channel.write("one");
  const auto read = channel.read();
  channel.write("end");
  EXPECT_EQ(read, "one");
  EXPECT_EQ(channel.read(), "end");
}

TEST_P(Cured, D4_D5_D9_AMessageOfAnyBytesArrivesWholeAndAtItsLength) {
  Channel channel(GetParam());
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{2048}, std::size_t{9000}, max_message}) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i % 7 == 0 ? 0 : i);
    channel.write(text);
    EXPECT_EQ(channel.read(), text) << size;
  }
}

TEST_P(Cured, D6_AShortTextWritesItsOwnBytesOnly) {
  Channel channel(GetParam());
  const auto old = std::string(max_message, 'Z');
  for (int i = 0; i < channel.protocol().capacity; ++i) channel.write(old);
  for (int i = 0; i < channel.protocol().capacity; ++i) channel.read();
  channel.write("x\n");
  const auto* bytes = static_cast<const char*>(channel.at());
  const long own = channel.protocol().name == "safe/seqlock" ? 8 : 2;  // it writes whole words
  EXPECT_GE(std::count(bytes, bytes + channel.protocol().bytes, 'Z'),
            static_cast<long>(max_message) * channel.protocol().capacity - own);
}

TEST_P(Cured, D7_D8_NothingIsSentThatNobodyWrote) {
  Channel channel(GetParam());
  std::string text;
  EXPECT_FALSE(channel.try_read(text));
  channel.write("last");
  EXPECT_EQ(channel.read(), "last");
  EXPECT_FALSE(channel.try_read(text));
}

TEST_P(Cured, D11_D12_D13_NobodyPassesTheCheckTogether) {
  const Workload workload = one_to_one()
                                ? Workload{.writers = 1, .readers = 1, .messages = 4, .text = 2048}
                                : Workload{.writers = 2, .readers = 2, .messages = 2, .text = 2048};
  const auto result = forced(workload);
  EXPECT_EQ(result.executions.violating, 0U);
  EXPECT_EQ(result.verdict, Verdict::holds);
}

TEST_P(Cured, D15_D34_EndIsAMessageLikeOthers) {
  Channel channel(GetParam());
  for (const char* text : {"end", "endless love", "more"}) {
    channel.write(text);
    EXPECT_EQ(channel.read(), text);
  }
}

TEST_P(Cured, D21_AStalledPeerIsWaitedForNoLongerThanAsked) {
  Channel channel(GetParam());
  std::string text;
  EXPECT_FALSE(channel.try_read(text));
  for (int i = 0; i < channel.protocol().capacity; ++i) EXPECT_TRUE(channel.try_write("fill"));
  EXPECT_FALSE(channel.try_write("one too many"));
  EXPECT_TRUE(channel.try_read(text));
}

INSTANTIATE_TEST_SUITE_P(Safe, Cured, testing::ValuesIn(safe_protocols()), [](const auto& info) {
  auto name = info.param;
  std::ranges::replace(name, '/', '_');
  return name;
});

class CuredSlot : public testing::TestWithParam<std::string> {};

TEST_P(CuredSlot, D10_AnIllegalStateBelongsToNobody) {
  for (const int state : {2, 3, -1, 5}) {
    Channel channel(GetParam());
    std::memcpy(static_cast<char*>(channel.at()) + channel.protocol().word.offset, &state,
                sizeof state);
    std::string text;
    EXPECT_FALSE(channel.try_write("x")) << state;
    EXPECT_FALSE(channel.try_read(text)) << state;
  }
}

INSTANTIATE_TEST_SUITE_P(Slots, CuredSlot, testing::Values("safe/atomic_slot", "safe/futex_slot"),
                         [](const auto& info) { return info.param.substr(5); });

class CuredDeath : public Cured {};

TEST_P(CuredDeath, D19_D20_D49_OneDeathLeavesTheOthersWorking) {
  const auto result =
      forced({.writers = 2, .readers = 2, .messages = 3, .text = 2048, .death = Death::any});
  EXPECT_EQ(result.verdict, Verdict::holds);
}

INSTANTIATE_TEST_SUITE_P(Safe, CuredDeath,
                         testing::Values("safe/robust_mutex", "safe/sysv_semaphore"),
                         [](const auto& info) { return info.param.substr(5); });

TEST(CuredSegment, D16_D17_D45_D48_ItsCreatorAloneRemovesIt) {
  key_t key = 0;
  {
    RunLog log;
    const auto segment = Segment::create(SegmentKind::sysv, 64, log);
    key = segment.key();
    Child guest([&] { Segment::attach(key, 64); });
    EXPECT_EQ(guest.end(), 0);
    EXPECT_NE(shmget(key, 0, 0), -1) << "the guest has left, and it is there";
  }
  EXPECT_EQ(shmget(key, 0, 0), -1);
}

TEST(CuredSegment, D18_WhatAKilledOwnerLeftIsFoundAndRemoved) {
  TellingChild<key_t> owner([](const auto& tell) {
    RunLog log;
    const auto segment = Segment::create(SegmentKind::sysv, 64, log);
    tell(segment.key());
    ::kill(getpid(), SIGKILL);
  });
  const auto told = owner.told();
  ASSERT_TRUE(told) << "the owner ended before it had a segment";
  ASSERT_TRUE(WIFSIGNALED(owner.child().end()));
  const key_t key = *told;
  // The next run may have cleaned before us: what counts is that it is gone.
  clean();
  EXPECT_EQ(shmget(key, 0, 0), -1);
}

TEST(CuredSegment, D22_D50_AForeignSegmentIsRefusedByName) {
  RunLog log;
  for (const std::size_t bytes : {std::size_t{16}, std::size_t{8192}}) {
    const key_t key = log.reserve_key("shm");
    const int id = shmget(key, bytes, IPC_CREAT | IPC_EXCL | 0600);
    ASSERT_NE(id, -1);
    EXPECT_THROW(Segment::attach(key, 2052), StaleSegment);
    shmctl(id, IPC_RMID, nullptr);
  }
}

TEST(CuredSegment, D23_D24_OnlyItsOwnerMayTouchIt) {
  RunLog log;
  const auto segment = Segment::create(SegmentKind::sysv, 64, log);
  shmid_ds about{};
  ASSERT_EQ(shmctl(shmget(segment.key(), 0, 0), IPC_STAT, &about), 0);
  EXPECT_EQ(about.shm_perm.mode & 0777U, 0600U);
  if (geteuid() != 0) GTEST_SKIP() << "only root can play another user";
  Child stranger([&] {
    if (setresuid(65534, 65534, 65534) != 0) _exit(3);
    try {
      Segment::attach(segment.key(), 64);
    } catch (const OsError& error) {
      _exit(error.code().value() == EACCES ? 0 : 4);
    }
    _exit(5);
  });
  EXPECT_EQ(stranger.end(), 0);
}

TEST(CuredReport, D25_EscapeSequencesAreShownAsText) {
  EXPECT_EQ(printable("\x1b]0;pwned\a"), "\\x1b]0;pwned\\x07");
}

TEST(CuredErrors, D36_ARefusalTellsItsReason) {
  EXPECT_THAT(OsError(ENOSPC, "shmget", "a segment").what(), testing::HasSubstr("ENOSPC"));
  EXPECT_THAT(OsError(EACCES, "shmget", "a segment").what(), testing::HasSubstr("EACCES"));
}

}  // namespace
}  // namespace minusone
