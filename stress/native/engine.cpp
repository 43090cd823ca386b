#include "stress/native/engine.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <map>
#include <random>
#include <unordered_map>

#include "protocol/deadline.h"
#include "protocol/futex.h"
#include "protocol/os_error.h"
#include "stress/check/channel_oracle.h"
#include "stress/check/outcome_table.h"
#include "stress/native/agents.h"
#include "stress/native/supervisor.h"
#include "stress/native/tsc.h"

namespace minusone {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t epoch_messages = 20'000;  // per writer of a soak; bounds the logs
constexpr std::chrono::seconds patience{10};
/// After the time limit, or Ctrl-C, a round has so long to come to its end.
constexpr std::chrono::milliseconds grace{1500};

volatile std::sig_atomic_t interrupted = 0;

/// SIGINT and SIGTERM end the run, not the program, as long as this lives.
class Interruptible {
 public:
  Interruptible() {
    interrupted = 0;
    struct sigaction note {};
    note.sa_handler = [](int) { interrupted = 1; };
    sigaction(SIGINT, &note, &saved_int_);
    sigaction(SIGTERM, &note, &saved_term_);
  }
  ~Interruptible() {
    sigaction(SIGINT, &saved_int_, nullptr);
    sigaction(SIGTERM, &saved_term_, nullptr);
  }

 private:
  struct sigaction saved_int_ {};
  struct sigaction saved_term_ {};
};

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

void refuse_unfit(const Protocol& protocol, const Workload& workload) {
  const auto most = [&](const char* what, int asked, int allowed) {
    if (allowed != 0 && asked > allowed) {
      throw UsageError(fmt::format("{} is for at most {} {}{}, not {}: ask for fewer",
                                   protocol.name, allowed, what, allowed == 1 ? "" : "s", asked));
    }
  };
  most("writer", workload.writers, protocol.max_writers);
  most("reader", workload.readers, protocol.max_readers);
}

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

/// What one round (or epoch) came to.
struct Round {
  Outcome outcome;
  History history;
  std::vector<std::string> notes;
  bool undecided = false;  ///< interrupted, or out of patience
  std::uint64_t illegal = 0;
};

class Engine {
 public:
  Engine(const Module& module, const StressOptions& options)
      : module_(module),
        protocol_(module.protocol()),
        options_(options),
        workload_(options.workload),
        agents_(workload_.writers + workload_.readers),
        segment_(Segment::create(options.segment, protocol_.bytes, log_)),
        board_(agents_ + 1, entries()),
        random_(options.seed) {}

  Round run(Clock::time_point deadline);
  std::uint64_t received = 0;
  std::vector<std::uint32_t> latencies;  ///< nanoseconds; a bounded sample

 private:
  std::size_t entries() const {
    const auto each = options_.mode == Mode::soak ? epoch_messages
                                                  : static_cast<std::uint32_t>(workload_.messages);
    return std::max<std::size_t>(
        8, std::size_t{each} * static_cast<std::size_t>(std::max(1, workload_.writers)) + 8);
  }
  std::vector<Task> tasks();
  void add_history(Round& round, const Supervisor& supervisor, int agent,
                   Operation::Kind kind) const;
  bool come_to_barrier(Round& round, Supervisor& supervisor, const std::vector<int>& agents,
                       Clock::time_point deadline) const;
  bool killed_by_others(Round& round, const Supervisor& supervisor, int victim) const;
  void drain(Round& round, AgentGroup& group, Supervisor& supervisor, std::vector<int> agents,
             Clock::time_point deadline);
  void note_ends(Round& round, const Supervisor& supervisor, int victim) const;
  void measure(const History& history);
  std::string name_of_agent(int agent) const {
    return agent < workload_.writers ? fmt::format("writer {}", agent + 1)
                                     : fmt::format("reader {}", agent - workload_.writers + 1);
  }

