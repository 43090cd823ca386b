#include "stress/sync/life.h"

namespace minusone {

namespace {

std::string article(std::string_view name) { return "a " + std::string(name); }

/// @return whether its stage lets it be used
bool is_in_use(SyncModel& model, const Life& life, const ObjectWords& words) {
  switch (life.stage) {
    case Life::Stage::in_use:
      return true;
    case Life::Stage::never_initialised:
      model.misused({.before = article(words.name) +
                               " was never initialised, or was overwritten: " +
                               std::string(words.maker) + " leaves no such bytes"});
      return false;
    case Life::Stage::destroyed:
      model.misused({.before = article(words.name) + " is used that was destroyed",
                     .earlier = "it was destroyed",
                     .earlier_agent = life.who,
                     .earlier_place = life.where});
      return false;
  }
  return false;
}

}  // namespace

Misuse not_by_holder(std::string_view name, std::string_view what_befalls_it, int holder) {
  const std::string what = article(name) + " is " + std::string(what_befalls_it) + " that ";
  if (holder < 0) return {.before = what + "nobody holds"};
  if (holder == stranger) return {.before = what + "was copied while it was held"};
  return {.before = what, .agent = holder, .after = " holds: only who took it may give it back"};
}

Misuse while_held(std::string_view name, int holder) {
  if (holder == stranger) return {.before = article(name) + " is destroyed while it is held"};
  return {.before = article(name) + " is destroyed while ", .agent = holder, .after = " holds it"};
}

Misuse while_waited_for(std::string_view name, int waiter) {
  return {
      .before = article(name) + " is destroyed while ", .agent = waiter, .after = " waits for it"};
}

bool may_end(SyncModel& model, const Life& life, const ObjectWords& words) {
  return is_in_use(model, life, words);
}

bool may_use(SyncModel& model, const Context& call, std::uint64_t address, Life& life,
             const ObjectWords& words) {
  if (!is_in_use(model, life, words)) return false;
  if (life.shared || !model.tells_users_apart() || !model.is_in_room(address)) return true;
  if (life.who >= 0 && life.who != call.id) {
    model.misused({.before = article(words.name) +
                             " was initialised for one process and is used by two: " +
                             std::string(words.sharing),
                   .earlier = "it was used",
                   .earlier_agent = life.who,
                   .earlier_place = life.where});
    return false;
  }
  if (life.who < 0) {
    life.who = static_cast<std::int8_t>(call.id);
    life.where = call.pc;
  }
  return true;
}

}  // namespace minusone
