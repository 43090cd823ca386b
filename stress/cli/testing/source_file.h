#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

/// For tests of the command with source files: a folder and a cache of their own, and what the
/// command did there.
namespace minusone::cli {

/// Threads that each add 1 to an atomic word: N of them, 2 unless N is defined, by the compiler or,
/// with HEADER, in sizes.h.
inline constexpr const char* fetch_add = R"(
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#ifdef HEADER
#include "sizes.h"
#endif
#ifndef N
#define N 2
#endif
static atomic_int word;
static void* add(void* unused) { atomic_fetch_add(&word, 1); return unused; }
int main(void) {
  pthread_t threads[N];
  for (int i = 0; i < N; i++) pthread_create(&threads[i], NULL, add, NULL);
  return 0;
}
)";

struct Ran {
  int status;
  std::string out;
  std::string err;
};

/// What it said with which its first counterexample is replayed: the arguments behind "minusone".
inline std::string replay_of(const std::string& out) {
  const std::string mark = "replay: minusone ";
  const auto from = out.find(mark);
  if (from == out.npos) return "";
  return out.substr(from + mark.size(), out.find('\n', from) - from - mark.size());
}

class SourceFile : public testing::Test {
 protected:
  SourceFile() {
    char name[] = "/tmp/minusone-build-XXXXXX";
    if (mkdtemp(name) != nullptr) directory_ = name;
  }
  ~SourceFile() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
    return (directory_ / name).string();
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(directory_ / name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  /// The command with these arguments, in the folder, for a shell.
  std::string command_line(const std::string& arguments) const;
  Ran minusone(const std::string& arguments) const {
    const int status = std::system(command_line(arguments).c_str());
    return {WEXITSTATUS(status), read("out"), read("err")};
  }
  std::uint64_t executions(const std::string& arguments) const {
    const auto ran = minusone("explore " + arguments + " --json -");
    EXPECT_EQ(ran.status, 0) << ran.err;
    return nlohmann::json::parse(ran.out).at(0).at("executions").at("complete");
  }
  /// The modules in the cache; what is left of a build would count too.
  std::ptrdiff_t cached() const {
    std::error_code none;
    const std::filesystem::directory_iterator entries(directory_ / "cache/minusone", none);
    return std::distance(begin(entries), end(entries));
  }

  std::filesystem::path directory_;
};

}  // namespace minusone::cli
