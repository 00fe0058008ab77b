/// What a reader of tensors takes at most. Counts beyond a limit are refused before memory is
/// taken for them.
public struct TensorLimits: Sendable {
  /// Elements of one tensor.
  public var elements: Int
  /// Lengths of a shape. numpy takes 64.
  public var rank: Int
  /// Tensors in one file.
  public var tensors: Int
  /// Bytes of a safetensors header.
  public var headerBytes: Int
  /// Bytes of all tensors of a compressed or base64 body once decoded.
  public var decodedBytes: Int

  public init(
    elements: Int = 1 << 28, rank: Int = 64, tensors: Int = 65_536,
    headerBytes: Int = 100_000_000, decodedBytes: Int = 1 << 30
  ) {
    self.elements = elements
    self.rank = rank
    self.tensors = tensors
    self.headerBytes = headerBytes
    self.decodedBytes = decodedBytes
  }

  /// The limits of DESIGN.md.
  public static let standard = TensorLimits()

  /// The number of elements of a shape from outside, refused where it is negative, too many or
  /// does not fit an Int. A zero anywhere makes it zero, whatever the other lengths.
  func elementCount(of shape: [Int]) throws(TensorError) -> Int {
    guard shape.count <= rank else {
      throw .tooManyDimensions(limit: rank, actual: shape.count)
    }
    guard shape.allSatisfy({ $0 >= 0 }) else { throw .negativeLength(shape: shape) }
    if shape.contains(0) { return 0 }
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard !overflow, product <= elements else {
        throw .tooManyElements(limit: elements, shape: shape)
      }
      count = product
    }
    return count
  }
}
