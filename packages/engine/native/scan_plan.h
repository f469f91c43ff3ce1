// How the values of a rule set are scanned: which of them go through which transformations, and which slots are looked
// for in what comes out. One call scans all values of a phase.
#ifndef SLUICE_ENGINE_SCAN_PLAN_H_
#define SLUICE_ENGINE_SCAN_PLAN_H_

#include <array>
#include <cstdint>
#include <memory>
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
    // What the result may hold though the value does not.
    uint32_t added;
    SlotSet slots;
    // Of this node and all behind it.
    uint32_t reach_added;
    SlotSet reach;
    // Whether something behind it is found in the empty value alone, which any value may become.
    bool reaches_empty;
    // The node before this one that has the same transformation; 0 where there is none.
    uint32_t twin;

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
  };
  // What to look for, and what has to be asked for that.
  struct Look {
    SlotSet slots;
    std::vector<uint32_t> databases;
    bool has_pseudo = false;
    bool is_empty = true;
  };
  // What is known of a value by what it holds.
  struct Root {
    // Which nodes may make something else of it in which something could be found, and what is behind them.
    std::vector<uint32_t> other;
    // By node: 0 for those that leave it as it is, kNoForm for those where nothing can be found.
    std::vector<uint32_t> form_of;
    // What is looked for in the value itself, and the places of the nodes that leave it so, as bits.
    Look look;
    uint64_t nodes = 0;
  };
  // What was worked out of a form last: by the nodes that lead to it and what it holds.
  struct KnownLook {
    uint64_t nodes = 0;
    uint32_t interest = 0;
    uint32_t holds = 0;
    Look look;
  };
  // Whether a node does anything to a form, by what that holds.
  enum class Step : uint8_t { kUnknown, kLeaves, kPointless, kTransforms };
  struct KnownStep {
    uint32_t interest = 0;
    uint32_t node = 0;
    uint32_t holds = 0;
    Step step = Step::kUnknown;
  };
  // Made when a value is transformed first: many plans never see one.
  struct Known {
    std::array<KnownLook, 1024> looks;
    std::array<KnownStep, 2048> steps;
  };
  // Nodes have bits up to here.
  static constexpr size_t kBitNodesMax = 64;
  // No form: nothing that is looked for can be in it.
  static constexpr uint32_t kNoForm = ~uint32_t{0};

  void Prepare(Interest* interest);
  const Root& RootOf(uint32_t interest, uint32_t holds);
  Root MakeRoot(const Interest& interest, uint32_t holds);
  // Whether anything can be found behind a node in what it makes of a form.
  bool IsPromising(const Interest::Node& node, uint32_t holds);
  void Select(Look* look, uint32_t holds) const;
  bool ScanOthers(uint32_t value, uint32_t interest, const Root& root, const Form& whole, std::vector<ScanHit>* hits,
                  Failure* failure);
  uint32_t FormOf(uint32_t interest, uint32_t at, const Root& root, Failure* failure);
  Step StepOf(uint32_t interest, uint32_t at, uint32_t holds);
  // What to look for in a form of the value at hand; good until the next call.
  const Look& LookOf(uint32_t interest, uint32_t form);
  void FillLook(uint32_t interest, uint32_t form, Look* look);
  uint32_t AddForm(const Form& made);
  bool ScanForm(const Form& form, const Look& look, Failure* failure);
  void AskOthers(const Form& form, const Look& look);
  // The form for a library that may read so many bytes behind it; where reads are watched, no more than that.
  const char* TextOf(const Form& form, size_t padding);
  void Report(uint32_t value, const Interest& interest, const uint32_t* form_of, uint32_t form,
              std::vector<ScanHit>* hits) const;

  ScanTables* const tables_;
  std::vector<Interest> interests_;
  ScanScratch* const scratch_;
  // Of the environment, which may put it elsewhere.
  ScanStats** const stats_;
  std::unordered_map<uint64_t, Root> roots_;
  // Where a root in roots_ is, by what was asked for last.
  struct Recent {
    uint64_t key;
    const Root* root = nullptr;
  };
  static constexpr size_t kRecentBits = 9;
  std::array<Recent, size_t{1} << kRecentBits> recent_{};
  // Of the value at hand.
  std::vector<Form> forms_;
  std::vector<uint32_t> form_of_;
  std::vector<Bytes> buffers_;
  // By form: the nodes that lead to it.
  std::vector<uint64_t> form_nodes_;
  std::unique_ptr<Known> known_;
  Look look_;
  SlotSet found_;
#ifdef __SANITIZE_ADDRESS__
  GuardedBytes guarded_;
#endif
};

}  // namespace sluice

#endif
