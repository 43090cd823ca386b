#pragma once

#include <cstdint>

#include "stress/sync/family.h"

/// Processes that fork, as fork(2), wait(2) and getppid(2) describe them: who is whose child, and
/// what each has ended with until its parent has waited for it. A child has all memory of its
/// parent as it was, at the same addresses; its machine sees to that (fibers/forks.cpp), and to a
/// private memory for each. What the kernel keeps of the parent each family gives the child
/// (Family::forked). Not modelled, and told by name: groups of processes, and exec.
namespace minusone {

/// By its agent.
struct Process {
  static const ObjectKind kind;

  std::int8_t parent = -1;  ///< -1: who started it is none of the agents
  bool orphan = false;      ///< its parent has ended before it
  bool ended = false;
  bool reaped = false;      ///< nobody waits for it any more
  std::int32_t status = 0;  ///< as wait(2) tells it, once it has ended
};

namespace child {

void touches_numbers(const Context& call, Step& step);
void touches_children(const Context& call, Step& step);
void looks_at_parent(const Context& call, Step& step);
std::int64_t fork(SyncModel& model, Context& call);
bool can_wait(const SyncModel& model, const Context& call);
std::int64_t wait(SyncModel& model, Context& call);
std::int64_t get_parent(SyncModel& model, Context& call);
void only_reaped(const SyncModel& model, const Context& call, Step& step);
int waits_for(const SyncModel& model, const Context& call);
void undone_by_end(const SyncModel& model, int agent, UndoneByEnd& undone);
void ends(SyncModel& model, int agent);

inline constexpr Real refused{
    .asks = calls::asks_always,
    .refused =
        "the schedule has processes that fork, which is not taken in lock step: leave "
        "--processes out"};

inline constexpr Call rows[] = {
    {.action = Action::fork,
     .told = Told("forks"),
     .touches = touches_numbers,
     .enabled = calls::always,
     .perform = fork,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_nothing,  // its machine says that it comes before the child
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = refused},
    {.action = Action::waitpid,
     .told = Told("waits for"),
     .touches = touches_children,
     .enabled = can_wait,
     .perform = wait,
     .narrow = only_reaped,
     .enabling = takes,
     .ordering = acquires,
     .holder = waits_for,
     .waiting = Waiting{.has_deadline = nullptr, .interruptible = true},
     .hold = holds_nothing,
     .real = refused},
    {.action = Action::getppid,
     .told = Told("asks for its parent,"),
     .touches = looks_at_parent,
     .enabled = calls::always,
     .perform = get_parent,
     .narrow = calls::does_all,
     .enabling = enables_nothing,
     .ordering = orders_nothing,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = refused},
};

inline constexpr std::string_view of_processes[] = {"fork", "vfork"};

inline constexpr Family family{.name = "child process",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = undone_by_end,
                               .ends = ends,
                               .inherited = nullptr,
                               .forked = nullptr,
                               .real_objects = nullptr,
                               .of_processes = of_processes};

}  // namespace child

}  // namespace minusone
