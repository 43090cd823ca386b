#include <fmt/format.h>

#include <memory>

#include "protocol/run_log.h"
#include "stress/cli/verbs.h"

namespace minusone::cli {

void add_clean(Verb& command, Status& status) {
  auto* verb =
      command.add_verb("clean", "remove what a killed run left in the kernel, and nothing else");
  auto quiet = std::make_shared<bool>(false);
  verb->add_flag("--quiet", *quiet, "print nothing but errors");
  verb->callback([quiet, &status] {
    const auto all = minusone::clean();
    if (!*quiet) {
      for (const Cleaned& done : all) {
        fmt::print("{} {}{}\n", done.removed ? "removed" : "kept", done.object,
                   done.removed ? "" : ": " + done.why);
      }
      if (all.empty()) fmt::print("nothing of ours was left\n");
    }
    status = holds;
  });
}

}  // namespace minusone::cli
