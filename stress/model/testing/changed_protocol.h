#pragma once

#include <filesystem>
#include <string>

namespace minusone::testing {

/// A folder of modules that holds one protocol, its model or its code changed: MINUSONE_MODULES
/// points to it until it goes.
class ChangedProtocol {
 public:
  /// @param name  "naive/counter"
  explicit ChangedProtocol(const std::string& name);
  ~ChangedProtocol();
  ChangedProtocol(const ChangedProtocol&) = delete;
  ChangedProtocol& operator=(const ChangedProtocol&) = delete;

  /// The texts of the model, as built, and of the code, as it stands in the source.
  std::string model() const;
  std::string code() const;
  void set_model(const std::string& text);
  /// Builds the traced module of this text, as `minusone build` does.
  void set_code(const std::string& text);

 private:
  std::filesystem::path built() const;  ///< the folder of the real modules

  std::string name_;
  std::string leaf_;
  std::filesystem::path root_;
  std::filesystem::path folder_;
};

/// The text with two of its lines exchanged: the first that contains `first`, and the next behind
/// it that contains `second`. @throws std::invalid_argument  there are no such lines
std::string with_swapped(const std::string& text, const std::string& first,
                         const std::string& second);

}  // namespace minusone::testing
