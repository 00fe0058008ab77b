import JSON

/// Moves anchored parts of a schema into components of their own.
///
/// A params schema by itself refers to its recursive parts by `$anchor`; inside a larger document
/// an anchor would have to be unique, and few tools follow it.
struct AnchorHoist {
  /// What the names of the components begin with.
  let prefix: String
  /// The components found.
  private(set) var hoisted = JSONObject()

  init(prefix: String) { self.prefix = prefix }

  /// The schema with each anchored part replaced by a reference to its component.
  mutating func rewrite(_ schema: JSONValue) -> JSONValue {
    switch schema {
    case .array(let elements):
      return .array(elements.map { rewrite($0) })
    case .object(let members):
      var copy = JSONObject()
      for (name, value) in members where name != "$anchor" {
        if name == "$ref", let text = value.stringValue, let anchor = anchor(in: text) {
          copy[name] = .string(pointer(to: anchor))
        } else {
          copy[name] = rewrite(value)
        }
      }
      guard let anchor = members["$anchor"]?.stringValue else { return .object(copy) }
      // What stands beside the form belongs to the place, not to the form.
      var place: JSONObject = ["$ref": .string(pointer(to: anchor))]
      for name in ["description", "default"] {
        place[name] = copy[name]
        copy[name] = nil
      }
      hoisted["\(prefix)-\(anchor)"] = .object(copy)
      return .object(place)
    default:
      return schema
    }
  }

  private func anchor(in reference: String) -> String? {
    reference.hasPrefix("#") && !reference.hasPrefix("#/") ? String(reference.dropFirst()) : nil
  }

  private func pointer(to anchor: String) -> String { "#/components/schemas/\(prefix)-\(anchor)" }
}
