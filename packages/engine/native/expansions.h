// What follows from a form of a value by what it holds and the nodes that lead to it: worked out once and kept, as values
// of a kind come again and again. No byte of a value is kept.
#ifndef SLUICE_ENGINE_EXPANSIONS_H_
#define SLUICE_ENGINE_EXPANSIONS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "scan_tables.h"
#include "slot_set.h"
#include "transformations/transformation.h"

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
    // What a form may hold that makes a difference here or behind it.
    uint32_t telling;

    bool Leaves(uint32_t holds) const { return !is_always && (affected & holds) == 0; }
  };
  std::vector<Node> nodes;
};

// Nodes of an interest as bits, by their places in its list; all sets of a plan have as many words.
using NodeSet = std::vector<uint64_t>;

// In one piece of memory, as it is looked at for each form of each value.
struct Expansion {
  // A transformation that may make something else of the form in which something could be found.
  struct Step {
    const Transformation* transformation;
    // The nodes that lead to what it makes, and the first of them.
    const uint64_t* nodes;
    uint32_t first;
    // What such a form may hold that makes a difference to them.
    uint32_t telling;
  };

  uint32_t interest;
  // Of what the form holds, what makes a difference to the nodes: `telling`.
  uint32_t holds;
  uint32_t telling;
  // The databases for what it holds.
  uint32_t variant;
  // Bytes of its memory.
  uint32_t capacity;
  // When it was asked for last.
  uint64_t used;
  // The nodes that it was asked about; these, and those behind them that leave the form as it is; what is looked for there.
  const uint64_t* asked;
  const uint64_t* nodes;
  const uint64_t* slots;
  // What has to be asked for that.
  const uint32_t* databases;
  const Step* steps;
  uint32_t database_count;
  uint32_t step_count;
  bool has_pseudo;
  // Whether nothing has to be asked.
  bool is_empty;
};

// Bounded, as clients make values of any kind: sets of two places, of which the second is for what comes new.
class Expansions {
 public:
  // Prepares the interests, which live as long as this.
  Expansions(ScanTables* tables, std::vector<Interest>* interests);

  // Words of the sets of nodes.
  size_t words() const { return words_; }

  // What was given is not good any more.
  void Begin() {
    turn_++;
    if (!retired_.empty()) retired_.clear();
  }

  // What makes a difference to node 0.
  uint32_t TellingFirst(uint32_t interest) const { return (*interests_)[interest].nodes[0].telling; }

  // Of a form that holds so much, for what nodes lead to; what they do not tell apart is the same to them. Good until Begin.
  const Expansion& Of(uint32_t interest, uint32_t holds, uint32_t variant, uint32_t telling, const uint64_t* nodes);

 private:
  static constexpr size_t kSets = 2048;
  static constexpr size_t kWays = 2;

  // What an expansion follows from.
  struct Key {
    uint32_t interest;
    uint32_t holds;
    uint32_t telling;
    uint32_t variant;
    const uint64_t* asked;
  };
  using Memory = std::unique_ptr<uint8_t[]>;
  // An expansion on its way.
  struct Draft {
    NodeSet nodes;
    SlotSet slots;
    std::vector<uint32_t> databases;
    std::vector<Expansion::Step> steps;
    // Of the steps, one behind another.
    std::vector<uint64_t> step_nodes;
  };

  static Expansion* In(const Memory& memory) { return reinterpret_cast<Expansion*>(memory.get()); }
  uint64_t HashOf(const Key& key) const;
  bool IsIt(size_t place, uint32_t tag, const Key& key) const;
  void Prepare(Interest* interest) const;
  void Fill(const Key& key);
  void AddStep(uint32_t at, const Interest::Node& node);
  // Whether anything can be found behind a node in what it makes of a form.
  bool IsPromising(const Interest::Node& node, uint32_t holds, const uint64_t* possible) const;
  // Puts down the draft.
  void Store(const Key& key, Memory* place);

  ScanTables* const tables_;
  const std::vector<Interest>* const interests_;
  size_t words_ = 1;
  uint64_t turn_ = 0;
  std::vector<Memory> places_;
  // Of their hashes; of an empty place 0. Beside each other, as each look begins here.
  std::vector<uint32_t> tags_;
  // What was given since Begin and has lost its place.
  std::vector<Memory> retired_;
  Draft draft_;
  SlotSet possible_;
};

}  // namespace sluice

#endif
