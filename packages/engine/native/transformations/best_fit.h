// The byte that a server with code page 20127 (US-ASCII) makes of a UTF-16 unit; see best-fit.ts.
#ifndef SLUICE_ENGINE_TRANSFORMATIONS_BEST_FIT_H_
#define SLUICE_ENGINE_TRANSFORMATIONS_BEST_FIT_H_

#include <cstdint>

namespace sluice {

// The low byte of a number; of a full-width form (U+FF01 to U+FF5E), its ASCII character.
constexpr uint8_t LowByte(uint32_t unit) {
  const uint8_t low = unit & 0xff;
  return unit >> 8 == 0xff && low > 0 && low < 0x5f ? low + 0x20 : low;
}

// For 0 to 0xffff.
uint8_t BestFitByte(uint32_t unit);

}  // namespace sluice

#endif
