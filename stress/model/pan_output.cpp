#include "stress/model/pan_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace minusone {
namespace {

/// init is process 0 and the drainer process 1 (protocol/workload.pml).
constexpr int first_agent = 2;

template <class Each>
void each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    each(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::optional<ModelEnd> parse_end(const std::string& line, bool has_word) {
  std::array<int, 8> f{};
  if (std::sscanf(line.c_str(), "outcome %d %d %d %d %d %d %d %d", &f[0], &f[1], &f[2], &f[3],
                  &f[4], &f[5], &f[6], &f[7]) != 8) {
    return std::nullopt;
  }
  ModelEnd end;
  if (has_word) end.outcome.word = f[0];
  end.outcome.lost = static_cast<unsigned>(f[1]);
  end.outcome.duplicated = static_cast<unsigned>(f[2]);
  end.outcome.torn = static_cast<unsigned>(f[3]);
  end.outcome.reordered = static_cast<unsigned>(f[4]);
  end.outcome.stuck = static_cast<unsigned>(f[5]);
  end.illegal = f[6] != 0;
  end.died = f[7] != 0;
  return end;
}

/// What in pan's output means that states were left out (SPIN 6.5.2).
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> signs{{
    {"max search depth too small", "max search depth too small (-m)"},
    {"reached -DMEMLIM bound", "the memory limit was reached (MEMLIM)"},
    {"out of memory", "out of memory"},
    {"Search not completed", "search not completed"},
    {"too many outcomes", "more outcomes than the verifier keeps"},
    {"Bit statespace search", "states were only hashed"},
    {"Randomized Process Ordering", "states were left out by chance (-DP_RAND)"},
}};

}  // namespace

ModelSearch parse_search(std::string_view text, bool has_word) {
  ModelSearch search;
  bool full = false, counted = false, no_errors = false;
  each_line(text, [&](std::string_view view) {
    const std::string line(view);
    if (line.starts_with("outcome ")) {
      const auto end = parse_end(line, has_word);
      if (end) search.ends.insert(*end);
      if (!end) search.limits.push_back("an outcome cannot be read: " + line);
    }
    full |= contains(line, "Full statespace search for");
    unsigned long long depth = 0, errors = 0;
    if (const auto at = line.find("depth reached "); at != std::string::npos) {
      if (std::sscanf(line.c_str() + at, "depth reached %llu, errors: %llu", &depth, &errors) ==
          2) {
        search.depth = depth;
        no_errors = errors == 0;
        search.found = errors != 0;
      }
    }
    double number = 0;
    if (contains(line, "states, stored") && std::sscanf(line.c_str(), "%lf", &number) == 1) {
      search.states = static_cast<std::uint64_t>(number);
      counted = number > 0;
    }
    if (contains(line, "transitions (=") && std::sscanf(line.c_str(), "%lf", &number) == 1)
      search.transitions = static_cast<std::uint64_t>(number);
    if (contains(line, "total actual memory usage"))
      std::sscanf(line.c_str(), "%lf", &search.megabytes);
  });
  for (const auto& [sign, why] : signs) {
    if (contains(text, sign)) search.limits.emplace_back(why);
  }
  if (!full) search.limits.emplace_back("the verifier does not say that its search was full");
  if (!counted) search.limits.emplace_back("no state was visited");
  search.complete = search.limits.empty() && no_errors;
  return search;
}

ModelTrail parse_trail(std::string_view text, bool has_word) {
  ModelTrail trail;
  bool dies = false;  // what is printed in a step comes before the step's own line
  each_line(text, [&](std::string_view view) {
    if (contains(view, "START OF CYCLE")) trail.loop_from = static_cast<int>(trail.steps.size());
    const std::string line(view);
    dies |= line == "dies";
    if (line.starts_with("outcome ")) trail.end = parse_end(line, has_word);
    unsigned long long number = 0;
    int process = 0;
    if (std::sscanf(line.c_str(), " %llu: proc %d", &number, &process) != 2) return;
    const auto at = line.find("[D_STEP");
    if (at == std::string::npos || process < first_agent || contains(line, "(killer)")) return;
    ModelStep step{.agent = process - first_agent, .dies = dies};
    if (!dies) std::sscanf(line.c_str() + at, "[D_STEP%d]", &step.line);
    dies = false;
    trail.steps.push_back(step);
  });
  return trail;
}

std::size_t longest_step(std::string_view text) {
  std::size_t longest = 0;
  each_line(text, [&](std::string_view view) {
    unsigned long long number = 0;
    int process = 0;
    if (std::sscanf(std::string(view).c_str(), " %llu: proc %d", &number, &process) == 2)
      longest = std::max<std::size_t>(longest, number);
  });
  return longest;
}

}  // namespace minusone
