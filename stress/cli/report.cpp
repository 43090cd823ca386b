#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "stress/cli/verbs.h"
#include "stress/modules/module.h"
#include "stress/report/html.h"
#include "stress/report/json.h"
#include "stress/report/junit.h"
#include "stress/report/markdown.h"
#include "stress/report/mermaid.h"
#include "stress/report/sarif.h"

namespace minusone::cli {
namespace {

struct Given {
  std::vector<std::string> files;
  std::string html, junit, sarif, mermaid, markdown, root;
  bool no_color = false;
};

std::string read_file(const std::string& path) {
  const auto refuse = [&](const std::string& why) {
    throw UsageError(fmt::format(
        "'{}' cannot be read: {}; expected a file that `--json FILE` of another verb wrote", path,
        why));
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) refuse("it is a folder");
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(std::system_category().message(errno));
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad()) refuse(std::system_category().message(errno));
  return text.str();
}

std::vector<Result> read_all(const std::vector<std::string>& files) {
  std::vector<Result> all;
  for (const auto& path : files) {
    try {
      for (auto& result : from_json(read_file(path))) all.push_back(std::move(result));
    } catch (const BadResults& bad) {
      throw UsageError(fmt::format(
          "'{}' holds no results of minusone: {}; write it with `--json FILE`", path, bad.what()));
    }
  }
  return all;
}

/// @param make  called only where the report is asked for
template <class Make>
bool write(const char* option, const std::string& path, const Make& make) {
  if (path.empty()) return false;
  write_to(option, path, make());
  return true;
}

void run(const Given& given, Status& status) {
  const auto results = read_all(given.files);
  const auto root =
      std::filesystem::absolute(given.root.empty() ? "." : given.root).lexically_normal().string();
  bool written = write("--html", given.html, [&] { return to_html(results); });
  written |= write("--junit", given.junit, [&] { return to_junit(results); });
  written |= write("--sarif", given.sarif, [&] { return to_sarif(results, root); });
  written |= write("--mermaid", given.mermaid, [&] { return to_mermaid(results); });
  written |= write("--markdown", given.markdown, [&] { return to_markdown(results); });
  if (!written) {
    Common common;
    common.no_color = given.no_color;
    for (const Result& result : results)
      fmt::print("{}\n", to_terminal(result, "", common.style()));
  }
  status = holds;
}

}  // namespace

void add_report(Verb& command, Status& status) {
  auto* verb = command.add_verb(
      "report",
      "results from JSON as a page, JUnit, SARIF, Mermaid or Markdown, or on the terminal");
  auto given = std::make_shared<Given>();
  verb->add_option("results", given->files, "files that --json of other verbs wrote")->required();
  const auto file = [&](const char* name, std::string& target, const char* what) {
    verb->add_option(name, target, std::string(what) + "; - is standard output")->type_name("FILE");
  };
  file("--html", given->html, "one self-contained page, for a browser, offline");
  file("--junit", given->junit, "JUnit XML, a test case a property");
  file("--sarif", given->sarif, "SARIF 2.1.0, with the interleavings as code flows");
  file("--mermaid", given->mermaid, "the first counterexample as a Mermaid sequence diagram");
  file("--markdown", given->markdown, "GitHub's Markdown, as appended to GITHUB_STEP_SUMMARY");
  verb->add_option("--root", given->root, "folder that SARIF names files relative to (default: .)")
      ->type_name("DIR");
  verb->add_flag("--no-color", given->no_color, "no colours on the terminal");
  verb->callback([given, &status] { run(*given, status); });
}

}  // namespace minusone::cli
