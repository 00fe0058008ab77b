import JSON

/// The header of a safetensors file, read strictly.
struct SafetensorsHeader {
  /// One tensor as the header describes it.
  struct Entry {
    let name: String
    let elementType: ElementType
    let shape: [Int]
    /// Its bytes, counted from the start of the data.
    let range: Range<Int>
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  /// Reads the JSON text, which may have blanks behind it.
  init(parsing text: UnsafeRawBufferPointer, limits: TensorLimits) throws(TensorError) {
    // The format asks for an opening brace as the first byte.
    guard text.first == UInt8(ascii: "{") else { throw Self.bad("it does not begin with a brace") }
    let document: JSONDocument
    do throws(JSONError) {
      document = try JSONDocument.parse(text, maximumDepth: 8)
    } catch {
      throw Self.bad(error.clause)
    }
    for (name, value) in document.root.members() {
      if name == Safetensors.metadataKey {
        try readMetadata(value)
      } else {
        guard entries.count < limits.tensors else { throw .tooManyTensors(limit: limits.tensors) }
        try NamedTensors.checkLength(of: name)
        entries.append(try Self.entry(name, value, limits: limits))
      }
    }
  }

  private static func bad(_ reason: String) -> TensorError {
    .badHeader(format: .safetensors, reason: reason)
  }

  private mutating func readMetadata(_ value: JSONElement) throws(TensorError) {
    guard value.kind == .object else { throw Self.bad("__metadata__ is not an object") }
    for (key, value) in value.members() {
      guard let text = value.stringValue else {
        throw Self.bad("__metadata__ holds \(value.kind) at \(value.pointer)")
      }
      metadata[key] = text
    }
  }

  private static func entry(
    _ name: String, _ value: JSONElement, limits: TensorLimits
  ) throws(TensorError) -> Entry {
    guard value.kind == .object else {
      throw bad("the tensor \"\(name.clipped)\" is not an object")
    }
    var type: ElementType?
    var shape: [Int]?
    var offsets: [Int]?
    for (key, value) in value.members() {
      switch key {
      case "dtype":
        guard let text = value.stringValue else { throw bad("\(value.pointer) is not a string") }
        guard let known = ElementType(rawValue: text) else {
          throw .unsupportedType(String(text.prefix(32)))
        }
        type = known
      case "shape": shape = try counts(value, limit: limits.rank)
      case "data_offsets": offsets = try counts(value, limit: 2)
      default: throw bad("\(value.pointer) is no member of a tensor")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw bad("the tensor \"\(name.clipped)\" lacks dtype, shape or data_offsets of two integers")
    }
    guard offsets[0] <= offsets[1] else {
      throw .badOffsets(name: name, reason: "it ends before it begins")
    }
    return Entry(
      name: name, elementType: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// An array of integers from 0 up.
  private static func counts(_ value: JSONElement, limit: Int) throws(TensorError) -> [Int] {
    guard value.kind == .array else { throw bad("\(value.pointer) is not an array") }
    var result: [Int] = []
    for element in value.elements() {
      guard element.kind == .integer, let integer = element.integerValue, integer >= 0 else {
        throw bad("\(element.pointer) is no integer from 0 up")
      }
      guard result.count < limit else {
        throw bad("\(value.pointer) has more than \(limit) elements")
      }
      result.append(Int(integer))
    }
    return result
  }
}

extension JSONError {
  /// The description as a clause: without its capital and full stop.
  var clause: String {
    let text = description
    return text.prefix(1).lowercased() + text.dropFirst().dropLast()
  }
}
