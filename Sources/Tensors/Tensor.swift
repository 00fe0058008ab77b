/// A rectangular array of numbers: a view over bytes that came from somewhere, with the element
/// type, the shape and the layout that the file names. Making one copies nothing.
///
/// A scalar has the shape `[]` and one element; a shape with a zero has none. Two tensors are equal
/// when type, shape and row-major little endian bytes are (so NaN equals itself and -0 is not 0).
public struct Tensor: Sendable {
  /// Which index runs fastest.
  public enum Order: Sendable {
    /// The last index (C).
    case rowMajor
    /// The first index (Fortran).
    case columnMajor
  }

  /// Which byte of an element comes first.
  public enum ByteOrder: Sendable {
    case little, big
  }

  public let elementType: ElementType
  /// The lengths, outermost first.
  public let shape: [Int]
  /// The number of elements.
  public let count: Int
  /// The layout of `bytes`.
  public let order: Order
  /// The byte order of `bytes`.
  public let byteOrder: ByteOrder
  /// The elements as they came, in `order` and `byteOrder`.
  public let bytes: SharedBytes

  /// A view over bytes from outside. Booleans are read once, to check that they are 0 or 1.
  /// - Throws: when the shape is negative or beyond the limits, or takes another number of bytes.
  public init(
    elementType: ElementType, shape: [Int], bytes: SharedBytes, order: Order = .rowMajor,
    byteOrder: ByteOrder = .little, limits: TensorLimits = .standard
  ) throws(TensorError) {
    let count = try limits.elementCount(of: shape)
    let (expected, overflow) = count.multipliedReportingOverflow(by: elementType.byteCount)
    guard !overflow, expected == bytes.count else {
      throw .wrongByteCount(shape: shape, expected: expected, actual: bytes.count)
    }
    self.init(
      trusted: elementType, shape: shape, count: count, bytes: bytes, order: order,
      byteOrder: byteOrder)
    if elementType == .bool, let place = bytes.withUnsafeBytes({ $0.firstIndex { $0 > 1 } }) {
      throw .badBoolean(index: index(atPlace: place))
    }
  }

  private init(
    trusted elementType: ElementType, shape: [Int], count: Int, bytes: SharedBytes, order: Order,
    byteOrder: ByteOrder
  ) {
    self.elementType = elementType
    self.shape = shape
    self.count = count
    self.bytes = bytes
    // One layout for what has only one: views of vectors and of bytes need no reordering.
    let isFlat = shape.lazy.filter { $0 != 1 }.count <= 1
    self.order = isFlat ? .rowMajor : order
    self.byteOrder = elementType.byteCount == 1 ? .little : byteOrder
  }

  /// Row-major elements. The number of elements must be that of the shape.
  public init(shape: [Int], float64 elements: [Double]) {
    self.init(.float64, shape, elements)
  }

  /// Row-major elements. The number of elements must be that of the shape.
  public init(shape: [Int], float32 elements: [Float]) {
    self.init(.float32, shape, elements)
  }

  /// Row-major elements. The number of elements must be that of the shape.
  public init(shape: [Int], int64 elements: [Int64]) {
    self.init(.int64, shape, elements)
  }

  /// Row-major elements. The number of elements must be that of the shape.
  public init(shape: [Int], int32 elements: [Int32]) {
    self.init(.int32, shape, elements)
  }

  /// Row-major elements. The number of elements must be that of the shape.
  public init(shape: [Int], uint8 elements: [UInt8]) {
    self.init(.uint8, shape, elements)
  }

  init<Element: BitwiseCopyable & Sendable>(
    _ type: ElementType, _ shape: [Int], _ elements: [Element]
  ) {
    let count = shape.reduce(1, *)
    precondition(
      shape.allSatisfy { $0 >= 0 } && count == elements.count
        && MemoryLayout<Element>.stride == type.byteCount,
      "the shape \(shape) does not hold \(elements.count) elements")
    self.init(
      trusted: type, shape: shape, count: count, bytes: SharedBytes(elements: elements),
      order: .rowMajor, byteOrder: .little)
  }

  /// The same elements in another shape of as many, without a copy unless the order is column
  /// major. The number of elements must be the same.
  public func reshaped(to shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "the shape \(shape) does not hold \(count) elements")
    let rows = rowMajorLittleEndian()
    return Tensor(
      trusted: elementType, shape: shape, count: count, bytes: rows.bytes, order: .rowMajor,
      byteOrder: .little)
  }

  /// Bytes of all elements.
  public var byteCount: Int { count * elementType.byteCount }

  /// The multi-index of the element at a place of `bytes`, counted in elements.
  func index(atPlace place: Int) -> [Int] {
    var rest = place
    var index = Array(repeating: 0, count: shape.count)
    let inner = order == .rowMajor ? Array(shape.indices.reversed()) : Array(shape.indices)
    for dimension in inner where shape[dimension] > 0 {
      index[dimension] = rest % shape[dimension]
      rest /= shape[dimension]
    }
    return index
  }

  /// This tensor with its bytes as files carry them: row-major, little endian. The same one when
  /// they are; else a copy. O(elements).
  public func rowMajorLittleEndian() -> Tensor {
    if order == .rowMajor && byteOrder == .little { return self }
    let bytes = bytes.withUnsafeBytes { Layout.normalised($0, of: self) }
    return Tensor(
      trusted: elementType, shape: shape, count: count, bytes: SharedBytes(bytes),
      order: .rowMajor, byteOrder: .little)
  }

  /// The elements row-major and little endian, whatever the layout they came in, so that equal
  /// content gives equal bytes. Copies only for column major and big endian.
  public func withRowMajorBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try rowMajorLittleEndian().bytes.withUnsafeBytes(body)
  }
}

extension Tensor: Equatable {
  public static func == (left: Tensor, right: Tensor) -> Bool {
    guard left.elementType == right.elementType, left.shape == right.shape else { return false }
    return left.withRowMajorBytes { left in right.withRowMajorBytes { left.elementsEqual($0) } }
  }
}
