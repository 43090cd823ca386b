// Random small programs under each memory model: the search visits exactly the execution graphs
// that there are, each once.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>
#include <set>
#include <sstream>
#include <string>

#include "stress/search/dpor.h"
#include "stress/search/testing/weak_script_machine.h"

namespace minusone::weak {
namespace {

std::string shown(const Program& program) {
  static const char* const names[] = {"load",  "store",  "add",       "swap_if",
                                      "fence", "await",  "await_not", "await_swap",
                                      "lock",  "unlock", "load_if"};
  std::ostringstream out;
  for (const auto& agent : program) {
    for (const Line& line : agent)
      out << names[line.kind] << ' ' << line.x << ' ' << line.v << " o" << line.order << "; ";
    out << "| ";
  }
  return out.str();
}

Program random_program(std::mt19937& random, int agents, int most) {
  static constexpr int orders[] = {__ATOMIC_RELAXED, __ATOMIC_RELAXED, __ATOMIC_ACQUIRE,
                                   __ATOMIC_RELEASE, __ATOMIC_ACQ_REL, __ATOMIC_SEQ_CST};
  Program program;
  const auto used = static_cast<unsigned>(1 + random() % words);
  for (int agent = 0; agent < agents; ++agent) {
    program.emplace_back();
    for (unsigned i = 0, length = 1 + random() % static_cast<unsigned>(most); i < length; ++i) {
      Line line;
      line.kind = static_cast<Line::Kind>(random() % Line::kinds);
      line.x = static_cast<int>(random() % used);
      line.v = static_cast<int>(random() % 3);
      line.order = orders[random() % std::size(orders)];
      program.back().push_back(line);
    }
  }
  return program;
}

void agree(const Program& program, MemoryModel model) {
  ScriptMachine machine(program, model);
  const EveryGraph every(machine);
  std::set<std::string> complete, quiescent;
  std::uint64_t twice = 0;
  Dpor(machine, {}).run([&](const Execution& execution) {
    auto& set = execution.end == End::complete ? complete : quiescent;
    twice += !set.insert(canonical(execution.steps)).second;
    return true;
  });
  for (const auto& graph : every.complete) {
    if (!complete.contains(graph)) ADD_FAILURE() << "missing: " << graph;
  }
  ASSERT_EQ(complete.size(), every.complete.size()) << name_of(model) << ' ' << shown(program);
  ASSERT_EQ(complete, every.complete) << name_of(model) << ' ' << shown(program);
  ASSERT_EQ(quiescent, every.quiescent) << name_of(model) << ' ' << shown(program);
  ASSERT_EQ(twice, 0U) << name_of(model) << ' ' << shown(program);
}

TEST(WeakLaw, RandomProgramsVisitEachGraphOnce) {
  std::mt19937 random(7);
  const char* const wanted = std::getenv("WEAK_PROGRAMS");
  const int programs = wanted != nullptr ? std::atoi(wanted) : 300;
  for (int i = 0; i < programs; ++i) {
    const auto program = random_program(random, 2 + static_cast<int>(random() % 3), 3);
    for (const auto model : {MemoryModel::sc, MemoryModel::tso, MemoryModel::rc11}) {
      ASSERT_NO_FATAL_FAILURE(agree(program, model)) << i;
    }
  }
}

}  // namespace
}  // namespace minusone::weak
