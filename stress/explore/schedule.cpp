#include "stress/explore/schedule.h"

#include <fmt/format.h>

#include <charconv>

#include "stress/machine/max_agents.h"
#include "stress/search/search.h"

namespace minusone {
namespace {

/// Reads a schedule from the left.
class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  bool skip(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool skip(std::string_view word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }
  bool comes_before(char a, char b) const { return text_.find(a, at_) < text_.find(b, at_); }
  void expect(char c, const char* what) {
    if (!skip(c)) fail(fmt::format("'{}' {}", c, what));
  }
  template <class Number = int>
  Number number(Number least, Number most, const char* what) {
    Number value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{} || value < least || value > most)
      fail(fmt::format("{} from {} to {}", what, least, most));
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }
  std::string until(char c) {
    const auto end = text_.find(c, at_);
    if (end == std::string::npos) fail(fmt::format("'{}' after the build", c));
    auto part = text_.substr(at_, end - at_);
    at_ = end + 1;
    return part;
  }
  [[noreturn]] void fail(const std::string& expected) const {
    throw BadSchedule(fmt::format(
        "'{}' is no schedule: at character {} there should be {}. A schedule looks like "
        "77108ab24f40:1w2r1m8b:w1x5.r1x3.r2x7, as `minusone explore` prints it",
        text_.size() > 200 ? text_.substr(0, 200) + "..." : text_, at_ + 1, expected));
  }

 private:
  const std::string& text_;
  std::size_t at_ = 0;
};

void parse_workload(Reader& reader, Workload& w) {
  w.writers = reader.number(0, 64, "a number of writers");
  reader.expect('w', "behind the number of writers");
  w.readers = reader.number(0, 64, "a number of readers");
  reader.expect('r', "behind the number of readers");
  w.messages = reader.number(1, 100'000, "a number of messages");
  reader.expect('m', "behind the number of messages");
  w.text = static_cast<std::size_t>(reader.number(0, 65'536, "bytes of text"));
  reader.expect('b', "behind the bytes of text");
  w.processes = !reader.skip('t');
}

int parse_agent(Reader& reader, const Schedule& schedule) {
  const Workload& w = schedule.workload;
  if (schedule.is_program) {
    reader.expect('t', "and the number of a thread");
    return reader.number(0, max_agents - 1, "a thread");
  }
  const bool writes = reader.skip('w');
  if (!writes && !reader.skip('r')) reader.fail("'w' or 'r', who goes on");
  const int agent =
      reader.number(1, writes ? w.writers : w.readers, writes ? "a writer" : "a reader") - 1;
  return writes ? agent : agent + w.writers;
}

PlannedFault parse_fault(Reader& reader, const Schedule& schedule) {
  PlannedFault fault;
  fault.agent = parse_agent(reader, schedule);
  reader.expect('-', "between an agent and what befalls it");
  for (const auto kind : {FaultKind::death, FaultKind::eintr, FaultKind::spurious,
                          FaultKind::weak_cas, FaultKind::timeout, FaultKind::choice}) {
    if (reader.skip(name_of(kind))) fault.kind = kind;
  }
  if (fault.kind == FaultKind::none)
    reader.fail("dies, eintr, spurious, weak_cas, timeout or chooses");
  reader.expect('-', "before the place of a fault");
  fault.at = reader.number(fault.kind == FaultKind::death ? 0 : 1,
                           static_cast<int>(SearchLimits::most_steps), "the place of a fault");
  if (fault.kind == FaultKind::choice) {
    reader.expect('-', "before what is chosen");
    fault.value = reader.number(1, 10'000, "what is chosen");
  }
  return fault;
}

/// Before the turns, if a '-' stands before the next ':'.
void parse_faults(Reader& reader, Schedule& schedule) {
  if (!reader.comes_before('-', ':')) return;
  do {
    schedule.faults.push_back(parse_fault(reader, schedule));
  } while (reader.skip('+'));
  reader.expect(':', "behind the faults");
}

}  // namespace

std::string short_name(int agent, const Schedule& schedule) {
  const int writers = schedule.workload.writers;
  return schedule.is_program ? fmt::format("t{}", agent)
         : agent < writers   ? fmt::format("w{}", agent + 1)
                             : fmt::format("r{}", agent - writers + 1);
}

std::string to_string(const Schedule& schedule) {
  const Workload& w = schedule.workload;
  auto text = schedule.is_program
                  ? fmt::format("{}:p{}:", schedule.build,
                                schedule.stacks == 0 ? "" : fmt::format("s{}", schedule.stacks))
                  : fmt::format("{}:{}w{}r{}m{}b{}:", schedule.build, w.writers, w.readers,
                                w.messages, w.text, w.processes ? "" : "t");
  if (schedule.memory != MemoryModel::sc) text += fmt::format("{}:", name_of(schedule.memory));
  for (const PlannedFault& fault : schedule.faults) {
    if (text.back() != ':') text += '+';
    text +=
        fmt::format("{}-{}-{}", short_name(fault.agent, schedule), name_of(fault.kind), fault.at);
    if (fault.kind == FaultKind::choice) text += fmt::format("-{}", fault.value);
  }
  if (!schedule.faults.empty()) text += ':';
  for (std::size_t i = 0; i < schedule.agents.size();) {
    const int agent = schedule.agents[i];
    std::size_t turns = 0;
    const auto way = schedule.ways.find(i);
    const bool is_other_way = way != schedule.ways.end();
    for (; i < schedule.agents.size() && schedule.agents[i] == agent &&
           (turns == 0 || (!is_other_way && !schedule.ways.contains(i)));
         ++i)
      ++turns;
    if (text.back() != ':') text += '.';
    text += short_name(agent, schedule);
    if (is_other_way) text += fmt::format("~{}", way->second);
    if (turns > 1) text += fmt::format("x{}", turns);
  }
  if (schedule.is_position) text += '+';
  return text;
}

Schedule parse_schedule(const std::string& text) {
  Reader reader(text);
  Schedule schedule;
  schedule.build = reader.until(':');
  schedule.is_program = reader.skip('p');
  Workload& w = schedule.workload;
  if (!schedule.is_program) parse_workload(reader, w);
  if (schedule.is_program && reader.skip('s')) {
    schedule.stacks =
        reader.number<AgentSet>(1, UINT64_MAX >> (64 - max_agents), "a set of stacks");
  }
  reader.expect(':', "before the turns");
  for (const auto model : {MemoryModel::tso, MemoryModel::rc11}) {
    if (reader.skip(fmt::format("{}:", name_of(model)))) schedule.memory = model;
  }
  parse_faults(reader, schedule);
  while (!reader.at_end()) {
    schedule.is_position = reader.skip('+');
    if (schedule.is_position) {
      if (!reader.at_end()) reader.fail("nothing behind the plus");
      break;
    }
    if (!schedule.agents.empty()) reader.expect('.', "between two turns");
    const int agent = parse_agent(reader, schedule);
    if (schedule.memory != MemoryModel::sc && reader.skip('~'))
      schedule.ways[schedule.agents.size()] = reader.number(1, 10'000, "a way to read or write");
    const int turns = reader.skip('x') ? reader.number(1, 100'000, "a number of steps") : 1;
    schedule.agents.insert(schedule.agents.end(), static_cast<std::size_t>(turns), agent);
  }
  return schedule;
}

}  // namespace minusone
