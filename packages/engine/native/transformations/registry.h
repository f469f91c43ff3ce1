// Every transformation, each defined in its family's file as a constant: nothing runs when the addon is loaded.
#ifndef SLUICE_ENGINE_TRANSFORMATIONS_REGISTRY_H_
#define SLUICE_ENGINE_TRANSFORMATIONS_REGISTRY_H_

#include "transformation.h"

namespace sluice {

extern const Transformation kBase64Decode;
extern const Transformation kBase64DecodeExt;
extern const Transformation kBase64Encode;
extern const Transformation kCmdLine;
extern const Transformation kCompressWhitespace;
extern const Transformation kCssDecode;
extern const Transformation kEscapeSeqDecode;
extern const Transformation kHexDecode;
extern const Transformation kHexEncode;
extern const Transformation kHtmlEntityDecode;
extern const Transformation kJsDecode;
extern const Transformation kLength;
extern const Transformation kLowercase;
extern const Transformation kNormalizePath;
extern const Transformation kNormalizePathWin;
extern const Transformation kParityEven7bit;
extern const Transformation kParityOdd7bit;
extern const Transformation kParityZero7bit;
extern const Transformation kRemoveComments;
extern const Transformation kRemoveCommentsChar;
extern const Transformation kRemoveNulls;
extern const Transformation kRemoveWhitespace;
extern const Transformation kReplaceComments;
extern const Transformation kReplaceNulls;
extern const Transformation kSqlHexDecode;
extern const Transformation kTrim;
extern const Transformation kTrimLeft;
extern const Transformation kTrimRight;
extern const Transformation kUppercase;
extern const Transformation kUrlDecode;
extern const Transformation kUrlDecodeUni;
extern const Transformation kUrlEncode;
extern const Transformation kUtf8ToUnicode;

}  // namespace sluice

#endif
