#include "stress/native/weak_memory_notes.h"

#include <fmt/format.h>

#include <algorithm>

namespace minusone {

std::vector<std::string> weak_memory_notes(const Protocol& protocol, const Result& result) {
  std::vector<std::string> notes;
  if (result.workload.death != Death::none) return notes;
  for (const Claim& claim : protocol.claims) {
    if (claim.keeps || claim.memory == MemoryModel::sc) continue;
    const auto seen =
        std::ranges::find(result.properties, claim.property, &PropertyResult::property);
    if (seen == result.properties.end() || seen->count == 0) continue;
    const Workload& shown = claim.shown_by;
    notes.push_back(fmt::format(
        "weak memory: no interleaving breaks {}, and {} did: {}. See it step by step: minusone "
        "explore {} --writers {} --readers {} --messages {} --memory {}",
        name_of(claim.property),
        claim.memory == MemoryModel::tso ? "stores that stayed in a processor's buffer"
                                         : "accesses in another order than they are written",
        claim.why, protocol.name, shown.writers, shown.readers, shown.messages,
        name_of(claim.memory)));
  }
  return notes;
}

}  // namespace minusone
