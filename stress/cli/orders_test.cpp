// Memory orders in place of those in the source: by hand, and as `orders` finds them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stress/cli/testing/source_file.h"

namespace minusone::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// A value that is handed over by a flag.
constexpr const char* hand_over = R"(#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#ifndef PUBLISH
#define PUBLISH memory_order_seq_cst
#endif
static int value;
static atomic_int ready;
static void* give(void* unused) {
  value = 42;
  atomic_store_explicit(&ready, 1, PUBLISH);
  return unused;
}
int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, give, 0);
  if (atomic_load_explicit(&ready, memory_order_acquire)) assert(value == 42);
  return 0;
}
)";

class OrdersOfASource : public SourceFile {
 protected:
  OrdersOfASource() { write("hand_over.c", hand_over); }
};

TEST_F(OrdersOfASource, AreProvedBySchedulesThatReplay) {
  const auto ran = minusone("orders hand_over.c --json -");
  EXPECT_EQ(ran.status, 0) << ran.err;
  const auto report = nlohmann::json::parse(ran.out);
  EXPECT_EQ(report.at("schema"), "minusone.orders/1");
  int proofs = 0;
  for (const auto& place : report.at("places")) {
    for (const auto& trial : place.at("trials")) {
      if (trial.at("verdict") != "violated") continue;
      ++proofs;
      const std::string replay = trial.at("replay");
      EXPECT_EQ(minusone(replay.substr(replay.find(' '))).status, 1) << replay;
      const auto without =
          minusone("replay hand_over.c " + trial.at("schedule").get<std::string>());
      EXPECT_EQ(without.status, 2) << "of another build: " << without.out;
    }
  }
  EXPECT_EQ(proofs, 2);
  const auto& together = report.at("together").at("changes");
  ASSERT_EQ(together.size(), 1U);
  EXPECT_EQ(together.at(0), "hand_over.c:11:store=release");
  // So it is when the source says it.
  EXPECT_EQ(minusone("explore hand_over.c -D PUBLISH=memory_order_release").status, 0);
  EXPECT_EQ(minusone("explore hand_over.c -D PUBLISH=memory_order_relaxed").status, 1);
}

TEST_F(OrdersOfASource, AreMendedWhereTheyAreTooWeak) {
  const auto ran = minusone("orders hand_over.c -D PUBLISH=memory_order_relaxed");
  EXPECT_EQ(ran.status, 1) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("VIOLATED"), HasSubstr("hand_over.c:11 a release store")));
}

TEST_F(OrdersOfASource, MayBeTriedByHand) {
  EXPECT_EQ(minusone("explore hand_over.c --order hand_over.c:11:store=release").status, 0);
  const auto broken = minusone("explore hand_over.c --order hand_over.c:11=relaxed");
  EXPECT_EQ(broken.status, 1);
  EXPECT_THAT(broken.out, HasSubstr("orders: not those of the source: hand_over.c:11=relaxed"));
  EXPECT_THAT(replay_of(broken.out), HasSubstr("--order hand_over.c:11=relaxed"));
  EXPECT_EQ(minusone(replay_of(broken.out)).status, 1);
}

TEST_F(OrdersOfASource, AreRefusedWhereThereIsNoSuchPlace) {
  const auto nowhere = minusone("explore hand_over.c --order hand_over.c:10:store=release");
  EXPECT_EQ(nowhere.status, 2);
  EXPECT_THAT(nowhere.err,
              AllOf(HasSubstr("hand_over.c:10:store=release"), HasSubstr("hand_over.c:11:store")));
  EXPECT_EQ(minusone("explore hand_over.c --order hand_over.c:11:store=acquire").status, 2);
  const auto malformed = minusone("explore hand_over.c --order hand_over.c:11:store:release");
  EXPECT_EQ(malformed.status, 2);
  EXPECT_THAT(malformed.err, HasSubstr("FILE:LINE:KIND=ORDER"));
  EXPECT_EQ(minusone("orders hand_over.c --sizes 1+1").status, 2) << "a program has none";
}

}  // namespace
}  // namespace minusone::cli
