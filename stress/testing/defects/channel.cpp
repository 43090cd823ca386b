#include "stress/testing/defects/channel.h"

#include <stdexcept>

namespace minusone {

Channel::Channel(const std::string& name, SegmentKind kind)
    : module_(Module::load(name, ModuleKind::native)),
      segment_(Segment::create(kind, module_.protocol().bytes, log_)) {
  protocol().init(at(), log_.reserve_key("sem"));
}

Channel::~Channel() { protocol().destroy(at()); }

void Channel::write(const std::string& text) {
  protocol().write(at(), text.data(), text.size(), nullptr);
}

std::string Channel::read() {
  std::string text(max_message, '\0');
  std::size_t size = 0;
  protocol().read(at(), text.data(), text.size(), &size, nullptr);
  text.resize(size);
  return text;
}

void Channel::ask_for_deadlines() const {
  if (!protocol().timed) throw std::logic_error(protocol().name + " has no deadlines");
}

bool Channel::try_write(const std::string& text) {
  ask_for_deadlines();
  const timespec past{0, 0};
  return protocol().write(at(), text.data(), text.size(), &past);
}

bool Channel::try_read(std::string& text) {
  ask_for_deadlines();
  text.assign(max_message, '\0');
  std::size_t size = 0;
  const timespec past{0, 0};
  const bool got = protocol().read(at(), text.data(), text.size(), &size, &past);
  text.resize(got ? size : 0);
  return got;
}

}  // namespace minusone
