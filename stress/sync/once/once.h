#pragma once

#include "stress/sync/family.h"

/// What is done once, as pthread_once(3p) describes it and glibc behaves: call_once, and a
/// function's static variables, are the same.
namespace minusone {

struct Once {
  static const ObjectKind kind;

  std::int8_t owner = -1;  ///< who is at it
  bool done = false;
  Life life;

  struct Bytes {
    std::int32_t word;
    bool operator==(const Bytes&) const = default;
  };
  static Once of(const Bytes& bytes);
  Bytes bytes() const;
};

namespace once {

bool can_begin(const SyncModel& model, const Context& call);
std::int64_t begin(SyncModel& model, Context& call);
std::int64_t end(SyncModel& model, Context& call);
int who_is_at_it(const SyncModel& model, const Context& call);
/// It was done.
void may_only_look(const SyncModel& model, const Context& call, Step& step);

inline constexpr auto touches = calls::touches_object<sizeof(Once::Bytes)>;

inline constexpr Call rows[] = {
    {.action = Action::once_begin,
     .told = Told("begins once"),
     .touches = touches,
     .enabled = can_begin,
     .perform = begin,
     .narrow = may_only_look,
     .enabling = takes,
     .ordering = Ordering{.releases = false, .acquires = true, .by_reading = true},
     .holder = who_is_at_it,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
    {.action = Action::once_end,
     .told = Told("ends once"),
     .touches = touches,
     .enabled = calls::always,
     .perform = end,
     .narrow = calls::does_all,
     .enabling = gives,
     .ordering = releases,
     .holder = calls::nobody,
     .waiting = waits_for_ever,
     .hold = holds_nothing,
     .real = only_modelled},
};

inline constexpr std::string_view harmless[] = {"_ZSt15__once_callable", "_ZSt11__once_call"};

inline constexpr Family family{.name = "once",
                               .calls = rows,
                               .harmless = harmless,
                               .undone_by_end = nullptr,
                               .ends = nullptr,
                               .inherited = nullptr,
                               .forked = nullptr,
                               .real_objects = nullptr};

}  // namespace once

}  // namespace minusone
