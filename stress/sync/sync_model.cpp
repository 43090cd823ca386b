#include "stress/sync/sync_model.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <tuple>

namespace minusone {

bool WaitQueue::holds(int agent) const {
  return std::find(agents.begin(), agents.begin() + count, agent) != agents.begin() + count;
}

void WaitQueue::remove(int agent) {
  const auto end = agents.begin() + count;
  const auto at = std::find(agents.begin(), end, static_cast<std::int8_t>(agent));
  if (at == end) return;
  std::move(at + 1, end, at);
  --count;
}

std::string sentence_of(const Misuse& misuse, const AgentNames& name) {
  return misuse.before + (misuse.agent < 0 ? "" : name(misuse.agent)) + misuse.after;
}

std::string sleepers(const WaitQueue& waiting, AgentBits woken, const AgentNames& name) {
  std::string text;
  const auto add = [&](const std::string& one) { text += (text.empty() ? "" : ", ") + one; };
  for (std::size_t i = 0; i < waiting.count; ++i) add(name(waiting.agents[i]));
  for (int agent = 0; agent < max_agents; ++agent) {
    if (holds(woken, agent)) add(name(agent) + " (woken)");
  }
  return text.empty() ? "nobody" : text;
}

namespace {

template <class T>
void append(std::vector<std::byte>& to, const T* from, std::size_t count) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(from);
  to.insert(to.end(), bytes, bytes + count * sizeof(T));
}

template <class T>
void take(std::vector<std::byte>& from, T* to, std::size_t count) {
  const std::size_t bytes = count * sizeof(T);
  if (bytes > 0) std::memcpy(to, from.data() + from.size() - bytes, bytes);
  from.resize(from.size() - bytes);
}

/// A number of what a timeout may depend on: not the order of queues, no details.
class Summary : public StateSink {
 public:
  void add(std::uint64_t part) override {
    value_ = (value_ ^ part) * 0x9e3779b97f4a7c15u;
    value_ ^= value_ >> 32;
  }
  void add(const WaitQueue& queue) override {
    AgentBits waiting = 0;
    for (std::size_t i = 0; i < queue.count; ++i) waiting = with(waiting, queue.agents[i]);
    add(waiting);
  }
  void add_detail(std::uint64_t) override {}
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

class Exact : public StateSink {
 public:
  explicit Exact(Digest& digest) : digest_(digest) {}
  void add(std::uint64_t part) override { digest_.add(part); }
  void add(const WaitQueue& queue) override {
    digest_.add(queue.count);
    for (std::size_t i = 0; i < queue.count; ++i) digest_.add(queue.agents[i]);
  }
  void add_detail(std::uint64_t part) override { digest_.add(part); }

