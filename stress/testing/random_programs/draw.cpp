#include <array>
#include <random>

#include "stress/testing/random_programs/program.h"

namespace minusone::random_programs {
namespace {

class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : random_(seed) {}

  Program draw() {
    Program program;
    for (int i = 0; i < Program::semaphores; ++i) {
      program.initialised[i] = one_in(2);
      program.semaphore_values[i] = program.initialised[i] ? below(2) : 0;
    }
    program.end = std::array{End::returns, End::returns, End::exits, End::pthread_exits}[pick(4)];
    const int threads = 1 + below(2);
    program.threads.resize(static_cast<std::size_t>(threads) + 1);
    for (int i = 1; i <= threads; ++i)
      program.threads[static_cast<std::size_t>(i)] = body(2 + below(3), false);
    program.threads[0] = main_of(threads);
    return program;
  }

 private:
  std::vector<Instruction> main_of(int threads) {
    std::vector<Instruction> code;
    const bool hands_over = one_in(2);
    for (int i = 1; i <= threads; ++i) {
      if (hands_over) code.push_back({Op::set_number, 0, below(3)});
      code.push_back({Op::create, i});
    }
    for (const Instruction& next : body(below(3), true)) code.push_back(next);
    const bool joins = !one_in(3);
    for (int i = 1; joins && i <= threads; ++i) code.push_back({Op::join, i});
    if (joins && one_in(2)) code.push_back({Op::check, below(Program::variables), 1 + below(3)});
    code.push_back({Op::end});
    return code;
  }

  /// Some instructions, with what they have locked unlocked at the end, or sometimes not.
  std::vector<Instruction> body(int length, bool is_main) {
    std::vector<Instruction> code;
    std::vector<int> held;
    for (int i = 0; i < length; ++i) {
      Instruction next{static_cast<Op>(below(static_cast<int>(Op::check_number) + 1))};
      next.mutex = below(Program::mutexes);
      next.object = below(Program::variables);
      next.value = below(3);
      switch (next.op) {
        case Op::add:
        case Op::increment:
          next.value = 1;
          break;
        case Op::lock:
          next.object = next.mutex;
          held.push_back(next.object);
          break;
        case Op::unlock:
          if (held.empty()) continue;
          next.object = held.back();
          held.pop_back();
          break;
        case Op::poll_under:
        case Op::cond_wait:
          // With a mutex held that is asked for again there is nothing but the deadlock to find.
          if (!held.empty()) continue;
          break;
        case Op::check_number:
          if (is_main) continue;
          break;
        default:
          break;
      }
      code.push_back(next);
    }
    while (!held.empty()) {
      if (!one_in(8)) code.push_back({Op::unlock, held.back()});
      held.pop_back();
    }
    return code;
  }

  std::size_t pick(std::size_t count) { return random_() % count; }
  int below(int count) { return static_cast<int>(pick(static_cast<std::size_t>(count))); }
  bool one_in(int count) { return below(count) == 0; }

  std::mt19937_64 random_;
};

}  // namespace

Program draw(std::uint64_t seed) { return Drawing(seed).draw(); }

}  // namespace minusone::random_programs
