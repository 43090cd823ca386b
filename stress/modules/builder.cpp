#include "stress/modules/builder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "protocol/os_error.h"
#include "protocol/own_folder.h"
#include "stress/assembly/refusal.h"
#include "stress/assembly/steps.h"
#include "stress/assembly/text.h"
#include "stress/modules/whole_file.h"
#include "stress/modules/work_folder.h"

extern char** environ;

namespace minusone {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

/// What modules are made of beside their sources: headers, runtime, scripts, flags.
fs::path kit() {
  if (const char* given = std::getenv("MINUSONE_KIT")) return given;
  std::error_code none;
  const auto beside =
      fs::read_symlink("/proc/self/exe", none).parent_path().parent_path() / "share" / "minusone";
  if (fs::is_directory(beside, none)) return beside;
  return MINUSONE_KIT_DIRECTORY;
}

std::string slurp(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw std::system_error(errno, std::system_category(),
                            fmt::format("reading '{}'", path.string()));
  return whole(stream);
}

volatile std::sig_atomic_t interrupted_by = 0;
volatile pid_t tool = 0;  ///< that runs now

/// While a build runs, a signal that ends the command ends the build first, which cleans up.
class Interruptible {
 public:
  Interruptible() {
    interrupted_by = 0;
    struct sigaction action {};
    action.sa_handler = [](int signal) {
      interrupted_by = signal;
      if (tool > 0) kill(tool, SIGTERM);
    };
    for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &action, &before_[i]);
  }
  ~Interruptible() {
    for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &before_[i], nullptr);
    if (interrupted_by != 0) raise(interrupted_by);
  }
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, signals.size()> before_{};
};

/// Which package of Debian's brings a tool.
std::string package_of(const std::string& tool) {
  const auto name = fs::path(tool).filename().string();
  if (name.find("clang") != std::string::npos) return "clang";
  return name == "g++" || name == "gcc" || name == "cc" || name == "c++" ? "g++" : name;
}

/// Runs a program to its end. Its standard output and error go to the files where these are named.
/// @return its exit status
int run(const Words& words, const fs::path& output = {}, const fs::path& errors = {}) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  for (const auto& [number, file] : {std::pair(STDOUT_FILENO, &output), {STDERR_FILENO, &errors}}) {
    if (!file->empty())
      posix_spawn_file_actions_addopen(&actions, number, file->c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  pid_t child = 0;
  const int error =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) {
    throw ToolMissing(fmt::format("'{}' is not installed: install the package {}", words[0],
                                  package_of(words[0])));
  }
  if (error != 0)
    throw std::system_error(error, std::system_category(), fmt::format("running '{}'", words[0]));
  tool = child;
  if (interrupted_by != 0) kill(child, SIGTERM);  // before anybody knew whom to end
  int status = 0;
  while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
  }
  tool = 0;
  if (interrupted_by != 0) throw BuildInterrupted("the build was interrupted");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

bool is_c(const std::string& source) { return fs::path(source).extension() == ".c"; }

bool is_clang(const std::string& compiler) {
  return fs::path(compiler).filename().string().find("clang") != std::string::npos;
}

/// gcc for g++, clang for clang++, and so with versions: g++-12.
std::string c_compiler(const std::string& compiler) {
  auto name = fs::path(compiler).filename().string();
  if (const auto at = name.find("g++"); at != std::string::npos && !is_clang(name)) {
    name.replace(at, 3, "gcc");
  } else if (const auto plus = name.find("++"); plus != std::string::npos) {
    name.erase(plus, 2);
  }
  return fs::path(compiler).replace_filename(name).string();
}

std::string_view name_of(ModuleKind kind) {
  switch (kind) {
    case ModuleKind::native:
      return "native";
    case ModuleKind::widened:
      return "widened";
    case ModuleKind::traced:
      return "traced";
    default:
      return "optimized";
  }
}

/// Whether accesses of the module are to be steps.
bool is_traced(ModuleKind kind) {
  return kind == ModuleKind::traced || kind == ModuleKind::optimized;
}

bool lists(const std::string& comma_separated, std::string_view word) {
  std::istringstream words(comma_separated);
  for (std::string one; std::getline(words, one, ',');) {
    if (one == word || one == "any") return true;
  }
  return false;
}

