#include "stress/check/object_history.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <random>
#include <set>

#include "stress/check/object_text.h"

namespace minusone {
namespace {

/// A set of small numbers, of which a value can be asked and changed: add and take say whether they
/// did something, top the largest number.
struct Numbers {
  std::set<int> all;
  bool add(int x) { return all.insert(x).second; }
  bool take(int x) { return all.erase(x) > 0; }
  std::optional<int> top() const {
    return all.empty() ? std::nullopt : std::optional(*all.rbegin());
  }
  bool operator==(const Numbers&) const = default;
};
/// The same, whose states nobody can compare.
struct Uncomparable {
  Numbers numbers;
  bool add(int x) { return numbers.add(x); }
  bool take(int x) { return numbers.take(x); }
  std::optional<int> top() const { return numbers.top(); }
};
struct Wrong {
  static inline int calls = 0;
  int add(int x) { return x + calls++; }
  int take(int) { throw std::runtime_error("nothing to take"); }
};

/// Nobody runs the object itself here.
struct Unused {
  void init() {}
  bool add(int);
  bool take(int);
  std::optional<int> top() const;
};
bool Unused::add(int) { return false; }
bool Unused::take(int) { return false; }
std::optional<int> Unused::top() const { return {}; }
struct UnusedWrong {
  void init() {}
  int add(int x) { return x; }
  int take(int x) { return x; }
};

template <class Specified>
const ObjectDescription& numbers() {
  static constexpr std::tuple operations{op(&Unused::add, &Specified::add, "add", {1, 2}),
                                         op(&Unused::take, &Specified::take, "take", {1, 2}),
                                         op(&Unused::top, &Specified::top, "top")};
  static constexpr auto table = detail::table_of(operations);
  static constexpr auto description =
      detail::describe_object<Unused, Specified>("numbers", "Unused", table);
  return description;
}
const ObjectDescription& wrong() {
  static constexpr std::tuple operations{op(&UnusedWrong::add, &Wrong::add, "add", {1}),
                                         op(&UnusedWrong::take, &Wrong::take, "take", {1})};
  static constexpr auto table = detail::table_of(operations);
  static constexpr auto description =
      detail::describe_object<UnusedWrong, Wrong>("wrong", "UnusedWrong", table);
  return description;
}

enum { adds, takes, asks_top };

ObjectCall call(int agent, int operation, int argument, std::optional<ObjectValue> result) {
  ObjectCall call{.agent = agent, .operation = operation};
  call.arguments[0].bits = static_cast<std::uint64_t>(argument);
  if (result) {
    call.ending = Ending::done;
    call.result = *result;
  }
  return call;
}
constexpr ObjectValue yes{1, true}, no{0, true}, none{0, false};

TEST(ObjectHistory, LooksAtWhatReturnedBeforeWhatBegan) {
  Specification specification(numbers<Numbers>());
  const ObjectHistory history{call(0, adds, 1, yes), call(1, takes, 1, no)};
  const std::vector<CallEvent> one_by_one{{0, false}, {0, true}, {1, false}, {1, true}};
  EXPECT_FALSE(is_linearizable(history, one_by_one, specification));
  const std::vector<CallEvent> together{{0, false}, {1, false}, {0, true}, {1, true}};
  EXPECT_TRUE(is_linearizable(history, together, specification));
}

TEST(ObjectHistory, LetsWhatHasNotReturnedTakeEffectOrNot) {
  Specification specification(numbers<Numbers>());
  const std::vector<CallEvent> events{{0, false}, {1, false}, {1, true}};
  for (const ObjectValue result : {yes, no}) {
    const ObjectHistory history{call(0, adds, 1, {}), call(1, takes, 1, result)};
    EXPECT_TRUE(is_linearizable(history, events, specification));
  }
}

TEST(ObjectHistory, FindsTheOrderInWhichTheExecutionItselfDidNotCome) {
  Specification specification(numbers<Numbers>());
  HistoryJudge judge(specification);
  // No step of the one touches what a step of the other does: add may return before take begins.
  const ObjectHistory history{call(0, adds, 1, yes), call(1, takes, 1, no)};
  const auto order = judge.find_wrong_order(history, {1, 2});
  ASSERT_TRUE(order);
  EXPECT_EQ(*order, (std::vector<CallEvent>{{0, false}, {0, true}, {1, false}, {1, true}}));
  EXPECT_THAT(
      draw_history(history, *order, numbers<Numbers>(), {"agent 1", "agent 2"}),
      testing::ElementsAre("agent 1  add(1) = true    |-|", "agent 2  take(1) = false      |-|"));
  EXPECT_FALSE(judge.find_wrong_order(history, {3, 2})) << "take begins before add returns";
}

TEST(ObjectHistory, RefusesASpecificationThatThrowsOrDisagreesWithItself) {
  Specification specification(wrong());
  EXPECT_THAT([&] { specification.after(Specification::initial, call(0, takes, 1, {})); },
              testing::ThrowsMessage<BadSpecification>(
                  "the specification's take(1) throws: nothing to take"));
  EXPECT_THAT([&] { specification.after(Specification::initial, call(0, adds, 1, {})); },
              testing::ThrowsMessage<BadSpecification>(
                  testing::HasSubstr("the specification's add(1) disagrees with itself")));
}

/// The definition, word by word: some order of the calls, with those that have not returned or
/// without them, is a run of the specification, and keeps the order of those that do not overlap.
bool has_some_order(const ObjectHistory& history, const std::vector<CallEvent>& events) {
  const auto at = [&](std::size_t call, bool returns) {
    const CallEvent event{static_cast<int>(call), returns};
    return std::ranges::find(events, event) - events.begin();
  };
  std::vector<bool> done(history.size());
  const auto goes_on = [&](const auto& self, const Numbers& state) -> bool {
    bool all = true;
    for (std::size_t i = 0; i < history.size(); ++i)
      all &= done[i] || history[i].ending != Ending::done;
    if (all) return true;
    for (std::size_t i = 0; i < history.size(); ++i) {
      if (done[i]) continue;
      bool may = true;  // nobody else that is to come returned before it began
      for (std::size_t k = 0; k < history.size(); ++k)
        may &= done[k] || k == i || at(k, true) > at(i, false);
      if (!may) continue;
      Numbers next = state;
      const int x = static_cast<int>(history[i].arguments[0].bits);
      ObjectValue result;
      if (history[i].operation == adds) result.bits = next.add(x);
      if (history[i].operation == takes) result.bits = next.take(x);
      if (history[i].operation == asks_top) result = detail::to_value(next.top());
      if (history[i].ending == Ending::done && result != history[i].result) continue;
      done[i] = true;
      const bool found = self(self, next);
      done[i] = false;
      if (found) return true;
    }
    return false;
  };
  return goes_on(goes_on, Numbers{});
}

class RandomHistory {
 public:
  explicit RandomHistory(std::mt19937& draw) : draw_(draw) {
    const int agents = below(2) + 2;
    for (int agent = 0; agent < agents; ++agent) {
      const int calls = below(agents == 2 ? 4 : 3);
      for (int i = 0; i < calls; ++i) {
        const bool is_last = i == calls - 1;
        const bool ends = !is_last || below(4) > 0;
        const int operation = below(3);
        const ObjectValue result = operation != asks_top ? (below(2) == 0 ? yes : no)
                                   : below(3) == 0       ? none
                                                         : ObjectValue{1U + below(2), true};
        auto made =
            call(agent, operation, 1 + below(2), ends ? std::optional(result) : std::nullopt);
        if (!ends && below(2) == 0) made.ending = Ending::dead;
        if (operation == asks_top) made.arguments[0].bits = 0;
        history.push_back(made);
      }
    }
    // Which calls begin before which return, as steps that depend would have it.
    needs.resize(history.size());
    for (std::size_t i = 0; i < history.size(); ++i) {
      needs[i] = CallSet{1} << i;
      for (std::size_t k = 0; k < history.size(); ++k) {
        if (history[k].agent != history[i].agent && below(3) == 0) needs[i] |= CallSet{1} << k;
      }
    }
  }

