#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "stress/report/json.h"

namespace minusone {
namespace {

using Document = nlohmann::json;

/// One object of the document; remembers which fields were asked for, so that others are refused.
class Fields {
 public:
  Fields(const Document& json, std::string at) : json_(json), at_(std::move(at)) {
    if (!json.is_object()) fail("", "an object");
  }

  const Document& any(const char* name) {
    const Document* const found = maybe(name);
    if (found == nullptr) throw BadResults(fmt::format("{} has no field '{}'", at_, name));
    return *found;
  }
  /// Null where the field is missing, as it may.
  const Document* maybe(const char* name) {
    known_.push_back(name);
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }

  std::string text(const char* name) {
    const Document& value = any(name);
    if (!value.is_string()) fail(name, "a string");
    return value.get<std::string>();
  }
  std::string text_or_none(const char* name) { return has(name) ? text(name) : std::string(); }

  template <class T>
  T number(const char* name, std::int64_t least = 0) {
    return whole<T>(any(name), name, least);
  }
  template <class T>
  T number_or(const char* name, T otherwise, std::int64_t least = 0) {
    return has(name) ? number<T>(name, least) : otherwise;
  }
  double real(const char* name) {
    const Document& value = any(name);
    if (!value.is_number() || !(value.get<double>() >= 0)) fail(name, "a number of 0 or more");
    return value.get<double>();
  }
  bool flag(const char* name) {
    const Document& value = any(name);
    if (!value.is_boolean()) fail(name, "true or false");
    return value.get<bool>();
  }

  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> all;
    for (const Document& value : array(name)) {
      if (!value.is_string()) fail(name, "an array of strings");
      all.push_back(value.get<std::string>());
    }
    return all;
  }
  std::vector<int> numbers_or_none(const char* name) {
    std::vector<int> all;
    if (!has(name)) return all;
    for (const Document& value : array(name)) all.push_back(whole<int>(value, name, 1));
    return all;
  }
  /// Each element of an array by `read(Fields)`.
  template <class Read>
  auto objects(const char* name, const Read& read) {
    std::vector<decltype(read(std::declval<Fields&>()))> all;
    for (const Document& value : array(name)) {
      Fields fields(value, fmt::format("{}.{}[{}]", at_, name, all.size()));
      all.push_back(read(fields));
      fields.refuse_others();
    }
    return all;
  }
  template <class Read>
  auto object(const char* name, const Read& read) {
    Fields fields(any(name), at_ + "." + name);
    auto value = read(fields);
    fields.refuse_others();
    return value;
  }
  /// The value among `all` whose name_of() stands here.
  template <class T>
  T word(const char* name, std::initializer_list<T> all) {
    return word(name, text(name), all);
  }
  /// The same of each string of an array.
  template <class T>
  std::vector<T> words(const char* name, std::initializer_list<T> all) {
    std::vector<T> values;
    for (const auto& found : texts(name)) values.push_back(word(name, found, all));
    return values;
  }

  bool has(const char* name) const { return json_.contains(name); }
  void refuse_others() const {
    for (const auto& [name, value] : json_.items()) {
      if (std::ranges::find(known_, name) == known_.end())
        throw BadResults(
            fmt::format("{} has a field '{}' that the schema does not know", at_, name));
    }
  }
  [[noreturn]] void fail(const char* name, std::string_view expected) const {
    const Document& found = *name == '\0' ? json_ : json_.at(name);
    auto shown = found.dump(-1, ' ', true, Document::error_handler_t::replace);
    if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
    throw BadResults(fmt::format("{}{}{} is {}; expected {}", at_, *name == '\0' ? "" : ".", name,
                                 shown, expected));
  }

 private:
  template <class T>
  T word(const char* name, const std::string& found, std::initializer_list<T> all) const {
    std::string expected;
    for (const T value : all) {
      if (name_of(value) == found) return value;
      expected += fmt::format("{}'{}'", expected.empty() ? "" : ", ", name_of(value));
    }
    fail(name, "one of " + expected);
  }
  const Document& array(const char* name) {
    const Document& value = any(name);
    if (!value.is_array()) fail(name, "an array");
    return value;
  }
  template <class T>
  T whole(const Document& value, const char* name, std::int64_t least) {
    const bool fits =
        value.is_number_unsigned()
            ? value.get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<T>::max()} &&
                  (least <= 0 || value.get<std::uint64_t>() >= static_cast<std::uint64_t>(least))
            : value.is_number_integer() && value.get<std::int64_t>() >= least;
    if (!fits) fail(name, fmt::format("a whole number of {} or more that fits", least));
    return static_cast<T>(value.is_number_unsigned()
                              ? value.get<std::uint64_t>()
                              : static_cast<std::uint64_t>(value.get<std::int64_t>()));
  }

  const Document& json_;
  const std::string at_;
  std::vector<std::string> known_;
};

constexpr auto least_line = std::numeric_limits<int>::min();

Verdict verdict_of(Fields& f) {
  return f.word("verdict", {Verdict::holds, Verdict::violated, Verdict::inconclusive});
}

