// Which build of the library runs on which CPU: what a passed self-test holds for.
#include <cpuid.h>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <elf.h>
#include <hs.h>
#include <link.h>
#include <string>

#include "functions.h"
#include "status.h"

namespace hyperscan_js {

namespace {

void AppendHex(std::string* text, uint32_t number) {
  char digits[10];
  snprintf(digits, sizeof digits, ".%x", number);
  text->append(digits);
}

// The object that an address lies in, and its build ID in hexadecimal: empty where the linker gave it none.
struct Sought {
  uintptr_t address;
  std::string build_id;
};

bool Holds(const dl_phdr_info& object, uintptr_t address) {
  for (int i = 0; i < object.dlpi_phnum; i++) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[i];
    const uintptr_t start = object.dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && address >= start && address - start < segment.p_memsz) return true;
  }
  return false;
}

// Notes stand one behind another: three words, then name and content, each filled up to whole words.
void ReadNotes(const char* at, const char* end, std::string* build_id) {
  while (end - at >= static_cast<ptrdiff_t>(sizeof(ElfW(Nhdr)))) {
    ElfW(Nhdr) note;
    memcpy(&note, at, sizeof note);
    const size_t left = static_cast<size_t>(end - at) - sizeof note;
    const size_t name = (size_t{note.n_namesz} + 3) & ~size_t{3};
    const size_t content = (size_t{note.n_descsz} + 3) & ~size_t{3};
    if (name > left || content > left - name) return;
    at += sizeof note;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(at, "GNU", 4) == 0) {
      for (size_t i = 0; i < note.n_descsz; i++) {
        char digits[3];
        snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(at[name + i]));
        build_id->append(digits);
      }
      return;
    }
    at += name + content;
  }
}

int Look(dl_phdr_info* object, size_t, void* data) {
  auto* sought = static_cast<Sought*>(data);
  if (!Holds(*object, sought->address)) return 0;
  for (int i = 0; i < object->dlpi_phnum && sought->build_id.empty(); i++) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* notes = reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr);
    ReadNotes(notes, notes + segment.p_memsz, &sought->build_id);
  }
  return 1;
}

template <typename Function>
std::string BuildIdOf(Function* function) {
  Sought sought{reinterpret_cast<uintptr_t>(function), {}};
  dl_iterate_phdr(Look, &sought);
  return sought.build_id;
}

// What the library chooses its code by: the kind of CPU, what it can do, and what the system lets it do.
std::string Cpu() {
  std::string text;
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  uint32_t d = 0;
  __cpuid(0, a, b, c, d);
  for (const uint32_t word : {b, d, c}) AppendHex(&text, word);
  __cpuid(1, a, b, c, d);
  // Not b: it tells which core of them all this runs on.
  for (const uint32_t word : {a, c, d}) AppendHex(&text, word);
  constexpr uint32_t kSystemKeepsVectors = 1u << 27;
  if ((c & kSystemKeepsVectors) != 0) {
    uint32_t low = 0;
    uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    AppendHex(&text, low);
  }
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0) {
    for (const uint32_t word : {b, c, d}) AppendHex(&text, word);
  }
  return text;
}

}  // namespace

// libraryBuild(): string, empty where the library, or this addon, has no build ID
napi_value LibraryBuild(napi_env env, napi_callback_info) {
  const std::string library = BuildIdOf(hs_version);
  const std::string addon = BuildIdOf(LibraryBuild);
  std::string text;
  if (!library.empty() && !addon.empty()) {
    text = std::string(hs_version()) + " " + library + " " + addon + " cpu" + Cpu();
  }
  napi_value value = nullptr;
  const napi_status status = napi_create_string_latin1(env, text.data(), text.size(), &value);
  return status == napi_ok ? value : StatusValue(env, kNodeApiFailed);
}

}  // namespace hyperscan_js
