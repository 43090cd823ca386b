#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Small concurrent programs, drawn at random: as C, for the explorer, and as data, for an
/// interpreter that knows nothing of it and looks at every state.
namespace minusone::random_programs {

enum class Op : std::uint8_t {
  set,           ///< variable = value
  add,           ///< atomic_fetch_add(&variable, value)
  increment,     ///< variable = variable + value: two steps
  check,         ///< assert(variable != value)
  lock,          ///< the mutex
  unlock,        ///< it is held
  wait,          ///< sem_wait
  post,          ///< sem_post
  poll,          ///< while (variable != value) ;
  poll_under,    ///< for (;;) { lock; d = variable == value; unlock; if (d) break; }
  cond_wait,     ///< lock; while (variable != value) pthread_cond_wait; unlock
  broadcast,     ///< pthread_cond_broadcast
  check_number,  ///< assert(*number != value): an int on main()'s stack
  set_number,    ///< number = value, in main()
  create,        ///< the thread
  join,          ///< the thread
  end,           ///< of main(), as Program::end says: a step, for its stack is gone
};

struct Instruction {
  Op op;
  int object = 0;  ///< variable, semaphore or thread; the mutex of `lock`, `unlock`
  int value = 0;
  int mutex = 0;  ///< of poll_under and cond_wait; a mutex has one condition
};

/// How main() ends.
enum class End : std::uint8_t { returns, exits, pthread_exits };

struct Program {
  static constexpr int variables = 2, mutexes = 2, semaphores = 2;

  std::vector<std::vector<Instruction>> threads;  ///< the first is main()
  int semaphore_values[semaphores] = {};
  bool initialised[semaphores] = {};  ///< else it is zeroed memory, which is a semaphore of 0
  End end = End::returns;
};

/// The same for the same seed.
Program draw(std::uint64_t seed);

/// What can go wrong in it, over all schedules.
struct Findings {
  bool fault = false;     ///< an assertion fails, or main()'s stack is used after its return
  bool deadlock = false;  ///< somebody waits for ever, and the process has not ended, or they wait
                          ///< in a circle
  bool operator==(const Findings&) const = default;
};

/// Looks at every state.
Findings interpret(const Program& program);

/// `int NAME(void)`, with all that it needs in front of it.
std::string as_c(const Program& program, const std::string& name);

}  // namespace minusone::random_programs