 private:
  Digest& digest_;
};

}  // namespace

void SyncModel::remember() {
  for (const Family* family : families()) {
    if (*family->inherited != nullptr) family->inherited(*this);
  }
  start_ = now_;
}

void SyncModel::push() {
  const std::size_t sizes[2] = {now_.objects.size(), now_.tails.size()};
  append(saved_, now_.objects.data(), sizes[0]);
  append(saved_, now_.tails.data(), sizes[1]);
  append(saved_, sizes, 2);
}

void SyncModel::pop() {
  std::size_t sizes[2];
  misuse_.reset();
  take(saved_, sizes, 2);
  now_.objects.resize(sizes[0]);
  now_.tails.resize(sizes[1]);
  take(saved_, now_.tails.data(), sizes[1]);
  take(saved_, now_.objects.data(), sizes[0]);
}

std::uint64_t SyncModel::fingerprint_of(const KernelObject& object) const {
  Summary one;
  one.add(object.key);
  one.add(reinterpret_cast<std::uintptr_t>(object.kind));
  one.add(static_cast<std::uint64_t>(object.home));
  object.kind->add_to(object, tail(object), one);
  return one.value();
}

// Objects may have come up in any order: a sum.
std::uint64_t SyncModel::fingerprint() const {
  std::uint64_t all = 0;
  for (const KernelObject& object : now_.objects) all += fingerprint_of(object);
  return all;
}

std::uint64_t SyncModel::digest_of(std::uint64_t address) const {
  std::uint64_t all = 0;
  for (const KernelObject& object : now_.objects) {
    if (object.key != address) continue;
    Summary own;
    const std::size_t bytes = has_bytes(address) ? *object.kind->own_bytes : 0;
    for (std::size_t i = 0; i < bytes; ++i)
      own.add(reinterpret_cast<const unsigned char*>(address)[i]);
    all += fingerprint_of(object) + own.value();
  }
  return all;
}

// Objects are listed by first use; two orders of first uses may lead to the same state.
void SyncModel::add_to(Digest& digest) const {
  std::vector<const KernelObject*> objects;
  for (const KernelObject& object : now_.objects) {
    if (!object.kind->is_fresh(object)) objects.push_back(&object);
  }
  std::ranges::sort(objects, {}, [](const KernelObject* object) {
    return std::tuple(*object->kind->name, object->key, object->home);
  });
  digest.add(objects.size());
  Exact exact(digest);
  for (const KernelObject* object : objects) {
    digest.add(object->kind);
    digest.add(object->key);
    digest.add(object->home);
    object->kind->add_to(*object, tail(*object), exact);
  }
}

std::string SyncModel::name_of(std::uint64_t address) const {
  for (const KernelObject& object : now_.objects) {
    if (object.key == address && *object.kind->called != nullptr)
      return object.kind->called(object, tail(object));
  }
  return {};
}

std::optional<std::span<const std::byte>> SyncModel::lent_at(std::uint64_t address) const {
  for (const KernelObject& object : now_.objects) {
    if (*object.kind->lent == nullptr) continue;
    const auto piece = object.kind->lent(*this, object);
    if (address - reinterpret_cast<std::uint64_t>(piece.data()) < piece.size()) return piece;
  }
  return std::nullopt;
}

// In the room, from where on, and how many bytes.
std::pair<std::uint64_t, std::uint64_t> SyncModel::place_of(const KernelObject& object) const {
  if (object.kind->place != nullptr) return object.kind->place(object);
  const auto piece = object.kind->lent(*this, object);
  return {static_cast<std::uint64_t>(piece.data() - room_.data()), whole_pages(piece.size())};
}

Lent SyncModel::lent_to(int agent, std::uint64_t address, std::size_t bytes, bool writes) const {
  const std::uint64_t at = address - reinterpret_cast<std::uint64_t>(room_.data());
  for (const KernelObject& object : now_.objects) {
    if (*object.kind->lent == nullptr) continue;
    const auto [from, extent] = place_of(object);
    if (at - from >= extent || bytes > extent - (at - from)) continue;
    return object.kind->lends == nullptr
               ? Lent::yes
               : object.kind->lends(*this, object, agent, at - from, bytes, writes);
  }
  return Lent::detached;
}

std::uint64_t SyncModel::top_of_room() const {
  std::uint64_t top = 0;
  for (const KernelObject& object : now_.objects) {
    if (*object.kind->lent == nullptr) continue;
    const auto [from, extent] = place_of(object);
    if (extent > 0) top = std::max(top, from + extent);
  }
  return top;
}

const KernelObject* SyncModel::find_object(const ObjectKind* kind, std::uint64_t key,
                                           int home) const {
  for (const KernelObject& object : now_.objects) {
    if (object.key == key && object.kind == kind && object.home == home) return &object;
  }
  return nullptr;
}

void SyncModel::append_tail(const KernelObject* object, std::span<const std::byte> bytes) {
  auto& its = const_cast<KernelObject&>(*object);
  its.tail_at = static_cast<std::uint32_t>(now_.tails.size());
  its.tail_bytes = static_cast<std::uint32_t>(bytes.size());
  now_.tails.insert(now_.tails.end(), bytes.begin(), bytes.end());
}

bool SyncModel::can_give_up(const Context& agent) const {
  const Call& call = call_of(agent.action());
  const Queue* const queue = call.waiting->queue;
  return queue == nullptr ? !enabled(agent) : !enabled(agent) && queue->can_leave(*this, agent);
}

std::int64_t SyncModel::give_up(const Context& agent) {
  woken_ = 0;
  misuse_.reset();
  const Queue* const queue = call_of(agent.action()).waiting->queue;
  return queue == nullptr ? 0 : queue->leave(*this, agent);
}

UndoneByEnd SyncModel::undone_by_end(int agent) const {
  UndoneByEnd undone;
  for (const Family* family : families()) {
    if (*family->undone_by_end != nullptr) family->undone_by_end(*this, agent, undone);
  }
  return undone;
}

void SyncModel::agent_ends(int agent, std::int32_t status) {
  ending_status_ = status;
  for (const Family* family : families()) {
    if (*family->ends != nullptr) family->ends(*this, agent);
  }
}

void SyncModel::agent_dies(const Context& agent) {
  const Queue* const queue = call_of(agent.action()).waiting->queue;
  if (queue != nullptr) queue->dies(*this, agent);
  agent_ends(agent.id, SIGKILL);
}

}  // namespace minusone
