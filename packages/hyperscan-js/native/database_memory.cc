#include "database_memory.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <hs.h>
#include <mutex>

#include <sys/mman.h>

namespace hyperscan_js {

namespace {

// A large database is written from end to end as soon as there is memory for it. Pages that the system gives all at once
// cost half of what they cost one by one. As much as malloc, too, takes from the system for each of its own.
// With the sanitizer all memory is malloc's, which it watches.
#ifdef __SANITIZE_ADDRESS__
constexpr size_t kMappedBytesMin = SIZE_MAX;
#else
constexpr size_t kMappedBytesMin = 128 * 1024;
#endif

// In front of a database: the whole length where it is mapped, else 0. Hyperscan wants databases aligned to 8 bytes.
constexpr size_t kPrefixBytes = 64;

char* Map(size_t length) {
  void* memory = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

void* Allocate(size_t bytes) {
  const size_t length = bytes + kPrefixBytes;
  if (length < bytes) return nullptr;
  const bool is_mapped = length >= kMappedBytesMin;
  char* memory = is_mapped ? Map(length) : static_cast<char*>(malloc(length));
  if (memory == nullptr) return nullptr;
  *reinterpret_cast<size_t*>(memory) = is_mapped ? length : 0;
  return memory + kPrefixBytes;
}

void Free(void* database) {
  if (database == nullptr) return;
  char* memory = static_cast<char*>(database) - kPrefixBytes;
  const size_t length = *reinterpret_cast<size_t*>(memory);
  if (length == 0) {
    free(memory);
  } else {
    munmap(memory, length);
  }
}

}  // namespace

void InstallDatabaseAllocator() {
  static std::once_flag installed;
  std::call_once(installed, [] { hs_set_database_allocator(Allocate, Free); });
}

}  // namespace hyperscan_js
