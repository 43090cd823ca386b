#include "stress/play/cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "protocol/message.h"
#include "stress/subjects/channel_machine.h"
#include "stress/sync/memory/memory_steps.h"

namespace minusone {
namespace {

/// Says of a piece of text whose message it is of, by looking for it in every message there is.
class Messages {
 public:
  explicit Messages(const Workload& workload) : many_(workload.messages > 1) {
    for (int writer = 1; writer <= workload.writers; ++writer) {
      for (int sequence = 0; sequence < workload.messages; ++sequence) {
        const MessageId id{static_cast<std::uint32_t>(writer),
                           static_cast<std::uint32_t>(sequence)};
        std::vector<char> text(workload.text);
        std::vector<char> sealed(message_frame_bytes + workload.text);
        make_text(id, text);
        seal_message(id, text, sealed);
        messages_.emplace_back(id, std::move(sealed));
      }
    }
  }

  std::string owner(std::span<const std::byte> bytes) const {
    const auto* const from = reinterpret_cast<const char*>(bytes.data());
    std::string owners;
    for (const auto& [id, sealed] : messages_) {
      const auto found = std::ranges::search(sealed, std::span(from, bytes.size()));
      if (found.empty()) continue;
      if (!owners.empty()) owners += " or ";
      owners += fmt::format("writer {}{}", id.writer,
                            many_ ? fmt::format(" message {}", id.sequence + 1) : "");
    }
    return owners;
  }

 private:
  bool many_;
  std::vector<std::pair<MessageId, std::vector<char>>> messages_;
};

std::string number(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  switch (bytes.size()) {
    case 4:
      return fmt::format("{}", static_cast<std::int32_t>(value));
    case 8:
      return fmt::format("{}", static_cast<std::int64_t>(value));
    default:
      return fmt::format("{}", value);
  }
}

}  // namespace

CellRecorder::CellRecorder(const ChannelMachine& machine, const Subject& subject)
    : machine_(machine),
      subject_(subject),
      start_(machine.segment().begin(), machine.segment().end()) {}

void CellRecorder::note(const Step& step) {
  for (int i = 0; i < step.count; ++i) {
    const Access& access = step.accesses[static_cast<std::size_t>(i)];
    if (access.address >= nowhere || !is_memory_action(step.action)) continue;
    const std::size_t offset = machine_.offset_of(access.address);
    if (offset >= start_.size()) continue;  // the heap that threads share
    bounds_.insert(offset);
    bounds_.insert(offset + access.bytes);
    if (access.bytes <= 8 && !is_range_write(step.action)) numbers_.emplace(offset, access.bytes);
    if (access.writes) add_written(offset, access.bytes);
  }
}

void CellRecorder::add_written(std::size_t offset, std::size_t bytes) {
  std::vector<Range> fresh{{offset, bytes}};
  for (const Range& old : written_) {
    std::vector<Range> rest;
    for (const Range& part : fresh) {
      const std::size_t end = part.offset + part.bytes;
      if (part.offset < old.offset)
        rest.push_back({part.offset, std::min(end, old.offset) - part.offset});
      const std::size_t from = std::max(part.offset, old.offset + old.bytes);
      if (from < end) rest.push_back({from, end - from});
    }
    fresh = std::move(rest);
  }
  written_.insert(written_.end(), fresh.begin(), fresh.end());
}

void CellRecorder::keep() {
  kept_.push_back({bytes_.size(), written_.size()});
  for (const Range& range : written_) {
    const auto part = machine_.segment().subspan(range.offset, range.bytes);
    bytes_.insert(bytes_.end(), part.begin(), part.end());
  }
  keep_objects();
}

void CellRecorder::keep_objects() {
  const AgentNames names = [this](int agent) { return subject_.agent(agent); };
  objects_values_.emplace_back();
  machine_.synchronisation().for_each(
      [&](const KernelObject& object, std::span<const std::byte> tail) {
        const std::size_t at = index_of(object);
        const auto value = object.kind->value(object, tail, names);
        auto& known = objects_[at].values;
        const auto found = std::ranges::find(known, value);
        auto& state = objects_values_.back();
        if (state.size() <= at) state.resize(at + 1);
        state[at] = static_cast<std::uint16_t>(found - known.begin());
        if (found == known.end()) known.push_back(value);
      });
}

std::size_t CellRecorder::index_of(const KernelObject& object) {
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    const Object& known = objects_[i];
    if (known.key == object.key && known.kind == object.kind && known.home == object.home) return i;
  }
  auto place = subject_.place({object.key, 1, false, false});
  // The object is longer than its first byte.
  if (const auto byte = place.find(", byte 0"); byte != std::string::npos) place.resize(byte);
  auto name = object.kind->title(object, place);
  if (object.home >= 0) name += fmt::format(" of {} alone", subject_.agent(object.home));
  objects_.push_back(
      {object.key, object.kind, object.home, name, {std::string(*object.kind->unused)}});
  return objects_.size() - 1;
}

