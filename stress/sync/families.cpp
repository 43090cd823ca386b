// The one list of all primitives.
#include <array>
#include <bit>

#include "stress/sync/barrier/barrier.h"
#include "stress/sync/child/child.h"
#include "stress/sync/condition/condition.h"
#include "stress/sync/futex/futex.h"
#include "stress/sync/mapping/mapping.h"
#include "stress/sync/memory/memory.h"
#include "stress/sync/mutex/mutex.h"
#include "stress/sync/once/once.h"
#include "stress/sync/rwlock/rwlock.h"
#include "stress/sync/segment/segment.h"
#include "stress/sync/semaphore/semaphore.h"
#include "stress/sync/spin/spin.h"
#include "stress/sync/sync_model.h"
#include "stress/sync/sysv_set/sysv_set.h"
#include "stress/sync/thread/thread.h"

namespace minusone {

namespace {

constexpr const Family* all[] = {
    &memory::family,    &thread::family,   &mutex::family,   &rwlock::family,  &condition::family,
    &semaphore::family, &sysv_set::family, &spin::family,    &barrier::family, &once::family,
    &futex::family,     &segment::family,  &mapping::family, &child::family,
};

constexpr auto actions = static_cast<std::size_t>(Action::end_of_list);

consteval std::array<const Call*, actions> table() {
  std::array<const Call*, actions> rows{};
  // Not the pointers: with -fsanitize=undefined g++ 12 takes no comparison of them for a constant.
  std::array<bool, actions> has_row{};
  for (const Family* family : all) {
    for (const Call& call : *family->calls) {
      const auto action = static_cast<std::size_t>(*call.action);
      if (has_row[action]) throw "an action has two rows";
      has_row[action] = true;
      rows[action] = &call;
    }
  }
  for (const bool has : has_row) {
    if (!has) throw "an action of actions.h has no row in its family";
  }
  return rows;
}

consteval std::array<std::uint8_t, actions> indices() {
  std::array<std::uint8_t, actions> found{};
  for (std::size_t i = 0; i < std::size(all); ++i) {
    for (const Call& call : *all[i]->calls)
      found[static_cast<std::size_t>(*call.action)] = static_cast<std::uint8_t>(i);
  }
  return found;
}

}  // namespace

constinit const std::array<std::uint8_t, actions> calls::family = indices();
constinit const std::array<const Call*, actions> calls::by_action = table();

std::span<const Family* const> families() { return all; }

std::vector<std::string_view> functions_of_processes() {
  std::vector<std::string_view> found;
  for (const Family* family : all)
    found.insert(found.end(), family->of_processes.begin(), family->of_processes.end());
  return found;
}

bool is_harmless(std::string_view function) {
  for (const Family* family : all) {
    for (const std::string_view name : *family->harmless) {
      if (name == function) return true;
    }
  }
  return false;
}

void calls::woke_or_queued(const SyncModel& model, const Context& call, Step& step) {
  if (model.woken() == 0) return;
  const int low = std::countr_zero(model.woken());
  step.add(wake_up_of(call.a, low), static_cast<std::uint64_t>(std::bit_width(model.woken()) - low),
           true, true);
}

void calls::woke(const SyncModel& model, const Context& call, Step& step) {
  step.accesses[0].writes = model.woken() != 0;
  woke_or_queued(model, call, step);
}

}  // namespace minusone
