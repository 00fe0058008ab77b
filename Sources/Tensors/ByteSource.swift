/// Memory that does not change and lives as long as the value that names it.
protocol ByteSource: Sendable {
  func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R
}

/// The elements of an array, without a copy.
struct ArraySource<Element: BitwiseCopyable & Sendable>: ByteSource {
  let elements: [Element]

  func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    try elements.span.withUnsafeBytes(body)
  }
}

/// Memory that an object of someone else keeps.
///
/// Invariant behind `@unchecked Sendable`: the memory is not written to while the owner lives (what
/// the maker of a `SharedBytes` promises), and the owner lives while this value does.
struct ForeignSource: ByteSource, @unchecked Sendable {
  let owner: any AnyObject & Sendable
  let bytes: UnsafeRawBufferPointer

  func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    defer { withExtendedLifetime(owner) {} }
    return try body(bytes)
  }
}
