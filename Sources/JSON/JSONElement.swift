/// A value inside a parsed text. Copies are cheap; it keeps its document alive.
public struct JSONElement: Sendable {
  let document: JSONDocument
  let place: Int

  var tape: JSONTape { document.tape }

  /// What this value is. An integer literal beyond Int64 is a number.
  public var kind: JSONKind {
    switch tape.mark(place) {
    case JSONTape.Mark.arrayStart: .array
    case JSONTape.Mark.objectStart: .object
    case JSONTape.Mark.string: .string
    case JSONTape.Mark.integer: .integer
    case JSONTape.Mark.yes, JSONTape.Mark.no: .bool
    case JSONTape.Mark.null: .null
    default: .number
    }
  }

  /// Where this value is in its text, for messages: keys beyond 256 bytes are clipped. O(siblings
  /// along the path).
  public var pointer: JSONPointer { tape.pointer(to: place) }

  /// Whether this is null.
  public var isNull: Bool { kind == .null }

  /// The boolean, or nil.
  public var boolValue: Bool? {
    kind == .bool ? tape.mark(place) == JSONTape.Mark.yes : nil
  }

  /// The integer, or nil; a number with an integral value in the range of Int64 counts.
  public var integerValue: Int64? {
    switch kind {
    case .integer: tape.integer(place)
    case .number: doubleValue.flatMap { Int64(exactly: $0) }
    default: nil
    }
  }

  /// The number rounded to the nearest Double, or nil.
  public var doubleValue: Double? {
    switch tape.mark(place) {
    case JSONTape.Mark.integer: Double(tape.integer(place))
    case JSONTape.Mark.unsigned: Double(tape.unsigned(place))
    case JSONTape.Mark.double: tape.double(place)
    default: nil
    }
  }

  /// The string, or nil. O(length).
  public var stringValue: String? {
    kind == .string ? tape.string(place) : nil
  }

  /// The bytes of the string in UTF-8 without a copy; the body is called with nil for anything else.
  public func withStringBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer?) throws(E) -> R
  ) throws(E) -> R {
    defer { withExtendedLifetime(document) {} }
    guard kind == .string else { return try body(nil) }
    return try body(UnsafeRawBufferPointer(tape.text(place)))
  }

  /// The members of an object in text order; none for anything else.
  public func members() -> JSONMembers { JSONMembers(self) }

  /// The elements of an array in text order; none for anything else.
  public func elements() -> JSONElements { JSONElements(self) }

  /// The member of this key of an object, or nil. O(members).
  public subscript(key: String) -> JSONElement? {
    guard kind == .object else { return nil }
    var name = place + 1
    let end = tape.after(place) - 1
    while name < end {
      if tape.text(name).elementsEqual(key.utf8) {
        return JSONElement(document: document, place: name + 1)
      }
      name = tape.after(name + 1)
    }
    return nil
  }

  /// This value as a tree: for small parts of a text.
  public func value() -> JSONValue {
    switch kind {
    case .null: .null
    case .bool: .bool(tape.mark(place) == JSONTape.Mark.yes)
    case .integer: .integer(tape.integer(place))
    case .number: .number(doubleValue ?? .nan)
    case .string: .string(tape.string(place))
    case .array: .array(elements().map { $0.value() })
    case .object: .object(JSONObject(members().map { (key: $0.key, value: $0.value.value()) }))
    }
  }
}

/// The elements of an array, one after the other.
public struct JSONElements: Sequence, IteratorProtocol, Sendable {
  private let document: JSONDocument
  private var place: Int
  private let end: Int

  init(_ parent: JSONElement) {
    document = parent.document
    let isArray = parent.kind == .array
    place = parent.place + 1
    end = isArray ? parent.tape.after(parent.place) - 1 : place
  }

  public mutating func next() -> JSONElement? {
    guard place < end else { return nil }
    defer { place = document.tape.after(place) }
    return JSONElement(document: document, place: place)
  }
}

/// The members of an object, one after the other.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
  private let document: JSONDocument
  private var place: Int
  private let end: Int

  init(_ parent: JSONElement) {
    document = parent.document
    let isObject = parent.kind == .object
    place = parent.place + 1
    end = isObject ? parent.tape.after(parent.place) - 1 : place
  }

  public mutating func next() -> (key: String, value: JSONElement)? {
    guard place < end else { return nil }
    let value = place + 1
    defer { place = document.tape.after(value) }
    return (document.tape.string(place), JSONElement(document: document, place: value))
  }
}
