#include <algorithm>
#include <array>
#include <set>

#include "stress/testing/random_programs/program.h"

namespace minusone::random_programs {
namespace {

constexpr std::size_t most_threads = 3;

struct State {
  std::array<std::int8_t, Program::variables> variables{};
  std::array<std::int8_t, Program::mutexes> owners{};  ///< -1: nobody
  std::array<std::int8_t, Program::semaphores> semaphores{};
  std::int8_t number = 0;  ///< on main()'s stack
  struct Thread {
    std::int8_t at = -1;   ///< its next instruction; -1: it was not created
    std::int8_t part = 0;  ///< of that instruction
    std::int8_t kept = 0;  ///< what an earlier part has read
    auto operator<=>(const Thread&) const = default;
  };
  std::array<Thread, most_threads> threads{};
  auto operator<=>(const State&) const = default;
};

/// The parts of a wait on a condition.
enum Part : std::int8_t { locks, looks, goes_to_sleep, sleeps, awake, unlocks };

class Interpreter {
 public:
  explicit Interpreter(const Program& program) : program_(program) {}

  Findings run() {
    State start;
    start.owners.fill(-1);
    for (std::size_t i = 0; i < start.semaphores.size(); ++i)
      start.semaphores[i] = static_cast<std::int8_t>(program_.semaphore_values[i]);
    start.threads[0].at = 0;
    visit(start);
    return found_;
  }

 private:
  void visit(const State& state) {
    if (!seen_.insert(state).second) return;
    bool moves = false;
    for (std::size_t who = 0; who < program_.threads.size(); ++who) {
      if (!is_running(state, who) || !can_go_on(state, who)) continue;
      moves = true;
      State next = state;
      if (take(next, who)) {
        visit(next);
      } else {
        found_.fault = true;  // the execution ends here
      }
    }
    if (!moves) judge(state);
  }

  bool has_finished(const State& state, std::size_t who) const {
    return state.threads[who].at == static_cast<std::int8_t>(program_.threads[who].size());
  }
  bool is_running(const State& state, std::size_t who) const {
    return state.threads[who].at >= 0 && !has_finished(state, who);
  }
  const Instruction& next_of(const State& state, std::size_t who) const {
    return program_.threads[who][static_cast<std::size_t>(state.threads[who].at)];
  }
  static bool is_free(const State& state, int mutex) {
    return state.owners[static_cast<std::size_t>(mutex)] == -1;
  }
  static bool is_there(const State& state, const Instruction& next) {
    return state.variables[static_cast<std::size_t>(next.object)] == next.value;
  }

  bool can_go_on(const State& state, std::size_t who) const {
    const Instruction& next = next_of(state, who);
    switch (next.op) {
      case Op::lock:
        return is_free(state, next.object);
      case Op::wait:
        return state.semaphores[static_cast<std::size_t>(next.object)] > 0;
      case Op::poll:
        return is_there(state, next);
      case Op::poll_under:  // rounds that find nothing leave nothing behind
        return is_free(state, next.mutex) && is_there(state, next);
      case Op::cond_wait:
        switch (state.threads[who].part) {
          case locks:
          case awake:
            return is_free(state, next.mutex);
          default:
            return state.threads[who].part != sleeps;
        }
      case Op::join:
        return has_finished(state, static_cast<std::size_t>(next.object));
      default:
        return true;
    }
  }

  /// @return false at a fault
  bool take(State& state, std::size_t who) {
    State::Thread& self = state.threads[who];
    const Instruction& next = next_of(state, who);
    const auto value = static_cast<std::int8_t>(next.value);
    const auto object = static_cast<std::size_t>(next.object);
    switch (next.op) {
      case Op::set:
        state.variables[object] = value;
        break;
      case Op::add:
        state.variables[object] = static_cast<std::int8_t>(state.variables[object] + value);
        break;
      case Op::increment:
        if (self.part == 0) {
          self.kept = state.variables[object];
          self.part = 1;
          return true;
        }
        state.variables[object] = static_cast<std::int8_t>(self.kept + value);
        break;
      case Op::check:
        if (state.variables[object] == value) return false;
        break;
      case Op::check_number:
        if (is_frame_over(state) || state.number == value) return false;
        break;
      case Op::set_number:
        state.number = value;
        break;
      case Op::lock:
        state.owners[object] = static_cast<std::int8_t>(who);
        break;
      case Op::unlock:
        state.owners[object] = -1;
        break;
      case Op::wait:
        --state.semaphores[object];
        break;
      case Op::post:
        ++state.semaphores[object];
        break;
      case Op::cond_wait:
        if (!wait(state, who, next)) return true;
        break;
      case Op::broadcast:
        broadcast(state, next.mutex);
        break;
      case Op::create:
        state.threads[object].at = 0;
        break;
      default:  // a poll that found what it polls for, a join
        break;
    }
    self.part = self.kept = 0;
    ++self.at;
    return true;
  }

  /// @return whether the wait is over
  bool wait(State& state, std::size_t who, const Instruction& next) {
    State::Thread& self = state.threads[who];
    auto& owner = state.owners[static_cast<std::size_t>(next.mutex)];
    switch (self.part) {
      case locks:
      case awake:
        owner = static_cast<std::int8_t>(who);
        self.part = looks;
        return false;
      case looks:
        self.part = is_there(state, next) ? unlocks : goes_to_sleep;
        return false;
      case goes_to_sleep:
        self.part = sleeps;
        owner = -1;
        return false;
      default:
        owner = -1;
        return true;
    }
  }

  void broadcast(State& state, int mutex) const {
    for (std::size_t who = 0; who < program_.threads.size(); ++who) {
      if (!is_running(state, who)) continue;
      const Instruction& its = next_of(state, who);
      if (its.op == Op::cond_wait && its.mutex == mutex && state.threads[who].part == sleeps)
        state.threads[who].part = awake;
    }
  }

  /// Whether main() has given up its stack, which exit() leaves as it is.
  bool is_frame_over(const State& state) const {
    return program_.end != End::exits && has_finished(state, 0);
  }

  void judge(const State& state) {
    bool waits = false;
    for (std::size_t who = 0; who < program_.threads.size(); ++who) waits |= is_running(state, who);
    if (!waits) return;
    const bool is_over = has_finished(state, 0) && program_.end != End::pthread_exits;
    found_.deadlock |= !is_over || waits_in_circle(state);
  }

  /// For whose lock or end it waits; -1: for nobody's.
  int awaited_by(const State& state, std::size_t who) const {
    if (!is_running(state, who)) return -1;
    const Instruction& next = next_of(state, who);
    const auto owner = [&](int mutex) { return state.owners[static_cast<std::size_t>(mutex)]; };
    if (next.op == Op::lock) return owner(next.object);
    if (next.op == Op::poll_under) return owner(next.mutex);
    if (next.op == Op::cond_wait && state.threads[who].part != sleeps) return owner(next.mutex);
    if (next.op == Op::join) return next.object;
    return -1;
  }

  bool waits_in_circle(const State& state) const {
    for (std::size_t first = 0; first < program_.threads.size(); ++first) {
      int at = awaited_by(state, first);
      for (std::size_t i = 0; i < most_threads && at >= 0; ++i) {
        if (at == static_cast<int>(first)) return true;
        at = awaited_by(state, static_cast<std::size_t>(at));
      }
    }
    return false;
  }

  const Program& program_;
  std::set<State> seen_;
  Findings found_;
};

}  // namespace

Findings interpret(const Program& program) { return Interpreter(program).run(); }

}  // namespace minusone::random_programs
