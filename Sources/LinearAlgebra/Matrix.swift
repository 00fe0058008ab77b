import Compute

/// A dense matrix (rows × columns), contiguous and row-major: a value.
///
/// Copies share memory until one of them is written. Entry (i, j) is `elements[i * columns + j]`.
/// Any dimension may be 0. Hot loops go through `withRow`, `withElements` or the views, not through
/// the subscript.
public struct Matrix<Scalar: Real>: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// All entries, row after row; rows · columns of them.
  public var elements: [Scalar] { storage }

  @usableFromInline internal var storage: [Scalar]

  /// rows · columns.
  @inlinable public var count: Int { rows * columns }

  /// The matrix whose every entry is `value`.
  public init(rows: Int, columns: Int, repeating value: Scalar = 0) {
    // Not `Array(repeating:)`: unspecialised, that copies every element through a witness.
    self.init(
      rows: rows, columns: columns,
      unsafeUninitialized: { buffer in
        guard let base = buffer.baseAddress else { return }
        ElementLoops.fill(buffer.count, value, base)
      })
  }

  /// The matrix of these elements, row after row; takes the array over without a copy.
  public init(rows: Int, columns: Int, elements: [Scalar]) {
    precondition(
      elements.count == Self.size(rows, columns), "rows · columns elements make a matrix")
    self.rows = rows
    self.columns = columns
    storage = elements
  }

  /// Like `init(rows:columns:elements:)`, for dimensions from outside.
  ///
  /// - Throws: `shapeMismatch` when a dimension is negative, or their product overflows or is not
  ///   the number of elements.
  public init(rows: Int, columns: Int, checking elements: [Scalar]) throws(LinearAlgebraError) {
    let (expected, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard rows >= 0, columns >= 0, !overflow, expected == elements.count else {
      throw .shapeMismatch(expected: expected, actual: elements.count)
    }
    self.init(rows: rows, columns: columns, elements: elements)
  }

  /// The matrix that `initialize` writes: it must give a value to all rows · columns elements.
  public init<E: Error>(
    rows: Int, columns: Int,
    unsafeUninitialized initialize: (UnsafeMutableBufferPointer<Scalar>) throws(E) -> Void
  ) throws(E) {
    let size = Self.size(rows, columns)
    var outcome: Result<Void, E> = .success(())
    let elements = [Scalar](unsafeUninitializedCapacity: size) { buffer, filled in
      LargeBlocks.prepare(UnsafeRawBufferPointer(buffer))
      do throws(E) {
        try initialize(UnsafeMutableBufferPointer(rebasing: buffer[..<size]))
        filled = size
      } catch {
        outcome = .failure(error)
      }
    }
    try outcome.get()
    self.init(rows: rows, columns: columns, elements: elements)
  }

  /// The matrix with `value(i, j)` at row i, column j.
  @inlinable
  public init(rows: Int, columns: Int, at value: (Int, Int) -> Scalar) {
    self.init(
      rows: rows, columns: columns,
      unsafeUninitialized: { buffer in
        var next = 0
        for i in 0..<rows {
          for j in 0..<columns {
            buffer.initializeElement(at: next, to: value(i, j))
            next += 1
          }
        }
      })
  }

  /// The matrix of these rows, all of one length.
  public init(_ lines: [[Scalar]]) {
    let width = lines.first?.count ?? 0
    precondition(lines.allSatisfy { $0.count == width }, "rows of one length")
    self.init(rows: lines.count, columns: width, elements: Array(lines.joined()))
  }

  /// The same numbers in another precision, rounded to nearest even.
  public init<Other: Real>(converting other: Matrix<Other>) {
    self.init(
      rows: other.rows, columns: other.columns,
      unsafeUninitialized: { target in
        other.withElements { source in
          if let from = source.baseAddress, let to = target.baseAddress {
            ElementLoops.convert(source.count, from, to)
          }
        }
      })
  }

  /// A copy of the block, or of the transposed block, that the view shows.
  public init(_ view: MatrixView<Scalar>) {
    self.init(
      rows: view.rows, columns: view.columns,
      unsafeUninitialized: { target in
        guard let base = target.baseAddress else { return }
        copy(
          view,
          into: MutableMatrixView(
            base: base, rows: view.rows, columns: view.columns, stride: view.columns))
      })
  }

  /// Ones on the diagonal, zeros elsewhere (n × n).
  public static func identity(_ n: Int) -> Matrix {
    var result = Matrix(rows: n, columns: n)
    result.addToDiagonal(1)
    return result
  }

  /// These values on the diagonal, zeros elsewhere (n × n).
  public static func diagonal(_ values: [Scalar]) -> Matrix {
    var result = Matrix(rows: values.count, columns: values.count)
    for (i, value) in values.enumerated() { result.storage[i * (values.count + 1)] = value }
    return result
  }

  private static func size(_ rows: Int, _ columns: Int) -> Int {
    precondition(rows >= 0 && columns >= 0, "dimensions are not negative")
    let (size, overflow) = rows.multipliedReportingOverflow(by: columns)
    precondition(!overflow, "rows · columns fits a word")
    return size
  }

  // MARK: Entries

  /// The entry at row i, column j.
  @inlinable
  public subscript(_ i: Int, _ j: Int) -> Scalar {
    get {
      precondition(0 <= j && j < columns, "a column of the matrix")
      return storage[i * columns + j]
    }
    set {
      precondition(0 <= j && j < columns, "a column of the matrix")
      storage[i * columns + j] = newValue
    }
  }

  /// A copy of row i.
  public func row(_ i: Int) -> [Scalar] {
    precondition(0 <= i && i < rows, "a row of the matrix")
    return Array(storage[i * columns..<(i + 1) * columns])
  }

  /// A copy of column j.
  public func column(_ j: Int) -> [Scalar] {
    (0..<rows).map { self[$0, j] }
  }

  /// A copy of the diagonal, min(rows, columns) long.
  public var diagonal: [Scalar] {
    (0..<min(rows, columns)).map { self[$0, $0] }
  }

  /// Lends row i.
  @inlinable
  public func withRow<R, E: Error>(
    _ i: Int, _ body: (Span<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    precondition(0 <= i && i < rows, "a row of the matrix")
    return try body(storage.span.extracting(i * columns..<(i + 1) * columns))
  }

  /// Lends row i for writing.
  @inlinable
  public mutating func withMutableRow<R, E: Error>(
    _ i: Int, _ body: (inout MutableSpan<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    precondition(0 <= i && i < rows, "a row of the matrix")
    let (first, end) = (i * columns, (i + 1) * columns)
    return try storage.withUnsafeMutableBufferPointer { buffer throws(E) -> R in
      var row = UnsafeMutableBufferPointer(rebasing: buffer[first..<end]).mutableSpan
      return try body(&row)
    }
  }

  /// Lends all entries, row after row.
  @inlinable
  public func withElements<R, E: Error>(
    _ body: (UnsafeBufferPointer<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    try storage.withUnsafeBufferPointer(body)
  }

  /// Lends all entries for writing, row after row.
  @inlinable
  public mutating func withMutableElements<R, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    try storage.withUnsafeMutableBufferPointer { buffer throws(E) -> R in try body(buffer) }
  }

  /// Lends the whole matrix as a view; it must not leave the closure.
  @inlinable
  public func withView<R, E: Error>(
    _ body: (MatrixView<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    try storage.withUnsafeBufferPointer { buffer throws(E) -> R in
      guard let base = buffer.baseAddress else { preconditionFailure("arrays have an address") }
      return try body(MatrixView(base: base, rows: rows, columns: columns, stride: columns))
    }
  }

  /// Lends the whole matrix as a view for writing; it must not leave the closure.
  @inlinable
  public mutating func withMutableView<R, E: Error>(
    _ body: (MutableMatrixView<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    let (rows, columns) = (rows, columns)
    return try storage.withUnsafeMutableBufferPointer { buffer throws(E) -> R in
      guard let base = buffer.baseAddress else { preconditionFailure("arrays have an address") }
      return try body(MutableMatrixView(base: base, rows: rows, columns: columns, stride: columns))
    }
  }
}
