// Futexes beside the kernel's.
#include "stress/sync/futex/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>

#include "stress/sync/testing/beside_the_real.h"

namespace minusone {
namespace {

class Futex : public Primitive {
 public:
  explicit Futex(SyncModel&) {}
  std::optional<TestedCall> next(Random& random, int agent) override {
    static constexpr std::uint32_t sets[] = {1, 2, 3, FUTEX_BITSET_MATCH_ANY, 0};
    const std::uint32_t set = sets[random() % 8 == 0 ? 4 : random() % 4];
    const std::uint32_t value = random() % 2;
    switch (random() % 6) {
      case 0:
      case 1:
        return TestedCall{"wait " + std::to_string(value) + " set " + std::to_string(set),
                          [=, this] { return call(FUTEX_WAIT_BITSET, value, nullptr, set); },
                          announced(Action::futex_wait, at(&word_), value, set, 1),
                          announced(Action::futex_awake, at(&word_), value, set, 1)};
      case 2:
        return TestedCall{
            "wait with a deadline that has passed",
            [=, this] {
              const timespec none{0, 0};
              return call(FUTEX_WAIT, value, &none, 0);
            },
            announced(Action::futex_wait, at(&word_), value, FUTEX_BITSET_MATCH_ANY, 1, 1),
            announced(Action::futex_awake, at(&word_), value, FUTEX_BITSET_MATCH_ANY, 1)};
      case 3:
        word_ = value;
        return std::nullopt;
      case 4: {
        const std::uint32_t most = random() % 5 - 1;  // none, or fewer, wake one
        return TestedCall{"wake " + std::to_string(most) + " set " + std::to_string(set),
                          [=, this] { return call(FUTEX_WAKE_BITSET, most, nullptr, set); },
                          announced(Action::futex_wake, at(&word_), most, set, 1)};
      }
      default:
        return random() % 4 == 0 ? release(agent) : std::nullopt;
    }
  }
  std::optional<TestedCall> release(int) override {
    return TestedCall{
        "wake all", [this] { return call(FUTEX_WAKE, INT_MAX, nullptr, 0); },
        announced(Action::futex_wake, at(&word_), INT_MAX, FUTEX_BITSET_MATCH_ANY, 1)};
  }

 private:
  std::int64_t call(int operation, std::uint32_t value, const timespec* timeout,
                    std::uint32_t set) {
    return answer(
        syscall(SYS_futex, &word_, operation | FUTEX_PRIVATE_FLAG, value, timeout, nullptr, set));
  }

  std::uint32_t word_ = 0;
};

TEST(SyncModelBlocks, AsFutexesWithBitSetsDo) { compare_randomly<Futex>(7, 8, 60); }

}  // namespace
}  // namespace minusone
