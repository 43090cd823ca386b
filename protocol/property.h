#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace minusone {

/// What must hold of an execution. A protocol claims to keep or to break each of them.
enum class Property {
  legal_state,     ///< the shared state word has one of its declared values
  no_loss,         ///< each sent message is received, or still in the channel at the end
  no_duplicate,    ///< no message is received twice
  no_tear,         ///< a received message is exactly one that was sent
  no_reorder,      ///< the messages of one writer are received in the order of their sending
  no_deadlock,     ///< nobody waits for what is already there (stuck, as in Line-Up, PLDI 2010)
  no_data_race,    ///< conflicting plain accesses are ordered by synchronisation
  survives_death,  ///< after one agent's death at any point the others go on
  linearizable,    ///< the operations take effect one at a time, as those of a queue do, or of an
                   ///< object's specification
  no_fault,        ///< no assertion fails, nothing is thrown out of an agent, no memory fault
};

/// What a protocol claims. That it has no fault goes without saying; that it is linearizable, or
/// not, follows from the others.
inline constexpr std::array all_properties{
    Property::legal_state, Property::no_loss,     Property::no_duplicate, Property::no_tear,
    Property::no_reorder,  Property::no_deadlock, Property::no_data_race, Property::survives_death,
};

/// The name as it stands in the code, in JSON and on screen.
constexpr std::string_view name_of(Property property) {
  switch (property) {
    case Property::legal_state:
      return "legal_state";
    case Property::no_loss:
      return "no_loss";
    case Property::no_duplicate:
      return "no_duplicate";
    case Property::no_tear:
      return "no_tear";
    case Property::no_reorder:
      return "no_reorder";
    case Property::no_deadlock:
      return "no_deadlock";
    case Property::no_data_race:
      return "no_data_race";
    case Property::survives_death:
      return "survives_death";
    case Property::linearizable:
      return "linearizable";
    case Property::no_fault:
      return "no_fault";
  }
  return "?";
}

/// One clause for people: "no message is received twice".
constexpr std::string_view sentence_of(Property property) {
  switch (property) {
    case Property::legal_state:
      return "the shared state has only legal values";
    case Property::no_loss:
      return "no message is lost";
    case Property::no_duplicate:
      return "no message is received twice";
    case Property::no_tear:
      return "no message is torn";
    case Property::no_reorder:
      return "each writer's messages arrive in order";
    case Property::no_deadlock:
      return "nobody is stuck";
    case Property::no_data_race:
      return "no data race";
    case Property::survives_death:
      return "one agent's death leaves the others working";
    case Property::linearizable:
      return "operations take effect one at a time, as specified";
    case Property::no_fault:
      return "no assertion fails and no agent faults";
  }
  return "?";
}

}  // namespace minusone
