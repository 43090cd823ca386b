#include "stress/fibers/audit.h"

#include <algorithm>

namespace minusone {

std::optional<std::size_t> Audit::unannounced_change(const Step& step) const {
  const auto accesses = std::span(step.accesses).first(step.count);
  for (std::size_t at = 0; at < before_.size(); ++at) {
    if (memory_[at] == before_[at]) continue;
    const auto address = reinterpret_cast<std::uint64_t>(memory_.data() + at);
    const bool announced = std::ranges::any_of(accesses, [address](const Access& access) {
      return access.writes && address - access.address < access.bytes;
    });
    if (!announced) return at;
  }
  return std::nullopt;
}

}  // namespace minusone
