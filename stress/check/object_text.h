#pragma once

#include <string>

#include "protocol/object.h"

namespace minusone {

/// "1", "true", "none"; nothing of a type that has no values.
std::string to_string(const ObjectValue& value, const ObjectType& type);

/// "push(1)", "pop".
std::string to_string(const ObjectOperation& operation,
                      const ObjectOperation::Arguments& arguments);

}  // namespace minusone
