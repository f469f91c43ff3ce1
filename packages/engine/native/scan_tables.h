// What a unit of rules is scanned with: its databases, which slots each finds, and what a value must hold for a slot to
// match at all. Made once a thread and unit; any number of plans share it.
#ifndef SLUICE_ENGINE_SCAN_TABLES_H_
#define SLUICE_ENGINE_SCAN_TABLES_H_

#include <hs/hs.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "held_bytes.h"
#include "slot_set.h"

namespace sluice {

// Who decides whether a slot may match.
// kNeeds: what a value holds alone tells.
enum class SlotKind : uint8_t { kDatabase = 0, kSqli = 1, kXss = 2, kNeeds = 3 };

struct LengthBit {
  uint32_t bytes_min;
  uint32_t mask;
};

struct ScanTables {
  uint32_t slot_count = 0;
  // Of a set of slots.
  size_t words = 0;
  // The category of each byte as a bit, as patterns/categories.ts has them.
  Categories category_of{};
  HeldBytes held_bytes;
  std::vector<LengthBit> length_bits;
  std::vector<const hs_database_t*> databases;
  // What the databases belong to: they live as long as this.
  std::shared_ptr<void> lenders;
  // The slots that each database finds; those that are decided at all, by what values may hold.
  std::vector<SlotSet> database_slots;
  // The first that a value fits names its databases; the last takes all.
  struct Variant {
    uint32_t holds;
    std::vector<uint32_t> databases;
  };
  std::vector<Variant> variants;
  std::vector<SlotKind> kinds;
  // Slots that no database decides.
  SlotSet pseudo;
  // Of the clauses of all slots, each once: the slots that have it.
  struct Clause {
    // Categories of which a value must hold one.
    uint32_t holds;
    SlotSet slots;
  };
  std::vector<Clause> clauses;
  // The slots with a clause that the value is empty: all others may match the more, the more a value holds.
  SlotSet empty_only;
  SlotSet all_slots;

  // The clauses of slot i are needs[starts[i]] … needs[starts[i + 1] - 1]; one without bits says that the value is empty.
  void SetNeeds(const uint32_t* starts, const uint32_t* needs);

  // The categories of bytes that a transformation names.
  uint32_t CategoriesOf(const std::array<uint64_t, 4>& bytes) const;

  // What a value holds: categories and length, as bits.
  uint32_t Classify(const uint8_t* data, size_t size) const;

  // The variant for a value that holds this.
  uint32_t VariantOf(uint32_t holds) const;

  // The slots that may match a value that holds this. Good until the next call.
  const uint64_t* Possible(uint32_t holds) {
    const size_t place = (holds * 0x9e3779b1u) >> (32 - kPossibleBits);
    uint32_t& known = possible_holds_[place];
    uint64_t* slots = possible_.data() + place * words;
    // A value that holds nothing is never kept: no place is there for it.
    if (known == holds && holds != 0) return slots;
    FindPossible(holds, slots);
    known = holds;
    return slots;
  }

 private:
  static constexpr size_t kPossibleBits = 9;
  void FindPossible(uint32_t holds, uint64_t* slots) const;

  // By what was asked for last.
  std::array<uint32_t, size_t{1} << kPossibleBits> possible_holds_{};
  std::vector<uint64_t> possible_;
};

}  // namespace sluice

#endif
