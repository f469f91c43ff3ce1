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

inline void Unite(uint64_t* to, const uint64_t* from, size_t words) {
  for (size_t i = 0; i < words; i++) to[i] |= from[i];
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
  for (Interest& interest : interests_) {
    Prepare(&interest);
    nodes_max = std::max(nodes_max, interest.nodes.size());
  }
  form_of_.resize(nodes_max);
  buffers_.resize(nodes_max);
  found_.resize(tables_->words);
  look_.slots.resize(tables_->words);
}

void ScanPlan::Prepare(Interest* interest) {
  auto& nodes = interest->nodes;
  std::unordered_map<const Transformation*, uint32_t> last;
  for (uint32_t at = 0; at < nodes.size(); at++) {
    nodes[at].reach = nodes[at].slots;
    nodes[at].reach_added = nodes[at].added;
    uint32_t& twin = last[nodes[at].transformation];
    nodes[at].twin = twin;
    twin = at;
  }
  for (size_t at = nodes.size(); at-- > 1;) {
    Interest::Node& parent = nodes[nodes[at].parent];
    Unite(parent.reach.data(), nodes[at].reach.data(), tables_->words);
    parent.reach_added |= nodes[at].reach_added;
  }
  for (Interest::Node& node : nodes) {
    node.reaches_empty = Intersects(tables_->empty_only.data(), node.reach.data(), tables_->words);
  }
}

const ScanPlan::Root& ScanPlan::RootOf(uint32_t interest, uint32_t holds) {
  const uint64_t key = uint64_t{interest} << 32 | holds;
  Recent& recent = recent_[(key * 0x9e3779b97f4a7c15u) >> (64 - kRecentBits)];
  if (recent.root != nullptr && recent.key == key) return *recent.root;
  auto known = roots_.find(key);
  if (known == roots_.end()) {
    if (roots_.size() >= kRootsMax) {
      roots_.clear();
      recent_.fill({});
    }
    known = roots_.emplace(key, MakeRoot(interests_[interest], holds)).first;
  }
  recent = {key, &known->second};
  return known->second;
}

ScanPlan::Root ScanPlan::MakeRoot(const Interest& interest, uint32_t holds) {
  const auto& nodes = interest.nodes;
  Root root;
  root.look.slots = nodes[0].slots;
  root.nodes = 1;
  root.form_of.resize(nodes.size(), 0);
  std::vector<bool> is_other(nodes.size());
  for (uint32_t at = 1; at < nodes.size(); at++) {
    const uint32_t parent = root.form_of[nodes[at].parent];
    if (parent == 0 && nodes[at].Leaves(holds)) {
      Unite(root.look.slots.data(), nodes[at].slots.data(), tables_->words);
      if (at < kBitNodesMax) root.nodes |= uint64_t{1} << at;
      continue;
    }
    root.form_of[at] = kNoForm;
    // What another node makes of the value is known only when it is done.
    is_other[at] = parent == 0 ? IsPromising(nodes[at], holds) : is_other[nodes[at].parent];
    if (is_other[at]) root.other.push_back(at);
  }
  const uint64_t* possible = tables_->Possible(holds);
  for (size_t i = 0; i < tables_->words; i++) root.look.slots[i] &= possible[i];
  Select(&root.look, holds);
  return root;
}

bool ScanPlan::IsPromising(const Interest::Node& node, uint32_t holds) {
  if (node.reaches_empty || node.reach_added == ~uint32_t{0}) return true;
  return Intersects(tables_->Possible(holds | node.reach_added), node.reach.data(), tables_->words);
}

void ScanPlan::Select(Look* look, uint32_t holds) const {
  const uint64_t* slots = look->slots.data();
  look->databases.clear();
  for (const uint32_t i : tables_->DatabasesFor(holds)) {
    if (Intersects(slots, tables_->database_slots[i].data(), tables_->words)) look->databases.push_back(i);
  }
  look->has_pseudo = Intersects(slots, tables_->pseudo.data(), tables_->words);
  look->is_empty = look->databases.empty() && !look->has_pseudo;
}

bool ScanPlan::Scan(uint32_t value, const uint8_t* data, size_t size, uint32_t interest_index,
                    std::vector<ScanHit>* hits, Failure* failure) {
  const Interest& interest = interests_[interest_index];
  const uint32_t holds = tables_->Classify(data, size);
  const Root& root = RootOf(interest_index, holds);
  const Form whole{data, size, holds};
  if (!root.other.empty()) return ScanOthers(value, interest_index, root, whole, hits, failure);
  if (root.look.is_empty) return true;
  if (!ScanForm(whole, root.look, failure)) return false;
  Report(value, interest, root.form_of.data(), 0, hits);
  return true;
}

bool ScanPlan::ScanOthers(uint32_t value, uint32_t interest, const Root& root, const Form& whole,
                          std::vector<ScanHit>* hits, Failure* failure) {
  if (known_ == nullptr) known_ = std::make_unique<Known>();
  forms_.clear();
  forms_.push_back(whole);
  form_nodes_.clear();
  form_nodes_.push_back(root.nodes);
  std::memcpy(form_of_.data(), root.form_of.data(), root.form_of.size() * sizeof(uint32_t));
  bool is_root_alone = true;
  for (const uint32_t at : root.other) {
    const size_t known = forms_.size();
    const uint32_t form = FormOf(interest, at, root, failure);
    form_of_[at] = form;
    if (form == kNoForm) continue;
    if (form == known) form_nodes_.push_back(0);
    if (at < kBitNodesMax) form_nodes_[form] |= uint64_t{1} << at;
    is_root_alone = is_root_alone && form != 0;
  }
  if (failure->failed()) return false;
  for (uint32_t form = 0; form < forms_.size(); form++) {
    const Look& look = form == 0 && is_root_alone ? root.look : LookOf(interest, form);
    if (look.is_empty) continue;
    if (!ScanForm(forms_[form], look, failure)) return false;
    Report(value, interests_[interest], form_of_.data(), form, hits);
  }
  return true;
}

