#include "stress/weaken/orders_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "protocol/counted.h"
#include "stress/report/text.h"

namespace minusone {
namespace {

/// What an execution does that breaks it: "loses a message".
std::string_view deed(Property broken) {
  switch (broken) {
    case Property::legal_state:
      return "leaves the state word with an illegal value";
    case Property::no_loss:
      return "loses a message";
    case Property::no_duplicate:
      return "hands a message out twice";
    case Property::no_tear:
      return "tears a message";
    case Property::no_reorder:
      return "changes the order of messages";
    case Property::no_deadlock:
      return "leaves somebody stuck";
    case Property::no_data_race:
      return "has a data race";
    case Property::survives_death:
      return "does not survive a death";
    case Property::linearizable:
      return "is not linearizable";
    case Property::no_fault:
      return "fails";
  }
  return "?";
}

std::string at(const OrderPlace& place) { return fmt::format("{}:{}", place.file, place.line); }

std::string shown_by(const OrderTrial& trial) {
  auto text = std::string(trial.broken ? deed(*trial.broken) : "is violated");
  if (!trial.workload.empty()) text += " at " + trial.workload;
  return text + " in " + counted(trial.steps, "step");
}

std::string replay_of(const OrdersReport& report, const OrderTrial& trial) {
  return replay_command(with_orders(report.source, trial.changes), trial.schedule);
}

/// "an acquire load", "a seq_cst fence".
std::string as_one(int order, OrderUse use) {
  const auto name = name_of_order(order, use);
  const auto what = use == OrderUse::cas          ? "compare-and-swap"
                    : use == OrderUse::failed_cas ? "load, when the compare-and-swap fails"
                    : use == OrderUse::update     ? "read-modify-write"
                                                  : name_of(use);
  return fmt::format("{} {} {}", name.starts_with('a') ? "an" : "a", name, what);
}

std::string words_of(const std::vector<int>& orders, OrderUse use) {
  std::string words;
  for (const int order : orders)
    words += fmt::format("{}{}", words.empty() ? "" : " or ", name_of_order(order, use));
  return words;
}

std::string place_lines(const OrdersReport& report, const OrderFinding& found) {
  const OrderPlace& place = found.place;
  auto text = fmt::format("  {:<24} {} {}: ", at(place), name_of(place.use),
                          name_of_order(place.written, place.use));
  if (!found.weakest.empty())
    text += fmt::format("{} {}alone", words_of(found.weakest, place.use),
                        place.use == OrderUse::fence && found.weakest.front() == __ATOMIC_RELAXED
                            ? "of it is needed "
                            : "suffices ");
  else if (found.undecided)
    text += "not decided";
  else
    text += found.trials.empty() ? "cannot be weaker" : "needed";
  text += '\n';
  for (const OrderTrial& trial : found.trials) {
    const auto order = name_of_order(trial.choice.begin()->second, place.use);
    if (trial.verdict == Verdict::violated)
      text += fmt::format("      {} {}: {}\n", order, shown_by(trial), replay_of(report, trial));
    if (trial.verdict == Verdict::inconclusive)
      text += fmt::format("      {}: not decided at {}\n", order, trial.workload);
  }
  return text;
}

std::string together_lines(const OrdersReport& report) {
  if (!report.together || report.places.empty()) return "";
  if (report.together->changes.empty()) {
    return report.together_undecided ? ""
                                     : "together: nothing; each order is needed as it is written\n";
  }
  std::string text = "together, the weakest that hold:\n";
  for (const OrderFinding& found : report.places) {
    for (const auto& change : report.together->changes) {
      const auto parsed = parse_order_change(change);
      if (!parsed || !parsed->concerns(found.place)) continue;
      text += fmt::format("  {:<24} {} {}\n", at(found.place), name_of(found.place.use),
                          name_of_order(parsed->order, found.place.use));
    }
  }
  std::string largest;
  for (const OrdersWorkload& workload : report.workloads) {
    if (workload.verdict == Verdict::holds) largest = workload.options;
  }
  return text + fmt::format("  minusone explore {}{} --memory rc11\n",
                            with_orders(report.source, report.together->changes), largest);
}

std::string mending_lines(const OrdersReport& report) {
  if (!report.strongest) return "";
  if (report.strongest->verdict == Verdict::violated) {
    return fmt::format("no order mends it: with all of them seq_cst it {}\n  {}\n",
                       shown_by(*report.strongest), replay_of(report, *report.strongest));
  }
  if (report.strongest->verdict != Verdict::holds)
    return "whether an order mends it was not decided\n";
  std::string text = report.mended.size() > 1 ? "mended by any one of these:\n" : "mended:\n";
  for (const OrderTrial& trial : report.mended) {
    for (const auto& change : trial.changes) {
      const auto parsed = parse_order_change(change);
      if (!parsed || !parsed->use) continue;
      text += fmt::format("  make {}:{} {}\n", parsed->file, parsed->line,
                          as_one(parsed->order, *parsed->use));
    }
  }
  return text;
}

std::string workload_lines(const OrdersReport& report) {
  std::string shown, bounds;
  bool is_complete = true;
  for (const OrdersWorkload& workload : report.workloads) {
    if (workload.verdict != Verdict::holds) continue;
    is_complete &= workload.is_complete;
    shown += fmt::format("{}{}", shown.empty() ? "" : ", ",
                         workload.name.empty() ? "the program" : workload.name);
    for (const auto& limit : workload.limits)
      bounds += fmt::format("  bounded: {}: {}\n", workload.name, limit);
  }
  std::string text;
  if (report.as_written == Verdict::holds) {
    text = fmt::format("shown for {}: {} of C++20 (RC11)\n", shown,
                       is_complete ? "complete, every execution" : "bounded, executions") +
           bounds;
  }
  for (const auto& limit : report.limits) text += fmt::format("not shown: {}\n", limit);
  for (const auto& note : report.notes) text += fmt::format("note: {}\n", note);
  return text;
}

using Json = nlohmann::ordered_json;

Json json_of(const OrdersReport& report, const OrderTrial& trial) {
  Json json{{"changes", trial.changes}, {"verdict", name_of(trial.verdict)}};
  if (trial.verdict != Verdict::holds) json["workload"] = trial.workload;
  if (trial.verdict != Verdict::violated) return json;
  if (trial.broken) json["property"] = name_of(*trial.broken);
  json["steps"] = trial.steps;
  json["schedule"] = trial.schedule;
  json["replay"] = replay_of(report, trial);
  return json;
}

}  // namespace

std::string with_orders(const std::string& source, const std::vector<std::string>& changes) {
  auto words = source;
  for (const auto& change : changes) words += " --order " + in_shell(change);
  return words;
}

std::string to_text(const OrdersReport& report) {
  auto text = fmt::format("{}  {}: as written, under C++20 (RC11)\n",
                          report.as_written == Verdict::holds      ? "HOLDS"
                          : report.as_written == Verdict::violated ? "VIOLATED"
                                                                   : "INCONCLUSIVE",
                          report.source);
  if (report.as_written == Verdict::violated)
    text += fmt::format("  {}: {}\n", shown_by(report.written), replay_of(report, report.written));
  text += '\n';
  if (report.as_written == Verdict::holds) {
    if (report.places.empty()) text += "  no atomic access and no fence was met\n";
    for (const OrderFinding& found : report.places) text += place_lines(report, found);
    text += "\n" + together_lines(report);
  }
  return text + mending_lines(report) + workload_lines(report) +
         fmt::format("{:.1f} s\n", report.seconds);
}

std::string to_json(const OrdersReport& report) {
  Json json{{"schema", "minusone.orders/1"},
            {"source", report.source},
            {"build", report.build},
            {"memory", "rc11"},
            {"as_written", name_of(report.as_written)},
            {"workloads", Json::array()},
            {"places", Json::array()},
            {"together", nullptr},
            {"violation", nullptr},
            {"strongest", nullptr},
            {"mended", Json::array()},
            {"limits", report.limits},
            {"notes", report.notes},
            {"seconds", report.seconds}};
  for (const OrdersWorkload& workload : report.workloads) {
    json["workloads"].push_back({{"name", workload.name},
                                 {"verdict", name_of(workload.verdict)},
                                 {"complete", workload.is_complete},
                                 {"executions", workload.executions},
                                 {"limits", workload.limits}});
  }
  for (const OrderFinding& found : report.places) {
    Json place{{"file", found.place.file},
               {"line", found.place.line},
               {"use", name_of(found.place.use)},
               {"written", name_of_order(found.place.written, found.place.use)},
               {"weakest", Json::array()},
               {"decided", !found.undecided},
               {"trials", Json::array()}};
    for (const int order : found.weakest)
      place["weakest"].push_back(name_of_order(order, found.place.use));
    for (const OrderTrial& trial : found.trials) place["trials"].push_back(json_of(report, trial));
    json["places"].push_back(std::move(place));
  }
  if (report.together) json["together"] = json_of(report, *report.together);
  if (report.as_written == Verdict::violated) json["violation"] = json_of(report, report.written);
  if (report.strongest) json["strongest"] = json_of(report, *report.strongest);
  for (const OrderTrial& trial : report.mended) json["mended"].push_back(json_of(report, trial));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace minusone
