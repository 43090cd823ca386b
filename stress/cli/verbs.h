#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/check.h"
#include "protocol/verdict.h"
#include "stress/cli/verb.h"
#include "stress/modules/builder.h"
#include "stress/report/terminal.h"

namespace minusone::cli {

/// Exit status of the command.
enum Status {
  holds = 0,
  violated = 1,
  usage = 2,
  inconclusive = 3,
  machine = 4,      ///< the machine does not allow it
  bug = bug_status  ///< minusone's own
};

/// "500ms", "30s", "2m", "1h", "1d" of --time-limit. Empty: `otherwise`. @throws UsageError
std::chrono::milliseconds parse_time_limit(const std::string& given,
                                           std::chrono::milliseconds otherwise);

/// What all verbs share.
struct Common {
  std::string json;  ///< a path, "-" for stdout, empty for none
  bool quiet = false;
  bool no_color = false;
  std::optional<std::uint64_t> seed;
  std::string time_limit;

  void add_to(Verb& verb);
  Style style() const;
  std::uint64_t seed_or_fresh();  ///< printed to stderr when not given
  std::chrono::milliseconds limit(std::chrono::milliseconds otherwise) const {
    return parse_time_limit(time_limit, otherwise);
  }
  void check_json() const;  ///< before the run: can it be written?
  void write_json(const std::vector<Result>& results) const;
  /// write_json, with the sources that the results name, and the summary of a job on GitHub.
  void hand_over(std::vector<Result> results) const;
  bool prints() const { return !quiet && json != "-"; }
};

Status status_of(Verdict verdict);

/// "minusone: ..." to standard error, which may be closed or full.
void complain(const std::string& what) noexcept;

/// Before a run: whether the file that an option names can be written. "-" can, and no name.
/// @throws UsageError  why not
void check_writable(const char* option, const std::string& path);
/// Writes the file that an option names; "-" is standard output, no name nothing.
/// @throws UsageError  it cannot be opened  @throws std::system_error  it cannot be written whole
void write_to(const char* option, const std::string& path, std::string_view text);

/// An option that takes one of a few words, each standing for a value; the first is the default.
template <class T>
void add_choice(Verb& verb, const std::string& name, T& target,
                const std::vector<std::pair<std::string, T>>& choices, const std::string& help) {
  std::vector<std::string> words;
  for (const auto& [word, value] : choices) words.push_back(word);
  target = choices.front().second;
  verb.add_option_function(
          name,
          [&target, choices](const std::string& given) {
            for (const auto& [word, value] : choices) {
              if (word == given) target = value;
            }
          },
          help)
      ->one_of(words)
      ->shows_default(words.front());
}

/// --writers, --readers, --messages, --text and --agents; `workload` is checked when they are
/// parsed.
void add_workload(Verb& verb, Workload& workload);

/// "1+2,2+1,1+1x2" of --sizes. @throws UsageError
std::vector<Workload> parse_sizes(const std::string& given);

/// --crash: one writer, one reader or one of any may die; left out: nobody.
void add_crash(Verb& verb, Death& crash,
               const std::string& help = "let one agent die, at each step and while it waits");
/// @throws UsageError  somebody may die, and agents are threads
void check_crash(Death crash, const Workload& workload);
/// @throws UsageError  it is neither "writer" nor "reader" nor "any"
Death parse_death(const std::string& who);

/// --compiler, --define, --include, --volatile-atomic and --flags, for verbs that take source
/// files.
void add_build_options(Verb& verb, BuildRequest& request);
/// A source file's module, with the request's other sources, from the cache; any other name as it
/// is.
std::string built(const std::string& protocol, BuildRequest request, ModuleKind kind);
/// The file, and the request's other sources, as they would be typed again.
std::string file_words(const std::string& file, const BuildRequest& request);
/// The options that add_build_options() took, as they would be typed again.
std::string build_words(const BuildRequest& request);

/// --allow-race, for verbs that look for data races.
void add_allowed_races(Verb& verb, std::vector<std::string>& places);
/// "--all-steps" (Style::all_steps).
void add_all_steps(Verb& verb, bool& all_steps);

/// Each adds its verb to the command; `status` is set when the verb has run.
void add_list(Verb& command, Status& status);
void add_stress(Verb& command, Status& status);
void add_build(Verb& command, Status& status);
void add_explore(Verb& command, Status& status);
void add_replay(Verb& command, Status& status);
void add_play(Verb& command, Status& status);
void add_step(Verb& command, Status& status);
void add_grade(Verb& command, Status& status);
void add_conform(Verb& command, Status& status);
void add_bench(Verb& command, Status& status);
void add_orders(Verb& command, Status& status);
void add_demo(Verb& command, Status& status);
void add_report(Verb& command, Status& status);
void add_watch(Verb& command, Status& status);
void add_clean(Verb& command, Status& status);
/// Below the verb `bench`.
void add_bench_explore(Verb& bench, Status& status);

}  // namespace minusone::cli
