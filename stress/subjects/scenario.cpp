#include "stress/subjects/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <string_view>

#include "stress/check/object_text.h"
#include "stress/machine/max_agents.h"
#include "stress/modules/module.h"

namespace minusone {
namespace {

std::string operations_of(const ObjectDescription& description) {
  std::string names;
  for (int i = 0; i < description.count; ++i) {
    const ObjectOperation& operation = *description.operations[i];
    names += fmt::format("{}{}", i == 0 ? "" : ", ", operation.name);
    if (operation.arguments > 0) names += operation.arguments == 1 ? "(x)" : "(x, ...)";
  }
  return names;
}

class ScenarioParser {
 public:
  ScenarioParser(const std::string& text, const ObjectDescription& description)
      : text_(text), description_(description) {}

  Scenario all() {
    Scenario scenario(1);
    std::size_t calls = 0;
    for (skip_spaces(); at_ < text_.size(); skip_spaces()) {
      if (skip('|')) {
        if (scenario.back().empty()) refuse(at_ - 1, "an agent without a call stands before it");
        scenario.emplace_back();
        continue;
      }
      scenario.back().push_back(call());
      if (++calls > most_scenario_calls)
        refuse(at_, fmt::format("there are more than {} calls", most_scenario_calls));
    }
    if (scenario.back().empty()) refuse(at_, "an agent without a call");
    if (scenario.size() >= static_cast<std::size_t>(max_agents))
      refuse(at_, fmt::format("there are more than {} agents", max_agents - 1));
    return scenario;
  }

 private:
  [[noreturn]] void refuse(std::size_t at, const std::string& what) const {
    throw UsageError(fmt::format(
        "--scenario '{}': column {}: {}; expected calls such as 'push(1) pop | pop', a part an "
        "agent; {} has {}",
        text_, at + 1, what, description_.name, operations_of(description_)));
  }

  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool skip(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string word() {
    const auto begin = at_;
    while (at_ < text_.size() &&
           std::string_view(" |(),").find(text_[at_]) == std::string_view::npos)
      ++at_;
    return text_.substr(begin, at_ - begin);
  }

  ScenarioCall call() {
    const auto begin = at_;
    const auto name = word();
    if (name.empty()) refuse(begin, fmt::format("'{}' begins no call", text_[begin]));
    ScenarioCall call{.operation = operation_of(name, begin)};
    const ObjectOperation& operation = *description_.operations[call.operation];
    int given = 0;
    if (skip('(')) {
      skip_spaces();
      while (!skip(')')) {
        if (at_ == text_.size()) refuse(begin, "a '(' without its ')'");
        if (given > 0 && !skip(',')) refuse(at_, "expected ',' or ')'");
        skip_spaces();
        if (given == operation.arguments) refuse(at_, too(operation, "more"));
        const auto at = static_cast<std::size_t>(given++);
        call.arguments[at] = value(operation.argument_types[at]);
        skip_spaces();
      }
    }
    if (given < operation.arguments) refuse(begin, too(operation, "fewer"));
    return call;
  }

  static std::string too(const ObjectOperation& operation, const char* how) {
    return fmt::format("{} takes {} argument{}, and here are {}", operation.name,
                       operation.arguments, operation.arguments == 1 ? "" : "s", how);
  }

  int operation_of(const std::string& name, std::size_t at) const {
    std::vector<std::string> names;
    for (int i = 0; i < description_.count; ++i) {
      names.emplace_back(description_.operations[i]->name);
      if (names.back() == name) return i;
    }
    const auto near = nearest(name, names);
    refuse(at, fmt::format("no operation '{}'{}", name,
                           near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
  }

  ObjectValue value(const ObjectType& type) {
    const auto begin = at_;
    const auto given = word();
    const char* const end = given.data() + given.size();
    if (type.optional && given == "none") return {0, false};
    if (type.kind == ObjectType::Kind::boolean) {
      if (given == "true" || given == "1") return {1, true};
      if (given == "false" || given == "0") return {0, true};
      refuse(begin, fmt::format("'{}' is neither true nor false", given));
    }
    const auto not_one = [&] {
      refuse(begin,
             fmt::format("'{}' is no {} number of {} byte{}", given,
                         type.kind == ObjectType::Kind::signed_number ? "signed" : "unsigned",
                         type.bytes, type.bytes == 1 ? "" : "s"));
    };
    const int unused = 64 - 8 * type.bytes;
    if (type.kind == ObjectType::Kind::signed_number) {
      std::int64_t number = 0;
      const auto [at, error] = std::from_chars(given.data(), end, number);
      if (error != std::errc{} || at != end ||
          number !=
              static_cast<std::int64_t>(static_cast<std::uint64_t>(number) << unused) >> unused)
        not_one();
      return {static_cast<std::uint64_t>(number), true};
    }
    std::uint64_t number = 0;
    const auto [at, error] = std::from_chars(given.data(), end, number);
    if (error != std::errc{} || at != end || number != number << unused >> unused) not_one();
    return {number, true};
  }

  const std::string& text_;
  const ObjectDescription& description_;
  std::size_t at_ = 0;
};

/// What one agent may perform.
std::vector<std::vector<ScenarioCall>> all_scripts(const ObjectDescription& description,
                                                   int operations) {
  std::vector<ScenarioCall> calls;
  for (int i = 0; i < description.count; ++i) {
    const ObjectOperation& operation = *description.operations[i];
    for (int k = 0; k < operation.samples; ++k)
      calls.push_back({i, operation.sample_arguments[static_cast<std::size_t>(k)]});
  }
  std::vector<std::vector<ScenarioCall>> all{{}};
  for (std::size_t from = 0; operations-- > 0;) {
    const auto to = all.size();
    for (; from < to; ++from) {
      for (const ScenarioCall& call : calls) {
        auto longer = all[from];
        longer.push_back(call);
        all.push_back(std::move(longer));
      }
    }
  }
  all.erase(all.begin());
  return all;
}

std::size_t calls_of(const Scenario& scenario) {
  return std::accumulate(scenario.begin(), scenario.end(), std::size_t{0},
                         [](std::size_t sum, const auto& script) { return sum + script.size(); });
}

}  // namespace

Scenario parse_scenario(const std::string& text, const ObjectDescription& description) {
  return ScenarioParser(text, description).all();
}

std::string to_string(const Scenario& scenario, const ObjectDescription& description) {
  std::string text;
  for (const auto& script : scenario) {
    if (!text.empty()) text += " |";
    for (const ScenarioCall& call : script) {
      text += text.empty() ? "" : " ";
      text += to_string(*description.operations[call.operation], call.arguments);
    }
  }
  return text;
}

std::vector<Scenario> all_scenarios(const ObjectDescription& description, int agents,
                                    int operations) {
  const auto scripts = all_scripts(description, operations);
  std::vector<Scenario> all;
  std::vector<std::size_t> chosen(static_cast<std::size_t>(agents), 0);
  for (bool goes_on = !scripts.empty(); goes_on;) {
    Scenario scenario;
    for (const std::size_t script : chosen) scenario.push_back(scripts[script]);
    all.push_back(std::move(scenario));
    // The next that does not fall: the last place that can rise does, and those behind it with it.
    auto place = chosen.size();
    while (place > 0 && chosen[place - 1] + 1 == scripts.size()) --place;
    goes_on = place > 0;
    if (goes_on)
      std::fill(chosen.begin() + static_cast<std::ptrdiff_t>(place) - 1, chosen.end(),
                chosen[place - 1] + 1);
  }
  std::ranges::stable_sort(all, {}, calls_of);
  return all;
}

}  // namespace minusone
