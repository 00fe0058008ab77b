/// Appends JSON to a byte array. Commas come by themselves; numbers are written by `to_chars` in
/// the shortest form that reads back to the same value, non-finite ones as null.
///
/// Invariant: every `begin` has its `end`, every `key` its value; `finish` checks the first.
public struct JSONWriter: Sendable {
  /// How numbers are laid out.
  public enum NumberStyle: Sendable {
    /// `1.0`, `1e-7`: a Double reads back as a number, not as an integer; `-0.0` keeps its sign.
    case typed
    /// As ECMAScript does: `1`, `1e-7`, `1e+21`; `-0` is `0` (RFC 8785).
    case canonical
  }

  /// What was written so far.
  public internal(set) var bytes: [UInt8] = []
  let style: NumberStyle
  private var needsComma = false
  private var depth = 0

  /// A writer whose memory is taken once when `capacity` bytes suffice.
  public init(capacity: Int = 256, style: NumberStyle = .typed) {
    self.style = style
    bytes.reserveCapacity(capacity)
  }

  /// The whole text, once every array and object is closed.
  public consuming func finish() -> [UInt8] {
    precondition(depth == 0, "an array or object is open")
    return bytes
  }

  /// Opens an object.
  public mutating func beginObject() { open(UInt8(ascii: "{")) }
  /// Closes an object.
  public mutating func endObject() { close(UInt8(ascii: "}")) }
  /// Opens an array.
  public mutating func beginArray() { open(UInt8(ascii: "[")) }
  /// Closes an array.
  public mutating func endArray() { close(UInt8(ascii: "]")) }

  /// Writes an object around what the body writes.
  public mutating func object<E: Error>(
    _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    beginObject()
    try body(&self)
    endObject()
  }

  /// Writes an array around what the body writes.
  public mutating func array<E: Error>(
    _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    beginArray()
    try body(&self)
    endArray()
  }

  /// Writes the name of the member whose value comes next.
  public mutating func key(_ name: String) {
    separate()
    JSONString.append(name, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a member.
  public mutating func member(_ name: String, _ value: JSONValue) {
    key(name)
    self.value(value)
  }

  /// Writes null.
  public mutating func null() { scalar("null") }
  /// Writes true or false.
  public mutating func bool(_ value: Bool) { scalar(value ? "true" : "false") }

  /// Writes an integer.
  public mutating func integer(_ value: some BinaryInteger) {
    separate()
    bytes.append(contentsOf: String(value).utf8)
  }

  /// Writes a number, or null when it is not finite.
  public mutating func number(_ value: Double) {
    withUnsafePointer(to: value) { numbers(UnsafeBufferPointer(start: $0, count: 1), shape: []) }
  }

  /// Writes a number with the digits that a Float needs, or null when it is not finite.
  public mutating func number(_ value: Float) {
    withUnsafePointer(to: value) { numbers(UnsafeBufferPointer(start: $0, count: 1), shape: []) }
  }

  /// Writes a string.
  public mutating func string(_ value: String) {
    separate()
    JSONString.append(value, to: &bytes)
  }

  /// Writes a value that is JSON text already.
  public mutating func raw(_ text: some Collection<UInt8>) {
    separate()
    bytes.append(contentsOf: text)
  }

  /// Writes a value by appending its JSON text to the bytes.
  package mutating func raw(_ body: (inout [UInt8]) -> Void) {
    separate()
    body(&bytes)
  }

  /// Writes a tree.
  public mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .integer(let value): integer(value)
    case .number(let value): number(value)
    case .string(let value): string(value)
    case .array(let elements):
      beginArray()
      for element in elements { self.value(element) }
      endArray()
    case .object(let members):
      beginObject()
      for (key, value) in members { member(key, value) }
      endObject()
    }
  }

  /// Writes the comma that is due and notes that a value follows.
  mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func scalar(_ text: StaticString) {
    separate()
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  private mutating func open(_ byte: UInt8) {
    separate()
    bytes.append(byte)
    needsComma = false
    depth += 1
  }

  private mutating func close(_ byte: UInt8) {
    precondition(depth > 0, "nothing is open")
    bytes.append(byte)
    needsComma = true
    depth -= 1
  }
}
