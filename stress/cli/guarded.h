#pragma once

#include <memory>

#include "stress/cli/verbs.h"
#include "stress/explore/schedule.h"
#include "stress/modules/module.h"
#include "stress/modules/traced_module.h"

namespace minusone::cli {

/// What cannot be explored, or replayed, is the user's to mend.
template <class Given, class Run>
auto guarded(Run run, std::shared_ptr<Given> given, Status& status) {
  return [run, given, &status] {
    try {
      run(*given, status);
    } catch (const ModuleRefused& refused) {
      throw UsageError(refused.what());
    } catch (const BadSchedule& bad) {
      throw UsageError(bad.what());
    }
  };
}

}  // namespace minusone::cli
