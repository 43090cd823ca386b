// channel: two writers and two readers of a protocol, each a process, on a mapping that they share.
// Built together with the protocol's file. Naive protocols get stuck; whoever has not ended after
// half a second is killed.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <vector>

#include "protocol/protocol.h"

const minusone::Protocol* minusone_protocol();

namespace {

constexpr int messages = 20;  // of each

void write_all(const minusone::Protocol& protocol, void* at) {
  for (int i = 0; i < messages; ++i) {
    const char text[16] = "a message";
    protocol.write(at, text, sizeof text, nullptr);
  }
}

void read_all(const minusone::Protocol& protocol, void* at) {
  for (int i = 0; i < messages; ++i) {
    char text[minusone::max_message];
    std::size_t size = 0;
    protocol.read(at, text, sizeof text, &size, nullptr);
  }
}

}  // namespace

int main() {
  const auto& protocol = *minusone_protocol();
  void* const at =
      mmap(nullptr, protocol.bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  protocol.init(at, static_cast<key_t>(0x6d310000 | (getpid() & 0xffff)));
  std::vector<pid_t> agents;
  const auto add = [&](auto run, int most) {
    for (int i = 0; i < (most == 0 ? 2 : std::min(most, 2)); ++i) {
      const pid_t agent = fork();
      if (agent == 0) {
        run(protocol, at);
        _exit(0);
      }
      agents.push_back(agent);
    }
  };
  add(write_all, protocol.max_writers);
  add(read_all, protocol.max_readers);
  for (int tenth = 0; tenth < 50 && !agents.empty(); ++tenth) {
    std::erase_if(agents, [](pid_t agent) { return waitpid(agent, nullptr, WNOHANG) == agent; });
    usleep(10000);
  }
  for (const pid_t agent : agents) {
    kill(agent, SIGKILL);
    waitpid(agent, nullptr, 0);
  }
  protocol.destroy(at);
}
