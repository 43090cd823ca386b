#include <fmt/format.h>

#include <exception>
#include <system_error>

#include "stress/cli/verbs.h"
#include "stress/native/module.h"

int main(int argc, char** argv) {
  using namespace minusone;
  using namespace minusone::cli;
  CLI::App command(
      "minusone shows what happens to a shared-memory protocol under every schedule.\n"
      "Exit status: 0 holds, 1 violated, 2 usage, 3 inconclusive, 4 the machine does not allow it.",
      "minusone");
  command.require_subcommand(1);
  command.set_version_flag("--version", MINUSONE_VERSION);
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
    command.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return command.exit(error);
    fail(usage, error.what());
    std::vector<std::string> verbs;
    for (const auto* verb : command.get_subcommands({})) verbs.push_back(verb->get_name());
    if (const auto near = argc > 1 ? nearest(argv[1], verbs) : "";
        !near.empty() && near != argv[1]) {
      fmt::print(stderr, "Did you mean '{}'? ", near);
    }
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
