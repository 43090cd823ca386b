#include "stress/grade/grade.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "stress/cli/verbs.h"
#include "stress/modules/module.h"

namespace minusone::cli {
namespace {

struct Given {
  std::string file;
  std::string json;
  std::string junit;
  Death crash = Death::none;
  bool quiet = false;
};

/// Before the run: can it be written?
void check(const char* option, const std::string& path) {
  if (path.empty() || path == "-") return;
  std::FILE* const file = std::fopen(path.c_str(), "a");
  if (file == nullptr) {
    throw UsageError(
        fmt::format("{} '{}' cannot be written: {}: expected a path in a directory that exists and "
                    "that you may "
                    "write to",
                    option, path, std::system_category().message(errno)));
  }
  std::fclose(file);
}

void write(const std::string& path, const std::string& text) {
  if (path.empty()) return;
  std::FILE* const file = path == "-" ? stdout : std::fopen(path.c_str(), "w");
  if (file == nullptr || std::fwrite(text.data(), 1, text.size(), file) != text.size() ||
      std::fflush(file) != 0) {
    throw std::system_error(errno, std::system_category(), "writing '" + path + "'");
  }
  if (file != stdout) std::fclose(file);
}

void run(const Given& given, Status& status) {
  check("--json", given.json);
  check("--junit", given.junit);
  GradeOptions options;
  options.command = std::filesystem::read_symlink("/proc/self/exe").string();
  options.crash = given.crash;
  const auto sheet = grade(given.file, options);
  if (!given.quiet && given.json != "-" && given.junit != "-") fmt::print("{}", to_terminal(sheet));
  write(given.json, to_json(sheet));
  write(given.junit, to_junit(sheet));
  status = sheet.points() == sheet.of() ? holds : violated;
}

}  // namespace

void add_grade(Verb& command, Status& status) {
  auto* verb = command.add_verb(
      "grade", "what a protocol's source file is worth: points, the same each time");
  auto given = std::make_shared<Given>();
  verb->add_option("file", given->file, "the C++ source of a protocol")->required();
  add_crash(*verb, given->crash);
  verb->add_option("--json", given->json, "the marks as JSON; - is standard output")
      ->type_name("FILE");
  verb->add_option("--junit", given->junit, "the marks as JUnit XML; - is standard output")
      ->type_name("FILE");
  verb->add_flag("--quiet", given->quiet, "print nothing but errors");
  verb->callback([given, &status] { run(*given, status); });
}

}  // namespace minusone::cli