/// The lines of module_flags.txt that are for this kind and compiler.
Words flags_of(const BuildRequest& request) {
  Words flags;
  std::istringstream lines(slurp(kit() / "module_flags.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kinds, compiler;
    words >> kinds >> compiler;
    if (kinds.starts_with('#') || !lists(kinds, name_of(request.kind)) ||
        !lists(compiler, is_clang(request.compiler) ? "clang" : "gcc")) {
      continue;
    }
    flags.insert(flags.end(), std::istream_iterator<std::string>(words), {});
  }
  return flags;
}

/// The compiler and all its flags for one source, output apart.
Words compile_line(const BuildRequest& request, const std::string& source) {
  Words words{is_c(source) ? c_compiler(request.compiler) : request.compiler,
              is_c(source) ? "-std=gnu11" : "-std=c++20"};
  // What C once allowed and GCC 14 refuses stays a warning: old programs are what one looks into.
  if (is_c(source)) {
    words.push_back("-Wno-error=implicit-function-declaration");
    words.push_back("-Wno-error=int-conversion");
  }
  for (auto& flag : flags_of(request)) words.push_back(std::move(flag));
  // Who takes the pass out of a function would take its accesses out of all that is explored.
  if (is_traced(request.kind)) {
    for (const char* name : {"no_sanitize_thread", "__no_sanitize_thread__", "no_sanitize(...)",
                             "__no_sanitize__(...)", "disable_sanitizer_instrumentation"})
      words.push_back(std::string("-D") + name + "=unused");
  }
  words.push_back("-I" + (kit() / "include").string());
  for (const auto& path : request.includes) words.push_back("-I" + fs::absolute(path).string());
  for (const auto& definition : request.definitions) words.push_back("-D" + definition);
  std::istringstream more(request.flags);
  words.insert(words.end(), std::istream_iterator<std::string>(more), {});
  return words;
}

[[noreturn]] void refuse_source(const std::string& source, const std::string& compiler) {
  throw UsageError(
      fmt::format("'{}' does not compile: what {} says of it stands above", source, compiler));
}

/// Absolute and without links, so that one file is always the same to the compiler.
std::string found(const std::string& source) {
  std::error_code error;
  const auto path = fs::canonical(source, error);
  if (error || !fs::is_regular_file(path)) {
    throw UsageError(
        fmt::format("no file '{}': expected a C or C++ source, .c, .cc, .cpp or .cxx", source));
  }
  return path.string();
}

Words link_line(const BuildRequest& request, const Words& objects, const fs::path& module) {
  const auto exports = (kit() / "module.map").string();
  const auto vocabulary = (kit() / "libminusone_protocol_plain.a").string();
  Words words;
  if (is_traced(request.kind)) {
    words = {(kit() / "trace_module.sh").string(), request.compiler,
             (kit() / "libminusone_instrument.a").string(), exports, module.string()};
    words.insert(words.end(), objects.begin(), objects.end());
    words.push_back(vocabulary);
    words.push_back((kit() / "libminusone_string_instances.a").string());
    return words;
  }
  words = {request.compiler,
           "-shared",
           "-o",
           module.string(),
           "-Wl,--version-script=" + exports,
           "-Wl,-z,now,-z,defs",
           "-Wl,--build-id"};
  words.insert(words.end(), objects.begin(), objects.end());
  if (request.kind == ModuleKind::widened) {
    words.push_back((kit() / "widen.o").string());
    words.push_back("-Wl,--wrap=memcpy");
  }
  words.push_back(vocabulary);
  words.push_back("-pthread");
  return words;
}

/// Whether nm(1) lists the symbol so, "T" or "U", in one of the objects.
bool lists(const Words& objects, const WorkFolder& scratch, const std::string& symbol) {
  Words words{"nm"};
  words.insert(words.end(), objects.begin(), objects.end());
  const auto listing = scratch.path() / "symbols";
  if (run(words, listing) != 0) return false;
  return slurp(listing).find(" " + symbol + "\n") != std::string::npos;
}

bool defines(const Words& objects, const WorkFolder& scratch, const std::string& symbol) {
  return lists(objects, scratch, "T " + symbol);
}

/// libatomic's calls of any size: it takes a lock of its own, which lies in each process.
bool has_locked_atomics(const Words& objects, const WorkFolder& scratch) {
  return std::ranges::any_of(
      std::array{"load", "store", "exchange", "compare_exchange"},
      [&](const char* call) { return lists(objects, scratch, std::string("U __atomic_") + call); });
}

void check_kind(const BuildRequest& request, const Words& objects, const WorkFolder& scratch) {
  const auto names = fmt::format("{}", fmt::join(request.sources, ", "));
  const bool is_program = defines(objects, scratch, "main");
  if (!is_program && !defines(objects, scratch, protocol_symbol)) {
    throw UsageError(
        fmt::format("{} is neither a protocol nor a program: it defines neither {}() (see "
                    "protocol/protocol.h) nor main()",
                    names, protocol_symbol));
  }
  if (!is_program && !is_traced(request.kind) && has_locked_atomics(objects, scratch)) {
    throw UsageError(
        fmt::format("{} has a std::atomic that no instruction updates: the library takes a lock of "
                    "each process's own for it, so that between processes it is not atomic; use 1, "
                    "2, 4, 8 or 16 bytes",
                    names));
  }
  if (is_program && (request.kind == ModuleKind::native || request.kind == ModuleKind::widened)) {
    throw UsageError(
        fmt::format("{} is a whole program, it has a main(): `minusone explore` runs it, but real "
                    "agents run protocols only",
                    names));
  }
}

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

/// What is done to what the compiler writes: a change of it makes other modules of the same source.
constexpr std::string_view assembly_version = "inline assembly 5\n";

/// What a module depends on, hashed.
std::string key_of(const BuildRequest& request, const WorkFolder& scratch) {
  std::string all(assembly_version);
  all += request.volatile_atomic ? "volatile is atomic\n" : "";
  const auto text = scratch.path() / "text";
  for (const auto& source : request.sources) {
    auto words = compile_line(request, source);
    all += fmt::format("{}\n", fmt::join(words, " "));
    for (const char* word : {"-E", "-o", text.c_str(), source.c_str()}) words.emplace_back(word);
    if (run(words) != 0) refuse_source(source, words[0]);
    all += slurp(text);
    if (run({words[0], "--version"}, text) != 0) continue;
    all += slurp(text);
  }
  std::vector<fs::path> parts;
  for (const auto& entry : fs::directory_iterator(kit())) {
    if (entry.is_regular_file()) parts.push_back(entry.path());
  }
  std::ranges::sort(parts);
  for (const auto& part : parts) all += slurp(part);
  const XXH128_hash_t digest = XXH3_128bits(all.data(), all.size());
  return fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
}

/// Compiles a source to `output`, as assembly where its inline assembly is looked at. What the
/// compiler says of a source that compiles is passed on; of one that does not, the errors alone:
/// warnings would stand above them by the page.
void compile(const BuildRequest& request, const std::string& source, const std::string& output,
             const char* to) {
  auto words = compile_line(request, source);
  for (const auto& word : {std::string(to), std::string("-o"), output, source})
    words.push_back(word);
  const std::string said = output + ".said";
  if (run(words, {}, said) == 0) {
    std::fputs(slurp(said).c_str(), stderr);
    return;
  }
  words.emplace_back("-w");
  if (run(words) != 0) refuse_source(source, words[0]);
}

/// The compiler's hooks stand before what the compiler knows as an access; of what a block of
/// inline assembly does it knows nothing. So traced sources go through assembly, where the blocks
/// stand.
void compile_traced(const BuildRequest& request, const Words& objects) {
  std::vector<assembly::Unseen> unseen;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const auto& source = request.sources[i];
    const std::string written = objects[i] + ".s";
    compile(request, source, written, "-S");
    const auto text = assembly::read(slurp(written), is_clang(request.compiler));
    const auto found = assembly::unseen_in(text);
    unseen.insert(unseen.end(), found.begin(), found.end());
    if (!unseen.empty()) continue;
    if (text.has_own_code() || request.volatile_atomic)
      std::ofstream(written) << assembly::with_steps(text, request.volatile_atomic);
    const auto compiler = compile_line(request, source)[0];
    // The lines are written in the form of DWARF that the compiler wrote all else in.
    Words words{compiler};
    if (is_clang(compiler)) words.push_back("-gdwarf-4");
    for (const auto& word : {std::string("-c"), std::string("-o"), objects[i], written})
      words.push_back(word);
    if (run(words) != 0) refuse_source(source, compiler);
  }
  if (!unseen.empty()) throw UsageError(assembly::refusal(unseen));
}

