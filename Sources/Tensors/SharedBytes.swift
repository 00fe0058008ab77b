/// Immutable bytes that are kept alive by what they came from: an array, or an object such as a
/// request body. Slices share the memory.
public struct SharedBytes: Sendable {
  let source: any ByteSource
  let range: Range<Int>

  init(source: any ByteSource, range: Range<Int>) {
    self.source = source
    self.range = range
  }

  /// The bytes of an array. Nothing is copied.
  public init(_ bytes: [UInt8]) {
    self.init(source: ArraySource(elements: bytes), range: 0..<bytes.count)
  }

  /// The memory of an array's elements, in the order of this machine. Nothing is copied.
  init<Element: BitwiseCopyable & Sendable>(elements: [Element]) {
    self.init(
      source: ArraySource(elements: elements),
      range: 0..<elements.count * MemoryLayout<Element>.stride)
  }

  /// Memory that `owner` keeps. It must not be written to while the owner lives.
  public init(owner: any AnyObject & Sendable, _ bytes: UnsafeRawBufferPointer) {
    self.init(source: ForeignSource(owner: owner, bytes: bytes), range: 0..<bytes.count)
  }

  /// The number of bytes.
  public var count: Int { range.count }

  /// A part, counted from the start of these bytes; shares the memory.
  public subscript(part: Range<Int>) -> SharedBytes {
    precondition(part.lowerBound >= 0 && part.upperBound <= count, "the part lies outside")
    return SharedBytes(
      source: source,
      range: range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound)
  }

  /// The bytes while the body runs.
  public func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try source.withBytes { (all) throws(E) -> R in
      try body(UnsafeRawBufferPointer(rebasing: all[range]))
    }
  }

  /// A copy of the bytes.
  public func array() -> [UInt8] {
    withUnsafeBytes { Array($0) }
  }

  /// The array these bytes were made of, when they are all of it and of this element type.
  func wholeArray<Element: BitwiseCopyable & Sendable>(of: Element.Type) -> [Element]? {
    guard let source = source as? ArraySource<Element>,
      range == 0..<source.elements.count * MemoryLayout<Element>.stride
    else { return nil }
    return source.elements
  }
}
