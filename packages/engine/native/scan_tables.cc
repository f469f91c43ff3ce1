#include "scan_tables.h"

#include <map>
#include <utility>

namespace sluice {

uint32_t ScanTables::Classify(const uint8_t* data, size_t size) const {
  const uint32_t* bit_of = category_of.data();
  uint32_t a = 0, b = 0, c = 0, d = 0;
  size_t at = 0;
  if (size >= HeldBytes::kBytesMin && HeldBytes::IsSupported()) {
    size_t rest = 0;
    a = held_bytes.Find(data, size, category_of, &rest);
    at = size - rest;
  }
  for (; at + 4 <= size; at += 4) {
    a |= bit_of[data[at]];
    b |= bit_of[data[at + 1]];
    c |= bit_of[data[at + 2]];
    d |= bit_of[data[at + 3]];
  }
  for (; at < size; at++) a |= bit_of[data[at]];
  uint32_t holds = a | b | c | d;
  for (const LengthBit& length : length_bits) {
    if (size >= length.bytes_min) holds |= length.mask;
  }
  return holds;
}

uint32_t ScanTables::VariantOf(uint32_t holds) const {
  uint32_t variant = 0;
  while (variant + 1 < variants.size() && (holds & ~variants[variant].holds) != 0) variant++;
  return variant;
}

uint32_t ScanTables::CategoriesOf(const std::array<uint64_t, 4>& bytes) const {
  uint32_t categories = 0;
  for (size_t byte = 0; byte < 256; byte++) {
    if ((bytes[byte >> 6] >> (byte & 63)) & 1) categories |= category_of[byte];
  }
  return categories;
}

void ScanTables::SetNeeds(const uint32_t* starts, const uint32_t* needs) {
  std::map<uint32_t, SlotSet> by_clause;
  empty_only.assign(words, 0);
  all_slots.assign(words, 0);
  for (uint32_t slot = 0; slot < slot_count; slot++) {
    SetBit(all_slots.data(), slot);
    for (uint32_t at = starts[slot]; at < starts[slot + 1]; at++) {
      SlotSet& slots = needs[at] == 0 ? empty_only : by_clause.emplace(needs[at], SlotSet(words)).first->second;
      SetBit(slots.data(), slot);
    }
  }
  clauses.clear();
  for (auto& [holds, slots] : by_clause) clauses.push_back({holds, std::move(slots)});
  possible_.assign(possible_holds_.size() * words, 0);
}

void ScanTables::FindPossible(uint32_t holds, uint64_t* slots) const {
  for (size_t i = 0; i < words; i++) slots[i] = all_slots[i] & ~(holds == 0 ? 0 : empty_only[i]);
  for (const Clause& clause : clauses) {
    // Without a branch, as no predictor gets it right.
    const uint64_t kept = (clause.holds & holds) == 0 ? 0 : ~uint64_t{0};
    const uint64_t* own = clause.slots.data();
    for (size_t i = 0; i < words; i++) slots[i] &= kept | ~own[i];
  }
}

}  // namespace sluice
