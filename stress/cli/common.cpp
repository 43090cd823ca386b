#include <fcntl.h>
#include <fmt/format.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "stress/cli/verbs.h"
#include "stress/modules/module.h"
#include "stress/report/json.h"
#include "stress/report/markdown.h"
#include "stress/report/sources.h"

namespace minusone::cli {
namespace {

std::size_t parse_text(const std::string& given) {
  const auto bytes = parse_bytes(given).value_or(0);
  if (bytes < 1 || bytes > max_text) {
    throw UsageError(
        fmt::format("--text '{}': expected 1 to {} bytes, such as 64 or 2KiB", given, max_text));
  }
  return bytes;
}

[[noreturn]] void refuse_sizes(const std::string& given) {
  throw UsageError(fmt::format(
      "--sizes '{}': expected writers+readers, and x and how many messages where it is not one, "
      "such as 1+2,2+1,1+1x2; at most 4 agents of a kind and 5 messages",
      given));
}

Workload parse_size(const std::string& part, const std::string& given) {
  Workload size{.writers = 1, .readers = 1};
  const char* at = part.data();
  const char* const end = at + part.size();
  const auto number = [&](int& value, int most) {
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc{} || value < 1 || value > most) refuse_sizes(given);
    at = next;
  };
  number(size.writers, 4);
  if (at == end || *at++ != '+') refuse_sizes(given);
  number(size.readers, 4);
  if (at != end) {
    if (*at++ != 'x') refuse_sizes(given);
    number(size.messages, 5);
  }
  if (at != end) refuse_sizes(given);
  return size;
}

[[noreturn]] void refuse_path(const char* option, const std::string& path) {
  throw UsageError(
      fmt::format("{} '{}' cannot be written: {}: expected a path in a directory that exists and "
                  "that you may write to",
                  option, path, std::system_category().message(errno)));
}

}  // namespace

