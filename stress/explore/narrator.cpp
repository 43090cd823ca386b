#include "stress/explore/narrator.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <span>

#include "protocol/counted.h"
#include "stress/order/race_detector.h"
#include "stress/sync/family.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {
namespace {

bool is_value(const Step& step) {
  const Access& access = step.accesses[0];
  return step.count > 0 && access.address < nowhere && access.bytes <= 8 &&
         is_word_access(step.action);
}

std::string shown(std::uint64_t value, std::uint32_t bytes) {
  switch (bytes) {
    case 4:
      return fmt::format("{}", static_cast<std::int32_t>(value));
    case 8:
      return fmt::format("{}", static_cast<std::int64_t>(value));
    default:
      return fmt::format("{}", value);
  }
}

std::string_view befalls(FaultKind fault) {
  switch (fault) {
    case FaultKind::eintr:
      return "interrupted (EINTR)";
    case FaultKind::spurious:
      return "for no reason";
    case FaultKind::weak_cas:
      return "fails for no reason";
    case FaultKind::timeout:
      return "times out";
    default:
      return "";
  }
}

/// "void list::push<int>(int const&)": "push".
std::string short_name(std::string_view function) {
  if (const auto at = function.find("operator"); at != function.npos)
    return std::string(function.substr(at, function.find('(', at + sizeof "operator") - at));
  int depth = 0;  // of template arguments
  std::size_t begin = 0, end = 0;
  for (std::size_t i = 0; i < function.size(); ++i) {
    const char c = function[i];
    depth += c == '<' ? 1 : c == '>' ? -1 : 0;
    if (depth > 0 || c == '>') continue;
    if (c == '(' && end > begin) break;
    if (c == ' ' || c == ':' || c == '(') begin = i + 1;
    end = i + 1;
  }
  return std::string(function.substr(begin, end - begin));
}

/// Where libstdc++ makes its threads and waits for them. Its own writes there, to what it hands to
/// the thread, are nobody's mistake.
bool starts_threads(std::string_view path) {
  return path.ends_with("/bits/std_thread.h") || path.ends_with("/thread") ||
         path.ends_with("/future");
}

/// Of an exit, that it undoes nothing: who may care is whose child it is, or who are its own.
bool is_exit_alone(const Step& step) {
  const auto accesses = std::span(step.accesses).first(step.count);
  return std::ranges::all_of(accesses, [](const Access& access) {
    return is_end_of_agent(access.address) || is_of_children(access.address);
  });
}

bool is_relaxed(const Step& step) {
  return is_atomic_access(step.action) && step.order == __ATOMIC_RELAXED;
}

/// The last step before `at` that touches the same memory and fits; -1: none.
template <class Fits>
int last_before(std::span<const Step> steps, std::size_t at, const Fits& fits) {
  for (std::size_t i = at; i-- > 0;) {
    for (int k = 0; k < steps[i].count; ++k) {
      const Access& access = steps[i].accesses[static_cast<std::size_t>(k)];
      const Access& mine = steps[at].accesses[0];
      const bool same = access.address < mine.address + mine.bytes &&
                        mine.address < access.address + access.bytes;
      if (same && fits(steps[i], access)) return static_cast<int>(i);
    }
  }
  return -1;
}

/// Of the steps that write to a place the numbers, in modification order.
std::vector<int> modification_order(std::span<const Step> steps, const Access& place) {
  std::vector<int> order;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    if (!step.is_modelled_write() || step.accesses[0].address != place.address) continue;
    const auto behind = std::ranges::find(order, step.behind);
    order.insert(behind == order.end() ? order.begin() : behind + 1, static_cast<int>(i));
  }
  return order;
}

}  // namespace

SourceLine Narrator::line_of(int agent, const void* pc) const {
  const TracedModule& module = subject_.module_of(agent);
  return lines_.try_emplace(module.path(), module.path())
      .first->second.of_call(module.file_address(pc));
}

