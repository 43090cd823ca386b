#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "protocol/property.h"

namespace minusone {

/// What a model's text says of itself, beside what SPIN reads: for each step, behind "//", the line
/// of the source that it stands for, as its number and its text.
struct ModelSource {
  std::filesystem::path path;
  std::string source;  ///< file name of what it models: "counter.cpp"
  /// Line of the model -> line of the source, and that line's text.
  struct Named {
    int line = 0;
    std::string text;
  };
  std::map<int, Named> named;
  bool has_word = false;
  /// Properties whose fault lies below the source (BELOW_THE_SOURCE), so that the model says
  /// nothing of them.
  std::set<Property> below;
  std::string head;  ///< the comment that it begins with, without the slashes
};

/// @param protocol  "naive/counter", or the path of one of its modules
/// @throws UsageError  no model lies beside the module
ModelSource find_model(const std::string& protocol);

/// @throws UsageError  it cannot be read
ModelSource read_model(const std::filesystem::path& path);

}  // namespace minusone
