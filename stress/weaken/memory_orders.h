#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "stress/sync/actions.h"

namespace minusone {

/// What a memory order stands at. A compare-and-swap has two: a failed one is a load.
enum class OrderUse : std::uint8_t { load, store, exchange, update, cas, failed_cas, fence };

/// "load", "failed-cas".
std::string_view name_of(OrderUse use);
std::optional<OrderUse> parse_order_use(std::string_view word);
/// @pre is_atomic_access(action) or is_fence(action)
OrderUse use_of(Action action);

/// Memory orders are numbers, __ATOMIC_*. Of a fence a relaxed one is "none": it orders nothing.
std::string_view name_of_order(int order, OrderUse use);
/// Also one that the use cannot have. @return nothing: it is no order's name
std::optional<int> parse_order(std::string_view word);

/// Those that a use can have, none before one that orders less.
std::span<const int> orders_of(OrderUse use);
/// Whether `order` orders nothing that `other` does not.
bool is_at_most(int order, int other);
inline bool is_weaker(int order, int other) {
  return is_at_most(order, other) && !is_at_most(other, order);
}

}  // namespace minusone
