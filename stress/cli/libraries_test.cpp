// Unmodified headers of lock-free C libraries, in small programs (stress/assembly/programs): a
// right use holds, a wrong one is violated, as g++ compiles it at -O0 and, where it is here,
// clang++ at -O2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>
#include <string>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {
namespace {

using testing::HasSubstr;

int status_of(const std::string& command) {
  return WEXITSTATUS(std::system((command + " >/dev/null 2>&1").c_str()));
}

struct Use {
  const char* name;
  const char* header;   ///< that it needs
  const char* package;  ///< which has that
  const char* arguments;
  int status;
};

void PrintTo(const Use& use, std::ostream* out) { *out << use.arguments; }

class Library : public SourceFile, public testing::WithParamInterface<Use> {};

TEST_P(Library, IsToldFromWrongUse) {
  const Use& use = GetParam();
  if (status_of("echo '#include <" + std::string(use.header) + ">' | cc -E -") != 0)
    GTEST_SKIP() << use.header << " is not installed: it is in the package " << use.package;
  for (const std::string options : {"--compiler g++", "--compiler clang++ --optimized"}) {
    if (options != "--compiler g++" && status_of("command -v clang++") != 0) continue;
    const auto arguments = use.arguments + (" " + options);
    const auto ran = minusone("explore " MINUSONE_LIBRARY_USES "/" + arguments);
    EXPECT_EQ(ran.status, use.status) << arguments << "\n" << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("complete: exhaustive")) << arguments;
  }
}

constexpr const char* ck = "libck-dev";
constexpr const char* urcu = "liburcu-dev";

INSTANTIATE_TEST_SUITE_P(
    Uses, Library,
    testing::Values(
        Use{"CkFas", "ck_spinlock.h", ck, "ck_spinlock.c -D LOCK=fas -D KIND=FAS", 0},
        Use{"CkCas", "ck_spinlock.h", ck, "ck_spinlock.c -D LOCK=cas -D KIND=CAS", 0},
        Use{"CkDec", "ck_spinlock.h", ck, "ck_spinlock.c -D LOCK=dec -D KIND=DEC", 0},
        Use{"CkTicket", "ck_spinlock.h", ck, "ck_spinlock.c -D LOCK=ticket -D KIND=TICKET", 0},
        Use{"CkMcs", "ck_spinlock.h", ck, "ck_spinlock.c -D MCS", 0},
        Use{"CkClh", "ck_spinlock.h", ck, "ck_spinlock.c -D CLH", 0},
        Use{"CkFasLeftOut", "ck_spinlock.h", ck,
            "ck_spinlock.c -D LOCK=fas -D KIND=FAS -D LEFT_OUT", 1},
        Use{"CkTicketLeftOut", "ck_spinlock.h", ck,
            "ck_spinlock.c -D LOCK=ticket -D KIND=TICKET -D LEFT_OUT", 1},
        Use{"CkMcsLeftOut", "ck_spinlock.h", ck, "ck_spinlock.c -D MCS -D LEFT_OUT", 1},
        Use{"CkClhLeftOut", "ck_spinlock.h", ck, "ck_spinlock.c -D CLH -D LEFT_OUT", 1},
        Use{"CkRing", "ck_ring.h", ck, "ck_ring.c -D PRODUCERS=1", 0},
        Use{"CkRingOfSeveral", "ck_ring.h", ck, "ck_ring.c -D PRODUCERS=2 -D SEVERAL", 0},
        Use{"CkRingOfOneWithTwo", "ck_ring.h", ck, "ck_ring.c -D PRODUCERS=2", 1},
        Use{"CkStack", "ck_stack.h", ck, "ck_stack.c", 0},
        Use{"CkStackOfOneWithTwo", "ck_stack.h", ck, "ck_stack.c -D ONE", 1},
        Use{"CkRwlock", "ck_rwlock.h", ck, "ck_rwlock.c", 0},
        Use{"CkRwlockToRead", "ck_rwlock.h", ck, "ck_rwlock.c -D TO_READ", 1},
        Use{"UrcuQueue", "urcu/wfcqueue.h", urcu, "urcu_wfcqueue.c --volatile-atomic", 0},
        Use{"UrcuQueueOfTakers", "urcu/wfcqueue.h", urcu,
            "urcu_wfcqueue.c -D TAKERS --volatile-atomic", 0},
        Use{"UrcuQueueWithoutMutex", "urcu/wfcqueue.h", urcu,
            "urcu_wfcqueue.c -D TAKERS -D WITHOUT_MUTEX --volatile-atomic", 1},
        // By C's own rules its volatile accesses are races.
        Use{"UrcuQueueAsPlainC", "urcu/wfcqueue.h", urcu, "urcu_wfcqueue.c", 1},
        Use{"UrcuOldQueue", "urcu/wfqueue.h", urcu, "urcu_wfqueue.c --volatile-atomic", 0}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace minusone::cli
