#include "stress/sync/child/child.h"

#include <sys/wait.h>

#include <cerrno>

#include "stress/sync/life.h"
#include "stress/sync/sync_model.h"

namespace minusone {

namespace child {

namespace {

/// Which numbers processes have: who forks first has the lower one.
constexpr std::uint64_t numbers = kernel_table('c');

/// Who adopts orphans.
constexpr std::int64_t init = 1;

bool is_fresh(const KernelObject&) { return false; }

void add_to(const KernelObject& object, std::span<const std::byte>, StateSink& sink) {
  const auto& process = object.as<Process>();
  sink.add(static_cast<std::uint64_t>(process.parent + 1) |
           static_cast<std::uint64_t>(process.orphan) << 8 |
           static_cast<std::uint64_t>(process.ended) << 9 |
           static_cast<std::uint64_t>(process.reaped) << 10);
  sink.add(static_cast<std::uint64_t>(process.status));
}

std::string title(const KernelObject& object, const std::string&) {
  return "process " + std::to_string(object.key + 1);
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames&) {
  const auto& process = object.as<Process>();
  return process.reaped ? "waited for" : process.ended ? "a zombie" : "lives";
}

const Process* process_of(const SyncModel& model, int agent) {
  return model.find<Process>(static_cast<std::uint64_t>(agent));
}

/// The agent that a call names; -1: none of the model's.
int named(const Context& call) {
  const auto number = static_cast<std::int32_t>(call.a);
  return is_thread_id(number) ? agent_of(number) : -1;
}
bool waits_for_any(const Context& call) { return static_cast<std::int32_t>(call.a) <= 0; }

/// A child of the caller's that the call waits for, ended or not, and that nobody has waited for.
bool is_waited_for(const Context& call, std::uint64_t agent, const Process& process) {
  return process.parent == call.id && !process.orphan && !process.reaped &&
         (waits_for_any(call) || static_cast<int>(agent) == named(call));
}

/// What a wait finds, in the order in which children were forked, as the kernel looks for them.
struct Found {
  int ended = -1;       ///< the first that has ended; -1: none has
  int alive = -1;       ///< the first that has not; -1: all have
  bool is_any = false;  ///< there is one at all
};

Found look(const SyncModel& model, const Context& call) {
  Found found;
  for (int agent = 0; agent < max_agents; ++agent) {
    const Process* const process = process_of(model, agent);
    if (process == nullptr || !is_waited_for(call, static_cast<std::uint64_t>(agent), *process))
      continue;
    found.is_any = true;
    int& first = process->ended ? found.ended : found.alive;
    if (first < 0) first = agent;
  }
  return found;
}

}  // namespace

}  // namespace child

const ObjectKind Process::kind{.name = "process",
                               .is_fresh = child::is_fresh,
                               .add_to = child::add_to,
                               .title = child::title,
                               .value = child::value,
                               .unused = "lives",
                               .called = nullptr,
                               .lent = nullptr,
                               .own_bytes = 0};

namespace child {

void touches_numbers(const Context&, Step& step) { step.add(numbers, 1, true, true); }

void touches_children(const Context& call, Step& step) {
  if (waits_for_any(call)) {
    step.add(children_of(call.id), max_agents, true, true);
  } else if (named(call) >= 0) {
    step.add(end_of_child(call.id, named(call)), 1, true, true);
  }
}

void looks_at_parent(const Context& call, Step& step) {
  step.add(end_of_parent(static_cast<int>(call.a)), 1, true, false);
}

// The machine has made sure that there is a number left.
std::int64_t fork(SyncModel& model, Context& call) {
  if (model.threads() == nullptr) return model.not_modelled("a fork is modelled on fibers only");
  const int made = model.threads()->next();
  auto& process = model.object<Process>(static_cast<std::uint64_t>(made));
  process = Process{.parent = static_cast<std::int8_t>(call.id)};
  for (const Family* family : families()) {
    if (*family->forked != nullptr) family->forked(model, call.id, made);
  }
  return thread_id_of(made);
}

bool can_wait(const SyncModel& model, const Context& call) {
  const Found found = look(model, call);
  return !found.is_any || found.ended >= 0 || (call.b & WNOHANG) != 0;
}

std::int64_t wait(SyncModel& model, Context& call) {
  const Found found = look(model, call);
  call.result_upper = 0;
  if (!found.is_any) return -ECHILD;
  if (found.ended < 0) return 0;
  auto& process = model.object<Process>(static_cast<std::uint64_t>(found.ended));
  process.reaped = true;
  call.result_upper = static_cast<std::uint32_t>(process.status);
  return thread_id_of(found.ended);
}

// Which child it is depends on those before it that had not ended; where none of those had, it
// might have been any other. That there is none depends on nobody.
void only_reaped(const SyncModel& model, const Context& call, Step& step) {
  const auto result = static_cast<std::int64_t>(call.result);
  if (result < 0) {
    step.count = 0;
  } else if (result == 0) {
    step.accesses[0].writes = false;
  } else if (waits_for_any(call)) {
    const int reaped = agent_of(static_cast<std::int32_t>(result));
    const int before = look(model, call).alive;
    step.count = 0;
    step.add(end_of_child(call.id, reaped), 1, true, true);
    if (before >= 0 && before < reaped)
      step.add(end_of_child(call.id, before), static_cast<std::uint64_t>(reaped - before), true,
               false);
    step.add(children_of(call.id), max_agents, true, false);
    step.accesses[step.count - 1U].forgone = true;
  }
}

// Of several that it waits for none is to blame alone.
int waits_for(const SyncModel& model, const Context& call) {
  const Found found = look(model, call);
  return found.ended < 0 && !waits_for_any(call) ? found.alive : -1;
}

std::int64_t get_parent(SyncModel& model, Context& call) {
  const Process& process = *process_of(model, call.id);
  return process.orphan ? init : thread_id_of(process.parent);
}

void undone_by_end(const SyncModel& model, int agent, UndoneByEnd& undone) {
  const Process* const own = process_of(model, agent);
  if (own != nullptr) undone.add(end_of_child(own->parent, agent), 1);
  bool has_children = false;
  model.each<Process>([&](std::uint64_t, const Process& process) {
    return has_children = process.parent == agent;
  });
  if (has_children) undone.add(end_of_parent(agent), 1);
}

// Its children have nobody any more who could wait for them but who adopts them.
void ends(SyncModel& model, int agent) {
  model.each<Process>([&](std::uint64_t key, Process& process) {
    if (key == static_cast<std::uint64_t>(agent)) {
      process.ended = true;
      process.status = model.ending_status();
      process.reaped |= process.orphan;
    }
    if (process.parent != agent) return false;
    process.orphan = true;
    process.reaped |= process.ended;
    return false;
  });
}

}  // namespace child

}  // namespace minusone
