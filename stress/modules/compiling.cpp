#include "stress/modules/compiling.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>

#include "stress/assembly/announced.h"
#include "stress/assembly/refusal.h"
#include "stress/assembly/steps.h"
#include "stress/assembly/text.h"
#include "stress/modules/kit.h"
#include "stress/modules/whole_file.h"

namespace minusone {
namespace {

namespace fs = std::filesystem;

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
    case ModuleKind::watched:
      return "watched";
    default:
      return "optimized";
  }
}

bool names(const std::string& comma_separated, std::string_view word) {
  std::istringstream words(comma_separated);
  for (std::string one; std::getline(words, one, ',');) {
    if (one == word || one == "any") return true;
  }
  return false;
}

/// The lines of module_flags.txt that are for this kind and compiler.
Words flags_of(const BuildRequest& request) {
  Words flags;
  std::istringstream lines(text_of(kit() / "module_flags.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kinds, compiler;
    words >> kinds >> compiler;
    if (kinds.starts_with('#') || !names(kinds, name_of(request.kind)) ||
        !names(compiler, is_clang(request.compiler) ? "clang" : "gcc")) {
      continue;
    }
    flags.insert(flags.end(), std::istream_iterator<std::string>(words), {});
  }
  return flags;
}

/// Compiles a source to `output`, in the form that `to` asks for: "-c" or "-S".
void compile(const BuildRequest& request, const std::string& source, const std::string& output,
             const char* to) {
  auto words = compile_line(request, source);
  for (const auto& word : {std::string(to), std::string("-o"), output, source})
    words.push_back(word);
  const std::string said = output + ".said";
  if (run_tool(words, {}, said) == 0) {
    std::fputs(text_of(said).c_str(), stderr);
    return;
  }
  words.emplace_back("-w");
  if (run_tool(words) != 0) refuse_source(source, words[0]);
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
    auto text = assembly::read(text_of(written));
    assembly::find_left_out(text);
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
    if (run_tool(words) != 0) refuse_source(source, compiler);
  }
  if (!unseen.empty()) throw UsageError(assembly::refusal(unseen));
}

}  // namespace

bool is_traced(ModuleKind kind) {
  return kind == ModuleKind::traced || kind == ModuleKind::optimized;
}

Words compile_line(const BuildRequest& request, const std::string& source) {
  Words words{is_c(source) ? c_compiler(request.compiler) : request.compiler,
              is_c(source) ? "-std=gnu11" : "-std=c++20"};
  // What C once allowed and GCC 14 refuses stays a warning: old programs are what one looks into.
  if (is_c(source)) {
    words.push_back("-Wno-error=implicit-function-declaration");
    words.push_back("-Wno-error=int-conversion");
  }
  for (auto& flag : flags_of(request)) words.push_back(std::move(flag));
  // Who takes the pass out of a function takes the orders of its atomic accesses out of it too: the
  // accesses themselves are found then (stress/assembly/announced.h), as plain ones.
  if (is_traced(request.kind)) {
    for (const char* name : {"no_sanitize_thread", "__no_sanitize_thread__", "no_sanitize(...)",
                             "__no_sanitize__(...)", "disable_sanitizer_instrumentation",
                             "__disable_sanitizer_instrumentation__"})
      words.push_back(std::string("-D") + name + "=__unused__");
  }
  words.push_back("-I" + (kit() / "include").string());
  for (const auto& path : request.includes) words.push_back("-I" + fs::absolute(path).string());
  for (const auto& definition : request.definitions) words.push_back("-D" + definition);
  std::istringstream more(request.flags);
  words.insert(words.end(), std::istream_iterator<std::string>(more), {});
  return words;
}

void refuse_source(const std::string& source, const std::string& compiler) {
  throw UsageError(
      fmt::format("'{}' does not compile: what {} says of it stands above", source, compiler));
}

void compile_all(const BuildRequest& request, const Words& objects) {
  if (is_traced(request.kind)) return compile_traced(request, objects);
  for (std::size_t i = 0; i < objects.size(); ++i)
    compile(request, request.sources[i], objects[i], "-c");
}

}  // namespace minusone
