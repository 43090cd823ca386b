#pragma once

#include <span>
#include <vector>

#include "stress/check/object_history.h"
#include "stress/machine/step.h"

namespace minusone {

/// Which calls begin before which return in every execution that swapping independent steps makes
/// of this one: the first of them has a step that happens before a step of the other.
///
/// The order is that of the steps that may depend. What a step had touched in another state counts
/// too, for beside such a step a search tries the other order by itself.
/// @param call_of  by step, the index of the call that it belongs to; -1: none
/// @param calls    how many there are, at most 64
/// @return by call, itself included
std::vector<CallSet> begun_before_return(std::span<const Step> steps, std::span<const int> call_of,
                                         std::size_t calls);

}  // namespace minusone