void add_workload(Verb& verb, Workload& workload) {
  verb.add_option("--writers", workload.writers, "how many agents write")
      ->between(1, 64)
      ->shows_default();
  verb.add_option("--readers", workload.readers, "how many agents read")
      ->between(1, 64)
      ->shows_default();
  verb.add_option("--messages", workload.messages, "messages of each agent in a round or execution")
      ->between(1, 100'000)
      ->shows_default();
  verb.add_option_function(
          "--text", [&workload](const std::string& given) { workload.text = parse_text(given); },
          "bytes of text in a message, 1 to 64KiB")
      ->shows_default("8");
  add_choice<bool>(verb, "--agents", workload.processes, {{"processes", true}, {"threads", false}},
                   "what an agent is");
}

std::vector<Workload> parse_sizes(const std::string& given) {
  std::vector<Workload> sizes;
  for (std::size_t from = 0; from <= given.size();) {
    const auto comma = std::min(given.find(',', from), given.size());
    sizes.push_back(parse_size(given.substr(from, comma - from), given));
    from = comma + 1;
  }
  return sizes;
}

Death parse_death(const std::string& who) {
  for (const Death death : {Death::writer, Death::reader, Death::any}) {
    if (who == name_of(death)) return death;
  }
  throw UsageError(fmt::format("'{}' is nobody who dies: expected writer, reader or any", who));
}

void add_crash(Verb& verb, Death& crash, const std::string& help) {
  verb.add_option_function(
          "--crash", [&crash](const std::string& given) { crash = parse_death(given); }, help)
      ->one_of({"writer", "reader", "any"});
}

void check_crash(Death crash, const Workload& workload) {
  if (crash == Death::none || workload.processes) return;
  throw UsageError(
      "--crash with --agents threads: who kills a thread kills its process, and with it all "
      "agents; leave one of the two out");
}

void Common::add_to(Verb& verb) {
  verb.add_option("--json", json, "write the results as JSON to this file; - is standard output")
      ->type_name("FILE");
  verb.add_flag("--quiet", quiet, "print nothing but errors");
  verb.add_flag("--no-color", no_color, "no colours; NO_COLOR in the environment does the same");
  verb.add_option("--seed", seed, "seed of everything random; drawn and printed when not given")
      ->natural()
      ->type_name("N");
  verb.add_option("--time-limit", time_limit, "end after this time: 500ms, 30s, 2m, 1h, 1d")
      ->type_name("TIME");
}

Style Common::style() const {
  Style style;
  const char* none = std::getenv("NO_COLOR");
  style.color = !no_color && (none == nullptr || *none == '\0') && isatty(STDOUT_FILENO) == 1;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    style.width = size.ws_col;
  else if (const char* columns = std::getenv("COLUMNS");
           columns != nullptr && std::atoi(columns) > 0)
    style.width = std::atoi(columns);
  else
    style.width = 120;
  std::setlocale(LC_CTYPE, "");
  style.utf8 = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  std::setlocale(LC_CTYPE, "C");  // nothing else here depends on a locale
  return style;
}

std::uint64_t Common::seed_or_fresh() {
  if (!seed) {
    seed = std::random_device{}();
    if (!quiet) fmt::print(stderr, "seed {}\n", *seed);
  }
  return *seed;
}

std::chrono::milliseconds parse_time_limit(const std::string& given,
                                           std::chrono::milliseconds otherwise) {
  if (given.empty()) return otherwise;
  double number = 0;
  const char* end = given.data() + given.size();
  const auto [unit_at, error] = std::from_chars(given.data(), end, number);
  const std::string unit(unit_at, end);
  const double scale = unit == "ms"                  ? 1
                       : unit == "s" || unit.empty() ? 1000
                       : unit == "m"                 ? 60'000
                       : unit == "h"                 ? 3'600'000
                       : unit == "d"                 ? 24 * 3'600'000
                                                     : 0;
  const double milliseconds = number * scale;
  if (error != std::errc{} || !(milliseconds >= 1 && milliseconds <= 7 * 24 * 3.6e6)) {
    throw UsageError(fmt::format(
        "--time-limit '{}': expected a time of 1ms to 7 days, such as 500ms, 30s, 2m or 1h",
        given));
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds));
}

void check_writable(const char* option, const std::string& path) {
  if (path.empty() || path == "-") return;
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file == -1) refuse_path(option, path);
  close(file);
}

void write_to(const char* option, const std::string& path, std::string_view text) {
  if (path.empty()) return;
  std::FILE* const file = path == "-" ? stdout : std::fopen(path.c_str(), "w");
  if (file == nullptr) refuse_path(option, path);
  const bool whole =
      std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
  const int error = errno;
  if (file != stdout) std::fclose(file);
  if (!whole) {
    throw std::system_error(error, std::system_category(),
                            fmt::format("writing {} '{}'", option, path));
  }
}

void Common::check_json() const { check_writable("--json", json); }

void Common::write_json(const std::vector<Result>& results) const {
  if (!json.empty()) write_to("--json", json, to_json(results));
}

void Common::hand_over(std::vector<Result> results) const {
  for (Result& result : results) attach_sources(result);
  write_json(results);
  append_step_summary(results);
}

void add_allowed_races(Verb& verb, std::vector<std::string>& places) {
  verb.add_option("--allow-race", places,
                  "a data race that is known and breaks nothing, by one of its places or by both; "
                  "once for each")
      ->one_at_a_time()
      ->type_name("FILE:LINE[,FILE:LINE]");
}

void add_all_steps(Verb& verb, bool& all_steps) {
  verb.add_flag("--all-steps", all_steps,
                "show each step of an execution, also what libraries do on their own");
}

void complain(const std::string& what) noexcept {
  std::fprintf(stderr, "minusone: %s\n", what.c_str());
}

Status status_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return holds;
    case Verdict::violated:
      return violated;
    case Verdict::inconclusive:
      return inconclusive;
  }
  return inconclusive;
}

}  // namespace minusone::cli