  /// All orders of events that are possible: in the program's order, and as `needs` says.
  template <class Visit>
  void each_order(const Visit& visit) {
    std::vector<CallEvent> events;
    go_on(events, 0, 0, visit);
  }

  int below(int n) { return std::uniform_int_distribution(0, n - 1)(draw_); }

  ObjectHistory history;
  std::vector<CallSet> needs;

 private:
  template <class Visit>
  void go_on(std::vector<CallEvent>& events, CallSet begun, CallSet returned, const Visit& visit) {
    bool is_end = true;
    for (std::size_t i = 0; i < history.size(); ++i) {
      const CallSet it = CallSet{1} << i;
      const bool is_first = i == 0 || history[i - 1].agent != history[i].agent;
      const bool begins = (begun & it) == 0 && (is_first || (returned & it >> 1) != 0);
      const bool ends = (begun & it) != 0 && (returned & it) == 0 &&
                        history[i].ending == Ending::done && (needs[i] & ~begun) == 0;
      if (!begins && !ends) continue;
      is_end = false;
      events.push_back({static_cast<int>(i), ends});
      go_on(events, begun | it, ends ? returned | it : returned, visit);
      events.pop_back();
    }
    if (is_end) visit(events);
  }

  std::mt19937& draw_;
};

bool is_whole(const ObjectHistory& history, const std::vector<CallEvent>& events) {
  auto expected = history.size();
  for (const ObjectCall& call : history) expected += call.ending == Ending::done;
  return events.size() == expected;
}

/// One order of each is drawn, and judged by the definition.
TEST(ObjectHistoryLaw, IsTheDefinitionOnTenThousandSmallHistories) {
  std::mt19937 draw(20261130);
  int fits = 0, wrong = 0;
  for (int i = 0; i < 10'000; ++i) {
    RandomHistory random(draw);
    std::ranges::fill(random.needs, 0);
    // A walk at random through the orders.
    std::vector<CallEvent> events;
    CallSet begun = 0, returned = 0;
    for (;;) {
      std::vector<CallEvent> next;
      for (std::size_t k = 0; k < random.history.size(); ++k) {
        const CallSet it = CallSet{1} << k;
        const bool is_first = k == 0 || random.history[k - 1].agent != random.history[k].agent;
        if ((begun & it) == 0 && (is_first || (returned & it >> 1) != 0))
          next.push_back({static_cast<int>(k), false});
        if ((begun & ~returned & it) != 0 && random.history[k].ending == Ending::done)
          next.push_back({static_cast<int>(k), true});
      }
      if (next.empty()) break;
      events.push_back(next[static_cast<std::size_t>(random.below(static_cast<int>(next.size())))]);
      (events.back().returns ? returned : begun) |= CallSet{1} << events.back().call;
    }
    Specification comparable(numbers<Numbers>()), uncomparable(numbers<Uncomparable>());
    const bool expected = has_some_order(random.history, events);
    ASSERT_EQ(is_linearizable(random.history, events, comparable), expected);
    ASSERT_EQ(is_linearizable(random.history, events, uncomparable), expected);
    ++(expected ? fits : wrong);
  }
  EXPECT_GT(fits, 1000);
  EXPECT_GT(wrong, 1000);
}

/// What is found wrong is wrong, and where nothing is found each order is right.
TEST(ObjectHistoryLaw, LooksAtEveryOrderThatMayCome) {
  std::mt19937 draw(30112026);
  Specification specification(numbers<Numbers>());
  HistoryJudge judge(specification);
  int found = 0, none_wrong = 0;
  for (int i = 0; i < 20'000; ++i) {
    RandomHistory random(draw);
    if (random.history.size() > 5) continue;
    const auto order = judge.find_wrong_order(random.history, random.needs);
    bool some_wrong = false, is_one_of_them = false;
    random.each_order([&](const std::vector<CallEvent>& events) {
      // A call may wait for ever for one that does not begin: no execution is so.
      if (!is_whole(random.history, events)) return;
      some_wrong |= !has_some_order(random.history, events);
      is_one_of_them |= order && *order == events;
    });
    if (!order) {
      EXPECT_FALSE(some_wrong);
      ++none_wrong;
    } else if (is_whole(random.history, *order)) {
      EXPECT_TRUE(is_one_of_them);
      EXPECT_FALSE(has_some_order(random.history, *order));
      ++found;
    }
  }
  EXPECT_GT(found, 100);
  EXPECT_GT(none_wrong, 100);
}

}  // namespace
}  // namespace minusone
