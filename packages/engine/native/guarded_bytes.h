// Of builds with sanitizers only: bytes that end where a page begins that nobody may read. The libraries that look at
// values are not instrumented, and a buffer with room to spare would hide what they read past a value's end.
#ifndef SLUICE_ENGINE_GUARDED_BYTES_H_
#define SLUICE_ENGINE_GUARDED_BYTES_H_

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace sluice {

class GuardedBytes {
 public:
  GuardedBytes() = default;
  ~GuardedBytes() { Free(); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  // The copy stays until the next one. Behind it `padding` bytes may be read. False where there is no memory.
  bool Copy(const char* bytes, size_t length, size_t padding = 0) {
    if (pages_ == nullptr || length + padding > readable_) {
      Free();
      if (!Map(length + padding)) return false;
    }
    data_ = pages_ + readable_ - padding - length;
    std::memcpy(data_, bytes, length);
    return true;
  }
  const char* data() const { return data_; }

 private:
  bool Map(size_t length) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t readable = (length / page + 1) * page;
    void* pages = mmap(nullptr, readable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return false;
    pages_ = static_cast<char*>(pages);
    readable_ = readable;
    mapped_ = readable + page;
    return mprotect(pages_ + readable, page, PROT_NONE) == 0;
  }
  void Free() {
    if (pages_ != nullptr) munmap(pages_, mapped_);
    pages_ = nullptr;
    data_ = nullptr;
    readable_ = 0;
  }

  char* pages_ = nullptr;
  char* data_ = nullptr;
  size_t readable_ = 0;
  size_t mapped_ = 0;
};

}  // namespace sluice

#endif
