#pragma once

#include <memory>
#include <string>
#include <vector>

#include "protocol/verdict.h"
#include "stress/cli/verb.h"
#include "stress/weaken/order_places.h"

namespace minusone::cli {

/// Adds --order. @throws UsageError when parsed: it has not the form
void add_order_changes(Verb& verb, std::vector<std::string>& changes);
/// Null where there are none.
std::shared_ptr<OrderPlaces> places_of(const std::vector<std::string>& changes);
/// Those changes as they would be typed again, before a schedule too.
std::string order_words(const std::vector<std::string>& changes);
/// The id of a build with its orders changed, which its schedules carry; without changes its own.
std::string build_with_orders(const std::string& build, std::vector<std::string> changes);
/// Says in the result that it is not one of the source as it is.
void note_orders(Result& result, const std::vector<std::string>& changes);
/// @throws UsageError  a change concerns no place that was met, or none that can have that order
void check_met(const std::vector<std::string>& changes, const OrderPlaces* places);

}  // namespace minusone::cli
