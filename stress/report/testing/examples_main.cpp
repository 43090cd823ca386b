// Prints the results that the browser tests open, as an object of arrays: the tests in C++ have the
// same.
#include <cstdio>
#include <string>

#include "stress/report/json.h"
#include "stress/report/testing/examples.h"

int main() {
  using namespace minusone;
  const std::pair<const char*, Result> all[] = {
      {"explored", explored()},
      {"observed", violated_rounds()},
      {"holding", holding_soak()},
      {"interrupted", interrupted()},
      {"malicious", malicious()},
      {"long", long_trace(10'000)},
      {"inside_library", inside_library()},
  };
  std::string text;
  for (const auto& [name, result] : all)
    text += (text.empty() ? "{\"" : ",\"") + std::string(name) + "\":" + to_json({result});
  std::puts((text + "}").c_str());
}
