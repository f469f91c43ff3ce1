#include "registry.h"

#include <cstring>

namespace sluice {
namespace {

constexpr const Transformation* kTransformations[] = {
    &kBase64Decode, &kBase64DecodeExt, &kBase64Encode, &kCmdLine, &kCompressWhitespace, &kCssDecode,
    &kEscapeSeqDecode, &kHexDecode, &kHexEncode, &kHtmlEntityDecode, &kJsDecode, &kLength, &kLowercase,
    &kNormalizePath, &kNormalizePathWin, &kParityEven7bit, &kParityOdd7bit, &kParityZero7bit, &kRemoveComments,
    &kRemoveCommentsChar, &kRemoveNulls, &kRemoveWhitespace, &kReplaceComments, &kReplaceNulls, &kSqlHexDecode,
    &kTrim, &kTrimLeft, &kTrimRight, &kUppercase, &kUrlDecode, &kUrlDecodeUni, &kUrlEncode, &kUtf8ToUnicode,
};

}  // namespace

const Transformation* FindTransformation(const char* name, size_t length) {
  for (const Transformation* transformation : kTransformations) {
    if (std::strlen(transformation->name) == length && std::memcmp(transformation->name, name, length) == 0) {
      return transformation;
    }
  }
  return nullptr;
}

size_t TransformationCount() { return sizeof kTransformations / sizeof *kTransformations; }

const Transformation& TransformationAt(size_t index) { return *kTransformations[index]; }

}  // namespace sluice
