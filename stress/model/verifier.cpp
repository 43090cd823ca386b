#include "stress/model/verifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace minusone {
namespace {

namespace fs = std::filesystem;

/// The model includes "protocol/history.pml" and its like, which lie beside the modules' folders as
/// they do in the source.
void copy_model(const ModelSource& model, const fs::path& folder) {
  fs::copy_file(model.path, folder / "model.pml");
  const auto shared = model.path.parent_path().parent_path().parent_path() / "protocol";
  fs::create_directory(folder / "protocol");
  for (const auto* name : {"history.pml", "death.pml", "workload.pml"})
    fs::copy_file(shared / name, folder / "protocol" / name);
}

/// What protocol/workload.pml asks for.
std::vector<std::string> environment_of(const ModelSize& size, const std::string& sought) {
  std::vector<std::string> environment{fmt::format("MINUSONE_WRITERS={}", size.writers),
                                       fmt::format("MINUSONE_READERS={}", size.readers),
                                       "MINUSONE_SEEK=" + sought};
  if (size.death == Death::none) environment.emplace_back("MINUSONE_MORTALS=nobody");
  if (size.death == Death::writer) environment.emplace_back("MINUSONE_MORTALS=writers");
  if (size.death == Death::reader) environment.emplace_back("MINUSONE_MORTALS=readers");
  return environment;
}

}  // namespace

std::string to_string(const ModelSize& size) {
  auto text = fmt::format("{}+{}", size.writers, size.readers);
  if (size.messages > 1) text += fmt::format(" x{}", size.messages);
  if (size.death != Death::none) text += " crash";
  if (size.death == Death::writer) text += " writer";
  if (size.death == Death::reader) text += " reader";
  return text;
}

Verifier::Verifier(const ModelSource& model, const ModelSize& most, Order order,
                   const VerifierLimits& limits)
    : model_(model.path.string()), has_word_(model.has_word), limits_(limits) {
  copy_model(model, folder_.path());
  const CommandLimits building{std::chrono::minutes(2), 0, limits.interrupted};
  // The compiler's temporary files lie in the folder and go with it.
  const std::vector<std::string> environment{"TMPDIR=" + folder_.path().string()};
  std::vector<std::string> generate{"spin", fmt::format("-DW={}", most.writers),
                                    fmt::format("-DR={}", most.readers),
                                    fmt::format("-DM={}", most.messages)};
  if (order == Order::fair_cycles) generate.emplace_back("-DFOREVER");
  if (most.death != Death::none) generate.emplace_back("-DDEATHS");
  generate.insert(generate.end(), {"-a", "model.pml"});
  const auto generated = run_command(generate, folder_.path(), building, environment);
  if (!generated.succeeded() || !fs::exists(folder_.path() / "pan.c")) refuse("spin -a", generated);
  std::vector<std::string> compile{
      "gcc", "-w",    "-O0",        "-o",
      "pan", "pan.c", "-DNOREDUCE", fmt::format("-DMEMLIM={}", limits.megabytes)};
  switch (order) {
    case Order::random:
      compile.insert(compile.end(), {"-DSAFETY", "-DNOFAIR", "-DT_RAND", "-DP_RAND"});
      break;
    case Order::breadth_first:
      compile.insert(compile.end(), {"-DSAFETY", "-DNOFAIR", "-DBFS"});
      break;
    case Order::fair_cycles:
      compile.emplace_back("-DNFAIR=3");
      break;
  }
  const auto compiled = run_command(compile, folder_.path(), building, environment);
  if (!compiled.succeeded()) refuse("gcc", compiled);
}

void Verifier::refuse(const std::string& step, const CommandResult& result) const {
  if (result.interrupted) throw VerifierInterrupted();
  throw std::runtime_error(fmt::format("{} does not accept the model {}: {}", step, model_,
                                       result.timed_out ? "it did not end" : result.out));
}

CommandResult Verifier::run(std::vector<std::string> arguments,
                            const std::vector<std::string>& environment) const {
  CommandLimits limits{limits_.time, 0, limits_.interrupted};
  // The states' own limit is MEMLIM; this one keeps the search's stack within bounds, too.
  limits.memory_bytes = (static_cast<std::uint64_t>(limits_.megabytes) + 1000) * 1024 * 1024;
  arguments.insert(arguments.begin(), "./pan");
  return run_command(arguments, folder_.path(), limits, environment);
}

ModelSearch Verifier::judged(const CommandResult& result) const {
  auto search = parse_search(result.out, has_word_);
  search.seconds = result.seconds;
  const auto cut = [&](std::string why) {
    search.limits.push_back(std::move(why));
    search.complete = false;
  };
  if (result.timed_out) cut("the time limit was reached");
  if (result.interrupted) cut("interrupted");
  if (result.signal != 0 && !result.timed_out && !result.interrupted)
    cut(fmt::format("the verifier was killed by signal {}", result.signal));
  if (result.status > 0) cut(fmt::format("the verifier ended with status {}", result.status));
  return search;
}

ModelSearch Verifier::search(const ModelSize& size) const {
  // The model itself judges which agents wait rightly, so no end state is an error (-E).
  return judged(
      run({"-E", "-n", fmt::format("-m{}", limits_.depth), "-w20"}, environment_of(size, {})));
}

Verifier::Cycle Verifier::find_cycle(const std::string& formula, int depth) const {
  const auto trail = folder_.path() / "model.pml.trail";
  std::error_code none;
  fs::remove(trail, none);
  const auto most = fmt::format("-m{}", depth);
  Cycle cycle{judged(run({"-a", "-f", "-E", "-n", most, "-w18", "-N", formula}, {})), {}, 0};
  cycle.search.found &= fs::exists(trail);
  if (!cycle.search.found) return cycle;
  const auto told = run({"-w10", fmt::format("-m{}", depth + 10), "-N", formula, "-r"}, {}).out;
  cycle.lasso = parse_trail(told, has_word_);
  cycle.length = longest_step(told);
  return cycle;
}

std::optional<ModelTrail> Verifier::seek(const ModelSize& size, const std::string& sought,
                                         unsigned seed) const {
  const auto environment = environment_of(size, sought);
  const auto trail = folder_.path() / "model.pml.trail";
  std::error_code none;
  fs::remove(trail, none);
  // pan takes its stack beforehand: most trails need little, and come at once.
  constexpr int shallow = 1000;
  for (const int depth : {std::min(shallow, limits_.depth), limits_.depth}) {
    const auto most = fmt::format("-m{}", depth);
    run({"-E", "-n", most, "-w18", fmt::format("-RS{}", seed)}, environment);
    if (fs::exists(trail))
      return parse_trail(run({"-w10", most, "-r"}, environment).out, has_word_);
  }
  return std::nullopt;
}

}  // namespace minusone
