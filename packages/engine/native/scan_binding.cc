// Scan plans as JavaScript makes and uses them. src/prefilter checks what it passes; what is out of bounds here all the
// same is refused, because a wrong index would read foreign memory.
#include <algorithm>
#include <cstring>
#include <memory>
#include <unordered_map>

#include "scan_arguments.h"
#include "scan_plan.h"

namespace sluice {
namespace {

constexpr napi_type_tag kPlanTag = {0x736c756963652d70ULL, 0x6c616e2d2d2d3031ULL};

struct PlanHandle {
  TablesPointer tables;
  std::unique_ptr<ScanPlan> plan;
  // Of this environment's plans; never used again.
  uint64_t number;
};

// Added to the interest of a value that is to be remembered.
constexpr uint32_t kRemembered = uint32_t{1} << 31;

struct Tree {
  std::vector<const Transformation*> transformations;
  Span<uint32_t> parents;
};

bool ReadTree(napi_env env, napi_value names, napi_value parents, Tree* tree) {
  uint32_t count = 0;
  if (!ReadArray(env, parents, napi_uint32_array, &tree->parents)) return false;
  if (napi_get_array_length(env, names, &count) != napi_ok || count != tree->parents.size || count == 0) {
    Throw(env, kNativeFailed, "a tree of pipelines of wrong size");
    return false;
  }
  Environment* environment = GetEnvironment(env);
  if (environment == nullptr) return false;
  tree->transformations.push_back(nullptr);
  for (uint32_t node = 1; node < count; node++) {
    napi_value name;
    if (napi_get_element(env, names, node, &name) != napi_ok || !environment->text.Read(env, name)) return false;
    // Null for one that is not native: no interest may name it.
    tree->transformations.push_back(FindTransformation(environment->text.data(), environment->text.length()));
    if (tree->parents.data[node] >= node) {
      Throw(env, kNativeFailed, "a tree of pipelines out of order");
      return false;
    }
  }
  return true;
}

bool IsEvery(const std::array<uint64_t, 4>& bytes) {
  for (const uint64_t word : bytes) {
    if (word != ~uint64_t{0}) return false;
  }
  return true;
}

Interest::Node NodeOf(const ScanTables& tables, uint32_t id, uint32_t parent, const Transformation& transformation) {
  Interest::Node node{};
  node.id = id;
  node.parent = parent;
  node.transformation = &transformation;
  node.affected = tables.CategoriesOf(transformation.affected);
  node.is_always = IsEvery(transformation.affected);
  // What may be longer may have more bits of its length, too.
  node.added = IsEvery(transformation.added) ? ~uint32_t{0} : tables.CategoriesOf(transformation.added);
  node.slots.assign(tables.words, 0);
  return node;
}

// An interest on its way, with the places of its nodes.
struct Draft {
  Interest interest;
  std::unordered_map<uint32_t, uint32_t> places;

