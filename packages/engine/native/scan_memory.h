// What was found in short values that come with nearly each request: names, and headers that say the same for all
// clients. What a scan finds depends on a value's bytes and its interest alone, so that it holds for the next one, too.
#ifndef SLUICE_ENGINE_SCAN_MEMORY_H_
#define SLUICE_ENGINE_SCAN_MEMORY_H_

#include <array>
#include <cstdint>
#include <memory>

namespace sluice {

// Bounded: sets of four places. A value that comes takes the place of one that was not asked for since another took a
// place of the same set, so that values that never come again displace each other. Whoever sends values can displace
// others, to where scans are without a memory, but no more: values are compared in full, and a look at four places is all.
class ScanMemory {
 public:
  static constexpr size_t kPlaces = 2048;
  static constexpr size_t kValueBytesMax = 168;
  static constexpr size_t kFindingsMax = 16;

  // A slot found behind a node.
  struct Finding {
    uint16_t node;
    uint16_t slot;
  };
  struct Place {
    uint64_t plan = 0;
    uint32_t interest = 0;
    uint8_t size = 0;
    uint8_t findings_count = 0;
    // Asked for since another value took a place of its set.
    bool is_wanted = false;
    std::array<Finding, kFindingsMax> findings;
    std::array<uint8_t, kValueBytesMax> bytes;
  };

  static bool Takes(size_t size) { return size <= kValueBytesMax; }

  // False where there is no memory for it: nothing is remembered then.
  bool Open();
  void Close() { places_.reset(); }
  bool is_open() const { return places_ != nullptr; }

  // Plans count from 1. Null where the value is not known; `hash` is for Put.
  const Place* Find(uint64_t plan, uint32_t interest, const uint8_t* data, size_t size, uint64_t* hash);
  // A place for a value that was not found, with no findings yet: those that the caller adds are valid for all time.
  Place* Put(uint64_t plan, uint32_t interest, const uint8_t* data, size_t size, uint64_t hash);

 private:
  static constexpr size_t kWays = 4;

  static size_t SetOf(uint64_t hash) { return (hash & (kPlaces / kWays - 1)) * kWays; }
  // Of a place that is taken; never 0.
  static uint16_t TagOf(uint64_t hash) { return static_cast<uint16_t>(hash >> 48 | 1); }

  std::unique_ptr<Place[]> places_;
  // Beside each other, so that a look at four places is one at memory: which of them to compare.
  std::array<uint16_t, kPlaces> tags_;
  // Nobody outside knows which values share a set.
  uint64_t seed_ = 0;
  uint32_t turn_ = 0;
};

}  // namespace sluice

#endif
