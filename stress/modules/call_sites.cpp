#include "stress/modules/call_sites.h"

#include <fcntl.h>
#include <gelf.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <span>
#include <string_view>

namespace minusone {
namespace {

using Address = std::uint64_t;

/// An open shared object; nothing is found in what is none.
class Object {
 public:
  explicit Object(const std::string& path) : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    elf_version(EV_CURRENT);
    elf_ = elf_begin(file_, ELF_C_READ, nullptr);
  }
  ~Object() {
    elf_end(elf_);
    close(file_);
  }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  void for_each_section(
      const std::function<void(Elf_Scn*, const GElf_Shdr&, std::string_view name)>& visit) const {
    std::size_t names = 0;
    if (elf_getshdrstrndx(elf_, &names) != 0) return;
    for (Elf_Scn* at = nullptr; (at = elf_nextscn(elf_, at)) != nullptr;) {
      GElf_Shdr header;
      if (gelf_getshdr(at, &header) == nullptr) continue;
      const char* const name = elf_strptr(elf_, names, header.sh_name);
      visit(at, header, name == nullptr ? "" : name);
    }
  }
  /// The entries of the global offset table that the dynamic linker fills, with their symbols.
  std::map<Address, std::string> slots() const {
    std::map<Address, std::string> found;
    for_each_section([&](Elf_Scn* section, const GElf_Shdr& header, std::string_view) {
      if (header.sh_type != SHT_RELA) return;
      Elf_Data* const data = elf_getdata(section, nullptr);
      Elf_Scn* const symbols = elf_getscn(elf_, header.sh_link);
      GElf_Shdr of_symbols;
      if (data == nullptr || symbols == nullptr || gelf_getshdr(symbols, &of_symbols) == nullptr)
        return;
      GElf_Rela entry;
      for (int i = 0; gelf_getrela(data, i, &entry) != nullptr; ++i) {
        const auto type = GELF_R_TYPE(entry.r_info);
        if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT) continue;
        GElf_Sym symbol;
        const auto index = static_cast<int>(GELF_R_SYM(entry.r_info));
        if (gelf_getsym(elf_getdata(symbols, nullptr), index, &symbol) == nullptr) continue;
        if (const char* const name = elf_strptr(elf_, of_symbols.sh_link, symbol.st_name))
          found[entry.r_offset] = name;
      }
    });
    return found;
  }

 private:
  const int file_;
  Elf* elf_ = nullptr;
};

/// A section's code, which begins at that address of the file.
struct Code {
  std::span<const unsigned char> bytes;
  Address begin;

  /// Where an instruction that ends with a displacement of four bytes at `at` refers to.
  Address target(std::size_t at) const {
    std::int32_t displacement;
    std::memcpy(&displacement, bytes.data() + at, sizeof displacement);
    return behind(at) + static_cast<Address>(std::int64_t{displacement});
  }
  Address behind(std::size_t at) const { return begin + at + 4; }
};

Code code_of(Elf_Scn* section, const GElf_Shdr& header) {
  const Elf_Data* const data = elf_getdata(section, nullptr);
  if (data == nullptr || data->d_buf == nullptr) return {{}, header.sh_addr};
  return {{static_cast<const unsigned char*>(data->d_buf), data->d_size}, header.sh_addr};
}

bool is_code(const GElf_Shdr& header) {
  return header.sh_type == SHT_PROGBITS && (header.sh_flags & SHF_EXECINSTR) != 0;
}

}  // namespace

std::map<std::string, std::vector<std::uintptr_t>> call_sites(const std::string& path) {
  const Object object(path);
  const auto slots = object.slots();
  // Stubs jump through a slot (`jmp *slot(%rip)`), and may begin with an endbr64 or a bnd.
  std::map<Address, std::string> stubs;
  object.for_each_section([&](Elf_Scn* section, const GElf_Shdr& header, std::string_view name) {
    if (!is_code(header) || !name.starts_with(".plt")) return;
    const Code code = code_of(section, header);
    const Address size = header.sh_entsize >= 8 ? header.sh_entsize : 16;
    for (std::size_t at = 2; at + 4 <= code.bytes.size(); ++at) {
      if (code.bytes[at - 2] != 0xff || code.bytes[at - 1] != 0x25) continue;
      const auto slot = slots.find(code.target(at));
      if (slot != slots.end()) stubs[code.begin + (at - 2) / size * size] = slot->second;
    }
  });
  std::map<std::string, std::vector<std::uintptr_t>> found;
  object.for_each_section([&](Elf_Scn* section, const GElf_Shdr& header, std::string_view name) {
    if (!is_code(header) || name.starts_with(".plt")) return;
    const Code code = code_of(section, header);
    for (std::size_t at = 1; at + 4 <= code.bytes.size(); ++at) {
      const unsigned char last = code.bytes[at - 1];
      const bool calls = last == 0xe8 || last == 0xe9;  // call and jmp rel32
      // call *slot(%rip), jmp *slot(%rip), mov slot(%rip), register
      const bool loads =
          at > 1 && ((code.bytes[at - 2] == 0xff && (last == 0x15 || last == 0x25)) ||
                     (code.bytes[at - 2] == 0x8b && (last & 0xc7) == 0x05));
      if (!calls && !loads) continue;
      const auto& known = calls ? stubs : slots;
      const auto target = known.find(code.target(at));
      if (target != known.end()) found[target->second].push_back(code.behind(at));
    }
  });
  return found;
}

}  // namespace minusone
