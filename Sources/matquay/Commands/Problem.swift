import HTTPClient
import JSON

/// A problem document as a person reads it.
enum Problem {
  /// Title and detail, then one line for each error with its pointer; the body as it is where it
  /// is no problem document.
  static func text(of reply: ClientReply) -> String {
    guard let document = try? JSONValue.parse(reply.body), let problem = document.objectValue
    else { return reply.text }
    let detail = problem["detail"]?.stringValue ?? problem["title"]?.stringValue ?? reply.text
    let errors = (problem["errors"]?.arrayValue ?? []).map { error in
      "\n  \(error["pointer"]?.stringValue ?? "")  \(error["detail"]?.stringValue ?? "")"
    }
    return detail + errors.joined()
  }
}
