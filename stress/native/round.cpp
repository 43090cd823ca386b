#include "stress/native/round.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <unordered_map>

#include "protocol/deadline.h"
#include "protocol/futex.h"
#include "stress/check/channel_oracle.h"
#include "stress/machine/end_of_work.h"
#include "stress/native/tsc.h"

namespace minusone {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t epoch_messages = 20'000;  // per writer of a soak; bounds the logs
constexpr std::size_t most_latencies = 4'000'000;
constexpr std::chrono::seconds patience{10};
/// After the time limit, or Ctrl-C, a round has so long to come to its end.
constexpr std::chrono::milliseconds grace{1500};

/// The protocol's layout in a segment of its own, made anew for each round.
class Instance {
 public:
  Instance(const Protocol& protocol, Segment& segment, RunLog& log)
      : protocol_(protocol), at_(segment.payload()) {
    for (;;) {
      const key_t key = log.reserve_key("sem");
      try {
        protocol.init(at_, key);
        return;
      } catch (const std::system_error& error) {
        if (error.code().value() != EEXIST) throw;
        log.release_key("sem", key);
      }
    }
  }
  ~Instance() { protocol_.destroy(at_); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

 private:
  const Protocol& protocol_;
  void* at_;
};

/// Why a process ended, "ended from outside by signal 9 (Killed)", where nothing that it ran can be
/// the reason.
std::string end_from_outside(int status) {
  if (!WIFSIGNALED(status)) return {};
  const int signal = WTERMSIG(status);
  if (signal != SIGKILL && signal != SIGTERM && signal != SIGHUP && signal != SIGQUIT) return {};
  return fmt::format(
      "ended from outside by signal {} ({}), as the kernel does when memory is short", signal,
      strsignal(signal));
}

}  // namespace

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

RoundRunner::RoundRunner(const Module& module, const StressOptions& options)
    : module_(module),
      protocol_(module.protocol()),
      options_(options),
      workload_(options.workload),
      agents_(workload_.writers + workload_.readers),
      segment_(Segment::create(options.segment, protocol_.bytes, log_)),
      board_(agents_ + 1, entries()),
      random_(options.seed) {}

std::size_t RoundRunner::entries() const {
  const auto each = is_soak() ? epoch_messages : static_cast<std::uint32_t>(workload_.messages);
  return std::max<std::size_t>(
      8, std::size_t{each} * static_cast<std::size_t>(std::max(1, workload_.writers)) + 8);
}

std::vector<Task> RoundRunner::tasks() {
  const auto cpus = allowed_cpus();
  const bool soak = is_soak();
  // Every other round is aligned, so that what needs alignment shows too.
  const bool varied = ++round_ % 2 == 0;
  std::vector<Task> tasks;
  for (int agent = 0; agent < agents_; ++agent) {
    Task task;
    task.index = agent;
    if (agent < workload_.writers)
      task.writer = static_cast<std::uint32_t>(agent) + 1;
    else
      task.kind = Operation::Kind::read;
    task.operations = soak ? epoch_messages : static_cast<std::uint32_t>(workload_.messages);
    if (soak && task.kind == Operation::Kind::read) {
      task.shares_quota = true;
      task.operations = epoch_messages * static_cast<std::uint32_t>(workload_.writers);
    }
    if (options_.widen.by == Widen::By::yield && varied) {
      // All alike, some orders never come up: half of the agents begin at once, the rest late.
      task.late = static_cast<unsigned>(std::uniform_int_distribution<int>(-64, 64)(random_));
      if (task.late > 64) task.late = 0;
      task.pace = 1U << std::uniform_int_distribution<unsigned>(0, 2)(random_);
    }
    switch (options_.place) {
      case Place::same:
        task.cpu = cpus.front();
        break;
      case Place::split:
        task.cpu = cpus[static_cast<std::size_t>(agent) % cpus.size()];
        break;
      case Place::free:
        break;
    }
    tasks.push_back(task);
  }
  return tasks;
}

void RoundRunner::add_histories(Round& round, const Supervisor& supervisor,
                                const std::vector<int>& agents) {
  for (const int agent : agents) {
    add_history(round, supervisor, agent,
                agent < workload_.writers ? Operation::Kind::write : Operation::Kind::read);
  }
}

void RoundRunner::add_history(Round& round, const Supervisor& supervisor, int agent,
                              Operation::Kind kind) const {
  const auto& state = board_.agent(agent);
  const LogEntry* log = board_.log(agent);
  const auto entries = state.entries.load();
  for (std::uint32_t i = 0; i < entries; ++i) {
    const auto returned = std::atomic_ref(const_cast<std::uint64_t&>(log[i].returned)).load();
    const int status = supervisor.statuses()[static_cast<std::size_t>(agent)];
    const auto ending = returned != 0  ? Ending::done
                        : status != -1 ? Ending::dead
                                       : Ending::pending;
    round.history.push_back({kind, ending, log[i].torn, static_cast<std::uint16_t>(agent),
                             log[i].message, log[i].called, returned});
  }
}

// A message that nobody received may still lie in the channel. A fresh reader comes when all agents
// rest: it finds the message there, or the message is lost.
void RoundRunner::drain(Round& round, AgentGroup& group, Supervisor& supervisor,
                        std::vector<int> agents, Clock::time_point deadline) {
  std::size_t sent = 0, got = 0;
  for (const Operation& operation : round.history) {
    if (operation.ending != Ending::done && operation.kind == Operation::Kind::write &&
        operation.ending != Ending::dead) {
      return;
    }
    if (operation.ending == Ending::done) ++(operation.kind == Operation::Kind::write ? sent : got);
  }
  if (workload_.death == Death::none &&
      (sent == 0 ||
       (got >= sent && judge_channel(round.history, {protocol_.capacity}) == Outcome{}))) {
    return;
  }
  Task task;
  task.index = agents_;
  task.kind = Operation::Kind::read;
  task.operations = static_cast<std::uint32_t>(protocol_.capacity) + 1;
  group.start({task}, true);
  agents.push_back(agents_);
  const auto end = supervisor.wait(agents, patience, [&] {
    return Interruption::came() || Clock::now() >= deadline + grace;
  });
  round.undecided |= end != Supervisor::End::at_rest;
  round.history.clear();
  add_histories(round, supervisor, agents);
}

// An agent that never comes there has not run a line of the protocol: that says nothing of it.
// @return false where the round cannot begin
bool RoundRunner::come_to_barrier(Round& round, Supervisor& supervisor,
                                  const std::vector<int>& agents,
                                  Clock::time_point deadline) const {
  auto& ready = board_.shared().ready;
  const auto last = std::min(Clock::now() + patience, deadline + grace);
  while (ready.load() < agents.size()) {
    const int gone = supervisor.first_ended(agents);
    const bool interrupted = Interruption::came();
    if (gone != -1 || interrupted || Clock::now() > last) {
      round.undecided = true;
      const int status = gone == -1 ? 0 : supervisor.statuses()[static_cast<std::size_t>(gone)];
      std::string why = end_from_outside(status);
      for (const int agent : agents) {
        if (why.empty()) why = board_.agent(agent).error;
      }
      if (gone != -1) {
        round.notes.push_back(fmt::format("a round could not begin: {}: {}",
                                          name_of_agent(gone, workload_.writers),
                                          why.empty() ? "it ended by itself" : why));
      } else if (!interrupted) {
        round.notes.push_back("a round could not begin: an agent did not start in time");
      }
      return false;
    }
    const auto next_look = deadline_in(std::chrono::milliseconds(1));
    futex_wait(ready, ready.load(), &next_look);
  }
  return true;
}

// @return whether somebody else ended an agent: what then comes of the others says nothing
bool RoundRunner::killed_by_others(Round& round, const Supervisor& supervisor, int victim) const {
  for (int agent = 0; agent <= agents_; ++agent) {
    const auto why = end_from_outside(supervisor.statuses()[static_cast<std::size_t>(agent)]);
    if (agent == victim || why.empty()) continue;
    round = {};
    round.undecided = true;
    round.notes.push_back(fmt::format("a round was not judged: {}: {}",
                                      agent == agents_ ? "the reader of messages left over"
                                                       : name_of_agent(agent, workload_.writers),
                                      why));
    return true;
  }
  return false;
}

void RoundRunner::note_ends(Round& round, const Supervisor& supervisor, int victim) const {
  for (int agent = 0; agent < agents_; ++agent) {
    const auto& state = board_.agent(agent);
    const int status = supervisor.statuses()[static_cast<std::size_t>(agent)];
    const auto name = name_of_agent(agent, workload_.writers);
    if (status == -1) {
      if (state.phase != AgentRecord::finished) {
        round.notes.push_back(fmt::format("{}: {}", name, supervisor.where(agent)));
      }
    } else if (agent == victim && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
      round.notes.push_back(fmt::format("{}: killed", name));
    } else if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0 || state.error[0] != '\0' ||
               state.phase != AgentRecord::finished) {
      // It ended by itself, in the middle of its work: it could not go on.
      ++round.outcome.stuck;
      const auto cause = state.error[0] != '\0' ? std::string(state.error)
                         : WIFSIGNALED(status)
                             ? fmt::format("ended by {}", strsignal(WTERMSIG(status)))
                             : fmt::format("left with exit status {}", WEXITSTATUS(status));
      round.notes.push_back(fmt::format("{}: {}", name, cause));
    }
  }
}

