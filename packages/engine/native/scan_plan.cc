#include "scan_plan.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>

#include "injection.h"

namespace sluice {
namespace {

constexpr size_t kRootsMax = 8192;
// What a plan keeps of the memory for one transformed value.
constexpr size_t kFormBytesKept = 1 << 20;

struct Context {
  const uint64_t* wanted;
  uint64_t* found;
  uint32_t slot_count;
};

int OnMatch(unsigned int slot, unsigned long long, unsigned long long, unsigned int, void* data) {
  auto* context = static_cast<Context*>(data);
  // A database may hold patterns that the tables do not know.
  if (slot < context->slot_count && HasBit(context->wanted, slot)) SetBit(context->found, slot);
  return 0;
}

bool IsAny(const uint64_t* words, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (words[i] != 0) return true;
  }
  return false;
}

// A look at the clock costs as much as a short value does.
bool Apply(const Transformation& transformation, const uint8_t* data, size_t size, ScanStats* stats, Bytes* out) {
  if (stats->is_timed == 0) return transformation.apply(data, size, out);
  const auto began = std::chrono::steady_clock::now();
  const bool is_done = transformation.apply(data, size, out);
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - began;
  stats->transformation_nanos += took.count();
  return is_done;
}

}  // namespace

ScanPlan::ScanPlan(ScanTables* tables, std::vector<Interest> interests, ScanScratch* scratch, ScanStats** stats)
    : tables_(tables), interests_(std::move(interests)), scratch_(scratch), stats_(stats) {
  size_t nodes_max = 0;
  for (const Interest& interest : interests_) nodes_max = std::max(nodes_max, interest.nodes.size());
  form_of_.resize(nodes_max);
  buffers_.resize(nodes_max);
  found_.resize(tables_->words);
  look_.slots.resize(tables_->words);
}

const ScanPlan::Root& ScanPlan::RootOf(uint32_t interest, uint32_t holds) {
  const uint64_t key = uint64_t{interest} << 32 | holds;
  const auto known = roots_.find(key);
  if (known != roots_.end()) return known->second;
  Root root;
  root.slots.resize(tables_->words);
  const auto& nodes = interests_[interest].nodes;
  std::vector<bool> is_same(nodes.size());
  for (uint32_t at = 0; at < nodes.size(); at++) {
    is_same[at] = at == 0 || (is_same[nodes[at].parent] && nodes[at].Leaves(holds));
    (is_same[at] ? root.same : root.other).push_back(at);
    if (!is_same[at]) continue;
    for (size_t i = 0; i < tables_->words; i++) root.slots[i] |= nodes[at].slots[i];
  }
  const uint64_t* possible = tables_->Possible(holds);
  for (size_t i = 0; i < tables_->words; i++) root.slots[i] &= possible[i];
  Select(&root, holds);
  if (roots_.size() >= kRootsMax) roots_.clear();
  return roots_.emplace(key, std::move(root)).first->second;
}

// What has to be asked to find out about a set of slots.
void ScanPlan::Select(Root* root, uint32_t holds) const {
  const uint64_t* slots = root->slots.data();
  root->databases.clear();
  for (const uint32_t i : tables_->DatabasesFor(holds)) {
    if (Intersects(slots, tables_->database_slots[i].data(), tables_->words)) root->databases.push_back(i);
  }
  root->has_pseudo = Intersects(slots, tables_->pseudo.data(), tables_->words);
  root->is_empty = root->databases.empty() && !root->has_pseudo;
}

bool ScanPlan::Scan(uint32_t value, const uint8_t* data, size_t size, uint32_t interest_index,
                    std::vector<ScanHit>* hits, Failure* failure) {
  const Interest& interest = interests_[interest_index];
  const uint32_t holds = tables_->Classify(data, size);
  const Root& root = RootOf(interest_index, holds);
  const Form whole{data, size, holds};
  if (root.other.empty()) {
    if (root.is_empty) return true;
    if (!ScanForm(whole, root, failure)) return false;
    Report(value, interest, root.same, hits);
    return true;
  }
  forms_.clear();
  forms_.push_back(whole);
  for (const uint32_t at : root.same) form_of_[at] = 0;
  for (const uint32_t at : root.other) form_of_[at] = FormOf(interest, root, at, failure);
  if (failure->failed()) return false;
  for (uint32_t form = 0; form < forms_.size(); form++) {
    nodes_.clear();
    std::fill(look_.slots.begin(), look_.slots.end(), 0);
    for (uint32_t at = 0; at < interest.nodes.size(); at++) {
      if (form_of_[at] != form) continue;
      nodes_.push_back(at);
      for (size_t i = 0; i < tables_->words; i++) look_.slots[i] |= interest.nodes[at].slots[i];
    }
    const uint64_t* possible = tables_->Possible(forms_[form].holds);
    for (size_t i = 0; i < tables_->words; i++) look_.slots[i] &= possible[i];
    if (!IsAny(look_.slots.data(), tables_->words)) continue;
    Select(&look_, forms_[form].holds);
    if (look_.is_empty) continue;
    if (!ScanForm(forms_[form], look_, failure)) return false;
    Report(value, interest, nodes_, hits);
  }
  return true;
}

