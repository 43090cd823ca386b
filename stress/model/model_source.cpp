#include "stress/model/model_source.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "stress/modules/module.h"

namespace minusone {
namespace {

namespace fs = std::filesystem;

std::string trim(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

/// "19: while (written != 0) sched_yield();" behind the slashes.
std::optional<ModelSource::Named> named_in(const std::string& comment) {
  ModelSource::Named named;
  const auto [end, error] =
      std::from_chars(comment.data(), comment.data() + comment.size(), named.line);
  const auto at = static_cast<std::size_t>(end - comment.data());
  if (error != std::errc{} || at >= comment.size() || comment[at] != ':') return std::nullopt;
  named.text = trim(comment.substr(at + 1));
  return named;
}

std::optional<Property> property_named(const std::string& name) {
  for (const Property property : all_properties) {
    if (name_of(property) == name) return property;
  }
  return std::nullopt;
}

}  // namespace

ModelSource read_model(const fs::path& path) {
  std::ifstream file(path);
  if (!file) {
    throw UsageError(
        fmt::format("the model '{}' cannot be read: expected a Promela file beside the "
                    "protocol's modules",
                    path.string()));
  }
  ModelSource model;
  model.path = path;
  model.source = path.stem().string() + ".cpp";
  bool in_head = true;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    in_head &= line.starts_with("//");
    if (in_head) model.head += (model.head.empty() ? "" : " ") + trim(line.substr(2));
    std::istringstream words(line);
    std::string define, name, value;
    words >> define >> name;
    if (define == "#define" && name == "WORD") model.has_word = true;
    while (define == "#define" && name == "BELOW_THE_SOURCE" && words >> value) {
      if (const auto property = property_named(value)) model.below.insert(*property);
    }
    const auto comment = line.find("// ");
    if (in_head || comment == std::string::npos) continue;
    if (auto named = named_in(line.substr(comment + 3)))
      model.named.emplace(number, std::move(*named));
  }
  return model;
}

ModelSource find_model(const std::string& protocol) {
  const auto folder = fs::absolute(find_module(protocol, ModuleKind::native).path).parent_path();
  const auto path = folder / (folder.filename().string() + ".pml");
  if (!fs::exists(path)) {
    throw UsageError(
        fmt::format("'{}' has no model: expected {} beside its modules", protocol, path.string()));
  }
  return read_model(path);
}

}  // namespace minusone