void RoundRunner::measure(const History& history) {
  const double rate = tsc_per_nanosecond();
  std::unordered_map<std::uint64_t, std::uint64_t> sent;
  const auto key = [](MessageId id) { return std::uint64_t{id.writer} << 32 | id.sequence; };
  for (const auto& operation : history) {
    if (operation.kind == Operation::Kind::write) sent[key(operation.message)] = operation.called;
  }
  for (const auto& operation : history) {
    if (operation.kind != Operation::Kind::read || operation.ending != Ending::done) continue;
    ++received_;
    const auto found = sent.find(key(operation.message));
    if (found == sent.end() || operation.returned < found->second ||
        latencies_.size() >= most_latencies)
      continue;
    latencies_.push_back(static_cast<std::uint32_t>(
        std::min(4e9, static_cast<double>(operation.returned - found->second) / rate)));
  }
}

/// A widened build lets the victim die at the n-th basic block of its operations, which its task
/// says; another build after a time.
RoundRunner::Victim RoundRunner::choose_victim(std::vector<Task>& tasks) {
  Victim victim;
  if (workload_.death == Death::none) return victim;
  const int first = workload_.death == Death::reader ? workload_.writers : 0;
  const int last = workload_.death == Death::writer ? workload_.writers : agents_;
  victim.agent = std::uniform_int_distribution<int>(first, last - 1)(random_);
  victim.asleep = std::uniform_int_distribution<int>(0, 1)(random_) == 1;
  if (victim.asleep) return victim;
  if (module_.widen_callback() != nullptr) {
    tasks[static_cast<std::size_t>(victim.agent)].dies_at =
        std::uniform_int_distribution<std::uint64_t>(
            1, 12 * static_cast<std::uint64_t>(workload_.messages) + 12)(random_);
  } else {
    victim.after_delay = true;
    victim.delay = std::chrono::nanoseconds(std::uniform_int_distribution(0, 300'000)(random_));
  }
  return victim;
}

/// Writers end with their current message; when all have, readers know how many messages there are.
void RoundRunner::end_soak(const AgentGroup& group) {
  auto& shared = board_.shared();
  shared.stop = 1;
  std::uint64_t sent = 0;
  for (int writer = 0; writer < workload_.writers; ++writer) {
    if (board_.agent(writer).phase != AgentRecord::finished && group.living(writer)) return;
    sent += board_.agent(writer).entries;
  }
  shared.quota = sent;
}

std::optional<long> RoundRunner::word() const {
  if (protocol_.word.name.empty()) return std::nullopt;
  int word;
  std::memcpy(&word, static_cast<const char*>(segment_.payload()) + protocol_.word.offset,
              sizeof word);
  return word;
}

Round RoundRunner::run(Clock::time_point deadline) {
  Round round;
  const Instance instance(protocol_, segment_, log_);
  board_.clear();
  board_.shared().quota =
      std::uint64_t{epoch_messages} * static_cast<std::uint64_t>(workload_.writers);
  auto all = tasks();
  const Victim victim = choose_victim(all);
  std::vector<int> agents;
  for (const Task& task : all) agents.push_back(task.index);
  AgentGroup group(module_, segment_.payload(), workload_.text, options_.widen, board_);
  Supervisor supervisor(group, board_, segment_.payload(), protocol_.bytes);
  group.start(all, workload_.processes);
  if (!come_to_barrier(round, supervisor, agents, deadline)) return round;
  board_.shared().go = 1;
  if (victim.after_delay) {
    for (const auto until = Clock::now() + victim.delay; Clock::now() < until;) {
    }
    group.kill(victim.agent);
  }
  std::optional<Clock::time_point> cut;  // for agents that do not end when they should
  const auto end = supervisor.wait(agents, patience, [&] {
    const bool interrupted = Interruption::came();
    const bool is_over = interrupted || Clock::now() >= deadline;
    if (!cut && is_over) cut = Clock::now() + grace;
    if (cut && Clock::now() >= *cut) return true;
    if (is_soak() && is_over) end_soak(group);
    if (victim.asleep && supervisor.asleep(victim.agent)) group.kill(victim.agent);
    return interrupted && !is_soak();
  });
  round.undecided = end != Supervisor::End::at_rest;
  if (killed_by_others(round, supervisor, victim.agent)) return round;
  add_histories(round, supervisor, agents);
  for (const int agent : agents) round.illegal += board_.agent(agent).illegal;
  const auto at_rest = word();  // before a fresh reader changes it
  if (!round.undecided) drain(round, group, supervisor, agents, deadline);
  if (killed_by_others(round, supervisor, victim.agent)) return round;
  round.outcome =
      judge_channel(round.history, {protocol_.capacity, static_cast<std::uint16_t>(agents_)});
  round.outcome.word = at_rest;
  note_ends(round, supervisor, victim.agent);
  if (end == Supervisor::End::patience)
    round.notes.push_back("an agent neither finished nor rested in 10 s");
  if (end == Supervisor::End::interrupted && !Interruption::came())
    round.notes.push_back("an agent neither finished nor rested by the time limit");
  if (is_soak()) measure(round.history);
  return round;
}

}  // namespace minusone