// The innermost frame of the library is the step's own; the outermost before other code is what
// was called.
void Narrator::note_library(TraceStep& told, int agent,
                            std::span<const void* const> callers) const {
  if (!is_library(told.path)) return;
  std::string function = told.function, path = told.path;
  for (const void* caller : callers) {
    auto where = line_of(agent, caller);
    if (where.file.empty()) continue;  // the runtime's
    if (!is_library(where.path)) {
      told.call = {where.file, where.line, where.function, where.path, short_name(function)};
      break;
    }
    function = std::move(where.function);
    path = std::move(where.path);
  }
  told.machinery = told.call.file.empty() || starts_threads(path);
}

std::string Narrator::tell(const Leak& leak) const {
  const auto where = line_of(leak.agent, leak.pc);
  return fmt::format("{} leaks {} bytes, allocated at {}:{} in {}", subject_.agent(leak.agent),
                     leak.bytes, where.file, where.line, where.function);
}

std::string Narrator::tell(const Earlier& earlier) const {
  const auto where = line_of(earlier.agent, earlier.pc);
  return fmt::format("{} by {} at {}:{} in {}", earlier.what, subject_.agent(earlier.agent),
                     where.file, where.line, where.function);
}

std::string Narrator::place_in_code(int agent, const void* pc) const {
  if (agent < 0) return "before main()";
  const auto where = line_of(agent, pc);
  return fmt::format("by {} at {}:{} in {}", subject_.agent(agent), where.file, where.line,
                     where.function);
}

std::vector<std::string> Narrator::tell(const MemoryFault& fault) const {
  const auto where = line_of(fault.agent, fault.pc);
  const auto begin = fmt::format("{} at {}:{} in {} {}", subject_.agent(fault.agent), where.file,
                                 where.line, where.function,
                                 fault.frees    ? std::string("frees")
                                 : fault.writes ? "writes " + counted(fault.bytes, "byte")
                                                : "reads " + counted(fault.bytes, "byte"));
  if (fault.what == MemoryFault::What::not_attached)
    return {begin + ", where it has no segment attached"};
  if (fault.what == MemoryFault::What::not_mapped) return {begin + ", where it has nothing mapped"};
  if (fault.what == MemoryFault::What::no_access)
    return {begin + ", where it may neither read nor write (PROT_NONE)"};
  if (fault.what == MemoryFault::What::read_only)
    return {begin + ", which it has mapped for reading only"};
  if (fault.what == MemoryFault::What::beyond_end)
    return {begin + ", where the object has no page: it is smaller (ftruncate())"};
  if (fault.what == MemoryFault::What::other_own) {
    const bool is_agent = fault.owner < subject_.machine().agents();
    auto name = is_agent ? variable_of(fault.owner, fault.address) : std::string();
    if (const auto shared = subject_.pointer(fault.address); is_agent && !shared.empty())
      return {fmt::format("{} where {} has a segment attached, {}", begin,
                          subject_.agent(fault.owner), shared.substr(1))};
    return {fmt::format("{} of {}'s own memory{}", begin,
                        is_agent ? subject_.agent(fault.owner) : "the initialising process",
                        name.empty() ? "" : ", " + name)};
  }
  if (fault.block == 0) return {begin + " where no call has allocated"};
  const auto offset = fault.address - fault.block;
  const auto block = "a block of " + counted(fault.block_bytes, "byte");
  std::vector<std::string> lines;
  if (fault.address < fault.block) {
    lines.push_back(
        fmt::format("{} {} before the beginning of {}", begin, counted(-offset, "byte"), block));
  } else if (offset >= fault.block_bytes && fault.what != MemoryFault::What::freed) {
    lines.push_back(fmt::format("{} {} behind the end of {}", begin,
                                counted(offset - fault.block_bytes, "byte"), block));
  } else {
    const bool exceeds = !fault.frees && offset + fault.bytes > fault.block_bytes;
    lines.push_back(fmt::format("{} at byte {} of {}{}", begin, offset, block,
                                exceeds ? ", and beyond its end" : ""));
  }
  lines.push_back("allocated " + place_in_code(fault.allocated_by, fault.allocated_at));
  if (fault.what == MemoryFault::What::freed)
    lines.push_back("freed " + place_in_code(fault.freed_by, fault.freed_at));
  return lines;
}

