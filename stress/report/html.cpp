#include "stress/report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "stress/report/json.h"
#include "stress/report/trace_rows.h"

namespace minusone {

// Made by minusone_embed of the files in html/.
namespace html_assets {
extern const std::string_view report_css, report_mjs, results_mjs, player_mjs, dom_mjs;
}

namespace {

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k)
      three = three << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k <= bytes.size() ? digits[three >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

/// JSON inside a script element: no "</script>" and no "<!--" can come up in it.
std::string inside_script(std::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  return safe;
}

/// FNV-1a; makes the policy's nonce depend on what the page holds, and the page the same each time.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

}  // namespace

std::string to_html(const Page& page) {
  const auto nonce = fmt::format("{:016x}", hash_of(page.json));
  std::string imports;
  for (std::size_t i = 0; i + 1 < page.modules.size(); ++i) {
    imports += fmt::format("{}\"{}\":\"data:text/javascript;base64,{}\"", i == 0 ? "" : ",",
                           page.modules[i].first, base64(page.modules[i].second));
  }
  std::string html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += fmt::format(
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src "
      "'nonce-{0}'; style-src 'nonce-{0}'; base-uri 'none'; form-action 'none'\">\n",
      nonce);
  html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  html += fmt::format("<title>{}</title>\n<style nonce=\"{}\">\n{}</style>\n", page.title, nonce,
                      page.style);
  html += fmt::format("<script type=\"importmap\" nonce=\"{}\">{{\"imports\":{{{}}}}}</script>\n",
                      nonce, imports);
  html += "</head>\n<body>\n<noscript>This page shows its results by a script.</noscript>\n";
  html +=
      "<script type=\"application/json\" id=\"data\">" + inside_script(page.json) + "</script>\n";
  html += fmt::format("<script type=\"module\" nonce=\"{}\">\n{}</script>\n</body>\n</html>\n",
                      nonce, page.modules.back().second);
  return html;
}

std::string to_html(const std::vector<Result>& results) {
  using namespace html_assets;
  auto told = results;
  for (Result& result : told) {
    for (PropertyResult& property : result.properties)
      std::ranges::transform(property.steps, property.steps.begin(), at_call);
  }
  return to_html(Page{"minusone report",
                      report_css,
                      {{"minusone/dom", dom_mjs},
                       {"minusone/results", results_mjs},
                       {"minusone/player", player_mjs},
                       {"report", report_mjs}},
                      to_json_with_rows(told)});
}

}  // namespace minusone
