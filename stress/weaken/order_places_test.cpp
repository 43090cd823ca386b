// How places are named and found, and that an order put in place of another is as good as written.
#include "stress/weaken/order_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "stress/explore/explore.h"

namespace minusone {
namespace {

using testing::ElementsAre;

std::string module_of(const std::string& program) {
  return MINUSONE_MODULES "/program/" + program + ".so";
}

Result explored(const std::string& program, std::shared_ptr<OrderPlaces> places,
                std::vector<std::string> arguments = {}, MemoryModel memory = MemoryModel::rc11) {
  ExploreOptions options;
  options.memory = memory;
  options.orders = std::move(places);
  options.arguments = std::move(arguments);
  return explore(module_of(program), "000000000000", options);
}

std::shared_ptr<OrderPlaces> changed(const std::vector<std::string>& changes) {
  std::vector<OrderChange> all;
  for (const auto& change : changes) all.push_back(*parse_order_change(change));
  return std::make_shared<OrderPlaces>(all);
}

/// "load acquire" of each place on a line.
std::vector<std::string> words(const OrderPlaces& places) {
  std::vector<std::string> all;
  for (const OrderPlace& place : places.places())
    all.push_back(std::string(name_of(place.use))
                      .append(" ")
                      .append(name_of_order(place.written, place.use)));
  std::ranges::sort(all);
  return all;
}

TEST(OrderChange, IsWrittenAsItIsRead) {
  for (const char* text :
       {"ring.h:31:store=release", "a.cpp:7:load:acquire=relaxed", "a.cpp:7=seq_cst",
        "a.cpp:9:failed-cas=relaxed", "a.cpp:9:fence=none", "a:b.cpp:9:cas:acq_rel=acquire"}) {
    const auto change = parse_order_change(text);
    ASSERT_TRUE(change) << text;
    EXPECT_EQ(to_string(*change), text);
  }
  for (const char* text : {"", "ring.h", "ring.h:31", "ring.h:31:store", "ring.h:x:store=release",
                           "ring.h:31:store=strong", ":31:store=release", "ring.h:31:=release",
                           "ring.h:31:acquire=relaxed", "ring.h:31x:load=relaxed"})
    EXPECT_FALSE(parse_order_change(text)) << text;
}

TEST(MemoryOrders, AreWeakerWhereTheyOrderLess) {
  EXPECT_TRUE(is_weaker(__ATOMIC_RELAXED, __ATOMIC_ACQUIRE));
  EXPECT_TRUE(is_weaker(__ATOMIC_ACQUIRE, __ATOMIC_ACQ_REL));
  EXPECT_TRUE(is_weaker(__ATOMIC_RELEASE, __ATOMIC_ACQ_REL));
  EXPECT_TRUE(is_weaker(__ATOMIC_ACQ_REL, __ATOMIC_SEQ_CST));
  EXPECT_FALSE(is_weaker(__ATOMIC_ACQUIRE, __ATOMIC_RELEASE));
  EXPECT_FALSE(is_weaker(__ATOMIC_RELEASE, __ATOMIC_ACQUIRE));
  EXPECT_FALSE(is_weaker(__ATOMIC_CONSUME, __ATOMIC_ACQUIRE));
  for (const auto use : {OrderUse::load, OrderUse::store, OrderUse::exchange, OrderUse::update,
                         OrderUse::cas, OrderUse::failed_cas, OrderUse::fence}) {
    const auto orders = orders_of(use);
    for (std::size_t i = 0; i < orders.size(); ++i) {
      for (std::size_t k = i + 1; k < orders.size(); ++k)
        EXPECT_FALSE(is_at_most(orders[k], orders[i])) << name_of(use);
    }
  }
}

TEST(OrderPlaces, AreToldApartByLineKindAndOrder) {
  const auto places = std::make_shared<OrderPlaces>();
  explored("one_line", places);
  EXPECT_THAT(words(*places),
              ElementsAre("fence seq_cst", "load acquire", "load relaxed", "load relaxed",
                          "store release", "store seq_cst", "update acq_rel"));
  for (std::size_t i = 0; i < places->places().size(); ++i) {
    const OrderPlace& place = places->places()[i];
    EXPECT_EQ(place.file, "one_line.cpp");
    // A fence is no access, and what a lambda calls is inlined there.
    EXPECT_EQ(place.use == OrderUse::fence, place.line == 28);
    EXPECT_EQ(place.written == __ATOMIC_RELEASE, place.line == 23);
    const bool has_sibling = place.use == OrderUse::load && place.line > 24;
    EXPECT_EQ(places->change_at(i).written.has_value(), has_sibling) << place.line;
  }
}

TEST(OrderPlaces, AreAsGoodAsWrittenInTheSource) {
  // Of each litmus test all orders are seq_cst by the one argument, and relaxed by the other.
  for (const char* which : {"0", "1", "2", "3", "4", "5"}) {
    const auto places = std::make_shared<OrderPlaces>();
    const auto strong = explored("litmus", places, {which, "2"});
    for (std::size_t i = 0; i < places->places().size(); ++i)
      places->set_order(i, __ATOMIC_RELAXED);
    const auto weakened = explored("litmus", places, {which, "2"});
    const auto weak = explored("litmus", nullptr, {which, "0"});
    EXPECT_EQ(weakened.executions.complete, weak.executions.complete) << which;
    places->set_strongest();
    const auto strengthened = explored("litmus", places, {which, "0"});
    EXPECT_EQ(strengthened.executions.complete, strong.executions.complete) << which;
  }
}

TEST(OrderPlaces, DecideWhatIsADataRaceUnderAnyModel) {
  const auto lines = std::make_shared<OrderPlaces>();
  explored("hand_over", lines);
  const auto store = std::ranges::find(lines->places(), OrderUse::store, &OrderPlace::use);
  ASSERT_NE(store, lines->places().end());
  const auto change = std::string("hand_over.c:") + std::to_string(store->line) + ":store=relaxed";
  for (const auto memory : {MemoryModel::sc, MemoryModel::rc11}) {
    EXPECT_EQ(explored("hand_over", nullptr, {}, memory).verdict, Verdict::holds);
    const auto places = changed({change});
    EXPECT_EQ(explored("hand_over", places, {}, memory).verdict, Verdict::violated);
    EXPECT_TRUE(places->without_place().empty());
  }
}

TEST(OrderPlaces, SayWhichChangeConcernsNone) {
  const auto places = changed({"hand_over.c:1:store=relaxed", "hand_over.c:23:load=relaxed",
                               "hand_over.cpp:23:store=relaxed"});
  explored("hand_over", places);
  EXPECT_EQ(places->without_place().size(), 3U);
}

}  // namespace
}  // namespace minusone