std::vector<CellRecorder::Range> CellRecorder::cut() const {
  std::vector<Range> cells;
  for (const Range& range : written_) {
    std::size_t from = range.offset;
    const std::size_t end = range.offset + range.bytes;
    for (auto bound = bounds_.upper_bound(from); from < end; ++bound) {
      const std::size_t to = bound == bounds_.end() ? end : std::min(*bound, end);
      cells.push_back({from, to - from});
      from = to;
    }
  }
  std::ranges::sort(cells, {}, &Range::offset);
  return cells;
}

void CellRecorder::read(std::size_t state, const Range& cell, std::byte* into) const {
  std::memcpy(into, start_.data() + cell.offset, cell.bytes);
  std::size_t at = kept_[state].at;
  for (std::size_t i = 0; i < kept_[state].ranges; at += written_[i++].bytes) {
    const Range& range = written_[i];
    if (cell.offset < range.offset || cell.offset >= range.offset + range.bytes) continue;
    std::memcpy(into, bytes_.data() + at + (cell.offset - range.offset), cell.bytes);
    return;
  }
}

void CellRecorder::put_into(StateGraph& graph) const {
  const auto ranges = cut();
  const std::size_t cells = ranges.size() + objects_.size();
  graph.value.resize(graph.states() * cells);
  graph.cells.resize(cells);
  const StateWord& word = machine_.protocol().word;
  for (std::size_t c = 0; c < ranges.size(); ++c) {
    put_memory(graph, ranges[c], c);
    if (!word.name.empty() && ranges[c].offset == word.offset && ranges[c].bytes == sizeof(int))
      graph.word_cell = static_cast<int>(c);
  }
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    const std::size_t c = ranges.size() + i;
    graph.cells[c] = {objects_[i].name, true, objects_[i].values};
    for (std::size_t state = 0; state < graph.states(); ++state) {
      const auto& values = objects_values_[state];
      graph.value[state * cells + c] = i < values.size() ? values[i] : 0;
    }
  }
}

void CellRecorder::put_memory(StateGraph& graph, const Range& range, std::size_t c) const {
  const auto base = reinterpret_cast<std::uint64_t>(machine_.segment().data());
  const Messages messages(graph.workload);
  Cell& cell = graph.cells[c];
  cell.name =
      subject_.place({base + range.offset, static_cast<std::uint32_t>(range.bytes), false, false});
  cell.is_number = range.bytes <= 8 && numbers_.contains({range.offset, range.bytes});
  std::map<std::vector<std::byte>, std::uint32_t> values;
  std::vector<std::byte> bytes(range.bytes);
  for (std::size_t state = 0; state < graph.states(); ++state) {
    read(state, range, bytes.data());
    const auto [row, is_new] =
        values.try_emplace(bytes, static_cast<std::uint32_t>(cell.values.size()));
    if (is_new) {
      const bool as_at_start =
          std::equal(bytes.begin(), bytes.end(), start_.begin() + static_cast<long>(range.offset));
      auto value = cell.is_number ? number(bytes) : as_at_start ? "empty" : messages.owner(bytes);
      cell.values.push_back(value.empty() ? "mixed" : value);
    }
    graph.value[state * graph.cells.size() + c] = row->second;
  }
}

}  // namespace minusone
