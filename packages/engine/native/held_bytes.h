// Which categories of bytes a long value holds. After its first hundred bytes a text seldom brings a new one, so that
// most blocks are only asked whether they hold a byte of a category that was not seen yet.
#ifndef SLUICE_ENGINE_HELD_BYTES_H_
#define SLUICE_ENGINE_HELD_BYTES_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

// The category of each byte, as a bit.
using Categories = std::array<uint32_t, 256>;

class HeldBytes {
 public:
  // From so many bytes on it is worth it.
  static constexpr size_t kBytesMin = 256;

  // Whether this processor can; else Find must not be called.
  static bool IsSupported();

  // Categories are known from here on; `categories` is asked about each byte that Find sees first.
  void SetCategories(const Categories& categories);

  // The categories of a value, as bits; the last bytes that fill no block are left out, and counted in `rest`.
  uint32_t Find(const uint8_t* data, size_t size, const Categories& categories, size_t* rest) const;

 private:
  // A set of bytes, by their low four bits: bit n of low[i] says that it has byte n * 16 + i, and bit n of high[i] that it
  // has byte (n + 8) * 16 + i.
  struct Members {
    alignas(16) std::array<uint8_t, 16> low{};
    alignas(16) std::array<uint8_t, 16> high{};
  };
  // By the place of a category's bit.
  std::array<Members, 32> members_{};
};

}  // namespace sluice

#endif