  void Add(uint32_t id, Interest::Node node) {
    places.emplace(id, static_cast<uint32_t>(interest.nodes.size()));
    interest.nodes.push_back(std::move(node));
  }
};

// Adds a node behind its parents. Returns its place, or -1. Pipelines may be long: nothing here calls itself.
int64_t PlaceNode(const Tree& tree, const ScanTables& tables, uint32_t id, Draft* draft) {
  std::vector<uint32_t> missing;
  for (uint32_t node = id; draft->places.find(node) == draft->places.end(); node = tree.parents.data[node]) {
    if (tree.transformations[node] == nullptr) return -1;
    missing.push_back(node);
  }
  for (; !missing.empty(); missing.pop_back()) {
    const uint32_t node = missing.back();
    draft->Add(node, NodeOf(tables, node, draft->places.at(tree.parents.data[node]), *tree.transformations[node]));
  }
  return draft->places.at(id);
}

// interests: for each its number of nodes, then for each node its id, its number of slots and the slots.
bool ReadInterests(napi_env env, const Span<uint32_t>& words, const Tree& tree, const ScanTables& tables,
                   std::vector<Interest>* interests) {
  size_t at = 0;
  const auto next = [&](uint32_t* word) {
    if (at >= words.size) return false;
    *word = words.data[at++];
    return true;
  };
  const auto refuse = [&] {
    Throw(env, kNativeFailed, "interests out of bounds");
    return false;
  };
  while (at < words.size) {
    Draft draft;
    Interest::Node value{};
    value.slots.assign(tables.words, 0);
    draft.Add(0, std::move(value));
    uint32_t nodes = 0;
    if (!next(&nodes)) return refuse();
    for (; nodes > 0; nodes--) {
      uint32_t id = 0, slots = 0;
      if (!next(&id) || !next(&slots) || id >= tree.transformations.size()) return refuse();
      const int64_t place = PlaceNode(tree, tables, id, &draft);
      if (place < 0) return refuse();
      for (; slots > 0; slots--) {
        uint32_t slot = 0;
        if (!next(&slot) || slot >= tables.slot_count) return refuse();
        SetBit(draft.interest.nodes[static_cast<size_t>(place)].slots.data(), slot);
      }
    }
    interests->push_back(std::move(draft.interest));
  }
  return true;
}

// createScanPlan(tables, transformations, parents, interests): external
napi_value CreateScanPlan(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok) return ThrowStatus(env, "call");
  Environment* environment = GetEnvironment(env);
  if (environment == nullptr) return nullptr;
  const auto* tables = static_cast<const TablesPointer*>(ReadExternal(env, arguments[0], kTablesTag));
  Tree tree;
  Span<uint32_t> words;
  if (tables == nullptr || !ReadTree(env, arguments[1], arguments[2], &tree) ||
      !ReadArray(env, arguments[3], napi_uint32_array, &words)) {
    return nullptr;
  }
  std::vector<Interest> interests;
  if (!ReadInterests(env, words, tree, **tables, &interests)) return nullptr;
  auto handle = std::make_unique<PlanHandle>();
  handle->tables = *tables;
  handle->number = ++environment->plans_made;
  handle->plan = std::make_unique<ScanPlan>(tables->get(), std::move(interests), &environment->scratch,
                                            &environment->scan_stats);
  return WrapExternal(env, std::move(handle), kPlanTag);
}

// Puts down what was found in a value that is not in the memory; what does not fit is not remembered.
void Remember(Environment* environment, uint64_t plan, uint32_t interest, const uint8_t* data, size_t size,
              uint64_t hash, size_t first_hit) {
  const auto& hits = environment->scan_hits;
  if (hits.size() - first_hit > ScanMemory::kFindingsMax) return;
  for (size_t at = first_hit; at < hits.size(); at++) {
    if (hits[at].node > UINT16_MAX || hits[at].slot > UINT16_MAX) return;
  }
  ScanMemory::Place* place = environment->scan_memory.Put(plan, interest, data, size, hash);
  for (size_t at = first_hit; at < hits.size(); at++) {
    place->findings[place->findings_count++] = {static_cast<uint16_t>(hits[at].node),
                                                static_cast<uint16_t>(hits[at].slot)};
  }
}

// As ScanPlan::Scan, for a value that may have been scanned before.
bool ScanOrRecall(Environment* environment, const PlanHandle& handle, uint32_t value, const uint8_t* data, size_t size,
                  uint32_t interest, Failure* failure) {
  auto& hits = environment->scan_hits;
  uint64_t hash = 0;
  environment->scan_stats->lookups++;
  const ScanMemory::Place* known = environment->scan_memory.Find(handle.number, interest, data, size, &hash);
  if (known != nullptr) {
    environment->scan_stats->remembered++;
    for (size_t at = 0; at < known->findings_count; at++) {
      hits.push_back({value, known->findings[at].node, known->findings[at].slot});
    }
    return true;
  }
  const size_t first_hit = hits.size();
  if (!handle.plan->Scan(value, data, size, interest, &hits, failure)) return false;
  Remember(environment, handle.number, interest, data, size, hash, first_hit);
  return true;
}

bool ScanAll(Environment* environment, const PlanHandle& handle, const Span<uint32_t>& values, uint32_t count,
             Failure* failure) {
  const auto* text = reinterpret_cast<const uint8_t*>(environment->text.data());
  const bool has_memory = environment->is_memory_wanted && environment->scan_memory.Open();
  uint32_t start = 0;
  for (uint32_t value = 0; value < count; value++) {
    const uint32_t end = values.data[2 * value];
    const uint32_t word = values.data[2 * value + 1];
    const uint32_t interest = word & ~kRemembered;
    if (end < start || end > environment->text.length() || interest >= handle.plan->interest_count()) {
      *failure = {kNativeFailed, "a value out of bounds"};
      return false;
    }
    const uint8_t* data = text + start;
    const size_t size = end - start;
    const bool is_done =
        has_memory && word != interest && ScanMemory::Takes(size)
            ? ScanOrRecall(environment, handle, value, data, size, interest, failure)
            : handle.plan->Scan(value, data, size, interest, &environment->scan_hits, failure);
    if (!is_done) return false;
    start = end;
  }
  return true;
}

napi_value Count(napi_env env, size_t number) {
  napi_value result;
  const napi_status status = napi_create_uint32(env, static_cast<uint32_t>(number), &result);
  return status == napi_ok ? result : ThrowStatus(env, "result");
}

size_t CopyHits(const std::vector<ScanHit>& hits, const Span<uint32_t>& out) {
  const size_t taken = std::min(out.size / 3, hits.size());
  if (taken > 0) std::memcpy(const_cast<uint32_t*>(out.data), hits.data(), taken * sizeof(ScanHit));
  return taken;
}

// scanValues(plan, text, values, count, out): number of hits
//
// values: for each the end of its bytes in `text`, where the one before ended, and its interest, to which kRemembered is
// added where it is to be remembered. Hits take three words each; where they do not all fit into `out`, takeScanHits has
// them without another scan.
napi_value ScanValues(napi_env env, napi_callback_info info) {
  size_t count = 5;
  napi_value arguments[5];
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok) return ThrowStatus(env, "call");
  Environment* environment = GetEnvironment(env);
  if (environment == nullptr) return nullptr;
  auto* handle = static_cast<PlanHandle*>(ReadExternal(env, arguments[0], kPlanTag));
  Span<uint32_t> values, out;
  uint32_t value_count = 0;
  if (handle == nullptr || !environment->text.Read(env, arguments[1]) ||
      !ReadArray(env, arguments[2], napi_uint32_array, &values) ||
      !ReadArray(env, arguments[4], napi_uint32_array, &out)) {
    return nullptr;
  }
  if (napi_get_value_uint32(env, arguments[3], &value_count) != napi_ok || value_count > values.size / 2) {
    return Throw(env, kNativeFailed, "more values than places");
  }
  const auto& hits = environment->scan_hits;
  environment->scan_hits.clear();
  Failure failure;
  const bool is_done = ScanAll(environment, *handle, values, value_count, &failure);
  handle->plan->Trim();
  environment->text.Release();
  if (!is_done) return Throw(env, failure);
  CopyHits(hits, out);
  return Count(env, hits.size());
}

