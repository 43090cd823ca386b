#include "stress/sync/futex/futex.h"

#include <linux/futex.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "stress/sync/sync_model.h"

namespace minusone {

namespace futex {

namespace {

bool is_fresh(const KernelObject& object) {
  const auto& word = object.as<FutexWord>();
  return word.waiting.count == 0 && word.woken == 0;
}

constexpr std::uint32_t any = FUTEX_BITSET_MATCH_ANY;

void add_to(const KernelObject& object, std::span<const std::byte> tail, StateSink& sink) {
  const auto& word = object.as<FutexWord>();
  sink.add(word.waiting);
  sink.add(word.woken);
  for (std::size_t i = 0; i < word.waiting.count; ++i) {
    std::uint32_t bits = any;
    const auto at = static_cast<std::size_t>(word.waiting.agents[i]) * sizeof bits;
    if (!tail.empty()) std::memcpy(&bits, tail.data() + at, sizeof bits);
    sink.add_detail(bits);
  }
}

std::string value(const KernelObject& object, std::span<const std::byte>, const AgentNames& name) {
  const auto& word = object.as<FutexWord>();
  return sleepers(word.waiting, word.woken, name);
}

bool lies_in(std::span<const std::byte> segment, std::uint64_t address) {
  return address - reinterpret_cast<std::uint64_t>(segment.data()) < segment.size();
}

int home(const SyncModel& model, const Context& call) {
  if (!model.processes()) return -1;
  return call.d != 0 || !lies_in(model.room(), call.a) ? call.id : -1;
}

FutexWord& word_of(SyncModel& model, const Context& call) {
  return model.object<FutexWord>(call.a, home(model, call));
}

std::span<std::uint32_t> bits_of(SyncModel& model, const Context& call) {
  return model.tail_of<FutexWord, std::uint32_t>(call.a, home(model, call));
}

bool matches_nothing(const Context& call) { return (call.c & 0xffffffff) == 0; }

}  // namespace

}  // namespace futex

const ObjectKind FutexWord::kind{.name = "futex",
                                 .is_fresh = futex::is_fresh,
                                 .add_to = futex::add_to,
                                 .title = title_of_sleep,
                                 .value = futex::value,
                                 .unused = "nobody",
                                 .called = nullptr,
                                 .lent = nullptr,
                                 .own_bytes = 0};

namespace futex {

void touches_word_and_queue(const Context& call, Step& step) {
  step.add_look(call.a, 4);
  calls::touches_queue(call, step);
}

bool can_awake(const SyncModel& model, const Context& call) {
  const auto* const word = model.find<FutexWord>(call.a, home(model, call));
  return word != nullptr && holds(word->woken, call.id);
}

std::int64_t wait(SyncModel& model, Context& call) {
  FutexWord& word = word_of(model, call);
  if (matches_nothing(call)) return -EINVAL;
  if (*reinterpret_cast<const volatile std::uint32_t*>(call.a) !=
      static_cast<std::uint32_t>(call.b)) {
    return -EAGAIN;
  }
  if (static_cast<TimeLimit>(call.e) == TimeLimit::past) return -ETIMEDOUT;
  word.waiting.push(call.id);
  const auto bits = static_cast<std::uint32_t>(call.c);
  if (bits != any && bits_of(model, call).empty()) {
    std::array<std::uint32_t, max_agents> all;
    all.fill(any);
    model.give_tail<FutexWord, std::uint32_t>(call.a, all, home(model, call));
  }
  if (const auto known = bits_of(model, call); !known.empty())
    known[static_cast<std::size_t>(call.id)] = bits;
  return 0;
}

std::int64_t awake(SyncModel& model, Context& call) {
  FutexWord& word = word_of(model, call);
  word.woken = without(word.woken, call.id);
  return 0;
}

std::int64_t wake(SyncModel& model, Context& call) {
  FutexWord& word = word_of(model, call);
  if (matches_nothing(call)) return -EINVAL;
  std::int64_t woken = 0;
  // One at least: the kernel counts after it has woken somebody (kernel/futex/waitwake.c).
  const std::int64_t most = std::max(1, static_cast<std::int32_t>(call.b));
  for (std::size_t i = 0; i < word.waiting.count && woken < most;) {
    const int waiter = word.waiting.agents[i];
    const auto known = bits_of(model, call);
    const std::uint32_t bits = known.empty() ? any : known[static_cast<std::size_t>(waiter)];
    if ((bits & call.c) == 0) {
      ++i;
      continue;
    }
    word.waiting.remove(waiter);
    word.woken = with(word.woken, waiter);
    model.wakes(waiter);
    ++woken;
  }
  return woken;
}

void may_forgo_queue(const SyncModel&, const Context& call, Step& step) {
  if (static_cast<std::int64_t>(call.result) < 0) step.accesses[1].forgone = true;
}

bool has_deadline(const Context& call) {
  return static_cast<TimeLimit>(call.e) == TimeLimit::future;
}

bool can_leave(const SyncModel&, const Context&) { return true; }

std::int64_t leave(SyncModel& model, const Context& call) {
  word_of(model, call).waiting.remove(call.id);
  return 0;
}

void dies(SyncModel& model, const Context& call) {
  FutexWord& word = word_of(model, call);
  word.waiting.remove(call.id);
  word.woken = without(word.woken, call.id);
}

}  // namespace futex

}  // namespace minusone
