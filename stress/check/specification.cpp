#include "stress/check/specification.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>

#include "stress/check/object_text.h"

namespace minusone {
namespace {

/// The specification's own code, whose exceptions are told.
template <class Run>
auto guarded(const std::string& what, const Run& run) {
  try {
    return run();
  } catch (const std::exception& error) {
    throw BadSpecification(fmt::format("{} throws: {}", what, error.what()));
  } catch (...) {
    throw BadSpecification(what + " throws something that is no std::exception");
  }
}

}  // namespace

Specification::Specification(const ObjectDescription& description) : description_(description) {
  if (description.specification.make == nullptr)
    throw BadSpecification("the module has hooks in it, and no specification");
  guarded("the specification's constructor", [&] {
    states_.push_back(
        {State(description.specification.make(), description.specification.destroy), 0, -1});
    return 0;
  });
}

int Specification::number_of(const ObjectCall& call) {
  const auto same = std::ranges::find_if(calls_, [&](const ObjectCall& known) {
    return known.operation == call.operation && known.arguments == call.arguments;
  });
  if (same != calls_.end()) return static_cast<int>(same - calls_.begin());
  calls_.push_back(call);
  return static_cast<int>(calls_.size()) - 1;
}

/// "the specification's pop, behind push(1), push(2)".
std::string Specification::told(int state, int call) const {
  const auto text = [&](int number) {
    const ObjectCall& which = calls_[static_cast<std::size_t>(number)];
    return to_string(*description_.operations[which.operation], which.arguments);
  };
  std::string before;
  while (state != initial) {
    const Known& known = states_[static_cast<std::size_t>(state)];
    before = text(known.call) + (before.empty() ? "" : ", ") + before;
    state = known.from;
  }
  return fmt::format("the specification's {}{}", text(call),
                     before.empty() ? "" : ", behind " + before + ",");
}

Specification::Tried Specification::run(int state, int number) const {
  const ObjectCall& call = calls_[static_cast<std::size_t>(number)];
  const ObjectOperation& operation = *description_.operations[call.operation];
  const ObjectSpecification& all = description_.specification;
  return guarded(told(state, number), [&] {
    State copy(all.copy(states_[static_cast<std::size_t>(state)].state.get()), all.destroy);
    const auto result = operation.specify(operation, copy.get(), call.arguments.data());
    return Tried{std::move(copy), result};
  });
}

bool Specification::waits_in(int state, int number) const {
  const ObjectCall& call = calls_[static_cast<std::size_t>(number)];
  const ObjectOperation& operation = *description_.operations[call.operation];
  if (operation.waits == nullptr) return false;
  return guarded(told(state, number), [&] {
    return operation.waits(operation, states_[static_cast<std::size_t>(state)].state.get());
  });
}

bool Specification::are_equal(const State& a, const State& b) const {
  return guarded("the specification's operator==",
                 [&] { return description_.specification.equal(a.get(), b.get()); });
}

int Specification::keep(State state, int from, int call) {
  if (description_.specification.equal != nullptr) {
    const auto same = std::ranges::find_if(
        states_, [&](const Known& known) { return are_equal(known.state, state); });
    if (same != states_.end()) return static_cast<int>(same - states_.begin());
  }
  states_.push_back({std::move(state), from, call});
  return static_cast<int>(states_.size()) - 1;
}

Specification::Outcome Specification::after(int state, const ObjectCall& given) {
  const int call = number_of(given);
  const auto key = static_cast<std::uint64_t>(state) << 32 | static_cast<std::uint32_t>(call);
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  if (waits_in(state, call)) return known_.emplace(key, Outcome{state, {}, true}).first->second;
  auto once = run(state, call);
  const auto again = run(state, call);
  const ObjectType& type = description_.operations[given.operation]->result;
  if (once.result != again.result) {
    throw BadSpecification(fmt::format(
        "{} disagrees with itself: on one copy of a state it returned {}, on another {}; it may go "
        "by its own members only",
        told(state, call), to_string(once.result, type), to_string(again.result, type)));
  }
  if (description_.specification.equal != nullptr && !are_equal(once.state, again.state)) {
    throw BadSpecification(fmt::format(
        "{} disagrees with itself: on two copies of a state it leaves states that are not equal",
        told(state, call)));
  }
  const Outcome outcome{keep(std::move(once.state), state, call), once.result};
  known_.emplace(key, outcome);
  return outcome;
}

}  // namespace minusone