const ScanPlan::Look& ScanPlan::LookOf(uint32_t interest, uint32_t form) {
  if (interests_[interest].nodes.size() > kBitNodesMax) {
    FillLook(interest, form, &look_);
    return look_;
  }
  const uint64_t nodes = form_nodes_[form];
  const uint32_t holds = forms_[form].holds;
  const uint64_t hash = (nodes ^ (uint64_t{interest} << 32 | holds) * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
  KnownLook& known = known_->looks[(hash >> 32) % known_->looks.size()];
  // A form has a node that leads to it.
  if (known.nodes != nodes || known.interest != interest || known.holds != holds) {
    FillLook(interest, form, &known.look);
    known.nodes = nodes;
    known.interest = interest;
    known.holds = holds;
  }
  return known.look;
}

void ScanPlan::FillLook(uint32_t interest, uint32_t form, Look* look) {
  const auto& nodes = interests_[interest].nodes;
  const uint32_t holds = forms_[form].holds;
  look->slots.assign(tables_->words, 0);
  for (size_t at = 0; at < nodes.size(); at++) {
    if (form_of_[at] == form) Unite(look->slots.data(), nodes[at].slots.data(), tables_->words);
  }
  const uint64_t* possible = tables_->Possible(holds);
  for (size_t i = 0; i < tables_->words; i++) look->slots[i] &= possible[i];
  Select(look, holds);
}

ScanPlan::Step ScanPlan::StepOf(uint32_t interest, uint32_t at, uint32_t holds) {
  const uint64_t hash = ((uint64_t{interest} << 32 ^ uint64_t{at} << 48) ^ holds) * 0x9e3779b97f4a7c15u;
  KnownStep& known = known_->steps[(hash >> 40) % known_->steps.size()];
  if (known.step == Step::kUnknown || known.interest != interest || known.node != at || known.holds != holds) {
    const Interest::Node& node = interests_[interest].nodes[at];
    const Step step = node.Leaves(holds) ? Step::kLeaves : IsPromising(node, holds) ? Step::kTransforms : Step::kPointless;
    known = {interest, at, holds, step};
  }
  return known.step;
}

// The form that a node makes of its parent's, which is known.
uint32_t ScanPlan::FormOf(uint32_t interest_index, uint32_t at, const Root& root, Failure* failure) {
  const Interest& interest = interests_[interest_index];
  const Interest::Node& node = interest.nodes[at];
  const uint32_t from = form_of_[node.parent];
  if (from == kNoForm) return kNoForm;
  const Form source = forms_[from];
  // The root has those nodes behind the value itself that transform it, and what else becomes the value must be asked.
  const Step step =
      root.form_of[node.parent] == 0 ? Step::kTransforms : StepOf(interest_index, at, source.holds);
  if (step == Step::kLeaves) return from;
  if (step == Step::kPointless) return kNoForm;
  // Another pipeline may have done the same step to the same form.
  for (uint32_t twin = node.twin; twin != 0; twin = interest.nodes[twin].twin) {
    if (form_of_[interest.nodes[twin].parent] == from && form_of_[twin] != kNoForm) return form_of_[twin];
  }
  Bytes& buffer = buffers_[at];
  (*stats_)->transformations++;
  (*stats_)->bytes_transformed += static_cast<double>(source.size);
  buffer.Clear();
  if (!Apply(*node.transformation, source.data, source.size, *stats_, &buffer)) {
    if (buffer.failed()) *failure = {kNativeFailed, "no memory for a transformed value"};
    return from;
  }
  return AddForm({buffer.data(), buffer.size(), tables_->Classify(buffer.data(), buffer.size())});
}

// Pipelines often meet in the same text.
uint32_t ScanPlan::AddForm(const Form& made) {
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
bool ScanPlan::ScanForm(const Form& form, const Look& look, Failure* failure) {
  std::fill(found_.begin(), found_.end(), 0);
  ScanStats& stats = **stats_;
  stats.values++;
  Context context{look.slots.data(), found_.data(), tables_->slot_count};
  const char* text = TextOf(form, Bytes::kPadding);
  for (const uint32_t index : look.databases) {
    stats.database_scans++;
    stats.bytes += static_cast<double>(form.size);
    const hs_error_t status = hs_scan(tables_->databases[index], text, static_cast<unsigned int>(form.size), 0,
                                      scratch_->scratch, OnMatch, &context);
    if (status == HS_SUCCESS) continue;
    *failure = {kNativeFailed, "Hyperscan: status " + std::to_string(status)};
    return false;
  }
  if (look.has_pseudo) AskOthers(form, look);
  return true;
}

// Adds to found_ what no database decides.
void ScanPlan::AskOthers(const Form& form, const Look& look) {
  const char* text = TextOf(form, 0);
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
}

void ScanPlan::Report(uint32_t value, const Interest& interest, const uint32_t* form_of, uint32_t form,
                      std::vector<ScanHit>* hits) const {
  ForEachBit(found_.data(), tables_->words, [&](uint32_t slot) {
    for (size_t at = 0; at < interest.nodes.size(); at++) {
      const Interest::Node& node = interest.nodes[at];
      if (form_of[at] == form && HasBit(node.slots.data(), slot)) hits->push_back({value, node.id, slot});
    }
  });
}

void ScanPlan::Trim() {
  for (Bytes& buffer : buffers_) buffer.Release(kFormBytesKept);
}

}  // namespace sluice
