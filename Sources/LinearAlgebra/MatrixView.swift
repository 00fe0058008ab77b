/// A block of a matrix, or its transpose, seen without a copy: pointer, shape and stride.
///
/// Lent by `Matrix.withView` and valid only inside that closure. `transposed` costs nothing; the
/// products take such views as they are.
///
/// Shows raw memory, and does nothing else. Invariant that makes it Sendable: it only reads, and
/// who lends it to several threads lets none of them write what it shows.
public struct MatrixView<Scalar: Real>: @unchecked Sendable {
  /// The first element in memory.
  public let base: UnsafePointer<Scalar>
  public let rows: Int
  public let columns: Int
  /// Elements from one line in memory to the next: lines are the rows, or the columns when
  /// `isTransposed`.
  public let stride: Int
  /// Whether the lines in memory are the columns.
  public let isTransposed: Bool

  @inlinable
  public init(
    base: UnsafePointer<Scalar>, rows: Int, columns: Int, stride: Int, isTransposed: Bool = false
  ) {
    precondition(rows >= 0 && columns >= 0, "dimensions are not negative")
    precondition(stride >= (isTransposed ? rows : columns), "lines do not overlap")
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride
    self.isTransposed = isTransposed
  }

  /// The same memory read as the transpose (columns × rows).
  @inlinable public var transposed: MatrixView {
    MatrixView(
      base: base, rows: columns, columns: rows, stride: stride, isTransposed: !isTransposed)
  }

  @inlinable
  public subscript(_ i: Int, _ j: Int) -> Scalar {
    precondition(0 <= i && i < rows && 0 <= j && j < columns, "an entry of the view")
    return base[isTransposed ? j * stride + i : i * stride + j]
  }

  /// The rows and columns in these ranges.
  @inlinable
  public func block(rows: Range<Int>, columns: Range<Int>) -> MatrixView {
    precondition(
      0 <= rows.lowerBound && rows.upperBound <= self.rows && 0 <= columns.lowerBound
        && columns.upperBound <= self.columns, "a block of the view")
    let offset =
      isTransposed
      ? columns.lowerBound * stride + rows.lowerBound
      : rows.lowerBound * stride + columns.lowerBound
    return MatrixView(
      base: base + offset, rows: rows.count, columns: columns.count, stride: stride,
      isTransposed: isTransposed)
  }

  /// These rows, all columns.
  @inlinable
  public func rows(_ range: Range<Int>) -> MatrixView { block(rows: range, columns: 0..<columns) }

  /// These columns, all rows.
  @inlinable
  public func columns(_ range: Range<Int>) -> MatrixView { block(rows: 0..<rows, columns: range) }

  /// Row i in memory; not of a transposed view.
  @inlinable
  public func row(_ i: Int) -> UnsafeBufferPointer<Scalar> {
    precondition(!isTransposed && 0 <= i && i < rows, "a row that lies in one piece")
    return UnsafeBufferPointer(start: base + i * stride, count: columns)
  }
}

/// A block of a matrix seen for writing, row-major.
///
/// Lent by `Matrix.withMutableView` and valid only inside that closure.
///
/// Shows raw memory, and does nothing else. Invariant that makes it Sendable: who lends it to
/// several threads gives each of them blocks that no other one touches.
public struct MutableMatrixView<Scalar: Real>: @unchecked Sendable {
  /// The first element in memory.
  public let base: UnsafeMutablePointer<Scalar>
  public let rows: Int
  public let columns: Int
  /// Elements from one row in memory to the next.
  public let stride: Int

  @inlinable
  public init(base: UnsafeMutablePointer<Scalar>, rows: Int, columns: Int, stride: Int) {
    precondition(rows >= 0 && columns >= 0, "dimensions are not negative")
    precondition(stride >= columns, "rows do not overlap")
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// The same block for reading.
  @inlinable public var readOnly: MatrixView<Scalar> {
    MatrixView(base: base, rows: rows, columns: columns, stride: stride)
  }

  @inlinable
  public subscript(_ i: Int, _ j: Int) -> Scalar {
    get {
      precondition(0 <= i && i < rows && 0 <= j && j < columns, "an entry of the view")
      return base[i * stride + j]
    }
    nonmutating set {
      precondition(0 <= i && i < rows && 0 <= j && j < columns, "an entry of the view")
      base[i * stride + j] = newValue
    }
  }

  /// The rows and columns in these ranges.
  @inlinable
  public func block(rows: Range<Int>, columns: Range<Int>) -> MutableMatrixView {
    precondition(
      0 <= rows.lowerBound && rows.upperBound <= self.rows && 0 <= columns.lowerBound
        && columns.upperBound <= self.columns, "a block of the view")
    return MutableMatrixView(
      base: base + (rows.lowerBound * stride + columns.lowerBound), rows: rows.count,
      columns: columns.count, stride: stride)
  }

  /// These rows, all columns.
  @inlinable
  public func rows(_ range: Range<Int>) -> MutableMatrixView {
    block(rows: range, columns: 0..<columns)
  }

  /// These columns, all rows.
  @inlinable
  public func columns(_ range: Range<Int>) -> MutableMatrixView {
    block(rows: 0..<rows, columns: range)
  }

  /// Row i.
  @inlinable
  public func row(_ i: Int) -> UnsafeMutableBufferPointer<Scalar> {
    precondition(0 <= i && i < rows, "a row of the view")
    return UnsafeMutableBufferPointer(start: base + i * stride, count: columns)
  }
}
