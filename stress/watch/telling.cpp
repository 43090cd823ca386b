#include "stress/watch/telling.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <tuple>

namespace minusone::watch {

const char* const not_seen =
    "not seen: what is not compiled by `minusone build --watch` does to shared memory, and order "
    "by sockets, file locks and signals (it may be told as a race)";

namespace {

/// The modules of a session, each opened once.
class Places {
 public:
  explicit Places(const Arena& arena) : arena_(arena) {}

  SourceLine line(Site site) {
    if (site == 0) return {};
    const unsigned number = module_of(site);
    auto& lines = lines_[number];
    if (!lines) lines = std::make_unique<SourceLines>(arena_.modules[number].path);
    return lines->of_call(offset_of(site));
  }

 private:
  const Arena& arena_;
  std::map<unsigned, std::unique_ptr<SourceLines>> lines_;
};

std::string text_at(const SourceLine& line) {
  std::ifstream file(line.path);
  std::string text;
  for (int i = 0; i < line.line && std::getline(file, text); ++i) {
  }
  if (!file || line.line == 0) return "";
  const auto first = text.find_first_not_of(" \t");
  return first == text.npos ? "" : text.substr(first);
}

std::string where(const SourceLine& line) {
  if (line.file.empty()) return line.function.empty() ? "an unknown place" : line.function + "()";
  return fmt::format("{}:{}", line.file, line.line);
}

/// The instance of a template that a lambda stands in says less than the line.
std::string function_of(const SourceLine& line) {
  constexpr std::size_t most = 40;
  return line.function.empty() || line.function.size() > most ? "" : " in " + line.function + "()";
}

/// What others wrote does not steer the terminal.
std::string harmless(std::string text) {
  for (char& c : text) {
    if ((c >= 0 && c < ' ') || c == 0x7f) c = c == '\t' ? ' ' : '?';
  }
  return text;
}

const char* word_of(Doing what) {
  switch (what) {
    case Doing::nothing:
      return "";
    case Doing::atomic_access:
      return "accesses an atomic";
    case Doing::fence:
      return "fence";
    case Doing::locks:
      return "locks";
    case Doing::unlocks:
      return "unlocks";
    case Doing::posts:
      return "posts a semaphore";
    case Doing::waits:
      return "waits at a semaphore";
    case Doing::operates_set:
      return "operates a semaphore set";
    case Doing::meets_barrier:
      return "meets a barrier";
    case Doing::forks:
      return "forks";
    case Doing::waits_for_child:
      return "waits for a child";
    case Doing::creates_thread:
      return "creates a thread";
    case Doing::joins_thread:
      return "joins a thread";
    case Doing::begins:
      return "";
    case Doing::sends:
      return "sends";
    case Doing::receives:
      return "receives";
  }
  return "";
}

std::string doing(std::uint64_t packed, Places& places) {
  const std::string word = word_of(static_cast<Doing>(packed >> 56));
  const Site site = packed & ((std::uint64_t{1} << 56) - 1);
  if (word.empty() || site == 0) return word;
  return word + " at " + where(places.line(site));
}

std::string access_of(Epoch epoch) {
  const int bytes = __builtin_popcount(epoch.bytes());
  return fmt::format("{}{} {} byte{}", epoch.is_atomic() ? "atomically " : "",
                     epoch.is_write() ? "writes" : "reads", bytes, bytes == 1 ? "" : "s");
}

WatchedSide side(const Arena& arena, const ReportSide& of, Places& places) {
  const ProcessInfo& process = arena.processes[of.process];
  WatchedSide told{process.name,        process.pid.load(),      places.line(of.site),
                   access_of(of.epoch), doing(of.doing, places), ""};
  told.text = text_at(told.line);
  return told;
}

std::string name_of(const Report& report) {
  const std::string name(report.name, strnlen(report.name, sizeof report.name));
  switch (report.identity.kind) {
    case Kind::system_v:
      return fmt::format("System V segment {}{}{}", report.identity.number,
                         name.empty() ? "" : ", ", name);
    case Kind::file:
      return fmt::format("{} mapped shared, inode {}", name, report.identity.number);
    case Kind::anonymous:
      return fmt::format("shared mapping {}", report.identity.number);
    case Kind::none:
      break;
  }
  return "memory";
}

using Key = std::tuple<std::string, std::string>;
Key key_of(const WatchedRace& race) {
  std::string sides[2];
  for (int i = 0; i < 2; ++i)
    sides[i] = fmt::format("{}|{}|{}", race.sides[i].line.path, race.sides[i].line.line,
                           race.sides[i].line.line == 0 ? race.sides[i].line.function : "");
  std::sort(std::begin(sides), std::end(sides));
  return {sides[0], sides[1]};
}

std::string ending(const EndedProgram& program) {
  if (WIFSIGNALED(program.status)) {
    return fmt::format("'{}' (pid {}) was ended by SIG{}", program.command, program.process,
                       sigabbrev_np(WTERMSIG(program.status)));
  }
  if (WEXITSTATUS(program.status) == 0) return "";
  return fmt::format("'{}' (pid {}) ended with status {}", program.command, program.process,
                     WEXITSTATUS(program.status));
}

std::vector<std::string> notes_of(const Arena& arena, const SessionEnd& end) {
  std::vector<std::string> notes;
  for (const auto& program : end.programs) {
    if (const auto how = ending(program); !how.empty()) notes.push_back(how);
    if (!program.was_watched) {
      notes.push_back(fmt::format(
          "'{}' (pid {}) itself was not watched: minusone build --watch makes one that is",
          program.command, program.process));
    }
  }
  if (end.is_over_time) notes.emplace_back("the time was over before all programs had ended");
  if (end.was_interrupted) notes.emplace_back("a signal ended the programs");
  if (const auto count = arena.forgotten.load(); count != 0) {
    notes.push_back(fmt::format(
        "{} times more accesses of eight bytes than are remembered: a race may be missing", count));
  }
  if (const auto count = arena.unwatched.load(); count != 0) {
    notes.push_back(fmt::format(
        "there was no room for {} segments or threads: what they did was not watched", count));
  }
  if (arena.reports_used.load() > Arena::most_reports)
    notes.emplace_back("there are more races than can be put down");
  return notes;
}

}  // namespace

Watched seen(const Arena& arena, const SessionEnd& end) {
  Watched watched;
  watched.processes = arena.processes_met.load();
  watched.seconds = end.seconds;
  watched.notes = notes_of(arena, end);
  Places places(arena);
  std::map<Key, std::size_t> told;
  const unsigned reports = std::min(arena.reports_used.load(), Arena::most_reports);
  for (unsigned i = 0; i < reports; ++i) {
    const Report& report = arena.reports[i];
    if (report.is_whole.load() == 0) continue;  // who wrote it was killed
    WatchedRace race{harmless(name_of(report)),
                     report.offset,
                     report.times.load(),
                     {side(arena, report.other, places), side(arena, report.mine, places)}};
    const auto [at, is_new] = told.emplace(key_of(race), watched.races.size());
    if (is_new) {
      watched.races.push_back(std::move(race));
    } else {
      watched.races[at->second].times += race.times;
    }
  }
  return watched;
}

std::string to_terminal(const Watched& watched) {
  std::string all;
  for (const auto& race : watched.races) {
    all += fmt::format("RACE  {}, byte {}{}\n", race.segment, race.offset,
                       race.times > 1 ? fmt::format(", {} times", race.times) : "");
    for (const auto& one : race.sides) {
      all += fmt::format("  {} (pid {})  {}{}  {}  {}\n", harmless(one.program), one.process,
                         where(one.line), function_of(one.line), one.access, harmless(one.text));
      all += fmt::format("      had last done: {}\n",
                         one.doing.empty() ? "nothing that orders" : one.doing);
    }
  }
  for (const auto& note : watched.notes) all += fmt::format("note: {}\n", harmless(note));
  const auto races = watched.races.size();
  return all + fmt::format("{}: {} process{}, {:.1f} s\n",
                           races == 0   ? "no race was seen"
                           : races == 1 ? "1 race"
                                        : fmt::format("{} races", races),
                           watched.processes, watched.processes == 1 ? "" : "es", watched.seconds);
}

}  // namespace minusone::watch
