#include "stress/explore/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "stress/check/channel_oracle.h"
#include "stress/explore/schedule.h"

namespace minusone {
namespace {

constexpr std::uint64_t nowhere = std::uint64_t{1} << 63;

std::string_view verb_of(Action action) {
  switch (action) {
    case Action::plain_read:
    case Action::range_read:
      return "reads";
    case Action::plain_write:
    case Action::fill:
      return "writes";
    case Action::copy:
      return "copies";
    case Action::atomic_load:
      return "loads";
    case Action::atomic_store:
      return "stores";
    case Action::atomic_exchange:
      return "exchanges";
    case Action::atomic_cas:
      return "compares and swaps";
    case Action::atomic_add:
    case Action::atomic_sub:
    case Action::atomic_and:
    case Action::atomic_or:
    case Action::atomic_xor:
    case Action::atomic_nand:
      return "updates";
    case Action::fence:
      return "fence";
    case Action::mutex_lock:
    case Action::mutex_timedlock:
      return "locks";
    case Action::mutex_trylock:
      return "tries to lock";
    case Action::mutex_unlock:
      return "unlocks";
    case Action::cond_release:
      return "releases and waits on";
    case Action::cond_awake:
      return "awakes on";
    case Action::cond_signal:
      return "signals";
    case Action::cond_broadcast:
      return "broadcasts";
    case Action::sem_wait:
    case Action::sem_timedwait:
      return "takes semaphore";
    case Action::sem_trywait:
      return "tries to take semaphore";
    case Action::sem_post:
      return "posts semaphore";
    case Action::semop:
      return "semop";
    case Action::futex_wait:
      return "goes to sleep on";
    case Action::futex_awake:
      return "awakes on";
    case Action::futex_wake:
      return "wakes sleepers of";
    default:
      return "synchronises";
  }
}

}  // namespace

bool Judge::word_was_legal(const Execution& execution) const {
  const StateWord& word = machine_.protocol().word;
  if (word.name.empty()) return true;
  const auto legal = [&](int value) {
    return std::ranges::find(word.legal, value) != word.legal.end();
  };
  for (const Step& step : execution.steps) {
    const Access& access = step.accesses[0];
    if (step.count > 0 && access.writes && access.bytes == sizeof(int) &&
        machine_.offset_of(access.address) == word.offset &&
        !legal(static_cast<int>(static_cast<std::uint32_t>(step.after)))) {
      return false;
    }
  }
  return legal(*machine_.word());
}

Judgement Judge::operator()(const Execution& execution) {
  Judgement judgement;
  auto& broken = judgement.broken;
  if (!word_was_legal(execution)) broken.push_back(Property::legal_state);
  if (execution.end == End::violation) broken.push_back(Property::no_fault);
  const auto word = machine_.word();
  if (execution.end != End::violation && execution.end != End::too_long) {
    const ChannelEnd end{machine_.protocol().capacity, machine_.drainer()};
    auto history = machine_.history();
    const bool writer_waits = std::ranges::any_of(history, [](const Operation& operation) {
      return operation.kind == Operation::Kind::write && operation.ending == Ending::pending;
    });
    auto& outcome = judgement.outcome;
    outcome = judge_channel(history, end);
    // Something is missing: it may still lie in the channel.
    if (outcome.lost > 0 && !writer_waits) {
      machine_.drain();
      outcome = judge_channel(machine_.history(), end);
    }
    if (outcome.lost > 0) broken.push_back(Property::no_loss);
    if (outcome.duplicated > 0) broken.push_back(Property::no_duplicate);
    if (outcome.torn > 0) broken.push_back(Property::no_tear);
    if (outcome.reordered > 0) broken.push_back(Property::no_reorder);
    if (outcome.stuck > 0) broken.push_back(Property::no_deadlock);
  }
  judgement.outcome.word = word;
  judgement.races = detector_.races(execution.steps);
  if (!judgement.races.empty()) broken.push_back(Property::no_data_race);
  return judgement;
}

std::string Narrator::place(const Access& access) const {
  if (access.address >= nowhere) return "";
  const auto offset = machine_.offset_of(access.address);
  const StateWord& word = machine_.protocol().word;
  if (!word.name.empty() && offset == word.offset && access.bytes == sizeof(int)) return word.name;
  return access.bytes == 1 ? fmt::format("byte {}", offset)
                           : fmt::format("bytes {} to {}", offset, offset + access.bytes - 1);
}

std::string Narrator::line(const Step& step) const {
  const auto where = lines_.of_call(machine_.module_of(step.agent).file_address(step.pc));
  std::string what(verb_of(step.action));
  if (step.count > 0) {
    const Access& access = step.accesses[0];
    if (const auto name = place(access); !name.empty()) what += " " + name;
    if (access.address < nowhere && access.bytes <= 8 && step.action != Action::copy) {
      const auto shown = [&](std::uint64_t value) {
        return access.bytes == 4 ? fmt::format("{}", static_cast<std::int32_t>(value))
                                 : fmt::format("{}", value);
      };
      what += access.writes && step.before != step.after
                  ? fmt::format(": {} -> {}", shown(step.before), shown(step.after))
                  : fmt::format(" = {}", shown(step.after));
    }
  }
  return fmt::format("{:<10} {:<24} {}", name_of_agent(step.agent, writers_),
                     where.file.empty() ? "?" : fmt::format("{}:{}", where.file, where.line), what);
}

RaceSide Narrator::side(const Step& step) const {
  const auto where = lines_.of_call(machine_.module_of(step.agent).file_address(step.pc));
  const Access& access = step.accesses[0];
  return {where.file, where.line, where.function, name_of_agent(step.agent, writers_),
          fmt::format("{} of {}", access.writes ? "write" : "read", place(access))};
}

}  // namespace minusone