LibraryCall library_call_of(Fields& f) {
  return {.file = f.text("file"),
          .line = f.number<int>("line"),
          .function = f.text("function"),
          .path = f.text("path"),
          .callee = f.text("callee")};
}

RaceSide side_of(Fields& f) {
  RaceSide side{f.text("file"),
                f.number<int>("line", least_line),
                f.text("function"),
                f.text("agent"),
                f.text("access"),
                f.text_or_none("path"),
                {}};
  if (f.maybe("call") != nullptr) side.call = f.object("call", library_call_of);
  return side;
}

TraceStep step_of(Fields& f) {
  TraceStep s;
  s.agent = f.text("agent");
  s.file = f.text("file");
  s.line = f.number<int>("line", least_line);
  s.function = f.text("function");
  s.what = f.text("what");
  s.changed = f.text("changed");
  s.why = f.text("why");
  s.verb = f.text_or_none("verb");
  s.event = f.text_or_none("event");
  s.fails = f.maybe("fails") != nullptr && f.flag("fails");
  s.path = f.text_or_none("path");
  s.place = f.text_or_none("place");
  s.before = f.text_or_none("before");
  s.after = f.text_or_none("after");
  s.sees = f.number_or("sees", 0, 1);
  s.undoes = f.number_or("undoes", 0, 1);
  s.ordered_after = f.numbers_or_none("ordered_after");
  s.races = f.numbers_or_none("races");
  s.dies = f.maybe("dies") != nullptr && f.flag("dies");
  if (f.maybe("call") != nullptr) s.call = f.object("call", library_call_of);
  s.machinery = f.maybe("machinery") != nullptr && f.flag("machinery");
  return s;
}

constexpr std::initializer_list<Property> properties{
    Property::legal_state,  Property::no_loss,     Property::no_duplicate, Property::no_tear,
    Property::no_reorder,   Property::no_deadlock, Property::no_data_race, Property::survives_death,
    Property::linearizable, Property::no_fault};

PropertyResult property_of(Fields& f) {
  PropertyResult p{.property = f.word("name", properties)};
  p.verdict = verdict_of(f);
  p.count = f.number<std::uint64_t>("count");
  p.schedule = f.text("schedule");
  p.trace = f.texts("trace");
  if (f.maybe("steps") != nullptr) p.steps = f.objects("steps", step_of);
  p.cause = f.text_or_none("cause");
  // A step points at earlier ones only.
  for (std::size_t at = 0; at < p.steps.size(); ++at) {
    auto earlier = p.steps[at].ordered_after;
    earlier.insert(earlier.end(), p.steps[at].races.begin(), p.steps[at].races.end());
    earlier.push_back(p.steps[at].sees);
    earlier.push_back(p.steps[at].undoes);
    for (const int step : earlier) {
      if (step > static_cast<int>(at)) {
        throw BadResults(
            fmt::format("step {} of property {} points at step {}; expected one before it", at + 1,
                        name_of(p.property), step));
      }
    }
  }
  return p;
}

DeathPoint death_of(Fields& f) {
  DeathPoint point;
  point.agent = f.text("agent");
  point.steps = f.number<int>("steps");
  point.after = f.text("after");
  point.file = f.text("file");
  point.line = f.number<int>("line", least_line);
  point.function = f.text("function");
  point.path = f.text("path");
  point.executions = f.number<std::uint64_t>("executions");
  point.violating = f.number<std::uint64_t>("violating");
  point.broken = f.words("broken", properties);
  point.schedule = f.text("schedule");
  point.waiting = f.texts("waiting");
  return point;
}

ExecutionCounts executions_of(Fields& f) {
  ExecutionCounts counts{.complete = f.number<std::uint64_t>("complete"),
                         .stuck_rightly = f.number<std::uint64_t>("stuck_rightly"),
                         .violating = f.number<std::uint64_t>("violating"),
                         .blocked = f.number<std::uint64_t>("blocked")};
  if (f.maybe("all") == nullptr) {
    // Before the field was, `complete` and `stuck_rightly` took in all executions, the violating
    // ones too. Which of the two those were is not known: they are taken from `complete` first.
    const auto most = counts.complete + counts.stuck_rightly;
    if (counts.violating > most) f.fail("violating", "no more than complete and stuck_rightly");
    const auto from_complete = std::min(counts.complete, counts.violating);
    counts.complete -= from_complete;
    counts.stuck_rightly -= counts.violating - from_complete;
    return counts;
  }
  counts.too_long = f.number<std::uint64_t>("too_long");
  if (f.number<std::uint64_t>("all") != counts.all())
    f.fail("all", "the sum of complete, stuck_rightly, violating and too_long");
  return counts;
}

/// Before the field was, nobody wrote or read in what was no channel.
SubjectKind kind_without_field(const Workload& workload) {
  if (workload.writers + workload.readers > 0) return SubjectKind::channel;
  return workload.processes ? SubjectKind::programs : SubjectKind::program;
}

Workload workload_of(Fields& f) {
  Workload w;
  w.writers = f.number<int>("writers");
  w.readers = f.number<int>("readers");
  w.messages = f.number<int>("messages", 1);
  w.text = f.number<std::size_t>("text", 1);
  return w;
}

