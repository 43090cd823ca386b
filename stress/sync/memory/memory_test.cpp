// Accesses beside those that the compiler makes.
#include "stress/sync/memory/memory.h"

#include "stress/sync/memory/memory_steps.h"
#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

constexpr int seq_cst = __ATOMIC_SEQ_CST;

template <class T>
Context access(Action action, T* to, std::uint64_t b = 0, std::uint64_t c = 0,
               std::uint64_t d = 0) {
  Context context = announced(action, at(to), b, c, d);
  context.code = code_of(action, sizeof(T), seq_cst, __ATOMIC_RELAXED);
  return context;
}

template <class T>
T real(Action action, T* to, T operand) {
  switch (action) {
    case Action::atomic_load:
      return __atomic_load_n(to, seq_cst);
    case Action::atomic_store: {
      const T before = *to;
      __atomic_store_n(to, operand, seq_cst);
      return before;
    }
    case Action::atomic_exchange:
      return __atomic_exchange_n(to, operand, seq_cst);
    case Action::atomic_add:
      return __atomic_fetch_add(to, operand, seq_cst);
    case Action::atomic_sub:
      return __atomic_fetch_sub(to, operand, seq_cst);
    case Action::atomic_and:
      return __atomic_fetch_and(to, operand, seq_cst);
    case Action::atomic_or:
      return __atomic_fetch_or(to, operand, seq_cst);
    case Action::atomic_xor:
      return __atomic_fetch_xor(to, operand, seq_cst);
    default:
      return __atomic_fetch_nand(to, operand, seq_cst);
  }
}

template <class T>
class Accesses : public testing::Test {};
using Widths = testing::Types<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>;
TYPED_TEST_SUITE(Accesses, Widths);

TYPED_TEST(Accesses, ChangeMemoryAsTheCompilersAtomicsDo) {
  Random random(5);
  TypeParam theirs = 0;
  TypeParam ours = 0;
  for (int step = 0; step < 2000; ++step) {
    const auto action =
        static_cast<Action>(static_cast<unsigned>(Action::atomic_load) +
                            random() % (static_cast<unsigned>(Action::atomic_cas) -
                                        static_cast<unsigned>(Action::atomic_load)));
    const auto operand = static_cast<TypeParam>(random() | std::uint64_t{random()} << 32);
    Context call = access(action, &ours, operand);
    Step described;
    describe_memory_step(call, described);
    ASSERT_EQ(described.count, 1);
    EXPECT_EQ(described.accesses[0].bytes, sizeof(TypeParam));
    EXPECT_EQ(described.accesses[0].writes, action != Action::atomic_load);
    EXPECT_EQ(described.accesses[0].reads, action != Action::atomic_store);
    perform_access(call);
    ASSERT_EQ(static_cast<TypeParam>(call.result), real(action, &theirs, operand));
    ASSERT_EQ(ours, theirs);
  }
}

TYPED_TEST(Accesses, SwapWhereTheValueIsTheExpectedOne) {
  Random random(6);
  TypeParam theirs = 0;
  TypeParam ours = 0;
  for (int step = 0; step < 500; ++step) {
    const auto expected = static_cast<TypeParam>(random() % 2);
    const auto desired = static_cast<TypeParam>(random() % 2);
    TypeParam their_found = expected;
    TypeParam our_found = expected;
    const bool swapped =
        __atomic_compare_exchange_n(&theirs, &their_found, desired, false, seq_cst, seq_cst);
    // With and without a place for what it found.
    const bool leaves_value = random() % 2 == 0;
    Context call =
        access(Action::atomic_cas, &ours, expected, desired, leaves_value ? 0 : at(&our_found));
    Step described;
    described.action = Action::atomic_cas;
    describe_memory_step(call, described);
    perform_memory_step(call, described);
    ASSERT_EQ(ours, theirs);
    ASSERT_EQ(leaves_value ? call.result : our_found, their_found);
    ASSERT_TRUE(leaves_value || call.result == (swapped ? 1 : 0));
    // One that failed only read, in the order of a failure.
    ASSERT_EQ(described.accesses[0].writes, swapped);
    ASSERT_EQ(is_failed_swap(described), !swapped);
    ASSERT_TRUE(swapped || described.order == __ATOMIC_RELAXED);
  }
}

TEST(Accesses, SwapSixteenBytesWhole) {
  alignas(16) std::uint64_t pair[2] = {1, 2};
  Context call = announced(Action::atomic_cas, at(pair), 1, 7, 2, 8);
  call.code = code_of(Action::atomic_cas, 16, seq_cst, seq_cst);
  perform_access(call);
  EXPECT_EQ(pair[0], 7U);
  EXPECT_EQ(pair[1], 8U);
  EXPECT_EQ(call.result, 1U);
  EXPECT_EQ(call.result_upper, 2U);
  perform_access(call);  // expects what is no longer there
  EXPECT_EQ(pair[0], 7U);
  EXPECT_EQ(call.result, 7U);
}

TEST(Accesses, CopyAndFillAsTheLibraryDoes) {
  Random random(8);
  std::array<std::byte, 64> theirs{};
  for (auto& byte : theirs) byte = static_cast<std::byte>(random());
  auto ours = theirs;
  for (int step = 0; step < 200; ++step) {
    const std::size_t to = random() % 32, from = random() % 32, bytes = random() % 32;
    if (random() % 2 == 0) {
      std::memmove(&theirs[to], &theirs[from], bytes);
      Context call = announced(Action::copy, at(&ours[to]), at(&ours[from]), bytes);
      perform_access(call);
    } else {
      const int byte = static_cast<int>(random() % 256);
      std::memset(&theirs[to], byte, bytes);
      Context call =
          announced(Action::fill, at(&ours[to]), bytes, static_cast<std::uint64_t>(byte));
      perform_access(call);
    }
    ASSERT_EQ(ours, theirs);
  }
}

}  // namespace
}  // namespace minusone
