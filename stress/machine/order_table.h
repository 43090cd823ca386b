#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace minusone {

struct Context;

/// Where something lies in a module's file: the instruction behind a call, or a variable.
struct FileAddress {
  const std::string* module = nullptr;  ///< path of the module; null: it lies in none
  std::uintptr_t address = 0;
};

/// The code that an agent runs.
class AgentCode {
 public:
  virtual ~AgentCode() = default;
  virtual FileAddress find(const void* at) const = 0;
  /// Who led to what it has announced, innermost first: return addresses.
  virtual std::vector<const void*> callers() const = 0;
};

/// Memory orders that accesses and fences are performed by in place of those that the source names,
/// as if it named these.
class OrderTable {
 public:
  virtual ~OrderTable() = default;
  /// An agent has announced an atomic access or a fence, by an order that its source names.
  /// @param call  gets the orders that it is performed by
  virtual void replace(Context& call, const AgentCode& code) = 0;
};

}  // namespace minusone
