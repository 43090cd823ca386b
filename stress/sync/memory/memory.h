#pragma once

#include "stress/sync/family.h"

/// Accesses to memory and fences. They need no model of anything but memory, and are most of all
/// steps: machines tell them apart by one comparison and perform them as memory_steps.h says; these
/// rows are for who asks of any step alike. What an atomic access orders its memory order tells.
namespace minusone::memory {

std::int64_t perform(SyncModel& model, Context& call);
void narrow(const SyncModel& model, const Context& call, Step& step);
void touches(const Context& call, Step& step);

constexpr Call access(Action action, std::string_view verb) {
  return {.action = action,
          .told = Told(verb),
          .touches = touches,
          .enabled = calls::always,
          .perform = perform,
          .narrow = narrow,
          .enabling = enables_nothing,
          .ordering = orders_nothing,
          .holder = calls::nobody,
          .waiting = waits_for_ever,
          .hold = holds_nothing,
          .real = made_as_access};
}

inline constexpr Call rows[] = {
    access(Action::none, "synchronises"),
    access(Action::plain_read, "reads"),
    access(Action::plain_write, "writes"),
    access(Action::atomic_load, "loads"),
    access(Action::atomic_store, "stores"),
    access(Action::atomic_exchange, "exchanges"),
    access(Action::atomic_add, "updates"),
    access(Action::atomic_sub, "updates"),
    access(Action::atomic_and, "updates"),
    access(Action::atomic_or, "updates"),
    access(Action::atomic_xor, "updates"),
    access(Action::atomic_nand, "updates"),
    access(Action::atomic_cas, "compares and swaps"),
    access(Action::range_read, "reads"),
    access(Action::copy, "copies"),
    access(Action::fill, "writes"),
    access(Action::fence, "fence"),
    access(Action::frame_end, "returns: its variables end"),
};

inline constexpr Family family{.name = "memory",
                               .calls = rows,
                               .harmless = std::span<const std::string_view>(),
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .forked = nullptr,
                               .real_objects = nullptr};

}  // namespace minusone::memory
