#include "scan_plan.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>

#include "injection.h"

namespace sluice {
namespace {

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
    : tables_(tables),
      interests_(std::move(interests)),
      expansions_(tables, &interests_),
      scratch_(scratch),
      stats_(stats),
      first_node_(expansions_.words()),
      united_(expansions_.words()),
      found_(tables->words) {
  size_t nodes_max = 0;
  for (const Interest& interest : interests_) nodes_max = std::max(nodes_max, interest.nodes.size());
  buffers_.resize(nodes_max);
  SetBit(first_node_.data(), 0);
}

bool ScanPlan::Scan(uint32_t value, const uint8_t* data, size_t size, uint32_t interest, std::vector<ScanHit>* hits,
                    Failure* failure) {
  expansions_.Begin();
  Form whole = FormOf(data, size);
  const Expansion& root = expansions_.Of(interest, whole.holds, whole.variant, expansions_.TellingFirst(interest),
                                         first_node_.data());
  whole.expansion = &root;
  if (root.step_count > 0) return ScanOthers(value, interest, root, whole, hits, failure);
  if (root.is_empty) return true;
  if (!ScanForm(whole, failure)) return false;
  Report(value, root, hits);
  return true;
}

bool ScanPlan::ScanOthers(uint32_t value, uint32_t interest, const Expansion& root, const Form& whole,
                          std::vector<ScanHit>* hits, Failure* failure) {
  forms_.clear();
  forms_.push_back(whole);
  tasks_.clear();
  for (size_t i = 0; i < root.step_count; i++) tasks_.push_back({0, root.steps + i, false, 0});
  for (size_t task = 0; task < tasks_.size(); task++) {
    const uint32_t form = Do(task, failure);
    tasks_[task].result = form;
    Lead(interest, form, *tasks_[task].step);
  }
  if (failure->failed()) return false;
  for (const Form& form : forms_) {
    if (form.expansion->is_empty) continue;
    if (!ScanForm(form, failure)) return false;
    Report(value, *form.expansion, hits);
  }
  return true;
}

ScanPlan::Form ScanPlan::FormOf(const uint8_t* data, size_t size) const {
  const uint32_t holds = tables_->Classify(data, size);
  return {data, size, holds, tables_->VariantOf(holds), nullptr};
}

void ScanPlan::Lead(uint32_t interest, uint32_t form_index, const Expansion::Step& step) {
  Form& form = forms_[form_index];
  const Expansion& own = expansions_.Of(interest, form.holds, form.variant, step.telling, step.nodes);
  const bool is_again = form.expansion != nullptr;
  for (size_t i = 0; i < own.step_count; i++) tasks_.push_back({form_index, own.steps + i, is_again, 0});
  if (!is_again) {
    form.expansion = &own;
    return;
  }
  // Their steps are tasks already; what is looked for behind all of them is looked for at once.
  for (size_t i = 0; i < united_.size(); i++) united_[i] = form.expansion->nodes[i] | own.nodes[i];
  const uint32_t telling = form.expansion->telling | own.telling;
  form.expansion = &expansions_.Of(interest, form.holds, form.variant, telling, united_.data());
}

uint32_t ScanPlan::Do(size_t index, Failure* failure) {
  const Task& task = tasks_[index];
  const Transformation* transformation = task.step->transformation;
  for (size_t before = 0; task.is_again && before < index; before++) {
    const Task& other = tasks_[before];
    if (other.form == task.form && other.step->transformation == transformation) return other.result;
  }
  const Form& source = forms_[task.form];
  Bytes& buffer = buffers_[task.step->first];
  (*stats_)->transformations++;
  (*stats_)->bytes_transformed += static_cast<double>(source.size);
  buffer.Clear();
  if (!Apply(*transformation, source.data, source.size, *stats_, &buffer)) {
    if (buffer.failed()) *failure = {kNativeFailed, "no memory for a transformed value"};
    return task.form;
  }
  return AddForm(FormOf(buffer.data(), buffer.size()));
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

bool ScanPlan::ScanForm(const Form& form, Failure* failure) {
  const Expansion& look = *form.expansion;
  std::fill(found_.begin(), found_.end(), 0);
  ScanStats& stats = **stats_;
  stats.values++;
  Context context{look.slots, found_.data(), tables_->slot_count};
  const char* text = TextOf(form, Bytes::kPadding);
  for (size_t i = 0; i < look.database_count; i++) {
    const uint32_t index = look.databases[i];
    stats.database_scans++;
    stats.bytes += static_cast<double>(form.size);
    const hs_error_t status = hs_scan(tables_->databases[index], text, static_cast<unsigned int>(form.size), 0,
                                      scratch_->scratch, OnMatch, &context);
    if (status == HS_SUCCESS) continue;
    *failure = {kNativeFailed, "Hyperscan: status " + std::to_string(status)};
    return false;
  }
  if (look.has_pseudo) AskOthers(form);
  return true;
}

// Adds to found_ what no database decides.
void ScanPlan::AskOthers(const Form& form) {
  const char* text = TextOf(form, 0);
  for (size_t i = 0; i < tables_->words; i++) {
    const uint64_t wanted = form.expansion->slots[i] & tables_->pseudo[i];
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

void ScanPlan::Report(uint32_t value, const Expansion& expansion, std::vector<ScanHit>* hits) const {
  const auto& nodes = interests_[expansion.interest].nodes;
  ForEachBit(found_.data(), tables_->words, [&](uint32_t slot) {
    ForEachBit(expansion.nodes, expansions_.words(), [&](uint32_t at) {
      if (HasBit(nodes[at].slots.data(), slot)) hits->push_back({value, nodes[at].id, slot});
    });
  });
}

void ScanPlan::Trim() {
  for (Bytes& buffer : buffers_) buffer.Release(kFormBytesKept);
}

}  // namespace sluice
