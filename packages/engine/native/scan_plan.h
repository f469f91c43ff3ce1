// How the values of a rule set are scanned: which of them go through which transformations, and which slots are looked
// for in what comes out. One call scans all values of a phase.
#ifndef SLUICE_ENGINE_SCAN_PLAN_H_
#define SLUICE_ENGINE_SCAN_PLAN_H_

#include <cstdint>
#include <vector>

#include "expansions.h"
#include "matcher.h"
#include "scan_tables.h"
#include "slot_set.h"
#include "transformations/transformation.h"

#ifdef __SANITIZE_ADDRESS__
#include "guarded_bytes.h"
#endif

namespace sluice {

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
  // Values that were looked for in the memory, and those that were found.
  double lookups;
  double remembered;
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
    uint32_t variant;
    // Of all nodes that lead to it so far; null before there is one.
    const Expansion* expansion;
  };
  // A step that a form asks for, with the form that it led to.
  struct Task {
    uint32_t form;
    const Expansion::Step* step;
    // Whether other nodes had led to the form before, and may have asked for the same step.
    bool is_again;
    uint32_t result;
  };

  bool ScanOthers(uint32_t value, uint32_t interest, const Expansion& root, const Form& whole,
                  std::vector<ScanHit>* hits, Failure* failure);
  Form FormOf(const uint8_t* data, size_t size) const;
  // Says that the nodes of a step lead to a form.
  void Lead(uint32_t interest, uint32_t form, const Expansion::Step& step);
  // The form that a task makes of its form.
  uint32_t Do(size_t task, Failure* failure);
  uint32_t AddForm(const Form& made);
  // Leaves what was found in found_.
  bool ScanForm(const Form& form, Failure* failure);
  void AskOthers(const Form& form);
  // The form for a library that may read so many bytes behind it; where reads are watched, no more than that.
  const char* TextOf(const Form& form, size_t padding);
  void Report(uint32_t value, const Expansion& expansion, std::vector<ScanHit>* hits) const;

  ScanTables* const tables_;
  std::vector<Interest> interests_;
  Expansions expansions_;
  ScanScratch* const scratch_;
  // Of the environment, which may put it elsewhere.
  ScanStats** const stats_;
  // Node 0 alone.
  NodeSet first_node_;
  // Of the value at hand.
  std::vector<Form> forms_;
  std::vector<Task> tasks_;
  // By the first node of a step.
  std::vector<Bytes> buffers_;
  NodeSet united_;
  SlotSet found_;
#ifdef __SANITIZE_ADDRESS__
  GuardedBytes guarded_;
#endif
};

}  // namespace sluice

#endif
