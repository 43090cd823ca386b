#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/outcome.h"
#include "protocol/property.h"
#include "protocol/workload.h"

namespace minusone {

enum class Verdict { holds, violated, inconclusive };

/// How sure a verdict is.
enum class Assurance {
  complete,  ///< every schedule of the model
  bounded,   ///< all up to the limits that are named
  sampled,   ///< that many schedules
  observed,  ///< native runs: what was seen, and no more
};

/// What is run.
enum class SubjectKind {
  channel,   ///< a protocol's writers and readers
  program,   ///< one program with a main(), and its threads
  programs,  ///< several, each a process
  object,    ///< a struct with operations and a specification (protocol/object.h)
};

/// What runs it.
enum class EngineKind {
  stress,   ///< free-running processes or threads
  explore,  ///< every schedule, or a sample of them
  replay,   ///< one schedule
};

std::string_view name_of(Verdict verdict);
std::string_view name_of(Assurance assurance);
std::string_view name_of(SubjectKind kind);
std::string_view name_of(EngineKind kind);

/// What may happen besides the agents' own steps, and how a copy is cut. Part of every verdict.
struct Model {
  std::string memory = "sc";  ///< "sc" for explored runs, "native" for the machine as it is
  int copy_steps = 2;
  int eintr = 0;
  int spurious = 0;
  int weak_cas = 0;
  int timeouts = 0;
  int deaths = 0;
  bool optimized = false;
  /// Where memory is "sc": what holds there then holds under C++20, by the theorem on programs
  /// without data races (Boehm, Adve, "Foundations of the C++ Concurrency Memory Model", PLDI
  /// 2008).
  bool race_free = false;
  std::string glibc;  ///< whose objects they are, "2.36", where versions differ; else empty

  bool operator==(const Model&) const = default;
};

/// How many executions (or rounds, or epochs of a soak) ended in which way. Each is of one kind but
/// the duplicates, which are no executions of their own:
///   all() = complete + stuck_rightly + violating + too_long
struct ExecutionCounts {
  std::uint64_t complete = 0;       ///< every agent finished, and nothing is broken
  std::uint64_t stuck_rightly = 0;  ///< some agents wait at its end, as the specification allows
  std::uint64_t violating = 0;      ///< a property is broken, however it ended
  /// Cut before its end, and nothing was broken until there: by the limit on steps, by the one on
  /// rounds of a loop that counts, at the position that a schedule names, by a signal, or by what
  /// the supervisor of real agents has of patience.
  std::uint64_t too_long = 0;
  std::uint64_t blocked = 0;  ///< given up as a duplicate of another; in none of the above

  std::uint64_t all() const { return complete + stuck_rightly + violating + too_long; }
  bool operator==(const ExecutionCounts&) const = default;
};

/// What a search that expands each state once came to.
struct StateCounts {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;  ///< steps, from each state once
  std::uint64_t ordered = 0;  ///< with happens-before as a part of them, for data races; 0: that
                              ///< was not needed
  std::uint64_t bytes = 0;    ///< that the table of states takes
  /// No more likely was a state taken for another, and what lies behind it missed: each of n (n -
  /// 1) / 2 pairs has one chance in 2 to the power of 128.
  double missed = 0;

  bool operator==(const StateCounts&) const = default;
};

/// The call, in code that is no library's, that led to a step inside one.
struct LibraryCall {
  std::string file;  ///< without its directories; empty: there is none
  int line = 0;
  std::string function;  ///< that calls
  std::string path;
  std::string callee;  ///< of the library: "push"

  bool operator==(const LibraryCall&) const = default;
};

/// One step of an explored execution, for people and editors. What it did stands in fields, and the
/// two sentences, `what` and `changed`, are made of these last. Files that older versions wrote
/// have the sentences and neither `verb` nor `event`.
struct TraceStep {
  std::string agent;  ///< "reader 2"
  std::string file;   ///< without its directories
  int line = 0;
  std::string function;
  std::string verb;     ///< "loads", "posts semaphore"
  std::string place;    ///< what it touches, "written"; empty where it has no name
  std::string event;    ///< what befell it, "interrupted (EINTR)"; empty for most
  std::string before;   ///< what the place held before the step, where that is one value
  std::string after;    ///< and after it
  bool fails = false;   ///< a compare-and-swap that found another value than it expected
  std::string what;     ///< "loads written = 1"
  std::string changed;  ///< "written: 1 -> 0", the place alone where it holds no single value;
                        ///< empty where nothing shared changed
  std::string why;      ///< why it matters; empty for most
  std::string path;     ///< of the file; empty where it is not known
  int sees = 0;         ///< the step, from 1, of another agent whose write it reads; 0: none
  int undoes = 0;       ///< the step whose write it overwrites without having seen it; 0: none
  std::vector<int> ordered_after;  ///< steps of other agents that hand over to this one
  std::vector<int> races;          ///< earlier steps that nothing orders before this one
  bool dies = false;               ///< the agent is killed here
  LibraryCall call;                ///< of a step inside a library
  /// The standard library starts or ends a thread here: what it does for that is its own.
  bool machinery = false;

