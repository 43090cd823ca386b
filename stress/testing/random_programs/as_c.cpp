#include <fmt/format.h>

#include "stress/testing/random_programs/program.h"

namespace minusone::random_programs {
namespace {

/// One program's names begin with its own.
class Writer {
 public:
  Writer(const Program& program, std::string name) : program_(program), name_(std::move(name)) {}

  std::string write() {
    text_ = fmt::format(
        "static _Atomic int {0}_x[{1}];\n"
        "static pthread_mutex_t {0}_m[{2}];\n"
        "static pthread_cond_t {0}_c[{2}];\n"
        "static sem_t {0}_s[{3}];\n",
        name_, Program::variables, Program::mutexes, Program::semaphores);
    for (std::size_t i = 1; i < program_.threads.size(); ++i) {
      text_ += fmt::format("static void* {}_t{}(void* number) {{\n  (void)number;\n", name_, i);
      write(program_.threads[i]);
      text_ += "  return 0;\n}\n";
    }
    text_ += fmt::format(
        "static int {}(void) {{\n  int number = 0;\n  pthread_t t[{}];\n"
        "  (void)t;\n",
        name_, program_.threads.size());
    for (int i = 0; i < Program::semaphores; ++i) {
      if (program_.initialised[i])
        text_ +=
            fmt::format("  sem_init(&{}_s[{}], 0, {});\n", name_, i, program_.semaphore_values[i]);
    }
    write(program_.threads[0]);
    return text_ + "}\n";
  }

 private:
  void write(const std::vector<Instruction>& code) {
    for (const Instruction& next : code) text_ += "  " + statement(next) + "\n";
  }

  std::string statement(const Instruction& next) const {
    const auto x = fmt::format("{}_x[{}]", name_, next.object);
    const auto s = fmt::format("&{}_s[{}]", name_, next.object);
    const auto m =
        fmt::format("&{}_m[{}]", name_,
                    next.op == Op::lock || next.op == Op::unlock ? next.object : next.mutex);
    const auto c = fmt::format("&{}_c[{}]", name_, next.mutex);
    switch (next.op) {
      case Op::set:
        return fmt::format("{} = {};", x, next.value);
      case Op::add:
        return fmt::format("atomic_fetch_add(&{}, {});", x, next.value);
      case Op::increment:
        return fmt::format("{0} = {0} + {1};", x, next.value);
      case Op::check:
        return fmt::format("assert({} != {});", x, next.value);
      case Op::lock:
        return fmt::format("pthread_mutex_lock({});", m);
      case Op::unlock:
        return fmt::format("pthread_mutex_unlock({});", m);
      case Op::wait:
        return fmt::format("sem_wait({});", s);
      case Op::post:
        return fmt::format("sem_post({});", s);
      case Op::poll:
        return fmt::format("while ({} != {}) {{ }}", x, next.value);
      case Op::poll_under:
        return fmt::format(
            "for (int done = 0; !done;) {{ pthread_mutex_lock({0}); done = {1} == "
            "{2}; pthread_mutex_unlock({0}); }}",
            m, x, next.value);
      case Op::cond_wait:
        return fmt::format(
            "pthread_mutex_lock({0}); while ({1} != {2}) pthread_cond_wait({3}, "
            "{0}); pthread_mutex_unlock({0});",
            m, x, next.value, c);
      case Op::broadcast:
        return fmt::format("pthread_cond_broadcast({});", c);
      case Op::check_number:
        return fmt::format("assert(*(int*)number != {});", next.value);
      case Op::set_number:
        return fmt::format("number = {};", next.value);
      case Op::create:
        return fmt::format("pthread_create(&t[{0}], 0, {1}_t{0}, &number);", next.object, name_);
      case Op::join:
        return fmt::format("pthread_join(t[{}], 0);", next.object);
      case Op::end:
        return program_.end == End::exits           ? "exit(0);"
               : program_.end == End::pthread_exits ? "pthread_exit(0);"
                                                    : "return 0;";
    }
    return {};
  }

  const Program& program_;
  const std::string name_;
  std::string text_;
};

}  // namespace

std::string as_c(const Program& program, const std::string& name) {
  return Writer(program, name).write();
}

}  // namespace minusone::random_programs
