#include "adapters/rpc/json_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/check.h"

namespace starlift::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

void AppendText(absl::string_view text, std::string* out) {
  out->push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(c);
    } else if (c == '\n') {
      out->append("\\n");
    } else if (byte < 0x20 || byte == 0x7f || c == '<' || c == '>') {
      // Angle brackets so that the text may stand inside HTML, as protobuf's printer has it.
      absl::StrAppendFormat(out, "\\u%04x", byte);
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

// No fraction, or three or six digits of it: as many as it needs.
void AppendTime(const Timestamp& time, std::string* out) {
  const int micros = time.nanos() / 1000;
  const absl::string_view format = micros == 0          ? "%Y-%m-%dT%H:%M:%SZ"
                                   : micros % 1000 == 0 ? "%Y-%m-%dT%H:%M:%E3SZ"
                                                        : "%Y-%m-%dT%H:%M:%E6SZ";
  const absl::Time at = absl::FromUnixSeconds(time.seconds()) + absl::Microseconds(micros);
  AppendText(absl::FormatTime(format, at, absl::UTCTimeZone()), out);
}

void AppendMessage(const Message& message, std::string* out);

void AppendNested(const Message& message, std::string* out) {
  if (message.GetDescriptor() == Timestamp::descriptor()) {
    AppendTime(static_cast<const Timestamp&>(message), out);
  } else {
    AppendMessage(message, out);
  }
}

// In the order of the keys: the same order gives the same bytes.
void AppendMap(const Message& message, const FieldDescriptor* field, std::string* out) {
  const Reflection* reflection = message.GetReflection();
  std::map<std::string, std::string> entries;
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    const Message& entry = reflection->GetRepeatedMessage(message, field, i);
    const FieldDescriptor* key = field->message_type()->map_key();
    const FieldDescriptor* value = field->message_type()->map_value();
    entries.emplace(entry.GetReflection()->GetString(entry, key),
                    entry.GetReflection()->GetString(entry, value));
  }
  absl::string_view separator = "{";
  if (entries.empty()) out->push_back('{');
  for (const auto& [key, value] : entries) {
    absl::StrAppend(out, separator);
    AppendText(key, out);
    out->push_back(':');
    AppendText(value, out);
    separator = ",";
  }
  out->push_back('}');
}

void AppendMessages(const Message& message, const FieldDescriptor* field, std::string* out) {
  const Reflection* reflection = message.GetReflection();
  out->push_back('[');
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    if (i > 0) out->push_back(',');
    AppendNested(reflection->GetRepeatedMessage(message, field, i), out);
  }
  out->push_back(']');
}

void AppendSingle(const Message& message, const FieldDescriptor* field, std::string* out) {
  const Reflection* reflection = message.GetReflection();
  std::string scratch;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return AppendText(reflection->GetStringReference(message, field, &scratch), out);
    case FieldDescriptor::CPPTYPE_BOOL:
      return absl::StrAppend(out, reflection->GetBool(message, field) ? "true" : "false");
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrAppend(out, reflection->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      // A text: JSON's numbers are exact up to 2^53 only.
      return absl::StrAppend(out, "\"", reflection->GetInt64(message, field), "\"");
    case FieldDescriptor::CPPTYPE_ENUM:
      return AppendText(reflection->GetEnum(message, field)->name(), out);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return AppendNested(reflection->GetMessage(message, field), out);
    default:
      STARLIFT_CHECK(!"a kind of field that no message of ours had");
  }
}

void AppendMessage(const Message& message, std::string* out) {
  const Reflection* reflection = message.GetReflection();
  const google::protobuf::Descriptor* descriptor = message.GetDescriptor();
  char separator = '{';
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    // Without presence in this syntax: everything but a single message.
    if (field->has_presence() && !reflection->HasField(message, field)) continue;
    out->push_back(separator);
    separator = ',';
    absl::StrAppend(out, "\"", field->name(), "\":");
    if (field->is_map()) {
      AppendMap(message, field, out);
    } else if (field->is_repeated()) {
      AppendMessages(message, field, out);
    } else {
      AppendSingle(message, field, out);
    }
  }
  if (separator == '{') out->push_back('{');
  out->push_back('}');
}

}  // namespace

std::string JsonText(const Message& message) {
  std::string text;
  text.reserve(2048);
  AppendMessage(message, &text);
  return text;
}

}  // namespace starlift::rpc