  bool operator==(const TraceStep&) const = default;
};

/// Whether a file, by its path, is the language's or the system's: nobody reads it to find a
/// mistake of its.
inline bool is_library(std::string_view path) { return path.starts_with("/usr/"); }

/// Where the step stands for whoever reads it, "counter.cpp:27": of one inside a library the call
/// that led there.
std::string place_of(const TraceStep& step);
/// The step without the values that it met: "loads written".
std::string action_of(const TraceStep& step);
/// The step with what it found or left: "loads written = 1", "compares and swaps state = 0
/// (fails)".
std::string sentence_of(const TraceStep& step);
/// TraceStep::changed, with an arrow of the reader's.
std::string change_of(const TraceStep& step, std::string_view arrow);

struct PropertyResult {
  Property property;
  Verdict verdict = Verdict::holds;
  std::uint64_t count = 0;         ///< executions that violate it
  std::string schedule;            ///< replays the shortest violation; empty where there is none
  std::vector<std::string> trace;  ///< that violation, a line a step or an event; ordered by time
  std::vector<TraceStep> steps;    ///< the schedule's, where it was explored
  std::string cause;  ///< the smallest change of the schedule with which the property holds
};

struct OutcomeCount {
  std::string outcome;  ///< in the fixed form of to_string(Outcome)
  std::uint64_t count = 0;
  Grade grade = Grade::acceptable;
  std::string why;
};

struct RaceSide {
  std::string file;  ///< without its directories
  int line = 0;
  std::string function;
  std::string agent;      ///< "reader 2"
  std::string access;     ///< "read of 4 bytes"
  std::string path;       ///< of the file; empty where it is not known
  LibraryCall call = {};  ///< of one inside a library, where a step that is told shows it
};

struct Race {
  RaceSide a;
  RaceSide b;
  std::string why;
};

/// A race that the author of the code accepts.
struct AllowedRace {
  Race race;
  std::uint64_t executions = 0;  ///< in which it came up
};

/// A place of an agent's run at which it was let die: between two steps of its own.
struct DeathPoint {
  std::string agent;  ///< "writer 1"
  int steps = 0;      ///< of its own that it had taken
  std::string after;  ///< the last of them, "posts semaphore full"; empty before the first
  std::string file;   ///< where the step stands that it did not take any more, ...
  int line = 0;
  std::string function;
  std::string path;
  std::uint64_t executions = 0;  ///< in which it died here
  /// Of these: in which something is broken that is not where nobody dies; and what, each once.
  std::uint64_t violating = 0;
  std::vector<Property> broken;
  std::string schedule;              ///< replays the one of them that is easiest to follow
  std::vector<std::string> waiting;  ///< the agents left waiting, where and for what
};

/// Times in nanoseconds, from the start of a write to the end of the read that took it.
struct Latency {
  std::uint64_t p50 = 0;
  std::uint64_t p99 = 0;
  std::uint64_t max = 0;
};

struct Environment {
  int cpus = 0;
  std::string affinity;
  std::string kernel;
  std::string compiler;  ///< of the module that ran, as it names itself in it
  std::string built_by;  ///< the compiler of minusone itself
};

/// Lines of a source file, so that a report shows the code that ran wherever it is read.
struct SourceText {
  std::string path;  ///< as in TraceStep::path
  int first = 1;     ///< number of the first line
  std::vector<std::string> lines;
};

/// One protocol under one engine: what `--json` prints as one element, schema minusone.result/1.
struct Result {
  std::string protocol;  ///< or what else is run: as the command that repeats it names it
  SubjectKind kind = SubjectKind::channel;
  std::string build;  ///< id of the module that ran
  EngineKind engine = EngineKind::explore;
  std::string mode;  ///< the engine's own words, "rounds, one core, widened by yield"
  Workload workload;
  std::string scenario;  ///< of an object, "push(1) | pop"; else empty
  Model model;
  Verdict verdict = Verdict::inconclusive;
  Assurance assurance = Assurance::observed;
  std::vector<std::string> limits;  ///< what ended the run early or bounds the verdict
  ExecutionCounts executions;
  std::optional<StateCounts> states;  ///< of a search over states: executions are then those that
                                      ///< lead to what there was to judge
  std::uint64_t steps = 0;
  double seconds = 0;
  std::vector<PropertyResult> properties;
  std::vector<DeathPoint> deaths;  ///< ordered by agent, then by its steps
  std::vector<OutcomeCount> outcomes;
  std::vector<Race> races;
  std::vector<AllowedRace> allowed_races;  ///< these break nothing
  std::vector<std::string> notes;          ///< who waited for what, what the supervisor did
  std::optional<std::uint64_t> messages;   ///< received, by free-running agents
  std::optional<Latency> latency;
  std::uint64_t illegal_states = 0;  ///< samples of the state word outside its legal values
  std::uint64_t seed = 0;
  Environment environment;
  std::vector<SourceText> sources;  ///< what steps and races name
};

}  // namespace minusone
