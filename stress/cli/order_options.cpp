#include "stress/cli/order_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "stress/cli/programs.h"
#include "stress/report/text.h"

namespace minusone::cli {
namespace {

OrderChange parsed(const std::string& given) {
  if (auto change = parse_order_change(given)) return *change;
  throw UsageError(fmt::format(
      "--order '{}': expected a place and its order, FILE:LINE:KIND=ORDER, such as "
      "ring.h:31:store=release; kinds are load, store, exchange, update, cas, failed-cas and "
      "fence; orders are relaxed, acquire, release, acq_rel and seq_cst, and none of a fence",
      given));
}

}  // namespace

void add_order_changes(Verb& verb, std::vector<std::string>& changes) {
  verb.add_option_function(
          "--order",
          [&changes](const std::string& given) {
            parsed(given);
            changes.push_back(given);
          },
          "a memory order in place of the one in the source: ring.h:31:store=release; once for "
          "each")
      ->one_at_a_time()
      ->type_name("FILE:LINE:KIND=ORDER");
}

std::shared_ptr<OrderPlaces> places_of(const std::vector<std::string>& changes) {
  if (changes.empty()) return nullptr;
  std::vector<OrderChange> all;
  std::ranges::transform(changes, std::back_inserter(all), parsed);
  return std::make_shared<OrderPlaces>(std::move(all));
}

std::string order_words(const std::vector<std::string>& changes) {
  std::string words;
  for (const auto& change : changes) words += " --order " + in_shell(change);
  return words;
}

std::string build_with_orders(const std::string& build, std::vector<std::string> changes) {
  if (changes.empty()) return build;
  std::ranges::sort(changes);
  std::string all;
  for (const auto& change : changes) all += change + '\n';
  return build_with(build, all);
}

void note_orders(Result& result, const std::vector<std::string>& changes) {
  if (changes.empty()) return;
  std::string all;
  for (const auto& change : changes) all += (all.empty() ? "" : ", ") + change;
  result.notes.push_back("orders: not those of the source: " + all);
}

void check_met(const std::vector<std::string>& changes, const OrderPlaces* places) {
  if (places == nullptr) return;
  const auto without = places->without_place();
  if (without.empty()) return;
  std::string met;
  for (const OrderPlace& place : places->places()) {
    met += fmt::format("{}{}:{}:{}", met.empty() ? "" : ", ", place.file, place.line,
                       name_of(place.use));
  }
  const auto asked = std::ranges::find_if(changes, [&](const auto& change) {
    return to_string(parsed(change)) == to_string(without.front());
  });
  throw UsageError(
      fmt::format("--order '{}': no access or fence was met there that can have that order; "
                  "met were {}",
                  *asked, met.empty() ? "none" : met));
}

}  // namespace minusone::cli
