#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include "protocol/history.h"
#include "protocol/object.h"

namespace minusone {

/// One call of an object's operation.
struct ObjectCall {
  int agent = 0;
  int operation = 0;  ///< index in the description
  ObjectOperation::Arguments arguments{};
  Ending ending = Ending::pending;
  ObjectValue result{};  ///< where it is done
};

/// A specification that cannot be judged by: it throws, or disagrees with itself. It names the
/// operation, and those that led there.
struct BadSpecification : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// An object's sequential specification, as a graph of states by number. Each operation is run once
/// in each state, on a copy, and then remembered. When two states are one says protocol/object.h.
class Specification {
 public:
  /// @param description  of a module without instrumentation; outlives it
  /// @throws BadSpecification  its constructor throws
  explicit Specification(const ObjectDescription& description);

  const ObjectDescription& description() const { return description_; }
  static constexpr int initial = 0;
  struct Outcome {
    int state;
    ObjectValue result;
    bool waits = false;  ///< it does not come to its end in that state, and changes nothing
  };
  /// What a call comes to in a state. @throws BadSpecification
  Outcome after(int state, const ObjectCall& call);

 private:
  using State = std::unique_ptr<void, void (*)(void*)>;
  struct Known {
    State state;
    int from;  ///< the state that it was met from first, ...
    int call;  ///< ... by which call
  };
  struct Tried {
    State state;
    ObjectValue result;
  };

  bool waits_in(int state, int call) const;
  int number_of(const ObjectCall& call);
  Tried run(int state, int call) const;
  int keep(State state, int from, int call);
  bool are_equal(const State& a, const State& b) const;
  std::string told(int state, int call) const;

  const ObjectDescription& description_;
  std::vector<Known> states_;
  std::vector<ObjectCall> calls_;                     ///< by number: operation and arguments
  std::unordered_map<std::uint64_t, Outcome> known_;  ///< by state and call
};

}  // namespace minusone
