#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>

#include "protocol/check.h"
#include "protocol/outcome.h"
#include "stress/cli/supervised.h"
#include "stress/cli/verbs.h"
#include "stress/explore/explore.h"
#include "stress/explore/schedule.h"
#include "stress/machine/end_of_work.h"
#include "stress/modules/builder.h"
#include "stress/modules/module.h"
#include "stress/modules/traced_module.h"

namespace {

struct CommandLine {
  int words;
  char** word;
};

void tell_command(const void* what, minusone::BareText& out) noexcept {
  const auto& given = *static_cast<const CommandLine*>(what);
  out << "  version " << MINUSONE_VERSION << ", compiled by " << __VERSION__ << "\n  command:";
  for (int i = 0; i < given.words; ++i) {
    out << " ";
    // A word that steers terminals must not do so here.
    for (const char c : std::string_view(given.word[i]))
      out << (c >= ' ' && c < 0x7f ? std::string_view(&c, 1) : "?");
  }
  out << "\n";
}

int run(int argc, char** argv) {
  using namespace minusone;
  using namespace minusone::cli;
  const CommandLine given{argc, argv};
  const UnderWay all(tell_command, &given);
  Command command(
      "minusone",
      "minusone shows what happens to a shared-memory protocol under every schedule.\n"
      "Exit status: 0 holds, 1 violated, 2 usage, 3 inconclusive, 4 the machine does not allow "
      "it, 5 a bug of minusone's own.",
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
  add_orders(command, status);
  add_bench(command, status);
  add_demo(command, status);
  add_report(command, status);
  add_watch(command, status);
  add_clean(command, status);
  const auto fail = [](Status with, const char* what) {
    complain(printable(what));
    return with;
  };
  try {
    if (const auto told = command.parse(argc, argv)) return *told;
  } catch (const BadCommandLine& error) {
    const auto nearest =
        error.nearest_verb.empty() ? "" : fmt::format("Did you mean '{}'? ", error.nearest_verb);
    complain(fmt::format("{}\n{}See minusone --help, or minusone VERB --help.",
                         printable(error.what()), nearest));
    return usage;
  } catch (const UsageError& error) {
    return fail(usage, error.what());
  } catch (const ModuleRefused& error) {
    return fail(usage, error.what());
  } catch (const NotModelled& error) {
    return fail(usage, error.what());
  } catch (const BadSchedule& error) {
    return fail(usage, error.what());
  } catch (const BadPattern& error) {
    return fail(usage, error.what());
  } catch (const BuildInterrupted& error) {
    return fail(inconclusive, error.what());
  } catch (const WorkIsOver& error) {
    return fail(inconclusive, error.what());
  } catch (const ToolMissing& error) {
    return fail(machine, error.what());
  } catch (const ToolEnded& error) {
    return fail(machine, error.what());
  } catch (const std::system_error& error) {
    return fail(machine, error.what());
  } catch (const std::bad_alloc&) {
    return fail(machine, "there is no memory left: ask for a smaller workload, or raise ulimit -v");
  } catch (const std::exception& error) {
    return tell_bug(printable(error.what()));
  }
  return status;
}

/// A result that could not be written is none: the disk is full, the output is closed.
int told(int status) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  const int error = errno;
  minusone::cli::complain(
      fmt::format("standard output could not be written{}{}: what was found is lost",
                  error == 0 ? "" : ": ", error == 0 ? "" : std::system_category().message(error)));
  return minusone::cli::machine;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return minusone::cli::supervised([=] { return told(run(argc, argv)); });
  } catch (const std::system_error& error) {
    minusone::cli::complain(error.what());
    return minusone::cli::machine;
  }
}
