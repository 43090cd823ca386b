#include "stress/subjects/program_group_processes.h"

#include <sys/mman.h>

#include <cerrno>

#include "protocol/os_error.h"

namespace minusone {

ProgramGroupProcesses::ProgramGroupProcesses(const std::vector<ProgramSpec>& programs,
                                             const Settings& settings)
    : ProcessMachine(LoadedPrograms::room, settings, 4096), programs_(programs) {
  const auto count = static_cast<std::size_t>(programs_.count());
  board_bytes_ = count * (sizeof(Shown) + LoadedPrograms::most_printed);
  void* const at =
      mmap(nullptr, board_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw OsError(errno, "mmap", "what programs in lock step print");
  board_ = static_cast<std::byte*>(at);
  programs_.remember();
  for (int i = 0; i < programs_.count(); ++i) add_agent(run_process_main, programs_.main(i));
  const auto failed = initialise([](void*) {}, nullptr);
  if (!failed.empty()) throw ModuleRefused("programs in lock step cannot be started: " + failed);
}

ProgramGroupProcesses::~ProgramGroupProcesses() { munmap(board_, board_bytes_); }

ProgramGroupProcesses::Shown& ProgramGroupProcesses::shown(int agent) const {
  return reinterpret_cast<Shown*>(board_)[agent];
}

char* ProgramGroupProcesses::buffer(int agent) const {
  auto* const first = board_ + static_cast<std::size_t>(programs_.count()) * sizeof(Shown);
  return reinterpret_cast<char*>(first) +
         static_cast<std::size_t>(agent) * LoadedPrograms::most_printed;
}

void ProgramGroupProcesses::restart(int agent) {
  if (agent == agents()) return;  // who initialises
  programs_.module(agent).restart();
  // What it had attached in the last execution is detached with that, and what it has not attached
  // faults.
  mmap(memory().data(), memory().size(), PROT_NONE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}

void ProgramGroupProcesses::set_up(int agent, Context& context) {
  if (agent == agents()) return;
  context.input = programs_.input(agent);
  context.printed = {buffer(agent), 0, LoadedPrograms::most_printed};
}

void ProgramGroupProcesses::announcing(int agent, const Context& context) {
  if (agent != agents()) shown(agent) = {page().execution, context.printed.bytes};
}

std::vector<std::string_view> ProgramGroupProcesses::printed(int agent) const {
  const Shown& its = shown(agent);
  return strings_in(buffer(agent), its.execution == page().execution ? its.bytes : 0);
}

int ProgramGroupProcesses::exit_status(int agent) const {
  const AnnouncedCall& call = page().calls[static_cast<std::size_t>(agent)];
  return call.action() == Action::finished && call.b == 1 ? static_cast<int>(call.a) : 0;
}

}  // namespace minusone
