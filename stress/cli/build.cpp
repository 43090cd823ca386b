#include <fmt/format.h>

#include <memory>

#include "stress/cli/verbs.h"
#include "stress/modules/traced_module.h"
#include "stress/report/text.h"
#include "stress/watch/building.h"

namespace minusone::cli {
namespace {

struct Given {
  BuildRequest request;
  std::string output;
  bool optimized = false;
  bool native = false;
  bool widened = false;
  bool program = false;
  bool watch = false;
  bool quiet = false;
};

void run_build(Given& given, Status& status) {
  if (given.optimized + given.native + given.widened + given.watch > 1) {
    throw UsageError(
        "--optimized, --native, --widened and --watch are four builds: expected one of them");
  }
  auto& kind = given.request.kind;
  kind = given.optimized ? ModuleKind::optimized
         : given.native  ? ModuleKind::native
         : given.widened ? ModuleKind::widened
                         : ModuleKind::traced;
  for (const auto& source : given.request.sources) {
    if (!is_source(source)) {
      throw UsageError(
          fmt::format("'{}': expected a C or C++ source, .c, .cc, .cpp or .cxx", source));
    }
  }
  if (given.watch) {
    if (given.request.volatile_atomic)
      throw UsageError("--volatile-atomic is for what `explore` runs: leave it out with --watch");
    watch::build_program(given.request, given.output);
    if (!given.quiet) fmt::print("{}\n", given.output);
    status = holds;
    return;
  }
  build_module(given.request, given.output);
  if (kind == ModuleKind::traced || kind == ModuleKind::optimized) {
    try {
      check_module(given.output);
      if (given.program && !TracedModule::is_program(given.output))
        throw ModuleRefused(given.output + ": has no main(): leave --program out");
    } catch (const ModuleRefused& refused) {
      std::filesystem::remove(given.output);
      throw UsageError(refused.what());
    }
  }
  if (!given.quiet) {
    fmt::print("{} {}\n", given.output,
               find_module(std::filesystem::absolute(given.output).string(), kind).build_id);
  }
  status = holds;
}

}  // namespace

void add_build_options(Verb& verb, BuildRequest& request) {
  verb.add_option("--compiler", request.compiler, "of source files: g++ or clang++")
      ->shows_default();
  verb.add_option("-D,--define", request.definitions, "of source files: define a macro, X or X=1")
      ->one_at_a_time()
      ->type_name("X[=1]");
  verb.add_option("-I,--include", request.includes, "of source files: where headers lie")
      ->one_at_a_time()
      ->type_name("DIRECTORY");
  verb.add_flag("--volatile-atomic", request.volatile_atomic,
                "of source files: volatile accesses are atomic, with the machine's order");
  verb.add_option("--flags", request.flags,
                  "of source files: more for the compiler, '-std=gnu17 -include x.h'")
      ->type_name("'FLAGS'");
}

std::string built(const std::string& protocol, BuildRequest request, ModuleKind kind) {
  if (!is_source(protocol)) return protocol;
  request.sources.insert(request.sources.begin(), protocol);
  request.kind = kind;
  const auto module = cached_module(request).string();
  if (kind == ModuleKind::traced || kind == ModuleKind::optimized) {
    try {
      check_module(module);
    } catch (const ModuleRefused& refused) {
      // The message names the file that was given, not the one in the cache.
      throw UsageError(protocol + std::string(refused.what()).substr(module.size()));
    }
  }
  return module;
}

std::string file_words(const std::string& file, const BuildRequest& request) {
  std::string words = in_shell(file);
  for (const auto& source : request.sources) words += " " + in_shell(source);
  return words;
}

std::string build_words(const BuildRequest& request) {
  std::string words;
  if (request.compiler != BuildRequest{}.compiler)
    words += " --compiler " + in_shell(request.compiler);
  for (const auto& definition : request.definitions) words += " --define " + in_shell(definition);
  for (const auto& directory : request.includes) words += " --include " + in_shell(directory);
  if (request.volatile_atomic) words += " --volatile-atomic";
  if (!request.flags.empty()) words += " --flags " + in_shell(request.flags);
  return words;
}

void add_build(Verb& command, Status& status) {
  auto* verb = command.add_verb(
      "build", "make a module of C or C++ files: a protocol, or a whole program with main()");
  auto given = std::make_shared<Given>();
  verb->add_option("files", given->request.sources, "C or C++ sources")->required();
  verb->add_option("-o,--output", given->output,
                   "the module, a path ending in .so; of --watch a program")
      ->required()
      ->type_name("MODULE");
  verb->add_flag("--optimized", given->optimized,
                 "for explore, at -O2: what the optimiser made of it");
  verb->add_flag("--native", given->native, "for stress: not instrumented");
  verb->add_flag("--widened", given->widened, "for stress --widen: a callback at each basic block");
  verb->add_flag("--watch", given->watch, "a program for watch, at -O2");
  verb->add_flag("--program", given->program, "insist on a whole program, with main()");
  verb->add_flag("--quiet", given->quiet, "print nothing but errors");
  add_build_options(*verb, given->request);
  verb->callback([given, &status] { run_build(*given, status); });
}

}  // namespace minusone::cli
