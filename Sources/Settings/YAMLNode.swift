import CYAML

/// A value of a YAML document as libyaml reads it, with the line it stands on.
///
/// The library's own reading of a document, without its types: what a text means is for the key it
/// stands under to say. Aliases are replaced by what they stand for.
struct YAMLNode: Sendable {
  enum Content: Sendable {
    /// A text; `isPlain` where it is not quoted.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    /// In the document's order; no key that is a text occurs twice.
    case mapping([(key: YAMLNode, value: YAMLNode)])
    /// Something deeper than `maximumDepth`, such as an alias to what it stands in.
    case tooDeep
  }

  /// What is wrong with a text that is not YAML.
  struct Malformed: Error {
    let message: String
    let line: Int?
  }

  /// Collections within each other; settings have three.
  static let maximumDepth = 4

  let content: Content
  /// From 1.
  let line: Int

  /// Its text; nil for a collection.
  var text: String? {
    if case .scalar(let text, _) = content { text } else { nil }
  }

  /// The only document of a text; nil where there is none.
  static func parse(_ text: String) throws(Malformed) -> YAMLNode? {
    var parser = yaml_parser_t()
    guard yaml_parser_initialize(&parser) == 1 else {
      throw Malformed(message: "out of memory", line: nil)
    }
    defer { yaml_parser_delete(&parser) }
    let bytes = Array(text.utf8)
    // The parser reads from the bytes until it is deleted.
    return try bytes.withUnsafeBufferPointer { bytes throws(Malformed) in
      yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
      let root = try nextRoot(&parser)
      if root != nil, let second = try nextRoot(&parser) {
        throw Malformed(message: "a second document begins", line: second.line)
      }
      return root
    }
  }

  private static func nextRoot(_ parser: inout yaml_parser_t) throws(Malformed) -> YAMLNode? {
    var document = yaml_document_t()
    guard yaml_parser_load(&parser, &document) == 1 else {
      let problem = parser.problem.map { String(cString: $0) } ?? "it cannot be read"
      let context = parser.context.map { String(cString: $0) + ": " } ?? ""
      throw Malformed(message: context + problem, line: Int(parser.problem_mark.line) + 1)
    }
    defer { yaml_document_delete(&document) }
    guard yaml_document_get_root_node(&document) != nil else { return nil }
    return try node(1, of: &document, depth: 0)
  }

  /// - Parameter index: from 1, as the library counts.
  private static func node(
    _ index: Int32, of document: inout yaml_document_t, depth: Int
  ) throws(Malformed) -> YAMLNode {
    guard let found = yaml_document_get_node(&document, index)?.pointee else {
      throw Malformed(message: "it cannot be read", line: nil)
    }
    let line = Int(found.start_mark.line) + 1
    if found.type == YAML_SCALAR_NODE {
      let scalar = found.data.scalar
      let text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return YAMLNode(
        content: .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), line: line)
    }
    guard depth < maximumDepth else { return YAMLNode(content: .tooDeep, line: line) }
    if found.type == YAML_SEQUENCE_NODE {
      let items = found.data.sequence.items
      var nodes: [YAMLNode] = []
      for item in UnsafeBufferPointer(start: items.start, count: items.top - items.start) {
        nodes.append(try node(item, of: &document, depth: depth + 1))
      }
      return YAMLNode(content: .sequence(nodes), line: line)
    }
    let pairs = found.data.mapping.pairs
    var members: [(key: YAMLNode, value: YAMLNode)] = []
    var names: Set<String> = []
    for pair in UnsafeBufferPointer(start: pairs.start, count: pairs.top - pairs.start) {
      let key = try node(pair.key, of: &document, depth: depth + 1)
      if let name = key.text, !names.insert(name).inserted {
        throw Malformed(message: "\"\(name)\" stands there twice", line: key.line)
      }
      members.append((key, try node(pair.value, of: &document, depth: depth + 1)))
    }
    return YAMLNode(content: .mapping(members), line: line)
  }
}