// The form that a node makes of its parent's, which is known.
uint32_t ScanPlan::FormOf(const Interest& interest, const Root& root, size_t at, Failure* failure) {
  const Interest::Node& node = interest.nodes[at];
  const uint32_t from = form_of_[node.parent];
  if (node.Leaves(forms_[from].holds)) return from;
  // Another pipeline may have done the same step to the same form.
  for (const uint32_t before : root.other) {
    if (before >= at) break;
    const Interest::Node& other = interest.nodes[before];
    if (other.transformation == node.transformation && form_of_[other.parent] == from) return form_of_[before];
  }
  Bytes& buffer = buffers_[at];
  const Form source = forms_[from];
  (*stats_)->transformations++;
  (*stats_)->bytes_transformed += static_cast<double>(source.size);
  buffer.Clear();
  if (!Apply(*node.transformation, source.data, source.size, *stats_, &buffer)) {
    if (buffer.failed()) *failure = {kNativeFailed, "no memory for a transformed value"};
    return from;
  }
  const Form made{buffer.data(), buffer.size(), tables_->Classify(buffer.data(), buffer.size())};
  // Pipelines often meet in the same text.
  for (uint32_t form = 0; form < forms_.size(); form++) {
    const Form& known = forms_[form];
    if (known.holds == made.holds && known.size == made.size &&
        (made.size == 0 || std::memcmp(known.data, made.data, made.size) == 0)) {
      return form;
    }
  }
  forms_.push_back(made);
  return static_cast<uint32_t>(forms_.size() - 1);
}

#ifdef __SANITIZE_ADDRESS__
const char* ScanPlan::TextOf(const Form& form, size_t padding) {
  const auto* text = reinterpret_cast<const char*>(form.data);
  return guarded_.Copy(text, form.size, padding) ? guarded_.data() : text;
}
#else
const char* ScanPlan::TextOf(const Form& form, size_t) { return reinterpret_cast<const char*>(form.data); }
#endif

// Leaves what was found in found_.
bool ScanPlan::ScanForm(const Form& form, const Root& look, Failure* failure) {
  std::fill(found_.begin(), found_.end(), 0);
  (*stats_)->values++;
  Context context{look.slots.data(), found_.data(), tables_->slot_count};
  const char* text = TextOf(form, Bytes::kPadding);
  for (const uint32_t index : look.databases) {
    (*stats_)->database_scans++;
    (*stats_)->bytes += static_cast<double>(form.size);
    const hs_error_t status = hs_scan(tables_->databases[index], text, static_cast<unsigned int>(form.size), 0,
                                      scratch_->scratch, OnMatch, &context);
    if (status == HS_SUCCESS) continue;
    *failure = {kNativeFailed, "Hyperscan: status " + std::to_string(status)};
    return false;
  }
  if (!look.has_pseudo) return true;
  text = TextOf(form, 0);
  for (size_t i = 0; i < tables_->words; i++) {
    const uint64_t wanted = look.slots[i] & tables_->pseudo[i];
    ForEachBit(&wanted, 1, [&](uint32_t bit) {
      const auto slot = static_cast<uint32_t>(i * 64) + bit;
      if (tables_->kinds[slot] == SlotKind::kNeeds) {
        SetBit(found_.data(), slot);
        return;
      }
      (*stats_)->detections++;
      (*stats_)->bytes_detected += static_cast<double>(form.size);
      const bool is_found = tables_->kinds[slot] == SlotKind::kSqli ? HasSqli(text, form.size) : HasXss(text, form.size);
      if (is_found) SetBit(found_.data(), slot);
    });
  }
  return true;
}

void ScanPlan::Report(uint32_t value, const Interest& interest, const std::vector<uint32_t>& nodes,
                      std::vector<ScanHit>* hits) {
  ForEachBit(found_.data(), tables_->words, [&](uint32_t slot) {
    for (const uint32_t at : nodes) {
      if (HasBit(interest.nodes[at].slots.data(), slot)) hits->push_back({value, interest.nodes[at].id, slot});
    }
  });
}

void ScanPlan::Trim() {
  for (Bytes& buffer : buffers_) buffer.Release(kFormBytesKept);
}

}  // namespace sluice
