#include "stress/check/object_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "protocol/check.h"
#include "stress/check/object_text.h"

namespace minusone {
namespace {

constexpr CallSet only(std::size_t call) { return CallSet{1} << call; }
constexpr bool has(CallSet set, std::size_t call) { return (set >> call & 1) != 0; }

}  // namespace

/// The configurations at a moment at which `returned` have returned, of those that stood before.
/// @param may_take  the calls that may have taken effect by then
HistoryJudge::Configurations HistoryJudge::when_returned(const ObjectHistory& history,
                                                         Configurations from, CallSet may_take,
                                                         CallSet returned,
                                                         Specification& specification) {
  std::vector<std::pair<CallSet, int>> left(from.begin(), from.end());
  while (!left.empty()) {
    const auto [effective, state] = left.back();
    left.pop_back();
    for (CallSet open = may_take & ~effective; open != 0; open &= open - 1) {
      const auto call = static_cast<std::size_t>(std::countr_zero(open));
      const auto outcome = specification.after(state, history[call]);
      if (outcome.waits) continue;
      if (history[call].ending == Ending::done && outcome.result != history[call].result) continue;
      const std::pair next(effective | only(call), outcome.state);
      if (from.insert(next).second) left.push_back(next);
    }
  }
  std::erase_if(from, [&](const auto& one) { return (returned & ~one.first) != 0; });
  return from;
}

bool is_linearizable(const ObjectHistory& history, std::span<const CallEvent> events,
                     Specification& specification) {
  MINUSONE_CHECK(history.size() <= 64, "a set of calls has 64 bits");
  HistoryJudge::Configurations now{{0, Specification::initial}};
  CallSet begun = 0, returned = 0;
  for (const CallEvent& event : events) {
    const auto call = static_cast<std::size_t>(event.call);
    if (!event.returns) {
      begun |= only(call);
      continue;
    }
    returned |= only(call);
    now = HistoryJudge::when_returned(history, std::move(now), begun, returned, specification);
    if (now.empty()) return false;
  }
  return true;
}

/// Tries every order in which calls may begin; each returns as soon as it may.
class HistoryJudge::Orders {
 public:
  /// @param rests  each pending call waits for ever, and has taken no effect
  Orders(const ObjectHistory& history, const std::vector<CallSet>& begun, bool rests,
         Specification& specification)
      : history_(history), needs_(begun), specification_(specification) {
    for (std::size_t call = 0; rests && call < history.size(); ++call) {
      if (history[call].ending == Ending::pending) waiting_ |= only(call);
    }
  }

  std::optional<std::vector<CallEvent>> find_wrong() {
    if (!is_wrong_behind(0, 0, {{0, Specification::initial}})) return std::nullopt;
    finish();
    return events_;
  }

 private:
  bool may_return(std::size_t call, CallSet begun) const {
    return has(begun, call) && history_[call].ending == Ending::done &&
           (needs_[call] & ~begun) == 0;
  }
  bool may_begin(std::size_t call, CallSet begun, CallSet returned) const {
    const bool is_first = call == 0 || history_[call - 1].agent != history_[call].agent;
    return !has(begun, call) && (is_first || has(returned, call - 1));
  }

  CallSet let_return(CallSet begun, CallSet returned) {
    for (std::size_t call = 0; call < history_.size(); ++call) {
      if (has(returned, call) || !may_return(call, begun)) continue;
      returned |= only(call);
      events_.push_back({static_cast<int>(call), true});
    }
    return returned;
  }

  bool is_wrong_behind(CallSet begun, CallSet before, Configurations now) {
    const CallSet returned = let_return(begun, before);
    if (returned != before) {
      now = when_returned(history_, std::move(now), begun & ~waiting_, returned, specification_);
      if (now.empty()) return true;
    }
    if (waiting_ != 0 && begun == (~CallSet{0} >> (64 - history_.size())) &&
        !waits_somewhere(when_returned(history_, now, begun & ~waiting_, returned, specification_)))
      return true;
    if (!seen_.emplace(begun, now).second) return false;
    const auto length = events_.size();
    for (std::size_t call = 0; call < history_.size(); ++call) {
      if (!may_begin(call, begun, returned)) continue;
      events_.push_back({static_cast<int>(call), false});
      if (is_wrong_behind(begun | only(call), returned, now)) return true;
      events_.resize(length);
    }
    return false;
  }