std::string Narrator::variable_of(int agent, std::uint64_t address) const {
  const TracedModule& module = subject_.module_of(agent);
  return lines_.try_emplace(module.path(), module.path())
      .first->second.variable(module.file_address(reinterpret_cast<const void*>(address)));
}

TraceStep Narrator::tell(const Step& step) const {
  TraceStep told = describe(step);
  told.what = sentence_of(told);
  return told;
}

TraceStep Narrator::describe(const Step& step) const {
  const auto where = line_of(step.agent, step.pc);
  TraceStep told{.agent = subject_.agent(step.agent),
                 .file = where.file,
                 .line = where.line,
                 .function = where.function,
                 .verb = std::string(call_of(step.action).told->verb),
                 .path = where.path};
  if (step.action == Action::died) {
    told.verb = step.count > 1 ? "is dead: the kernel cleans up" : "is dead";
    told.dies = true;
    return told;
  }
  if (step.action == Action::finished && step.count > 1 && step.accesses[1].address < nowhere)
    told.verb = "ends";
  if (step.action == Action::choose)
    told.verb = fmt::format("chooses {}", static_cast<std::int64_t>(step.after));
  if (step.action == Action::finished && is_exit_alone(step)) told.verb = "exits";
  if (step.count == 0 || is_frame_end(step.action)) return told;
  const Access& access = step.accesses[0];
  told.place = step.action == Action::fork && step.created != 0
                   ? subject_.agent(std::countr_zero(step.created))
                   : subject_.place(access);
  told.event = befalls(step.fault);
  const bool differs = access.writes && step.before != step.after;
  if (!is_value(step)) {
    if (differs && access.address < nowhere && is_memory_action(step.action))
      told.changed = told.place;
    return told;
  }
  // An address differs from run to run; what lies there does not.
  const auto value = [&](std::uint64_t bits) {
    const auto pointed = access.bytes == 8 ? subject_.pointer(bits) : std::string();
    return pointed.empty() ? shown(bits, access.bytes) : pointed;
  };
  told.before = value(step.before);
  told.after = value(step.after);
  if (differs) told.changed = fmt::format("{}: {} -> {}", told.place, told.before, told.after);
  told.fails = is_failed_swap(step) && step.fault == FaultKind::none;
  return told;
}

// Under a memory model: which write a step reads and which it does not, though that was taken
// before.
void Narrator::tell_of_memory(TraceStep& told, std::span<const Step> steps, std::size_t at) const {
  const Step& step = steps[at];
  const auto name = [&](int other) {
    const Step& its = steps[static_cast<std::size_t>(other)];
    return its.agent == step.agent
               ? fmt::format("step {}", other + 1)
               : fmt::format("step {} of {}", other + 1, subject_.agent(its.agent));
  };
  const auto order = modification_order(steps.first(at), step.accesses[0]);
  if (!step.is_modelled_read()) {
    const auto behind = std::ranges::find(order, step.behind);
    const auto next = behind == order.end() ? order.begin() : behind + 1;
    if (next != order.end())
      told.why = fmt::format("is overwritten by {}, although that was taken before", name(*next));
    return;
  }
  const int from = step.reads_from;
  if (from >= 0 && steps[static_cast<std::size_t>(from)].agent != step.agent) {
    told.sees = from + 1;
    told.why = fmt::format("sees {}", name(from));
  }
  if (order.empty() || order.back() == from) return;
  const auto read = std::ranges::find(order, from);
  const int missed = read == order.end() ? order.front() : *(read + 1);
  told.why += fmt::format("{}does not see {}: that has not reached it",
                          told.why.empty() ? "" : ", and ", name(missed));
}

