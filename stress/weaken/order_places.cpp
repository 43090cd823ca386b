#include "stress/weaken/order_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>

#include "protocol/verdict.h"
#include "stress/instrument/announcement.h"

namespace minusone {
namespace {

constexpr std::uint64_t orders_of_code = std::uint64_t{0xffff} << 16;

/// The part before the last of such a character, which goes with the rest.
std::string_view take_last(std::string_view& text, char before) {
  const auto at = text.rfind(before);
  if (at == text.npos) return {};
  const auto last = text.substr(at + 1);
  text = text.substr(0, at);
  return last;
}

bool can_have(OrderUse use, int order) {
  return order == __ATOMIC_CONSUME ? use == OrderUse::load || use == OrderUse::failed_cas
                                   : std::ranges::count(orders_of(use), order) > 0;
}

}  // namespace

bool OrderChange::concerns(const OrderPlace& place) const {
  return file == place.file && line == place.line && (!use || *use == place.use) &&
         (!written || *written == place.written) && can_have(place.use, order);
}

std::string to_string(const OrderChange& change) {
  const auto use = change.use.value_or(OrderUse::load);
  auto text = fmt::format("{}:{}", change.file, change.line);
  if (change.use) text += fmt::format(":{}", name_of(use));
  if (change.written) text += fmt::format(":{}", name_of_order(*change.written, use));
  return text + fmt::format("={}", name_of_order(change.order, use));
}

std::optional<OrderChange> parse_order_change(std::string_view text) {
  OrderChange change;
  const auto order = parse_order(take_last(text, '='));
  if (!order) return std::nullopt;
  change.order = *order;
  auto last = take_last(text, ':');
  if (const auto written = parse_order(last)) {
    change.written = written;
    last = take_last(text, ':');
  }
  if (const auto use = parse_order_use(last)) {
    change.use = use;
    last = take_last(text, ':');
  }
  if (change.written && !change.use) return std::nullopt;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), change.line);
  if (error != std::errc{} || end != last.data() + last.size() || text.empty()) return std::nullopt;
  change.file = text;
  return change;
}

const SourceLines& OrderPlaces::lines_of(const std::string& module) {
  return lines_.try_emplace(module, module).first->second;
}

int OrderPlaces::place_at(const SourceLine& line, OrderUse use, int written) {
  OrderPlace place{line.file, line.line, use, written};
  const auto found = std::ranges::find(places_, place);
  if (found != places_.end()) return static_cast<int>(found - places_.begin());
  int order = strongest_ ? __ATOMIC_SEQ_CST : written;
  for (const OrderChange& change : changes_) {
    if (change.concerns(place)) order = change.order;
  }
  places_.push_back(std::move(place));
  orders_.push_back(order);
  return static_cast<int>(places_.size()) - 1;
}

OrderPlaces::Whose OrderPlaces::whose(FileAddress at) {
  if (at.module == nullptr || at.address == 0) return Whose::runtime;
  const auto [found, is_new] =
      frames_.try_emplace({std::hash<std::string_view>()(*at.module), at.address, 0}, Whose::own);
  if (!is_new) return found->second;
  const auto line = lines_of(*at.module).of_call(at.address);
  // A template's name begins with what it returns.
  const auto name = " " + line.function.substr(0, line.function.find('('));
  const auto is_of = [&](const char* type) { return name.find(type) != name.npos; };
  if (line.file.empty() || is_library(line.path)) {
    found->second = is_of(" std::atomic") || is_of(" std::__atomic_base") ||
                            is_of(" std::__atomic_float") || is_of(" std::__atomic_ref")
                        ? Whose::atomics
                        : Whose::library;
  }
  return found->second;
}

/// Where the source names the order of what was announced.
std::optional<FileAddress> OrderPlaces::own_code(const Context& call, const AgentCode& code) {
  const auto at = code.find(call.pc);
  if (whose(at) == Whose::own) return at;
  for (const void* caller : code.callers()) {
    const auto behind = code.find(caller);
    const Whose its = whose(behind);
    if (its == Whose::own) return behind;
    if (its == Whose::library) break;
  }
  left_library_ = true;
  return std::nullopt;
}

// The guard of a static variable, which the compiler put there, is nobody's to change.
const OrderPlaces::Met& OrderPlaces::meet(const Context& call, FileAddress at,
                                          const AgentCode& code) {
  const auto [found, is_new] =
      sites_.try_emplace({std::hash<std::string_view>()(*at.module), at.address,
                          static_cast<std::uint32_t>(call.code)});
  Met& met = found->second;
  if (!is_new) return met;
  const SourceLines& lines = lines_of(*at.module);
  const auto object = code.find(reinterpret_cast<const void*>(call.a));
  if (lines.variable(object.address).starts_with("guard variable")) return met;
  const auto line = lines.of_call(at.address);
  const OrderUse use = use_of(call.action());
  met.place = place_at(line, use, call.order());
  if (use == OrderUse::cas) met.failed = place_at(line, OrderUse::failed_cas, call.failure_order());
  return met;
}

void OrderPlaces::replace(Context& call, const AgentCode& code) {
  const auto at = own_code(call, code);
  if (!at) return;
  const Met& met = meet(call, *at, code);
  if (met.place == no_place) return;
  const auto order = static_cast<std::uint64_t>(orders_[static_cast<std::size_t>(met.place)]);
  std::uint64_t failure = call.failure_order();
  if (met.failed != no_place)
    failure = static_cast<std::uint64_t>(orders_[static_cast<std::size_t>(met.failed)]);
  call.code = (call.code & ~orders_of_code) | order << 16 | failure << 24;
}

void OrderPlaces::set_as_written() {
  strongest_ = false;
  for (std::size_t i = 0; i < places_.size(); ++i) orders_[i] = places_[i].written;
}

void OrderPlaces::set_strongest() {
  strongest_ = true;
  std::ranges::fill(orders_, __ATOMIC_SEQ_CST);
}

std::vector<OrderChange> OrderPlaces::without_place() const {
  std::vector<OrderChange> left;
  std::ranges::copy_if(changes_, std::back_inserter(left), [&](const OrderChange& change) {
    return std::ranges::none_of(places_,
                                [&](const OrderPlace& place) { return change.concerns(place); });
  });
  return left;
}

OrderChange OrderPlaces::change_at(std::size_t index) const {
  const OrderPlace& place = places_[index];
  OrderChange change{place.file, place.line, place.use, std::nullopt, orders_[index]};
  const auto alike = [&](const OrderPlace& other) {
    return other.file == place.file && other.line == place.line && other.use == place.use;
  };
  if (std::ranges::count_if(places_, alike) > 1) change.written = place.written;
  return change;
}

}  // namespace minusone