Model model_of(Fields& f) {
  Model m;
  m.memory = f.text("memory");
  if (m.memory != "sc" && m.memory != "tso" && m.memory != "rc11" && m.memory != "native")
    f.fail("memory", "'native', 'sc', 'tso' or 'rc11'");
  m.copy_steps = f.number<int>("copy_steps", 1);
  m.eintr = f.number<int>("eintr");
  m.spurious = f.number<int>("spurious");
  m.weak_cas = f.number<int>("weak_cas");
  m.timeouts = f.number<int>("timeouts");
  m.deaths = f.number<int>("deaths");
  m.optimized = f.flag("optimized");
  if (f.maybe("race_free") != nullptr) m.race_free = f.flag("race_free");
  if (f.maybe("glibc") != nullptr) m.glibc = f.text("glibc");
  return m;
}

void read_findings(Fields& f, Result& r) {
  r.executions = f.object("executions", executions_of);
  if (f.maybe("states") != nullptr) {
    r.states = f.object("states", [](Fields& states) {
      return StateCounts{.states = states.number<std::uint64_t>("states"),
                         .transitions = states.number<std::uint64_t>("transitions"),
                         .ordered = states.number<std::uint64_t>("ordered"),
                         .bytes = states.number<std::uint64_t>("bytes"),
                         .missed = states.real("missed")};
    });
  }
  r.properties = f.objects("properties", property_of);
  if (f.maybe("deaths") != nullptr) r.deaths = f.objects("deaths", death_of);
  r.outcomes = f.objects("outcomes", [](Fields& o) {
    return OutcomeCount{o.text("outcome"), o.number<std::uint64_t>("count"),
                        o.word("grade", {Grade::acceptable, Grade::interesting, Grade::forbidden}),
                        o.text("why")};
  });
  const auto race_of = [](Fields& race) {
    return Race{race.object("a", side_of), race.object("b", side_of), race.text("why")};
  };
  r.races = f.objects("races", race_of);
  if (f.maybe("allowed_races") != nullptr) {
    r.allowed_races = f.objects("allowed_races", [&](Fields& allowed) {
      return AllowedRace{race_of(allowed), allowed.number<std::uint64_t>("executions")};
    });
  }
  if (f.maybe("messages") != nullptr) r.messages = f.number<std::uint64_t>("messages");
  if (f.maybe("latency_ns") != nullptr) {
    r.latency = f.object("latency_ns", [](Fields& l) {
      return Latency{l.number<std::uint64_t>("p50"), l.number<std::uint64_t>("p99"),
                     l.number<std::uint64_t>("max")};
    });
  }
  if (f.maybe("sources") != nullptr) {
    r.sources = f.objects("sources", [](Fields& s) {
      return SourceText{s.text("path"), s.number<int>("first", 1), s.texts("lines")};
    });
  }
}

Result result_of(Fields& f) {
  if (f.text("schema") != "minusone.result/1") f.fail("schema", "'minusone.result/1'");
  Result r;
  r.protocol = f.text("protocol");
  r.build = f.text("build");
  r.engine = f.word("engine", {EngineKind::stress, EngineKind::explore, EngineKind::replay});
  r.mode = f.text("mode");
  r.workload = f.object("workload", workload_of);
  const auto agents = f.text("agents");
  if (agents != "processes" && agents != "threads") f.fail("agents", "'processes' or 'threads'");
  r.workload.processes = agents == "processes";
  r.kind = f.maybe("kind") == nullptr
               ? kind_without_field(r.workload)
               : f.word("kind", {SubjectKind::channel, SubjectKind::program, SubjectKind::programs,
                                 SubjectKind::object});
  r.scenario = f.text_or_none("scenario");
  r.model = f.object("model", model_of);
  r.verdict = verdict_of(f);
  r.assurance = f.word("assurance", {Assurance::complete, Assurance::bounded, Assurance::sampled,
                                     Assurance::observed});
  r.limits = f.texts("limits");
  r.steps = f.number<std::uint64_t>("steps");
  r.seconds = f.real("seconds");
  read_findings(f, r);
  r.notes = f.texts("notes");
  r.illegal_states = f.number<std::uint64_t>("illegal_states");
  r.seed = f.number<std::uint64_t>("seed");
  r.environment = f.object("environment", [](Fields& e) {
    return Environment{e.number<int>("cpus", 1), e.text("affinity"), e.text("kernel"),
                       e.text("compiler"), e.text_or_none("built_by")};
  });
  return r;
}

}  // namespace

std::vector<Result> from_json(std::string_view text) {
  Document document;
  try {
    document = Document::parse(text);
  } catch (const Document::parse_error& error) {
    throw BadResults(fmt::format("it is not JSON: byte {}: {}", error.byte, error.what()));
  }
  if (!document.is_array())
    throw BadResults("it is no array of results; expected what `--json FILE` of minusone wrote");
  std::vector<Result> results;
  for (const Document& element : document) {
    Fields fields(element, fmt::format("result[{}]", results.size()));
    results.push_back(result_of(fields));
    fields.refuse_others();
  }
  return results;
}

}  // namespace minusone
