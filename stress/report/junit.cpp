#include "stress/report/junit.h"

#include <fmt/format.h>

#include "stress/report/findings.h"
#include "stress/report/interleaving.h"
#include "stress/report/text.h"

namespace minusone {
namespace {

constexpr std::size_t table_width = 160;

/// Text for an element or an attribute; a line stays a line.
std::string xml(std::string_view text) {
  std::string safe;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string property(std::string_view name, std::string_view value) {
  return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", xml(name), xml(value));
}

std::string property_elements(const Result& r) {
  std::string text = "    <properties>\n";
  text += property("protocol", r.protocol);
  text += property("engine", name_of(r.engine));
  text += property("mode", r.mode);
  text += property("workload", agents_sentence(r));
  text += property("model", model_sentence(r.model));
  text += property("verdict", name_of(r.verdict));
  text += property("assurance", name_of(r.assurance));
  text += property("extent", extent(r));
  for (const auto& limit : r.limits) text += property("limit", limit);
  text += property("seed", fmt::format("{}", r.seed));
  text += property("build", r.build);
  return text + "    </properties>\n";
}

/// The proof, as on a wide terminal.
std::string proof(const Result& r, const PropertyResult& p) {
  std::string text;
  for (const auto& line : interleaving_table(p.steps, {.width = table_width}))
    text += xml(line) + "\n";
  for (std::size_t i = std::min(p.steps.size(), p.trace.size()); i < p.trace.size(); ++i)
    text += xml(p.trace[i]) + "\n";
  if (!p.cause.empty()) text += "cause: " + xml(p.cause) + "\n";
  if (!p.schedule.empty()) text += "replay: " + xml(replay_command(r.protocol, p.schedule)) + "\n";
  if (p.property == Property::no_data_race) {
    for (const Race* race : races_by_weight(r)) {
      text += xml(fmt::format("race: {}:{} {} ({}) with {}:{} {} ({})", race->a.file, race->a.line,
                              race->a.access, race->a.agent, race->b.file, race->b.line,
                              race->b.access, race->b.agent)) +
              "\n";
    }
  }
  return text;
}

std::string limits_of(const Result& r) {
  std::string text;
  for (const auto& limit : r.limits) text += (text.empty() ? "" : "; ") + limit;
  return text.empty() ? "the run came to no verdict" : text;
}

struct Counts {
  int tests = 0, failures = 0, errors = 0, skipped = 0;
};

std::string test_case(const Result& r, std::string_view name, const std::string& inside) {
  const auto head = fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\" time=\"0\"",
                                xml(r.protocol), name_of(r.engine), xml(name));
  return inside.empty() ? head + "/>\n" : head + ">\n" + inside + "    </testcase>\n";
}

std::string cases(const Result& r, Counts& counts) {
  std::string text;
  for (const PropertyResult& p : r.properties) {
    std::string inside;
    if (p.verdict == Verdict::violated) {
      ++counts.failures;
      inside = fmt::format(
          "      <failure type=\"{}\" message=\"{}\">{}</failure>\n", name_of(p.property),
          xml(fmt::format("broken {} times: {}", p.count, sentence_of(p.property))), proof(r, p));
    } else if (r.verdict == Verdict::inconclusive || p.verdict == Verdict::inconclusive) {
      ++counts.skipped;
      inside =
          fmt::format("      <skipped message=\"{}\"/>\n", xml("not decided: " + limits_of(r)));
    }
    ++counts.tests;
    text +=
        test_case(r, fmt::format("{}: {}", name_of(p.property), sentence_of(p.property)), inside);
  }
  if (r.verdict == Verdict::inconclusive) {
    ++counts.tests;
    ++counts.errors;
    text += test_case(
        r, "comes to a verdict",
        fmt::format("      <error type=\"inconclusive\" message=\"{}\"/>\n", xml(limits_of(r))));
  }
  return text;
}

}  // namespace

std::string to_junit(const std::vector<Result>& results) {
  std::string suites;
  Counts all;
  double seconds = 0;
  for (const Result& r : results) {
    Counts counts;
    const auto inside = cases(r, counts);
    suites += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
        "time=\"{:.3f}\">\n",
        xml(fmt::format("{} {}: {}, {}", r.protocol, name_of(r.engine), r.mode,
                        agents_sentence(r))),
        counts.tests, counts.failures, counts.errors, counts.skipped, r.seconds);
    suites += property_elements(r) + inside + "  </testsuite>\n";
    all.tests += counts.tests;
    all.failures += counts.failures;
    all.errors += counts.errors;
    seconds += r.seconds;
  }
  return fmt::format(
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"minusone\" "
             "tests=\"{}\" "
             "failures=\"{}\" errors=\"{}\" time=\"{:.3f}\">\n",
             all.tests, all.failures, all.errors, seconds) +
         suites + "</testsuites>\n";
}

}  // namespace minusone
