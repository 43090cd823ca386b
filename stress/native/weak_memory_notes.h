#pragma once

#include <string>
#include <vector>

#include "protocol/protocol.h"
#include "protocol/verdict.h"

namespace minusone {

/// A sentence for each property that free agents were seen to break although, as the protocol
/// claims, no interleaving does. Of runs without a death, which breaks more.
std::vector<std::string> weak_memory_notes(const Protocol& protocol, const Result& result);

}  // namespace minusone
