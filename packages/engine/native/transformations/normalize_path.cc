// normalizePath and normalizePathWin.
#include "registry.h"
#include "rewrite.h"

namespace sluice {
namespace {

using Slash = OneOf<'/'>;
using SlashOrDot = OneOf<'/', '.'>;
using Backslash = OneOf<'\\'>;

struct BackslashToSlash {
  static constexpr uint8_t One(uint8_t byte) { return byte == '\\' ? '/' : byte; }
  static Block All(Block block) { return block ^ (Backslash::Match(block) & ('\\' ^ '/')); }
};

// Whether a path may be other than normal: it has two slashes, or a segment that begins with a dot.
bool MayChange(const uint8_t* in, size_t size) {
  return size > 0 && (in[0] == '.' || FindFirst(in, size, 0, Pair<Slash, SlashOrDot>()) < size);
}

// The normal form of a path while it is written. It may be written over the path itself: it never gets ahead of what was
// read.
class NormalPath {
 public:
  NormalPath(uint8_t* start, bool absolute) : start_(start), end_(start), floor_(start), absolute_(absolute) {
    if (absolute) *end_++ = '/';
    floor_ = end_;
  }

  void Add(const uint8_t* segment, size_t length) {
    const bool dots = length > 0 && length <= 2 && segment[0] == '.' && segment[length - 1] == '.';
    if (dots && length == 2 && end_ > floor_) {
      GoUp();
    } else if (length > 0 && !dots) {
      Append(segment, length);
    } else if (dots && length == 2 && !absolute_) {
      Append(segment, length);
      floor_ = end_;
    }
  }

  // Ends the path, in a slash where it is to; returns its size.
  size_t Close(bool trailing) {
    if (trailing && end_ > start_ && end_[-1] != '/') *end_++ = '/';
    return static_cast<size_t>(end_ - start_);
  }

 private:
  void GoUp() {
    while (end_ > floor_ && end_[-1] != '/') end_--;
    if (end_ > floor_) end_--;
  }

  void Append(const uint8_t* segment, size_t length) {
    if (end_ > start_ && end_[-1] != '/') *end_++ = '/';
    std::memmove(end_, segment, length);
    end_ += length;
  }

  uint8_t* const start_;
  uint8_t* end_;
  // Where the part begins that `..` must not take away: the root, or the leading `..` of a relative path.
  uint8_t* floor_;
  const bool absolute_;
};

size_t Normalize(const uint8_t* in, size_t size, uint8_t* to) {
  const bool trailing = in[size - 1] == '/';
  NormalPath path(to, in[0] == '/');
  for (size_t start = 0; start < size;) {
    const size_t end = FindFirst(in, size, start, Single<Slash>());
    path.Add(in + start, end - start);
    start = end + 1;
  }
  return path.Close(trailing);
}

bool NormalizePath(const uint8_t* in, size_t size, Bytes* out) {
  if (!MayChange(in, size)) return false;
  out->Clear();
  uint8_t* to = out->Reserve(size);
  if (to == nullptr) return false;
  out->SetSize(Normalize(in, size, to));
  // Bytes only go away: at the same size it is the same path.
  return out->size() != size;
}

bool NormalizePathWin(const uint8_t* in, size_t size, Bytes* out) {
  if (!MapBytes<BackslashToSlash>(in, size, out)) return !out->failed() && NormalizePath(in, size, out);
  if (MayChange(out->data(), size)) out->SetSize(Normalize(out->data(), size, out->data()));
  return true;
}

}  // namespace

const Transformation kNormalizePath = {"normalizePath", NormalizePath, MembersOf<SlashOrDot>(), kNoByte};
const Transformation kNormalizePathWin = {"normalizePathWin", NormalizePathWin,
                                          MembersOf<AnyOf<SlashOrDot, Backslash>>(), MembersOf<Slash>()};

}  // namespace sluice