  const Module& module_;
  const Protocol& protocol_;
  const StressOptions& options_;
  const Workload& workload_;
  int agents_;
  RunLog log_;
  Segment segment_;
  Board board_;
  std::mt19937_64 random_;
  std::uint64_t round_ = 0;
};

std::vector<Task> Engine::tasks() {
  const auto cpus = allowed_cpus();
  const bool soak = options_.mode == Mode::soak;
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

void Engine::add_history(Round& round, const Supervisor& supervisor, int agent,
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

// A message that nobody received may still lie in the channel. A fresh reader, who comes when
// everybody rests, finds it there or it is lost.
void Engine::drain(Round& round, AgentGroup& group, Supervisor& supervisor, std::vector<int> agents,
                   Clock::time_point deadline) {
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
  const auto end = supervisor.wait(
      agents, patience, [&] { return interrupted != 0 || Clock::now() >= deadline + grace; });
  round.undecided |= end != Supervisor::End::at_rest;
  round.history.clear();
  for (const int agent : agents) {
    add_history(round, supervisor, agent,
                agent < workload_.writers ? Operation::Kind::write : Operation::Kind::read);
  }
}

/// Why a process ended, "it was ended by Killed", where nothing that it ran can be the reason.
std::string end_from_outside(int status) {
  if (!WIFSIGNALED(status)) return {};
  const int signal = WTERMSIG(status);
  if (signal != SIGKILL && signal != SIGTERM && signal != SIGHUP && signal != SIGQUIT) return {};
  return fmt::format(
      "ended from outside by signal {} ({}), as the kernel does when memory is short", signal,
      strsignal(signal));
}

// Who never comes there has not run a line of the protocol: that says nothing of it.
// @return false where the round cannot begin
bool Engine::come_to_barrier(Round& round, Supervisor& supervisor, const std::vector<int>& agents,
                             Clock::time_point deadline) const {
  auto& ready = board_.shared().ready;
  const auto last = std::min(Clock::now() + patience, deadline + grace);
  while (ready.load() < agents.size()) {
    const int gone = supervisor.first_ended(agents);
    if (gone != -1 || interrupted != 0 || Clock::now() > last) {
      round.undecided = true;
      const int status = gone == -1 ? 0 : supervisor.statuses()[static_cast<std::size_t>(gone)];
      std::string why = end_from_outside(status);
      for (const int agent : agents) {
        if (why.empty()) why = board_.agent(agent).error;
      }
      if (gone != -1) {
        round.notes.push_back(fmt::format("a round could not begin: {}: {}", name_of_agent(gone),
                                          why.empty() ? "it ended by itself" : why));
      } else if (interrupted == 0) {
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
bool Engine::killed_by_others(Round& round, const Supervisor& supervisor, int victim) const {
  for (int agent = 0; agent <= agents_; ++agent) {
    const auto why = end_from_outside(supervisor.statuses()[static_cast<std::size_t>(agent)]);
    if (agent == victim || why.empty()) continue;
    round = {};
    round.undecided = true;
    round.notes.push_back(fmt::format(
        "a round was not judged: {}: {}",
        agent == agents_ ? "who looks for messages left over" : name_of_agent(agent), why));
    return true;
  }
  return false;
}

void Engine::note_ends(Round& round, const Supervisor& supervisor, int victim) const {
  for (int agent = 0; agent < agents_; ++agent) {
    const auto& state = board_.agent(agent);
    const int status = supervisor.statuses()[static_cast<std::size_t>(agent)];
    const auto name = name_of_agent(agent);
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

void Engine::measure(const History& history) {
  const double rate = tsc_per_nanosecond();
  std::unordered_map<std::uint64_t, std::uint64_t> sent;
  const auto key = [](MessageId id) { return std::uint64_t{id.writer} << 32 | id.sequence; };
  for (const auto& operation : history) {
    if (operation.kind == Operation::Kind::write) sent[key(operation.message)] = operation.called;
  }
  for (const auto& operation : history) {
    if (operation.kind != Operation::Kind::read || operation.ending != Ending::done) continue;
    ++received;
    const auto found = sent.find(key(operation.message));
    if (found == sent.end() || operation.returned < found->second || latencies.size() >= 4'000'000)
      continue;
    latencies.push_back(static_cast<std::uint32_t>(
        std::min(4e9, static_cast<double>(operation.returned - found->second) / rate)));
  }
}

Round Engine::run(Clock::time_point deadline) {
  Round round;
  const Instance instance(protocol_, segment_, log_);
  board_.clear();
  auto& shared = board_.shared();
  auto all = tasks();
  shared.quota = std::uint64_t{epoch_messages} * static_cast<std::uint64_t>(workload_.writers);
  int victim = -1;
  bool dies_asleep = false;  // killed at the first look that finds it asleep
  if (workload_.death != Death::none) {
    const int first = workload_.death == Death::reader ? workload_.writers : 0;
    const int last = workload_.death == Death::writer ? workload_.writers : agents_;
    victim = std::uniform_int_distribution<int>(first, last - 1)(random_);
    dies_asleep = std::uniform_int_distribution<int>(0, 1)(random_) == 1;
    if (module_.widen_callback() != nullptr && !dies_asleep) {
      all[static_cast<std::size_t>(victim)].dies_at = std::uniform_int_distribution<std::uint64_t>(
          1, 12 * static_cast<std::uint64_t>(workload_.messages) + 12)(random_);
    }
  }
  AgentGroup group(module_, segment_.payload(), workload_.text, options_.widen, board_);
  Supervisor supervisor(group, board_, segment_.payload(), protocol_.bytes);
  group.start(all, workload_.processes);
  std::vector<int> agents;
  for (const Task& task : all) agents.push_back(task.index);
  if (!come_to_barrier(round, supervisor, agents, deadline)) return round;
  shared.go = 1;
  if (victim != -1 && module_.widen_callback() == nullptr && !dies_asleep) {
    const auto delay =
        std::chrono::nanoseconds(std::uniform_int_distribution<int>(0, 300'000)(random_));
    for (const auto until = Clock::now() + delay; Clock::now() < until;) {
    }
    group.kill(victim);
  }
  const bool soak = options_.mode == Mode::soak;
  std::optional<Clock::time_point> cut;  // for agents that do not end when they should
  const auto end = supervisor.wait(agents, patience, [&] {
    if (!cut && (interrupted != 0 || Clock::now() >= deadline)) cut = Clock::now() + grace;
    if (cut && Clock::now() >= *cut) return true;
    if (soak && (interrupted != 0 || Clock::now() >= deadline)) {
      shared.stop = 1;
      std::uint64_t sent = 0;
      bool all_sent = true;
      for (int writer = 0; writer < workload_.writers; ++writer) {
        all_sent &= board_.agent(writer).phase == AgentRecord::finished || !group.living(writer);
        sent += board_.agent(writer).entries;
      }
      if (all_sent) shared.quota = sent;
    }
    if (dies_asleep && supervisor.asleep(victim)) group.kill(victim);
    return interrupted != 0 && !soak;
  });
  round.undecided = end != Supervisor::End::at_rest;
  if (killed_by_others(round, supervisor, victim)) return round;
  for (const int agent : agents) {
    add_history(round, supervisor, agent,
                agent < workload_.writers ? Operation::Kind::write : Operation::Kind::read);
    round.illegal += board_.agent(agent).illegal;
  }
  if (!protocol_.word.name.empty()) {
    int word;
    std::memcpy(&word, static_cast<const char*>(segment_.payload()) + protocol_.word.offset,
                sizeof word);
    round.outcome.word = word;
  }
  if (!round.undecided) drain(round, group, supervisor, agents, deadline);
  if (killed_by_others(round, supervisor, victim)) return round;
  const auto word = round.outcome.word;
  round.outcome =
      judge_channel(round.history, {protocol_.capacity, static_cast<std::uint16_t>(agents_)});
  round.outcome.word = word;
  note_ends(round, supervisor, victim);
  if (end == Supervisor::End::patience)
    round.notes.push_back("an agent neither finished nor rested in 10 s");
  if (end == Supervisor::End::interrupted && interrupted == 0)
    round.notes.push_back("an agent neither finished nor rested by the time limit");
  if (soak) measure(round.history);
  return round;
}

bool breaks_legality(const Protocol& protocol, const Round& round) {
  return round.illegal > 0 ||
         (round.outcome.word &&
          std::ranges::find(protocol.word.legal, *round.outcome.word) == protocol.word.legal.end());
}

/// Gathers rounds into a result.
class Tally {
 public:
  Tally(const Protocol& protocol, Result& result, bool soak)
      : protocol_(protocol), result_(result), soak_(soak) {
    for (const Property property : all_properties) {
      if (property == Property::no_data_race)
        continue;  // only ThreadSanitizer or the explorer see it
      if (property == Property::survives_death && result.workload.death == Death::none) continue;
      result.properties.push_back({.property = property});
    }
  }

  void add(const Round& round) {
    const bool deaths = result_.workload.death != Death::none;
    const Outcome& o = round.outcome;
    bool violating = false;
    const auto count = [&](Property property, bool violated) {
      if (!violated) return;
      violating = true;
      for (PropertyResult& p : result_.properties) {
        if (p.property != property) continue;
        p.verdict = Verdict::violated;
        if (++p.count == 1 && round.history.size() <= 200) {
          p.trace = describe_history(
              round.history, result_.workload.writers,
              {protocol_.capacity,
               static_cast<std::uint16_t>(result_.workload.writers + result_.workload.readers)});
          p.trace.insert(p.trace.end(), round.notes.begin(), round.notes.end());
        }
      }
    };
    if (round.undecided && o == Outcome{.word = o.word}) {
      ++undecided_;
      if (!round.notes.empty() &&
          std::ranges::find(result_.limits, round.notes.back()) == result_.limits.end())
        result_.limits.push_back(round.notes.back());
      return;
    }
    count(Property::legal_state, breaks_legality(protocol_, round));
    count(Property::no_loss, o.lost > 0);
    count(Property::no_duplicate, o.duplicated > 0);
    count(Property::no_tear, o.torn > 0);
    count(Property::no_reorder, o.reordered > 0);
    count(deaths ? Property::survives_death : Property::no_deadlock, o.stuck > 0);
    const bool waits = std::ranges::any_of(round.history, [](const Operation& operation) {
      return operation.ending == Ending::pending;
    });
    ++(waits ? result_.executions.stuck_rightly : result_.executions.complete);
    if (violating) ++result_.executions.violating;
    result_.illegal_states += round.illegal;
    if (soak_) {
      total_.word = o.word;
      total_.lost += o.lost;
      total_.duplicated += o.duplicated;
      total_.torn += o.torn;
      total_.reordered += o.reordered;
      total_.stuck += o.stuck;
    } else {
      ++outcomes_[o];
    }
  }

  void finish() {
    // A soak is one long execution, cut into epochs only to bound its logs.
    if (soak_) outcomes_[total_] = 1;
    result_.outcomes = outcome_table(protocol_, outcomes_);
    const auto rounds = result_.executions.complete + result_.executions.stuck_rightly;
    if (result_.executions.violating > 0)
      result_.verdict = Verdict::violated;
    else if (rounds == 0 || undecided_ > 0)
      result_.verdict = Verdict::inconclusive;
    else
      result_.verdict = Verdict::holds;
  }

 private:
  const Protocol& protocol_;
  Result& result_;
  bool soak_;
  Outcome total_;
  std::map<Outcome, std::uint64_t> outcomes_;
  std::uint64_t undecided_ = 0;
};

std::string mode_sentence(const StressOptions& options) {
  std::string text = options.mode == Mode::soak ? "soak" : "rounds";
  text += options.place == Place::same    ? ", one CPU"
          : options.place == Place::split ? ", spread over the CPUs"
                                          : "";
  if (options.widen.by == Widen::By::yield)
    text += ", widened by a yield at each basic block (no native rate)";
  if (options.widen.by == Widen::By::spin)
    text += fmt::format(", widened by {} pauses at each basic block (no native rate)",
                        options.widen.spins);
  return text;
}

Environment environment() {
  Environment here;
  const auto cpus = allowed_cpus();
  here.cpus = static_cast<int>(cpus.size());
  here.affinity = fmt::format("{}", fmt::join(cpus, ","));
  utsname name{};
  uname(&name);
  here.kernel = fmt::format("{} {}", name.sysname, name.release);
  here.compiler = __VERSION__;
  return here;
}

}  // namespace

Result stress(const Module& module, const StressOptions& options, const Progress& progress) {
  refuse_unfit(module.protocol(), options.workload);
  if (options.widen.by != Widen::By::none && module.widen_callback() == nullptr) {
    throw UsageError(
        fmt::format("{} is not a widened build: --widen needs one", module.path().string()));
  }
  const Interruptible scope;
  Result result;
  result.protocol = module.protocol().name;
  result.build = module.build_id();
  result.engine = "stress";
  result.mode = mode_sentence(options);
  result.workload = options.workload;
  result.model.memory = "native";
  result.model.deaths = options.workload.death == Death::none ? 0 : 1;
  result.seed = options.seed;
  result.environment = environment();
  Tally tally(module.protocol(), result, options.mode == Mode::soak);
  const auto began = Clock::now();
  const auto deadline = began + options.time_limit;
  Engine engine(module, options);
  std::uint64_t rounds = 0;
  do {
    tally.add(engine.run(deadline));
    ++rounds;
    if (progress) progress(rounds, result.executions.violating);
    if (options.stop_at_violation && result.executions.violating > 0) break;
  } while (interrupted == 0 && Clock::now() < deadline &&
           (!options.rounds || rounds < *options.rounds));
  if (interrupted != 0) result.limits.push_back("interrupted by a signal");
  result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  tally.finish();
  if (options.mode == Mode::soak) {
    result.messages = engine.received;
    auto& all = engine.latencies;
    if (!all.empty()) {
      std::ranges::sort(all);
      result.latency = Latency{all[all.size() / 2], all[all.size() * 99 / 100], all.back()};
    }
  }
  if (result.verdict == Verdict::holds) {
    const auto n = options.mode == Mode::soak ? engine.received : rounds;
    result.notes.push_back(fmt::format(
        "observed: 0 of {} {} went wrong, so with 95 % confidence fewer than {:.2g} do (3/n)", n,
        options.mode == Mode::soak ? "messages" : "rounds",
        3.0 / static_cast<double>(std::max<std::uint64_t>(n, 1))));
  }
  return result;
}

std::string command_line(const std::string& protocol, const StressOptions& options) {
  const Workload& w = options.workload;
  std::string line =
      fmt::format("minusone stress {} --writers {} --readers {} --messages {} --text {}", protocol,
                  w.writers, w.readers, w.messages, w.text);
  if (!w.processes) line += " --agents threads";
  line += options.mode == Mode::soak ? " --mode soak" : " --mode rounds";
  if (options.place == Place::same) line += " --place same";
  if (options.place == Place::split) line += " --place split";
  if (options.widen.by == Widen::By::yield) line += " --widen yield";
  if (options.widen.by == Widen::By::spin)
    line += fmt::format(" --widen spin:{}", options.widen.spins);
  if (w.death != Death::none) line += fmt::format(" --kill {}", name_of(w.death));
  return line + fmt::format(" --seed {}", options.seed);
}

}  // namespace minusone
