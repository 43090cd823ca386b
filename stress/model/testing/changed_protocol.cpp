#include "stress/model/testing/changed_protocol.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "stress/modules/builder.h"

namespace minusone::testing {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& text) {
  fs::remove(path);
  std::ofstream(path) << text;
}

}  // namespace

ChangedProtocol::ChangedProtocol(const std::string& name)
    : name_(name), leaf_(fs::path(name).filename().string()) {
  std::string pattern = (fs::temp_directory_path() / "minusone-changed-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  root_ = pattern;
  folder_ = root_ / name;
  fs::create_directories(folder_);
  fs::create_directory_symlink(fs::path(MINUSONE_MODULES) / "protocol", root_ / "protocol");
  for (const auto& entry : fs::directory_iterator(built()))
    fs::create_symlink(entry.path(), folder_ / entry.path().filename());
  setenv("MINUSONE_MODULES", root_.c_str(), 1);
}

ChangedProtocol::~ChangedProtocol() {
  unsetenv("MINUSONE_MODULES");
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

fs::path ChangedProtocol::built() const { return fs::path(MINUSONE_MODULES) / name_; }
std::string ChangedProtocol::model() const { return slurp(built() / (leaf_ + ".pml")); }
std::string ChangedProtocol::code() const {
  return slurp(fs::path(MINUSONE_SOURCE) / name_ / (leaf_ + ".cpp"));
}

void ChangedProtocol::set_model(const std::string& text) {
  write(folder_ / (leaf_ + ".pml"), text);
}

void ChangedProtocol::set_code(const std::string& text) {
  const auto source = root_ / (leaf_ + ".cpp");
  write(source, text);
  fs::remove(folder_ / "traced.so");
  build_module({.sources = {source.string()}}, folder_ / "traced.so");
}

std::string with_swapped(const std::string& text, const std::string& first,
                         const std::string& second) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  const auto holds = [](const std::string& part) {
    return [&part](const std::string& line) { return line.find(part) != std::string::npos; };
  };
  const auto a = std::ranges::find_if(lines, holds(first));
  if (a == lines.end()) throw std::invalid_argument("no line contains '" + first + "'");
  const auto b = std::find_if(a + 1, lines.end(), holds(second));
  if (b == lines.end()) throw std::invalid_argument("no line behind it contains '" + second + "'");
  std::iter_swap(a, b);
  std::string swapped;
  for (const auto& line : lines) swapped += line + "\n";
  return swapped;
}

}  // namespace minusone::testing
