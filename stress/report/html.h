#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/verdict.h"

namespace minusone {

/// A page that works from disk and asks for nothing else: its scripts are ES modules and its data
/// JSON, both inside. What runs in it is what stands here: a content security policy lets no other
/// script and no request through, and text of others can end no element.
struct Page {
  std::string_view title;
  std::string_view style;  ///< CSS
  /// The modules, by the name that others import them by; the last one runs.
  std::vector<std::pair<std::string_view, std::string_view>> modules;
  std::string json;  ///< what the script finds in the element `data`, as application/json
};
std::string to_html(const Page& page);

/// The report: all protocols, and of each its outcomes and interleavings.
std::string to_html(const std::vector<Result>& results);

}  // namespace minusone
