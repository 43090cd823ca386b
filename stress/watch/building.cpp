#include "stress/watch/building.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>
#include <sstream>

#include "stress/modules/compiling.h"
#include "stress/modules/kit.h"
#include "stress/modules/making.h"
#include "stress/modules/work_folder.h"

namespace minusone::watch {

namespace fs = std::filesystem;

void build_program(const BuildRequest& given, const fs::path& output) {
  const Interruptible interruptible;
  const auto absolute = fs::absolute(output);
  if (!fs::is_directory(absolute.parent_path())) {
    throw UsageError(fmt::format("'{}': expected the path of a program in a directory that exists",
                                 output.string()));
  }
  auto request = with_paths(given);
  request.kind = ModuleKind::watched;
  const WorkFolder scratch(absolute.parent_path());
  const TemporaryFiles in_it(scratch.path());
  Words objects;
  for (std::size_t i = 0; i < request.sources.size(); ++i)
    objects.push_back((scratch.path() / fmt::format("{}.o", i)).string());
  compile_all(request, objects);
  const auto program = scratch.path() / absolute.filename();
  Words words{request.compiler, "-o", program.string()};
  words.insert(words.end(), objects.begin(), objects.end());
  for (const auto& word :
       {std::string("-Wl,--whole-archive"), (kit() / "libminusone_watch_runtime.a").string(),
        std::string("-Wl,--no-whole-archive"), "@" + (kit() / "wrapped_calls.txt").string(),
        (kit() / "libminusone_protocol_plain.a").string(),  // for protocols that are given a main()

        std::string("-pthread"), std::string("-ldl"), std::string("-Wl,--build-id")})
    words.push_back(word);
  std::istringstream more(request.flags);  // its libraries
  words.insert(words.end(), std::istream_iterator<std::string>(more), {});
  if (run_tool(words) != 0) {
    throw UsageError(fmt::format("{} cannot be linked: what the linker says of it stands above",
                                 fmt::join(given.sources, ", ")));
  }
  fs::rename(program, absolute);
}

}  // namespace minusone::watch
