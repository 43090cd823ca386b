#pragma once

#include <array>
#include <span>
#include <string_view>

#include "stress/sync/call.h"
#include "stress/sync/objects.h"

/// A primitive is one place: a folder of this room holds all that there is to say of a family of
/// calls. To add one: its names in actions.h, a folder with a header that has its rows, their
/// functions, the hooks that announce them, a test beside the kernel or glibc; and a line in the
/// table in families.cpp. Nothing outside of this room changes.
namespace minusone {

/// A family of calls on one kind of object, and what concerns all of them.
struct Family {
  Stated<std::string_view> name;
  Stated<std::span<const Call>> calls;
  /// Functions of the library that have to do with it and that a module may call as they are: they
  /// touch nothing that agents share, but for objects of their own.
  Stated<std::span<const std::string_view>> harmless;
  /// What an agent's exit changes for others, and to do it; a death does the same. Null: nothing.
  Stated<void (*)(const SyncModel&, int agent, UndoneByEnd&)> undone_by_end;
  Stated<void (*)(SyncModel&, int agent)> ends;
};

/// All of them (families.cpp).
std::span<const Family* const> families();

namespace calls {
extern const std::array<const Call*, static_cast<std::size_t>(Action::end_of_list)> by_action;
}
inline const Call& call_of(Action action) {
  return *calls::by_action[static_cast<std::size_t>(action)];
}

/// Whether some family says of the library's function that it is harmless.
bool is_harmless(std::string_view function);

}  // namespace minusone
