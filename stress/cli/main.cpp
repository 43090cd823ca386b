#include <fmt/format.h>

#include <exception>
#include <system_error>

#include "stress/cli/verbs.h"
#include "stress/modules/module.h"

int main(int argc, char** argv) {
  using namespace minusone;
  using namespace minusone::cli;
  Command command(
      "minusone",
      "minusone shows what happens to a shared-memory protocol under every schedule.\n"
      "Exit status: 0 holds, 1 violated, 2 usage, 3 inconclusive, 4 the machine does not allow it.",
      MINUSONE_VERSION);
  command.requires_verb();
  Status status = holds;
  add_list(command, status);
  add_stress(command, status);
  add_build(command, status);
  add_explore(command, status);
  add_replay(command, status);
  add_play(command, status);
  add_step(command, status);
  add_grade(command, status);
  add_conform(command, status);
  add_bench(command, status);
  add_demo(command, status);
  add_report(command, status);
  add_clean(command, status);
  const auto fail = [](Status with, const char* what) {
    fmt::print(stderr, "minusone: {}\n", printable(what));
    return with;
  };
  try {
    if (const auto told = command.parse(argc, argv)) return *told;
  } catch (const BadCommandLine& error) {
    fail(usage, error.what());
    if (!error.nearest_verb.empty()) fmt::print(stderr, "Did you mean '{}'? ", error.nearest_verb);
    fmt::print(stderr, "See minusone --help, or minusone VERB --help.\n");
    return usage;
  } catch (const UsageError& error) {
    return fail(usage, error.what());
  } catch (const std::system_error& error) {
    return fail(machine, error.what());
  } catch (const std::exception& error) {
    return fail(machine, error.what());
  }
  return status;
}
