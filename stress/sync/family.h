#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "stress/sync/call.h"
#include "stress/sync/objects.h"

/// A primitive is one place: a folder of this room holds all that there is to say of a family of
/// calls. To add one: its names in actions.h, a folder with a header that has its rows, their
/// functions, the hooks that announce them (hooks.cpp), how they are made for real in lock step
/// (real.cpp), a test beside the kernel or glibc; a line in the table in families.cpp, and the
/// files in CMakeLists.txt. Nothing outside of this room changes, and the engines name none
/// (cmake/check_seam.cmake).
namespace minusone {

class RunLog;

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
  /// Agents' processes are about to be forked from the one that initialised what they share, as
  /// agent 0: what they inherit. Null: nothing but the memory.
  Stated<void (*)(SyncModel&)> inherited;
  /// A process forks: what the kernel keeps of it that its child has too, beside the memory. Null:
  /// nothing.
  Stated<void (*)(SyncModel&, int parent, int child)> forked;
  /// What it keeps of real objects in lock step. Null: nothing.
  Stated<std::unique_ptr<RealObjects> (*)(RunLog&)> real_objects;
  /// Functions of the library that processes call, and not the threads of one: a program that calls
  /// any of them is explored as a process, also where it is alone.
  std::span<const std::string_view> of_processes = {};
};

/// All of them (families.cpp).
std::span<const Family* const> families();

namespace calls {
extern const std::array<const Call*, static_cast<std::size_t>(Action::end_of_list)> by_action;
/// The index of its family in families().
extern const std::array<std::uint8_t, static_cast<std::size_t>(Action::end_of_list)> family;
}  // namespace calls
inline const Call& call_of(Action action) {
  return *calls::by_action[static_cast<std::size_t>(action)];
}
inline std::size_t family_of(Action action) {
  return calls::family[static_cast<std::size_t>(action)];
}

/// The call that undoes what this one did (Hold). @return none where no call does
inline Action gives_back(Action taken) { return call_of(taken).hold->given_back_by; }
inline bool begins_hold(Action action) { return call_of(action).hold->begins_round; }
inline bool only_tries(const Context& call) {
  const auto tries = call_of(call.action()).hold->only_tries;
  return tries != nullptr && tries(call);
}

/// All functions that families say processes call.
std::vector<std::string_view> functions_of_processes();

/// Whether some family says of the library's function that it is harmless.
bool is_harmless(std::string_view function);

}  // namespace minusone
