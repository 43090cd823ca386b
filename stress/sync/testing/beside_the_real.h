#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "protocol/testing/on_one_cpu.h"
#include "stress/sync/sync_model.h"
#include "stress/sync/testing/real_agents.h"

/// Holds a modelled primitive against the kernel's or glibc's: the same random calls, equal
/// results, errnos and states. Where calls block, real threads make the same calls as the model's
/// agents. Where a real one goes on, the model's must be able to, with the same result; where a
/// real one sleeps, the model's must not be able to go on.
namespace minusone {

inline constexpr int agents = 3;
using Random = std::mt19937;

inline std::uint64_t at(const volatile void* p) { return reinterpret_cast<std::uint64_t>(p); }
inline std::int64_t answer(long result) { return result < 0 ? -errno : result; }

inline Context announced(Action action, std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0,
                         std::uint64_t d = 0, std::uint64_t e = 0) {
  Context context;
  context.code = code_of(action);
  context.a = a;
  context.b = b;
  context.c = c;
  context.d = d;
  context.e = e;
  return context;
}

/// As an announcement of its own: it may leave something in the context.
inline std::int64_t perform(SyncModel& model, Context context) { return model.perform(context); }

/// One call, real and modelled: of the model in one or two announcements, as the runtime makes
/// them.
struct TestedCall {
  std::string name;
  RealAgents::Job real;
  Context first;
  std::optional<Context> then;  ///< announced when the first returned 0
  /// What the call returns, of what the last announcement did.
  std::function<std::int64_t(std::int64_t)> result = [](std::int64_t value) { return value; };
};

/// What is called: a primitive with its state.
class Primitive {
 public:
  virtual ~Primitive() = default;
  /// A random call; none where this agent has none that is defined.
  virtual std::optional<TestedCall> next(Random& random, int agent) = 0;
  /// A call that lets others go on, for the end of a round.
  virtual std::optional<TestedCall> release(int agent) = 0;
  /// Told of each call that has returned.
  virtual void returned(int, const std::string&, std::int64_t) {}
};

/// Both sides, step by step.
class Pair {
 public:
  Pair() {
    model_.set_processes(false);
    model_.set_announced([this](int agent, Context& call) {
      if (agent >= agents || !busy(agent)) return false;
      const Running& now = *calls_[static_cast<std::size_t>(agent)];
      call = now.in_second ? *now.call.then : now.call.first;
      return !now.value;
    });
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  SyncModel& model() { return model_; }
  bool busy(int agent) const { return calls_[static_cast<std::size_t>(agent)].has_value(); }
  bool anybody_is_busy() const {
    for (int agent = 0; agent < agents; ++agent) {
      if (busy(agent)) return true;
    }
    return false;
  }

  /// @return false after a difference
  bool call(int agent, TestedCall call, Primitive& primitive) {
    said_ += std::to_string(agent) + ": " + call.name + "; ";
    call.first.id = agent;
    if (call.then) call.then->id = agent;
    auto real = call.real;
    const bool goes_on_at_once = call.then.has_value();
    calls_[static_cast<std::size_t>(agent)] = Running{std::move(call), false};
    if (goes_on_at_once) advance(agent);
    real_.start(agent, std::move(real));
    real_.settle();
    return compare(primitive);
  }

 private:
  struct Running {
    TestedCall call;
    bool in_second = false;
    std::optional<std::int64_t> value{};
  };

  /// Lets the model's agent take what it can. @return its result, once it has one
  std::optional<std::int64_t> advance(int agent) {
    Running& now = *calls_[static_cast<std::size_t>(agent)];
    for (;;) {
      if (now.value) return now.value;
      const Context& context = now.in_second ? *now.call.then : now.call.first;
      if (!model_.enabled(context)) return std::nullopt;
      const auto value = perform(model_, context);
      if (!now.in_second && now.call.then && value == 0) {
        now.in_second = true;
        return std::nullopt;
      }
      now.value = now.call.result(value);
    }
  }

  bool compare(Primitive& primitive) {
    for (bool moved = true; moved;) {
      moved = false;
      for (int agent = 0; agent < agents; ++agent) {
        const auto real = real_.result(agent);
        if (!busy(agent) || !real) continue;
        const auto modelled = advance(agent);
        if (!modelled) continue;
        EXPECT_EQ(*modelled, *real) << said_ << "agent " << agent;
        if (*modelled != *real) return false;
        const auto name = calls_[static_cast<std::size_t>(agent)]->call.name;
        calls_[static_cast<std::size_t>(agent)].reset();
        primitive.returned(agent, name, *real);
        moved = true;
      }
    }
    for (int agent = 0; agent < agents; ++agent) {
      if (!busy(agent)) continue;
      const Running& now = *calls_[static_cast<std::size_t>(agent)];
      const bool model_can =
          now.value || model_.enabled(now.in_second ? *now.call.then : now.call.first);
      EXPECT_FALSE(real_.result(agent)) << said_ << "agent " << agent << " waits in the model only";
      EXPECT_FALSE(model_can) << said_ << "agent " << agent << " waits in reality only";
      if (real_.result(agent) || model_can) return false;
    }
    return true;
  }

  RealAgents real_{agents};
  SyncModel model_;
  std::array<std::optional<Running>, agents> calls_;
  std::string said_;
};

/// Random calls of idle agents, then calls that let everybody finish. The same each time, unless
/// --gtest_shuffle --gtest_repeat=N asks for others.
template <class P, class... Arguments>
void compare_randomly(unsigned seed, int rounds, int calls, Arguments... arguments) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "ThreadSanitizer knows nothing of how these threads are led";
#endif
  const OnOneCpu on_one_cpu;
  const auto shift = static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed());
  Random random(seed + 100 * shift);
  for (int round = 0; round < rounds; ++round) {
    auto pair = std::make_unique<Pair>();
    P primitive(pair->model(), arguments...);
    bool equal = true;
    for (int i = 0; i < calls && equal; ++i) {
      const int agent = static_cast<int>(random() % agents);
      if (pair->busy(agent)) continue;
      // Somebody must be left to let the others go on.
      const bool last = pair->busy((agent + 1) % agents) && pair->busy((agent + 2) % agents);
      if (auto call = last ? primitive.release(agent) : primitive.next(random, agent))
        equal = pair->call(agent, *call, primitive);
    }
    for (int i = 0; i < 1000 && equal && pair->anybody_is_busy(); ++i) {
      const int agent = i % agents;
      if (pair->busy(agent)) continue;
      if (auto call = primitive.release(agent)) equal = pair->call(agent, *call, primitive);
    }
    if (!equal || pair->anybody_is_busy()) {
      // Who sleeps cannot be brought back: its thread, and what it sleeps on, stay.
      static_cast<void>(pair.release());
      FAIL() << "round " << round << (equal ? ": somebody sleeps on" : "");
    }
  }
}

/// A deadline that has passed.
inline constexpr timespec past{1, 0};
/// No time at all.
inline constexpr timespec no_time{2'000'000'000, 1'000'000'000};

}  // namespace minusone
