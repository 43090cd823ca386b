#include "stress/cli/programs.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <sstream>

#include "stress/cli/verbs.h"
#include "stress/modules/traced_module.h"
#include "stress/report/text.h"

namespace minusone::cli {
namespace {

std::vector<std::string> lines_of(const std::string& input) {
  std::vector<std::string> lines;
  std::istringstream parts(input);
  for (std::string line; std::getline(parts, line, '|');) lines.push_back(line);
  return lines;
}

/// What is typed where nothing was given: lines that tell who sent them. Only the first ends the
/// conversation, so that what the others send is not lost with that.
std::vector<std::string> default_input(std::size_t sender, const std::string& closing) {
  std::vector<std::string> lines{fmt::format("from {}", sender + 1)};
  if (sender == 0) lines.push_back(closing);
  return lines;
}

/// FNV-1a: tells one set of programs and inputs from another.
std::string digest(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return fmt::format("{:012x}", hash & 0xffffffffffffU);
}

/// "-1..1". @throws UsageError
void parse_numbers(const std::string& given, ChosenNumbers& numbers) {
  int least = 0, most = 0;
  const char* const end = given.data() + given.size();
  const auto [dots, no_least] = std::from_chars(given.data(), end, least);
  const bool has_dots = std::string_view(dots, end).starts_with("..");
  const auto [behind, no_most] = std::from_chars(has_dots ? dots + 2 : end, end, most);
  if (no_least != std::errc{} || no_most != std::errc{} || behind != end || least > 0 || most < 0 ||
      std::int64_t{most} - least >= most_values) {
    throw UsageError(
        fmt::format("--nondet '{}': expected the least and the largest number, at most {} of them "
                    "and 0 among them, such as -1..1",
                    given, most_values));
  }
  numbers.least = least;
  numbers.most = most;
}

/// "./writer.c x 1": a program and what its main() is called with.
struct Called {
  std::string program;
  std::vector<std::string> arguments;
};
Called called(const std::string& words) {
  std::error_code none;
  if (std::filesystem::exists(words, none)) return {words, {}};
  std::istringstream parts(words);
  Called of;
  parts >> of.program;
  for (std::string word; parts >> word;) of.arguments.push_back(word);
  return of;
}

/// One of them by its name, its source file or its module.
ModuleFile find_one(const std::string& name, const BuildRequest& build, bool optimized) {
  if (!is_source(name)) {
    if (!optimized) return find_program(name);
    throw UsageError(fmt::format(
        "--optimized with '{}': whole programs that are built already are so at -O0; give its "
        "source file, or leave --optimized out",
        name));
  }
  const auto file =
      find_program(built(name, build, optimized ? ModuleKind::optimized : ModuleKind::traced));
  if (TracedModule::is_program(file.path)) return file;
  throw UsageError(
      fmt::format("'{}' is a protocol: expected whole programs, each with its main()", name));
}

}  // namespace

std::string take_files(const std::vector<std::string>& files, GivenPrograms& programs,
                       BuildRequest& build) {
  if (files.empty()) return "";
  if (files.size() == 1) return files.front();
  std::vector<std::string> sources;
  for (const auto& file : files) {
    sources.push_back(called(file).program);
    if (is_source(sources.back())) continue;
    throw UsageError(
        fmt::format("'{}' stands among {} names: expected one protocol, or C and C++ files that "
                    "are one program or several; names of programs come behind --programs",
                    file, files.size()));
  }
  BuildRequest all = build;
  all.sources = sources;
  const auto mains = with_main(all);
  if (mains.size() <= 1) {
    if (sources != files) {
      throw UsageError(
          "arguments stand behind one of several files of one program: expected them at the end, "
          "behind --");
    }
    build.sources.assign(files.begin() + 1, files.end());
    return files.front();
  }
  for (const auto& file : sources) {
    if (std::ranges::find(mains, file) != mains.end()) continue;
    throw UsageError(
        fmt::format("'{}' has no main(), and {} of the others have one: which it belongs to cannot "
                    "be told; make a module of each program with `minusone build --program`, and "
                    "give these to --programs",
                    file, mains.size()));
  }
  if (!programs.names.empty())
    throw UsageError("programs were given both by their files and by --programs: expected one");
  programs.names = files;
  return "";
}

void add_programs(Verb& verb, GivenPrograms& given) {
  verb.add_option(
          "--programs", given.names,
          "instead of a protocol: whole programs that share memory, System V segments or by "
          "mmap(), each an agent; names such as shmread, C or C++ files, or paths of traced "
          "modules")
      ->expects(2, max_agents - 2);
  verb.add_option("--input", given.inputs,
                  "what is typed into a program that reads, lines with '|' between; once for each")
      ->one_at_a_time();
  verb.add_option("--closing", given.closing,
                  "a line that begins so ends the program that reads it")
      ->shows_default();
  verb.add_option("--argument", given.arguments,
                  "what main() is called with, behind its name; once for each, or all of them "
                  "behind -- at the end")
      ->one_at_a_time();
}

void add_limits(Verb& verb, ExploreOptions& options) {
  verb.add_option("--max-threads", options.max_threads,
                  "threads of a program that are alive at once, main() included")
      ->between(1, StepRules{}.max_threads)
      ->shows_default();
  verb.add_option_function(
          "--max-memory",
          [&options](const std::string& given) {
            const auto bytes = parse_bytes(given);
            if (!bytes || *bytes < 4096 || *bytes > std::uint64_t{64} << 20) {
              throw UsageError(fmt::format(
                  "--max-memory '{}': expected bytes from 4KiB to 64MiB, such as 2MiB", given));
            }
            options.max_memory = (*bytes + 4095) / 4096 * 4096;
          },
          "bytes that an agent may allocate in one execution: what it frees is not used again")
      ->type_name("BYTES")
      ->shows_default(fmt::format("{}", options.max_memory));
}

void add_choices(Verb& verb, ExploreOptions& options) {
  verb.add_option_function(
          "--nondet",
          [&options](const std::string& given) { parse_numbers(given, options.chosen); },
          "the numbers that __VERIFIER_nondet_int() and the like come to")
      ->type_name("LEAST..MOST")
      ->shows_default("-1..1");
  verb.add_option("--choose-rand", options.chosen.of_rand,
                  "rand() comes to each number below this; 0: to one sequence")
      ->between(0, most_values)
      ->shows_default();
}

void add_glibc(Verb& verb, ExploreOptions& options) {
  verb.add_option_function(
          "--glibc",
          [&options](const std::string& given) {
            const auto version = glibc_version(given);
            if (!version)
              throw UsageError(fmt::format("--glibc '{}': expected a version such as 2.36", given));
            options.glibc = version;
          },
          "the version whose condition variables are modelled")
      ->type_name("VERSION")
      ->shows_default(to_string(running_glibc()));
}

std::string limit_words(const ExploreOptions& options) {
  const ExploreOptions otherwise;
  std::string words;
  if (options.max_threads != otherwise.max_threads)
    words += fmt::format(" --max-threads {}", options.max_threads);
  if (options.max_memory != otherwise.max_memory)
    words += fmt::format(" --max-memory {}", options.max_memory);
  const ChosenNumbers &chosen = options.chosen, by_default;
  if (chosen.least != by_default.least || chosen.most != by_default.most)
    words += fmt::format(" --nondet={}..{}", chosen.least, chosen.most);
  if (chosen.of_rand != by_default.of_rand)
    words += fmt::format(" --choose-rand {}", chosen.of_rand);
  if (options.glibc) words += " --glibc " + to_string(*options.glibc);
  return words;
}

std::string find_programs(const GivenPrograms& given, const BuildRequest& build,
                          ExploreOptions& options) {
  std::map<std::string, ModuleFile> files;
  std::map<std::string, int> count, so_far;
  for (const auto& words : given.names) {
    const auto name = called(words).program;
    if (!files.contains(name)) files[name] = find_one(name, build, options.optimized);
    ++count[files[name].path.stem()];
  }
  std::size_t senders = 0;
  std::string all;
  options.programs.clear();
  for (const auto& words : given.names) {
    const auto [name, arguments] = called(words);
    const auto& file = files[name];
    ProgramSpec program{
        .module = file.path, .name = file.path.stem(), .input = {}, .arguments = arguments};
    std::ranges::copy(given.arguments, std::back_inserter(program.arguments));
    const bool reads = TracedModule(program.module).calls("fgets");
    if (reads) {
      program.input = senders < given.inputs.size() ? lines_of(given.inputs[senders])
                                                    : default_input(senders, given.closing);
      ++senders;
    }
    if (count[program.name] > 1) program.name += fmt::format(" {}", ++so_far[program.name]);
    all += file.build_id;
    for (const auto& line : program.input) all += line + '\n';
    for (const auto& argument : arguments) all += '\0' + argument;
    options.programs.push_back(std::move(program));
  }
  if (given.inputs.size() > senders) {
    throw UsageError(fmt::format("--input was given {} times, and of these programs {} read",
                                 given.inputs.size(), senders));
  }
  options.closing = given.closing;
  return build_with(digest(all + given.closing), given);
}

ModuleFile find_subject(GivenSubject& given, const char* verb) {
  given.protocol = take_files(given.files, given.programs, given.build);
  if (given.protocol.empty() == given.programs.names.empty()) {
    throw UsageError(fmt::format(
        "expected a protocol, such as naive/counter, or else --programs with two or more whole "
        "programs: see minusone {} --help",
        verb));
  }
  if (!given.programs.names.empty())
    return {{}, find_programs(given.programs, given.build, given.options)};
  const auto kind = given.options.optimized ? ModuleKind::optimized : ModuleKind::traced;
  auto module = find_module(built(given.protocol, given.build, kind), kind);
  given.options.arguments = given.programs.arguments;
  module.build_id = build_with(module.build_id, given.programs);
  return module;
}

std::string to_command_line(const GivenPrograms& given, const BuildRequest& build) {
  std::string line = "--programs";
  for (const auto& name : given.names) line += " " + in_shell(name);
  for (const auto& input : given.inputs) line += " --input " + in_shell(input);
  if (given.closing != GivenPrograms{}.closing) line += " --closing " + in_shell(given.closing);
  return line + build_words(build) + argument_words(given);
}

std::string argument_words(const GivenPrograms& given) {
  std::string words;
  for (const auto& argument : given.arguments) words += " --argument=" + in_shell(argument);
  return words;
}

std::string build_with(const std::string& build, const GivenPrograms& given) {
  if (given.arguments.empty()) return build;
  std::string all = build;
  for (const auto& argument : given.arguments) all += '\0' + argument;
  return digest(all);
}

std::string build_with(const std::string& build, const std::string& scenario) {
  return digest(build + '\0' + scenario);
}

}  // namespace minusone::cli
