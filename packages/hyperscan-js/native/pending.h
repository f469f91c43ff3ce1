// Matches of a stream that did not fit into the array of its call. A chunk cannot be scanned twice, so they wait here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <hs.h>

#include "matches.h"

namespace hyperscan_js {

// Records, first in, first out; all of `words` words.
struct PendingMatches {
  uint32_t* records;
  size_t capacity;
  size_t first;
  size_t count;
  size_t count_max;
  uint32_t words;
};

// One call on a stream: what it writes, and what it leaves to wait.
struct StreamMatches {
  Matches written;
  PendingMatches* pending;
  // HS_SUCCESS, or why a match could not be kept.
  int status;
};

// Moves what waits into `matches`, as far as it fits.
void DrainPending(PendingMatches* pending, Matches* matches);

void ClearPending(PendingMatches* pending);

// Hyperscan's callback for a stream, `context` being StreamMatches: writes what fits and keeps the rest. Stops the scan when
// that cannot be done.
int OnStreamMatch(unsigned int id, unsigned long long start, unsigned long long end, unsigned int flags, void* context);

}  // namespace hyperscan_js
