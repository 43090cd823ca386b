#include "stress/report/mermaid.h"

#include <fmt/format.h>

#include <algorithm>

#include "stress/report/findings.h"
#include "stress/report/interleaving.h"
#include "stress/report/text.h"

namespace minusone {
namespace {

constexpr std::size_t most_steps = 60;    ///< more do not fit into a picture
constexpr std::size_t most_columns = 70;  ///< of a message

/// Mermaid reads markup, `#entities;` and `;` as the end of a statement: all that is not plain is
/// given by its number, and so is the start of what may be its keyword `end`.
std::string label(std::string_view text) {
  std::string safe;
  for (const char c : cut(printable(text), most_columns)) {
    if (std::string_view("#;<>&\"'`%{}[]()|\\*_~:").find(c) != std::string_view::npos)
      safe += fmt::format("#{};", static_cast<int>(c));
    else
      safe += c;
  }
  if (safe.size() == 3 && (safe[0] | 32) == 'e')
    safe = fmt::format("#{};{}", +safe[0], safe.substr(1));
  return safe.empty() ? "-" : safe;
}

}  // namespace

std::string to_mermaid(const Result& r, const PropertyResult& p) {
  const auto agents = agents_in_order(p.steps);
  const auto id = [&](const std::string& agent) {
    return fmt::format("a{}", std::ranges::find(agents, agent) - agents.begin());
  };
  std::string text = "sequenceDiagram\n";
  text += fmt::format("  title {}: {}\n", label(r.protocol), label(sentence_of(p.property)));
  for (const auto& agent : agents)
    text += fmt::format("  participant {} as {}\n", id(agent), label(agent));
  text += "  participant m as shared memory\n";
  const std::size_t from = p.steps.size() > most_steps ? p.steps.size() - most_steps : 0;
  if (from > 0) text += fmt::format("  Note over m: {} steps before\n", from);
  for (std::size_t i = from; i < p.steps.size(); ++i) {
    const TraceStep& step = p.steps[i];
    const auto what = label(fmt::format("{} {}", i + 1, clause_of(step, true)));
    const bool reads = step.changed.empty() && step.before == step.after;
    text += reads ? fmt::format("  m-->>{}: {}\n", id(step.agent), what)
                  : fmt::format("  {}->>m: {}\n", id(step.agent), what);
    if (!step.changed.empty() && !step.before.empty())
      text += fmt::format("  Note right of m: {}\n", label(step.changed));
    if (step.undoes != 0)
      text += fmt::format("  Note over {}: {}\n", id(step.agent), label(step.why));
    if (step.dies) text += fmt::format("  Note over {}: is killed here\n", id(step.agent));
  }
  return text;
}

std::string to_mermaid(const std::vector<Result>& results) {
  for (const Result& r : results) {
    for (const Finding& finding : findings(r)) {
      if (!finding[0]->steps.empty()) return to_mermaid(r, *finding[0]);
    }
  }
  return "sequenceDiagram\n  participant m as shared memory\n"
         "  Note over m: no result holds a counterexample with steps\n";
}

}  // namespace minusone
