#include "scan_tables.h"

namespace sluice {
namespace {

constexpr size_t kPossibleMax = 8192;

}  // namespace

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

const std::vector<uint32_t>& ScanTables::DatabasesFor(uint32_t holds) const {
  for (const Variant& variant : variants) {
    if ((holds & ~variant.holds) == 0) return variant.databases;
  }
  return variants.back().databases;
}

uint32_t ScanTables::CategoriesOf(const std::array<uint64_t, 4>& bytes) const {
  uint32_t categories = 0;
  for (size_t byte = 0; byte < 256; byte++) {
    if ((bytes[byte >> 6] >> (byte & 63)) & 1) categories |= category_of[byte];
  }
  return categories;
}

const uint64_t* ScanTables::FindPossible(uint32_t holds) {
  Recent& recent = recent_[RecentPlace(holds)];
  const auto known = possible_.find(holds);
  if (known != possible_.end()) {
    recent = {holds, known->second.data()};
    return recent.slots;
  }
  SlotSet slots(words, 0);
  for (uint32_t slot = 0; slot < slot_count; slot++) {
    bool may_match = true;
    for (uint32_t at = need_starts[slot]; may_match && at < need_starts[slot + 1]; at++) {
      may_match = needs[at] == 0 ? holds == 0 : (needs[at] & holds) != 0;
    }
    if (may_match) SetBit(slots.data(), slot);
  }
  if (possible_.size() >= kPossibleMax) {
    possible_.clear();
    recent_.fill({});
  }
  recent = {holds, possible_.emplace(holds, std::move(slots)).first->second.data()};
  return recent.slots;
}

}  // namespace sluice