std::vector<TraceStep> Narrator::tell(std::span<const Step> steps,
                                      std::span<const std::vector<const void*>> callers) const {
  std::vector<TraceStep> told;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    told.push_back(tell(step));
    if (i < callers.size()) note_library(told.back(), step.agent, callers[i]);
    if (step.count == 0 || step.accesses[0].address >= nowhere) continue;
    if (step.accesses[0].modelled) {
      tell_of_memory(told.back(), steps, i);
      continue;
    }
    const auto writes = [](const Step&, const Access& access) { return access.writes; };
    const int written = last_before(steps, i, writes);
    if (written < 0) continue;
    const Step& writer = steps[static_cast<std::size_t>(written)];
    if (writer.agent == step.agent) continue;
    // A store that rests on a value which is not there any more is how updates get lost.
    const int read = last_before(steps, i, [&](const Step& other, const Access& access) {
      return other.agent == step.agent && access.reads;
    });
    if (step.accesses[0].writes && !step.accesses[0].reads) {
      if (read >= 0 && read < written) {
        told.back().undoes = written + 1;
        told.back().why = fmt::format("undoes step {} unseen: what it rests on was read at step {}",
                                      written + 1, read + 1);
      }
    } else {
      told.back().sees = written + 1;
      told.back().why =
          fmt::format("sees step {} of {}", written + 1, subject_.agent(writer.agent));
    }
  }
  RaceDetector detector;
  for (const auto& [first, second] : detector.handovers(steps))
    told[second].ordered_after.push_back(static_cast<int>(first) + 1);
  for (const auto& [first, second] : detector.races(steps))
    told[second].races.push_back(static_cast<int>(first) + 1);
  return told;
}

std::vector<std::string> Narrator::waiting() const {
  std::vector<std::string> sentences;
  const auto& machine = subject_.machine();
  for (int index = 0; index < machine.agents(); ++index) {
    if (machine.state(index) != AgentState::blocked) continue;
    const Step& pending = machine.pending(index);
    auto told = describe(pending);
    note_library(told, index, machine.callers(index));
    auto what = action_of(told);
    const auto while_waiting = call_of(pending.action).told->while_waiting;
    if (!while_waiting.empty())
      what = fmt::format("{} {}", while_waiting, subject_.place(pending.accesses[0]));
    sentences.push_back(
        fmt::format("{} waits at {}, where it {}", told.agent, place_of(told), what));
  }
  return sentences;
}

RaceSide Narrator::side(const Step& step) const {
  const auto where = line_of(step.agent, step.pc);
  const Access& access = step.accesses[0];
  return {where.file,
          where.line,
          where.function,
          subject_.agent(step.agent),
          fmt::format("{} of {}", access.writes ? "write" : "read", subject_.place(access)),
          where.path};
}

std::string Narrator::reason(const Step& a, const Step& b) {
  if (is_relaxed(a) || is_relaxed(b)) {
    return "the atomic access is relaxed, which orders nothing around it, and the other is plain";
  }
  if (is_atomic_access(a.action) || is_atomic_access(b.action)) {
    return "an atomic access does not protect a plain one of the same memory";
  }
  return "both are plain, and no lock, semaphore or atomic hands over from the first to the second";
}

std::vector<std::string> as_lines(const std::vector<TraceStep>& steps) {
  std::vector<std::string> lines;
  for (const TraceStep& step : steps) {
    lines.push_back(fmt::format("{:<10} {:<24} {}{}", step.agent,
                                step.file.empty() ? "?" : place_of(step), step.what,
                                step.changed.empty() ? "" : " (" + step.changed + ")"));
  }
  return lines;
}

}  // namespace minusone
