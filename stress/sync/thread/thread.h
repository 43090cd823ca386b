#pragma once

#include "stress/sync/family.h"

/// What becomes of an agent as a whole: threads (pthread_create(3p), pthread_join(3p)), the end of
/// one, its death, and what it only tells its machine. The machine starts and ends agents, and
/// keeps what they returned (Threads in sync_model.h).
namespace minusone::thread {

void touches_end_of_other(const Context& call, Step& step);
void touches_own_end(const Context& call, Step& step);
bool can_join(const SyncModel& model, const Context& call);
int joined(const SyncModel& model, const Context& call);
std::int64_t join(SyncModel& model, Context& call);

inline constexpr Real of_the_search{
    .asks = calls::asks_always,
    .refused =
        "the program lets the search choose values, which it cannot in real processes: leave "
        "--processes out"};

/// What is between an agent and its machine: an announcement that is no step, one that is never
/// taken, or a step that touches nothing.
constexpr Call told_to_machine(Action action, bool (*enabled)(const SyncModel&, const Context&),
                               Told told = Told("synchronises"), const Real& real = only_modelled) {
  return {.action = action,
          .told = told,
          .touches = calls::touches_nothing,
          .enabled = enabled,
          .perform = calls::nothing,
          .narrow = calls::does_all,
          .enabling = enables_nothing,
          .ordering = orders_nothing,
          .holder = calls::nobody,
          .waiting = waits_for_ever,
          .hold = holds_nothing,
          .real = real};
}

inline constexpr Call rows[] = {
    told_to_machine(Action::spawn, calls::always),
    told_to_machine(Action::assume_failed, calls::never),
    told_to_machine(Action::input_ends, calls::never),
    told_to_machine(Action::choose, calls::always, Told("chooses"), of_the_search),
    told_to_machine(Action::violation, calls::never),
    told_to_machine(Action::foreign_stack, calls::never),
    told_to_machine(Action::limit_met, calls::never),
    told_to_machine(Action::bad_access, calls::never),
    {.action = Action::join,
     .told = Told("joins"),
     .touches = touches_end_of_other,
     .enabled = can_join,
     .perform = join,
     .narrow = calls::does_all,
     .enabling = takes,
     .ordering = Ordering{.releases = false, .acquires = true, .by_reading = true},
     .holder = joined,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
    {.action = Action::finished,
     .told = Told("exits: the kernel undoes"),  // a step where something is undone
     .touches = touches_own_end,
     .enabled = calls::always,
     .perform = calls::nothing,
     .narrow = calls::does_all,
     .enabling = gives,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
    {.action = Action::died,
     .told = Told("is dead"),
     .touches = touches_own_end,
     .enabled = calls::always,
     .perform = calls::nothing,
     .narrow = calls::does_all,
     .enabling = gives,
     .ordering = orders_both,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
};

inline constexpr std::string_view harmless[] = {"pthread_setname_np"};

inline constexpr Family family{.name = "thread",
                               .calls = rows,
                               .harmless = harmless,
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .forked = nullptr,
                               .real_objects = nullptr};

}  // namespace minusone::thread
