#include "stress/model/weaker_memory.h"

#include <algorithm>

namespace minusone {

std::optional<MemoryModel> weaker_memory_with(const std::string& outcome, const ModuleFile& module,
                                              ExploreOptions options) {
  for (const auto model : {MemoryModel::tso, MemoryModel::rc11}) {
    options.memory = model;
    try {
      const auto result = explore(module.path.string(), module.build_id, options);
      const auto is_it = [&](const OutcomeCount& row) {
        return row.count > 0 && row.outcome == outcome;
      };
      if (std::ranges::any_of(result.outcomes, is_it)) return model;
    } catch (const NotModelled&) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace minusone
