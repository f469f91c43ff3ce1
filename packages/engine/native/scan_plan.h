// How the values of a rule set are scanned: which of them go through which transformations, and which slots are looked
// for in what comes out. One call scans all values of a phase.
#ifndef SLUICE_ENGINE_SCAN_PLAN_H_
#define SLUICE_ENGINE_SCAN_PLAN_H_

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "slot_set.h"
#include "matcher.h"
#include "scan_tables.h"
#include "transformations/transformation.h"

#ifdef __SANITIZE_ADDRESS__
#include "guarded_bytes.h"
#endif

namespace sluice {

// What is looked for in a value: slots by pipeline. Nodes of the tree of pipelines come in ascending order, each behind
// its parent; the first is node 0, the value itself. A node may be there only because another one begins with it.
struct Interest {
  struct Node {
    uint32_t id;
    // Place of the parent in this list; 0 for the first.
    uint32_t parent;
    const Transformation* transformation;
    // Categories without which the transformation leaves a value as it is.
    uint32_t affected;
    // It may change any value, the empty one too, which holds nothing.
    bool is_always;
    SlotSet slots;

    bool Leaves(uint32_t holds) const { return !is_always && (affected & holds) == 0; }
  };
  std::vector<Node> nodes;
};

// Counted since the environment began; JavaScript shares them as an array of doubles in this order.
struct ScanStats {
  double values;
  double bytes;
  double transformations;
  double bytes_transformed;
  double database_scans;
  double detections;
  double bytes_detected;
  // Set by JavaScript, not 0 where transformations are to be timed.
  double is_timed;
  double transformation_nanos;
};

// Scratch space fit for all databases of an environment's tables: scans never overlap.
struct ScanScratch {
  hs_scratch_t* scratch = nullptr;
  ScanScratch() = default;
  ScanScratch(const ScanScratch&) = delete;
  ScanScratch& operator=(const ScanScratch&) = delete;
  ~ScanScratch() { hs_free_scratch(scratch); }
};

struct ScanHit {
  uint32_t value;
  uint32_t node;
  uint32_t slot;
};

class ScanPlan {
 public:
  ScanPlan(ScanTables* tables, std::vector<Interest> interests, ScanScratch* scratch, ScanStats** stats);

  size_t interest_count() const { return interests_.size(); }

  // Scans one value, which must have 64 readable bytes behind it. Hits are appended to `hits`.
  bool Scan(uint32_t value, const uint8_t* data, size_t size, uint32_t interest, std::vector<ScanHit>* hits,
            Failure* failure);

  // Gives back what only a huge value needed.
  void Trim();

 private:
  // A distinct result of the transformations of one value.
  struct Form {
    const uint8_t* data;
    size_t size;
    uint32_t holds;
  };
  // What is known of a value by what it holds: which nodes leave it as it is, and what to look for in it.
  struct Root {
    std::vector<uint32_t> same;
    std::vector<uint32_t> other;
    SlotSet slots;
    std::vector<uint32_t> databases;
    bool has_pseudo = false;
    bool is_empty = true;
  };

  const Root& RootOf(uint32_t interest, uint32_t holds);
  void Select(Root* root, uint32_t holds) const;
  uint32_t FormOf(const Interest& interest, const Root& root, size_t at, Failure* failure);
  bool ScanForm(const Form& form, const Root& look, Failure* failure);
  // The form for a library that may read so many bytes behind it; where reads are watched, no more than that.
  const char* TextOf(const Form& form, size_t padding);
  void Report(uint32_t value, const Interest& interest, const std::vector<uint32_t>& nodes,
              std::vector<ScanHit>* hits);

  ScanTables* const tables_;
  const std::vector<Interest> interests_;
  ScanScratch* const scratch_;
  // Of the environment, which may put it elsewhere.
  ScanStats** const stats_;
  std::unordered_map<uint64_t, Root> roots_;
  // Of the value at hand.
  std::vector<Form> forms_;
  std::vector<uint32_t> form_of_;
  std::vector<Bytes> buffers_;
  std::vector<uint32_t> nodes_;
  Root look_;
  SlotSet found_;
#ifdef __SANITIZE_ADDRESS__
  GuardedBytes guarded_;
#endif
};

}  // namespace sluice

#endif
