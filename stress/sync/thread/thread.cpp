#include "stress/sync/thread/thread.h"

#include "stress/sync/sync_model.h"

namespace minusone::thread {

void touches_end_of_other(const Context& call, Step& step) {
  step.add(end_of_agent(call.a), 1, true, false);
}

void touches_own_end(const Context& call, Step& step) { step.add_end(call.id); }

bool can_join(const SyncModel& model, const Context& call) {
  const Threads* const threads = model.threads();
  return threads != nullptr && threads->has_finished(static_cast<int>(call.a));
}

int joined(const SyncModel&, const Context& call) { return static_cast<int>(call.a); }

std::int64_t join(SyncModel& model, Context& call) {
  return static_cast<std::int64_t>(model.threads()->result_of(static_cast<int>(call.a)));
}

}  // namespace minusone::thread