void build(const BuildRequest& request, const fs::path& output) {
  const WorkFolder scratch(output.parent_path());
  Words objects;
  for (std::size_t i = 0; i < request.sources.size(); ++i)
    objects.push_back((scratch.path() / fmt::format("{}.o", i)).string());
  if (is_traced(request.kind)) {
    compile_traced(request, objects);
  } else {
    for (std::size_t i = 0; i < objects.size(); ++i)
      compile(request, request.sources[i], objects[i], "-c");
  }
  check_kind(request, objects, scratch);
  const auto module = scratch.path() / output.filename();
  if (run(link_line(request, objects, module)) != 0) {
    throw UsageError(fmt::format("{} cannot be linked: what the linker says of it stands above",
                                 fmt::join(request.sources, ", ")));
  }
  // It will be loaded: whatever the umask, nobody else may write to it.
  fs::permissions(module, fs::perms::group_write | fs::perms::others_write,
                  fs::perm_options::remove);
  fs::rename(module, output);
}

BuildRequest with_paths(BuildRequest request) {
  if (!fs::exists(kit() / "stamp")) {
    throw ToolMissing(
        fmt::format("what modules are made of is not at '{}': build the target minusone_kit, or "
                    "set MINUSONE_KIT",
                    kit().string()));
  }
  for (auto& source : request.sources) source = found(source);
  return request;
}

}  // namespace

bool is_source(const std::string& name) {
  const auto extension = fs::path(name).extension();
  return extension == ".c" || extension == ".cc" || extension == ".cpp" || extension == ".cxx";
}

void build_module(const BuildRequest& request, const fs::path& output) {
  const Interruptible interruptible;
  const auto absolute = fs::absolute(output);
  if (!fs::is_directory(absolute.parent_path())) {
    throw UsageError(fmt::format("'{}': expected the path of a module in a directory that exists",
                                 output.string()));
  }
  build(with_paths(request), absolute);
}

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
  build(request, module);
  return module;
}

}  // namespace minusone
