// Modules of sources that were built before.
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>

#include "protocol/os_error.h"
#include "protocol/own_folder.h"
#include "stress/modules/compiling.h"
#include "stress/modules/kit.h"
#include "stress/modules/making.h"
#include "stress/modules/whole_file.h"
#include "stress/modules/work_folder.h"

namespace minusone {
namespace {

namespace fs = std::filesystem;

void remove_old(const fs::path& cache) {
  std::error_code none;
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::hours(24 * 30);
  for (const auto& entry : fs::directory_iterator(cache, none)) {
    if (entry.last_write_time(none) < oldest) fs::remove_all(entry.path(), none);
  }
}

fs::path cache_directory() {
  if (const char* given = std::getenv("XDG_CACHE_HOME"); given != nullptr && *given == '/')
    return fs::path(given) / "minusone";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return fs::path(home) / ".cache" / "minusone";
  return fs::temp_directory_path() / fmt::format("minusone-cache-{}", geteuid());
}

/// The folder of built modules. Their code is run, so that nobody else may have put it there.
/// @throws OsError  `EPERM`
fs::path trusted_cache() {
  const auto cache = cache_directory();
  fs::create_directories(cache.parent_path());
  const OwnFolder folder(cache, "the cache of built modules", 022);
  if (is_out_of_reach(cache)) return cache;
  throw OsError(
      EPERM, "use",
      fmt::format("{} as the cache of built modules: others may put another folder in its "
                  "place; set XDG_CACHE_HOME to a folder that is yours alone",
                  cache.string()));
}

/// A module that was built before. @return false where there is none
/// @throws OsError  `EPERM` somebody else may have written it
bool has_built(const fs::path& module) {
  const int file = open(module.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file == -1 && errno == ENOENT) return false;
  const bool ours = file != -1 && is_own_file(file);
  if (file != -1) close(file);
  if (ours) return true;
  throw OsError(EPERM, "use",
                fmt::format("{} as a built module: it must be a file of this user's, no link, that "
                            "others may not write to; remove it",
                            module.string()));
}

/// What a module depends on, hashed.
std::string key_of(const BuildRequest& request, const WorkFolder& scratch) {
  // What is done to what the compiler writes is in the code that runs.
  std::string all = text_of("/proc/self/exe");
  all += request.volatile_atomic ? "volatile is atomic\n" : "";
  const auto text = scratch.path() / "text";
  for (const auto& source : request.sources) {
    auto words = compile_line(request, source);
    all += fmt::format("{}\n", fmt::join(words, " "));
    for (const char* word : {"-E", "-o", text.c_str(), source.c_str()}) words.emplace_back(word);
    if (run_tool(words) != 0) refuse_source(source, words[0]);
    all += text_of(text);
    if (run_tool({words[0], "--version"}, text) != 0) continue;
    all += text_of(text);
  }
  std::vector<fs::path> parts;
  for (const auto& entry : fs::directory_iterator(kit())) {
    if (entry.is_regular_file()) parts.push_back(entry.path());
  }
  std::ranges::sort(parts);
  for (const auto& part : parts) all += text_of(part);
  const XXH128_hash_t digest = XXH3_128bits(all.data(), all.size());
  return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

}  // namespace

fs::path cached_module(const BuildRequest& given) {
  const Interruptible interruptible;
  const auto request = with_paths(given);
  const auto cache = trusted_cache();
  const auto key = [&] {
    const WorkFolder scratch(cache);
    return key_of(request, scratch);
  }();
  const auto module =
      cache / key / fs::path(request.sources.front()).stem().replace_extension(".so");
  const OwnFolder folder(cache / key, "a folder of the cache of built modules", 022);
  if (has_built(module)) {
    std::error_code none;
    fs::last_write_time(cache / key, fs::file_time_type::clock::now(), none);
    return module;
  }
  remove_old(cache);
  try {
    make_module(request, module);
  } catch (...) {
    std::error_code none;
    fs::remove(cache / key, none);  // where it is empty
    throw;
  }
  return module;
}

}  // namespace minusone
