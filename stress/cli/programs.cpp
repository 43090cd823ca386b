#include "stress/cli/programs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "stress/cli/verbs.h"
#include "stress/modules/module.h"
#include "stress/modules/traced_module.h"

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

void add_programs(Verb& verb, GivenPrograms& given) {
  verb.add_option("--programs", given.names,
                  "instead of a protocol: whole programs that share System V segments, each an "
                  "agent; names such as shmread, C or C++ files, or paths of traced modules")
      ->expects(2, 15);
  verb.add_option("--input", given.inputs,
                  "what is typed into a program that reads, lines with '|' between; once for each")
      ->one_at_a_time();
  verb.add_option("--closing", given.closing,
                  "a line that begins so ends the program that reads it")
      ->shows_default();
}

std::string find_programs(const GivenPrograms& given, const BuildRequest& build,
                          ExploreOptions& options) {
  std::map<std::string, ModuleFile> files;
  std::map<std::string, int> count, so_far;
  for (const auto& name : given.names) {
    if (!files.contains(name)) files[name] = find_one(name, build, options.optimized);
    ++count[files[name].path.stem()];
  }
  std::size_t senders = 0;
  std::string all;
  options.programs.clear();
  for (const auto& name : given.names) {
    const auto& file = files[name];
    ProgramSpec program{.module = file.path, .name = file.path.stem(), .input = {}};
    const bool reads = TracedModule(program.module).calls("fgets");
    if (reads) {
      program.input = senders < given.inputs.size() ? lines_of(given.inputs[senders])
                                                    : default_input(senders, given.closing);
      ++senders;
    }
    if (count[program.name] > 1) program.name += fmt::format(" {}", ++so_far[program.name]);
    all += file.build_id;
    for (const auto& line : program.input) all += line + '\n';
    options.programs.push_back(std::move(program));
  }
  if (given.inputs.size() > senders) {
    throw UsageError(fmt::format("--input was given {} times, and of these programs {} read",
                                 given.inputs.size(), senders));
  }
  options.closing = given.closing;
  return digest(all + given.closing);
}

std::string to_command_line(const GivenPrograms& given, const BuildRequest& build) {
  std::string line = "--programs";
  for (const auto& name : given.names) line += " " + name;
  for (const auto& input : given.inputs) line += fmt::format(" --input '{}'", input);
  if (given.closing != GivenPrograms{}.closing)
    line += fmt::format(" --closing '{}'", given.closing);
  return line + build_words(build);
}

}  // namespace minusone::cli
