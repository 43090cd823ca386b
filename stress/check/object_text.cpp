#include "stress/check/object_text.h"

#include <fmt/format.h>

namespace minusone {

std::string to_string(const ObjectValue& value, const ObjectType& type) {
  if (!value.present) return "none";
  switch (type.kind) {
    case ObjectType::Kind::nothing:
      return "";
    case ObjectType::Kind::boolean:
      return value.bits != 0 ? "true" : "false";
    case ObjectType::Kind::signed_number:
      return fmt::format("{}", static_cast<std::int64_t>(value.bits));
    case ObjectType::Kind::unsigned_number:
      return fmt::format("{}", value.bits);
  }
  return "?";
}

std::string to_string(const ObjectOperation& operation,
                      const ObjectOperation::Arguments& arguments) {
  std::string text = operation.name;
  for (int i = 0; i < operation.arguments; ++i) {
    const auto at = static_cast<std::size_t>(i);
    text += i == 0 ? "(" : ", ";
    text += to_string(arguments[at], operation.argument_types[at]);
  }
  return operation.arguments == 0 ? text : text + ")";
}

}  // namespace minusone
