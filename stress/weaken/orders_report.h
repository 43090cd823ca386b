#pragma once

#include <string>

#include "stress/weaken/order_search.h"

namespace minusone {

/// Each place with what it needs and why, the weakest orders together, and for which workloads that
/// was shown. Every command that it names can be typed again.
std::string to_text(const OrdersReport& report);
/// Schema minusone.orders/1.
std::string to_json(const OrdersReport& report);

/// "ring.c --order ring.c:31:store=relaxed": what is explored with its orders, as a command
/// names it.
std::string with_orders(const std::string& source, const std::vector<std::string>& changes);

}  // namespace minusone