  bool waits_somewhere(const Configurations& all) {
    return std::ranges::any_of(all, [&](const auto& one) {
      for (CallSet left = waiting_; left != 0; left &= left - 1) {
        const auto call = static_cast<std::size_t>(std::countr_zero(left));
        if (!specification_.after(one.second, history_[call]).waits) return false;
      }
      return true;
    });
  }

  /// What comes behind what is wrong already, for whoever reads it.
  void finish() {
    CallSet begun = 0, returned = 0;
    for (const CallEvent& event : events_)
      (event.returns ? returned : begun) |= only(static_cast<std::size_t>(event.call));
    for (bool goes_on = true; goes_on;) {
      goes_on = false;
      for (std::size_t call = 0; call < history_.size() && !goes_on; ++call) {
        if (!may_begin(call, begun, returned)) continue;
        events_.push_back({static_cast<int>(call), false});
        begun |= only(call);
        returned = let_return(begun, returned);
        goes_on = true;
      }
    }
  }

  const ObjectHistory& history_;
  const std::vector<CallSet>& needs_;
  Specification& specification_;
  CallSet waiting_ = 0;
  std::vector<CallEvent> events_;
  std::set<std::pair<CallSet, Configurations>> seen_;
};

std::optional<std::vector<CallEvent>> HistoryJudge::find(const ObjectHistory& history,
                                                         const std::vector<CallSet>& begun,
                                                         bool rests) {
  MINUSONE_CHECK(history.size() <= 64, "a set of calls has 64 bits");
  std::vector<std::uint64_t> key(begun.begin(), begun.end());
  key.push_back(rests);
  for (const ObjectCall& call : history) {
    key.push_back(static_cast<std::uint64_t>(call.agent) << 32 |
                  static_cast<std::uint64_t>(call.operation) << 8 |
                  static_cast<std::uint64_t>(call.ending) << 1 | (call.result.present ? 1U : 0U));
    key.push_back(call.result.bits);
    for (const ObjectValue& value : call.arguments) {
      key.push_back(value.bits);
      key.push_back(value.present);
    }
  }
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  return known_.emplace(std::move(key), Orders(history, begun, rests, specification_).find_wrong())
      .first->second;
}

std::vector<std::string> draw_history(const ObjectHistory& history,
                                      std::span<const CallEvent> events,
                                      const ObjectDescription& description,
                                      const std::vector<std::string>& agents) {
  struct Line {
    std::string text;
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  std::vector<Line> lines;
  std::vector<std::size_t> line_of(history.size());
  std::size_t widest = 0;
  for (std::size_t at = 0; at < events.size(); ++at) {
    const auto index = static_cast<std::size_t>(events[at].call);
    if (events[at].returns) {
      lines[line_of[index]].end = at;
      continue;
    }
    const ObjectCall& call = history[index];
    const ObjectOperation& operation = *description.operations[call.operation];
    auto text = fmt::format("{}  {}", agents[static_cast<std::size_t>(call.agent)],
                            to_string(operation, call.arguments));
    if (call.ending == Ending::dead) text += " died";
    if (call.ending == Ending::pending) text += " still runs";
    const auto result = to_string(call.result, operation.result);
    if (call.ending == Ending::done && !result.empty()) text += " = " + result;
    line_of[index] = lines.size();
    widest = std::max(widest, text.size());
    lines.push_back({std::move(text), at, events.size()});
  }
  std::vector<std::string> drawn;
  for (const Line& line : lines) {
    const bool returned = line.end < events.size();
    drawn.push_back(
        fmt::format("{:<{}}  {}|{}{}", line.text, widest, std::string(2 * line.begin, ' '),
                    std::string(2 * (line.end - line.begin) - 1, '-'), returned ? "|" : "-"));
  }
  return drawn;
}

}  // namespace minusone
