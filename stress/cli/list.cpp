#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "protocol/counted.h"
#include "stress/cli/verbs.h"
#include "stress/modules/module.h"

namespace minusone::cli {
namespace {

/// "; at most 1 writer, any number of readers", or nothing.
std::string limits(const Protocol& p) {
  if (p.max_writers == 0 && p.max_readers == 0) return {};
  const auto most = [](int agents, const char* what) {
    return agents == 0 ? fmt::format("any number of {}s", what) : counted(agents, what);
  };
  return fmt::format("; at most {}, {}", most(p.max_writers, "writer"),
                     most(p.max_readers, "reader"));
}

/// Where agents that take turns do not show a break: " (under tso and rc11)".
std::string where_shown(const Claim& claim) {
  return claim.memory == MemoryModel::sc    ? ""
         : claim.memory == MemoryModel::tso ? " (under tso and rc11)"
                                            : " (under rc11)";
}

void print(const Protocol& p, const Style& style) {
  const char* bold = style.color ? "\x1b[1m" : "";
  const char* plain = style.color ? "\x1b[0m" : "";
  fmt::print("{}{}{}  {}; holds {}{}\n", bold, p.name, plain, p.summary,
             counted(p.capacity, "message"), limits(p));
  for (const bool keeps : {true, false}) {
    for (const Claim& claim : p.claims) {
      if (claim.keeps != keeps) continue;
      fmt::print("  {} {:<14} {}{}\n", keeps ? "keeps " : "breaks", name_of(claim.property),
                 claim.why, where_shown(claim));
      if (!claim.cure.empty()) fmt::print("  {:21} cured by {}\n", "", claim.cure);
    }
  }
}

void print(const Program& program, const Style& style) {
  std::istringstream lines(program.claims);
  std::string line;
  std::getline(lines, line);
  fmt::print("{}{}{}  {}\n", style.color ? "\x1b[1m" : "", program.name,
             style.color ? "\x1b[0m" : "", line);
  while (std::getline(lines, line)) fmt::print("  {}\n", line);
}

nlohmann::ordered_json to_json(const Protocol& p) {
  nlohmann::ordered_json json{{"protocol", p.name},
                              {"summary", p.summary},
                              {"capacity", p.capacity},
                              {"max_writers", p.max_writers},
                              {"max_readers", p.max_readers}};
  json["claims"] = nlohmann::ordered_json::array();
  for (const Claim& claim : p.claims) {
    auto& told = json["claims"].emplace_back();
    told = {{"property", name_of(claim.property)}, {"keeps", claim.keeps}, {"why", claim.why}};
    if (!claim.keeps) told["memory"] = name_of(claim.memory);
    if (!claim.cure.empty()) told["cure"] = claim.cure;
  }
  return json;
}

}  // namespace

void add_list(Verb& command, Status& status) {
  auto* verb = command.add_verb("list", "name all protocols, with what each keeps and breaks");
  auto common = std::make_shared<Common>();
  common->add_to(*verb);
  verb->callback([common, &status] {
    common->check_json();
    auto all = nlohmann::ordered_json::array();
    if (common->prints()) {
      for (const auto& program : listed_programs()) print(program, common->style());
    }
    for (const auto& name : protocol_names()) {
      const auto module = Module::load(name, ModuleKind::native);
      if (common->prints()) print(module.protocol(), common->style());
      all.push_back(to_json(module.protocol()));
    }
    if (!common->json.empty()) {
      std::FILE* file = common->json == "-" ? stdout : std::fopen(common->json.c_str(), "w");
      fmt::print(file, "{}\n", all.dump(2));
      if (file != stdout) std::fclose(file);
    }
    status = all.empty() ? machine : holds;
    if (all.empty())
      fmt::print(stderr,
                 "minusone: no protocol modules found: build them, or set MINUSONE_MODULES to "
                 "their directory\n");
  });
}

}  // namespace minusone::cli