// takeScanHits(out): number of hits of the last scan that were put into `out`
napi_value TakeScanHits(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok) return ThrowStatus(env, "call");
  Environment* environment = GetEnvironment(env);
  Span<uint32_t> out;
  if (environment == nullptr || !ReadArray(env, argument, napi_uint32_array, &out)) return nullptr;
  return Count(env, CopyHits(environment->scan_hits, out));
}

// bindScanStats(stats: Float64Array): counts in its memory from now on, in the order of ScanStats
napi_value BindScanStats(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  Span<double> stats;
  Environment* environment = GetEnvironment(env);
  if (environment == nullptr || napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok ||
      !ReadArray(env, argument, napi_float64_array, &stats)) {
    return nullptr;
  }
  if (stats.size != sizeof(ScanStats) / sizeof(double)) return Throw(env, kNativeFailed, "statistics of wrong size");
  // Held as long as the environment lives: plans count that long.
  napi_ref held;
  if (napi_create_reference(env, argument, 1, &held) != napi_ok) return ThrowStatus(env, "statistics");
  if (environment->scan_stats_memory != nullptr) napi_delete_reference(env, environment->scan_stats_memory);
  environment->scan_stats_memory = held;
  environment->scan_stats = reinterpret_cast<ScanStats*>(const_cast<double*>(stats.data));
  return nullptr;
}

// rememberValues(isWanted): what is remembered is forgotten either way
napi_value RememberValues(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  Environment* environment = GetEnvironment(env);
  if (environment == nullptr || napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok ||
      napi_get_value_bool(env, argument, &environment->is_memory_wanted) != napi_ok) {
    return ThrowStatus(env, "rememberValues");
  }
  environment->scan_memory.Close();
  return nullptr;
}

}  // namespace

bool DefineScan(napi_env env, napi_value exports) {
  const napi_property_descriptor functions[] = {
      {"createScanTables", nullptr, CreateScanTables, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"createScanPlan", nullptr, CreateScanPlan, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"scanValues", nullptr, ScanValues, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"takeScanHits", nullptr, TakeScanHits, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"rememberValues", nullptr, RememberValues, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"bindScanStats", nullptr, BindScanStats, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  return napi_define_properties(env, exports, 6, functions) == napi_ok;
}

}  // namespace sluice
