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

void run(const Given& given, Status& status) {
  check_writable("--json", given.json);
  check_writable("--junit", given.junit);
  GradeOptions options;
  options.command = std::filesystem::read_symlink("/proc/self/exe").string();
  options.crash = given.crash;
  const auto sheet = grade(given.file, options);
  if (!given.quiet && given.json != "-" && given.junit != "-") fmt::print("{}", to_terminal(sheet));
  write_to("--json", given.json, to_json(sheet));
  write_to("--junit", given.junit, to_junit(sheet));
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
