#include "expansions.h"

#include <algorithm>
#include <new>
#include <utility>

namespace sluice {
namespace {

inline void Unite(uint64_t* to, const uint64_t* from, size_t words) {
  for (size_t i = 0; i < words; i++) to[i] |= from[i];
}

inline bool IsSame(const uint64_t* a, const uint64_t* b, size_t words) {
  for (size_t i = 0; i < words; i++) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace

Expansions::Expansions(ScanTables* tables, std::vector<Interest>* interests) : tables_(tables), interests_(interests) {
  size_t nodes_max = 1;
  for (Interest& interest : *interests) {
    Prepare(&interest);
    nodes_max = std::max(nodes_max, interest.nodes.size());
  }
  words_ = WordsFor(static_cast<uint32_t>(nodes_max));
}

void Expansions::Prepare(Interest* interest) const {
  auto& nodes = interest->nodes;
  for (Interest::Node& node : nodes) {
    node.reach = node.slots;
    node.reach_added = node.added;
    node.telling = node.is_always ? 0 : node.affected;
  }
  for (size_t at = nodes.size(); at-- > 1;) {
    Interest::Node& parent = nodes[nodes[at].parent];
    Unite(parent.reach.data(), nodes[at].reach.data(), tables_->words);
    parent.reach_added |= nodes[at].reach_added;
    parent.telling |= nodes[at].telling;
  }
  for (Interest::Node& node : nodes) {
    node.reaches_empty = Intersects(tables_->empty_only.data(), node.reach.data(), tables_->words);
    // Only all of it tells whether it is nothing.
    if (node.reaches_empty) node.telling = ~uint32_t{0};
    for (const ScanTables::Clause& clause : tables_->clauses) {
      if (Intersects(clause.slots.data(), node.reach.data(), tables_->words)) node.telling |= clause.holds;
    }
  }
}

const Expansion& Expansions::Of(uint32_t interest, uint32_t holds, uint32_t variant, uint32_t telling,
                                const uint64_t* nodes) {
  // Many plans never see a value.
  if (places_.empty()) {
    places_.resize(kSets * kWays);
    tags_.resize(kSets * kWays);
  }
  const Key key{interest, holds & telling, telling, variant, nodes};
  const uint64_t hash = HashOf(key);
  const auto tag = static_cast<uint32_t>(hash >> 32 | 1);
  const size_t first = hash % kSets * kWays;
  size_t place = first;
  if (!IsIt(first, tag, key)) {
    if (IsIt(first + 1, tag, key)) {
      std::swap(places_[first], places_[first + 1]);
      std::swap(tags_[first], tags_[first + 1]);
    } else {
      // What never comes again displaces what never came again.
      if (places_[first] != nullptr) place++;
      Fill(key);
      Store(key, &places_[place]);
      tags_[place] = tag;
    }
  }
  Expansion* found = In(places_[place]);
  found->used = turn_;
  return *found;
}

uint64_t Expansions::HashOf(const Key& key) const {
  uint64_t hash = (uint64_t{key.interest} << 32 | key.holds) * 0x9e3779b97f4a7c15u + key.variant;
  for (size_t i = 0; i < words_; i++) hash = ((hash >> 32) ^ hash ^ key.asked[i]) * 0xff51afd7ed558ccdu;
  return hash ^ hash >> 32;
}

bool Expansions::IsIt(size_t place, uint32_t tag, const Key& key) const {
  if (tags_[place] != tag) return false;
  const Expansion& known = *In(places_[place]);
  return known.interest == key.interest && known.holds == key.holds && known.variant == key.variant &&
         IsSame(known.asked, key.asked, words_);
}

void Expansions::Fill(const Key& key) {
  const Interest& interest = (*interests_)[key.interest];
  const uint32_t holds = key.holds;
  const size_t words = tables_->words;
  Draft& draft = draft_;
  draft.nodes.assign(key.asked, key.asked + words_);
  draft.slots.assign(words, 0);
  draft.databases.clear();
  draft.steps.clear();
  draft.step_nodes.clear();
  const uint64_t* now = tables_->Possible(holds);
  possible_.assign(now, now + words);
  for (uint32_t at = 0; at < interest.nodes.size(); at++) {
    const Interest::Node& node = interest.nodes[at];
    if (!HasBit(draft.nodes.data(), at)) {
      if (!HasBit(draft.nodes.data(), node.parent)) continue;
      if (!node.Leaves(holds)) {
        if (IsPromising(node, holds, possible_.data())) AddStep(at, node);
        continue;
      }
      SetBit(draft.nodes.data(), at);
    }
    Unite(draft.slots.data(), node.slots.data(), words);
  }
  for (size_t i = 0; i < words; i++) draft.slots[i] &= possible_[i];
  for (const uint32_t i : tables_->variants[key.variant].databases) {
    if (Intersects(draft.slots.data(), tables_->database_slots[i].data(), words)) draft.databases.push_back(i);
  }
}

void Expansions::AddStep(uint32_t at, const Interest::Node& node) {
  auto& steps = draft_.steps;
  size_t step = 0;
  // Pipelines that do the same to it are one.
  while (step < steps.size() && steps[step].transformation != node.transformation) step++;
  if (step == steps.size()) {
    steps.push_back({node.transformation, nullptr, at, 0});
    draft_.step_nodes.resize(steps.size() * words_);
  }
  SetBit(draft_.step_nodes.data() + step * words_, at);
  steps[step].telling |= node.telling;
}

bool Expansions::IsPromising(const Interest::Node& node, uint32_t holds, const uint64_t* possible) const {
  if (node.reaches_empty || node.reach_added == ~uint32_t{0}) return true;
  // What may be found in the form may be found in what holds more, unless that has to be empty.
  if (holds != 0 && Intersects(possible, node.reach.data(), tables_->words)) return true;
  return Intersects(tables_->Possible(holds | node.reach_added), node.reach.data(), tables_->words);
}

void Expansions::Store(const Key& key, Memory* place) {
  const Draft& draft = draft_;
  const size_t slot_words = tables_->words;
  const size_t set_words = 2 * words_ + slot_words + draft.step_nodes.size();
  const size_t steps_at = sizeof(Expansion) + set_words * sizeof(uint64_t);
  const size_t databases_at = steps_at + draft.steps.size() * sizeof(Expansion::Step);
  const size_t size = databases_at + draft.databases.size() * sizeof(uint32_t);
  size_t capacity = *place == nullptr ? 0 : In(*place)->capacity;
  if (capacity > 0 && In(*place)->used == turn_) {
    retired_.push_back(std::move(*place));
    capacity = 0;
  }
  if (capacity < size) {
    place->reset(new uint8_t[size]);
    capacity = size;
  }
  uint8_t* const memory = place->get();
  auto* sets = reinterpret_cast<uint64_t*>(memory + sizeof(Expansion));
  const auto put = [&sets](const uint64_t* from, size_t words) {
    const uint64_t* const at = sets;
    for (size_t i = 0; i < words; i++) *sets++ = from[i];
    return at;
  };
  auto* expansion = new (memory) Expansion{};
  expansion->capacity = static_cast<uint32_t>(capacity);
  expansion->interest = key.interest;
  expansion->holds = key.holds;
  expansion->telling = key.telling;
  expansion->variant = key.variant;
  expansion->asked = put(key.asked, words_);
  expansion->nodes = put(draft.nodes.data(), words_);
  expansion->slots = put(draft.slots.data(), slot_words);
  auto* steps = reinterpret_cast<Expansion::Step*>(memory + steps_at);
  for (size_t i = 0; i < draft.steps.size(); i++) {
    new (steps + i) Expansion::Step(draft.steps[i]);
    steps[i].nodes = put(draft.step_nodes.data() + i * words_, words_);
  }
  auto* databases = reinterpret_cast<uint32_t*>(memory + databases_at);
  std::copy(draft.databases.begin(), draft.databases.end(), databases);
  expansion->steps = steps;
  expansion->databases = databases;
  expansion->step_count = static_cast<uint32_t>(draft.steps.size());
  expansion->database_count = static_cast<uint32_t>(draft.databases.size());
  expansion->has_pseudo = Intersects(draft.slots.data(), tables_->pseudo.data(), slot_words);
  expansion->is_empty = draft.databases.empty() && !expansion->has_pseudo;
}

}  // namespace sluice
