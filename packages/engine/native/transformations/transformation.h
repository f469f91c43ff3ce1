// The transformations over bytes. Those in TypeScript (src/transformations) are the reference: for every value, each of
// these gives the very bytes that its namesake gives.
#ifndef SLUICE_ENGINE_TRANSFORMATIONS_TRANSFORMATION_H_
#define SLUICE_ENGINE_TRANSFORMATIONS_TRANSFORMATION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace sluice {

// Bytes that grow; kept from call to call, so that a transformation allocates nothing.
class Bytes {
 public:
  // What may be read, and written, behind a buffer's capacity: Hyperscan 5.4.0 reads past the end of what it scans, and
  // transformations store whole blocks.
  static constexpr size_t kPadding = 64;

  // Null until the first Reserve.
  uint8_t* data() { return data_.get(); }
  const uint8_t* data() const { return data_.get(); }
  size_t size() const { return size_; }
  // Set where a Reserve found no memory, until the next Clear.
  bool failed() const { return failed_; }

  void Clear() {
    size_ = 0;
    failed_ = false;
  }
  // data(), with room for `capacity` bytes at least; the first size() ones stay. Null where there is no memory.
  uint8_t* Reserve(size_t capacity);
  // Bytes that were not written are undefined.
  void SetSize(size_t size) { size_ = size; }
  // Empties it, and gives a buffer back that is larger than `kept_max`: one huge value must not stay for good.
  void Release(size_t kept_max);

 private:
  std::unique_ptr<uint8_t[]> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
  bool failed_ = false;
};

// Returns false where the value is left as it is (then `out` is unspecified); else `out` holds the result, which is never
// the same as the value. Linear in its input, of which no byte behind `size` is read. Where memory ran out it returns
// false, too, and out->failed() says so if `out` was cleared before: that is not "left as it is".
using Transform = bool (*)(const uint8_t* in, size_t size, Bytes* out);

struct Transformation {
  // As the reference manual spells it.
  const char* name;
  Transform apply;
  // The value is left as it is if it holds none of these bytes (byte b is bit b % 64 of word b / 64). All of them: it may
  // always change, the empty value too.
  std::array<uint64_t, 4> affected;
  // The bytes that may be in the result though they are not in the value. All of them, too, where the result may be
  // longer than the value.
  std::array<uint64_t, 4> added = {~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}};
};

// By exact name; null where there is none. The digests (md5, sha1) have no native form.
const Transformation* FindTransformation(const char* name, size_t length);
size_t TransformationCount();
const Transformation& TransformationAt(size_t index);

}  // namespace sluice

#endif
