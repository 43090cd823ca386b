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

// What happens then is undefined (pthread_join(3p)): glibc waits for ever, reports an error, or
// reads what it has freed.
std::int64_t join(SyncModel& model, Context& call) {
  const int thread = static_cast<int>(call.a);
  if (model.threads()->is_given_up(thread, call.id)) {
    return model.misused(
        {.before = "a thread is joined that was joined or detached before: ", .agent = thread});
  }
  return static_cast<std::int64_t>(model.threads()->result_of(thread));
}

}  // namespace minusone::thread
