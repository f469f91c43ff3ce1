// Scan tables as JavaScript makes them. src/prefilter checks what it passes; what is out of bounds here all the same is
// refused, because a wrong index would read foreign memory.
#include <cstring>
#include <vector>

#include "lent_database.h"
#include "scan_arguments.h"

namespace sluice {
namespace {

// Holds on to the externals of lent databases, each of which ends its database when it is collected. Given up with the
// last tables and plans, which the environment's own thread finalizes.
class Lenders {
 public:
  explicit Lenders(napi_env env) : env_(env) {}
  Lenders(const Lenders&) = delete;
  Lenders& operator=(const Lenders&) = delete;
  ~Lenders() {
    for (napi_ref held : held_) napi_delete_reference(env_, held);
  }

  bool Hold(napi_value lent) {
    napi_ref held;
    if (napi_create_reference(env_, lent, 1, &held) != napi_ok) return false;
    held_.push_back(held);
    return true;
  }

 private:
  napi_env const env_;
  std::vector<napi_ref> held_;
};

// Hyperscan 5.4.1, and no other version, refuses scratch space that was made fit for another database afterwards.
bool CanShareScratch() { return std::strncmp(hs_version(), "5.4.1", 5) != 0; }

bool ReadDatabases(napi_env env, napi_value object, ScanTables* tables, ScanScratch* scratch) {
  napi_value list;
  uint32_t count = 0;
  if (napi_get_named_property(env, object, "databases", &list) != napi_ok ||
      napi_get_array_length(env, list, &count) != napi_ok) {
    ThrowStatus(env, "databases");
    return false;
  }
  if (count > 1 && !CanShareScratch()) {
    Throw(env, kNativeFailed, "Hyperscan 5.4.1 cannot scan with several databases: install 5.4.2 or 5.4.0");
    return false;
  }
  const auto lenders = std::make_shared<Lenders>(env);
  tables->lenders = lenders;
  for (uint32_t i = 0; i < count; i++) {
    napi_value item;
    if (napi_get_element(env, list, i, &item) != napi_ok) return false;
    const auto* lent = static_cast<const LentDatabase*>(ReadExternal(env, item, kLentDatabaseTag));
    if (lent == nullptr) return false;
    if (lent->layout != kLentDatabaseLayout || lent->mode != HS_MODE_BLOCK) {
      Throw(env, kNativeFailed, "a database in block mode of this hyperscan-js was expected");
      return false;
    }
    if (hs_alloc_scratch(lent->database, &scratch->scratch) != HS_SUCCESS) {
      Throw(env, kNativeFailed, "no scratch space for a database");
      return false;
    }
    if (!lenders->Hold(item)) {
      ThrowStatus(env, "a lent database");
      return false;
    }
    tables->databases.push_back(lent->database);
  }
  return true;
}

// One variant's deciders, by slot.
bool FillVariant(napi_env env, ScanTables* tables, uint32_t holds, const int32_t* deciders) {
  ScanTables::Variant variant{holds, {}};
  std::vector<bool> is_used(tables->databases.size());
  for (uint32_t slot = 0; slot < tables->slot_count; slot++) {
    const int32_t decider = deciders[slot];
    if (decider >= 0 && static_cast<size_t>(decider) < tables->databases.size()) {
      SetBit(tables->database_slots[static_cast<size_t>(decider)].data(), slot);
      is_used[static_cast<size_t>(decider)] = true;
    } else if (decider == -1 || decider == -2 || decider == -4) {
      tables->kinds[slot] = decider == -1 ? SlotKind::kSqli : decider == -2 ? SlotKind::kXss : SlotKind::kNeeds;
      SetBit(tables->pseudo.data(), slot);
    } else if (decider != -3) {
      Throw(env, kNativeFailed, "a slot is decided by nothing");
      return false;
    }
  }
  for (uint32_t i = 0; i < is_used.size(); i++) {
    if (is_used[i]) variant.databases.push_back(i);
  }
  tables->variants.push_back(std::move(variant));
  return true;
}

bool FillVariants(napi_env env, ScanTables* tables, const Span<uint32_t>& variants, const Span<int32_t>& deciders) {
  tables->words = WordsFor(tables->slot_count);
  tables->database_slots.assign(tables->databases.size(), SlotSet(tables->words, 0));
  tables->pseudo.assign(tables->words, 0);
  tables->kinds.assign(tables->slot_count, SlotKind::kDatabase);
  for (size_t i = 0; i < variants.size; i++) {
    if (!FillVariant(env, tables, variants.data[i], deciders.data + i * tables->slot_count)) return false;
  }
  if (variants.size > 0 && variants.data[variants.size - 1] == ~uint32_t{0}) return true;
  Throw(env, kNativeFailed, "the last variant has to take all values");
  return false;
}

}  // namespace

napi_value CreateScanTables(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value spec;
  if (napi_get_cb_info(env, info, &count, &spec, nullptr, nullptr) != napi_ok) return ThrowStatus(env, "call");
  Environment* environment = GetEnvironment(env);
  if (environment == nullptr) return nullptr;
  auto tables = std::make_shared<ScanTables>();
  Span<uint8_t> categories;
  Span<uint32_t> lengths, variants, starts, needs;
  Span<int32_t> deciders;
  if (!ReadField(env, spec, "categories", napi_uint8_array, &categories) ||
      !ReadField(env, spec, "lengths", napi_uint32_array, &lengths) ||
      !ReadField(env, spec, "variants", napi_uint32_array, &variants) ||
      !ReadField(env, spec, "deciders", napi_int32_array, &deciders) ||
      !ReadField(env, spec, "needStarts", napi_uint32_array, &starts) ||
      !ReadField(env, spec, "needs", napi_uint32_array, &needs) ||
      !ReadDatabases(env, spec, tables.get(), &environment->scratch)) {
    return nullptr;
  }
  if (categories.size != 256 || lengths.size % 2 != 0 || starts.size == 0 || starts.data[0] != 0 ||
      deciders.size != variants.size * (starts.size - 1) || starts.data[starts.size - 1] != needs.size) {
    return Throw(env, kNativeFailed, "scan tables of wrong sizes");
  }
  for (size_t i = 0; i + 1 < starts.size; i++) {
    if (starts.data[i] > starts.data[i + 1]) return Throw(env, kNativeFailed, "scan tables out of order");
  }
  for (size_t i = 0; i < 256; i++) tables->category_of[i] = 1u << (categories.data[i] & 31);
  tables->held_bytes.SetCategories(tables->category_of);
  for (size_t i = 0; i < lengths.size; i += 2) {
    tables->length_bits.push_back({lengths.data[i], 1u << (lengths.data[i + 1] & 31)});
  }
  tables->slot_count = static_cast<uint32_t>(starts.size - 1);
  if (!FillVariants(env, tables.get(), variants, deciders)) return nullptr;
  tables->SetNeeds(starts.data, needs.data);
  return WrapExternal(env, std::make_unique<TablesPointer>(std::move(tables)), kTablesTag);
}

}  // namespace sluice
